"""A client that does nothing forbidden cannot tell pgmoat from the server: the same messages,
in the same order, as over a direct connection."""
import pytest

from wire import (Closed, Wire, bind, close, copy_data, copy_done, copy_fail, describe, execute, flush,
                  message, one_shot, parse, query, sync, text)

CONVERSATIONS = {
    "simple query": [query("SELECT 1 AS a, NULL AS b, 'x' AS c")],
    "empty query": [query("")],
    "only a comment": [query("-- nothing")],
    "several statements": [query("SELECT 1; SELECT 2; SET work_mem = '8MB'; SELECT 3")],
    "an error among several": [query("SELECT 1; SELECT 1/0; SELECT 2")],
    "a transaction in one text": [query("BEGIN; SELECT 1; COMMIT")],
    "a failed transaction": [query("BEGIN"), query("SELECT 1/0"), query("SELECT 1"), query("COMMIT")],
    "warnings": [query("BEGIN"), query("BEGIN"), query("ROLLBACK"), query("COMMIT"), one_shot("ROLLBACK"), sync()],
    "parameter status": [query("SET TIME ZONE 'Asia/Tokyo'"), query("SET application_name = 'x y'")],
    "extended query": [one_shot("SELECT $1::int + 1", [41]), sync()],
    "NULL parameter": [one_shot("SELECT $1::text IS NULL", [None]), sync()],
    "empty extended query": [one_shot(""), sync()],
    "Sync alone": [sync()],
    "Flush, then Sync": [parse("", "SELECT 1"), flush(), bind(), flush(), execute(), flush(), sync()],
    "named statement, used twice, closed": [
        parse("s", "SELECT $1::int"), describe("S", "s"), sync(), bind("", "s", [1]), execute(), sync(),
        bind("p", "s", [2]), describe("P", "p"), execute("p"), close("P", "p"), close("S", "s"), sync()],
    "named statement made twice": [parse("s", "SELECT 1"), sync(), parse("s", "SELECT 2"), sync()],
    "portal suspended": [query("BEGIN"), parse("", "SELECT generate_series(1, 5)"), bind("p"),
                         execute("p", 2), execute("p", 2), execute("p", 2), execute("p", 2), sync(),
                         query("COMMIT")],
    "portal gone after the transaction": [parse("", "SELECT 1"), bind("p"), sync(), execute("p"), sync()],
    "error in Parse": [one_shot("SELECT no_such_column"), one_shot("SELECT 1"), sync(), query("SELECT 2")],
    "error in Bind": [parse("", "SELECT $1::int"), bind("", "", ["x"]), execute(), sync(), query("SELECT 2")],
    "error in Execute": [one_shot("SELECT 1/0"), one_shot("SELECT 1"), sync(), query("SELECT 2")],
    "error in Describe": [describe("S", "none"), one_shot("SELECT 1"), sync(), query("SELECT 2")],
    "error between good ones": [one_shot("SELECT 1"), one_shot("SELECT 1/0"), one_shot("SELECT 3"), sync()],
    "wrong number of parameters": [parse("", "SELECT $1::int"), bind("", "", []), sync()],
    "Close of nothing": [close("S", "none"), close("P", "none"), sync()],
    "a pipeline with its own transaction": [
        one_shot("BEGIN"), one_shot("INSERT INTO products (name, price_cents) VALUES ('x', 1)"),
        one_shot("SELECT count(*) FROM products"), one_shot("ROLLBACK"), sync()],
    "several Syncs at once": [one_shot("SELECT 1"), sync(), one_shot("SELECT 1/0"), sync(), one_shot("SELECT 3"), sync()],
    "queries sent without waiting": [query("SELECT 1"), query("SELECT 1/0"), query("SELECT 3")],
    "PREPARE and EXECUTE": [query("PREPARE p AS SELECT 1"), query("EXECUTE p"), query("DEALLOCATE p"), query("EXECUTE p")],
    "cursors": [query("BEGIN; DECLARE c CURSOR FOR SELECT generate_series(1, 3)"), query("FETCH 2 FROM c"),
                query("FETCH ALL FROM c"), query("COMMIT")],
    "copy out": [query("COPY (SELECT generate_series(1, 3)) TO STDOUT")],
    "copy out among others": [query("SELECT 1; COPY (SELECT 1) TO STDOUT; SELECT 2")],
    "copy out fails": [query("COPY (SELECT 1/(2 - i) FROM generate_series(1, 3) i) TO STDOUT")],
    "copy out, extended": [parse("", "COPY (SELECT 1) TO STDOUT"), bind(), execute(), sync()],
    "copy in": [query("BEGIN"), query("COPY order_items FROM STDIN"), copy_data(b"1\t59\t1\n"),
                copy_data(b"1\t60\t"), copy_data(b"2\n"), copy_done(), query("ROLLBACK")],
    "copy in among others": [query("BEGIN"), query("SELECT 1; COPY order_items FROM STDIN; SELECT 2"),
                             copy_data(b"1\t59\t1\n"), copy_done(), query("ROLLBACK")],
    "copy in, nothing in it": [query("COPY order_items FROM STDIN"), copy_done()],
    "copy in given up": [query("COPY order_items FROM STDIN"), copy_data(b"1\t59\t1\n"), copy_fail(), query("SELECT 1")],
    "copy in of nonsense": [query("COPY order_items FROM STDIN"), copy_data(b"nonsense\n"), copy_done(), query("SELECT 1")],
    "copy in fails at once, data follows": [query("COPY no_such_table FROM STDIN"), copy_data(b"x\n"), copy_done(), query("SELECT 1")],
    "copy in, a Sync in the middle is ignored": [
        query("BEGIN"), query("COPY order_items FROM STDIN"), sync(), flush(), copy_data(b"1\t59\t1\n"), copy_done(), query("ROLLBACK")],
    "copy in, extended, Sync sent early as libpq does": [
        query("BEGIN"), parse("", "COPY order_items FROM STDIN"), bind(), describe(), execute(), sync(),
        copy_data(b"1\t59\t1\n"), copy_done(), sync(), query("ROLLBACK")],
    "copy in, extended, nonsense": [
        parse("", "COPY order_items FROM STDIN"), bind(), execute(), sync(), copy_data(b"nonsense\n"), copy_done(),
        sync(), query("SELECT 1")],
    "copy in, extended, given up": [
        parse("", "COPY order_items FROM STDIN"), bind(), execute(), sync(), copy_fail(), sync(), query("SELECT 1")],
    "copy in interrupted by a Query": [query("COPY order_items FROM STDIN"), query("SELECT 1"), query("SELECT 2")],
    "LISTEN and NOTIFY": [query("LISTEN jobs"), query("NOTIFY jobs, 'hello'"), one_shot("NOTIFY jobs"), sync()],
    "explain": [query("EXPLAIN (COSTS off) SELECT 1")],
    "savepoints": [query("BEGIN; SAVEPOINT a"), query("SELECT 1/0"), query("ROLLBACK TO a"), query("SELECT 1"), query("COMMIT")],
    "all fields of an error": [query("INSERT INTO products (id, name, price_cents) VALUES (0, 'x', -1)")],
    "function text as its own statement": [one_shot("SELECT pg_notify('jobs', 'x')"), sync()],
}


