"""Planted secrets are in nothing that pgmoat writes: trail, journal, spool, log at its most talkative,
errors, metrics, standard output."""
import contextlib
import re
import subprocess

import pytest

from audit_ground import everything_under, journal_dir, kill, with_trail
from audit_receivers import HttpReceiver, LineReceiver
from servers import until
from wire import Refused, bind, execute, function_call, one_shot, parse, query, sync

# In text: every literal that is a secret by what the statement is.  {} is planted.
STATEMENTS = [
    "CREATE ROLE planted_role LOGIN PASSWORD '{}'",
    "CREATE USER planted_user WITH ENCRYPTED PASSWORD '{}'",
    "CREATE ROLE planted_role LOGIN PASSWORD E'{}\\x21'",
    "CREATE ROLE planted_role LOGIN PASSWORD U&'{}'",
    "CREATE ROLE planted_role LOGIN PASSWORD $pw${}$pw$",
    "ALTER ROLE planted_role PASSWORD '{}' VALID UNTIL 'infinity'",
    "ALTER USER planted_role WITH PASSWORD '{}'",
    "alter/**/role planted_role\n\tpassword\n'{}'",
    "CREATE SERVER planted_server FOREIGN DATA WRAPPER dblink_fdw OPTIONS (host 'h', password '{}')",
    "CREATE USER MAPPING FOR CURRENT_USER SERVER planted_server OPTIONS (user 'u', password '{}')",
    "ALTER USER MAPPING FOR CURRENT_USER SERVER planted_server OPTIONS (SET password '{}')",
    "CREATE SUBSCRIPTION planted_sub CONNECTION 'host=h password={}' PUBLICATION p WITH (connect = false)",
    "ALTER SUBSCRIPTION planted_sub CONNECTION 'host=h password={}'",
    "SELECT * FROM dblink('host=127.0.0.1 user=u password={}', 'SELECT 1') AS t (a int)",
    "SELECT dblink_connect('planted', 'host=127.0.0.1 user=u password={}')",
    "SELECT public.dblink_exec('postgresql://u:{}@127.0.0.1/db', 'SELECT 1')",
    "SELECT dblink_connect_u('planted', 'host=127.0.0.1 password={}')",
    "SELECT 1; ALTER ROLE planted_role PASSWORD '{}'; SELECT 2",
    "PREPARE planted AS SELECT dblink_connect('host=127.0.0.1 password={}')",
    "PREPARE planted_too AS SELECT dblink_connect($1); EXECUTE planted_too('host=127.0.0.1 password={}')",
    "EXECUTE planted_too('postgresql://u:{}@127.0.0.1/db')",
    "SELECT dblink_connect(s) FROM (VALUES ('host=127.0.0.1 password={}')) AS v (s)",
    "EXPLAIN SELECT dblink_connect('host=127.0.0.1 password={}')",
    "DO $do$ BEGIN EXECUTE 'ALTER ROLE planted_role PASSWORD ''{}'''; END $do$",
    "CREATE FUNCTION planted() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN "
    "ALTER ROLE planted_role PASSWORD '{}'; END $f$",
    "CREATE VIEW planted_view AS SELECT * FROM dblink('host=h password={}', 'SELECT 1') AS t (a int)",
    # Broken: no tree tells what is secret.
    "CREATE ROLE planted_role LOGIN PASSWORD '{}",
    "CREATE ROLE planted_role LOGIN PASSWROD '{}'",
    "ALTER ROLE planted_role PASSWORD = '{}'",
    "ALTER ROLE planted_role WTIH PASSWORD '{}'; SELECT",
    "SELECT dblink_connect('host=127.0.0.1 password={}'",
    "CREATE SUBSCRIPTION planted_sub CONNECTION = 'host=h password={}'",
    "CREATE USER MAPPING FOR u SERVER s OPTION (password '{}')",
    "SELECT ( ( '{}' ) -- PASSWORD",
]
LOGINS = ("postgres", "app_super", "deploy_super", "dev_super")  # allowed, and refused


