"""What people do with psycopg 3."""
import datetime
import decimal
import os
import threading

import psycopg
from psycopg import pq, rows
from psycopg.types.json import Jsonb

from telling import (BIG_BYTES, BIG_VALUE, FOREVER, IS_RUNNING, MANY_ROWS, REFUSED, THROUGH_PGMOAT, WRITES,
                     digest, refused, say, until)

DIAGNOSTICS = ("severity_nonlocalized sqlstate message_primary message_detail message_hint statement_position "
               "internal_position internal_query context schema_name table_name column_name datatype_name "
               "constraint_name source_function").split()


def fields(error):
    return {name: value for name in DIAGNOSTICS if (value := getattr(error.diag, name)) is not None}


def state_of(connection):
    return connection.info.transaction_status.name


def the_session(connection):
    say("version", connection.info.server_version, "protocol", connection.pgconn.protocol_version)
    for name in ("server_encoding client_encoding application_name is_superuser session_authorization DateStyle "
                 "IntervalStyle TimeZone integer_datetimes standard_conforming_strings "
                 "default_transaction_read_only in_hot_standby search_path scram_iterations").split():
        say("parameter", name, connection.info.parameter_status(name))
    connection.execute("SET application_name = 'renamed'")
    connection.execute("SET TIME ZONE 'Asia/Kathmandu'")
    say("parameters after SET", *map(connection.info.parameter_status, ("application_name", "TimeZone")))
    connection.execute("RESET ALL")
    say("parameters after RESET", *map(connection.info.parameter_status, ("application_name", "TimeZone")))


def simple(connection):
    say("simple", connection.execute("SELECT 1").fetchone()[0])
    cursor = connection.execute("SELECT 1; SELECT 'two', NULL; SELECT 3 WHERE false")
    while True:
        say("of many", cursor.statusmessage, cursor.fetchall())
        if not cursor.nextset():
            break
    say("empty", pq.ExecStatus(connection.execute("").pgresult.status).name)
    say("unicode", connection.execute("SELECT 'zażółć 🐘 gęślą'").fetchone()[0])


def parameters(connection):
    values = [1, 2**40, 1.5, decimal.Decimal("12.340"), True, None, "żółw's \\ \"quoted\"", b"\x00\xff\\",
              datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3, 4, datetime.timezone.utc),
              datetime.timedelta(days=3, seconds=5), [1, 2, None], ["a,b", 'c"d'], Jsonb({"a": [1, {"b": None}]})]
    for binary in (False, True):
        for value in values:
            cursor = connection.cursor(binary=binary)
            got = cursor.execute("SELECT %s", (value,)).fetchone()[0]
            say("parameter", "binary" if binary else "text", cursor.description[0].type_code, repr(got))
    query = f"SELECT {' + '.join(['%s::int'] * 1000)}"
    say("a thousand parameters", connection.execute(query, list(range(1000))).fetchone()[0])


def prepared(connection):
    for number in range(12):  # prepared by itself from the fifth on
        got = connection.execute("SELECT %s::int * 2", (number,)).fetchone()[0]
    say("prepared by itself", got)
    for number in range(3):
        got = connection.execute("SELECT id FROM customers WHERE id = %s", (number + 7,), prepare=True).fetchone()[0]
        say("prepared", got)
    say("on the server", connection.execute(
        "SELECT statement, parameter_types::text FROM pg_prepared_statements ORDER BY 1").fetchall())
    for number in range(150):  # more than psycopg keeps: it deallocates the oldest
        connection.execute(f"SELECT {number}", prepare=True)
    say("kept", connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0])
    with psycopg.connect(autocommit=True, prepare_threshold=None) as other:  # it sends them itself
        other.execute("PREPARE mine (int) AS SELECT $1 + 1")
        say("by SQL", other.execute("EXECUTE mine(2)").fetchone()[0])
        other.execute("DEALLOCATE ALL")
        other.execute("DISCARD ALL")
        say("none left", other.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0])


