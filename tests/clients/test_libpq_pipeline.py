"""PostgreSQL's test program for libpq's pipeline mode: every case passes, and writes the same
trace of messages, through pgmoat as on a direct connection."""
import difflib
import subprocess

import pytest

from programs import LONG, environment
from servers import PG_BIN, until

# The rest creates tables, which neither role may.
WITHOUT_DDL = {"disallowed_in_pipeline", "multi_pipelines", "nosync", "pipeline_idle", "prepared",
               "simple_pipeline", "singlerow"}
pytestmark = pytest.mark.quick


@pytest.fixture
def program(source_package, pair):
    return source_package.libpq_pipeline("15" if pair.server.bindir == PG_BIN else "18")


@pytest.fixture
def cases(program):
    return subprocess.run([program, "tests"], capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture
def run(program, workspace, pair):
    # The program sets it first.
    pair.server.psql("-c", "GRANT SET ON PARAMETER lc_messages TO PUBLIC")

    def run(case, port, user):
        """(exit code, standard error, trace); the trace is without times, as its expected ones."""
        pair.server.psql("-c", "DROP TABLE IF EXISTS pq_pipeline_demo, pq_pipeline_tst, ppln_uniqviol")
        trace = workspace / f"{case}-{port}-{user}.trace"
        done = subprocess.run(
            [program, "-r", "700", "-t", trace, case, f"host=127.0.0.1 port={port} dbname=shop user={user}"],
            capture_output=True, text=True, timeout=LONG, env=environment())
        return done.returncode, done.stderr, trace.read_text() if trace.exists() else ""
    return run


def expected_trace(source_package, case):
    file = source_package.source() / f"src/test/modules/libpq_pipeline/traces/{case}.trace"
    return file.read_text() if file.exists() else None


def difference(wanted, got):
    return "\n".join(difflib.unified_diff(wanted.splitlines(), got.splitlines(), lineterm=""))


def test_the_cases_are_known(cases):
    assert len(cases) >= 11 and WITHOUT_DDL < set(cases), cases


def test_as_admin(cases, run, pair, source_package):
    wrong = []
    compared = 0
    for case in cases:
        direct, through = run(case, pair.server.port, "postgres"), run(case, pair.pgmoat.port, "postgres")
        expected = expected_trace(source_package, case)
        if direct[0] != 0:
            wrong.append(f"{case} fails on a direct connection: {direct}")
        elif through[0] != 0:
            wrong.append(f"{case} fails: {through}")
        elif expected is not None:  # the others write what the network's speed makes of them
            compared += 1
            if direct[2] != expected and pair.server.bindir == PG_BIN:
                wrong.append(f"{case}: another trace on a direct connection:\n{difference(expected, direct[2])}")
            if through[2] != direct[2]:
                wrong.append(f"{case}: another trace:\n{difference(direct[2], through[2])}")
    assert not wrong, "\n".join(wrong)
    assert compared >= 9


# pipeline_idle calls pg_advisory_unlock, which readonly may not.
@pytest.mark.parametrize("login, role, names", [
    ("shop_app", "app", WITHOUT_DDL), ("app_super", "app", WITHOUT_DDL),
    ("dev_ro", "readonly", WITHOUT_DDL - {"pipeline_idle"})])
def test_as_restricted_role(login, role, names, run, pair):
    before = pair.pgmoat.metrics_sum("pgmoat_statements_total", role=role)
    wrong = []
    for case in sorted(names):
        direct, through = run(case, pair.server.port, login), run(case, pair.pgmoat.port, login)
        if direct[0] != 0 or through != direct:
            wrong.append(f"{case}: {through}\n--- direct:\n{direct}")
    assert not wrong, "\n".join(wrong)
    until(lambda: pair.pgmoat.metrics_sum("pgmoat_statements_total", role=role) > before, "statements of the role")
