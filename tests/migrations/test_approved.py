"""Where migrations are approved, or proven: a tool deploys what is in the manifest and nothing
else, and what is refused leaves no trace, not even in the tool's ledger."""
import subprocess

import pytest

from database_state import alike, differences, rows_of
from javascript import TOOLS
from javascript_stage import refusals
from servers import BINARY, PATIENCE, until

APPROVED_TOOLS = "prisma", "drizzle"
FOLDERS = {"prisma": "prisma/migrations", "drizzle": "drizzle"}
NO_MOOD = {"prisma": "20260104000000_no_mood", "drizzle": "0002_no_mood"}
LATER_FILE = {"prisma": "prisma/migrations/20260103000000_tags/migration.sql", "drizzle": "drizzle/0002_tags.sql"}


class Desk:
    """Where migrations are approved: keys, a manifest, proofs."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        (directory / "proofs").mkdir()
        for key in "alice", "bob", "staging":
            self.pgmoat("keygen", "--out", f"{key}.key")

    def pgmoat(self, *arguments, status=0):
        done = subprocess.run([BINARY, "migrations", *map(str, arguments)], cwd=self.directory, capture_output=True,
                              text=True, timeout=PATIENCE * 3)
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def approve(self, project, *more, key="alice", **options):
        return self.pgmoat("approve", "--signing-key", f"{key}.key", *more,
                           project.directory / FOLDERS[project.tool], **options)

    def sign(self, key):
        self.pgmoat("approve", "--sign-only", "--signing-key", f"{key}.key")

    def required(self, require="approved", **more) -> dict:
        return {"require": require, "manifest": str(self.directory / "migrations.json"),
                "public_keys": [str(self.directory / f"{key}.key.pub") for key in ("alice", "bob")], **more}


@pytest.fixture
def desk(workspace, request):
    return Desk(workspace / "".join(c if c.isalnum() else "_" for c in f"desk_{request.node.name}")[:80])


def refused(stage, project, moat, database, *rules, **more):
    outcome = stage.run(project, moat, database, *TOOLS[project.tool].up, **more)
    assert outcome.status == 1, outcome.said
    assert refusals(moat, database)[0]["rule"] in rules, refusals(moat, database)
    if project.tool == "prisma":  # drizzle-kit says nothing
        assert "not allowed for role deploy in environment production" in outcome.said, outcome.said
    return outcome


def deployed_at_last(stage, project, moat, database):
    """pgmoat looks at manifest and proofs each second; what is refused meanwhile leaves no trace."""
    until(lambda: stage.run(project, moat, database, *TOOLS[project.tool].up).status == 0, "what is new counts")


@pytest.mark.parametrize("tool", APPROVED_TOOLS)
def test_what_is_approved_is_deployed_as_without_pgmoat(tool, stage, desk, moat):
    desk.approve(stage.project(tool, later=True))
    through = moat(desk.required())

    def deploy(way):
        database, project = stage.new_database(tool), stage.project(tool)
        first = stage.expect(project, way, database, *TOOLS[tool].up).levelled()
        project.add("later")
        second = stage.expect(project, way, database, *TOOLS[tool].up).levelled()
        return database, (first, second), alike(stage.state(database))

    (_, said, state), (database, said_through_pgmoat, state_through_pgmoat) = stage.both_ways(through, deploy)
    assert said_through_pgmoat == said
    assert not differences(state, state_through_pgmoat)
    assert not through.audit(database=database, decision="deny")


@pytest.mark.parametrize("tool", APPROVED_TOOLS)
def test_what_is_not_approved_leaves_no_trace_and_is_deployed_once_it_is(tool, stage, desk, moat, unchanged):
    desk.approve(stage.project(tool))
    through, database = moat(desk.required()), stage.migrated_database(tool)
    project = stage.project(tool, later=True)
    with unchanged(database):  # the ledger too
        outcome = refused(stage, project, through, database, "deploy.unapproved-migration")
    if tool == "prisma":
        assert "pgmoat migrations approve" in outcome.said, outcome.said
    desk.approve(project)
    deployed_at_last(stage, project, through, database)
    stage.expect_safe_command_to_work(tool, through, database)


@pytest.mark.parametrize("tool", APPROVED_TOOLS)
def test_a_file_that_was_changed_after_it_was_approved_is_not_deployed(tool, stage, desk, moat, unchanged):
    project = stage.project(tool, later=True)
    desk.approve(project)
    file = project.directory / LATER_FILE[tool]
    file.write_text(file.read_text().replace('"name" TEXT NOT NULL', '"name" TEXT').replace('"name" text NOT NULL', '"name" text'))
    through, database = moat(desk.required()), stage.migrated_database(tool)
    with unchanged(database):
        refused(stage, project, through, database, "deploy.unapproved-migration")
    stage.expect_safe_command_to_work(tool, through, database)


@pytest.mark.parametrize("tool", APPROVED_TOOLS)
def test_what_destroys_needs_to_be_accepted_and_signed_twice(tool, stage, desk, moat, unchanged):
    project = stage.project(tool)
    project.add("destroying")
    assert "mood" in desk.approve(project, status=1)  # told, and not accepted
    desk.approve(project, "--accept-destruction", NO_MOOD[tool])
    through, database = moat(desk.required(approvals=2)), stage.migrated_database(tool)
    with unchanged(database):
        refused(stage, project, through, database, "deploy.alter-destructive", "deploy.unapproved-migration")
    desk.sign("bob")
    deployed_at_last(stage, project, through, database)
    (users,) = (name for kind, name in stage.state(database) if kind == "table" and "user" in name.lower())
    rows = rows_of(stage.state(database), users)
    assert len(rows) == 20 and "mood" not in rows[0], rows


@pytest.mark.parametrize("scripts", ["whole", "split"])
def test_prismas_script_may_come_whole_or_by_statement(scripts, stage, desk, moat):
    desk.approve(stage.project("prisma", later=True))
    database, through = stage.migrated_database("prisma"), moat(desk.required())
    stage.expect(stage.project("prisma", later=True), through, database, *TOOLS["prisma"].up, PRISMA_SCRIPTS=scripts)
    assert not differences(stage.state_with_the_later_migration("prisma"), alike(stage.state(database)))


@pytest.mark.parametrize("command", [("reset", "--force", "--skip-generate", "--skip-seed"), ("resolve",)])
def test_dangerous_commands_stay_refused(command, stage, desk, moat, unchanged):
    """Also where the script to come is approved: what runs before it is not."""
    project = stage.project("prisma", later=True)
    desk.approve(stage.project("prisma"))
    through, database = moat(desk.required()), stage.migrated_database("prisma")
    command = ("prisma", "migrate", *command) if command != ("resolve",) else \
        ("node", "resolve.mjs", "--applied", "20260103000000_tags")
    with unchanged(database):
        outcome = stage.run(project, through, database, *command)
        assert outcome.status != 0 and "not allowed for role deploy" in outcome.said, outcome.said


@pytest.mark.parametrize("tool", APPROVED_TOOLS)
def test_what_staging_has_not_seen_is_not_deployed(tool, stage, desk, moat, unchanged):
    """From staging to production: approved by a person, proven by staging's pgmoat."""
    project = stage.project(tool, later=True)
    desk.approve(project)
    proofs = {"directory": str(desk.directory / "proofs")}
    staging = moat(desk.required(record_proofs={**proofs, "signing_key": str(desk.directory / "staging.key")}),
                   environment="staging")
    production = moat(desk.required("proven", proofs={
        **proofs, "public_keys": [str(desk.directory / "staging.key.pub")], "environments": ["staging"]}))
    database = stage.migrated_database(tool)
    with unchanged(database):
        refused(stage, project, production, database, "deploy.unproven-migration")
    stage.expect(project, staging, stage.migrated_database(tool), *TOOLS[tool].up)
    deployed_at_last(stage, project, production, database)
    stage.expect_safe_command_to_work(tool, production, database)
