"""The native Prisma engine's traffic, message for message (prisma_engine.py)."""
import pytest

from blog import MIGRATIONS, ROWS, TAGS
from database_state import alike, differences, rows_of
from prisma_engine import LEDGER, Engine, Failed


@pytest.fixture(params=[True, False], ids=["binary", "text"])
def binary(request):
    return request.param


@pytest.fixture(scope="module")
def blog(server, new_database):
    """Both migrations, and rows; copies of it are what is in danger."""
    database = new_database("prisma_blog")
    with Engine(server.port, database) as engine:
        engine.deploy(MIGRATIONS)
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
    return database


def finished(snapshot, database):
    rows = rows_of(snapshot(database), "public._prisma_migrations")
    return sorted(row["migration_name"] for row in rows if row["finished_at"])


def test_deploy_is_the_same_as_without_pgmoat(binary, server, pgmoat, new_database, snapshot):
    direct, through = new_database("prisma"), new_database("prisma")
    for port, database in ((server.port, direct), (pgmoat.port, through)):
        for migrations in (MIGRATIONS, {**MIGRATIONS, **TAGS}, MIGRATIONS):
            with Engine(port, database, binary=binary) as engine:
                engine.deploy(migrations)
        with Engine(port, database, binary=binary) as engine:
            assert engine.status() == [*MIGRATIONS, *TAGS]
    assert alike(snapshot(direct)) == alike(snapshot(through))
    assert finished(snapshot, through) == [*MIGRATIONS, *TAGS]


def test_a_script_with_an_error_leaves_what_it_leaves_without_pgmoat(binary, server, pgmoat, new_database, snapshot):
    broken = {**MIGRATIONS, "20240103000000_broken": 'CREATE TABLE "A" ("id" INTEGER); CREATE TABLE "User" ("id" INTEGER);'}
    direct, through = new_database("prisma"), new_database("prisma")
    said = []
    for port, database in ((server.port, direct), (pgmoat.port, through)):
        with Engine(port, database, binary=binary) as engine, pytest.raises(Failed) as failure:
            engine.deploy(broken)
        said.append((failure.value.sqlstate, failure.value.detail))
        with Engine(port, database, binary=binary) as engine, pytest.raises(AssertionError, match="P3009"):
            engine.deploy(broken)
    assert said[0] == said[1] == ("42P07", "")
    assert alike(snapshot(direct)) == alike(snapshot(through))
    tables = {name for kind, name in snapshot(through) if kind == "table"}
    assert 'public."User"' in tables and 'public."A"' not in tables
    with Engine(pgmoat.port, through, binary=binary) as engine:  # the way out that Prisma has
        engine.resolve_rolled_back("20240103000000_broken")
        engine.deploy({**MIGRATIONS, **TAGS})
    assert finished(snapshot, through) == [*MIGRATIONS, *TAGS]


@pytest.mark.parametrize("script, rule", [
    ('CREATE TABLE "New" ("id" INTEGER); DROP TABLE "Post";', "deploy.drop"),
    ('CREATE TABLE "New" ("id" INTEGER); ALTER TABLE "User" DROP COLUMN "email";', "deploy.alter-destructive"),
    ('DELETE FROM "Post"; CREATE TABLE "New" ("id" INTEGER);', "deploy.delete-without-where"),
    ('UPDATE "Post" SET "title" = \'\' WHERE 1=1;', "deploy.update-without-where"),
    ('TRUNCATE TABLE "User" CASCADE;', "deploy.truncate"),
    ('DROP TABLE "_prisma_migrations";', "deploy.drop"),
    ('DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE \'2024%\';', "deploy.ledger"),
])
def test_what_destroys_is_refused_within_a_migration(script, rule, binary, blog, pgmoat, new_database, snapshot):
    database = new_database("prisma", blog)
    before = snapshot(database)
    with Engine(pgmoat.port, database, binary=binary) as engine, pytest.raises(Failed) as failure:
        engine.deploy({**MIGRATIONS, "20240103000000_bad": script})
    assert failure.value.rule == rule
    # All that is new is the ledger's row of a migration that failed, with pgmoat's words in it.
    after = snapshot(database)
    assert set(differences(before, after)) == {("table", "public._prisma_migrations")}
    old, new = (rows_of(state, "public._prisma_migrations") for state in (before, after))
    (row,) = [row for row in new if row not in old]
    assert all(one in new for one in old)
    assert row["finished_at"] is None and row["applied_steps_count"] == "0" and rule in row["logs"]
    with Engine(pgmoat.port, database, binary=binary) as engine:
        engine.resolve_rolled_back("20240103000000_bad")
        engine.deploy({**MIGRATIONS, **TAGS})
    assert finished(snapshot, database) == [*MIGRATIONS, *TAGS]


