"""What a statement's text does not show: sizes, function calls, statements prepared before,
denials in every message and at every place of a pipeline."""
import struct

import pytest

from errors import check_refusal
from servers import PATIENCE
from wire import (bind, close, describe, execute, flush, function_call, one_shot, parse, query, sync)

HUGE = {
    "a 100 MB statement": (lambda: b"SELECT '" + b"x" * 100_000_000 + b"'", {"54000"}),
    "a 20 MB IN list": (lambda: b"SELECT 1 WHERE 1 IN (" + b"1," * 10_000_000 + b"1)", {"54000"}),
    # Read, judged, and left to the server's own max_stack_depth, or refused here.
    "one million +1": (lambda: b"SELECT 1" + b"+1" * 1_000_000, {"54001"}),
    "100,000 nested parentheses":
        (lambda: b"SELECT " + b"(" * 100_000 + b"1" + b")" * 100_000, {"54001", "42601"}),
    "100,000 nested subselects":
        (lambda: b"SELECT " + b"(SELECT " * 100_000 + b"1" + b")" * 100_000, {"54001", "42601"}),
    "a write under 5,000 nested subselects":
        (lambda: b"SELECT " + b"(SELECT " * 5_000 + b"nextval('invoice_number')" + b")" * 5_000,
         {"25006", "42501", "54001", "42601"}),
    "100,000 nested NOT": (lambda: b"SELECT " + b"NOT " * 100_000 + b"true", {"54001", "42601"}),
    "100,000 nested CASE":
        (lambda: b"SELECT " + b"CASE WHEN true THEN " * 100_000 + b"1" + b" END" * 100_000,
         {"54001", "42601"}),
    "100,000 nested arrays":
        (lambda: b"SELECT " + b"ARRAY[" * 100_000 + b"1" + b"]" * 100_000, {"54001", "42601"}),
    "100,000 UNIONs": (lambda: b"SELECT 1" + b" UNION SELECT 1" * 100_000, {"54001", "42601"}),
    "100,000 statements, the last a DELETE":
        (lambda: b"SELECT 1;" * 100_000 + b"DELETE FROM order_items", {"25006"}),
}


@pytest.mark.parametrize("protocol", ["simple", "extended"])
@pytest.mark.parametrize("name", HUGE)
def test_huge_statement(name, protocol, pgmoat, postgres, unchanged):
    make, expected = HUGE[name]
    statement = make()
    with pgmoat.wire("dev_super") as wire:
        wire.socket.settimeout(PATIENCE * 3)
        log = postgres.log_end()
        if protocol == "simple":
            dialogue = wire.ask(query(statement))
        else:
            dialogue = wire.ask(one_shot(statement), sync())
        assert len(wire.errors) == 1 and dialogue[-1] == "ReadyForQuery I", dialogue[-3:]
        check_refusal(wire.errors[0], expected)
        # pgmoat's own catalog query may be in the log.
        assert postgres.log_end() - log < min(len(statement) / 2, 100_000), "the statement reached the server"
        assert wire.rows("SELECT 'still here'") == [("still here",)]


def test_another_session_is_not_stalled_by_a_huge_statement(pgmoat):
    with pgmoat.wire("dev_super") as slow, pgmoat.wire("dev_super") as quick:
        slow.send(query(b"SELECT 1" + b"+1" * 5_000_000))
        assert quick.rows("SELECT 1") == [("1",)]
        slow.read_until("Z")


# OIDs of pg_proc below 10000 are the same in every release.
@pytest.mark.parametrize("name, oid, arguments", [
    ("lo_create", 715, [struct.pack("!I", 0)]), ("lo_unlink", 964, [struct.pack("!I", 4242)]),
    ("pg_read_file", 2624, [b"PG_VERSION"]), ("lowrite", 955, [struct.pack("!i", 0), b"x"]),
    ("setval", 1576, [struct.pack("!I", 1), struct.pack("!q", 9)]),
    ("pg_terminate_backend", 2096, [struct.pack("!i", 1), struct.pack("!q", 0)])])
