import pathlib

import pytest

from arena import Arena, make_template
from audit_ground import plain_server  # noqa: F401, a fixture
from ground import copy_of_postgres_18, require_programs, temporary_workspace
from pair import Pair
from servers import PG_BIN, REPOSITORY, Pgmoat, Postgres
from snapshot import Snapshots


def pytest_configure():
    require_programs()


@pytest.fixture(scope="session")
def workspace():
    with temporary_workspace("pgmoat-e2e-") as path:
        yield path


@pytest.fixture(scope="session")
def postgres(workspace):
    """The server that most tests share, with the shop in it."""
    directory = workspace / "postgres"
    directory.mkdir()
    server = Postgres(directory, hba="".join(
        f"host {database} {user} 127.0.0.1/32 {method}\n" for database, user, method in (
            ("all", "login_scram", "scram-sha-256"), ("all", "login_password", "password"),
            ("all", "login_md5", "md5"), ("all", "all", "trust"), ("replication", "all", "trust"))))
    server.psql("-c", "CREATE DATABASE shop", dbname="postgres")
    server.psql("-f", REPOSITORY / "deploy/quickstart/shop.sql",
                "-f", REPOSITORY / "deploy/sql/least-privilege.sql",
                "-f", pathlib.Path(__file__).with_name("roles.sql"))
    make_template(server)
    yield server
    server.stop("immediate")


@pytest.fixture(scope="session")
def installation(workspace):
    return copy_of_postgres_18(workspace / "postgresql-18")


@pytest.fixture(scope="session")
def shared_pgmoat(workspace, postgres):
    moat = Pgmoat(workspace / "pgmoat", postgres.port)
    yield moat
    moat.stop()


@pytest.fixture
def pgmoat(shared_pgmoat):
    """The pgmoat that most tests share.  A test that ends it fails, and the next has a new one."""
    if not shared_pgmoat.alive():
        shared_pgmoat.start()
    yield shared_pgmoat
    assert shared_pgmoat.alive(), f"pgmoat ended: {shared_pgmoat.log.read_text()[-4000:]}"


@pytest.fixture
def start_pgmoat(workspace, postgres, request):
    """Makes a pgmoat of the test's own: start_pgmoat(limits=…, upstream_port=…)."""
    started = []

    def start(**options):
        directory = workspace / f"{request.node.name.replace('/', '_')[:60]}-{len(started)}"
        started.append(Pgmoat(directory, options.pop("upstream_port", postgres.port), **options))
        return started[-1]
    yield start
    failures = []
    for moat in started:
        try:
            moat.stop()
        except AssertionError as e:
            failures.append(str(e))
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="session")
def snapshots(postgres):
    return Snapshots(postgres)


@pytest.fixture(scope="session")
def arena(postgres):
    return Arena(postgres)


@pytest.fixture
def unchanged(snapshots):
    """The test must leave the database as it was."""
    before = snapshots.take()
    yield
    changes = snapshots.changes(before)
    assert not changes, changes


@pytest.fixture(scope="session", params=["15", "18"])
def some_pair(request, workspace):
    bindir = PG_BIN if request.param == "15" else request.getfixturevalue("installation") / "bin"
    pair = Pair(workspace / f"pair-{request.param}", bindir, int(request.param))
    yield pair
    pair.end()


@pytest.fixture
def pair(some_pair):
    """A server, 15 or 18, and a pgmoat before it.  A test may stop the server."""
    some_pair.up()
    yield some_pair
    assert some_pair.moat.alive(), some_pair.moat.log.read_text()[-4000:]