def pipeline(connection):
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::int", (number,)) for number in range(500)]
    say("pipeline", sum(cursor.fetchone()[0] for cursor in cursors))
    try:
        with connection.pipeline() as pipe:
            first = connection.execute("SELECT 1")
            pipe.sync()
            connection.execute("SELECT 1 / %s", (0,))
            connection.execute("SELECT 'skipped'")
            pipe.sync()
    except psycopg.Error as error:
        say("pipeline error", error.sqlstate, first.fetchone(), state_of(connection))
    try:
        with connection.pipeline(), connection.transaction():
            connection.execute("SELECT no_such_column FROM notes")
            connection.execute("SELECT 'aborted'")
    except psycopg.Error as error:
        say("transaction in a pipeline", type(error).__name__, error.sqlstate, state_of(connection))
    if WRITES:
        with connection.pipeline():
            connection.cursor().executemany("INSERT INTO notes (slug, weight) VALUES (%s, %s)",
                                            [(f"pipe {n}", n) for n in range(1000)])
        say("inserted", connection.execute("SELECT count(*), sum(weight) FROM notes").fetchone())
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO notes (slug) VALUES (%s) RETURNING id", [("x",), ("y",)], returning=True)
            say("returning", cursor.fetchall(), cursor.nextset(), cursor.fetchall())


def cursors(connection):
    with connection.transaction():
        with connection.cursor("named", scrollable=True) as cursor:
            cursor.execute("SELECT id, name FROM customers ORDER BY id")
            say("named cursor", cursor.fetchmany(2))
            cursor.scroll(100)
            say("scrolled", cursor.fetchone())
            cursor.scroll(0, mode="absolute")
            cursor.itersize = 30
            say("iterated", sum(row[0] for row in cursor))
    with connection.cursor(row_factory=rows.dict_row) as cursor:
        say("streamed", sum(row["n"] for row in cursor.stream("SELECT n FROM generate_series(1, 5000) AS n")))
    connection.execute("BEGIN")
    connection.execute("DECLARE held CURSOR WITH HOLD FOR SELECT n FROM generate_series(1, 5) AS n")
    connection.execute("COMMIT")
    say("held", connection.execute("FETCH 2 FROM held").fetchall(), connection.execute("CLOSE held").statusmessage)


def copy(connection):
    cursor = connection.cursor()
    for how in ("text", "binary", "csv"):
        with cursor.copy(f"COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT (FORMAT {how})") as out:
            data = b"".join(out)
        say("copy out", how, len(data), digest(data), cursor.statusmessage)
    with cursor.copy("COPY (SELECT id, name FROM customers ORDER BY id LIMIT 2) TO STDOUT") as out:
        say("copy rows", list(out.rows()))
    try:
        with cursor.copy("COPY (SELECT 1 / (n - 500) FROM generate_series(1, 1000) n) TO STDOUT") as out:
            seen = sum(1 for _ in out)
    except psycopg.Error as error:
        say("copy out fails", error.sqlstate, state_of(connection))
    if not WRITES:
        return
    with cursor.copy("COPY notes (slug, weight, tags) FROM STDIN") as into:
        for number in range(20000):
            into.write_row((f"copied {number}", number, ["a", None]))
    say("copy in", cursor.rowcount, cursor.statusmessage)
    with cursor.copy("COPY notes (slug, picture) FROM STDIN (FORMAT BINARY)") as into:
        into.set_types(["text", "bytea"])
        into.write_row(("binary", b"\x00" * 3_000_000))
    say("copy in, binary", connection.execute(
        "SELECT length(picture) FROM notes WHERE slug = 'binary'").fetchone()[0])
    for bad, rows_of_it in (("a bad number", b"bad\tnot a number\n"), ("a duplicate", b"copied 1\t1\n")):
        try:
            with cursor.copy("COPY notes (slug, weight) FROM STDIN") as into:
                into.write(rows_of_it)
                into.write(b"more\t1\n" * 20000)
        except psycopg.Error as error:
            say("copy in fails,", bad, fields(error), state_of(connection))
    try:
        with cursor.copy("COPY notes (slug) FROM STDIN") as into:
            into.write_row(("never",))
            raise ZeroDivisionError("the program fails")
    except (psycopg.Error, ZeroDivisionError) as error:
        say("copy in given up", type(error).__name__, state_of(connection))
    say("rows now", connection.execute("SELECT count(*) FROM notes").fetchone()[0])


