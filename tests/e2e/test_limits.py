"""Limits of a role are pgmoat's: kept whatever the client SETs, with a clear error."""
import copy
import random
import threading
import time

import psycopg
import pytest

from errors import check_refusal
from servers import SANITIZED, until
from wire import (Refused, bind, copy_data, copy_done, execute, flush, one_shot, parse, query, sync)

MB = 1 << 20


@pytest.fixture
def limited(start_pgmoat):
    """limited(max_rows=…): a pgmoat whose role app has these limits."""
    return lambda limits=None, **top: start_pgmoat(roles={"app": {"limits": limits}}, **top)


def check_limit(fields, rule, sqlstate, says):
    assert check_refusal(fields, {sqlstate}, "app")[0] == rule
    assert says in fields["M"], fields


def check_end(fields, rule, sqlstate, says):
    """The FATAL twin of check_refusal."""
    assert (fields["S"], fields["C"]) == ("FATAL", sqlstate), fields
    assert says in fields["M"] and "app" in fields["M"] and "production" in fields["M"], fields
    assert fields["D"].startswith(f"Rule {rule}; audit id ") and fields["H"], fields


def id_in(fields):
    return fields["D"].removesuffix(".").rpartition(" ")[2]


def sleeps(seconds):
    return f"SELECT pg_sleep({seconds})"


# --- statement_timeout ----------------------------------------------------------------

SLOW = {
    "simple": [query(sleeps(30))],
    "extended": [one_shot(sleeps(30)), sync()],
    "several in one text": [query(f"SELECT 1; {sleeps(30)}; SELECT 2")],
    "behind quick ones": [one_shot("SELECT 1"), one_shot(sleeps(30)), one_shot("SELECT 2"), sync()],
    "without Sync yet": [one_shot(sleeps(30)), flush()],
    "as a parameter": [one_shot("SELECT pg_sleep($1)", [30]), sync()],
    "planned at Bind": [one_shot("SELECT 1 WHERE slow_constant(30) > 0"), sync()],
    "in a function": [query(f"DO $$ BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN OTHERS THEN NULL; END $$")],
}


@pytest.fixture(scope="module")
def slow_constant(postgres):
    with postgres.connect() as direct:
        direct.execute("CREATE FUNCTION slow_constant(s float8) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
                       "'BEGIN PERFORM pg_sleep(s); RETURN 1; END'")
        yield
        direct.execute("DROP FUNCTION slow_constant")


@pytest.mark.parametrize("transaction", [False, True], ids=["alone", "in a transaction"])
@pytest.mark.parametrize("messages", SLOW.values(), ids=SLOW.keys())
def test_slow_statement_is_cancelled_whatever_was_set(messages, transaction, start_pgmoat, slow_constant):
    moat = start_pgmoat(roles={"app": {"limits": {"statement_timeout": "300ms"}},
                               "admin": {"limits": {"statement_timeout": "300ms"}}})
    login = "postgres" if b"DO $$" in messages[0] else "app_super"
    with moat.wire(login) as wire:
        wire.ask(query("SET statement_timeout = 0"))
        if transaction:
            wire.ask(query("BEGIN"))
        started = time.monotonic()
        wire.send(*messages)
        lines = wire.read_until("E")
        assert time.monotonic() - started < 10
        if messages[-1] == flush():
            wire.send(sync())
        wire.read_until("Z")
        assert lines[-1] == "ErrorResponse ERROR 57014", lines
        fields = wire.errors[0]
        assert "ran longer than statement_timeout 300ms of role" in fields["M"], fields
        record = moat.audited(id=id_in(fields))
        assert (record["outcome"], record["sqlstate"], record["reason"]) == ("error", "57014", fields["M"])
        assert record["rule"] == "limit.statement-timeout"
        assert wire.status == ("E" if transaction else "I")
        if transaction:
            assert wire.ask(query("COMMIT")) == ["CommandComplete ROLLBACK", "ReadyForQuery I"]
        assert wire.rows("SELECT 1") == [("1",)]
        assert moat.metrics_sum("pgmoat_limit_hits_total", rule="limit.statement-timeout") == 1


