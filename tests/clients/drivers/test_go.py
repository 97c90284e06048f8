"""pgx, as Debian ships it."""
import os
import subprocess

import pytest

from stage import HERE


@pytest.fixture(scope="session")
def program(driver_workspace):
    """The script, compiled once from the sources that Debian's packages install."""
    binary = driver_workspace / "pgx"
    done = subprocess.run(["go", "build", "-o", binary, HERE / "go/pgx.go"], capture_output=True, text=True,
                          env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                               "GOCACHE": str(driver_workspace / "go-cache"), "CGO_ENABLED": "0"})
    assert done.returncode == 0, done.stderr
    return [binary]


@pytest.mark.parametrize("role", ["app", "readonly"])
def test_pgx(role, stage, program):
    told = stage.transcripts(program, role)
    told.expect("simple: 1", "value: 20971520", "rows: 120000 b223ee7aaeea13b0", "tls: true cdef", "cancel: 57014",
                "scram over tls: login_scram", "not trusted: true", "after cancel: 1", "batch: 999000", "pool: 89700",
                "in a transaction: serializable 22012 25P02 E", "copy out fails: 22012", "parameters: 2147385345")
    if role == "app":
        told.expect("copy in: 20000", "copy in given up: true 0", "notify: news hello", "call: 42",
                    "all or nothing: notes_slug_key 0", "large object: 500000 499997 789",
                    "error at COMMIT: 23503 replies_note_id_fkey")
        told.expect_refusals("42501", "42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501", "25006")
