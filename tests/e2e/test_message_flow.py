"""What may happen at any time: notices, notifications, changed parameters, timeouts, the end of
a session by either side.  Each is done over a direct connection and through pgmoat, against
PostgreSQL 15 and 18, and must look the same."""
import socket
import struct

import pytest

from pair import pid_of, to_end, until_waiting
from servers import until
from wire import (GSSENC_REQUEST, SSL_REQUEST, Closed, Wire, bind, copy_data, copy_done, execute, flush, line,
                  one_shot, parse, query, request, startup, sync, terminate)


def same(results):
    direct, through = results
    assert through == direct
    return direct


# --- notifications ---

def test_notification_while_idle(pair):
    def scenario(wire):
        wire.ask(query("LISTEN jobs"))
        with pair.witness() as ask:
            ask.execute("NOTIFY jobs, 'hello'")
            ask.execute("SELECT pg_notify('jobs', repeat('x', 7999))")
        lines = wire.read_until("A") + wire.read_until("A")
        return lines + wire.ask(query("SELECT 1"))
    lines = same(pair.both(scenario))
    assert lines[:2] == ["NotificationResponse jobs hello", f"NotificationResponse jobs {'x' * 7999}"]


def test_notification_in_a_transaction_waits_for_its_end(pair):
    def scenario(wire):
        wire.ask(query("LISTEN jobs"), query("BEGIN"), readies=2)
        with pair.witness() as ask:
            ask.execute("NOTIFY jobs, 'hello'")
        return wire.ask(query("SELECT 1"), one_shot("SELECT 2"), sync(), query("COMMIT"), readies=3)
    lines = same(pair.both(scenario))
    assert lines[-3:] == ["CommandComplete COMMIT", "NotificationResponse jobs hello", "ReadyForQuery I"]


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_notification_between_pipelined_messages(pair, protocol):
    texts = ["SELECT pg_advisory_xact_lock(1)", "SELECT 2", "SELECT 3"]
    messages = [query(t) if protocol == "simple" else one_shot(t) + sync() for t in texts]

    def scenario(wire):
        wire.ask(query("LISTEN jobs"))
        with pair.witness() as ask:
            ask.execute("SELECT pg_advisory_lock(1)")
            wire.send(*messages)
            until_waiting(ask, wire)
            ask.execute("NOTIFY jobs, 'hello'")
            ask.execute("SELECT pg_advisory_unlock(1)")
        return [x for _ in texts for x in wire.read_until("Z")]
    lines = same(pair.both(scenario))
    assert lines.index("NotificationResponse jobs hello") < lines.index("DataRow 2")


def test_notifications_to_many_sessions_lose_none(pair):
    wires = [Wire(pair.moat.port).login("app_super") for _ in range(20)]
    for wire in wires:
        wire.ask(query("LISTEN jobs"))
    with pair.witness() as ask:
        for i in range(200):
            ask.execute("SELECT pg_notify('jobs', %s)", [str(i)])
    for wire in wires:
        assert [wire.read_until("A") for _ in range(200)] == [[f"NotificationResponse jobs {i}"] for i in range(200)]
        wire.socket.close()


# --- notices ---

NOISY = """CREATE OR REPLACE FUNCTION noisy(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    RAISE NOTICE 'n%', i; RAISE WARNING 'w%', i; RAISE INFO '%', repeat('long', 100000); RETURN i; END $$"""


@pytest.mark.parametrize("messages", ids=["simple", "extended", "COPY"], argvalues=[
    [query("SELECT noisy(i) FROM generate_series(1, 5) i")],
    [one_shot("SELECT noisy(i) FROM generate_series(1, 5) i"), sync()],
    [query("COPY (SELECT noisy(i) FROM generate_series(1, 5) i) TO STDOUT")]])
def test_notices_between_rows(pair, messages):
    with pair.witness() as ask:
        ask.execute(NOISY)
    results = pair.both(lambda wire: (wire.ask(*messages), wire.notices))
    lines, notices = same(results)
    assert len(notices) == 15 and lines.count("NoticeResponse WARNING 01000") == 5


