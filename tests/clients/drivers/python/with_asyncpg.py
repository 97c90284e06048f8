"""What people do with asyncpg: prepared statements and binary formats throughout."""
import asyncio
import datetime
import decimal
import io
import os
import ssl
import uuid

import asyncpg

from telling import (BIG_BYTES, BIG_VALUE, FOREVER, IS_RUNNING, MANY_ROWS, REFUSED, THROUGH_PGMOAT, WRITES,
                     digest, refused, say)

FIELDS = ("sqlstate message detail hint position internal_position internal_query context schema_name table_name "
          "column_name data_type_name constraint_name").split()


async def connect(**options):
    return await asyncpg.connect(**{"ssl": False, "timeout": 60, **options})


async def fails(connection, statement, *values):
    try:
        await connection.fetch(statement, *values)
    except asyncpg.PostgresError as error:
        return type(error).__name__, {f: v for f in FIELDS if (v := getattr(error, f, None)) is not None}
    raise AssertionError(f"no error from {statement}")


async def until(condition):
    for _ in range(6000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to pass")


async def simple(connection):
    say("simple", await connection.fetchval("SELECT 1"))
    say("script", await connection.execute("SELECT 1; CREATE TEMPORARY TABLE t (a int); DROP TABLE t" if WRITES
                                           else "SELECT 1; SHOW work_mem"))
    say("version", connection.get_server_version()[:2], connection.get_settings().server_encoding,
        connection.get_settings().TimeZone)
    say("nothing", await connection.fetch(""))


async def parameters(connection):
    address = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    for kind, value in (("int2", 7), ("int8", 2**40), ("float8", 1.5), ("numeric", decimal.Decimal("1.230")),
                        ("bool", True), ("text", "żółw 🐘"), ("bytea", b"\x00\xff"), ("uuid", address),
                        ("date", datetime.date(2024, 2, 29)), ("interval", datetime.timedelta(days=1, seconds=5)),
                        ("timestamptz", datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)),
                        ("int4[]", [1, None, 3]), ("jsonb", '{"a": 1}'), ("int4range", asyncpg.Range(1, 5)),
                        ("inet", None), ("order_status", "paid"), ("point", (1.0, 2.0))):
        say("parameter", kind, repr(await connection.fetchval(f"SELECT $1::{kind}", value)))
    # Types of the database's own are looked up in its catalogs, by a long recursive query.
    say("a row", await connection.fetchrow("SELECT c, ARRAY[c] AS two FROM customers AS c WHERE id = $1", 1))
    say("settings", await connection.fetchval("SELECT set_config('application_name', $1, false)", "renamed"))


async def prepared(connection):
    statement = await connection.prepare("SELECT id, name FROM customers WHERE id = any($1) ORDER BY id")
    say("attributes", [(a.name, a.type.name) for a in statement.get_attributes()],
        [p.name for p in statement.get_parameters()])
    say("prepared", [tuple(row) for row in await statement.fetch([3, 1, 2])], statement.get_statusmsg())
    say("explained", (await statement.explain([1]))[0]["Plan"]["Node Type"] != "")
    for number in range(150):  # more than its cache holds: it closes the oldest
        await connection.fetchval(f"SELECT {number}::int + $1", 1)
    say("kept", await connection.fetchval("SELECT count(*) > 50 FROM pg_prepared_statements"))
    await connection.reload_schema_state()
    await connection.reset()  # UNLISTEN, RESET ALL, CLOSE ALL, advisory locks
    say("after reset", await connection.fetchval("SELECT 1"))


async def cursors(connection):
    async with connection.transaction():
        total, seen = 0, 0
        async for row in connection.cursor("SELECT id FROM customers WHERE id > $1", 10, prefetch=17):
            total, seen = total + row["id"], seen + 1
        say("cursor", seen, total)
        cursor = await connection.cursor("SELECT n FROM generate_series(1, 100) AS n")
        say("fetched", [row["n"] for row in await cursor.fetch(3)], await cursor.forward(50), await cursor.fetchrow())


