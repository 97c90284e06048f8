"""The conversations of replays.py, with a server and through pgmoat."""
import re

import pytest

from conftest import start_moat
from database_state import alike, differences
from replay import say
from replays import AGE, REPLAYS, TAGS, USERS

ROWS = "INSERT INTO users (id, email, note) SELECT n, 'u' || n || '@example.com', 'note ' || n FROM generate_series(1, 40) AS n"
DANGERS = [(tool, what) for tool, replay in REPLAYS.items() for what in replay.destroys]


@pytest.fixture(scope="module")
def moat_for(workspace, server):
    """One pgmoat for each block of config."""
    started = {}

    def get(tool):
        block = REPLAYS[tool].config
        if str(block) not in started:
            started[str(block)] = start_moat(workspace / f"replays-{len(started)}", server, block)
        return started[str(block)]
    yield get
    for moat in started.values():
        moat.stop()


@pytest.fixture(scope="module")
def prepared(server, new_database):
    """prepared(tool): a database with two migrations and rows, a copy for each caller."""
    templates = {}

    def get(tool):
        replay = REPLAYS[tool]
        if tool not in templates:
            database = new_database(f"replay_{tool}")
            for steps in (replay.first, replay.migration(1, "users", USERS), replay.migration(2, "age", AGE)):
                said = say(server.port, database, steps)
                assert not said.errors, said.errors
            with server.connect(dbname=database) as connection:
                connection.execute(ROWS)
            templates[tool] = database
        return new_database(f"replay_{tool}", templates[tool])
    return get


def levelled(lines):
    """Without times and the database's name."""
    return [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*(\+00)?|replay_\w+", "…", line) for line in lines]


@pytest.mark.parametrize("tool", REPLAYS)
def test_migrations_are_the_same_as_without_pgmoat(tool, server, moat_for, new_database, snapshot):
    replay, moat = REPLAYS[tool], moat_for(tool)
    direct, through = new_database(f"replay_{tool}"), new_database(f"replay_{tool}")
    for steps in (replay.first, replay.migration(1, "users", USERS), replay.migration(2, "age", AGE), replay.migration(3, "tags", TAGS)):
        one, other = say(server.port, direct, steps), say(moat.port, through, steps)
        assert not one.errors and not other.errors, (one.errors, other.errors)
        assert levelled(one.lines) == levelled(other.lines)
    assert alike(snapshot(direct)) == alike(snapshot(through))
    assert {("table", "public.users"), ("table", "public.tags")} <= set(snapshot(through))


@pytest.mark.parametrize("tool, what", DANGERS, ids=lambda value: value.replace(" ", "-"))
def test_what_destroys_is_refused(tool, what, server, moat_for, prepared, snapshot):
    replay, moat, database = REPLAYS[tool], moat_for(tool), prepared(tool)
    steps, rules = replay.destroys[what]
    before = snapshot(database)
    said = say(moat.port, database, steps)
    assert said.rules and said.rules[0] in rules, (said.rules, said.errors, said.lines)
    # A sequence that gave a number to a row which was rolled back is one ahead, with or without pgmoat.
    changed = {name for kind, name in differences(before, snapshot(database)) if kind != "sequence"}
    assert changed <= replay.notes, changed
    # The next migration, on the same database.
    said = say(moat.port, database, replay.migration(3, "tags", TAGS))
    assert not said.errors, said.errors
    assert ("table", "public.tags") in snapshot(database)


@pytest.mark.parametrize("tool", REPLAYS)
def test_who_goes_on_after_a_refusal_gets_no_further(tool, moat_for, prepared, snapshot):
    """A client that does not give up at the first error: all that destroys, one after the other."""
    replay, moat, database = REPLAYS[tool], moat_for(tool), prepared(tool)
    before = snapshot(database)
    for what, (steps, _) in replay.destroys.items():
        said = say(moat.port, database, steps, stop=False)
        assert said.rules, what
    after = snapshot(database)
    assert ("table", "public.users") in after and before["table", "public.users"] == after["table", "public.users"]
    changed = {name for kind, name in differences(before, after) if kind != "sequence"}
    assert changed <= replay.notes, changed
