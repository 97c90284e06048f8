"""What a role's `audit:` chooses: which statements are on record, how much of their parameters, whether
literals are; and what is on record whatever it says."""
import copy
import re
import struct

import pytest

from audit_ground import Marks, marks_of, with_trail
from errors import check_refusal
from servers import until
from wire import Refused, bind, execute, message, one_shot, parse, query, sync, text

# What the statement is, with its mark, for a superuser whose role is `admin`; and which settings of
# `record` have it besides `all`.
STATEMENTS = [
    ("SELECT '{}'", set()),
    ("SELECT count(*) FROM orders WHERE '{}' <> ''", set()),
    ("SHOW search_path /* {} */", set()),
    ("EXPLAIN SELECT '{}'", set()),
    ("UPDATE products SET stock = stock WHERE id = 1 AND '{}' <> ''", {"writes"}),
    ("INSERT INTO invoices VALUES ('{}')", {"writes"}),
    ("DELETE FROM invoices WHERE note = '{}'", {"writes"}),
    ("WITH gone AS (DELETE FROM invoices WHERE note = '{}' RETURNING 1) SELECT count(*) FROM gone", {"writes"}),
    ("SELECT '{}' INTO TEMPORARY invoices_copy", {"writes", "ddl"}),
    ("CREATE TEMPORARY TABLE invoices_temporary AS SELECT '{}'", {"writes", "ddl"}),
    ("CREATE TABLE invoices_new (note text DEFAULT '{}')", {"writes", "ddl"}),
    ("DROP TABLE invoices_new /* {} */", {"writes", "ddl"}),
    ("TRUNCATE invoices /* {} */", {"writes"}),
    ("GRANT SELECT ON invoices TO dev_ro /* {} */", {"writes", "ddl"}),
    ("COMMENT ON TABLE invoices IS '{}'", {"writes", "ddl"}),
    ("SELECT restock(-1) /* {} */", {"writes"}),
    ("DO $$ BEGIN PERFORM '{}'; END $$", {"writes", "ddl"}),
    ("COPY (SELECT '{}') TO STDOUT", set()),
]


@pytest.fixture(scope="module")
def invoices(postgres):
    postgres.psql("-c", "CREATE TABLE invoices (note text)")
    yield
    postgres.psql("-c", "DROP TABLE invoices")


def roles(**audit):
    return {name: {"audit": audit} for name in ("readonly", "app", "deploy", "admin")}


