"""The newest PostgreSQL behind a pgmoat whose parser is of PostgreSQL 15.

The server and its libpq come from the npm package that deploy/install-dependencies.sh
--tests puts under build/, or from PGMOAT_TEST_PG18_BINDIR (a directory …/bin with …/lib
beside it).  Without either the tests are skipped.  psql is Debian's, with libpq of 18.
"""
import os
import pathlib
import signal
import subprocess
import sys

import psycopg
import pytest

from servers import PATIENCE, PG18_BIN, PG_BIN, REPOSITORY, Pgmoat, Postgres, until

HERE = pathlib.Path(__file__)
pytestmark = pytest.mark.skipif(not (PG18_BIN / "initdb").exists(), reason=f"no PostgreSQL 18 in {PG18_BIN}")


@pytest.fixture(scope="module")
def postgres18(workspace, installation):
    directory = workspace / "postgres-18"
    directory.mkdir()
    server = Postgres(directory, bindir=installation / "bin")
    server.psql("-c", "CREATE DATABASE shop", dbname="postgres")
    server.psql("-f", REPOSITORY / "deploy/quickstart/shop.sql",
                "-f", REPOSITORY / "deploy/sql/least-privilege.sql", "-f", HERE.with_name("roles.sql"))
    yield server
    server.stop("immediate")


@pytest.fixture(scope="module")
def pgmoat18(workspace, postgres18):
    moat = Pgmoat(workspace / "pgmoat-18", postgres18.port)
    yield moat
    moat.stop()


@pytest.fixture
def libpq18(installation):
    """The environment in which a program uses libpq of 18."""
    return {"LD_LIBRARY_PATH": str(installation / "lib")}


@pytest.mark.parametrize("login, role", [
    ("dev_ro", "readonly"), ("dev_super", "readonly"), ("shop_app", "app"), ("migrator", "deploy"),
    ("postgres", "admin")])
def test_every_role_logs_in_and_reads(login, role, pgmoat18):
    with pgmoat18.connect(login) as connection:
        assert connection.info.server_version >= 180000
        assert connection.execute("SELECT session_user").fetchone() == (login,)
        (orders,) = connection.execute("SELECT count(*) FROM orders WHERE id > %s", (0,)).fetchone()
        assert orders > 0
    assert pgmoat18.audited(event="login", login=login)["role"] == role


REFUSED = [
    ("INSERT INTO customers (name, email, city) VALUES ('x', 'x', 'x')", "25006"),
    ("UPDATE products SET stock = 0 WHERE id = 1", "25006"),
    ("DELETE FROM order_items", "25006"),
    ("MERGE INTO products p USING (SELECT 1 AS id) s ON p.id = s.id WHEN MATCHED THEN DELETE", "25006"),
    ("TRUNCATE order_items", "25006"),
    ("CREATE TABLE t (id int)", "25006"),
    ("SET transaction_read_only = off", "25006"),
    ("SELECT nextval('invoice_number')", "25006"),
    ("SELECT pg_read_file('PG_VERSION')", "42501"),
    ("COPY orders TO PROGRAM 'cat'", "42501"),
    ("SELECT dblink_exec('dbname=shop', 'DELETE FROM orders')", "42501"),
    # What only newer servers have.
    ("SELECT pg_log_standby_snapshot()", "42501"),
    ("SELECT pg_sync_replication_slots()", "42501"),
    ("SELECT pg_stat_reset_backend_stats(pg_backend_pid())", "42501"),
    ("SELECT pg_clear_relation_stats('public', 'orders')", "25006"),
    ("SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'orders', 'relpages', 7)", "25006"),
    ("SELECT * FROM pg_wal_summary_contents(1, '0/0', '0/1')", "42501"),
    # Syntax after 15, which the parser does not know: not understood is not harmless.
    ("UPDATE products SET stock = 0 WHERE id = 1 RETURNING old.stock, new.stock", "25006"),
    ("COPY orders FROM STDIN (ON_ERROR ignore)", "25006"),
    ("MERGE INTO products p USING (SELECT 1 AS id) s ON p.id = s.id WHEN MATCHED THEN DELETE "
     "RETURNING merge_action()", "42601"),
]


