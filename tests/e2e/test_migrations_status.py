"""`migrations status`: ledgers as the tools write them, against manifest and proofs."""
import base64
import hashlib
import json
import os
import subprocess

import pytest

from servers import BINARY, PATIENCE

# What each tool's own DDL makes of its ledger, with rows: a = applied, f = failed.
LEDGERS = {
    "prisma": ("""CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
        migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
        applied_steps_count integer NOT NULL DEFAULT 0);
        INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, rolled_back_at, started_at) VALUES
        ('1', 'x', '1_init', now(), NULL, '2026-01-01'), ('2', 'x', '2_again', NULL, now(), '2026-01-02'),
        ('3', 'x', '2_again', now(), NULL, '2026-01-03'), ('4', 'x', '3_half', NULL, NULL, '2026-01-04'),
        ('5', 'x', '4_undone', NULL, now(), '2026-01-05')""",
               {"1_init": "applied", "2_again": "applied", "3_half": "failed"}),
    "drizzle": ("""CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
        INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('abc', 1767225600000)""", {"abc": "applied"}),
    "flyway": ("""CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
        type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) NOT NULL,
        installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, success boolean NOT NULL);
        INSERT INTO flyway_schema_history VALUES (0, NULL, 's', 'SCHEMA', '"public"', NULL, 'u', now(), 0, true),
        (1, '1', 'a', 'SQL', 'V1__a.sql', 5, 'u', now(), 1, true), (2, '2', 'b', 'SQL', 'V2__b.sql', -7, 'u', now(), 1, false)""",
               {"V1__a.sql": "applied", "V2__b.sql": "failed"}),
    "liquibase": ("""CREATE TABLE databasechangelog (id varchar(255), author varchar(255), filename varchar(255), dateexecuted timestamp,
        orderexecuted integer, exectype varchar(10), md5sum varchar(35), description varchar(255), comments varchar(255), tag varchar(255));
        INSERT INTO databasechangelog VALUES ('one', 'me', 'f.xml', now(), 1, 'EXECUTED', '8:x')""", {"one": "applied"}),
    "alembic": ("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('1975ea83b712')",
                {"1975ea83b712": "applied"}),
    "django": ("""CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
        INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0001_initial', now())""", {"shop.0001_initial": "applied"}),
    "rails": ("""CREATE TABLE schema_migrations (version varchar PRIMARY KEY); CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY);
        INSERT INTO schema_migrations VALUES ('20260101000000')""", {"20260101000000": "applied"}),
    "dbmate": ("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20260101000000')",
               {"20260101000000": "applied"}),
    "golang-migrate": ("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); "
                       "INSERT INTO schema_migrations VALUES (3, true)", {"3": "failed"}),
    "supabase": ("""CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations
        (version text PRIMARY KEY, statements text[], name text); INSERT INTO supabase_migrations.schema_migrations VALUES ('20260101', '{}', 'x')""",
                 {"20260101": "applied"}),
    "goose": ("""CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint, is_applied boolean, tstamp timestamp DEFAULT now());
        INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (2, false), (3, true), (3, false), (3, true)""",
              {"1": "applied", "3": "applied"}),
    "knex": ("""CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
        INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('1_a.js', 1, now())""", {"1_a.js": "applied"}),
    "sequelize": ('CREATE TABLE "SequelizeMeta" (name varchar(255) PRIMARY KEY); INSERT INTO "SequelizeMeta" VALUES (\'1-a.js\')', {"1-a.js": "applied"}),
    "typeorm": ("""CREATE TABLE migrations (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL);
        INSERT INTO migrations (timestamp, name) VALUES (1767225600000, 'A1767225600000')""", {"A1767225600000": "applied"}),
    "node-pg-migrate": ("""CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
        INSERT INTO pgmigrations (name, run_on) VALUES ('1_a', now())""", {"1_a": "applied"}),
    "kysely": ("CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL); "
               "INSERT INTO kysely_migration VALUES ('1_a', '2026-01-01T00:00:00Z')", {"1_a": "applied"}),
    "atlas": ("""CREATE SCHEMA atlas_schema_revisions; CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (version varchar PRIMARY KEY,
        description varchar, type bigint, applied bigint, total bigint, executed_at timestamptz, execution_time bigint, error text, error_stmt text,
        hash varchar, partial_hashes jsonb, operator_version varchar); INSERT INTO atlas_schema_revisions.atlas_schema_revisions
        (version, applied, total, executed_at, hash) VALUES ('1', 2, 2, now(), 'h'), ('2', 1, 2, now(), 'h')""",
              {"1": "applied", "2": "failed"}),
}

