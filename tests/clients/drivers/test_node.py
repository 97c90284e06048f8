"""The drivers of Node.js, from npm."""
import shutil

import pytest

from stage import HERE, VERSIONS_AND_ROLES
from servers import REPOSITORY

MODULES = REPOSITORY / "build/clients/node/node_modules"


def program(name):
    assert shutil.which("node") and MODULES.exists(), (
        f"no node, or no packages in {MODULES}: run deploy/install-dependencies.sh --clients")
    return ["node", HERE / "node" / f"with_{name}.js"]


@pytest.mark.parametrize("stage, role", VERSIONS_AND_ROLES, indirect=["stage"])
def test_pg(role, stage):
    told = stage.transcripts(program("pg"), role, NODE_PATH=str(MODULES))
    told.expect("simple: 1", "value: 20971520", 'rows: 120000 b223ee7aaeea13b0', "tls: true cdef", "cancel: 57014",
                "scram over tls: login_scram", "not trusted: UNABLE_TO_VERIFY_LEAF_SIGNATURE", "after cancel: 1",
                "in a transaction: 22012 25P02 ROLLBACK", "copy out fails: 22012", "read: 40 22012", "given up: 1",
                "pool: 39800 5", 'parameters: "2147385345n"')
    if role == "app":
        told.expect("copy in: 20000", "copy in given up: 0", "notify: news hello",
                    "error at COMMIT: 23503 replies_note_id_fkey", 'call: [{"amount":42}]')
        told.expect_refusals("42501", "42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501", "25006")


@pytest.mark.parametrize("role", ["app", "readonly"])
def test_postgres_js(role, stage):
    told = stage.transcripts(program("postgres"), role, NODE_PATH=str(MODULES))
    told.expect("simple: 1", "value: 20971520", "rows: 120000 b223ee7aaeea13b0", "tls: cdef", "cancel: 57014",
                "scram over tls: login_scram", "not trusted: UNABLE_TO_VERIFY_LEAF_SIGNATURE", "after cancel: 1",
                'pipelined: 1995972 ["22012","22012","22012","22012"]', 'simple ones: [1,"42703",3]',
                "in a transaction: 22012", "afterwards: true", "pool: 249500", "given up: [1,2,3,4,5] 1")
    if role == "app":
        told.expect("copy in: 20000", "notify: hello 3000", 'call: [{"amount":42}]', "two phases: 1",
                    "error at COMMIT: 23503 replies_note_id_fkey")
        told.expect_refusals("42501", "42501", "42501")
    else:
        told.expect("SQLSTATE: 25006")
        told.expect_refusals("25006", "42501", "25006")