def test_quick_statements_of_a_long_pipeline_pass(limited):
    moat = limited({"statement_timeout": "500ms"})
    with moat.wire("shop_app") as wire:
        steps = 15
        lines = wire.ask(parse("s", "SELECT pg_sleep(0.1), $1::int"),
                         *[bind("", "s", [i]) + execute() for i in range(steps)], sync())
        assert not wire.errors, wire.errors
        assert lines.count("CommandComplete SELECT 1") == steps
        wire.ask(*[query(sleeps(0.1)) for _ in range(steps)], readies=steps)
        assert not wire.errors, wire.errors


def test_a_pipeline_that_waits_for_its_sync_is_not_slow(limited):
    moat = limited({"statement_timeout": "200ms"})
    with moat.wire("shop_app") as wire:
        wire.send(one_shot("SELECT 'answered'"))
        assert wire.read_until("C")[-1] == "CommandComplete SELECT 1", "pgmoat asked for the answer"
        assert wire.ask(sync()) == ["ReadyForQuery I"]


def test_copy_from_stdin_whose_client_waits(limited, postgres):
    moat = limited({"statement_timeout": "300ms"})
    with postgres.connect() as direct, moat.wire("app_super") as wire:
        direct.execute("CREATE TABLE waits (a int)")
        try:
            for messages in ([query("COPY waits FROM STDIN")], [one_shot("COPY waits FROM STDIN"), sync()]):
                wire.errors.clear()
                wire.send(*messages)
                wire.read_until("G")
                wire.send(copy_data(b"1\n"))
                wire.read_until("E")
                check_limit(wire.errors[0], "limit.statement-timeout", "57014", "300ms")
                # It learns of it late, and ends as it would have.
                wire.send(copy_data(b"2\n"), copy_done())
                if messages[-1] == sync():
                    wire.send(sync())
                wire.read_until("Z")
                assert wire.rows("SELECT count(*) FROM waits") == [("0",)]
        finally:
            direct.execute("DROP TABLE waits")


def test_waiting_for_a_lock_counts(limited, postgres):
    moat = limited({"statement_timeout": "300ms"})
    with postgres.connect() as direct, moat.wire("app_super") as wire:
        with direct.transaction():
            direct.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
            for messages in ([query("SELECT 1 FROM products")], [parse("", "SELECT 1 FROM products"), sync()]):
                wire.errors.clear()
                wire.ask(*messages)
                check_limit(wire.errors[0], "limit.statement-timeout", "57014", "300ms")


def test_a_client_that_does_not_read_is_not_waited_for(limited):
    moat = limited({"statement_timeout": "300ms"})
    with moat.wire("shop_app") as wire:
        wire.send(query("SELECT repeat('x', 1000), generate_series(1, 10000000)"))
        ended = until(lambda: moat.audit(event="disconnect"), "the session ends")[0]
        assert (ended["rule"], ended["sqlstate"]) == ("limit.statement-timeout", "57014")


def test_the_limit_of_one_role_does_not_touch_another(limited):
    moat = limited({"statement_timeout": "100ms", "max_rows": 1, "max_result_bytes": "1KiB",
                    "idle_in_transaction_timeout": "100ms"})
    with moat.wire("deploy_super") as wire:
        wire.ask(query("BEGIN"))
        wire.ask(query(sleeps(1)))
        assert len(wire.rows("SELECT repeat('x', 2000) FROM generate_series(1, 10)")) == 10
        wire.ask(query("COMMIT"))
        assert not wire.errors