INIT = "CREATE TABLE users (id integer PRIMARY KEY);\n"
MORE = "ALTER TABLE users ADD COLUMN email text;\n"
LAST = "CREATE INDEX users_email ON users (email);\n"
PRISMA = {"1_init": INIT, "2_more": MORE, "3_last": LAST}


def pgmoat(*arguments, code=0, **environment):
    done = subprocess.run([str(a) for a in (BINARY, *arguments)], capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, **environment})
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def database(postgres):
    """A database without a ledger; connections straight to it."""
    with postgres.connect("postgres") as admin:
        admin.execute("DROP DATABASE IF EXISTS ledgers WITH (FORCE)")
        admin.execute("CREATE DATABASE ledgers")
    with postgres.connect("ledgers") as direct:
        yield direct


@pytest.fixture
def project(postgres, tmp_path):
    return Project(tmp_path, postgres.port)


class Project:
    """A config with an environment, and what it names."""

    def __init__(self, directory, port):
        self.directory = directory
        self.config = directory / "pgmoat.yaml"
        self.tree = {"listen": [{"address": "127.0.0.1:0"}], "audit": {"file": str(directory / "audit.jsonl")},
                     "environments": {"production": {"upstream": f"postgres://127.0.0.1:{port}", "logins": {"migrator": "deploy"}}}}
        self.write()

    def write(self, **migrations):
        if migrations:
            self.tree["environments"]["production"]["migrations"] = migrations
        self.config.write_text(json.dumps(self.tree))

    def key(self, name):
        pgmoat("migrations", "keygen", "--out", self.directory / name)
        return self.directory / name

    def approve(self, files=PRISMA, **migrations):
        folder = self.directory / "prisma/migrations"
        for name, text in files.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "migration.sql").write_text(text)
        return self.approve_folder(folder, **migrations)

    def approve_folder(self, folder, *arguments, **migrations):
        key = self.key("alice")
        manifest = self.directory / "migrations.json"
        pgmoat("migrations", "approve", folder, "--manifest", manifest, "--signing-key", key, *arguments)
        self.write(**{"require": "approved", "manifest": str(manifest), "public_keys": [f"{key}.pub"], **migrations})
        return json.loads(manifest.read_text())

    def status(self, *arguments, code=0):
        done = pgmoat("migrations", "status", "--config", self.config, "--environment", "production", "--user", "postgres",
                      "--dbname", "ledgers", "--format", "json", *arguments, code=code)
        return json.loads(done.stdout)

    def text(self, *arguments, code=0):
        done = pgmoat("migrations", "status", "-c", self.config, "-U", "postgres", "-d", "ledgers", *arguments, code=code)
        return done.stdout


def states(said):
    return {m["name"]: m["state"] for m in said["migrations"]}


def prisma_ledger(database, *rows):
    """Rows of (name, text that was applied, finished)."""
    database.execute(LEDGERS["prisma"][0].split(";")[0])
    for number, (name, text, finished) in enumerate(rows):
        database.execute("INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, started_at) "
                         "VALUES (%s, %s, %s, CASE WHEN %s THEN now() END, timestamptz '2026-01-01' + %s * interval '1 day')",
                         [str(number), hashlib.sha256(text.encode()).hexdigest(), name, finished, number])


@pytest.mark.parametrize("tool", LEDGERS)
def test_each_tools_ledger_is_known_by_its_shape(database, project, tool):
    sql, expected = LEDGERS[tool]
    for statement in sql.split(";"):
        database.execute(statement)
    said = project.status(code=1 if "failed" in expected.values() else 0)
    assert [(ledger["tool"]) for ledger in said["ledgers"]] == [tool]
    assert states(said) == expected and {m["tool"] for m in said["migrations"]} == {tool}


def test_tables_of_the_same_name_that_are_no_ledger(database, project):
    for statement in ("CREATE TABLE migrations (animal text)", "CREATE TABLE schema_migrations (x integer)", "CREATE VIEW pgmigrations AS SELECT 1 AS name"):
        database.execute(statement)
    said = project.status()
    assert said["ledgers"] == [] and said["migrations"] == [] and said["good"]
    assert "none of a tool that pgmoat knows" in project.text()


