"""Prisma's commands besides deploy and reset: what only looks goes through, what would change the
database outside of a migration is refused, and the user is told the command that would do."""
import shutil

import pytest

from database_state import alike, differences, rows_of
from javascript_stage import refusals

SCHEMA = "prisma/schema.prisma"
DEPLOY = "prisma", "migrate", "deploy"
LEDGER = "public._prisma_migrations"
TELLS_WHAT_WOULD_DO = "prisma migrate deploy"


def with_one_table_more(project):
    with open(project.directory / SCHEMA, "a") as schema:
        schema.write("\nmodel Draft {\n  id Int @id\n}\n")


def with_one_column_less(project):
    schema = project.directory / SCHEMA
    schema.write_text(schema.read_text().replace("  title     String\n", ""))


def write_migration(project, name, script):
    folder = project.directory / "prisma/migrations" / name
    folder.mkdir()
    (folder / "migration.sql").write_text(script)


def rewrite_migration(project, name, script):
    remove_migration(project, name)
    write_migration(project, name, script)


def remove_migration(project, name):
    shutil.rmtree(project.directory / "prisma/migrations" / name)


def execute(script):
    """`db execute` of a script, as people try it when the migration fails."""
    def prepare(project):
        (project.directory / "script.sql").write_text(script)
    return ("prisma", "db", "execute", "--schema", SCHEMA, "--file", "script.sql"), prepare, {}


