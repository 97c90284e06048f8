"""Large and many: streamed in constant memory, nothing lost."""
import threading
import time

import psycopg
import pytest

from servers import PATIENCE, SANITIZED, until
from wire import Wire, bind, copy_data, copy_done, execute, one_shot, parse, query, request, sync

MB = 1 << 20


def test_100_mb_result_in_constant_memory(start_pgmoat):
    moat = start_pgmoat()
    with moat.wire("dev_super") as wire:
        wire.rows("SELECT 1")
        before, received, most = moat.rss_bytes(), 0, 0
        wire.send(query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)"))
        while True:
            kind, body = wire.read()
            received += len(body)
            if kind == "Z":
                break
            if kind == "D" and received % 5 == 0:
                most = max(most, moat.rss_bytes())
        assert received > 100_000_000
        if not SANITIZED:
            assert most - before < 8 * MB, f"{(most - before) // MB} MB more"


def test_one_row_of_100_mb_in_constant_memory(start_pgmoat):
    moat = start_pgmoat()
    with moat.wire("dev_super") as wire:
        wire.rows("SELECT 1")
        before = moat.rss_bytes()
        wire.socket.settimeout(PATIENCE * 2)
        wire.send(query("SELECT repeat('x', 100000000)"))
        most = 0
        while len(wire.buffer) < 100_000_000:
            wire.buffer += wire.socket.recv(MB)
            most = max(most, moat.rss_bytes())
        wire.read_until("Z")
        if not SANITIZED:
            assert most - before < 8 * MB, f"{(most - before) // MB} MB more"


def test_a_client_that_does_not_read_holds_nobody_up_and_no_memory(start_pgmoat):
    moat = start_pgmoat()
    with moat.wire("dev_super") as lazy, moat.wire("dev_super") as other:
        before = moat.rss_bytes()
        lazy.send(query("SELECT repeat('x', 1000) FROM generate_series(1, 200000)"))
        for _ in range(200):
            assert other.rows("SELECT 1") == [("1",)]
        if not SANITIZED:
            assert moat.rss_bytes() - before < 8 * MB
        assert "CommandComplete SELECT 200000" in lazy.read_until("Z")


def test_50_mb_parameter(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        wire.socket.settimeout(PATIENCE * 2)
        lines = wire.ask(one_shot("SELECT length($1::text)", [b"y" * 50_000_000]), sync())
        assert f"DataRow {50_000_000}" in lines


def test_10000_pipelined_statements(pgmoat):
    count = 10_000
    with pgmoat.wire("dev_super") as wire:
        wire.ask(parse("s", "SELECT $1::int"), sync())
        lines = wire.ask(*[bind("", "s", [i]) + execute() for i in range(count)], sync())
        assert [x for x in lines if x.startswith("DataRow")] == [f"DataRow {i}" for i in range(count)]


def test_10000_pipelined_queries_with_refusals_among_them(pgmoat, unchanged):
    count = 10_000
    texts = ["DELETE FROM orders" if i % 10 == 3 else f"SELECT {i}" for i in range(count)]
    with pgmoat.wire("dev_super") as wire:
        lines = wire.ask(*map(query, texts), readies=count)
        answers = [x for x in lines if x.startswith(("DataRow", "ErrorResponse"))]
        assert answers == ["ErrorResponse ERROR 25006" if i % 10 == 3 else f"DataRow {i}" for i in range(count)]
    assert len({e["D"] for e in wire.errors}) == count // 10, "each refusal has its own audit id"


def test_copy_in_of_100_mb(pgmoat, postgres):
    chunk = b"".join(b"%d\t%s\n" % (i, b"z" * 90) for i in range(1000)) * 10
    with postgres.connect() as direct, pgmoat.wire("app_super") as wire:
        direct.execute("CREATE UNLOGGED TABLE bulk (a int, b text)")
        try:
            wire.socket.settimeout(PATIENCE * 2)
            wire.send(query("COPY bulk FROM STDIN"))
            wire.read_until("G")
            for _ in range(100_000_000 // len(chunk)):
                wire.socket.sendall(copy_data(chunk))
            wire.send(copy_done())
            (done, _) = wire.read_until("Z")
            rows = 100_000_000 // len(chunk) * 10_000
            assert done == f"CommandComplete COPY {rows}"
            assert direct.execute("SELECT count(*) FROM bulk").fetchone() == (rows,)
            pgmoat.audited(statement="COPY bulk FROM STDIN", rows_affected=rows)
        finally:
            direct.execute("DROP TABLE bulk")


def test_psycopg_copy_both_ways(pgmoat, postgres):
    with postgres.connect() as direct, pgmoat.connect("app_super") as connection:
        direct.execute("CREATE TABLE copied (a int, b text)")
        try:
            with connection.cursor().copy("COPY copied FROM STDIN") as copy:
                for i in range(1000):
                    copy.write_row((i, f"row {i}"))
            with connection.cursor().copy("COPY copied TO STDOUT") as copy:
                assert sum(1 for _ in copy.rows()) == 1000
            with pytest.raises(psycopg.errors.QueryCanceled):  # psycopg sends CopyFail
                with connection.cursor().copy("COPY copied FROM STDIN") as copy:
                    copy.write_row((1, "x"))
                    raise ZeroDivisionError
            assert connection.execute("SELECT count(*) FROM copied").fetchone() == (1000,)
        finally:
            direct.execute("DROP TABLE copied")


def test_cancel_ends_the_long_query_and_not_another(pgmoat):
    with pgmoat.wire("app_super") as wire, pgmoat.wire("app_super") as bystander:
        bystander.send(query("SELECT pg_sleep(1.5), 'slept'"))
        wire.send(query("SELECT pg_sleep(600)"))

        def cancel():  # again until it took: the query may not have begun yet
            with Wire(pgmoat.port) as canceller:
                canceller.send(request(80877102, wire.key))
                canceller.read_to_end()
        thread = threading.Thread(target=cancel)
        started = time.monotonic()
        with psycopg.connect(host="127.0.0.1", port=pgmoat.port, user="postgres", dbname="shop",
                             autocommit=True) as looking:
            until(lambda: looking.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'").fetchone()[0])
        thread.start()
        assert wire.read_until("Z")[-2:] == ["ErrorResponse ERROR 57014", "ReadyForQuery I"]
        assert time.monotonic() - started < PATIENCE
        thread.join()
        assert any("slept" in x for x in bystander.read_until("Z"))
        assert wire.rows("SELECT 1") == [("1",)]


def test_a_wrong_cancel_key_cancels_nothing(pgmoat):
    with pgmoat.wire("app_super") as wire:
        wire.send(query("SELECT pg_sleep(0.5), 'slept'"))
        with Wire(pgmoat.port) as canceller:
            canceller.send(request(80877102, wire.key[:4] + b"\0\0\0\0"))
            canceller.read_to_end()
        assert any("slept" in x for x in wire.read_until("Z"))


def test_psycopg_cancel(pgmoat):
    with pgmoat.connect("shop_app") as connection:
        timer = threading.Timer(0.3, connection.cancel)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        timer.join()


def test_150_clients_at_once(start_pgmoat):
    moat = start_pgmoat()
    wires = [moat.wire("dev_super") for _ in range(150)]
    for i, wire in enumerate(wires):
        wire.send(query(f"SELECT {i}"))
    for i, wire in enumerate(wires):
        assert f"DataRow {i}" in wire.read_until("Z")
        wire.socket.close()
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0, "all sessions ended")
