"""What was undone has not run: it neither opens the way for what comes next nor counts as recorded, whether
a client takes it back or the server does, at the COMMIT or behind a statement that nobody waited for."""
import json

import pytest

from blog import MIGRATIONS, ROWS, TAGS
from conftest import start_moat
from database_state import rows_of
from pgmoat_migrations import approved, migrations, put
from prisma_engine import Engine, Failed
from servers import until
from wire import bind, execute, fields, parse, query, sync

# The second statement saves what the third destroys.
NAME, BY_ROW = "20240105000000_archive", "20240106000000_archive_by_row"
CREATE = 'CREATE TABLE "Archive" ("id" INTEGER, "title" TEXT)'
SAVE = 'INSERT INTO "Archive" SELECT "id", "title" FROM "Post"'
DROP = 'DROP TABLE "Post"'
SCRIPT = f"{CREATE};\n{SAVE};\n{DROP};\n"
SAVE_BY_ROW = 'SELECT save("id") FROM "Post"'
SCRIPT_BY_ROW = f"{SAVE_BY_ROW};\n{DROP};\n"
INSERT = "INSERT INTO \"_prisma_migrations\" (\"id\",\"checksum\",\"migration_name\") VALUES ('1','c','late')"
FINISH = "UPDATE \"_prisma_migrations\" SET \"finished_at\" = now() WHERE \"id\" = '1'"


@pytest.fixture(scope="module")
def blog(server, new_database):
    """Also a row that may be late until the COMMIT, and a ledger that forbids one name there."""
    database = new_database("prisma_undone")
    with Engine(server.port, database) as engine:
        engine.deploy(MIGRATIONS)
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
        connection.execute("""
            SET ROLE migrator;
            CREATE TABLE "Parent" (id int PRIMARY KEY);
            CREATE TABLE "Child" (id int REFERENCES "Parent" DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE "Saved" (id int);
            CREATE FUNCTION save(int) RETURNS int LANGUAGE sql AS 'INSERT INTO "Saved" VALUES ($1) RETURNING id';
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE 'refused at the commit'; END $$;
            CREATE CONSTRAINT TRIGGER refuse_begin AFTER INSERT ON _prisma_migrations DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW WHEN (NEW.migration_name = 'never begins') EXECUTE FUNCTION refuse();
            CREATE CONSTRAINT TRIGGER refuse_end AFTER UPDATE ON _prisma_migrations DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW WHEN (NEW.migration_name = 'never ends' AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION refuse()""")
    return database


@pytest.fixture(scope="module")
def strict(workspace, server):
    """A pgmoat with `require: approved`."""
    folder = workspace / "prisma-undone"
    put(folder, {f"prisma/migrations/{name}/migration.sql": script
                 for name, script in {**MIGRATIONS, NAME: SCRIPT, BY_ROW: SCRIPT_BY_ROW}.items()})
    block = approved(folder, "prisma", "--accept-destruction", BY_ROW)
    moat = start_moat(workspace / "prisma-undone-moat", server, block)
    yield moat
    moat.stop()


@pytest.fixture(scope="module")
def staging(workspace, server):
    """One that records what succeeded; and what it has recorded."""
    folder = workspace / "prisma-undone-staging"
    (folder / "proofs").mkdir(parents=True)
    assert migrations(folder, "keygen", "-o", "staging.key")[0] == 0
    moat = start_moat(workspace / "prisma-undone-staging-moat", server, {"record_proofs": {
        "directory": str(folder / "proofs"), "signing_key": str(folder / "staging.key")}})
    moat.proven = lambda: [json.loads(line)["name"] for file in (folder / "proofs").glob("*.jsonl")
                           for line in file.read_text().splitlines()]
    yield moat
    moat.stop()


def rows(server, database, table):
    with server.connect(dbname=database) as connection:
        return connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]


WAYS = {
    "transaction": [CREATE, "BEGIN", SAVE, "ROLLBACK", DROP],
    "savepoint": [CREATE, "BEGIN", "SAVEPOINT s", SAVE, "ROLLBACK TO s", DROP, "COMMIT"],
    "one query": [f"{CREATE}; BEGIN; {SAVE}; ROLLBACK; {DROP}"],
    "without BEGIN": [CREATE, f"{SAVE}; ROLLBACK; {DROP}"],
    "prepared": [CREATE, "BEGIN", SAVE, "PREPARE TRANSACTION 'undone'", "ROLLBACK PREPARED 'undone'", DROP],
}