class Plants:
    """Secrets that are unique, so that one that leaks tells where it came from."""

    def __init__(self):
        self.where = {}

    def one(self, where) -> str:
        secret = f"planted{len(self.where):04d}secret"
        self.where[secret] = where
        return secret

    def check(self, places):
        ours = re.compile(rb"planted\d{4}secret")
        others = [secret for secret in self.where if not ours.fullmatch(secret.encode())]
        for name, data in places.items():
            assert data, f"nothing is in {name}"
            found = {secret.decode() for secret in ours.findall(data)}
            found |= {secret for secret in others if secret.encode() in data}
            leaked = [(secret, self.where.get(secret)) for secret in sorted(found)]
            assert not leaked, f"in {name}: {leaked}"


@pytest.fixture
def plants():
    return Plants()


@pytest.fixture
def clean_roles(postgres):
    yield
    with postgres.connect() as direct:
        direct.execute("DROP SUBSCRIPTION IF EXISTS planted_sub")
        direct.execute("DROP VIEW IF EXISTS planted_view")
        direct.execute("DROP FUNCTION IF EXISTS planted()")
        direct.execute("DROP SERVER IF EXISTS planted_server CASCADE")
        direct.execute("DROP ROLE IF EXISTS planted_role, planted_user")


def talkative(start_pgmoat, trail=None, **options):
    return with_trail(start_pgmoat, {"segment_size": "2MiB", **(trail or {})}, log={"level": "trace"}, **options)


def told_by(moat, errors) -> dict:
    """Everything that it wrote.  The journal is looked at while it lives and after a kill."""
    places = {"the trail": moat.audit_file.read_bytes(), "metrics": moat.get("/metrics")[1].encode(),
              "readyz": moat.get("/readyz")[1].encode(), "errors": str(errors).encode()}
    places["the journal, alive"] = everything_under(journal_dir(moat))
    kill(moat)
    places["the journal"] = everything_under(journal_dir(moat))
    places["the log"] = moat.log.read_bytes()
    moat.start()
    until(lambda: moat.audit_lines(event="start")[1:], "the next start's record")
    places["the trail, recovered"] = moat.audit_file.read_bytes()
    places["the log, recovered"] = moat.log.read_bytes()
    return places


def messages_for(statement):
    """Each way to the server."""
    yield "simple", [query(statement)]
    yield "extended", [one_shot(statement), sync()]
    yield "prepared", [parse("s", statement), bind("", "s"), execute(), sync()]


@pytest.mark.parametrize("redact", ["none", "literals"])
def test_secrets_in_statements(redact, start_pgmoat, plants, clean_roles):
    moat = talkative(start_pgmoat, roles={
        name: {"audit": {"redact": redact, "parameters": "redacted"}} for name in
        ("readonly", "app", "deploy", "admin")})
    errors, asked = [], 0
    for login in LOGINS:
        for statement in STATEMENTS:
            with moat.wire(login) as wire:
                wire.ask(query("BEGIN"))
                for way, messages in ((w, m) for w, m in messages_for(
                        statement.replace("{}", plants.one(f"{login}: {statement}")))):
                    wire.ask(*messages)
                    asked += 1
                # The server repeats the text near an error in LINE 1; that is the client's own.
                errors += [e for e in wire.errors if "Rule " in e.get("D", "")]
    until(lambda: not moat.metrics_sum("pgmoat_sessions"), "all sessions have ended")
    ends = len(LOGINS) * len(STATEMENTS)
    until(lambda: len(moat.audit(event="disconnect")) == ends, "all is on record")
    assert len(moat.audit(event="statement")) >= asked
    plants.check(told_by(moat, errors))


def test_what_is_not_secret_stays(start_pgmoat, clean_roles):
    """Without redaction of literals an auditor still reads whose password was set."""
    moat = talkative(start_pgmoat)
    with moat.wire("postgres") as wire:
        wire.ask(query("CREATE ROLE planted_role LOGIN PASSWORD 'pw-x' VALID UNTIL '2031-01-01'; "
                       "SELECT 'literal-kept'"))
        assert not wire.errors
    until(lambda: moat.audit(event="disconnect"), "the end is on record")
    told = " ".join(r["statement"] for r in moat.audit(event="statement"))
    assert "planted_role" in told and "literal-kept" in told and "2031-01-01" in told and "pw-x" not in told


