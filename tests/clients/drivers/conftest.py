"""Fixtures of the drivers' tests.  A server is started when the first test asks for it."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parents[1] / "e2e"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from ground import copy_of_postgres_18, temporary_workspace  # noqa: E402
from stage import Stage, make_certificates  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: the part that CI runs at each push")


@pytest.fixture(scope="session")
def driver_workspace():
    with temporary_workspace("pgmoat-drivers-") as path:
        yield path


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
    copy = copy_of_postgres_18(driver_workspace / "postgresql-18")
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
