"""Fixtures of the migration tools' tests: a server, a pgmoat before it, databases to migrate.

A test runs the same project straight on the server and through pgmoat, and compares the
databases; or it runs what is dangerous through pgmoat, and wants nothing changed.
"""
import contextlib
import itertools
import pathlib
import re
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# Behind this folder, so that a name of ours is never taken for one of theirs.
sys.path.append(str(HERE.parent / "e2e"))

from database_state import databases_of, differences, state_of  # noqa: E402
from ground import require_programs, temporary_workspace  # noqa: E402
from javascript import install  # noqa: E402
from javascript_stage import JavaScriptStage  # noqa: E402
from servers import Pgmoat, Postgres  # noqa: E402

# The login that everybody has, and that owns the databases: but for pgmoat it could do anything.
LOGINS = {"migrator": "deploy", "shop_app": "app", "reader": "readonly", "postgres": "admin"}
ROLES = """
  CREATE ROLE migrator LOGIN CREATEDB;
  CREATE ROLE shop_app LOGIN;
  CREATE ROLE reader LOGIN;
  ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO shop_app;
  ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT USAGE, SELECT ON SEQUENCES TO shop_app;
  ALTER DEFAULT PRIVILEGES FOR ROLE migrator GRANT SELECT ON TABLES TO reader;
"""


def pytest_configure():
    require_programs()


def roomy_memory():
    """Databases come and go here, 300 files each: in memory that takes no time."""
    memory = pathlib.Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30 else None


@pytest.fixture(scope="session")
def workspace():
    tempfile.tempdir = roomy_memory()
    with temporary_workspace("pgmoat-migrations-") as path:
        yield path


@pytest.fixture(scope="session")
def server(workspace):
    """A PostgreSQL with trust and the logins above.  Every statement is in server.log."""
    directory = workspace / "postgres"
    directory.mkdir()
    postgres = Postgres(directory)
    # In template1, so that the default privileges are in every database made from it.
    postgres.psql("-c", ROLES, dbname="template1")
    yield postgres
    postgres.stop("immediate")


@pytest.fixture(scope="session")
def new_database(server):
    """new_database("name") makes a database that `migrator` owns, and returns what it is really called.
    With template=…, a copy of that one."""
    numbers = itertools.count(1)

    def make(name="shop", template="template1"):
        name = f"{re.sub('[^a-z0-9]', '_', name.lower())[:40]}_{next(numbers)}"
        with server.connect(dbname="postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER migrator TEMPLATE "{template}"')
        return name
    return make


@pytest.fixture(scope="session")
def snapshot(server):
    """snapshot(database): everything in it, as a value that can be compared (database_state.py)."""
    def take(database):
        with server.connect(dbname=database) as connection:
            return state_of(connection)
    return take


@pytest.fixture
def unchanged(server, snapshot):
    """with unchanged(database): …   Nothing in it, and no database beside it, may be another after.
    `besides` is a kind of thing that may, a table's name, or several."""
    @contextlib.contextmanager
    def watch(database, besides=()):
        besides = {besides} if isinstance(besides, str) else set(besides)
        before = snapshot(database)
        with server.connect(dbname="postgres") as connection:
            databases = databases_of(connection)
        yield before
        changed = {key: values for key, values in differences(before, snapshot(database)).items()
                   if not besides.intersection(key)}
        assert not changed, f"changed: {changed}"
        with server.connect(dbname="postgres") as connection:
            assert databases_of(connection) == databases
    return watch


def start_moat(directory, server, migrations=None, logins=LOGINS, **options):
    """A pgmoat; `migrations` is the environment's block of that name, None is none."""
    moat = Pgmoat(directory, server.port, logins=logins, start=False, **options)
    (environment,) = moat.tree["environments"].values()
    del environment["migrations"]  # those of servers.py ask for nothing
    if migrations is not None:
        environment["migrations"] = migrations
    moat.write_config(moat.tree)
    moat.start()
    return moat


@pytest.fixture(scope="session")
def default_moat(workspace, server):
    """The pgmoat that most tests share: role deploy as it is when the config says nothing."""
    moat = start_moat(workspace / "pgmoat", server)
    yield moat
    moat.stop()


@pytest.fixture
def pgmoat(default_moat):
    yield default_moat
    assert default_moat.alive(), f"pgmoat ended: {default_moat.log.read_text()[-4000:]}"


@pytest.fixture
def moat(workspace, server, request):
    """moat(migrations={…}, logins={…}, …) starts a pgmoat of the test's own."""
    started = []

    def start(migrations=None, **options):
        name = re.sub(r"\W", "_", request.node.name)[:60]
        started.append(start_moat(workspace / f"{name}-{len(started)}", server, migrations, **options))
        return started[-1]
    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def javascript():
    install()


@pytest.fixture(scope="session")
def javascript_stage(javascript, workspace, server, new_database):
    return JavaScriptStage(workspace, server, new_database)


@pytest.fixture
def stage(javascript_stage):
    """The tools of Node.js.  The databases of a test go with it."""
    yield javascript_stage
    javascript_stage.drop_databases()
