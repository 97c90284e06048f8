"""What people do with psycopg2: parameters are put into the text by the client."""
import io
import os
import select
import threading

import psycopg2
import psycopg2.extras
from psycopg2 import extensions, sql

from telling import (BIG_BYTES, BIG_VALUE, FOREVER, IS_RUNNING, MANY_ROWS, REFUSED, THROUGH_PGMOAT, WRITES,
                     digest, refused, say, until)

STATES = {getattr(extensions, "TRANSACTION_STATUS_" + name): name
          for name in ("IDLE", "ACTIVE", "INTRANS", "INERROR", "UNKNOWN")}


def connect(**options):
    connection = psycopg2.connect(**{"dbname": os.environ["PGDATABASE"], **options})
    connection.autocommit = True
    return connection


def state_of(connection):
    return STATES[connection.info.transaction_status]


def run(connection, statement, values=None):
    cursor = connection.cursor()
    cursor.execute(statement, values)
    return cursor.fetchall() if cursor.description else cursor.statusmessage


def fails(connection, statement, values=None):
    """The error's fields, which there must be."""
    try:
        run(connection, statement, values)
    except psycopg2.Error as error:
        names = [name for name in dir(error.diag) if not name.startswith("_")]
        return type(error).__name__, {
            name: value for name in names if name not in ("source_file", "source_line", "severity")
            and (value := getattr(error.diag, name)) is not None}
    raise AssertionError(f"no error from {statement}")


def simple(connection):
    say("simple", run(connection, "SELECT 1")[0][0])
    say("of many", run(connection, "SELECT 1; SELECT 2; SELECT 'three', NULL"))
    say("parameters", run(connection, "SELECT %s, %s, %s, %s, %s", (1, None, "it's \\ 100%", [1, None], 1.5)))
    say("bytea", bytes(run(connection, "SELECT %s", (b"\x00\xff",))[0][0]))
    say("dictionary", run(connection, "SELECT %(a)s::text || %(b)s", {"a": "ż", "b": "ó"}))
    say("status", connection.get_parameter_status("server_encoding"), connection.encoding, connection.server_version)
    statement = sql.SQL("SELECT {} FROM {} WHERE id = {}").format(
        sql.Identifier("name"), sql.Identifier("customers"), sql.Placeholder())
    say("composed", run(connection, statement.as_string(connection), (3,)))
    connection.set_client_encoding("LATIN1")
    say("latin1", run(connection, "SELECT chr(233)"))  # the result; its texts must be ASCII
    connection.set_client_encoding("UTF8")


def cursors(connection):
    connection.autocommit = False
    named = connection.cursor("named", scrollable=True)
    named.itersize = 50
    named.execute("SELECT id, name FROM customers ORDER BY id")
    say("named cursor", named.fetchmany(3))
    say("iterated", sum(row[0] for row in named))
    named.scroll(0, "absolute")
    say("scrolled", named.fetchone())
    connection.rollback()
    connection.autocommit = True
    rows = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    rows.execute("SELECT id, city FROM customers WHERE id < 3 ORDER BY id")
    say("dictionaries", [dict(row) for row in rows])


def copy(connection):
    cursor = connection.cursor()
    out = io.BytesIO()
    cursor.copy_expert("COPY (SELECT n, md5(n::text) FROM generate_series(1, 50000) n) TO STDOUT (FORMAT csv)", out)
    say("copy out", cursor.rowcount, digest(out.getvalue()))
    try:
        cursor.copy_expert("COPY (SELECT 1 / (n - 900) FROM generate_series(1, 1000) n) TO STDOUT", io.BytesIO())
    except psycopg2.Error as error:
        say("copy out fails", error.pgcode, state_of(connection))
    if not WRITES:
        return
    rows = "".join(f"copied {n}\t{n}\n" for n in range(20000))
    cursor.copy_expert("COPY notes (slug, weight) FROM STDIN", io.StringIO(rows))
    say("copy in", cursor.rowcount)
    cursor.copy_from(io.StringIO("other 1\t\\N\nother 2\t7\n"), "notes", columns=("slug", "weight"))
    say("copy_from", cursor.rowcount)
    try:
        cursor.copy_expert("COPY notes (slug, weight) FROM STDIN", io.StringIO("fine\t1\nbad\tnot a number\n" + rows))
    except psycopg2.Error as error:
        say("copy in fails", error.pgcode, error.diag.context, state_of(connection))

    class Broken(io.StringIO):
        def read(self, size=-1):
            raise ZeroDivisionError("the program fails")
    try:
        cursor.copy_expert("COPY notes (slug, weight) FROM STDIN", Broken())
    except psycopg2.Error as error:
        say("copy in given up", error.pgcode, state_of(connection))
    say("rows now", run(connection, "SELECT count(*), sum(weight) FROM notes"))


def batches(connection):
    cursor = connection.cursor()
    psycopg2.extras.execute_values(cursor, "INSERT INTO notes (slug, weight) VALUES %s RETURNING id",
                                   [(f"values {n}", n) for n in range(1000)], page_size=400)
    psycopg2.extras.execute_batch(cursor, "UPDATE notes SET weight = %s WHERE slug = %s",
                                  [(n * 2, f"values {n}") for n in range(1000)], page_size=100)
    cursor.executemany("INSERT INTO notes (slug) VALUES (%s)", [("many 1",), ("many 2",)])
    say("batches", run(connection, "SELECT count(*), sum(weight) FROM notes WHERE slug ~ '^(values|many)'"))
    say("call", run(connection, "CALL double(%s)", (21,)))