def test_no_cancel_hits_an_innocent_statement(limited):
    """Statements end about when they are cancelled; those that follow must not notice."""
    moat = limited({"statement_timeout": "200ms"})
    outcomes, failures = [], []

    def client(seed):
        chance = random.Random(seed)
        with moat.wire("shop_app") as wire:
            for i in range(30):
                wire.errors.clear()
                wire.ask(*random_slow(chance))
                if wire.errors:
                    check_limit(wire.errors[0], "limit.statement-timeout", "57014", "ran longer than")
                outcomes.append(bool(wire.errors))
                for j in range(5):
                    if wire.rows(f"SELECT {j}, repeat('x', 10000)")[0][0] != str(j):
                        failures.append((seed, i, j))

    def random_slow(chance):
        # A tick is 100 ms, so the cancel comes 200 to 300 ms after the statement.
        statement = sleeps(f"{chance.uniform(0.15, 0.35):.4f}")
        return [query(statement)] if chance.random() < 0.5 else [one_shot(statement), sync()]

    def guarded(seed):
        try:
            client(seed)
        except Exception as e:  # a thread's, or nobody sees it
            failures.append((seed, repr(e)))
    threads = [threading.Thread(target=guarded, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    assert len(outcomes) == 360 and 20 < sum(outcomes) < 340, sum(outcomes)


# --- idle_in_transaction_timeout ------------------------------------------------------

@pytest.mark.parametrize("begin", ids=["in a block", "in a failed block", "in a pipeline"], argvalues=[
    [query("BEGIN")], [query("BEGIN"), query("SELECT 1/0")],
    [one_shot("SELECT count(*) FROM products"), flush()]])
def test_idle_in_a_transaction(begin, limited, postgres):
    moat = limited({"idle_in_transaction_timeout": "300ms"})
    with moat.wire("shop_app", application_name="idler") as wire, moat.wire("shop_app") as other:
        wire.ask(query("SET idle_in_transaction_session_timeout = 0"))
        wire.send(*begin)
        assert wire.read_to_end()[-1] == "ErrorResponse FATAL 25P03"
        check_end(wire.errors[-1], "limit.idle-in-transaction-timeout", "25P03",
                  "idle in a transaction longer than idle_in_transaction_timeout 300ms")
        record = moat.audited(id=id_in(wire.errors[-1]))
        assert (record["event"], record["rule"]) == ("disconnect", "limit.idle-in-transaction-timeout")
        # Who has no transaction may sit idle.
        assert other.rows("SELECT 1") == [("1",)]
    with postgres.connect() as direct:
        until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'idler'"
                                     ).fetchone() == (0,), "the server's session ends")


def test_busy_in_a_transaction_is_fine(limited):
    moat = limited({"idle_in_transaction_timeout": "300ms"})
    with moat.wire("shop_app") as wire:
        wire.ask(query("BEGIN"))
        for _ in range(4):
            wire.ask(query(sleeps(0.2)))
        wire.ask(query(sleeps(1)))
        assert wire.ask(query("COMMIT"))[-1] == "ReadyForQuery I"
        assert not wire.errors


# --- max_rows, max_result_bytes -------------------------------------------------------

def rows_in(lines):
    return sum(x.startswith(("DataRow", "CopyData")) for x in lines)


BIG = {
    "simple": [query("SELECT generate_series(1, {n})")],
    "extended": [one_shot("SELECT generate_series(1, {n})"), sync()],
    "extended without Describe": [parse("", "SELECT generate_series(1, {n})"), bind(), execute(), sync()],
    "Sync later": [one_shot("SELECT generate_series(1, {n})"), flush()],
    "COPY": [query("COPY (SELECT generate_series(1, {n})) TO STDOUT")],
    "COPY, extended": [one_shot("COPY (SELECT generate_series(1, {n})) TO STDOUT"), sync()],
    "VALUES behind others": [query("SELECT 1; SELECT generate_series(1, {n}); SELECT 2")],
}


def filled(messages, n):
    digits = f"{n:03}".encode()  # as long as "{n}", so that lengths stay
    return [m.replace(b"{n}", digits) for m in messages]


