"""What can be wrong before anything runs: said in one line that names place and remedy."""
import json
import re
import socket
import subprocess
import textwrap
import time

import pytest
import yaml

from servers import BINARY, PATIENCE, REPOSITORY, SANITIZED, free_port

GOOD = """\
listen:
  - address: 127.0.0.1:{port}
environments:
  production:
    upstream: postgres://127.0.0.1:{upstream}
    logins:
      dev_ro: readonly
audit:
  file: {directory}/audit.jsonl
"""


@pytest.fixture
def config(tmp_path):
    """Writes a config and runs a verb on it: (exit code, standard error)."""
    def run(text, verb="run"):
        file = tmp_path / "pgmoat.yaml"
        file.write_text(text)
        command = [BINARY, verb, "--config", file] if verb == "run" else [BINARY, verb, file]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stderr + done.stdout
    run.good = GOOD.format(port=free_port(), upstream=free_port(), directory=tmp_path)
    return run


WRONG = {
    "unknown key": ("upstream:", "upsteam:", 5, "upstream"),
    "unknown key at the top": ("audit:", "audits:", 8, "audit"),
    "unknown role": ("dev_ro: readonly", "dev_ro: readolny", 7, "readonly"),
    "bad port": ("127.0.0.1:{port}", "127.0.0.1:99999", 2, "99999"),
    "bad upstream": ("postgres://", "mysql://", 5, "postgres"),
    "a tab": ("    logins:", "\tlogins:", 6, ""),
    "the same login twice": ("dev_ro: readonly", "dev_ro: readonly\n      dev_ro: admin", 8, "dev_ro"),
    "missing directory": ("file: ", "file: /no/such/directory", 9, "directory"),
}


@pytest.mark.parametrize("verb", ["run", "check-config"])
@pytest.mark.parametrize("name", WRONG)
def test_config_error_names_file_line_value_and_remedy(name, verb, config):
    old, new, line, word = WRONG[name]
    port = config.good.split("127.0.0.1:")[1].split("\n")[0]
    code, said = config(config.good.replace(old.format(port=port), new), verb)
    assert code == 2, said
    assert f"pgmoat.yaml:{line}:" in said and word in said, said


def test_good_config_is_good(config):
    code, said = config(config.good, "check-config")
    assert code == 0, said