@pytest.mark.parametrize("binary", [False, True], ids=["simple", "extended"])
@pytest.mark.parametrize("statement, sqlstate", REFUSED)
def test_readonly_is_refused(statement, sqlstate, binary, pgmoat18, postgres18):
    """As superuser: nothing but pgmoat stands between."""
    before = postgres18.log_end()
    with pgmoat18.connect("dev_super") as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement, prepare=binary, binary=binary)
        assert refused.value.sqlstate == sqlstate, refused.value
        assert refused.value.diag.message_detail.startswith("Rule "), "refused by pgmoat, not by the server"
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert statement not in postgres18.log_since(before)


@pytest.mark.parametrize("login, statement, sqlstate", [
    ("app_super", "DELETE FROM order_items WHERE true", "42501"),
    ("app_super", "SELECT pg_clear_relation_stats('public', 'orders')", "42501"),
    ("app_super", "DROP TABLE orders", "42501"),
    ("deploy_super", "DROP TABLE orders", "42501"),
    ("deploy_super", "SELECT pg_log_standby_snapshot()", "42501")])
def test_app_and_deploy_are_refused(login, statement, sqlstate, pgmoat18, postgres18):
    before = postgres18.log_end()
    with pgmoat18.connect(login) as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement)
        assert refused.value.sqlstate == sqlstate
    assert statement not in postgres18.log_since(before)


@pytest.mark.parametrize("statement", [
    "SELECT uuidv7() IS NOT NULL", "SELECT uuid_extract_version(uuidv4()) = 4", "SELECT random(1, 1) = 1",
    "SELECT random_normal() IS NOT NULL", "SELECT array_length(array_shuffle(ARRAY[1, 2]), 1) = 2",
    "SELECT any_value(id) > 0 FROM orders", "SELECT casefold('A') = 'a'",
    "SELECT json_array(1, 2)::text = '[1, 2]'", "SELECT json_value('{\"a\": 1}', '$.a') = '1'",
    "SELECT json_exists('{\"a\": 1}', '$.a')", "SELECT count(*) > 0 FROM pg_stat_io",
    "SELECT count(*) > 0 FROM pg_wait_events", "SELECT count(*) >= 0 FROM pg_aios",
    "SELECT count(*) > 0 FROM pg_get_sequence_data('invoice_number')",
    "SELECT num_timed >= 0 FROM pg_stat_checkpointer", "SELECT pg_input_is_valid('1', 'int')"])
def test_readonly_uses_what_is_new(statement, pgmoat18):
    with pgmoat18.connect("dev_super") as connection:
        assert connection.execute(statement).fetchone() == (True,)


def test_app_and_deploy_work(pgmoat18):
    with pgmoat18.connect("shop_app") as connection:
        connection.execute("UPDATE products SET stock = stock + %s WHERE id = %s", (1, 1))
        with connection.cursor() as cursor, cursor.copy("COPY orders TO STDOUT") as copy:
            assert sum(1 for _ in copy) > 0
    with pgmoat18.connect("deploy_super") as connection:
        connection.execute("CREATE TABLE made_by_deploy (id int PRIMARY KEY)")
        connection.execute("ALTER TABLE made_by_deploy ADD COLUMN note text")
        connection.execute("SELECT pg_clear_relation_stats('public', 'made_by_deploy')")


# Not \l: psql of 15 asks for a column that 18 has renamed.
@pytest.mark.parametrize("command", [
    "\\d", "\\d orders", "\\d+ orders", "\\dt+", "\\dv", "\\ds", "\\df+ restock", "\\dn+", "\\dT+", "\\du",
    "\\dp", "\\dx", "\\do", "\\dC", "\\dRp", "\\dconfig", "\\sv order_totals", "\\sf discount",
    "\\lo_list", "\\conninfo"])