def test_nothing_applied_is_all_pending(database, project):
    project.approve()
    said = project.status()
    assert states(said) == dict.fromkeys(PRISMA, "pending") and said["good"] and len(said["signed_by"]) == 1


def test_applied_pending_unknown_changed_and_failed(database, project):
    project.approve()
    prisma_ledger(database, ("1_init", INIT, True), ("2_more", MORE + "-- and more", True), ("0_by_hand", "SELECT 1", True))
    said = project.status(code=1)
    assert states(said) == {"1_init": "applied", "2_more": "changed", "3_last": "pending", "0_by_hand": "unknown"}
    assert [m["approved"] for m in said["migrations"]] == [True, True, True, False]
    text = project.text(code=1)
    for part in ("environment production at 127.0.0.1:", "database ledgers, as postgres", "public._prisma_migrations (prisma)",
                 "1 applied, 1 pending, 1 unknown, 1 changed", "written into the ledger by hand", "another text was applied"):
        assert part in text, text


def test_a_migration_that_failed(database, project):
    project.approve()
    prisma_ledger(database, ("1_init", INIT, True), ("2_more", MORE, False))
    assert states(project.status(code=1)) == {"1_init": "applied", "2_more": "failed", "3_last": "pending"}


def test_all_applied_is_good(database, project):
    project.approve()
    prisma_ledger(database, *((name, text, True) for name, text in PRISMA.items()))
    said = project.status()
    assert said["good"] and set(states(said).values()) == {"applied"} and all("time" in m for m in said["migrations"])


@pytest.mark.parametrize("tool, files, ledger, expected", [
    ("goose", {"00001_a.sql": "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n",
               "00002_b.sql": "-- +goose Up\nCREATE TABLE b (id int);\n"}, "goose",
     {"00001_a": "applied", "00002_b": "pending", "3": "unknown"}),
    ("golang-migrate", {f"00000{i}_x.up.sql": f"CREATE TABLE t{i} (id int);" for i in (1, 2, 3, 4)}, "golang-migrate",
     {"000001_x": "applied", "000002_x": "applied", "000003_x": "failed", "000004_x": "pending"}),
    ("dbmate", {"20260101000000_a.sql": "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"}, "dbmate",
     {"20260101000000_a": "applied"}),
])
def test_versions_of_other_tools_are_matched(database, project, tool, files, ledger, expected):
    folder = project.directory / "db"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    project.approve_folder(folder, "--tool", tool)
    for statement in LEDGERS[ledger][0].split(";"):
        database.execute(statement)
    wrong = {"unknown", "failed"} & set(expected.values())
    assert states(project.status(code=1 if wrong else 0)) == expected


def test_flyway_by_script_and_checksum(database, project):
    folder = project.directory / "db"
    folder.mkdir()
    (folder / "V1__a.sql").write_text("CREATE TABLE a (id int);\n")
    manifest = project.approve_folder(folder)
    for statement in LEDGERS["flyway"][0].split(";"):
        database.execute(statement)
    assert states(project.status(code=1)) == {"V1__a.sql": "changed", "V2__b.sql": "failed"}
    database.execute("UPDATE flyway_schema_history SET checksum = %s WHERE version = '1'", [int(manifest["migrations"][0]["checksum"])])
    assert states(project.status(code=1))["V1__a.sql"] == "applied"


def test_a_ledger_of_ones_own(database, project):
    project.write(require="ledger", ledgers=[{"table": "ops.schema_history"}])
    for statement in ("CREATE SCHEMA ops", "CREATE TABLE ops.schema_history (name text, at timestamptz)",
                      "CREATE TABLE schema_history (name text)", "INSERT INTO schema_history VALUES ('not this one')",
                      "INSERT INTO ops.schema_history VALUES ('001_first')"):
        database.execute(statement)
    said = project.status()
    assert states(said) == {"001_first": "applied"} and said["ledgers"][0]["table"] == "ops.schema_history"


def test_two_ledgers_of_a_tool_are_told(database, project):
    for statement in (LEDGERS["sequelize"][0].split(";")[0], "CREATE SCHEMA b", 'CREATE TABLE b."SequelizeMeta" (name text)'):
        database.execute(statement)
    assert "same tool" in project.status()["warnings"][0]


# --- signatures and proofs -------------------------------------------------------------

def test_a_manifest_that_nobody_known_has_signed(database, project):
    project.approve()
    bob = project.key("bob")
    project.write(require="approved", manifest=str(project.directory / "migrations.json"), public_keys=[f"{bob}.pub"])
    said = project.status()
    assert said["signed_by"] == [] and "signed by none" in said["warnings"][0]


