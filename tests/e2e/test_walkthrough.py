"""deploy/walkthrough: every command of its README runs, in its order, and prints what it says."""
import contextlib
import os
import re
import signal
import subprocess
import time

import pytest
import yaml

from servers import BINARY, PATIENCE, PG_BIN, REPOSITORY, Postgres, free_port
from walkthrough import OTHERS, Shell, read_steps

WALKTHROUGH = REPOSITORY / "deploy/walkthrough"
STEPS = read_steps((WALKTHROUGH / "README.md").read_text())

HBA = """\
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
# Who is connected when the walkthrough begins.
PROGRAMS = ["shop-web", "shop-web", "shop-worker", "DBeaver", "prisma"]
SHOP = """SELECT (SELECT md5(string_agg(concat(id, name, email, city), '|' ORDER BY id)) FROM customers),
                 (SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM orders AS o),
                 (SELECT md5(string_agg(i::text, '|' ORDER BY i::text)) FROM order_items AS i),
                 (SELECT md5(string_agg(concat(id, name, price_cents), '|' ORDER BY id)) FROM products)"""


@contextlib.contextmanager
def scene(directory):
    """Two servers, production as the walkthrough finds it, and a shell that knows them."""
    servers = {}
    with contextlib.ExitStack() as ends:
        for name in ("production", "staging"):
            (directory / name).mkdir()
            servers[name] = Postgres(directory / name, hba=HBA)
            ends.callback(servers[name].stop, "immediate")
        servers["production"].psql("-c", "CREATE DATABASE shop", dbname="postgres")
        servers["production"].psql("-f", REPOSITORY / "deploy/quickstart/shop.sql")
        for program in PROGRAMS:
            ends.enter_context(servers["production"].connect(application_name=program))
        at = {name: f"127.0.0.1:{server.port}" for name, server in servers.items()}
        work = directory / "work"
        work.mkdir()
        ends.callback(end_all, work)
        shell = Shell(work, {
            "PATH": f"{PG_BIN}:{os.environ['PATH']}",
            "CHECKOUT": str(REPOSITORY), "PGMOAT": str(BINARY.resolve()), "PATIENCE": str(2 * PATIENCE),
            **{name: f"127.0.0.1:{free_port()}"
               for name in ("PRODUCTION", "STAGING", "PRODUCTION_ADMIN", "STAGING_ADMIN")},
            **{f"{name.upper()}_SERVER": address for name, address in at.items()},
            **{f"{name.upper()}_OWNER": f"postgres://postgres@{address}/shop" for name, address in at.items()}})
        yield shell, servers


def end_all(work):
    """The pgmoats that a failed walkthrough left."""
    for file in work.glob("moat/*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)


def check(step, shell):
    code, printed = shell.run(step.commands)
    deadline = time.monotonic() + PATIENCE
    while step.asks_only and not step.is_what(printed) and time.monotonic() < deadline:
        code, printed = shell.run(step.commands)
    said = f"README.md:{step.line}\n{step.commands}\n-- exit code {code}, printed:\n{printed}"
    assert (code != 0) == step.refused, said
    assert step.is_what(printed), f"{said}\n-- but the README says:\n{step.printed}"


def test_every_command_does_what_the_readme_says(workspace):
    directory = workspace / "walkthrough"
    directory.mkdir()
    with scene(directory) as (shell, servers):
        for step in STEPS:
            if step.refused:
                before = [server.connect() for server in servers.values() if shop_is_there(server)]
                before = [(connection, connection.execute(SHOP).fetchone()) for connection in before]
            check(step, shell)
            if step.refused:
                for connection, rows in before:
                    assert connection.execute(SHOP).fetchone() == rows, f"README.md:{step.line}"
                    connection.close()
        with servers["production"].connect() as production, servers["staging"].connect() as staging:
            columns = ("SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
                       " WHERE table_schema IN ('public', 'ops') ORDER BY 1, 2, 3")
            found = production.execute(columns).fetchall()
            assert found == staging.execute(columns).fetchall()
            assert ("public", "customers", "phone", "text") in found
            assert not [row for row in found if row[2] in ("stock", "x")]
        assert not list((directory / "work").glob("moat/*.pid"))


def shop_is_there(server):
    with server.connect(dbname="postgres") as direct:
        if not direct.execute("SELECT 1 FROM pg_database WHERE datname = 'shop'").fetchone():
            return False
    with server.connect() as direct:
        return direct.execute("SELECT to_regclass('order_items') IS NOT NULL").fetchone()[0]


def test_the_steps_are_there_and_a_refusal_names_its_rule():
    assert len(STEPS) > 20
    refused = [step for step in STEPS if step.refused]
    rules = set(re.findall(r"Rule ([\w.-]+);|\[([\w.-]+)\]", "\n".join(step.printed for step in refused)))
    assert {"login.wrong-environment", "deploy.unproven-migration", "deploy.alter-destructive", "deploy.drop",
            "deploy.unapproved-migration", "any.break-glass"} <= {a or b for a, b in rules}
    for step in refused:
        assert "ERROR" in step.printed or "FATAL" in step.printed or "refused" in step.printed, step.line


def test_a_readme_that_says_something_else_is_noticed():
    """The comparison can fail."""
    for step in STEPS:
        lines = step.printed.replace(OTHERS, "others").splitlines()
        assert step.is_what("\n".join(lines)), step.line
        assert step.printed or not step.is_what("a word"), step.line
        for line in lines:
            if line not in ("", "others"):
                fewer = "\n".join(other for other in lines if other is not line)
                assert not step.is_what(fewer), f"README.md:{step.line}: {line}"


@pytest.mark.parametrize("name", ["shadow", "staging", "production"])
def test_config_is_good_once_its_files_are_there(name, tmp_path):
    text = (WALKTHROUGH / f"{name}.yaml").read_text()
    tree = yaml.safe_load(text)
    assert list(tree["environments"]) == ["staging" if name == "staging" else "production"]
    for directory in ("staging-files/proofs", "production-files/proofs", "keys", "audit"):
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "project").symlink_to(WALKTHROUGH / "project")

    def pgmoat(*arguments):
        return subprocess.run([BINARY, *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
    for key in ("alice", "bob", "staging", "audit"):
        assert pgmoat("migrations", "keygen", "--out", f"keys/{key}.key").returncode == 0
    for files in ("staging-files", "production-files"):
        assert pgmoat("migrations", "approve", "--signing-key", "keys/alice.key", "--accept-destruction",
                      "20261203_drop_stock", "--manifest", f"{files}/migrations.json", "project/migrations").returncode == 0
    done = pgmoat("check-config", WALKTHROUGH / f"{name}.yaml")
    assert done.returncode == 0, done.stderr
    # An environment must not lead to the other's server.
    if never := tree["environments"].get(name, {}).get("never_upstream"):
        (tmp_path / "mixed_up.yaml").write_text(re.sub(r"(upstream: postgres://)[^:]+", rf"\1{never[0]}", text))
        done = pgmoat("check-config", "mixed_up.yaml")
        assert done.returncode != 0 and "never_upstream" in done.stderr, done.stderr


def test_what_the_ci_job_runs_is_in_the_readme():
    workflow = yaml.safe_load((WALKTHROUGH / "migrations.yml").read_text())
    commands = " ; ".join(" ".join(step.commands.replace("\\\n", " ").split()) for step in STEPS)
    order = []
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                command = " ".join(step["run"].replace("\\\n", " ").split())
                assert command in commands, command
                order.append(command)
    assert [" ".join(command.split()[:3]) for command in order] == [
        '"$PGMOAT" lint --format', '"$PGMOAT" migrations approve', '"$PGMOAT" migrations rehearse',
        "project/deploy-to.sh staging", "project/deploy-to.sh production"]
    needs = {name: job.get("needs") for name, job in workflow["jobs"].items()}
    assert needs == {"check": None, "staging": "check", "production": "staging"}