PUSH = "prisma", "db", "push", "--skip-generate"
REFUSED = {
    "push": (PUSH, with_one_table_more, {}),
    "push --accept-data-loss": ((*PUSH, "--accept-data-loss"), with_one_column_less, {}),
    "dev": (("prisma", "migrate", "dev", "--name", "draft", "--skip-generate", "--skip-seed"), with_one_table_more,
            {"terminal": True}),
    "execute DELETE": execute('DELETE FROM "Post" WHERE "id" > 10;'),
    "execute DROP": execute('BEGIN;\nDROP TABLE "Post";\nCOMMIT;'),
    "execute CREATE": execute('CREATE TABLE "Quick" (id int);\nINSERT INTO "Quick" VALUES (1);'),
    "execute in the ledger": execute('DELETE FROM "_prisma_migrations";'),
    "seed": (("prisma", "db", "seed"), None, {}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_change_outside_of_a_migration_is_refused(name, stage, pgmoat, unchanged):
    command, prepare, options = REFUSED[name]
    database = stage.migrated_database("prisma")
    project = stage.project("prisma")
    if prepare:
        prepare(project)
    with unchanged(database):
        outcome = stage.run(project, pgmoat, database, *command, **options)
        assert outcome.status != 0, outcome.said
        assert "not allowed for role deploy in environment production" in outcome.said, outcome.said
        # Of a seed nothing tells that Prisma has begun it.
        assert ("your migration tool" if name == "seed" else TELLS_WHAT_WOULD_DO) in outcome.said, outcome.said
        assert {record["sqlstate"] for record in refusals(pgmoat, database)} == {"42501"}
    stage.expect_safe_command_to_work("prisma", pgmoat, database)


@pytest.mark.parametrize("name", ["push", "push --accept-data-loss", "dev", "execute DELETE", "seed"])
def test_the_same_command_works_without_pgmoat(name, stage):
    """So that it was pgmoat that kept it from working, not the project."""
    command, prepare, options = REFUSED[name]
    database = stage.migrated_database("prisma")
    project = stage.project("prisma")
    if prepare:
        prepare(project)
    before = stage.state(database)
    stage.expect(project, stage.server, database, *command, **options)
    assert differences(before, stage.state(database))


def test_status_says_the_same(stage, pgmoat, unchanged):
    project, later = stage.project("prisma"), stage.project("prisma", later=True)
    database = stage.migrated_database("prisma")
    with unchanged(database):
        for which, status in (project, 0), (later, 1):
            direct, through = stage.both_ways(pgmoat, lambda way: stage.run(
                which, way, database, "prisma", "migrate", "status").levelled())
            assert through == direct
            assert direct[0] == status, direct
    assert not pgmoat.audit(database=database, decision="deny")


def test_reading_with_execute_is_allowed(stage, pgmoat):
    command, prepare, _ = execute('SELECT count(*) FROM "Post";')
    project = stage.project("prisma")
    prepare(project)
    stage.expect(project, pgmoat, stage.migrated_database("prisma"), *command)


@pytest.mark.parametrize("scripts", ["whole", "split"])
def test_deploy_with_either_engines_way_to_send_a_script(scripts, stage, pgmoat):
    """In one Query, as the usual engine does; statement by statement, as the adapter does."""
    def deploy(through):
        database = stage.new_database("prisma")
        stage.expect(stage.project("prisma", later=True), through, database, *DEPLOY, PRISMA_SCRIPTS=scripts)
        return database, stage.state(database)

    (_, direct), (database, state) = stage.both_ways(pgmoat, deploy)
    assert not differences(alike(direct), alike(state))
    rows = rows_of(state, LEDGER)
    assert len(rows) == 3 and all(row["finished_at"] for row in rows), rows
    assert not pgmoat.audit(database=database, decision="deny")


def test_a_migration_that_the_server_refuses_ends_as_without_pgmoat(stage, pgmoat):
    """Also what comes after it: P3009, then `resolve --rolled-back`, then a deploy that works."""
    name = "20260105000000_wrong"

    def fail_and_repair(through):
        database, project = stage.migrated_database("prisma"), stage.project("prisma")
        write_migration(project, name, 'CREATE TABLE "Half" (id int);\nALTER TABLE "Nowhere" ADD COLUMN x int;\n')
        outcomes = [stage.run(project, through, database, *DEPLOY), stage.run(project, through, database, *DEPLOY),
                    stage.run(project, through, database, "node", "resolve.mjs", "--rolled-back", name)]
        rewrite_migration(project, name, 'CREATE TABLE "Whole" (id int);\n')
        outcomes.append(stage.run(project, through, database, *DEPLOY))
        return [outcome.levelled() for outcome in outcomes], alike(stage.state(database))

    (said, state), (said_through_pgmoat, state_through_pgmoat) = stage.both_ways(pgmoat, fail_and_repair)
    assert said_through_pgmoat == said
    assert [status for status, _ in said] == [1, 1, 0, 0]
    assert not differences(state, state_through_pgmoat)


def test_after_a_refused_migration_is_resolved_the_next_deploy_works(stage, pgmoat):
    """Refused in the middle of its script, a migration has failed, and Prisma wants to be told."""
    database = stage.migrated_database("prisma")
    project = stage.project("prisma")
    project.add("destroying")
    refused = stage.run(project, pgmoat, database, *DEPLOY)
    assert refused.status == 1 and "not allowed for role deploy" in refused.said, refused.said
    (failed,) = (row for row in rows_of(stage.state(database), LEDGER) if row["finished_at"] is None)
    again = stage.run(project, pgmoat, database, *DEPLOY)
    assert again.status == 1 and "P3009" in again.said, again.said
    stage.expect(project, pgmoat, database, "node", "resolve.mjs", "--rolled-back", "20260104000000_no_mood")
    remove_migration(project, "20260104000000_no_mood")
    project.add("later")
    stage.expect(project, pgmoat, database, *DEPLOY)
    left = [row for row in rows_of(stage.state(database), LEDGER) if row["finished_at"] is None]
    assert [row["id"] for row in left] == [failed["id"]] and left[0]["rolled_back_at"], left
    assert ("table", 'public."Tag"') in stage.state(database)


def test_a_migration_is_not_marked_as_applied(stage, pgmoat, unchanged):
    """`resolve --applied` writes a row for what pgmoat has not seen run: an administrator may."""
    database, project = stage.migrated_database("prisma"), stage.project("prisma", later=True)
    command = "node", "resolve.mjs", "--applied", "20260103000000_tags"
    with unchanged(database):
        outcome = stage.run(project, pgmoat, database, *command)
        assert outcome.status == 1 and "ask an administrator" in outcome.said, outcome.said
        assert [record["rule"] for record in refusals(pgmoat, database)] == ["deploy.ledger"]
    stage.expect_safe_command_to_work("prisma", pgmoat, database)
    database = stage.migrated_database("prisma")
    stage.expect(project, pgmoat, database, *command, login="postgres")
    assert "No pending migrations" in stage.expect(project, pgmoat, database, *DEPLOY).said