def cancel(connection):
    def watch_and_cancel():
        with psycopg.connect(autocommit=True) as watcher:
            query = IS_RUNNING.format(connection.info.backend_pid)
            until(lambda: watcher.execute(query).fetchone()[0])
            connection.cancel()
    thread = threading.Thread(target=watch_and_cancel)
    thread.start()
    try:
        connection.execute(FOREVER)
    except psycopg.errors.QueryCanceled as error:
        say("cancel", error.sqlstate, error.diag.message_primary)
    thread.join()
    say("after cancel", connection.execute("SELECT 1").fetchone()[0])


def notify(connection):
    connection.execute("LISTEN news")
    connection.execute('LISTEN "Other News"')
    say("listening", connection.execute("SELECT pg_listening_channels() ORDER BY 1").fetchall())
    if WRITES:
        received = []
        connection.add_notify_handler(lambda notification: received.append(notification[:2]))
        with psycopg.connect(autocommit=True) as other:
            other.execute("NOTIFY news, 'hello'")
            other.execute("SELECT pg_notify('Other News', %s)", ("ż" * 3000,))
        until(lambda: connection.execute("SELECT 1") and len(received) == 2)
        for channel, payload in received:
            say("notify", channel, payload[:5], len(payload))
    connection.execute("UNLISTEN *")


