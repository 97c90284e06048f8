"""PostgreSQL's own regression suite: through pgmoat as admin it must print what it prints
on a direct connection, byte for byte."""
import pathlib

import pytest

import programs
import regression
from programs import dump
from servers import SANITIZED, Pgmoat, Postgres

SECONDS = 3000 if SANITIZED else 1200
# pg_regress starts its own server with such settings; ours are for other tests.
SETTINGS = {"autovacuum": "on", "log_statement": "none", "log_min_duration_statement": -1,
            "max_prepared_transactions": 2, "log_connections": "off"}
# Tests of an older minor version than the server's fail where the server was changed.
FAILURES_BY_AGE = 10


def compare(workspace, name, schedule, at_least, afterwards=None):
    """Runs the schedule directly, and then, on a new server, through pgmoat.  The latter two
    are handed to `afterwards`, with what the tests left behind."""
    suite = workspace / f"suite-{name}"
    regression.prepare(suite)
    runs = {}
    for way in ("direct", "pgmoat"):
        directory = workspace / f"regression-{name}-{way}"
        directory.mkdir()
        server = Postgres(directory, **SETTINGS)
        moat = None
        try:
            if way == "pgmoat":
                # Some tests connect as roles that they made themselves.
                moat = Pgmoat(directory / "pgmoat", server.port, logins={"reader": "readonly", "*": "admin"})
            runs[way] = regression.run(suite, moat.port if moat else server.port, schedule, SECONDS)
            if moat:
                assert moat.metrics_sum("pgmoat_statements_total") > at_least * 20, "who was tested?"
                assert moat.metrics_sum("pgmoat_statements_total", decision="deny") == 0
                if afterwards:
                    afterwards(server, moat)
        finally:
            if moat:
                moat.stop()
            server.stop("immediate")
    direct, through = runs["direct"], runs["pgmoat"]
    assert len(direct.results) >= at_least, direct.output[-3000:]
    assert through.results.keys() == direct.results.keys(), through.output[-3000:]

    failures = FAILURES_BY_AGE if regression.installed_version() != regression.source_version() else 0
    assert len(direct.failed) <= failures, f"on a direct connection:\n{direct.output}\n{direct.differences()[-20000:]}"
    # What passes may still differ from the other run: a test has several expected outputs.
    # What fails both ways must fail in the same way.
    differ = [test for test in sorted(direct.failed | through.failed) if direct.text(test) != through.text(test)]
    assert not differ and through.failed == direct.failed, \
        f"differs through pgmoat: {differ}\n{through.differences()[-20000:]}"
    print(f"{len(through.results)} tests of {regression.source_version()}, server {regression.installed_version()}; "
          f"failed on both ways: {sorted(direct.failed)}")


@pytest.mark.quick
def test_what_concerns_the_wire(workspace, source_package):
    compare(workspace, "quick", pathlib.Path(__file__).with_name("quick_schedule"), at_least=55)


def dumps_are_equal(server, moat):
    """Everything that PostgreSQL's tests leave behind, dumped and restored."""
    archive = moat.directory / "archive"
    moat.directory.chmod(0o777)
    direct = dump(server.port, "regression")
    assert dump(moat.port, "regression") == direct and len(direct) > 3_000_000
    server.psql("-c", "CREATE ROLE reader LOGIN SUPERUSER", dbname="postgres")
    assert dump(moat.port, "regression", user="reader") == direct
    assert moat.metrics_sum("pgmoat_statements_total", role="readonly", decision="allow") > 100
    programs.run("pg_dump", moat.port, "-d", "regression", "-Fd", "-j4", "-f", archive)
    restored = []
    for name, port in (("restored_direct", server.port), ("restored", moat.port)):
        server.psql("-c", f"CREATE DATABASE {name} TEMPLATE template0", dbname="postgres")
        programs.run("pg_restore", port, "-d", name, "-j4", archive, expect=None)
        restored.append(dump(server.port, name))
    assert restored[0] == restored[1] and len(restored[0]) > 3_000_000


def test_all(workspace, source_package):
    compare(workspace, "all", source_package.source() / "src/test/regress/parallel_schedule", at_least=200,
            afterwards=dumps_are_equal)