def test_a_manifest_that_was_changed_is_told(database, project):
    manifest = project.approve()
    manifest["migrations"][0]["name"] = "1_innit"
    (project.directory / "migrations.json").write_text(json.dumps(manifest))
    done = pgmoat("migrations", "status", "-c", project.config, "-U", "postgres", "-d", "ledgers", code=2)
    assert "signature" in done.stderr and not done.stdout, done.stderr


def proof_line(key, migration, environment="staging"):
    """As README and proofs.h have it, made by OpenSSL's own tool."""
    der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    proof = {"version": 1, "tool": migration["tool"], "name": migration["name"], "checksum": migration["checksum"],
             "content": migration["content"], "environment": environment, "time": "2026-11-27T10:00:00.000Z", "duration_ms": 5,
             "rows": 0, "locks": [], "statements": 1, "key": hashlib.sha256(der[-32:]).hexdigest()[:16]}
    text = json.dumps(proof, sort_keys=True, separators=(",", ":"))
    signed = key.with_name("signed")
    signed.write_bytes(b"pgmoat migration proof v1\0" + hashlib.sha256(text.encode()).digest())
    signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", signed], check=True,
                               capture_output=True).stdout
    proof["signature"] = base64.b64encode(signature).decode()
    return json.dumps(proof, sort_keys=True, separators=(",", ":")) + "\n"


def test_proofs_are_shown_and_only_those_that_count(database, project):
    staging, stranger, proofs = project.key("staging"), project.key("stranger"), project.directory / "proofs"
    proofs.mkdir()
    manifest = project.approve(require="proven", proofs={"directory": str(proofs), "public_keys": [f"{staging}.pub"],
                                                         "environments": ["staging"]})
    first, second, third = manifest["migrations"]
    (proofs / "staging.jsonl").write_text(proof_line(staging, first) + proof_line(staging, second, "laptop")
                                          + proof_line(stranger, third))
    said = project.status()
    assert {m["name"]: m["proven"] for m in said["migrations"]} == {"1_init": True, "2_more": False, "3_last": False}
    assert any("staging.jsonl:3" in w for w in said["warnings"]), said["warnings"]
    assert "PROVEN" in project.text()


# --- where, and mistakes ---------------------------------------------------------------

def test_another_database_by_url(database, project, postgres):
    database.execute(LEDGERS["sequelize"][0].split(";")[0])
    done = pgmoat("migrations", "status", "-c", project.config, "--database",
                  f"postgres://postgres:not-shown@127.0.0.1:{postgres.port}/ledgers")
    assert "SequelizeMeta" in done.stdout and "not-shown" not in done.stdout + done.stderr


def test_control_characters_of_a_ledger_do_not_reach_the_terminal(database, project):
    database.execute(LEDGERS["sequelize"][0].split(";")[0])
    database.execute('INSERT INTO "SequelizeMeta" VALUES (%s)', ["evil\x1b[2Jname"])
    assert "\x1b" not in project.text() and "evil" in project.text()


def test_a_ledger_that_the_user_may_not_read(database, project, postgres):
    database.execute(LEDGERS["sequelize"][0].split(";")[0])
    done = pgmoat("migrations", "status", "-c", project.config, "-U", "shop_app", "-d", "ledgers", code=2)
    assert "permission denied" in done.stderr and "SequelizeMeta" in done.stderr


@pytest.mark.parametrize("arguments, word", [
    (["--environment", "staging"], "production"), (["--database", "nonsense://x"], "--database"),
    (["--database", "postgres://127.0.0.1:1/x"], "127.0.0.1"), (["--format", "xml"], "format"),
])
def test_mistakes_name_the_remedy(project, arguments, word):
    done = pgmoat("migrations", "status", "--config", project.config, *arguments, code=2)
    assert word in done.stderr and not done.stdout


def test_it_only_reads(database, project, postgres):
    database.execute(LEDGERS["sequelize"][0].split(";")[0])
    log = postgres.log_end()
    project.status()
    sent = [line.split(": ", 2)[2] for line in postgres.log_since(log).splitlines() if "LOG:  execute <unnamed>: " in line]
    assert sent and all(text.startswith(("BEGIN", "SELECT", "ROLLBACK")) for text in sent), sent
    assert "READ ONLY" in sent[0]
