"""knex, sequelize, typeorm, node-pg-migrate, kysely, drizzle and Prisma: what deploys goes through
unchanged, what destroys is refused and destroys nothing, and what deploys works after that too."""
import psycopg
import pytest

from database_state import alike, differences
from javascript import TOOLS
from javascript_stage import refusals

KNEX = "--knexfile", "knexfile.cjs"
TYPEORM = "-d", "data-source.cjs"
DRIZZLE = "--config", "drizzle.config.mjs"
DANGEROUS = {
    "knex-rollback": ("knex", "migrate:rollback", *KNEX),
    "knex-rollback-all": ("knex", "migrate:rollback", "--all", *KNEX),
    "knex-down": ("knex", "migrate:down", *KNEX),
    "knex-seed": ("knex", "seed:run", *KNEX),
    "sequelize-undo": ("sequelize-cli", "db:migrate:undo"),
    "sequelize-undo-all": ("sequelize-cli", "db:migrate:undo:all"),
    "sequelize-drop": ("sequelize-cli", "db:drop"),
    "sequelize-sync-force": ("node", "sync_force.js"),
    "typeorm-revert": ("typeorm", "migration:revert", *TYPEORM),
    "typeorm-sync": ("typeorm", "schema:sync", *TYPEORM),
    "typeorm-drop": ("typeorm", "schema:drop", *TYPEORM),
    "node-pg-migrate-down": ("node-pg-migrate", "down"),
    "node-pg-migrate-redo": ("node-pg-migrate", "redo"),
    "kysely-down": ("node", "migrate.mjs", "down"),
    "drizzle-push": ("drizzle-kit", "push", "--force", *DRIZZLE),
    "drizzle-push-that-truncates": ("drizzle-kit", "push", "--force", *DRIZZLE),
    "drizzle-with-postgres.js-push": ("node", "node_modules/drizzle-kit/bin.cjs", "push", "--force", *DRIZZLE),
    "prisma-reset": ("prisma", "migrate", "reset", "--force", "--skip-generate", "--skip-seed"),
    "prisma-push-force-reset": ("prisma", "db", "push", "--force-reset", "--skip-generate"),
    "prisma-seed": ("prisma", "db", "seed"),
}
ENVIRONMENTS = {"drizzle-push": {"DRIZZLE_SCHEMA": "./schema_without_posts.mjs"},
                "drizzle-push-that-truncates": {"DRIZZLE_SCHEMA": "./schema_with_more.mjs"},
                "drizzle-with-postgres.js-push": {"DRIZZLE_SCHEMA": "./schema_without_posts.mjs"}}
# Up and down look alike until the ledger is written, and nothing that holds data goes with an index.
LOST = {"sequelize-undo": "public.posts_user_id", "sequelize-undo-all": "public.posts_user_id"}
# They end with 0 all the same, and tell; or they tell nothing, and end with 1.
ENDS_WITH_0 = {"drizzle-push", "drizzle-push-that-truncates", "drizzle-with-postgres.js-push"}
TELLS_NOTHING = {"drizzle", "drizzle-with-postgres.js"}


def tool_of(command) -> str:
    return max((tool for tool in TOOLS if command.startswith(tool)), key=len)


@pytest.fixture
def moat_for(moat, pgmoat):
    """The pgmoat that lets the tool work: the shared one, unless its way needs the config's word."""
    return lambda tool: moat(TOOLS[tool].migrations) if TOOLS[tool].migrations else pgmoat