RESET = [
    ('DROP SCHEMA "public" CASCADE', "deploy.drop"),
    # What comes when the first is refused: the ledger, then object by object.
    ("DROP TABLE _prisma_migrations", "deploy.drop"),
    ('ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";\nDROP TABLE "Post";\nDROP TABLE "User";\n'
     'DROP TYPE "Role";\n', "deploy.alter-destructive"),
    ('DROP TABLE "Post"', "deploy.drop"),
    ('DROP TABLE "User"', "deploy.drop"),
    ('DROP TYPE "Role"', None),  # needed by a column: pgmoat or the server, one of them says no
]


def test_reset_destroys_nothing(blog, pgmoat, new_database, unchanged):
    database = new_database("prisma", blog)
    with unchanged(database):
        with Engine(pgmoat.port, database) as engine:
            for sql, rule in RESET:
                with pytest.raises(Failed) as failure:
                    engine.command(sql)
                assert rule in (None, failure.value.rule), sql
            engine.deploy(MIGRATIONS)  # as reset goes on; all are there
    with Engine(pgmoat.port, database) as engine:
        engine.deploy({**MIGRATIONS, **TAGS})


def test_schema_cannot_be_made_anew(pgmoat, new_database, unchanged):
    database = new_database("prisma")
    with unchanged(database), Engine(pgmoat.port, database) as engine, pytest.raises(Failed) as failure:
        engine.command('CREATE SCHEMA "other"')
    assert failure.value.rule == "deploy.no-migration"


def test_migrate_dev_gets_no_shadow_database(blog, pgmoat, new_database, unchanged):
    database = new_database("prisma", blog)
    with unchanged(database), Engine(pgmoat.port, database) as engine:
        assert engine.status() == [*MIGRATIONS]
        for _ in range(2):
            with pytest.raises(Failed) as failure:
                engine.command('CREATE DATABASE "prisma_migrate_shadow_db_8f14e45f-ceea-467f-a8c4-0d3c1d3a9b11"')
            assert failure.value.rule == "deploy.administration"
        with pytest.raises(Failed) as failure:
            engine.command('DROP DATABASE IF EXISTS "prisma_migrate_shadow_db_8f14e45f-ceea-467f-a8c4-0d3c1d3a9b11" WITH (FORCE)')
        assert failure.value.rule == "deploy.administration"


PUSH = [
    ('ALTER TABLE "Post" ADD COLUMN "subtitle" TEXT;\n', "deploy.no-migration"),
    ('-- CreateTable\nCREATE TABLE "Tag" ("id" SERIAL NOT NULL, CONSTRAINT "Tag_pkey" PRIMARY KEY ("id"))', "deploy.no-migration"),
    ('CREATE INDEX "Post_title_idx" ON "Post"("title")', "deploy.no-migration"),
    ('ALTER TABLE "User" DROP COLUMN "email"', "deploy.alter-destructive"),
    ('BEGIN;\nCREATE TYPE "Role_new" AS ENUM (\'USER\');\nALTER TYPE "Role" RENAME TO "Role_old";\nCOMMIT;', None),
    ('ALTER TYPE "Role" ADD VALUE \'GUEST\'', "deploy.no-migration"),
]