def test_debug_messages_are_notices_too(pair):
    def scenario(wire):
        wire.ask(query("SET client_min_messages = debug5"))
        return [x for x in wire.ask(query("SELECT 1"), one_shot("SELECT 2"), sync(), readies=2) if "Notice" not in x], \
            len(wire.notices) > 5
    assert same(pair.both(scenario))[1]


# --- ParameterStatus ---

REPORTED = {"IntervalStyle": "iso_8601", "DateStyle": "German, DMY", "TimeZone": "Asia/Tokyo"}


@pytest.mark.parametrize("place", ["idle", "in a transaction", "between pipelined messages"])
def test_parameters_changed_by_a_reload_of_the_server(pair, place):
    def change(ask, action):
        for name, value in REPORTED.items():
            ask.execute(f'ALTER SYSTEM {action} "{name}"' + (f" = '{value}'" if action == "SET" else ""))
        ask.execute("SELECT pg_reload_conf()")

        def seen():  # by a new session: then all older ones have been signalled
            with Wire(pair.server.port).login("app_super") as new:
                return (new.parameters["IntervalStyle"] == "iso_8601") == (action == "SET")
        until(seen, "the server's reload")

    def scenario(wire):
        with pair.witness() as ask:
            try:
                if place == "idle":
                    change(ask, "SET")
                    lines = wire.ask(query("SELECT 1"))
                elif place == "in a transaction":
                    wire.ask(query("BEGIN"))
                    change(ask, "SET")
                    lines = wire.ask(query("SELECT 1"), query("COMMIT"), readies=2)
                else:
                    ask.execute("SELECT pg_advisory_lock(2)")
                    wire.send(one_shot("SELECT pg_advisory_xact_lock(2)"), sync(), query("SELECT 2"))
                    until_waiting(ask, wire)
                    change(ask, "SET")
                    ask.execute("SELECT pg_advisory_unlock(2)")
                    lines = wire.read_until("Z") + wire.read_until("Z")
            finally:
                change(ask, "RESET")
        return lines, wire.ask(query("SELECT 3"))
    changed, back = same(pair.both(scenario))
    assert [x for x in changed if x.startswith("ParameterStatus")] != []
    assert len([x for x in changed + back if "IntervalStyle" in x]) == 2


@pytest.mark.parametrize("text", [
    "SELECT set_config('TimeZone', 'Asia/Tokyo', false)", "BEGIN; SET LOCAL DateStyle = 'German'; SELECT 1; COMMIT",
    "SET SESSION AUTHORIZATION dev_super; RESET SESSION AUTHORIZATION", "SET client_encoding = 'LATIN1'; SELECT 'ä'",
    "DO $$ BEGIN SET IntervalStyle = 'iso_8601'; RAISE NOTICE 'x'; SET IntervalStyle = 'postgres'; END $$",
    "SET standard_conforming_strings = off; SELECT 'a\\nb'", "SET application_name = 'q'; RESET ALL; DISCARD ALL"])
def test_parameters_changed_by_the_session(pair, text):
    """As admin, whom nothing is forbidden."""
    dialogues = []
    for port in pair.ports:
        with Wire(port).login("postgres") as wire:
            dialogues.append(wire.ask(*map(query, text.split("; ")) if "DO" not in text else [query(text)],
                                      readies=1 if "DO" in text else len(text.split("; "))))
    same(dialogues)


# --- negotiation ---

def hello(port, *packets):
    """Everything the server says to these first packets, but what is secret or a process id."""
    with Wire(port) as wire:
        said = []
        for packet in packets[:-1]:
            wire.send(packet)
            said.append(wire.exactly(1))
        wire.send(packets[-1])
        try:
            while True:
                kind, body = wire.read()
                said.append((kind, len(body) if kind == "K" else line(kind, body) if kind == "E" else body))
                if kind == "Z":
                    return said
        except Closed:
            return said + ["closed"]