def test_introspection_by_psql_of_15(command, pgmoat18, libpq18):
    out, err = pgmoat18.psql("dev_ro", command + "\n", **libpq18)
    assert "ERROR" not in err and "FATAL" not in err, err


# What \d orders of psql 18 asks beyond psql 15: the catalogs' new columns.
@pytest.mark.parametrize("statement", [
    "SELECT a.attname, a.attidentity, a.attgenerated, a.attcompression FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = 'orders'::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT c.conname, pg_catalog.pg_get_constraintdef(c.oid, true), c.conenforced FROM "
    "pg_catalog.pg_constraint c WHERE c.contype = 'n' AND c.conrelid = 'orders'::pg_catalog.regclass",
    "SELECT p.puballtables, p.pubgencols FROM pg_catalog.pg_publication p",
    "SELECT datlocale, datcollversion FROM pg_catalog.pg_database"])
def test_introspection_of_new_catalog_columns(statement, pgmoat18):
    with pgmoat18.connect("dev_ro") as connection:
        connection.execute(statement)


# libpq of 18 is called in a process of its own: this one has Debian's.
FULL_PROTOCOL_VERSION = """
import ctypes, sys
pq = ctypes.CDLL(sys.argv[1])
pq.PQconnectdb.restype = ctypes.c_void_p
pq.PQerrorMessage.restype = ctypes.c_char_p
for function in (pq.PQerrorMessage, pq.PQfullProtocolVersion, pq.PQfinish):
    function.argtypes = [ctypes.c_void_p]
connection = pq.PQconnectdb(sys.argv[2].encode())
print(pq.PQfullProtocolVersion(connection), pq.PQerrorMessage(connection).decode(), end="")
pq.PQfinish(connection)
"""


def protocol_version(port, asked, installation, libpq18):
    conninfo = f"host=127.0.0.1 port={port} user=dev_ro dbname=shop sslmode=disable " + asked
    done = subprocess.run([sys.executable, "-c", FULL_PROTOCOL_VERSION, installation / "lib/libpq.so.5", conninfo],
                          env={**os.environ, **libpq18}, capture_output=True, text=True, timeout=PATIENCE)
    return done.stdout + done.stderr


@pytest.mark.parametrize("asked, version", [
    ("", "30000 "), ("max_protocol_version=3.0", "30000 "), ("max_protocol_version=3.2", "30002 "),
    ("min_protocol_version=3.2 max_protocol_version=latest", "30002 ")])
def test_libpq_gets_the_protocol_version_that_the_server_has(asked, version, postgres18, pgmoat18, installation,
                                                             libpq18):
    assert protocol_version(postgres18.port, asked, installation, libpq18) == version
    assert protocol_version(pgmoat18.port, asked, installation, libpq18) == version


@pytest.mark.parametrize("newest", ["3.0", "3.2"])
def test_cancel_with_keys_of_either_length(newest, pgmoat18, postgres18, libpq18):
    """Four bytes in 3.0, 32 in 3.2."""
    psql = subprocess.Popen(
        [PG_BIN / "psql", "-X", "-h", "127.0.0.1", "-p", str(pgmoat18.port), "-U", "app_super", "-d", "shop",
         "-c", f"SELECT pg_sleep(300) /* {newest} */"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **libpq18, "PGSSLMODE": "disable", "PGMAXPROTOCOLVERSION": newest})
    with postgres18.connect() as witness:
        until(lambda: witness.execute(
            "SELECT 1 FROM pg_stat_activity WHERE query = %s AND state = 'active'",
            (f"SELECT pg_sleep(300) /* {newest} */",)).fetchone(), "the query runs")
    psql.send_signal(signal.SIGINT)
    out, err = psql.communicate(timeout=PATIENCE)
    assert "canceling statement due to user request" in err, err