def converse(wire, messages):
    """Everything until the server has answered all of them, and then one more Query."""
    wire.send(*messages)
    wire.send(query("ROLLBACK; SELECT 'the end'"))
    lines = []
    try:
        while "DataRow the end" not in lines:
            lines += wire.read_until("Z")
    except Closed:
        lines.append("(closed)")
    return lines, wire.errors, wire.notices


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_same_as_direct(name, pgmoat, postgres):
    with Wire(postgres.port).login("app_super") as direct, pgmoat.wire("app_super") as through:
        assert converse(through, CONVERSATIONS[name]) == converse(direct, CONVERSATIONS[name])


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_same_as_direct_byte_by_byte(name, pgmoat, postgres):
    if sum(len(m) for m in CONVERSATIONS[name]) > 300:
        pytest.skip("the short ones suffice")
    with Wire(postgres.port).login("app_super") as direct, pgmoat.wire("app_super") as through:
        class Dribble:
            def __init__(self, wire):
                self.__dict__.update(wire.__dict__)
                self.read_until, self.send_whole = wire.read_until, wire.send

            def send(self, *messages):
                for byte in b"".join(messages):
                    self.send_whole(bytes([byte]))
        assert converse(Dribble(through), CONVERSATIONS[name]) == converse(direct, CONVERSATIONS[name])