@pytest.mark.parametrize("transaction", [False, True], ids=["alone", "in a transaction"])
@pytest.mark.parametrize("size", [101, 999], ids=["little more", "much more"])
@pytest.mark.parametrize("messages", BIG.values(), ids=BIG.keys())
def test_too_many_rows(messages, size, transaction, limited, postgres):
    moat = limited({"max_rows": 100})
    with moat.wire("app_super") as wire:
        if transaction:
            wire.ask(query("BEGIN"))
            wire.ask(query("CREATE TEMP TABLE kept (a int)"))
            assert not wire.errors
        wire.send(*filled(messages, size))
        lines = wire.read_until("E")
        if messages[-1] == flush():
            wire.send(sync())
        wire.read_until("Z")
        check_limit(wire.errors[0], "limit.max-rows", "54000", "more rows than max_rows 100")
        assert len(wire.errors) == 1
        assert rows_in(lines) == (101 if b"SELECT 1;" in messages[0] else 100)
        if transaction:
            assert wire.status == "E"
            assert wire.ask(query("COMMIT")) == ["CommandComplete ROLLBACK", "ReadyForQuery I"]
        assert wire.status == "I"
        assert wire.rows("SELECT 1") == [("1",)]
        record = moat.audited(id=id_in(wire.errors[0]))
        assert (record["rule"], record["outcome"], record["sqlstate"]) == ("limit.max-rows", "error", "54000")
        assert record["rows_returned"] == 100
        assert moat.metrics_sum("pgmoat_limit_hits_total", rule="limit.max-rows", role="app") == 1


@pytest.mark.parametrize("messages", BIG.values(), ids=BIG.keys())
def test_as_many_rows_as_allowed(messages, limited):
    moat = limited({"max_rows": 100})
    with moat.wire("app_super") as wire:
        wire.send(*filled(messages, 100))
        wire.send(sync()) if messages[-1] == flush() else None
        assert rows_in(wire.read_until("Z")) >= 100
        assert not wire.errors, wire.errors


@pytest.mark.parametrize("form", ["csv", "binary"])
def test_copy_of_exactly_max_rows(form, limited):
    moat = limited({"max_rows": 100})
    with moat.wire("app_super") as wire:
        lines = wire.ask(query(f"COPY (SELECT generate_series(1, 100)) TO STDOUT (FORMAT {form})"))
        assert "CommandComplete COPY 100" in lines and not wire.errors
        wire.ask(query(f"COPY (SELECT generate_series(1, 102)) TO STDOUT (FORMAT {form})"))
        check_limit(wire.errors[0], "limit.max-rows", "54000", "max_rows 100")


def test_cursors_and_portals_count_by_the_fetch(limited):
    moat = limited({"max_rows": 100})
    with moat.wire("app_super") as wire:
        wire.ask(query("BEGIN"))
        wire.ask(query("DECLARE c CURSOR FOR SELECT generate_series(1, 10000)"))
        for _ in range(5):
            assert rows_in(wire.ask(query("FETCH 100 FROM c"))) == 100
        wire.ask(parse("", "SELECT generate_series(1, 10000)"), bind("p"), sync())
        for _ in range(5):
            assert rows_in(wire.ask(execute("p", 100), sync())) == 100
        assert not wire.errors
        wire.ask(query("FETCH 101 FROM c"))
        check_limit(wire.errors[0], "limit.max-rows", "54000", "max_rows 100")
        assert wire.status == "E"


def test_a_write_in_a_transaction_is_undone(limited, unchanged):
    moat = limited({"max_rows": 10})
    for messages in ([query("UPDATE products SET stock = stock + 1 WHERE id <= 40 RETURNING id")],
                     [one_shot("UPDATE products SET stock = stock + 1 WHERE id <= 40 RETURNING id"), sync()]):
        with moat.wire("app_super") as wire:
            wire.ask(query("BEGIN"))
            wire.ask(*messages)
            check_limit(wire.errors[0], "limit.max-rows", "54000", "max_rows 10")
            assert wire.ask(query("COMMIT")) == ["CommandComplete ROLLBACK", "ReadyForQuery I"]


def test_a_write_that_is_committed_is_not_called_an_error(limited, postgres):
    """Either it was cancelled and is undone, or the session ends and says that it stands."""
    moat = limited({"max_rows": 10})
    with postgres.connect() as direct:
        direct.execute("CREATE TABLE written (a int)")
        try:
            for n in (11, 50, 200_000):
                direct.execute("TRUNCATE written")
                with moat.wire("app_super") as wire:
                    wire.send(query(f"INSERT INTO written SELECT generate_series(1, {n}) RETURNING a"))
                    wire.read_until("E")
                    (count,) = direct.execute("SELECT count(*) FROM written").fetchone()
                    if wire.errors[0]["S"] == "ERROR":
                        assert count == 0 and wire.read_until("Z"), wire.errors
                    else:
                        assert count == n
                        check_end(wire.errors[0], "limit.max-rows", "54000", "may stand")
        finally:
            direct.execute("DROP TABLE written")


