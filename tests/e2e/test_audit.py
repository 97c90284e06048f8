"""Everything that was asked is on record, with what was decided and what came of it."""
import os
import re
import socket
import struct

import pytest

from errors import check_refusal
from servers import until
from wire import Refused, bind, execute, flush, function_call, one_shot, parse, query, sync

COMMON = {"v", "id", "time", "event", "environment", "session", "login", "role", "client_address",
          "application_name", "database", "server_pid", "outcome", "duration_us", "seq", "hash", "identity",
          "policy_version"}
STATEMENT = COMMON | {"protocol_event", "statement", "statement_bytes", "kinds", "relations", "decision",
                      "transaction", "transaction_status", "rows_affected", "rows_returned", "bytes_returned",
                      "proxy_us"}


def test_a_session_from_login_to_disconnect(start_pgmoat):
    moat = start_pgmoat()
    wire = moat.wire("dev_ro", application_name="psql of Ada")
    address = "{}:{}".format(*wire.socket.getsockname())
    wire.rows("SELECT id FROM customers ORDER BY id LIMIT 3")
    wire.ask(query("DELETE FROM order_items WHERE order_id = 1"))
    wire.ask(query("SELECT 1/0"))
    wire.send(b"X\0\0\0\4")
    wire.read_to_end()
    until(lambda: moat.audit(event="disconnect"), "the disconnect's record")
    login, read, denied, failed, disconnect = moat.audit()

    assert [r["event"] for r in moat.audit()] == ["login"] + 3 * ["statement"] + ["disconnect"]
    for record in moat.audit():
        assert COMMON <= record.keys(), record
        assert record["session"] == login["session"]
        assert (record["environment"], record["login"], record["role"]) == ("production", "dev_ro", "readonly")
        assert (record["client_address"], record["database"]) == (address, "shop")
        assert record["application_name"] == "psql of Ada"
        assert record["server_pid"] == int.from_bytes(wire.key[:4], "big")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", record["time"])
    ids = [r["id"] for r in moat.audit()]
    assert len(set(ids)) == 5

    assert STATEMENT <= read.keys()
    assert (read["decision"], read["outcome"], read["rows_returned"]) == ("allow", "ok", 3)
    assert read["kinds"] == ["read"] and read["relations"] == [{"name": "customers", "access": "read"}]
    assert read["protocol_event"] == "Query" and read["duration_us"] > 0 and read["bytes_returned"] > 0
    assert read["statement"] == "SELECT id FROM customers ORDER BY id LIMIT 3"

    assert STATEMENT | {"rule", "reason", "sqlstate"} <= denied.keys() | {"proxy_us"}
    assert (denied["decision"], denied["outcome"], denied["sqlstate"]) == ("deny", "denied", "25006")
    assert denied["kinds"] == ["delete"] and {"name": "order_items", "access": "write"} in denied["relations"]
    assert denied["reason"] == wire.errors[0]["M"]

    assert (failed["decision"], failed["outcome"], failed["sqlstate"]) == ("allow", "error", "22012")
    assert disconnect["outcome"] == "ok"