@pytest.mark.parametrize("tool", TOOLS)
def test_what_deploys_is_unchanged(tool, stage, moat_for):
    """From nothing, again with nothing to do, and one migration more: the same exit code, output,
    schema, rows and ledger as without pgmoat."""
    def deploy_thrice(through):
        database, project, steps = stage.new_database(tool), stage.project(tool), []
        for step in "first", "nothing to do", "one more":
            if step == "one more":
                project.add("later")
            outcome = stage.run(project, through, database, *TOOLS[tool].up)
            steps.append((outcome.levelled(), alike(stage.state(database))))
        return steps

    direct, through_pgmoat = stage.both_ways(moat_for(tool), deploy_thrice)
    for (said, state), (said_through_pgmoat, state_through_pgmoat) in zip(direct, through_pgmoat):
        assert said_through_pgmoat == said
        assert not differences(state, state_through_pgmoat)
    assert [said[0] for said, _ in direct] == [0, 0, 0], direct[0][0]
    tables = [name.lower() for kind, name in direct[-1][1] if kind == "table"]
    for table in TOOLS[tool].users, TOOLS[tool].posts, "tag":
        assert any(table.lower() in name for name in tables), tables


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_destroys_is_refused_and_nothing_is_lost(name, stage, moat_for, unchanged):
    tool = tool_of(name)
    through, database = moat_for(tool), stage.migrated_database(tool)
    with unchanged(database, besides=LOST.get(name, ())):
        outcome = stage.run(stage.project(tool), through, database, *DANGEROUS[name], **ENVIRONMENTS.get(name, {}))
        if name not in ENDS_WITH_0:
            assert outcome.status != 0, outcome.said
        where = {"sequelize-drop": "postgres"}.get(name, database)
        first = refusals(through, where)[0]
        assert first["sqlstate"] == "42501" and first["role"] == "deploy", first
        assert "not allowed for role deploy in environment production" in outcome.said, outcome.said
    if name not in LOST:
        stage.expect_safe_command_to_work(tool, through, database)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_migration_that_destroys_is_refused(tool, stage, moat_for, unchanged):
    """One forward, as any other, but for a DROP COLUMN in it."""
    through, database = moat_for(tool), stage.migrated_database(tool)
    # Prisma writes its ledger before the script: there it has failed.  (Where migrations are
    # approved beforehand, nothing is written: test_approved.py.)
    besides = {"prisma": ("public._prisma_migrations",), "knex": ("sequence",), "typeorm": ("sequence",)}.get(tool, ())
    with unchanged(database, besides=besides):
        project = stage.project(tool)
        project.add("destroying")
        outcome = stage.run(project, through, database, *TOOLS[tool].up)
        assert outcome.status != 0, outcome.said
        if tool not in TELLS_NOTHING:
            assert "not allowed for role deploy in environment production" in outcome.said, outcome.said
        assert refusals(through, database)[0]["rule"] == "deploy.alter-destructive"
    if tool != "prisma":
        stage.expect_safe_command_to_work(tool, through, database)


def test_a_tool_that_uses_no_transactions_must_be_named_and_changes_no_rows(stage, pgmoat, moat, unchanged):
    """sequelize: not without the config's word, and with it the schema alone."""
    database = stage.migrated_database("sequelize")
    project = stage.project("sequelize", later=True)
    with unchanged(database):
        outcome = stage.run(project, pgmoat, database, *TOOLS["sequelize"].up)
        assert outcome.status != 0 and "Rule deploy.no-migration" in outcome.said, outcome.said
        with pgmoat.connect("migrator", database) as connection:  # for the HINT, which sequelize keeps to itself
            connection.execute('SELECT name FROM "SequelizeMeta"')
            with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
                connection.execute("CREATE TABLE tags (id int)")
        assert "sequelize-cli db:migrate" in refused.value.diag.message_hint, refused.value.diag.message_hint
        assert "tools: [sequelize]" in refused.value.diag.message_hint
    named = moat({"tools": ["sequelize"]})
    stage.expect_safe_command_to_work("sequelize", named, database)
    (project.directory / "migrations/20260105000000-backfill.js").write_text(
        'exports.up = (qi) => qi.sequelize.query("UPDATE posts SET published = true WHERE id < 10");\n')
    with unchanged(database):
        outcome = stage.run(project, named, database, *TOOLS["sequelize"].up)
        assert outcome.status != 0 and "A change outside of a migration" in outcome.said, outcome.said