VERSIONS = {
    "3.0": (3 << 16, {}), "3.1": (3 << 16 | 1, {}), "3.2": (3 << 16 | 2, {}), "3.3": (3 << 16 | 3, {}),
    "3.9999": (3 << 16 | 9999, {}), "3.9999 and an option": (3 << 16 | 9999, {"_pq_.test_protocol_negotiation": ""}),
    "3.0 and options": (3 << 16, {"_pq_.a": "1", "_pq_.b": "x", "application_name": "y"}),
    "3.2 and options": (3 << 16 | 2, {"_pq_.a": "1", "DateStyle": "German"}),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_protocol_versions_and_options(pair, name):
    version, parameters = VERSIONS[name]
    said = same([hello(port, startup("app_super", version=version, **parameters)) for port in pair.ports])
    assert said[-1] == ("Z", b"I")
    if "9999" in name or "options" in name:
        assert said[0][0] == "v" or said[1][0] == "v"


@pytest.mark.parametrize("requests", ids=["SSL", "GSSENC", "GSSENC, SSL", "SSL, GSSENC"], argvalues=[
    [SSL_REQUEST], [GSSENC_REQUEST], [GSSENC_REQUEST, SSL_REQUEST], [SSL_REQUEST, GSSENC_REQUEST]])
def test_requests_for_encryption_that_is_not_there(pair, requests):
    """Not compared where the server has GSSAPI."""
    said = hello(pair.moat.port, *map(request, requests), startup("app_super"))
    assert said == [b"N"] * len(requests) + hello(pair.server.port, startup("app_super"))


@pytest.mark.parametrize("parameters", ids=str, argvalues=[
    {"database": "none_such"}, {"database": None, "user": "app_super"}, {"datestyle": "nonsense"},
    {"no_such_setting": "1"}, {"options": "-c work_mem=1GB -c geqo=off"}, {"options": "-c no_such=1"}])
def test_logins_that_the_server_refuses_or_not(pair, parameters):
    same([hello(port, startup(**{"user": "app_super", "database": "shop", **parameters})) for port in pair.ports])


# --- the server's timeouts ---

@pytest.mark.parametrize("setting, messages", [
    ("statement_timeout=200ms", [query("SELECT 1; SELECT pg_sleep(60)"), query("SELECT 2")]),
    ("statement_timeout=200ms", [one_shot("SELECT 1"), one_shot("SELECT pg_sleep(60)"), one_shot("SELECT 3"), sync(),
                                 query("SELECT 2")]),
    ("statement_timeout=200ms", [query("COPY (SELECT i, pg_sleep(0.15) FROM generate_series(1, 9) i) TO STDOUT"),
                                 query("SELECT 2")]),
], ids=["simple", "extended", "COPY"])
def test_statement_timeout_of_the_server(pair, setting, messages):
    dialogues = []
    for port in pair.ports:
        with Wire(port).login("app_super", options=f"-c {setting}") as wire:
            lines = wire.ask(*messages, readies=2)
            dialogues.append([x for x in lines if not x.startswith("CopyData")])
    assert "ErrorResponse ERROR 57014" in same(dialogues)


@pytest.mark.parametrize("setting, before", [
    ("idle_session_timeout", []), ("idle_in_transaction_session_timeout", [query("BEGIN"), query("SELECT 1")]),
    ("idle_in_transaction_session_timeout", [query("BEGIN"), query("SELECT 1/0")])])
def test_idle_timeouts_of_the_server(pair, setting, before):
    dialogues = []
    for port in pair.ports:
        with Wire(port).login("app_super", options=f"-c {setting}=150ms") as wire:
            lines = wire.ask(*before, readies=len(before)) if before else []
            dialogues.append((lines + to_end(wire), wire.errors))
    lines, _ = same(dialogues)
    assert lines[-1] in ("ErrorResponse FATAL 57P05", "ErrorResponse FATAL 25P03")


# --- the client's end ---

def messages_before_an_end():
    long = "SELECT repeat('x', 1000) FROM generate_series(1, 5000)"
    return {
        "nothing": [], "a query": [query("SELECT 1")], "many": [query("SELECT 1")] * 500,
        "a large result": [query(long), one_shot(long), sync()],
        "a slow one": [query("SELECT pg_sleep(0.3)"), query("SELECT 2")],
        "in a transaction": [query("BEGIN"), query("INSERT INTO ended VALUES (1)")],
        "pipeline without Sync": [one_shot("INSERT INTO ended VALUES (2)")],
        "pipeline with Flush": [one_shot("INSERT INTO ended VALUES (3)"), flush()],
        "pipeline with Sync": [one_shot("INSERT INTO ended VALUES (4)"), sync()],
        "an error": [query("SELECT 1/0")],
        "COPY without its end": [query("COPY ended FROM STDIN"), copy_data(b"5\n")],
        "COPY": [query("COPY ended FROM STDIN"), copy_data(b"6\n"), copy_done()],
        "half a message": [query("SELECT 1"), query("INSERT INTO ended VALUES (7)")[:-3]],
        "half a Bind": [parse("", "SELECT 1"), bind("", "", [b"y" * 100_000])[:-3]],
    }


@pytest.mark.parametrize("end", ["Terminate", "end of stream"])
@pytest.mark.parametrize("name", messages_before_an_end())
def test_client_ends_behind(pair, name, end):
    """What the server still answers arrives: a client may stop sending and go on reading."""
    if end == "Terminate" and "half" in name:
        pytest.skip("would be the rest of it")
    dialogues = []
    for port in pair.ports:
        with pair.witness() as ask, Wire(port).login("app_super") as wire:
            ask.execute("DROP TABLE IF EXISTS ended; CREATE TABLE ended (a int)")
            wire.send(*messages_before_an_end()[name], *[terminate()] * (end == "Terminate"))
            if wire.writing:
                wire.writing.join()
            if end == "end of stream":
                wire.socket.shutdown(socket.SHUT_WR)
            lines = to_end(wire)
            until(lambda: ask(wire) is None, "the server's session ends")
            dialogues.append((lines, ask.execute("SELECT a FROM ended").fetchall()))
    lines, _ = same(dialogues)
    assert lines or name in ("nothing", "pipeline without Sync", "half a Bind")
    until(lambda: pair.moat.metrics_sum("pgmoat_sessions") == 0, "pgmoat's session ends")


@pytest.mark.parametrize("messages", ids=["idle", "in a transaction", "a long query", "a large result", "COPY in"], argvalues=[
    [], [query("BEGIN"), query("INSERT INTO gone VALUES (1)")], [query("SELECT pg_sleep(0.5)")],
    [query("SELECT repeat('x', 1000) FROM generate_series(1, 200000)")],
    [query("COPY gone FROM STDIN"), *[copy_data(b"1\n" * 10000)] * 10]])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_is_gone(pair, messages, how):
    """The server's session ends, nothing of an open transaction stays."""
    with pair.witness() as ask, Wire(pair.moat.port).login("app_super") as wire:
        ask.execute("DROP TABLE IF EXISTS gone; CREATE TABLE gone (a int)")
        wire.send(*messages)
        if wire.writing:
            wire.writing.join()
        if how == "reset":
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
        until(lambda: ask(wire) is None, "the server's session ends")
        assert ask.execute("SELECT count(*) FROM gone").fetchone() == (0,)
    until(lambda: pair.moat.metrics_sum("pgmoat_sessions") == 0, "pgmoat's session ends")


# --- the server ends one session ---

@pytest.mark.parametrize("messages", ids=["idle", "in a transaction", "a query", "a pipeline", "COPY in"], argvalues=[
    [], [query("BEGIN"), query("SELECT 1")], [query("SELECT pg_sleep(600)")],
    [one_shot("SELECT 1"), one_shot("SELECT pg_sleep(600)"), one_shot("SELECT 2"), sync(), query("SELECT 3")],
    [query("CREATE TEMP TABLE t (a text)"), query("COPY t FROM STDIN"), copy_data(b"x\n")]])
def test_pg_terminate_backend(pair, messages):
    def scenario(wire):
        wire.send(*messages)
        with pair.witness() as ask:
            texts = "".join(map(str, messages))
            if "sleep" in texts:
                until_waiting(ask, wire)
            else:
                lines = [wire.read_until("G") if "COPY" in texts else wire.read_until("Z") for _ in messages[:2]
                         if "COPY" not in texts or _ is messages[1]]
                assert lines or not messages
            ask.execute("SELECT pg_terminate_backend(%s)", [pid_of(wire)])
        return to_end(wire), wire.errors
    lines, _ = same(pair.both(scenario))
    assert lines[-1] == "ErrorResponse FATAL 57P01"
