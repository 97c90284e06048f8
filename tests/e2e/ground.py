"""What the conftest.py files of tests/e2e and tests/clients have in common."""
import contextlib
import os
import pathlib
import shutil
import tempfile

import pytest

from servers import BINARY, PG18_BIN, PG_BIN, clean


def require_programs():
    if not (PG_BIN / "initdb").exists():
        raise pytest.UsageError(f"no PostgreSQL in {PG_BIN}; set PGMOAT_TEST_PG_BINDIR")
    if not BINARY.exists():
        raise pytest.UsageError(f"no {BINARY}; build it, or set PGMOAT_BINARY")


@contextlib.contextmanager
def temporary_workspace(prefix):
    """A directory that user postgres may enter (pytest's own is closed to others)."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    path.chmod(0o755)
    yield path
    if not os.environ.get("PGMOAT_TEST_KEEP"):
        clean(path)


def copy_of_postgres_18(copy):
    """PostgreSQL 18 where user postgres can reach it: the checkout may be in a closed directory."""
    if not (PG18_BIN / "initdb").exists():
        pytest.skip(f"no PostgreSQL 18 in {PG18_BIN}")
    shutil.copytree(PG18_BIN.parent, copy, symlinks=True)
    return copy
