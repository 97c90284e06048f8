import pathlib
import sys

import pytest

# Behind this folder, so that a name of ours is never taken for one of theirs.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import postgresql_source  # noqa: E402
from ground import copy_of_postgres_18, require_programs, temporary_workspace  # noqa: E402
from servers import REPOSITORY, Pgmoat, Postgres  # noqa: E402


def pytest_configure():
    require_programs()


@pytest.fixture(scope="session")
def workspace():
    with temporary_workspace("pgmoat-clients-") as path:
        yield path


@pytest.fixture(scope="session")
def source_package():
    """PostgreSQL's own tests.  Without them nothing is proved, so that is a failure, no skip."""
    try:
        postgresql_source.source()
    except postgresql_source.SourceMissing as e:
        pytest.fail(f"PostgreSQL's own tests cannot be had.  {e}", pytrace=False)
    return postgresql_source


# Nobody reads its log statement by statement here.
QUIET = {"log_statement": "none", "log_min_duration_statement": -1, "max_wal_size": "256MB"}


class Pair:
    """A server with the shop in it, and a pgmoat before it."""

    def __init__(self, directory, **options):
        directory.mkdir()
        (directory / "postgres").mkdir()
        self.directory = directory
        self.server = Postgres(directory / "postgres", **{**QUIET, **options})
        self.server.psql("-c", "CREATE DATABASE shop", dbname="postgres")
        self.server.psql("-f", REPOSITORY / "deploy/quickstart/shop.sql",
                         "-f", REPOSITORY / "deploy/sql/least-privilege.sql",
                         "-f", REPOSITORY / "tests/e2e/roles.sql")
        self.pgmoat = Pgmoat(directory / "pgmoat", self.server.port)

    def stop(self):
        try:
            self.pgmoat.stop()
        finally:
            self.server.stop("immediate")


@pytest.fixture(scope="session")
def pair15(workspace):
    pair = Pair(workspace / "15")
    yield pair
    pair.stop()


@pytest.fixture(scope="session")
def pair18(workspace):
    installation = copy_of_postgres_18(workspace / "postgresql-18")
    pair = Pair(workspace / "18", bindir=installation / "bin")
    yield pair
    pair.stop()


@pytest.fixture(params=[pytest.param("15", marks=pytest.mark.quick), "18"])
def pair(request):
    """For what works alike with both servers; a test with 15 is quick.  The client programs are
    those of 15."""
    pair = request.getfixturevalue(f"pair{request.param}")
    yield pair
    assert pair.pgmoat.alive(), f"pgmoat ended: {pair.pgmoat.log.read_text()[-4000:]}"