def test_statements_behind_a_cut_run_as_the_client_believes(limited, postgres):
    moat = limited({"max_rows": 10})
    big = one_shot("SELECT generate_series(1, 50)")
    write = one_shot("INSERT INTO behind VALUES (1)")
    with postgres.connect() as direct:
        direct.execute("CREATE TABLE behind (a int)")
        try:
            with moat.wire("app_super") as wire:  # read behind it: skipped, for all the client can tell
                lines = wire.ask(big, one_shot("SELECT 'skipped'"), sync())
                assert "DataRow skipped" not in lines and lines[-2:] == ["ErrorResponse ERROR 54000", "ReadyForQuery I"]
                # behind the Sync: runs
                lines = wire.ask(big, sync(), one_shot("SELECT 'run'"), sync(), readies=2)
                assert "DataRow run" in lines and lines.count("ErrorResponse ERROR 54000") == 1
            for messages in ([big, write, sync()], [write, big, sync()],
                             [query("SELECT generate_series(1, 50); INSERT INTO behind VALUES (1)")]):
                direct.execute("TRUNCATE behind")
                with moat.wire("app_super") as wire:
                    wire.send(*messages)
                    wire.read_until("E")
                    (count,) = direct.execute("SELECT count(*) FROM behind").fetchone()
                    assert (wire.errors[0]["S"] == "FATAL") == (count == 1), (wire.errors, count)
        finally:
            direct.execute("DROP TABLE behind")


def test_drivers_see_an_error_and_go_on(limited):
    moat = limited({"max_rows": 100, "statement_timeout": "500ms"})
    with moat.connect("app_super") as connection:
        for _ in range(3):
            with pytest.raises(psycopg.errors.ProgramLimitExceeded):
                connection.execute("SELECT generate_series(1, 1000)")
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute("SELECT pg_sleep(30)")
            with pytest.raises(psycopg.errors.ProgramLimitExceeded):
                with connection.cursor().copy("COPY (SELECT generate_series(1, 1000)) TO STDOUT") as copying:
                    for _ in copying:
                        pass
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            with connection.transaction():
                try:
                    connection.execute("SELECT generate_series(1, 1000)")
                except psycopg.Error:
                    pass
                connection.execute("SELECT 1")


@pytest.mark.parametrize("messages", ids=["simple", "extended", "COPY", "one row"], argvalues=[
    [query("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)")],
    [one_shot("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"), sync()],
    [query("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT")],
    [query("SELECT repeat('x', 100000000)")]])
def test_a_result_of_1_gb_is_cut_early_in_constant_memory(messages, limited):
    moat = limited({"max_result_bytes": "10MiB"})
    with moat.wire("app_super") as wire:
        wire.rows("SELECT 1")
        before, received, most = moat.rss_bytes(), 0, 0
        started = time.monotonic()
        wire.send(*messages)
        while True:
            kind, body = wire.read()
            if kind in "Dd":
                received += len(body) + 5
            if kind == "E":
                break
            most = max(most, moat.rss_bytes()) if received % 7 == 0 else most
        most = max(most, moat.rss_bytes())
        wire.read_until("Z")
        assert received <= 10 * MB
        check_limit(wire.errors[0], "limit.max-result-bytes", "54000", "larger than max_result_bytes 10MiB")
        assert wire.rows("SELECT 1") == [("1",)]
        if not SANITIZED:
            assert most - before < 8 * MB, f"{(most - before) // MB} MB more"
            assert time.monotonic() - started < 10
        assert moat.audited(id=id_in(wire.errors[0]))["bytes_returned"] == received