@pytest.mark.parametrize("parameters", ["none", "redacted"])
def test_secrets_in_parameters(parameters, start_pgmoat, plants):
    moat = talkative(start_pgmoat, roles={name: {"audit": {"parameters": parameters}} for name in
                                          ("readonly", "app", "admin")})
    for login in ("postgres", "app_super", "dev_super"):
        with moat.wire(login) as wire:
            wire.ask(one_shot("SELECT $1::text", [plants.one("text")]), sync())
            wire.ask(one_shot("SELECT $1::bytea", [plants.one("bytea")]), sync())
            wire.ask(one_shot("SELECT dblink_connect($1)", ["host=h password=" + plants.one("dblink")]), sync())
            wire.ask(one_shot("SELECT $1::int", [plants.one("not a number")]), sync())
            wire.ask(one_shot("SELECT length($1)", ["x" * 70_000 + plants.one("behind much")]), sync())
            wire.ask(parse("s", "SELECT $1::text"), sync())
            wire.ask(*(bind("", "s", [plants.one("prepared")]) + execute() for _ in range(20)), sync())
            wire.ask(function_call(1574, plants.one("function call").encode()))  # nextval
    until(lambda: len(moat.audit(event="disconnect")) == 3, "all is on record")
    plants.check(told_by(moat, ["-"]))


def test_full_parameters_hold_no_connection_string(start_pgmoat, plants):
    """`parameters: full` keeps what the application sends, and yet no password for another server."""
    moat = talkative(start_pgmoat, roles={name: {"audit": {"parameters": "full"}} for name in ("app", "admin")})
    for login in ("postgres", "app_super"):
        with moat.wire(login) as wire:
            wire.ask(one_shot("SELECT dblink_connect($1)", ["host=h password=" + plants.one("dblink")]), sync())
            wire.ask(one_shot("SELECT $1::text /* kept */", ["seen-parameter"]), sync())
    until(lambda: len(moat.audit(event="disconnect")) == 2, "all is on record")
    assert b"seen-parameter" in moat.audit_file.read_bytes()
    plants.check(told_by(moat, ["-"]))


def test_secrets_of_a_login(start_pgmoat, postgres, plants):
    """Right and wrong ones, by each method; and in the fields of a startup packet."""
    moat = talkative(start_pgmoat)
    passwords = {"login_scram": "pw-scram-7d1f", "login_password": "pw-clear-91ac", "login_md5": "pw-md5-44be"}
    for login, password in passwords.items():
        plants.where[password] = login
        with moat.wire(login, password=password) as wire:
            wire.rows("SELECT 1")
        with pytest.raises(Refused):
            moat.wire(login, password=plants.one(f"wrong, {login}"))
    with contextlib.suppress(Refused):
        moat.wire("dev_super", password=plants.one("of who is trusted"))
    until(lambda: len(moat.audit(event="login")) == 7, "all logins are on record")
    plants.check(told_by(moat, ["-"]))


def test_literals(start_pgmoat, plants):
    """Behind `redact: literals` none is left, wherever it stood, also in what does not parse."""
    moat = talkative(start_pgmoat, roles={name: {"audit": {"redact": "literals"}} for name in
                                          ("readonly", "app", "deploy", "admin")})
    shapes = ["SELECT '{}'", "SELECT E'{}'", "SELECT $q${}$q$", "SELECT N'{}'", "SELECT 'a'\n'{}'",
              "SELECT 1 /* {} */", "SELECT 1 -- {}", "INSERT INTO customers (name) VALUES ('{}')",
              "SELECT 1 FROM customers WHERE name LIKE '%{}%'", "SELECT ARRAY['{}']", "SELECT '{}'::name",
              "SELECT set_config('application_name', 'x', true), '{}'", "SET search_path TO '{}'",
              "COMMENT ON TABLE customers IS '{}'", "DO $$ BEGIN PERFORM '{}'; END $$", "NOTIFY c, '{}'",
              "PREPARE p AS SELECT '{}'", "EXECUTE p('{}')", "DECLARE c CURSOR FOR SELECT '{}'",
              "COPY customers FROM '{}'", "CREATE TABLE planted (a text DEFAULT '{}')", "SELECT '{}' FORM x",
              "SELECT '{}", "SELECT json '{{\"a\": \"{}\"}}'", "EXPLAIN SELECT '{}'", "VALUES ('{}')",
              "SELECT '{}'; SELECT '{}'", "WITH a AS (SELECT '{}') SELECT * FROM a", "CALL cancel_order('{}')"]
    for login in LOGINS:
        with moat.wire(login) as wire:
            for shape in shapes:
                for _, messages in messages_for(shape.replace("{}", plants.one(f"{login}: {shape}"))):
                    wire.ask(query("BEGIN"))
                    wire.ask(*messages)
                    wire.ask(query("ROLLBACK"))
                    wire.ask(query("DEALLOCATE ALL"))
            errors = [e for e in wire.errors if "Rule " in e.get("D", "")]
    until(lambda: len(moat.audit(event="disconnect")) == len(LOGINS), "all is on record")
    plants.check(told_by(moat, errors or ["-"]))


