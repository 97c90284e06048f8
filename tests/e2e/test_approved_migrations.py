"""require: approved and proven, on the wire: what a manifest and proofs let through, and when."""
import subprocess

import psycopg
import pytest

from servers import BINARY, PATIENCE, until

LEDGER = "INSERT INTO ops.history VALUES ('{}')"
CREATE = "CREATE TABLE ops.{} (id int PRIMARY KEY)"


def pgmoat_migrations(directory, *arguments):
    subprocess.run([BINARY, "migrations", *map(str, arguments)], cwd=directory, check=True,
                   capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def ground(tmp_path, postgres, start_pgmoat):
    """A database of its own behind a pgmoat of its own, keys, and a manifest."""
    return Ground(tmp_path, postgres, start_pgmoat)


class Ground:
    def __init__(self, directory, postgres, start_pgmoat):
        self.directory, self.postgres, self.start_pgmoat = directory, postgres, start_pgmoat
        self.tables = set()
        with postgres.connect() as direct:
            direct.execute("DROP SCHEMA IF EXISTS ops CASCADE; CREATE SCHEMA ops;"
                           "CREATE TABLE ops.history (name text); CREATE TABLE ops.old (id int);"
                           "INSERT INTO ops.old VALUES (7)")
        for key in ("alice", "bob", "staging"):
            pgmoat_migrations(directory, "keygen", "--out", f"{key}.key")
        (directory / "proofs").mkdir()
        (directory / "db").mkdir()
        self.put("000_nothing", "SELECT 1")

    def put(self, name, sql):
        (self.directory / "db" / f"{name}.sql").write_text(sql + ";\n")

    def approve(self, *more, key="alice"):
        pgmoat_migrations(self.directory, "approve", "--signing-key", f"{key}.key",
                          "--ledger", "ops.history", *more)

    def start(self, environment="production", **migrations):
        moat = self.start_pgmoat(environment=environment, start=False)
        moat.tree["environments"][environment]["migrations"] = {
            "ledgers": [{"table": "ops.history"}], **migrations}
        moat.write_config(moat.tree)
        moat.start()
        return moat

    def approved(self, **more):
        keys = [str(self.directory / f"{key}.key.pub") for key in ("alice", "bob")]
        return {"require": "approved", "manifest": str(self.directory / "migrations.json"),
                "public_keys": keys, **more}

    def name_of(self, statements):
        texts = {file.read_text(): file.stem for file in (self.directory / "db").glob("*.sql")}
        return texts.get("; ".join(statements) + ";\n", "m")

    def deploy(self, moat, *statements, entry=LEDGER):
        """One transaction with its ledger's entry; the rule that refused it, or None."""
        entry = entry.format(self.name_of(statements))
        with moat.connect("deploy_super", autocommit=False) as connection:
            try:
                for statement in (*statements, entry):
                    connection.execute(statement)
                connection.commit()
            except psycopg.errors.InsufficientPrivilege as error:
                connection.rollback()
                return error.diag.message_detail
            return None

    def exists(self, table):
        with self.postgres.connect() as direct:
            return direct.execute("SELECT to_regclass(%s) IS NOT NULL", [f"ops.{table}"]).fetchone()[0]


def test_only_what_is_approved_runs_and_a_new_manifest_counts_at_once(ground):
    ground.put("001_a", CREATE.format("a"))
    ground.approve("db")
    moat = ground.start(**ground.approved())
    assert ground.deploy(moat, CREATE.format("a")) is None
    assert "deploy.unapproved-migration" in ground.deploy(moat, CREATE.format("b"))
    assert ground.exists("a") and not ground.exists("b")

    ground.put("002_b", CREATE.format("b"))
    ground.approve("db")
    until(lambda: ground.deploy(moat, CREATE.format("b")) is None, "the new manifest counts")
    assert ground.exists("b")


@pytest.mark.parametrize("entry", [
    "INSERT INTO ops.history VALUES ('again')", "INSERT INTO ops.history (name) VALUES ('again')",
    LEDGER + " ON CONFLICT (name) DO UPDATE SET name = excluded.name", LEDGER + " ON CONFLICT DO NOTHING",
    "UPDATE ops.history SET name = '{}'", "INSERT INTO ops.schema_migrations (version) VALUES ('{}')"])
def test_a_migration_that_is_in_the_ledger_does_not_run_again(ground, entry):
    with ground.postgres.connect() as direct:
        direct.execute("ALTER TABLE ops.history ADD UNIQUE (name); CREATE TABLE ops.schema_migrations (version text)")
    ground.put("001_add", "INSERT INTO ops.old VALUES (8)")
    ground.approve("db")
    moat = ground.start(**ground.approved())
    assert ground.deploy(moat, "INSERT INTO ops.old VALUES (8)") is None
    with pytest.raises(psycopg.errors.UniqueViolation):
        ground.deploy(moat, "INSERT INTO ops.old VALUES (8)")
    assert ground.deploy(moat, "INSERT INTO ops.old VALUES (8)", entry=entry) is not None
    with ground.postgres.connect() as direct:
        assert direct.execute("SELECT count(*) FROM ops.old WHERE id = 8").fetchone()[0] == 1


def test_a_manifest_that_was_changed_approves_nothing_and_the_log_says_why(ground):
    ground.put("001_a", CREATE.format("a"))
    ground.approve("db")
    moat = ground.start(**ground.approved())
    manifest = ground.directory / "migrations.json"
    good = manifest.read_text()
    manifest.write_text(good.replace("001_a", "001_b"))
    until(lambda: "is not over this content" in moat.log.read_text(), "the log says so")
    assert ground.deploy(moat, CREATE.format("a")) is not None
    assert not ground.exists("a")
    manifest.write_text(good)
    until(lambda: ground.deploy(moat, CREATE.format("a")) is None, "it counts again")


def test_what_destroys_needs_as_many_signatures_as_the_config_says(ground):
    ground.put("001_drop", "DROP TABLE ops.old")
    ground.approve("--accept-destruction", "001_drop", "db")
    moat = ground.start(**ground.approved(approvals=2))
    assert ground.deploy(moat, "DROP TABLE ops.old") is not None
    assert ground.exists("old")
    ground.approve("--sign-only", key="bob")
    until(lambda: ground.deploy(moat, "DROP TABLE ops.old") is None, "two have signed")
    assert not ground.exists("old")


def test_production_takes_what_staging_has_seen_succeed(ground):
    ground.put("001_a", CREATE.format("a"))
    ground.put("002_b", CREATE.format("b"))
    ground.approve("db")
    staging = ground.start("staging", require="ledger", record_proofs={
        "directory": str(ground.directory / "proofs"), "signing_key": str(ground.directory / "staging.key")})
    production = ground.start(**ground.approved(require="proven", proofs={
        "directory": str(ground.directory / "proofs"), "environments": ["staging"],
        "public_keys": [str(ground.directory / "staging.key.pub")]}))
    assert "deploy.unproven-migration" in ground.deploy(production, CREATE.format("a"))
    assert ground.deploy(staging, CREATE.format("a")) is None
    until(lambda: staging.metrics_sum("pgmoat_migration_proofs_total") == 1, "the proof is written")
    # Staging and production are one server here.
    with ground.postgres.connect() as direct:
        direct.execute("DROP TABLE ops.a")
    until(lambda: ground.deploy(production, CREATE.format("a")) is None, "it is proven")
    assert "deploy.unproven-migration" in ground.deploy(production, CREATE.format("b"))
    assert staging.metrics_sum("pgmoat_migration_proofs_lost_total") == 0


def test_what_is_unsafe_is_warned_of_or_refused_until_it_is_accepted(ground):
    """`migrations.lint`, on the wire."""
    index, rename = "CREATE INDEX old_id ON ops.old (id)", "ALTER TABLE ops.old RENAME TO older"
    ground.put("001_index", index)
    ground.put("002_rename", rename)
    ground.approve("db")
    moat = ground.start(**ground.approved(lint={
        "default": "warn", "refuse": ["index-not-concurrent"], "ignore": ["no-lock-timeout"]}))
    assert "lint.index-not-concurrent" in ground.deploy(moat, index)
    assert not ground.exists("old_id")
    with moat.connect("deploy_super", autocommit=False) as connection:
        said = []
        connection.add_notice_handler(lambda notice: said.append(
            (notice.severity, notice.message_primary.split(":")[0], "Safer: " in (notice.message_hint or ""))))
        connection.execute(rename)
        connection.rollback()
    assert said == [("WARNING", "lint.rename", True)]
    ground.approve("--accept-finding", "001_index:index-not-concurrent", "db")
    until(lambda: ground.deploy(moat, index) is None, "what was accepted runs")
    assert ground.exists("old_id")


def test_a_reload_takes_up_other_keys_or_nothing(ground):
    ground.put("001_a", CREATE.format("a"))
    ground.approve("db")
    moat = ground.start(**ground.approved())
    migrations = moat.tree["environments"]["production"]["migrations"]
    migrations["public_keys"] = [str(ground.directory / "migrations.json")]  # no key
    moat.reload(moat.tree)
    assert "is no public Ed25519 key" in moat.log.read_text()
    assert ground.deploy(moat, CREATE.format("a")) is None
    migrations["public_keys"] = [str(ground.directory / "bob.key.pub")]
    moat.reload(moat.tree)
    assert ground.deploy(moat, CREATE.format("a2")) is not None
    assert "is signed by none of the public_keys" in moat.log.read_text()


@pytest.mark.parametrize("broken, what, code", [("public_keys", "is no public Ed25519 key", 1),
                                                ("record_proofs", "is no private Ed25519 key", 2)])
def test_a_key_that_is_none_is_told_at_start(ground, broken, what, code):
    ground.approve("db")
    wrong = ground.directory / "wrong"
    wrong.write_text("no key")
    wrong.chmod(0o600)
    value = {"public_keys": [str(wrong)],
             "record_proofs": {"directory": str(ground.directory / "proofs"), "signing_key": str(wrong)}}[broken]
    moat = ground.start_pgmoat(start=False)
    moat.tree["environments"]["production"]["migrations"] = ground.approved(**{broken: value})
    moat.write_config(moat.tree)
    moat.start(wait=False)
    assert moat.process.wait(PATIENCE) == code
    assert what in moat.log.read_text()
    moat.process = None