def test_function_call_of_a_writing_function(name, oid, arguments, pgmoat, unchanged):
    with pgmoat.wire("dev_super") as wire:
        dialogue = wire.ask(function_call(oid, *arguments))
        assert dialogue == [f"ErrorResponse ERROR {wire.errors[0]['C']}", "ReadyForQuery I"]
        check_refusal(wire.errors[0], {"25006", "42501"}, "readonly")
        assert wire.rows("SELECT 1") == [("1",)]


def test_function_call_of_an_own_function(pgmoat, postgres, unchanged):
    with postgres.connect() as direct:
        (oid,) = direct.execute("SELECT 'restock'::regproc::oid::int").fetchone()
    with pgmoat.wire("dev_super") as wire:
        assert len(wire.ask(function_call(oid, struct.pack("!i", 1)))) == 2
        check_refusal(wire.errors[0], {"25006", "42501"}, "readonly")


def test_function_call_for_a_role_that_may(pgmoat):
    with pgmoat.wire("postgres") as wire:
        int4pl = 177
        assert wire.ask(function_call(int4pl, struct.pack("!i", 2), struct.pack("!i", 3))) == \
            ["FunctionCallResponse", "ReadyForQuery I"]


DENIED = [  # (name, messages, trace)
    ("alone", [parse("", "DROP TABLE orders"), sync()], ["ErrorResponse ERROR 25006", "ReadyForQuery I"]),
    ("skips what follows until Sync",
     [parse("", "DROP TABLE orders"), bind(), describe(), execute(), one_shot("SELECT 1"), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I"]),
    ("what came before is answered",
     [one_shot("SELECT 1"), one_shot("DELETE FROM orders"), one_shot("SELECT 2"), sync()],
     ["ParseComplete", "BindComplete", "RowDescription ?column?", "DataRow 1", "CommandComplete SELECT 1",
      "ErrorResponse ERROR 25006", "ReadyForQuery I"]),
    ("two refusals are one error: the second is skipped",
     [parse("", "DROP TABLE orders"), parse("", "DROP TABLE orders"), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I"]),
    ("a Flush is no Sync",
     [parse("", "DROP TABLE orders"), flush(), one_shot("SELECT 1"), flush(), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I"]),
    ("a named statement",
     [parse("s", "DROP TABLE orders"), sync(), bind("", "s"), execute(), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I", "ErrorResponse ERROR 26000", "ReadyForQuery I"]),
    ("after the Sync all is well",
     [parse("", "DROP TABLE orders"), sync(), one_shot("SELECT 1"), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I", "ParseComplete", "BindComplete",
      "RowDescription ?column?", "DataRow 1", "CommandComplete SELECT 1", "ReadyForQuery I"]),
    ("Query behind a skipped pipeline is skipped as well",
     [parse("", "DROP TABLE orders"), query("SELECT 1"), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I"]),
    ("Close of what was refused", [parse("s", "DROP TABLE orders"), close("S", "s"), sync(), close("S", "s"), sync()],
     ["ErrorResponse ERROR 25006", "ReadyForQuery I", "CloseComplete", "ReadyForQuery I"]),
]


@pytest.mark.parametrize("name, messages, trace", DENIED, ids=[d[0] for d in DENIED])
def test_denial_in_a_pipeline(name, messages, trace, pgmoat, unchanged):
    with pgmoat.wire("dev_super") as wire:
        assert wire.ask(*messages, readies=sum(t.startswith("Ready") for t in trace)) == trace
        assert wire.rows("SELECT 1") == [("1",)]


def test_prepared_by_sql_runs_and_is_bound_by_the_extended_protocol(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        wire.ask(query("PREPARE p(int) AS SELECT $1 + 1"))
        assert "DataRow 42" in wire.ask(bind("", "p", [41]), execute(), sync())
        wire.ask(query("DEALLOCATE p"))
        wire.ask(bind("", "p", [41]), sync())
        assert wire.errors[-1]["C"] == "26000"


def test_a_name_used_again_means_the_new_statement(pgmoat, unchanged):
    with pgmoat.wire("dev_super") as wire:
        wire.ask(parse("s", "SELECT 1"), sync())
        wire.ask(close("S", "s"), parse("s", "DELETE FROM orders"), sync())
        assert wire.errors[-1]["C"] == "25006"
        wire.ask(bind("", "s"), execute(), sync())
        assert wire.errors[-1]["C"] == "26000"
