"""`require: approved` with each tool's own files: `pgmoat migrations approve` reads the project, the tool's
conversation (replays.py) deploys it, and nothing else."""
import pytest

from conftest import start_moat
from database_state import alike, differences
from pgmoat_migrations import approved, put
from replay import q, say
from replays import AGE, DROP_AGE, DROP_USERS, REPLAYS, TAGS, USERS, joined

ROWS = "INSERT INTO users (id, email, note) SELECT n, 'u' || n || '@example.com', 'note ' || n FROM generate_series(1, 40) AS n"
PROJECT = {1: ("users", USERS), 2: ("age", AGE), 3: ("tags", TAGS), 4: ("no_age", [DROP_AGE])}
# Where a tool keeps migration n, and how it writes it.
FILES = {
    "supabase": ("supabase/migrations/2024010{}_{}.sql", "{}"),
    "golang-migrate": ("{}_{}.up.sql", "{}"),
    "flyway": ("V{}__{}.sql", "-- by hand\n{}"),
    "goose": ("{:05}_{}.sql", "-- +goose Up\n{}\n-- +goose Down\nDROP TABLE everything;\n"),
    "dbmate": ("db/migrations/2024010{}_{}.sql", "-- migrate:up\n{}\n-- migrate:down\nDROP TABLE everything;\n"),
    "own": ("{:03}_{}.sql", "{}"),
}
REFUSED = ["deploy.unapproved-migration", "deploy.incomplete-migration", "deploy.alter-destructive", "deploy.drop",
           "deploy.no-migration", "deploy.unrecorded-migration"]


@pytest.fixture(scope="module")
def moat_for(workspace, server):
    """moat_for(tool): its four migrations are approved, with what the last one destroys."""
    started = {}

    def get(tool):
        if tool not in started:
            folder = workspace / f"approved-{tool}"
            pattern, text = FILES[tool]
            put(folder, {pattern.format(number, name): text.format(joined(statements))
                         for number, (name, statements) in PROJECT.items()})
            block = approved(folder, "sql", "--ledger", "ops.schema_history") if tool == "own" else approved(folder, tool)
            started[tool] = start_moat(workspace / f"moat-{tool}", server, {**(REPLAYS[tool].config or {}), **block})
        return started[tool]
    yield get
    for moat in started.values():
        moat.stop()


@pytest.fixture(scope="module")
def prepared(server, new_database):
    """prepared(tool): a database with its ledger, two migrations and rows, a copy for each caller."""
    templates = {}

    def get(tool):
        if tool not in templates:
            database = new_database(f"approved_{tool}")
            for steps in (REPLAYS[tool].first, *(REPLAYS[tool].migration(n, *PROJECT[n]) for n in (1, 2))):
                assert not say(server.port, database, steps).errors
            with server.connect(dbname=database) as connection:
                connection.execute(ROWS)
            templates[tool] = database
        return new_database(f"approved_{tool}", templates[tool])
    return get


@pytest.mark.parametrize("tool", FILES)
def test_what_is_approved_runs_as_without_pgmoat(tool, server, moat_for, new_database, snapshot):
    """To the last one, which drops a column: that was accepted by name."""
    replay, moat = REPLAYS[tool], moat_for(tool)
    direct, through = new_database(f"approved_{tool}"), new_database(f"approved_{tool}")
    for database in (direct, through):
        assert not say(server.port, database, replay.first).errors
    for number, (name, statements) in PROJECT.items():
        steps = replay.migration(number, name, statements)
        one, other = say(server.port, direct, steps), say(moat.port, through, steps)
        assert not one.errors and not other.errors, (name, one.errors, other.errors)
    assert alike(snapshot(direct)) == alike(snapshot(through))


# {what: the statements of what calls itself migration 3}
IMITATIONS = {
    "another table": ["CREATE TABLE others (id integer PRIMARY KEY)"],
    "one statement more": [*TAGS, "CREATE INDEX tags_again ON tags (id)"],
    "one statement less": TAGS[:1],
    "another order": TAGS[::-1],
    "other rows": ["UPDATE users SET email = 'x' WHERE id = 1"],
    "what destroys": [*TAGS, DROP_USERS],
    "the wrong migration's end": [TAGS[0], AGE[1]],
}


@pytest.mark.parametrize("what", IMITATIONS)
@pytest.mark.parametrize("tool", FILES)
def test_what_nobody_has_approved_is_refused(tool, what, moat_for, prepared, snapshot):
    replay, moat, database = REPLAYS[tool], moat_for(tool), prepared(tool)
    before = snapshot(database)
    said = say(moat.port, database, replay.migration(3, "tags", IMITATIONS[what]))
    assert said.rules and said.rules[0] in REFUSED, (said.rules, said.errors)
    changed = {name for kind, name in differences(before, snapshot(database)) if kind != "sequence"}
    assert changed <= replay.notes, changed
    said = say(moat.port, database, replay.migration(3, *PROJECT[3]))  # the true one, after that
    assert not said.errors, said.errors
    assert ("table", "public.tags") in snapshot(database)


@pytest.mark.parametrize("tool", FILES)
def test_accepted_destruction_is_so_in_its_place_only(tool, moat_for, prepared, snapshot):
    """The approved DROP COLUMN by itself, and as another migration's."""
    replay, moat, database = REPLAYS[tool], moat_for(tool), prepared(tool)
    before = snapshot(database)
    for steps in ([q(DROP_AGE)], replay.migration(3, "tags", [*TAGS, DROP_AGE])):
        said = say(moat.port, database, steps)
        assert said.rules and said.rules[0] in REFUSED, (said.rules, said.errors)
    assert before["table", "public.users"] == snapshot(database)["table", "public.users"]