def big(connection):
    cursor = connection.execute(MANY_ROWS)
    say("rows", cursor.rowcount, digest("".join(row[1] for row in cursor).encode()))
    say("value", len(connection.execute(BIG_VALUE).fetchone()[0]))
    say("binary value", len(connection.cursor(binary=True).execute(BIG_VALUE).fetchone()[0]))
    blob = bytes(range(256)) * (BIG_BYTES // 256)
    say("parameter of that size", *connection.execute("SELECT length(%b), md5(%b)", (blob, blob)).fetchone())
    say("wide", len(connection.execute("SELECT " + ",".join(["1"] * 1600)).fetchone()))


def transactions(connection):
    try:
        with connection.transaction():
            connection.execute("SELECT 1 / 0")
    except psycopg.Error as error:
        say("transaction", error.sqlstate, state_of(connection))
    connection.execute("BEGIN")
    for statement in ("SELECT no_such_column FROM notes", "SELECT 1", "ROLLBACK"):
        try:
            say("ran", connection.execute(statement).statusmessage)
        except psycopg.Error as error:
            say("failed transaction", error.sqlstate, state_of(connection))
    with connection.transaction():
        connection.execute("SELECT 'outer'")
        try:
            with connection.transaction():
                connection.execute("SELECT 'x'::int")
        except psycopg.Error as error:
            say("savepoint", error.sqlstate, state_of(connection))
    say("isolation", connection.execute(
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SHOW transaction_isolation; COMMIT").statusmessage)
    if not WRITES:
        return
    try:
        with connection.transaction():
            connection.execute("INSERT INTO replies (note_id, body) VALUES (-1, 'to nothing')")
    except psycopg.Error as error:
        say("error at COMMIT", error.sqlstate, error.diag.constraint_name, state_of(connection))
    with connection.transaction(force_rollback=True):
        connection.execute("UPDATE notes SET weight = 0 WHERE slug LIKE 'pipe%'")
    say("rolled back", connection.execute("SELECT count(*) FROM notes WHERE weight = 0").fetchone()[0])


def errors(connection):
    connection.add_notice_handler(lambda notice: say("notice", {
        name: getattr(notice, name) for name in DIAGNOSTICS if getattr(notice, name) is not None}))
    connection.execute("SELECT notice_with_everything()")
    statements = ["SELECT fail_with_everything()", "SELECT * FROM no_such_table", "SELECT 'żółw', nope",
                  "SELECT 10000000000::int", "SELECT '{'::jsonb", "COMMIT; SELECT 1/0"]
    if WRITES:
        statements += ["SELECT no_such_function(1)"]
        connection.execute("INSERT INTO notes (slug) VALUES ('unique')")
        statements += ["INSERT INTO notes (slug) VALUES ('unique')", "INSERT INTO notes (body) VALUES ('no slug')",
                       "INSERT INTO notes (slug, weight) VALUES ('x', -1)", "SET work_mem = 'much'"]
    for statement in statements:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            say("error", type(error).__name__, fields(error))
    # The SQLSTATE alone: pgmoat does not send on what cannot be parsed, nor a readonly role's write.
    for statement in ("SELEC 1", "INSERT INTO products (name, price_cents) VALUES ('x', -1)"):
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            say("SQLSTATE", error.sqlstate)
    if WRITES:
        say("call", connection.execute("CALL double(%s)", (21,)).fetchone()[0])
        connection.execute("CREATE TEMPORARY TABLE mine (a int) ON COMMIT PRESERVE ROWS")
        say("temporary", connection.execute("INSERT INTO mine SELECT generate_series(1, 9)").statusmessage,
            connection.execute("TRUNCATE mine").statusmessage, connection.execute("DROP TABLE mine").statusmessage)


def two_phase():
    """As transaction managers do; its own connection, not in autocommit."""
    with psycopg.connect() as connection:
        connection.tpc_begin(connection.xid(1, os.environ["PGDATABASE"] + os.environ["DRIVER_THROUGH"], "b"))
        connection.execute("INSERT INTO notes (slug) VALUES ('two phases')")
        connection.tpc_prepare()
        say("prepared transaction", state_of(connection))
        connection.tpc_rollback()
        say("rolled back", connection.execute("SELECT count(*) FROM notes WHERE slug = 'two phases'").fetchone()[0])


def tls():
    secure = {"sslmode": "verify-full", "sslrootcert": os.environ["DRIVER_CA"]}
    with psycopg.connect(**secure) as connection:
        say("tls", connection.pgconn.ssl_in_use, connection.execute(BIG_VALUE).fetchone()[0][-4:])
    with psycopg.connect(user="login_scram", password="pw-scram-7d1f", **secure) as connection:
        say("scram over tls", connection.execute("SELECT current_user").fetchone()[0])
    for wrong in ({"sslrootcert": os.environ["DRIVER_OTHER_CA"]}, {"host": "elsewhere.example", "hostaddr": "127.0.0.1"}):
        try:
            psycopg.connect(**{**secure, **wrong})
        except psycopg.OperationalError as error:
            say("not trusted", "certificate" in str(error))


def refusals(connection):
    for statement in REFUSED:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            diag = error.diag
            refused(diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint)
    try:
        with connection.pipeline():
            if WRITES:
                connection.execute("INSERT INTO notes (slug) VALUES ('with the refused')")
            connection.execute("DELETE FROM notes WHERE true")
    except psycopg.Error as error:
        refused(error.diag.sqlstate, error.diag.message_primary, error.diag.message_detail, error.diag.message_hint)
    kept = connection.execute("SELECT count(*) FROM notes WHERE slug = 'with the refused'").fetchone()[0]
    assert kept == 0, "a part of the pipeline was kept"
    print("refused, and then:", connection.execute("SELECT 1").fetchone()[0])


with psycopg.connect(autocommit=True) as main:
    for part in (the_session, simple, parameters, prepared, pipeline, cursors, copy, cancel, notify, big,
                 transactions, errors):
        part(main)
    if WRITES:
        two_phase()
    tls()
    if THROUGH_PGMOAT:
        refusals(main)