async def copy(connection):
    out = io.BytesIO()
    say("copy out", await connection.copy_from_query(
        "SELECT n, md5(n::text) FROM generate_series(1, $1::int) n", 50000, output=out), digest(out.getvalue()))
    out = io.BytesIO()
    say("binary", await connection.copy_from_table("customers", columns=["id", "name"], output=out, format="binary"),
        digest(out.getvalue()))
    try:
        await connection.copy_from_query("SELECT 1 / (n - 900) FROM generate_series(1, 1000) n", output=io.BytesIO())
    except asyncpg.PostgresError as error:
        say("copy out fails", error.sqlstate, connection.is_in_transaction())
    if not WRITES:
        return
    records = [(f"copied {n}", decimal.Decimal(n), ["a", None]) for n in range(20000)]
    say("copy in", await connection.copy_records_to_table("notes", records=records, columns=["slug", "weight", "tags"]))
    say("text", await connection.copy_to_table("notes", source=io.BytesIO(b"text 1,5\ntext 2,6\n"), format="csv",
                                               columns=["slug", "weight"]))
    for what, source in (("a bad number", b"bad\tnumber\n" + b"more\t1\n" * 50000), ("too few", b"one\n")):
        try:
            await connection.copy_to_table("notes", source=io.BytesIO(source), columns=["slug", "weight"])
        except asyncpg.PostgresError as error:
            say("copy in fails,", what, error.sqlstate, error.context)

    async def broken():
        yield b"never\t1\n"
        raise ZeroDivisionError("the program fails")
    try:
        await connection.copy_to_table("notes", source=broken(), columns=["slug", "weight"])
    except ZeroDivisionError:
        say("copy in given up", connection.is_in_transaction())
    say("rows now", await connection.fetchval("SELECT count(*) FROM notes"))


async def writes(connection):
    await connection.executemany("INSERT INTO notes (slug, weight) VALUES ($1, $2)",
                                 [(f"many {n}", decimal.Decimal(n)) for n in range(5000)])
    try:  # all or nothing, by one pipeline
        await connection.executemany("INSERT INTO notes (slug) VALUES ($1)", [(f"half {n % 90}",) for n in range(100)])
    except asyncpg.UniqueViolationError as error:
        say("batch fails", error.sqlstate, error.constraint_name, error.detail)
    say("batch", await connection.fetchrow("SELECT count(*), sum(weight) FROM notes WHERE slug ~ '^(many|half)'"))
    say("returning", await connection.fetchval("INSERT INTO notes (slug) VALUES ('r') RETURNING slug"))
    say("call", await connection.fetchval("CALL double($1)", 21))
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO replies (note_id, body) VALUES (-1, '')")
    except asyncpg.ForeignKeyViolationError as error:
        say("error at COMMIT", error.sqlstate, error.constraint_name, connection.is_in_transaction())


async def cancel(connection):
    async def running():
        watcher = await connect()
        async def active():
            return await watcher.fetchval(IS_RUNNING.format(connection.get_server_pid()))
        await until(active)
        await watcher.close()
    task = asyncio.ensure_future(connection.fetch(FOREVER))
    await running()
    task.cancel()  # asyncpg then asks the server to cancel, and waits until it did
    try:
        await task
    except asyncio.CancelledError:
        say("cancel", "57014")
    say("after cancel", await connection.fetchval("SELECT 1"))
    try:
        await connection.fetch(FOREVER, timeout=1)
    except asyncio.TimeoutError:
        say("timeout", await connection.fetchval("SELECT 2"))


async def notify(connection):
    received = []
    def heard(_, pid, channel, payload):
        received.append((channel, payload))
    await connection.add_listener("news", heard)
    say("listening", await connection.fetchval("SELECT pg_listening_channels()"))
    if WRITES:
        other = await connect()
        await other.execute("NOTIFY news, 'hello'")
        await other.execute("SELECT pg_notify('news', $1)", "ż" * 3000)
        await other.close()
        async def both():
            return len(received) == 2
        await until(both)  # it says nothing meanwhile: the server speaks by itself
        say("notify", received[0], len(received[1][1]))
    await connection.remove_listener("news", heard)


