"""Prisma's client, as an application uses it (role app): nothing of it is refused, but for what
would take every row of a table."""
import json

import pytest

from database_state import alike, differences
from javascript_stage import refusals


@pytest.fixture(scope="module")
def application(javascript_stage):
    """The project, with its client made."""
    project = javascript_stage.project("prisma")
    done = project.run("postgres://nobody@127.0.0.1:1/none", "prisma", "generate")
    assert done.status == 0, done.said
    return project


def test_everyday_traffic_is_as_without_pgmoat(application, stage, pgmoat):
    said, states = {}, {}
    for way, through in ("direct", stage.server), ("pgmoat", pgmoat):
        database = stage.migrated_database("prisma")
        said[way] = stage.expect(application, through, database, "node", "client.mjs", "traffic", login="shop_app").said
        states[way] = alike(stage.state(database))
    assert said["pgmoat"] == said["direct"]
    assert not differences(states["direct"], states["pgmoat"])
    assert not pgmoat.audit(database=database, decision="deny")
    # It did what it should, and did not merely fail alike.
    lines = dict(line.rsplit(" ", 1) for line in said["direct"].splitlines() if " " in line and line.endswith("}"))
    assert json.loads(lines["createMany"]) == {"count": 2}, said["direct"]
    assert json.loads(lines["deleteMany"]) == {"count": 2}
    assert said["direct"].splitlines()[-1].startswith("delete, cascading")


def test_every_row_of_a_table_is_refused_and_the_hint_says_why(application, stage, pgmoat, unchanged):
    database = stage.migrated_database("prisma")
    with unchanged(database, besides="sequence"):  # a row that was undone has used a number
        said = stage.expect(application, pgmoat, database, "node", "client.mjs", "destroy", login="shop_app").said
    *lines, last = said.splitlines()
    assert last == "and then 3", said
    told = {line["what"]: line for line in map(json.loads, lines)}
    assert len(told) == 6, said
    for what, line in told.items():
        assert line["message"].endswith("is not allowed for role app in environment production"), line
        assert what == "$executeRaw" or "one that holds for every row" in line["hint"], line  # WHERE 1=1
    assert "DELETE … WHERE" in told["$executeRaw"]["hint"], told
    rules = [record["rule"] for record in refusals(pgmoat, database)]
    assert rules == ["app.delete-without-where", "app.delete-without-where", "app.update-without-where",
                     "app.delete-without-where", "app.delete-without-where", "app.truncate"], rules