def run(moat, login, asked) -> dict:
    """Runs [(statement, …)] in a session; {statement without mark: its records}, once all are there."""
    marks, names = Marks(), {}
    with moat.wire(login, application_name="chosen") as wire:
        for statement, *_ in asked:
            mark = marks.one()
            names[mark] = statement
            wire.ask(query(statement.format(mark)))
        assert not wire.errors, wire.errors
        session = wire.key
    pid = int.from_bytes(session[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the session's end is on record")
    found = {statement: [] for statement, *_ in asked}
    for record in moat.audit(event="statement", server_pid=pid):
        for mark in marks_of(record):
            found[names[mark]].append(record)
    return found


@pytest.mark.parametrize("choice", ["all", "writes", "ddl", "denied", "none"])
def test_which_statements_are_on_record(choice, start_pgmoat, invoices):
    moat = with_trail(start_pgmoat, roles=roles(record=choice))
    found = run(moat, "postgres", STATEMENTS)
    wrong = [(statement, len(found[statement])) for statement, choices in STATEMENTS
             if bool(found[statement]) != (choice == "all" or choice in choices)]
    assert not wrong, f"record: {choice}, (statement, how many records): {wrong}"


@pytest.mark.parametrize("choice", ["writes", "ddl", "denied", "none"])
def test_refusals_and_logins_are_always_on_record(choice, start_pgmoat):
    moat = with_trail(start_pgmoat, roles=roles(record=choice))
    with moat.wire("dev_super") as wire:
        for messages in ([query("DELETE FROM orders")], [one_shot("DROP TABLE orders"), sync()],
                         [query("SELECT 1; TRUNCATE orders")], [query("SELEC")]):
            wire.errors.clear()
            wire.ask(*messages)
            _, audit_id = check_refusal(wire.errors[0], {"25006", "42501", "42601"}, "readonly")
            record = moat.audited(id=audit_id)
            assert (record["decision"], record["outcome"]) == ("deny", "denied")
        pid = int.from_bytes(wire.key[:4], "big")
    for login in ("nobody_knows", "login_scram"):
        with pytest.raises(Refused):
            moat.wire(login, password="wrong")
        assert moat.audited(event="login", login=login)["reason"]
    assert moat.audited(event="login", server_pid=pid)["outcome"] == "ok"
    moat.audited(event="disconnect", server_pid=pid)


@pytest.mark.parametrize("choice", ["denied", "none"])
def test_a_grant_is_always_on_record(choice, start_pgmoat):
    keeps = roles(record=choice)
    moat = with_trail(start_pgmoat, roles={**keeps, "deploy": {**keeps["deploy"], "break_glass": {"max": "15m"}}})
    with moat.wire("deploy_super") as wire:
        wire.ask(query("SET pgmoat.break_glass = 'INC-4711: why'"))
        wire.ask(query("RESET pgmoat.break_glass"))
        assert not wire.errors, wire.errors
        pid = int.from_bytes(wire.key[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the end is on record")
    begin, end = moat.audit(event="grant", server_pid=pid)
    assert (begin["rule"], end["rule"]) == ("break-glass.opened", "break-glass.reset")
    assert begin["reason"] == "INC-4711: why" and end["grant"] == begin["id"]


def test_what_shadow_mode_lets_pass_is_on_record(start_pgmoat):
    moat = with_trail(start_pgmoat, roles=roles(record="denied"), start=False)
    moat.tree["environments"]["production"]["enforce"] = False
    moat.write_config(moat.tree)
    moat.start()
    asked = [("SELECT '{}'",), ("DELETE FROM order_items WHERE order_id = -1 AND '{}' <> ''",),
             ("UPDATE products SET stock = stock WHERE '{}' = ''",)]
    with moat.wire("dev_super") as wire:
        marks = Marks()
        for (statement,) in asked:
            wire.ask(query(statement.format(marks.one())))
        pid = int.from_bytes(wire.key[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the end is on record")
    records = moat.audit(event="statement", server_pid=pid)
    assert [r["decision"] for r in records] == ["would_deny"] * 2, records


# --- parameters ----------------------------------------------------------------------

LONG = "l" * 300_000


def bind_formats(statement, values, formats) -> bytes:
    body = text("") + text(statement) + struct.pack(f"!h{len(formats)}h", len(formats), *formats)
    body += struct.pack("!h", len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message(b"B", body + struct.pack("!h", 0))


def execute_with_parameters(moat):
    """One of each kind: text, NULL, binary, empty, long."""
    with moat.wire("app_super") as wire:
        lines = wire.ask(
            parse("s", "SELECT $1::text, $2::text, $3::int4, $4::text, length($5::text)"),
            bind_formats("s", [b"planted-7a31", None, struct.pack("!i", 0x01020304), b"", LONG.encode()],
                         [0, 0, 1, 0, 0]),
            execute(), sync())
        assert "ReadyForQuery I" == lines[-1] and not wire.errors, wire.errors
        pid = int.from_bytes(wire.key[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the end is on record")
    (record,) = [r for r in moat.audit(event="statement", server_pid=pid) if "$5" in r["statement"]]
    return record


def test_parameters_none_is_the_default(start_pgmoat):
    for options in ({}, {"parameters": "none"}):
        moat = with_trail(start_pgmoat, **({"roles": roles(**options)} if options else {}))
        assert "parameters" not in execute_with_parameters(moat)
        assert "planted-7a31" not in moat.audit_file.read_text()


def test_parameters_redacted_are_lengths(start_pgmoat):
    moat = with_trail(start_pgmoat, roles=roles(parameters="redacted"))
    record = execute_with_parameters(moat)
    assert record["parameters"] == [{"bytes": 12}, None, {"bytes": 4}, {"bytes": 0}, {"bytes": len(LONG)}]
    assert "planted-7a31" not in moat.audit_file.read_text()


def test_parameters_full(start_pgmoat):
    moat = with_trail(start_pgmoat, roles=roles(parameters="full"))
    *first, long = execute_with_parameters(moat)["parameters"]
    assert first == ["planted-7a31", None, {"binary": "01020304"}, ""]
    assert long["bytes"] == len(LONG) and 0 < len(long["text"]) < len(LONG) and LONG.startswith(long["text"])


def test_each_execution_has_its_own_parameters(start_pgmoat):
    moat = with_trail(start_pgmoat, roles=roles(parameters="full"))
    with moat.wire("app_super") as wire:
        wire.ask(parse("s", "SELECT $1::text /* own */"), sync())
        wire.ask(*(bind("", "s", [f"v{i}"]) + execute() for i in range(5)), sync())
        pid = int.from_bytes(wire.key[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the end is on record")
    seen = [r["parameters"] for r in moat.audit(event="statement", server_pid=pid) if "own" in r["statement"]]
    assert seen == [[f"v{i}"] for i in range(5)]


# --- redaction -----------------------------------------------------------------------

def test_literals_are_replaced(start_pgmoat):
    moat = with_trail(start_pgmoat, roles=roles(redact="literals"))
    asked = ["SELECT name FROM customers WHERE email = 'ada-55e0@example.com' AND id < 4711001",
             "SELECT $tag$ada-55e0$tag$, E'ada\\x2d55e0', X'4711' /* ada-55e0 */ -- ada-55e0",
             "SELECT 'ada-55e0', 1; SELECT 4711001"]
    with moat.wire("dev_super") as wire:
        for statement in asked:
            wire.ask(query(statement))
        assert not wire.errors
        wire.ask(query("SELEC 'ada-55e0' broken"))
        pid = int.from_bytes(wire.key[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the end is on record")
    records = moat.audit(event="statement", server_pid=pid)
    *redacted, broken = records
    assert redacted and all(r["redacted"] == "literals" and "SELECT" in r["statement"].upper() for r in redacted)
    assert redacted[0]["statement"].startswith("SELECT name FROM customers WHERE email = $1")
    assert redacted[0]["statement_bytes"] == len(asked[0])
    # What does not parse is its length and hash.
    assert broken["redacted"] == "withheld" and not broken.get("statement")
    assert broken["statement_bytes"] == len("SELEC 'ada-55e0' broken")
    assert re.fullmatch("[0-9a-f]{64}", broken["statement_sha256"])
    assert "ada-55e0" not in moat.audit_file.read_text() and "4711001" not in moat.audit_file.read_text()


def test_a_fingerprint_joins_statements_that_differ_in_literals(start_pgmoat):
    moat = with_trail(start_pgmoat)
    found = run(moat, "app_super", [("SELECT 1 WHERE '{}' = 'a'",), ("SELECT 2 WHERE '{}' = 'bbb'",),
                                    ("SELECT now() WHERE '{}' = 'bbb'",)])
    one, two, three = ([r["fingerprint"] for r in records] for records in found.values())
    assert one == two != three and re.fullmatch("[0-9a-f]{16}", one[0])


# --- reload --------------------------------------------------------------------------

def test_a_reload_changes_what_is_on_record(start_pgmoat):
    """The newest choice counts, also for an open session and for what it prepared before."""
    moat = with_trail(start_pgmoat, roles=roles(record="none"))
    marks = Marks()
    with moat.wire("app_super") as wire:
        wire.ask(parse("s", "SELECT $1::text"), sync())
        asked = {}
        for choice in ("none", "all", "writes", "all", "none"):
            tree = copy.deepcopy(moat.tree)
            tree["roles"] = roles(record=choice, parameters="full")
            moat.reload(tree)
            simple, prepared = marks.one(), marks.one()
            wire.ask(query(f"SELECT '{simple}'"))
            wire.ask(bind("", "s", [prepared]), execute(), sync())
            asked[simple] = asked[prepared] = choice
        pid = int.from_bytes(wire.key[:4], "big")
    until(lambda: moat.audit(event="disconnect", server_pid=pid), "the end is on record")
    there = {mark for r in moat.audit(event="statement", server_pid=pid) for mark in marks_of(r)}
    assert there == {mark for mark, choice in asked.items() if choice == "all"}
    reloads = moat.audit_lines(event="reload")
    assert len(reloads) == 5 and len({r["policy_version"] for r in reloads}) == 3


def test_a_config_role_inherits_and_overrides(start_pgmoat):
    moat = with_trail(start_pgmoat, logins={"dev_super": "support", "app_super": "flood"}, roles={
        "support": {"extends": "readonly", "audit": {"parameters": "full", "redact": "literals"}},
        "flood": {"extends": "app", "audit": {"record": "writes"}}})
    with moat.wire("dev_super") as support, moat.wire("app_super") as flood:
        support.ask(one_shot("SELECT $1::text, 'inherited'", ["p-1"]), sync())
        flood.ask(query("SELECT 'inherited'"), query("UPDATE products SET stock = stock WHERE id = 1"), readies=2)
        pids = [int.from_bytes(wire.key[:4], "big") for wire in (support, flood)]
    for pid in pids:
        until(lambda pid=pid: moat.audit(event="disconnect", server_pid=pid), "the ends are on record")
    first, second = (moat.audit(event="statement", server_pid=pid) for pid in pids)
    assert [(r["role"], r["parameters"], r["redacted"]) for r in first] == [("support", ["p-1"], "literals")]
    assert [(r["role"], r["kinds"]) for r in second] == [("flood", ["update"])]