async def big(connection):
    rows = await connection.fetch(MANY_ROWS)
    say("rows", len(rows), digest("".join(row[1] for row in rows).encode()))
    say("value", len(await connection.fetchval(BIG_VALUE)))
    blob = bytes(range(256)) * (BIG_BYTES // 256)
    say("parameter of that size", await connection.fetchval("SELECT md5($1::bytea)", blob))
    say("wide", len(await connection.fetchrow("SELECT " + ",".join(["1"] * 1600))))
    many = list(range(32767))  # the most that asyncpg sends
    array = ",".join(f"${n + 1}::int8" for n in many)
    say("parameters", int(await connection.fetchval(f"SELECT sum(n) FROM unnest(ARRAY[{array}]) AS n", *many)))


async def errors(connection):
    notices = []
    connection.add_log_listener(lambda _, message: notices.append(message))
    await connection.fetch("SELECT notice_with_everything()")
    async def noticed():
        return notices
    await until(noticed)
    say("notice", {f: v for f in FIELDS if (v := getattr(notices[0], f, None)) is not None})
    say("error", await fails(connection, "SELECT fail_with_everything()"))
    say("error", await fails(connection, "SELECT * FROM nowhere"))
    say("error", await fails(connection, "SELECT 1 / $1::int", 0))
    transaction = connection.transaction(isolation="serializable", readonly=True)
    await transaction.start()
    say("isolation", await connection.fetchval("SHOW transaction_isolation"))
    say("in a transaction", (await fails(connection, "SELECT 1/0"))[1]["sqlstate"])
    say("failed transaction", (await fails(connection, "SELECT 1"))[1]["sqlstate"], connection.is_in_transaction())
    await transaction.rollback()
    async with connection.transaction():
        try:
            async with connection.transaction():
                await connection.fetch("SELECT 'x'::int")
        except asyncpg.PostgresError as error:
            say("savepoint", error.sqlstate, await connection.fetchval("SELECT 1"))
    for statement in ("SELEC 1", "INSERT INTO products (name, price_cents) VALUES ('x', -1)"):
        say("SQLSTATE", (await fails(connection, statement))[1]["sqlstate"])


async def pool():
    async with asyncpg.create_pool(ssl=False, min_size=3, max_size=8, timeout=60) as connections:
        async def work(number):
            async with connections.acquire() as connection, connection.transaction():
                return await connection.fetchval("SELECT $1::int * 2", number)
        say("pool", sum(await asyncio.gather(*(work(number) for number in range(200)))))


async def tls():
    context = ssl.create_default_context(cafile=os.environ["DRIVER_CA"])
    connection = await connect(ssl=context)
    used = connection._transport.get_extra_info("ssl_object") is not None
    say("tls", used, (await connection.fetchval(BIG_VALUE))[-4:])
    await connection.close()
    connection = await connect(ssl=context, user="login_scram", password="pw-scram-7d1f")
    say("scram over tls", await connection.fetchval("SELECT current_user::text"))
    await connection.close()
    try:
        await connect(ssl=ssl.create_default_context(cafile=os.environ["DRIVER_OTHER_CA"]))
    except ssl.SSLCertVerificationError:
        say("not trusted", True)


async def refusals(connection):
    for statement in REFUSED:
        _, told = await fails(connection, statement)
        refused(told["sqlstate"], told["message"], told["detail"], told["hint"])
    print("refused, and then:", await connection.fetchval("SELECT 1"))


async def main():
    connection = await connect()
    for part in (simple, parameters, prepared, cursors, copy, cancel, notify, big, errors):
        await part(connection)
    if WRITES:
        await writes(connection)
    await pool()
    await tls()
    if THROUGH_PGMOAT:
        await refusals(connection)
    await connection.close()


asyncio.run(main())