def cancel(connection):
    def watch_and_cancel():
        watcher = connect()
        until(lambda: run(watcher, IS_RUNNING.format(connection.info.backend_pid))[0][0])
        connection.cancel()
        watcher.close()
    thread = threading.Thread(target=watch_and_cancel)
    thread.start()
    say("cancel", fails(connection, FOREVER)[1]["sqlstate"])
    thread.join()
    say("after cancel", run(connection, "SELECT 1")[0][0])


def asynchronous():
    """The socket is the program's to wait for."""
    connection = psycopg2.connect(dbname=os.environ["PGDATABASE"], async_=True)

    def wait():
        while (state := connection.poll()) != extensions.POLL_OK:
            waits = [connection.fileno()]
            reads, writes = (waits, []) if state == extensions.POLL_READ else ([], waits)
            assert any(select.select(reads, writes, [], 60)), "nothing came"
    wait()
    cursor = connection.cursor()
    for number in range(3):
        cursor.execute("SELECT %s, repeat('x', 100000)", (number,))
        wait()
        say("asynchronous", *(len(str(value)) for value in cursor.fetchone()))
    connection.close()


def notify(connection):
    run(connection, "LISTEN news")
    say("listening", run(connection, "SELECT pg_listening_channels()"))
    if not WRITES:
        return
    other = connect()
    run(other, "NOTIFY news, 'hello'")
    other.close()
    until(lambda: select.select([connection], [], [], 1)[0])  # it comes without being asked for
    until(lambda: connection.poll() == extensions.POLL_OK and connection.notifies)
    say("notify", [(n.channel, n.payload) for n in connection.notifies])


def big(connection):
    rows = run(connection, MANY_ROWS)
    say("rows", len(rows), digest("".join(row[1] for row in rows).encode()))
    say("value", len(run(connection, BIG_VALUE)[0][0]))
    say("statement of that size", run(connection, "SELECT length(%s)", ("ż" * (BIG_BYTES // 2),))[0][0])


def errors(connection):
    say("notice", run(connection, "SELECT notice_with_everything()"), connection.notices)
    say("error", fails(connection, "SELECT fail_with_everything()"))
    say("error", fails(connection, "SELECT 1 FROM nowhere"))
    connection.autocommit = False
    say("in a transaction", fails(connection, "SELECT 1/0"), state_of(connection))
    say("failed transaction", fails(connection, "SELECT 1")[1]["sqlstate"], state_of(connection))
    connection.rollback()
    run(connection, "SAVEPOINT a")
    say("savepoint", fails(connection, "SELECT 'x'::int")[1]["sqlstate"], run(connection, "ROLLBACK TO a"),
        run(connection, "SELECT 1"))
    connection.commit()
    if WRITES:
        run(connection, "INSERT INTO notes (slug) VALUES ('unique')")
        say("unique", fails(connection, "INSERT INTO notes (slug) VALUES ('unique')"))
        connection.rollback()
        run(connection, "INSERT INTO replies (note_id, body) VALUES (-1, '')")
        try:
            connection.commit()
        except psycopg2.Error as error:
            say("error at COMMIT", error.pgcode, error.diag.constraint_name, state_of(connection))
        connection.set_session(isolation_level="SERIALIZABLE", readonly=True, deferrable=True)
        say("session", run(connection, "SELECT current_setting('transaction_isolation')"),
            fails(connection, "INSERT INTO notes (slug) VALUES ('read only')")[1]["sqlstate"])
        connection.rollback()
        connection.set_session(isolation_level="DEFAULT", readonly=False, deferrable=False)
    connection.autocommit = True
    for statement in ("SELEC 1", "INSERT INTO products (name, price_cents) VALUES ('x', -1)"):
        say("SQLSTATE", fails(connection, statement)[1]["sqlstate"])


def large_objects(connection):
    """By lo_open, loread and the rest, of which libpq makes FunctionCalls."""
    connection.autocommit = False
    made = connection.lobject(0, "wb")
    say("large object", made.write(b"0123456789" * 50000), made.tell())
    made.truncate(300000)
    made.close()
    again = connection.lobject(made.oid, "rb")
    say("read", again.seek(299990), again.read())
    again.close()
    connection.lobject(made.oid, "n").unlink()
    connection.commit()
    try:
        connection.lobject(made.oid, "rb")
    except psycopg2.Error as error:
        say("gone", type(error).__name__, str(error).replace(str(made.oid), "OID").strip())
    connection.rollback()
    connection.autocommit = True


def tls():
    secure = {"sslmode": "verify-full", "sslrootcert": os.environ["DRIVER_CA"]}
    say("tls", connect(**secure).info.ssl_in_use, run(connect(**secure), BIG_VALUE)[0][0][-4:])
    scram = connect(user="login_scram", password="pw-scram-7d1f", **secure)
    say("scram over tls", run(scram, "SELECT current_user")[0][0])
    try:
        connect(**{**secure, "sslrootcert": os.environ["DRIVER_OTHER_CA"]})
    except psycopg2.OperationalError as error:
        say("not trusted", "certificate" in str(error))


def refusals(connection):
    for statement in REFUSED:
        told = fails(connection, statement)[1]
        refused(told["sqlstate"], told["message_primary"], told["message_detail"], told["message_hint"])
    print("refused, and then:", run(connection, "SELECT 1")[0][0])


main = connect()
for part in (simple, cursors, copy, cancel, notify, big, errors):
    part(main)
if WRITES:
    batches(main)
    large_objects(main)
asynchronous()
tls()
if THROUGH_PGMOAT:
    refusals(main)