@pytest.mark.parametrize("way", WAYS)
def test_the_rest_of_an_approved_migration_does_not_run_without_what_was_rolled_back(way, blog, server, strict, new_database):
    database = new_database("prisma", blog)
    with Engine(strict.port, database) as engine:
        number = engine.begins(NAME, SCRIPT)
        with pytest.raises(Failed) as failure:
            for sql in WAYS[way]:
                engine.command(sql)
        assert failure.value.rule.startswith("deploy.") and sql in (DROP, WAYS[way][-1]), failure.value
        if engine.wire.status == "E":
            engine.command("ROLLBACK")
        with pytest.raises(Failed):
            engine.finished(number)
    assert rows(server, database, "Post") == 30


def test_the_rest_of_an_approved_migration_does_not_run_before_the_answer(blog, server, strict, new_database):
    """Each Query is a transaction of its own: one fails, and the next would run all the same."""
    database = new_database("prisma", blog)
    with Engine(strict.port, database) as engine:
        engine.begins(NAME, SCRIPT)
        engine.command(CREATE)
        engine.command("SET lock_timeout = '100ms'")
        with server.connect(dbname=database) as other, other.transaction():
            other.execute('LOCK TABLE "Archive" IN ACCESS EXCLUSIVE MODE')
            engine.wire.send(query(SAVE), query(DROP))
            said, answered = [], 0
            while answered < 2:
                kind, body = engine.wire.read()
                answered += kind == "Z"
                if kind == "E":
                    said.append(fields(body))
        assert [error["C"] for error in said] == ["55P03", "42501"]
        assert "when the one in front of it has succeeded" in said[1]["H"]
    assert rows(server, database, "Post") == 30


def test_the_rest_of_an_approved_migration_does_not_run_behind_some_rows(blog, server, strict, new_database):
    database = new_database("prisma", blog)
    with Engine(strict.port, database) as engine:
        number = engine.begins(BY_ROW, SCRIPT_BY_ROW)
        with pytest.raises(Failed) as failure:
            engine._ask(parse("", SAVE_BY_ROW), bind(), execute("", 1), sync())
        assert failure.value.rule == "deploy.incomplete-migration"
        with pytest.raises(Failed):
            engine.command(DROP)
        with pytest.raises(Failed):
            engine.finished(number)
    assert rows(server, database, "Post") == 30 and rows(server, database, "Saved") == 0
    with Engine(strict.port, database) as engine:  # all of them are what was approved
        engine.resolve_rolled_back(BY_ROW)
        engine.deploy({**MIGRATIONS, BY_ROW: SCRIPT_BY_ROW})
    assert rows(server, database, "Saved") == 30


COMMITS = {  # what is sent; the last but one fails at its COMMIT, and the last must not run
    "the ledger's row in a transaction": ["BEGIN", INSERT.replace("late", "never begins"), "COMMIT"],
    "the ledger's row by itself": [INSERT.replace("late", "never begins")],
    "the script": [INSERT, 'CREATE TABLE "New" (id int); INSERT INTO "Child" VALUES (1)'],
    "a transaction of the script": [INSERT, 'BEGIN; CREATE TABLE "New" (id int); INSERT INTO "Child" VALUES (1); COMMIT'],
    "the end": [INSERT.replace("late", "never ends"), 'CREATE TABLE "New" (id int)', FINISH],
    "all of it": ["BEGIN", INSERT, 'CREATE TABLE "New" (id int)', 'INSERT INTO "Child" VALUES (1)', FINISH, "COMMIT"],
}


@pytest.mark.parametrize("what, extended", [
    (what, extended) for what, texts in COMMITS.items() for extended in (False, True)
    if not extended or not any("; " in sql for sql in texts)  # a Parse has one statement
])
def test_a_commit_that_fails_closes_the_migration_and_proves_nothing(what, extended, blog, server, staging, new_database, snapshot):
    database = new_database("prisma", blog)
    *before, commits = COMMITS[what]
    with Engine(staging.port, database) as engine:
        say = engine.read if extended else engine.command
        for sql in before:
            say(sql)
        with pytest.raises(Failed) as failure:
            say(commits)
        assert failure.value.sqlstate in ("P0001", "23503")
        for sql, rule in (('CREATE TABLE "More" (id int)', "deploy.no-migration"), (FINISH, "deploy.ledger")):
            with pytest.raises(Failed) as failure:
                say(sql)
            assert failure.value.rule == rule
    state = snapshot(database)
    assert ("table", 'public."More"') not in state
    assert all(row["finished_at"] for row in rows_of(state, "public._prisma_migrations") if row["id"] != "1")
    assert not [row for row in rows_of(state, "public._prisma_migrations") if row["id"] == "1" and row["finished_at"]]
    # The one that follows is recorded, and nothing was before it.
    already = staging.proven()
    with server.connect(dbname=database) as connection:
        connection.execute("DELETE FROM _prisma_migrations WHERE id = '1'")
    with Engine(staging.port, database) as engine:
        engine.deploy({**MIGRATIONS, **TAGS})
    until(lambda: len(staging.proven()) > len(already), "the proof is written")
    assert set(staging.proven()) == {*TAGS}