@pytest.mark.parametrize("protocol", ["simple", "extended", "extended, Sync sent early"])
@pytest.mark.parametrize("late", ["CopyData, CopyDone", "CopyDone", "CopyFail", "nothing"])
def test_copy_in_that_fails_before_its_data_ends(protocol, late, pgmoat, postgres):
    """The error comes first; what belongs to the COPY is still on its way and is ignored."""
    begin = [query("COPY order_items FROM STDIN")] if protocol == "simple" else \
        [parse("", "COPY order_items FROM STDIN"), bind(), execute()] + [sync()] * ("early" in protocol)
    rest = {"CopyData, CopyDone": [copy_data(b"1\t59\t1\n"), copy_done()], "CopyDone": [copy_done()],
            "CopyFail": [copy_fail()], "nothing": []}[late]
    dialogues = []
    for wire in (Wire(postgres.port).login("app_super"), pgmoat.wire("app_super")):
        wire.send(*begin, copy_data(b"nonsense\n"))
        lines = wire.read_until("E")
        wire.send(*rest)
        if protocol != "simple":
            wire.send(sync())
        wire.send(query("SELECT 1"), one_shot("SELECT 2"), sync(), query("SELECT 'the end'"))
        try:
            while "DataRow the end" not in lines:
                lines += wire.read_until("Z")
        except Closed:
            lines.append("(closed)")
        dialogues.append((lines, wire.errors))
    assert dialogues[1] == dialogues[0]


def test_login_reports_the_same_parameters_and_the_servers_own_key(pgmoat, postgres):
    with Wire(postgres.port).login("app_super", application_name="x") as direct, \
            pgmoat.wire("app_super", application_name="x") as through:
        assert through.parameters == direct.parameters
        pid = int.from_bytes(through.key[:4], "big")
        assert through.rows("SELECT pg_backend_pid()") == [(str(pid),)]


def test_denied_looks_as_if_the_server_had_refused_it(pgmoat, postgres):
    """At every place of a pipeline: a denied statement through pgmoat, and one that really
    fails at the same message over a direct connection."""
    good, denied, failing = "SELECT 1", "TRUNCATE order_items", "SELEC 1"
    for place in range(4):
        for in_transaction in (False, True):
            def pipeline(bad):
                statements = [good] * 4
                statements[place] = bad
                begin = [query("BEGIN")] if in_transaction else []
                return begin + [one_shot(s) for s in statements] + [sync(), query("SELECT 2")]
            with Wire(postgres.port).login("app_super") as direct, pgmoat.wire("app_super") as through:
                seen = converse(through, pipeline(denied))[0]
                expected = converse(direct, pipeline(failing))[0]
                swapped = [x.replace("42501", "42601") for x in seen]
                assert swapped == expected, (place, in_transaction)


def test_unknown_message_types_are_the_servers_to_refuse(pgmoat, postgres):
    """Or pgmoat's, as a protocol violation: but never silently dropped."""
    with pgmoat.wire("app_super") as wire:
        wire.send(message(b"y", text("what is this")))
        lines = wire.read_to_end()
        assert lines[0] == "ErrorResponse FATAL 08P01", lines
