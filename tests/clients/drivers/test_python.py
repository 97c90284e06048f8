"""The drivers of Python, as Debian ships them."""
import sys

import pytest

from stage import HERE, VERSIONS_AND_ROLES

ROLES = ["app", "readonly"]
COMMON = ["simple: 1", "value: 20971520", "tls: True cdef", "scram over tls: login_scram", "not trusted: True", "after cancel: 1"]


def script(name):
    return [sys.executable, HERE / "python" / f"with_{name}.py"]


@pytest.mark.parametrize("stage, role", VERSIONS_AND_ROLES, indirect=["stage"])
def test_psycopg(role, stage):
    told = stage.transcripts(script("psycopg"), role)
    told.expect(*COMMON, "cancel: 57014 canceling statement due to user request", "pipeline: 124750",
                "pipeline error: 22012 (1,) IDLE", "copy out fails: 22012 IDLE", "failed transaction: 25P02 INERROR")
    if role == "app":
        told.expect("notify: Other News żżżżż 3000", "copy in: 20000 COPY 20000",
                    "error at COMMIT: 23503 replies_note_id_fkey IDLE", "call: 42", "prepared transaction: IDLE")
        told.expect_refusals("42501", "42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501", "25006")


@pytest.mark.parametrize("role", ROLES)
def test_psycopg2(role, stage):
    told = stage.transcripts(script("psycopg2"), role)
    told.expect(*COMMON, "cancel: 57014", "failed transaction: 25P02 INERROR", "copy out fails: 22012 IDLE",
                "statement of that size: 10485760", "rows: 120000 b223ee7aaeea13b0")
    if role == "app":
        told.expect("notify: [('news', 'hello')]", "copy in: 20000", "large object: 500000 500000",
                    "read: 299990 b'0123456789'", "error at COMMIT: 23503 replies_note_id_fkey IDLE")
        told.expect_refusals("42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501")


@pytest.mark.quick
@pytest.mark.parametrize("role", ROLES)
def test_asyncpg(role, stage):
    told = stage.transcripts(script("asyncpg"), role)
    told.expect(*COMMON, "cancel: 57014", "timeout: 2", "failed transaction: 25P02 True",
                "copy out fails: 22012 False", "rows: 120000 b223ee7aaeea13b0", "pool: 39800")
    if role == "app":
        told.expect("notify: ('news', 'hello') 3000", "copy in: COPY 20000", "call: 42", "parameters: 536821761",
                    "error at COMMIT: 23503 replies_note_id_fkey False")
        told.expect_refusals("42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501")


@pytest.mark.parametrize("role", [*ROLES, "deploy"])
def test_sqlalchemy(role, stage):
    told = stage.transcripts(script("sqlalchemy"), role)
    if role == "deploy":
        told.expect("authors: [(1, 'Ada', 'good', None)]")
        return
    told.expect("simple: 1", "rows: 120000 b223ee7aaeea13b0", "value: 20971520", "scram over tls: login_scram",
                "not trusted: True", "error: 22012 division by zero", "in a transaction: InternalError 25P02",
                "streamed: 4501500")
    if role == "app":
        told.expect("written: 200 600", "unique: 23505 notes_slug_key", "core: 3000", "two phases: 1",
                    "error at COMMIT: 23503 replies_note_id_fkey", "async: [1, 2]")
        told.expect_refusals("42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501")


@pytest.mark.parametrize("role", [*ROLES, "admin"])
def test_django(role, stage):
    told = stage.transcripts(script("django"), role)
    if role == "admin":
        told.expect("session: 1", "  No migrations to apply.", " [X] 0012_alter_user_first_name_max_length")
        return
    told.expect("simple: Bela Berg", "rows: 120000 b223ee7aaeea13b0", "value: 20971520", "server-side cursor: 20100",
                "scram over tls: login_scram", "savepoint: 22012 200")
    if role == "app":
        told.expect("created: 1000 250 1000", "picture: True", "unique: 23505 notes_slug_key", "SQLSTATE: 23503",
                    "error at COMMIT: 23503 replies_note_id_fkey", "hooks: ['committed']")
        told.expect_refusals("42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501")