def test_secrets_of_sinks(start_pgmoat, postgres, plants, tmp_path):
    """Passwords and tokens in files: used, and told to nobody; also when the sink fails."""
    token, password = plants.one("HTTP token"), plants.one("password of the postgres sink")
    (tmp_path / "token").write_text(f"Bearer {token}\n")
    (tmp_path / "password").write_text(password + "\n")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "audit.key"], check=True)
    for number, line in enumerate((tmp_path / "audit.key").read_text().splitlines()[1:-1]):
        plants.where[line] = f"line {number} of the signing key"
    with HttpReceiver() as receiver:
        moat = talkative(start_pgmoat, {"signing_key": str(tmp_path / "audit.key"), "sinks": [
            {"name": "http", "http": {"url": receiver.url, "format": "json_lines",
                                      "header_files": {"Authorization": str(tmp_path / "token")}}},
            {"name": "nowhere", "http": {"url": f"http://127.0.0.1:{LineReceiver().port}/", "format": "json_lines",
                                         "header_files": {"Authorization": str(tmp_path / "token")}}},
            {"name": "table", "postgres": {
                "url": f"postgres://login_scram@127.0.0.1:{postgres.port}/shop",
                "password_file": str(tmp_path / "password")}}]})
        with moat.wire("dev_super") as wire:
            wire.rows("SELECT 1")
        until(lambda: receiver.bodies, "a batch has come")
        assert receiver.headers[0]["Authorization"] == f"Bearer {token}"  # so it was used
        until(lambda: "table" in moat.log.read_text() and "nowhere" in moat.log.read_text(), "the failures are told")
        moat.audited(event="disconnect")
        plants.check(told_by(moat, ["-"]))


def test_tls_key(start_pgmoat, plants, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    for number, line in enumerate((tmp_path / "key.pem").read_text().splitlines()[1:-1]):
        plants.where[line] = f"line {number} of the TLS key"
    moat = talkative(start_pgmoat, tls={"mode": "allow", "certificate": str(tmp_path / "cert.pem"),
                                        "key": str(tmp_path / "key.pem")})
    with moat.connect("dev_super", sslmode="require") as connection:
        connection.execute("SELECT 1")
    moat.audited(event="disconnect")
    plants.check(told_by(moat, ["-"]))


def test_standard_output_has_the_trail_and_nothing_else(start_pgmoat, plants):
    """A sink writes there; what is refused there is as clean."""
    moat = talkative(start_pgmoat, {"file": "-", "journal_dir": None}, start=False)
    moat.tree["audit"]["journal_dir"] = str(moat.directory / "journal")
    moat.write_config(moat.tree)
    output = moat.directory / "stdout"
    with open(output, "wb") as file, open(moat.log, "ab") as log:
        from servers import BINARY  # the one test that starts it by hand
        moat.process = subprocess.Popen([BINARY, "run", "--config", moat.file], cwd=moat.directory,
                                        stdin=subprocess.DEVNULL, stdout=file, stderr=log)
    until(lambda: moat.get("/readyz")[0] == 200, "ready")
    with moat.wire("dev_super") as wire:
        wire.ask(query(f"ALTER ROLE dev_super PASSWORD '{plants.one('refused')}'"))
        wire.ask(query(f"ALTER ROLE dev_super PASSWORD '{plants.one('broken')}"))
    until(lambda: b'"disconnect"' in output.read_bytes(), "the end is on record")
    plants.check({"standard output": output.read_bytes(), "the log": moat.log.read_bytes()})
    assert all(line.startswith(b"{") for line in output.read_bytes().splitlines())