def test_no_cancel_of_a_cut_hits_an_innocent_statement(limited):
    moat = limited({"max_rows": 50})
    chance = random.Random(7)
    with moat.wire("shop_app") as wire:
        for i in range(400):
            n = chance.choice((51, 60, 500, 5000, 50_000))
            big = f"SELECT generate_series(1, {n})"
            wire.errors.clear()
            wire.ask(*([query(big)] if chance.random() < 0.5 else [one_shot(big), sync()]))
            check_limit(wire.errors[0], "limit.max-rows", "54000", "max_rows 50")
            assert wire.rows(f"SELECT {i}, pg_sleep(0)")[0][0] == str(i)
    assert moat.metrics_sum("pgmoat_limit_hits_total", rule="limit.max-rows") == 400


# --- max_connections ------------------------------------------------------------------

def refusal(moat, login="shop_app"):
    with pytest.raises(Refused) as refused:
        moat.wire(login)
    return refused.value.fields


def test_too_many_connections(limited, postgres):
    moat = limited({"max_connections": 3}, workers=2)
    wires = [moat.wire(login) for login in ("shop_app", "shop_app", "app_super")]
    for _ in range(4):  # whichever worker takes it
        check_end(refusal(moat), "limit.max-connections", "53300",
                  "too many connections for role app in environment production (max_connections 3)")
    with moat.wire("dev_ro") as other:
        assert other.rows("SELECT 1") == [("1",)]
    record = moat.audited(event="login", rule="limit.max-connections")
    assert (record["decision"], record["sqlstate"]) == ("deny", "53300")
    assert moat.metrics_sum("pgmoat_logins_total", outcome="refused", rule="limit.max-connections") == 4
    assert moat.metrics_sum("pgmoat_limit_hits_total", rule="limit.max-connections", role="app") == 4

    def comes_in():
        try:
            wires.append(moat.wire("shop_app"))
            return True
        except Refused as e:
            assert e.fields["C"] == "53300"
            return False
    # Each way to go gives the place back.
    wires[0].send(b"X\0\0\0\4")
    until(comes_in, "a place after Terminate")
    wires[1].socket.close()
    until(comes_in, "a place after a close")
    with postgres.connect() as direct:
        pid = int.from_bytes(wires[2].key[:4], "big")
        direct.execute("SELECT pg_terminate_backend(%s)", [pid])
    until(comes_in, "a place after the server ended it")
    assert refusal(moat)["C"] == "53300"


def test_connections_survive_a_reload(limited):
    moat = limited({"max_connections": 1})
    with moat.wire("shop_app") as wire:
        tree = copy.deepcopy(moat.tree)
        tree["roles"]["app"]["limits"]["max_connections"] = 2
        moat.reload(tree)
        with moat.wire("shop_app"):
            assert refusal(moat)["C"] == "53300"
        moat.reload(moat.tree)
        assert refusal(moat)["C"] == "53300"
        assert wire.rows("SELECT 1") == [("1",)]


def test_who_cannot_log_in_fills_no_place(start_pgmoat):
    moat = start_pgmoat(roles={"readonly": {"limits": {"max_connections": 1}}})
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            moat.wire("login_scram", password="wrong")
        assert refused.value.fields["C"] == "28P01"
    assert moat.wire("dev_ro").rows("SELECT 1") == [("1",)]


# --- reload ---------------------------------------------------------------------------

def test_new_limits_hold_from_the_next_statement_on(limited):
    moat = limited({"max_rows": 10})
    tree = copy.deepcopy(moat.tree)
    tree["roles"]["app"]["limits"] = {"max_rows": 20, "statement_timeout": "200ms"}
    with moat.wire("app_super") as wire:
        wire.send(query("SELECT pg_sleep(1.5), 'to its end'"))
        until(lambda: moat.metrics_sum("pgmoat_statements_total", decision="allow") == 1)
        moat.reload(tree)
        assert any("to its end" in x for x in wire.read_until("Z"))
        assert len(wire.rows("SELECT generate_series(1, 20)")) == 20
        for statement, sqlstate in (("SELECT generate_series(1, 21)", "54000"), (sleeps(30), "57014")):
            with pytest.raises(Refused) as refused:
                wire.rows(statement)
            assert refused.value.fields["C"] == sqlstate
        del tree["roles"]
        moat.reload(tree)
        assert len(wire.rows("SELECT generate_series(1, 100) FROM pg_sleep(0.5)")) == 100
