"""libpq by a program of ours, and psql."""
import re
import subprocess

import pytest

from servers import PG_BIN
from stage import HERE, VERSIONS_AND_ROLES


@pytest.fixture(scope="session")
def program(driver_workspace):
    binary = driver_workspace / "libpq"
    done = subprocess.run(["gcc", "-std=gnu17", "-Wall", "-Werror", "-I/usr/include/postgresql", "-o", binary,
                           HERE / "c/libpq.c", "-lpq"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [binary]


@pytest.mark.parametrize("stage, role", VERSIONS_AND_ROLES, indirect=["stage"])
def test_libpq(role, stage, program):
    told = stage.transcripts(program, role)
    told.expect("simple: PGRES_TUPLES_OK SELECT 1 1x1 1 (1 bytes, type 23)", "flushed: 1000",
                "pipeline status: 1", "single rows: 120000 7200060000", "big value: 20971520",
                "function call: PGRES_COMMAND_OK 42 4", "not trusted: 1", "tls: 1 OpenSSL",
                "scram over tls: PGRES_TUPLES_OK SELECT 1 1x1 login_scram (11 bytes, type 19)",
                "after cancel: PGRES_TUPLES_OK SELECT 1 1x1 1 (1 bytes, type 23)")
    assert [line for line in told.lines if re.match("cancel: PGRES_FATAL_ERROR .*C=57014", line)]
    if role == "app":
        told.expect("large object: 3000000 2998000 2998000", "notify: news hello", "truncated, closed, unlinked: 0 0 1", "gone: -1 3",
                    "rows now: PGRES_TUPLES_OK SELECT 1 1x1 40000 (5 bytes, type 20)")
        told.expect_refusals("42501", "42501")
    else:
        told.expect_refusals("25006", "42501")


@pytest.mark.quick
@pytest.mark.parametrize("role", ["app", "readonly"])
def test_psql(role, stage):
    scripts = ["-f", HERE / "c/everyday.sql", *(["-f", HERE / "c/writing.sql"] if role == "app" else [])]
    told = stage.transcripts(["sh", "-c", 'exec "$0" "$@" 2>&1', PG_BIN / "psql", "-X", *scripts], role)
    told.expect("25P02", " goes on", " again", " ż", "true 22012 division by zero")
    if role == "app":
        told.expect("23505 0", "23503", "COPY 2", " two  |   4.00", "     42")