def test_the_example_config_is_good(tmp_path):
    done = subprocess.run([BINARY, "check-config", REPOSITORY / "deploy/pgmoat.example.yaml"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def with_rest(part, whole):
    """The config `whole` with what `part` says instead: of its sections, or of one environment."""
    tree, said = yaml.safe_load(whole), yaml.safe_load(textwrap.dedent(part))
    if "migrations" in said:
        tree["environments"]["production"].update(said)
    else:
        tree.update(said)
    for name, environment in tree["environments"].items():
        environment.setdefault("logins", {"postgres": "admin"})
        for address in environment.get("match", {}).get("listeners", []):
            if address not in [listener["address"] for listener in tree["listen"]]:
                tree["listen"].append({"address": address})
    return json.dumps(tree)


def test_the_readmes_configs_are_good(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    whole = [block for block in blocks if block.startswith("listen:")]
    assert len(whole) == 2, blocks
    for owner in ("alice", "bob", "staging"):
        subprocess.run([BINARY, "migrations", "keygen", "--out", tmp_path / f"{owner}.key"], check=True,
                       capture_output=True, timeout=PATIENCE)
    (tmp_path / "proofs").mkdir()
    (tmp_path / "migrations.json").write_text("{}")
    # Parts stand on their own there; here each with the rest of the first.
    for block in [*whole, *(with_rest(part, whole[0]) for part in blocks if part not in whole)]:
        file = tmp_path / "pgmoat.yaml"
        file.write_text(block)
        done = subprocess.run([BINARY, "check-config", file], cwd=tmp_path, capture_output=True, text=True,
                              timeout=PATIENCE)
        assert done.returncode == 0, done.stderr


def test_missing_config_file(tmp_path):
    done = subprocess.run([BINARY, "run", "--config", tmp_path / "none.yaml"], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 2 and "none.yaml" in done.stderr and "No such file" in done.stderr


@pytest.mark.parametrize("which", ["listen", "admin"])
def test_port_in_use(which, config):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = config.good
        if which == "listen":
            text = text.replace("127.0.0.1:" + text.split("127.0.0.1:")[1].split("\n")[0], f"127.0.0.1:{port}", 1)
        else:
            text += f"admin:\n  address: 127.0.0.1:{port}\n"
        code, said = config(text)
    assert code == 1, said
    assert f"127.0.0.1:{port}" in said and "in use" in said.lower(), said


def test_missing_certificate(config):
    text = config.good.replace("environments:", "    tls:\n      certificate: /no/such.pem\n      key: /no/such.key\n"
                               "environments:")
    code, said = config(text)
    assert code == 2 and "/no/such.pem" in said, said


def test_audit_file_that_cannot_be_opened(config, tmp_path):
    code, said = config(config.good.replace("/audit.jsonl", ""))
    assert code in (1, 2) and "directory" in said, said


def test_explain_tells_what_a_client_would_see():
    def explain(*arguments):
        return subprocess.run([BINARY, "explain", *arguments], capture_output=True, text=True, timeout=PATIENCE)
    allowed = explain("--role", "readonly", "SELECT 1")
    assert allowed.returncode == 0 and "allow" in allowed.stdout
    denied = explain("--role", "readonly", "--environment", "staging", "DROP TABLE users")
    assert denied.returncode == 1 and "25006" in denied.stdout and "staging" in denied.stdout
    for usage in (["--role", "nobody", "SELECT 1"], ["SELECT 1"], []):
        assert explain(*usage).returncode == 2
    assert explain("--role", "app", "SELEC").returncode == 1


def test_explain_prints_every_fact_as_json():
    def facts(sql):
        done = subprocess.run([BINARY, "explain", "--role", "admin", "--format", "json", sql],
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["statements"][0]
    read = facts("SELECT a::app.money FROM s.t WHERE b = lower($1) FOR UPDATE")
    assert read["kinds"] == ["read", "row_lock"] and read["row_lock"] == "FOR UPDATE"
    assert read["relations"] == [{"name": "s.t", "access": "read"}]
    assert read["functions"] == ["lower"] and read["operators"] == ["="] and read["casts"] == ["app.money"]
    delete = facts("DELETE FROM t WHERE id = id")
    assert delete["effective_where"] is False and delete["unfiltered"] == ["delete"]
    assert facts("COPY t FROM PROGRAM 'x'")["copy"] == {"target": "program", "direction": "from"}
    drop = facts("DROP TABLE IF EXISTS t CASCADE")
    assert drop["options"] == ["cascade", "if_exists", "loses_data"]
    function = facts("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE c SECURITY DEFINER "
                     "SET work_mem = '1MB' AS 'x'")
    assert function["language"] == "c" and function["options"] == ["or_replace", "security_definer"]
    assert function["settings"] == [{"name": "work_mem", "scope": "function", "value": "1MB"}]
    assert facts("CREATE EXTENSION postgis")["extensions"] == ["postgis"]
    temporary = facts("CREATE TEMP TABLE x ON COMMIT DROP AS SELECT 1")
    assert temporary["creates_temporary"] == ["x"] and "on_commit_drop" in temporary["options"]
    assert facts("PREPARE p AS SELECT 1")["prepares"] == "p"
    assert facts("BEGIN READ WRITE")["options"] == ["begins_transaction", "asks_read_write"]


def test_version():
    done = subprocess.run([BINARY, "version"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and done.stdout.startswith("pgmoat ")


def test_log_in_json(start_pgmoat):
    moat = start_pgmoat(log={"format": "json"})
    for line in moat.log.read_text().splitlines():
        assert json.loads(line)["message"]


def test_start_up_takes_little_time(start_pgmoat):
    moat = start_pgmoat(start=False)
    started = time.monotonic()
    moat.start()
    assert time.monotonic() - started < (10 if SANITIZED else 2)
