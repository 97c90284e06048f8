"""`pgmoat migrations approve`, `show`, `keygen`: what is written, what is told, what is refused."""
import json
import re
import subprocess

import pytest

from servers import BINARY, PATIENCE

INIT = "CREATE TABLE users (id int PRIMARY KEY);\n"
DROP = "-- as agreed\nDROP TABLE legacy;\n\nTRUNCATE sessions;\n"


class Project:
    """A folder with migrations, keys of two people, and the verb."""

    def __init__(self, directory):
        self.directory = directory
        self.manifest = directory / "migrations.json"
        self.put("001_init", INIT)
        for person in ("alice", "bob"):
            self.run("keygen", "--out", f"{person}.key")

    def put(self, name, text):
        file = self.directory / "db" / f"{name}.sql"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    def run(self, *arguments, code=0, cwd=None):
        """Returns what it said, on both outputs."""
        done = subprocess.run([BINARY, "migrations", *map(str, arguments)], cwd=cwd or self.directory,
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def approve(self, *arguments, code=0):
        return self.run("approve", *arguments, code=code)

    def read(self):
        return json.loads(self.manifest.read_text())


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_a_manifest_says_what_a_migration_is(project):
    told = project.approve("--signing-key", "alice.key", "db")
    manifest = project.read()
    assert manifest["version"] == 1
    (migration,) = manifest["migrations"]
    assert (migration["name"], migration["tool"], migration["file"]) == ("001_init", "sql", "db/001_init.sql")
    (statement,) = migration["statements"]
    assert statement["line"] == 1 and statement["changes"] is True
    assert "destroys" not in statement and "accepted" not in statement
    (signature,) = manifest["signatures"]
    assert re.fullmatch("[0-9a-f]{16}", signature["key"])
    assert f"signed by key {signature['key']}" in told
    assert "1 migration, 1 statement" in told


def test_what_destroys_is_named_and_not_signed_until_it_is_accepted(project):
    project.put("002_drop", DROP)
    told = project.approve("--signing-key", "alice.key", "db", code=1)
    assert "db/002_drop.sql:2: drops table legacy; if that is meant, --accept-destruction 002_drop" in told
    assert "db/002_drop.sql:4: " in told and "NOT ACCEPTED" in told
    assert not project.manifest.exists()

    told = project.approve("--signing-key", "alice.key", "--accept-destruction", "002_drop", "db")
    assert "NOT ACCEPTED" not in told and "(db/002_drop.sql:2, accepted)" in told
    assert [s["accepted"] for s in project.read()["migrations"][1]["statements"]] == [True, True]


def test_what_was_accepted_stays_so_for_who_signed_it_and_while_it_is_the_same(project):
    project.put("002_drop", DROP)
    project.approve("--signing-key", "alice.key", "--accept-destruction", "002_drop", "db")
    project.put("003_more", "CREATE TABLE more (id int PRIMARY KEY);\n")
    told = project.approve("--signing-key", "bob.key", "db", code=1)
    assert "what it has accepted does not count: no key that signs now has signed it" in told
    project.approve("--signing-key", "alice.key", "db")
    assert len(project.read()["signatures"]) == 1  # of the new content only

    project.put("002_drop", DROP.replace("legacy", "users"))
    told = project.approve("--signing-key", "alice.key", "db", code=1)
    assert "drops table users" in told


def test_acceptance_that_somebody_wrote_in_by_hand_does_not_pass(project):
    project.put("002_drop", DROP)
    project.approve("db")
    manifest = project.read()
    for statement in manifest["migrations"][1]["statements"]:
        statement["accepted"] = True
    project.manifest.write_text(json.dumps(manifest))
    project.approve("--signing-key", "alice.key", "db", code=1)


def test_a_second_person_signs_what_is_there(project):
    project.approve("--signing-key", "alice.key", "db")
    first = project.read()
    told = project.approve("--sign-only", "--signing-key", "bob.key")
    assert "001_init" in told
    second = project.read()
    assert second["migrations"] == first["migrations"] and len(second["signatures"]) == 2
    # Both stay while the content does.
    project.approve("db")
    assert project.read() == second
    told = project.run("show", "migrations.json", "--public-key", "alice.key.pub")
    assert told.count(": right") == 1 and told.count("not checked") == 1
    told = project.approve("--sign-only", "--signing-key", "bob.key", "--accept-destruction", "x", code=2)
    assert "--sign-only changes nothing" in told
    assert "add --signing-key" in project.approve("--sign-only", code=2)


def test_sign_only_with_a_folder_signs_nothing_that_is_not_there(project):
    project.approve("db")
    project.put("002_more", INIT.replace("users", "more"))
    told = project.approve("--sign-only", "--signing-key", "bob.key", "db", code=1)
    assert "is not what the folders are" in told
    assert project.read()["signatures"] == []


def test_check_writes_nothing_and_says_what_is_wrong(project):
    assert "cannot be read" in project.approve("--check", "db", code=2)
    project.approve("--signing-key", "alice.key", "db")
    before = project.manifest.read_bytes()
    project.approve("--check", "db")
    project.approve("--check", "--public-key", "alice.key.pub", "db")
    assert "none of the keys has signed it" in project.approve("--check", "--public-key", "bob.key.pub", "db", code=1)
    project.put("001_init", INIT.replace("int", "bigint"))
    assert "is not what the folders are" in project.approve("--check", "db", code=1)
    assert project.manifest.read_bytes() == before


def test_a_manifest_that_was_changed_shows(project):
    project.approve("--signing-key", "alice.key", "db")
    project.manifest.write_text(project.manifest.read_text().replace("001_init", "001_inot"))
    told = project.run("show", "migrations.json", "--public-key", "alice.key.pub", code=1)
    assert "is not over this content" in told
    (project.directory / "db/001_init.sql").rename(project.directory / "db/001_inot.sql")
    manifest = project.read()
    manifest["migrations"][0]["file"] = "db/001_inot.sql"
    project.manifest.write_text(json.dumps(manifest))
    told = project.approve("--check", "--public-key", "alice.key.pub", "db", code=1)
    assert "is not over this content" in told
    project.approve("--check", "db")  # the files are right, and nobody asked for signatures


def test_where_it_runs_makes_no_difference(project):
    project.approve("--signing-key", "alice.key", "db")
    before = project.read()
    project.run("approve", "--manifest", project.manifest, "--signing-key", "../alice.key", ".",
                cwd=project.directory / "db")
    assert project.read() == before


def test_mistakes_name_their_remedy(project):
    assert "there is no migration '7'" in project.approve("--accept-destruction", "7", "db", code=2)
    assert "destroys nothing" in project.approve("--accept-destruction", "001_init", "db", code=2)
    assert "lint has no finding 'rename'" in project.approve("--accept-finding", "001_init:rename", "db", code=2)
    assert "choose one of prisma, drizzle" in project.approve("--tool", "prism", "db", code=2)
    assert "no folder is named" in project.approve(code=2)
    assert "there is no such folder" in project.approve("nowhere", code=2)
    project.put("002_template", "SELECT 1;\nCREATE TABLE ${x} ();\n")
    assert "db/002_template.sql:2: the migration does not parse" in project.approve("db", code=2)


def test_a_finding_is_told_and_can_be_accepted(project):
    project.put("002_index", "CREATE INDEX users_id ON users (id);\n")
    told = project.approve("--signing-key", "alice.key", "db")
    assert "db/002_index.sql:1: index-not-concurrent: users" in told and "(accepted)" not in told
    told = project.approve("-k", "alice.key", "--accept-finding", "002_index:index-not-concurrent", "db")
    assert "(accepted)" in told
    assert project.read()["migrations"][1]["statements"][0]["lint_accepted"] == ["index-not-concurrent"]


def test_names_of_files_do_not_act_on_the_terminal(project):
    project.put("002_\x1b[31mred", INIT)
    told = project.approve("db")
    assert "\x1b" not in told and "\\x1b[31mred" in told