def test_db_push_changes_nothing(blog, pgmoat, new_database, unchanged):
    """No lock and no ledger; counts rows first."""
    database = new_database("prisma", blog)
    with unchanged(database), Engine(pgmoat.port, database) as engine:
        assert engine.read('SELECT COUNT(*) FROM (SELECT "email" FROM "public"."User" WHERE "email" IS NOT NULL LIMIT 1) AS c')
        for sql, rule in PUSH:
            with pytest.raises(Failed) as failure:
                engine.command(sql)
            assert failure.value.rule == rule or rule is None and failure.value.rule.startswith("deploy."), failure.value
            if engine.wire.status == "E":
                engine.command("ROLLBACK")


@pytest.mark.parametrize("sql", [
    "INSERT INTO \"User\" (\"email\") VALUES ('seed@example.com');",
    "UPDATE \"User\" SET \"email\" = 'x' WHERE \"id\" = 1; CREATE TABLE \"New\" (\"id\" INTEGER);",
    "SELECT 1; CREATE TABLE \"New\" (\"id\" INTEGER);",
])
def test_db_execute_and_seed_change_nothing(sql, blog, pgmoat, new_database, unchanged):
    database = new_database("prisma", blog)
    with unchanged(database), Engine(pgmoat.port, database) as engine, pytest.raises(Failed) as failure:
        engine.command(sql)
    assert failure.value.rule in ("deploy.no-migration", "deploy.unrecorded-migration")


def test_resolve_applied_is_an_administrators(binary, server, pgmoat, new_database, snapshot, unchanged):
    """A ledger that says what has not happened hides a missing migration for ever."""
    database = new_database("prisma")
    with server.connect(dbname=database) as connection:  # it has the tables, and no ledger
        connection.execute("SET ROLE migrator")
        connection.execute(MIGRATIONS["20240101000000_init"])
    with Engine(pgmoat.port, database, binary=binary) as engine:
        engine.command(LEDGER)
        with unchanged(database):
            with pytest.raises(Failed) as failure:
                engine.resolve_applied("20240101000000_init", MIGRATIONS["20240101000000_init"])
            assert failure.value.rule == "deploy.ledger"
            with pytest.raises(Failed) as failure:
                engine.command('CREATE TABLE "New" ("id" INTEGER)')
            assert failure.value.rule == "deploy.no-migration"
    with Engine(pgmoat.port, database, login="postgres", binary=binary) as engine:
        engine.resolve_applied("20240101000000_init", MIGRATIONS["20240101000000_init"])
    with Engine(pgmoat.port, database, binary=binary) as engine:
        engine.deploy(MIGRATIONS)
    assert finished(snapshot, database) == [*MIGRATIONS]


def test_nothing_may_follow_a_finished_migration(blog, pgmoat, new_database, snapshot):
    database = new_database("prisma", blog)
    with Engine(pgmoat.port, database) as engine:
        engine.deploy({**MIGRATIONS, **TAGS})
        before = snapshot(database)
        with pytest.raises(Failed) as failure:
            engine.command('CREATE TABLE "New" ("id" INTEGER)')
        assert failure.value.rule == "deploy.no-migration"
    assert not differences(before, snapshot(database))


def test_a_ledger_row_that_was_not_written_opens_nothing(blog, pgmoat, new_database, unchanged):
    """The INSERT fails (no checksum), or is rolled back: no migration has begun."""
    database = new_database("prisma", blog)
    insert = "INSERT INTO \"_prisma_migrations\" (\"id\",\"migration_name\",\"checksum\") VALUES ('1','x',{})"
    with unchanged(database), Engine(pgmoat.port, database) as engine:
        for texts in ([insert.format("NULL")], [insert.format("'c'") + "; SELECT 1/0"],
                      ["BEGIN", insert.format("'c'"), "ROLLBACK"],
                      ["BEGIN", insert.format("'c'"), "SELECT 1/0", "COMMIT"],
                      ["BEGIN", "SAVEPOINT s", insert.format("'c'"), "ROLLBACK TO s", "COMMIT"]):
            for sql in texts:
                try:
                    engine.command(sql)
                except Failed as e:
                    assert not e.rule.startswith("deploy."), e
            with pytest.raises(Failed) as failure:
                engine.command('CREATE TABLE "New" ("id" INTEGER)')
            assert failure.value.rule == "deploy.no-migration", texts
