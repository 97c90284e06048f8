"""`require: approved` with Prisma: a migration that nobody has approved is refused at the ledger's INSERT, so that
nothing has run and Prisma does not think that something failed."""
import pytest

from blog import MIGRATIONS, ROWS, TAGS
from conftest import start_moat
from database_state import alike, differences, rows_of
from pgmoat_migrations import approved, migrations, put
from prisma_engine import Engine, Failed, checksum
from servers import until

NO_SLUG = {"20240104000000_no_slug": '-- AlterTable\nALTER TABLE "Post" DROP COLUMN "slug";\n'}
(TAGS_NAME, TAGS_SCRIPT), = TAGS.items()
ALL = {**MIGRATIONS, **TAGS, **NO_SLUG}


@pytest.fixture(params=[True, False], ids=["binary", "text"])
def binary(request):
    return request.param


@pytest.fixture(scope="module")
def folder(workspace):
    own = workspace / "prisma-approved"
    put(own, {f"prisma/migrations/{name}/migration.sql": script for name, script in ALL.items()})
    put(own, {"prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n'})
    return own


@pytest.fixture(scope="module")
def block(folder):
    return approved(folder, "prisma")


@pytest.fixture(scope="module")
def pgmoat(workspace, server, block):
    moat = start_moat(workspace / "prisma-approved-moat", server, block)
    yield moat
    moat.stop()


@pytest.fixture(scope="module")
def blog(server, new_database):
    database = new_database("prisma_blog")
    with Engine(server.port, database) as engine:
        engine.deploy(MIGRATIONS)
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
    return database


def test_what_is_approved_runs_as_without_pgmoat(binary, server, pgmoat, new_database, snapshot):
    """Also the migration whose loss of a column was accepted by name."""
    direct, through = new_database("prisma"), new_database("prisma")
    for port, database in ((server.port, direct), (pgmoat.port, through)):
        for migrations_so_far in (MIGRATIONS, ALL, ALL):
            with Engine(port, database, binary=binary) as engine:
                engine.deploy(migrations_so_far)
    assert alike(snapshot(direct)) == alike(snapshot(through))
    assert all(row["finished_at"] for row in rows_of(snapshot(through), "public._prisma_migrations"))


@pytest.mark.parametrize("name, script", [
    ("20240103000000_others", 'CREATE TABLE "Other" ("id" INTEGER);\n'),
    (TAGS_NAME, TAGS_SCRIPT + "\n"),                            # one line more: another checksum
    (TAGS_NAME, TAGS_SCRIPT + 'DROP TABLE "Post";\n'),
    ("20240103000000_renamed", TAGS_SCRIPT),                    # approved under another name
], ids=["new", "changed", "destroying", "renamed"])
def test_what_nobody_has_approved_leaves_no_trace(name, script, binary, blog, pgmoat, new_database, unchanged, snapshot):
    database = new_database("prisma", blog)
    with unchanged(database), Engine(pgmoat.port, database, binary=binary) as engine:
        with pytest.raises(Failed) as failure:
            engine.deploy({**MIGRATIONS, name: script})
        assert failure.value.rule == "deploy.unapproved-migration"
    with Engine(pgmoat.port, database, binary=binary) as engine:  # no P3009
        engine.deploy({**MIGRATIONS, **TAGS})
    assert ("table", 'public."Tag"') in snapshot(database)


@pytest.mark.parametrize("sql", [
    'DROP SCHEMA "public" CASCADE',                              # migrate reset
    'CREATE DATABASE "prisma_migrate_shadow_db_8f14e45f"',       # migrate dev
    'ALTER TABLE "Post" ADD COLUMN "subtitle" TEXT',             # db push
    "INSERT INTO \"User\" (\"email\") VALUES ('x@example.com')",  # db seed, db execute
])
def test_the_hint_names_the_command_that_would_do(sql, blog, pgmoat, new_database, unchanged):
    database = new_database("prisma", blog)
    with unchanged(database), Engine(pgmoat.port, database) as engine:
        engine.ledger()
        with pytest.raises(Failed):
            engine.command(sql)
        assert "run 'prisma migrate deploy'" in engine.wire.errors[-1]["H"]


@pytest.mark.parametrize("script, rule", [
    ('CREATE TABLE "Other" ("id" INTEGER);', "deploy.unapproved-migration"),
    ('DROP TABLE "Post";', None),
    ('DELETE FROM "Post" WHERE "id" > 0;', "deploy.unapproved-migration"),
    (NO_SLUG["20240104000000_no_slug"], None),  # approved, and accepted, but not here
])
def test_a_checksum_opens_its_own_script_only(script, rule, binary, blog, pgmoat, new_database, snapshot):
    database = new_database("prisma", blog)
    before = snapshot(database)
    with Engine(pgmoat.port, database, binary=binary) as engine:
        engine.lock()
        engine.read('INSERT INTO "_prisma_migrations" ("id","checksum","migration_name") VALUES ($1,$2,$3)',
                    "11111111-1111-1111-1111-111111111111", checksum(TAGS_SCRIPT), TAGS_NAME)
        with pytest.raises(Failed) as failure:
            engine.command(script)
        assert failure.value.rule.startswith("deploy.") and rule in (None, failure.value.rule)
    assert set(differences(before, snapshot(database))) == {("table", "public._prisma_migrations")}


def test_a_migration_of_which_a_part_has_run_is_not_finished(binary, blog, pgmoat, new_database):
    database = new_database("prisma", blog)
    (name, script), = NO_SLUG.items()
    with Engine(pgmoat.port, database, binary=binary) as engine:
        number = engine.begins(name, script)
        with pytest.raises(Failed) as failure:
            engine.finished(number)
        assert failure.value.rule == "deploy.incomplete-migration"


def test_what_destroys_waits_for_the_second_signature(folder, block, blog, moat, new_database, snapshot, unchanged):
    """`approvals: 2`.  Refused at the ledger's INSERT, too."""
    database = new_database("prisma", blog)
    strict = moat({**block, "approvals": 2})
    with Engine(strict.port, database) as engine:
        engine.deploy({**MIGRATIONS, **TAGS})
    with unchanged(database), Engine(strict.port, database) as engine, pytest.raises(Failed) as failure:
        engine.deploy(ALL)
    assert failure.value.rule == "deploy.unapproved-migration"
    status, said = migrations(folder, "approve", "--sign-only", "-k", "bob.key")
    assert status == 0, said

    def deployed():
        try:
            with Engine(strict.port, database) as engine:
                engine.deploy(ALL)
            return True
        except Failed as e:
            assert e.rule == "deploy.unapproved-migration"
    until(deployed, "the second signature counts")
    columns = [column[0] for column in snapshot(database)["table", 'public."Post"'][0]]
    assert "slug" not in columns and "views" in columns
