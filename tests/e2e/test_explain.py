"""`explain` and `check-config` with roles of a config: the shipped example's."""
import json
import subprocess

import pytest

from servers import BINARY, PATIENCE, REPOSITORY

EXAMPLE = REPOSITORY / "deploy/pgmoat.example.yaml"
NOON = "2026-11-20T12:00:00Z"  # a Friday
ELSEWHERE = ["--database", "shop", "--client", "10.0.0.1", "--application-name", "psql"]


def pgmoat(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE)


def explain(sql, *arguments, config=EXAMPLE, role="support", time=NOON):
    done = pgmoat("explain", "--config", config, "--role", role, "--time", time, "--format", "json", *arguments, sql)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.fixture
def shadow(tmp_path):
    """The example with its environment in shadow mode."""
    text = EXAMPLE.read_text()
    assert "enforce: true" in text
    file = tmp_path / "pgmoat.yaml"
    file.write_text(text.replace("enforce: true", "enforce: false"))
    return file


def test_a_rule_of_the_config_decides():
    code, said, _ = explain("SELECT * FROM hr.salaries", *ELSEWHERE)
    assert code == 1 and said["decision"] == "deny" and said["rule"] == "support.no-salaries", said
    assert said["role"] == "support" and said["environment"] == "production"
    assert "support" in said["error"]["message"] and said["error"]["hint"] == "Salaries are not for support."


def test_where_no_rule_matches_the_extended_role_decides():
    assert explain("SELECT * FROM app.notes", *ELSEWHERE)[0] == 0
    assert explain("INSERT INTO app.notes VALUES (1)", *ELSEWHERE)[0] == 0
    code, said, _ = explain("INSERT INTO app.users VALUES (1)", *ELSEWHERE)
    assert code == 1 and said["rule"] == "readonly.write", said


@pytest.mark.parametrize("time, code", [
    (NOON, 0), ("2026-11-21T12:00:00Z", 1), ("2026-11-20T17:59:59Z", 0), ("2026-11-20T18:00:00Z", 1),
    ("2026-11-20T07:59:59Z", 1), ("2026-11-20T08:00:00Z", 0)])
def test_the_time_counts(time, code):
    assert explain("SELECT 1", *ELSEWHERE, time=time)[0] == code


@pytest.mark.parametrize("database, client, code", [
    ("payroll", "192.0.2.7", 1), ("payroll", "2001:db8::1", 1), ("payroll", "198.51.100.1", 0), ("shop", "192.0.2.7", 0)])
def test_database_and_client_count(database, client, code):
    assert explain("SELECT 1", "--database", database, "--client", client)[0] == code


def test_what_a_log_rule_lets_pass_is_said():
    code, said, _ = explain("COPY t TO STDOUT", "--application-name", "metabase 1.2")
    assert code == 0 and said["decision"] == "would_deny" and said["rule"] == "support.5", said
    assert explain("COPY t TO STDOUT", *ELSEWHERE)[1]["decision"] == "allow"


def test_shadow_mode_is_said(shadow):
    code, said, _ = explain("DROP TABLE users", config=shadow, role="app")
    assert code == 0 and said["decision"] == "would_deny" and said["rule"] == "app.ddl", said
    text = pgmoat("explain", "--config", shadow, "--role", "app", "DROP TABLE users").stdout
    assert "would deny (shadow)" in text and "The client would see:" in text, text


def test_functions_of_role_and_rule():
    for function in ("app.search", "app.get_user"):
        assert explain(f"SELECT {function}(1)", *ELSEWHERE)[0] == 0
    assert explain("SELECT app.delete_user(1)", *ELSEWHERE)[1]["rule"] == "readonly.function"
    assert explain("SELECT app.search(1)", role="readonly")[1]["rule"] == "readonly.function"


def test_circumstances_that_were_not_given_are_named():
    said = explain("SELECT 1")[2]
    assert all(option in said for option in ("--database", "--client", "--application-name")), said
    assert explain("SELECT 1", *ELSEWHERE)[2] == ""
    assert explain("SELECT 1", role="readonly")[2] == ""


@pytest.mark.parametrize("arguments, word", [
    (["--role", "support"], "--config"),
    (["--role", "supprt", "--config", EXAMPLE], "support"),
    (["--role", "support", "--config", EXAMPLE, "--client", "10.0.0.0/8"], "--client"),
    (["--role", "support", "--config", EXAMPLE, "--time", "noon"], "--time"),
    (["--role", "support", "--config", EXAMPLE, "--environment", "staging"], "production"),
])
def test_mistakes_name_the_remedy(arguments, word):
    done = pgmoat("explain", *arguments, "SELECT 1")
    assert done.returncode == 2 and word in done.stderr and not done.stdout, done.stderr


def test_check_config_shows_roles_and_shadow_mode(shadow):
    table = pgmoat("check-config", EXAMPLE).stdout
    assert "support (readonly, 6 rules)" in table and "(shadow)" not in table, table
    assert "production (shadow)" in pgmoat("check-config", shadow).stdout