def test_the_ids_in_errors_are_those_of_the_records(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        wire.ask(query("DROP TABLE orders"))
        wire.ask(one_shot("DELETE FROM orders"), sync())
        wire.ask(function_call(715, b"\0\0\0\0"))
        for error, event in zip(wire.errors, ("Query", "Parse", "FunctionCall")):
            rule, audit_id = check_refusal(error, {"25006", "42501"}, "readonly")
            record = pgmoat.audited(id=audit_id)
            assert (record["rule"], record["protocol_event"]) == (rule, event)
            assert (record["sqlstate"], record["decision"]) == (error["C"], "deny")


def test_the_servers_log_shows_the_refusal_with_the_same_id(pgmoat, postgres):
    log = postgres.log_end()
    with pgmoat.wire("dev_super") as wire:
        wire.ask(query("DROP TABLE orders"))
        _, audit_id = check_refusal(wire.errors[0], {"25006"})
    assert audit_id in postgres.log_since(log)


def test_each_statement_of_a_text_and_of_a_pipeline(pgmoat):
    mark = os.urandom(4).hex()
    with pgmoat.wire("app_super", application_name=mark) as wire:
        wire.ask(query(f"SELECT 1 /* {mark} */; SELECT generate_series(1, 4); SELECT 1/0; SELECT 3"))
        wire.ask(one_shot("SELECT 5"), one_shot("SELECT generate_series(1, 6)"), sync())
        wire.ask(parse("s", "SELECT $1::int"), bind("", "s", [1]), execute(), bind("", "s", [2]), execute(), sync())
    until(lambda: pgmoat.audit(application_name=mark, event="disconnect"))
    seen = [(r["outcome"], r["rows_returned"]) for r in pgmoat.audit(application_name=mark, event="statement")]
    assert seen == [("ok", 1), ("ok", 4), ("error", 0), ("skipped", 0), ("ok", 1), ("ok", 6), ("ok", 1), ("ok", 1)]


def test_each_relation_of_a_short_statement(pgmoat):
    """However little text there is beside their names: an auditor asks for those."""
    mark = os.urandom(4).hex()
    asked = [("TABLE orders", "read", ["orders"]), ("DROP TABLE orders", "drop", ["orders"]),
             ("DELETE FROM orders", "write", ["orders"]), ("TRUNCATE orders, products", "write", ["orders", "products"]),
             ("SELECT 1 FROM orders, products, customers LIMIT 0", "read", ["orders", "products", "customers"])]
    with pgmoat.wire("dev_ro", application_name=mark) as wire:
        for statement, _, _ in asked:
            wire.ask(query(statement))
            wire.ask(one_shot(statement), sync())
    until(lambda: pgmoat.audit(application_name=mark, event="disconnect"))
    seen = [(r["statement"], [(of["name"], of["access"]) for of in r["relations"]])
            for r in pgmoat.audit(application_name=mark, event="statement") if r["outcome"] != "skipped"]
    assert seen == [(statement, [(name, access) for name in names]) for statement, access, names in asked for _ in "12"]


def test_rows_changed_and_copied(pgmoat):
    mark = os.urandom(4).hex()
    with pgmoat.wire("app_super", application_name=mark) as wire:
        for statement in ("BEGIN", "UPDATE products SET stock = stock WHERE id <= 7", "COPY products TO STDOUT", "ROLLBACK"):
            wire.ask(query(statement))
    until(lambda: pgmoat.audit(application_name=mark, event="disconnect"))
    assert [(r["rows_affected"] + r["rows_returned"], r["kinds"]) for r in pgmoat.audit(application_name=mark, event="statement")] == [
        (0, ["transaction"]), (7, ["update"]), (60, ["copy_out"]), (0, ["transaction"])]


def test_what_was_running_when_the_session_ended_is_lost(pgmoat):
    mark = os.urandom(4).hex()
    with pgmoat.wire("app_super", application_name=mark) as wire:
        wire.send(query("SELECT pg_sleep(1), 'cut off'"))
        wire.send(flush())
        # A reset: behind a plain end of the client's stream the statement would be followed to its own.
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    record = pgmoat.audited(application_name=mark, event="statement")
    assert record["outcome"] == "lost"


def test_refused_logins(pgmoat):
    for login, expected in (("nobody_knows", "28000"), ("login_scram", "28P01")):
        with pytest.raises(Refused):
            pgmoat.wire(login, password="wrong")
        record = pgmoat.audited(event="login", login=login, sqlstate=expected)
        assert record["decision"] == ("deny" if login == "nobody_knows" else "allow")
        assert record["reason"]


def test_odd_texts_stay_one_line_of_json(pgmoat):
    odd = ["SELECT 'line\nbreak\ttab \"quote\" back\\slash'", "SELECT 'Grüße 世界 🙂'", "SELECT '\u202e reversed'",
           "SELECT 'a\x01b\x7f'", "SELECT '{\"id\":\"forged\"}'"]
    with pgmoat.wire("dev_super") as wire:
        for statement in odd:
            wire.ask(query(statement))
    for statement in odd:
        assert pgmoat.audited(statement=statement)["outcome"] == "ok"


def test_a_long_statement_is_cut_and_says_so(pgmoat):
    statement = "SELECT 1 -- " + "x" * 200_000
    with pgmoat.wire("dev_super") as wire:
        wire.ask(query(statement))
    record = pgmoat.audited(statement_bytes=len(statement))
    assert record["truncated"] and len(record["statement"]) == 64 << 10


SECRETS = {"login_password": "pw-clear-91ac", "login_md5": "pw-md5-44be", "login_scram": "pw-scram-7d1f"}


def test_passwords_appear_nowhere(pgmoat):
    for login, password in SECRETS.items():
        pgmoat.wire(login, password=password).rows("SELECT 1")
        with pytest.raises(Refused):
            pgmoat.wire(login, password="typed-by-mistake-" + password)
    pgmoat.audited(event="login", login="login_scram", outcome="ok")
    everything = pgmoat.audit_file.read_text() + pgmoat.log.read_text() + pgmoat.get("/metrics")[1]
    for password in SECRETS.values():
        assert password not in everything


def test_parameters_are_not_recorded(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        wire.ask(one_shot("SELECT $1::text", ["parameter-9f3c"]), sync())
    pgmoat.audited(statement="SELECT $1::text")
    assert "parameter-9f3c" not in pgmoat.audit_file.read_text() + pgmoat.log.read_text()


def test_errors_repeat_no_literal(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        for statement in ("UPDATE customers SET email = 'ada-6b1d@example.com'", "SET ROLE 'ada-6b1d'",
                          "SELECT set_config('role', 'ada-6b1d', false)", "SELEC 'ada-6b1d'"):
            wire.ask(query(statement))
        assert len(wire.errors) == 4
        for error in wire.errors:
            check_refusal(error, {"25006", "42501", "42601"}, secret=["ada-6b1d"])


def test_the_file_is_for_its_owner_only(pgmoat):
    pgmoat.wire("dev_super")
    pgmoat.audited(event="login")
    assert pgmoat.audit_file.stat().st_mode & 0o777 == 0o600
