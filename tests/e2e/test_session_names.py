"""Names of prepared statements, portals and cursors: SQL and the protocol share them, and what
pgmoat takes one for is what the server takes it for."""
import copy

import pytest

from wire import Closed, bind, close, describe, execute, parse, query, sync

MAKE = "CREATE TEMP TABLE order_items (order_id int)"
DROP = "DROP TABLE pg_temp.order_items"
EMPTY = "DELETE FROM order_items"
EMPTY_AND_TELL = f"{EMPTY} RETURNING 1"
CUT = "n" * 63  # what the server leaves of a longer name
MOVED = "SELECT set_config('search_path', 'public,pg_temp', false)"

# Each makes a table of the session's own, lets it go in some other name's clothes, and then
# empties "it": what is left is the permanent one.
ATTACKS = {
    "dropped by EXECUTE": [query(MAKE), [parse("d", DROP), sync()], query("EXECUTE d"), query("TRUNCATE order_items")],
    "dropped by EXECUTE of EXECUTE": [
        query(MAKE), [parse("d", DROP), parse("e", "EXECUTE d"), sync()], query("EXECUTE e"),
        query("TRUNCATE order_items")],
    "rolled back by EXECUTE": [
        [parse("r", "ROLLBACK"), sync()], query("BEGIN"), query(MAKE), query("EXECUTE r"),
        query("TRUNCATE order_items")],
    "search_path by EXECUTE": [
        query(MAKE), [parse("s", MOVED), sync()], query("EXECUTE s"), query("TRUNCATE order_items")],
    "search_path by EXECUTE in front of it": [
        query(MAKE), [parse("s", MOVED), sync()], query("EXECUTE s; TRUNCATE order_items")],
    "search_path by FETCH": [
        query(MAKE), query("BEGIN"), [parse("", MOVED), bind("p"), sync()], query("FETCH p"), query("COMMIT"),
        query("TRUNCATE order_items")],
    "dropped in front of EXECUTE": [query(MAKE), query(f"PREPARE s AS {EMPTY}"), query(f"{DROP}; EXECUTE s")],
    "made, prepared, dropped, executed": [query(f"{MAKE}; PREPARE s AS {EMPTY}; {DROP}; EXECUTE s")],
    "a portal of EXECUTE": [
        query(MAKE), [parse("x", f"{EMPTY} RETURNING 1"), parse("e", "EXECUTE x"), sync()], query("BEGIN"),
        [bind("p", "e"), sync()], query(DROP), query("MOVE ALL FROM p"), query("COMMIT")],
    "a name that the pipeline gives anew": [
        query(MAKE),
        [parse("d", "DEALLOCATE s"), parse("q", f"PREPARE s AS {EMPTY}"), parse("x", DROP), sync()],
        [parse("s", "SELECT 1"), bind("", "d"), execute(), bind("", "q"), execute(), bind("", "x"), execute(),
         bind("", "s"), execute(), sync()]],
    "prepared by EXECUTE": [
        query(MAKE), [parse("c", f"PREPARE b AS {EMPTY}"), sync()], query("EXECUTE c"), query(DROP),
        [parse("b", "SELECT 1"), sync(), bind("", "b"), execute(), sync()]],
    "behind an index": [
        query("CREATE TEMP TABLE other (a int, CONSTRAINT order_items PRIMARY KEY (a))"),
        query("CREATE TEMP TABLE IF NOT EXISTS order_items (a int)"), query("DROP TABLE other"),
        query("TRUNCATE order_items")],
    "behind an index, in one text": [
        query("CREATE TEMP TABLE other (a int, CONSTRAINT order_items PRIMARY KEY (a));"
              "CREATE TEMP TABLE IF NOT EXISTS order_items (a int); DROP TABLE other; TRUNCATE order_items")],
    "behind an index, until the COMMIT": [
        query("BEGIN"), query("CREATE TEMP TABLE other (a int, CONSTRAINT order_items PRIMARY KEY (a)) ON COMMIT DROP"),
        query("CREATE TEMP TABLE IF NOT EXISTS order_items (a int)"), query("COMMIT"), query("TRUNCATE order_items")],
    "behind a partition": [
        query("CREATE TEMP TABLE other (a int) PARTITION BY LIST (a)"),
        query("CREATE TEMP TABLE order_items PARTITION OF other DEFAULT"),
        query("CREATE TEMP TABLE IF NOT EXISTS order_items (a int)"), query("DROP TABLE pg_temp.other"),
        query("TRUNCATE order_items")],
    # Described, a statement is planned anew where its table is gone, and is not when another comes.
    "described without its table": [
        query(MAKE), [parse("s", EMPTY_AND_TELL), sync()], query(DROP), [describe("S", "s"), sync()], query(MAKE),
        [bind("", "s"), execute(), sync()]],
    "described by a statement of EXECUTE": [
        query(MAKE), [parse("s", EMPTY_AND_TELL), parse("e", "EXECUTE s"), sync()], query(DROP),
        [describe("S", "e"), sync()], query(MAKE), [bind("", "s"), execute(), sync()]],
    "described by a portal of EXECUTE": [
        query(MAKE), [parse("s", EMPTY_AND_TELL), parse("e", "EXECUTE s"), sync()], query("BEGIN"),
        [bind("p", "e"), sync()], query(DROP), [describe("P", "p"), sync()], query("COMMIT"), query(MAKE),
        [bind("", "s"), execute(), sync()]],
    "a statement's name that the server cuts": [
        query(MAKE), [parse(CUT + "1", "SELECT 1"), sync()], query(f"DEALLOCATE {CUT}"),
        [parse(CUT + "2", EMPTY), sync()], query(DROP), [bind("", CUT + "1"), execute(), sync()]],
    "a portal's name that the server cuts": [
        query(MAKE), query("BEGIN"), [parse("", MOVED), bind(CUT + "1"), sync()], query(f"FETCH {CUT}"),
        query("COMMIT"), query("TRUNCATE order_items")],
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_permanent_table_stays(name, pgmoat, unchanged):
    with pgmoat.wire("app_super") as wire:
        for messages in ATTACKS[name]:
            wire.ask(*(messages if isinstance(messages, list) else [messages]))
        assert "42501" in [e["C"] for e in wire.errors], wire.errors


def test_everyday_use_goes_on(pgmoat, unchanged):
    with pgmoat.wire("app_super") as wire:
        for messages in (
                [query("CREATE TEMP TABLE IF NOT EXISTS mine (a int)")], [query("TRUNCATE mine")],
                [query("PREPARE add (int) AS INSERT INTO mine VALUES ($1)")], [query("EXECUTE add (1)")],
                [query("TRUNCATE mine")], [parse("two", "INSERT INTO mine VALUES (2) RETURNING a"), sync()],
                [query("EXECUTE two")], [query("EXPLAIN ANALYZE EXECUTE two")],
                [query("BEGIN")], [query("DECLARE c CURSOR FOR SELECT a FROM mine")], [query("FETCH c")],
                [execute("c"), sync()], [query("CLOSE c")],
                [parse("", "SELECT 1"), bind("c"), execute("c"), sync()], [query("CLOSE ALL")],
                [query("DECLARE c CURSOR FOR SELECT a FROM mine")], [query("MOVE c")], [query("COMMIT")],
                [query("DROP TABLE mine")]):
            wire.ask(*messages)
            assert not wire.errors, (messages, wire.errors)


# --- the trail ---

LOOK = "SELECT email FROM customers WHERE id = 7"


def trail_of(pgmoat, login, *steps):
    """Texts of the session's statements that ended well, in order, and how many rows each had."""
    application = f"trail-{steps[0][:30]!r}"[:60]
    with pgmoat.wire(login, application_name=application) as wire:
        for step in steps[1:]:
            wire.ask(*step, readies=sum(message[:1] in (b"S", b"Q") for message in step))
            assert not wire.errors, wire.errors
    pgmoat.audited(event="disconnect", application_name=application)
    return [(r["statement"], r["rows_returned"]) for r in
            pgmoat.audit(event="statement", application_name=application, decision="allow")]


def test_execute_of_what_parse_named(pgmoat, unchanged):
    trail = trail_of(pgmoat, "dev_super", "parsed", [parse("s", LOOK), sync()], [query("EXECUTE s")],
                     [query("EXECUTE s")])
    assert trail == [(LOOK, 0), ("EXECUTE s", 1), ("EXECUTE s", 1)]


def test_a_name_given_anew_before_the_answer(pgmoat, unchanged):
    trail = trail_of(pgmoat, "dev_super", "anew", [parse("a", "SELECT 1"), sync()],
                     [close("S", "a"), parse("a", LOOK), sync(), bind("", "a"), execute(), sync()])
    assert trail == [(LOOK, 1)]


def test_a_name_that_a_pipeline_prepares(pgmoat, unchanged):
    trail = trail_of(pgmoat, "dev_super", "prepared",
                     [parse("d", "DEALLOCATE s"), parse("q", f"PREPARE s AS {LOOK}"), sync()],
                     [parse("s", "SELECT 1"), bind("", "d"), execute(), bind("", "q"), execute(), bind("", "s"),
                      execute(), sync()])
    assert trail == [("DEALLOCATE s", 0), (f"PREPARE s AS {LOOK}", 0), (f"PREPARE s AS {LOOK}", 1)]


def test_names_that_the_server_cuts(pgmoat, unchanged):
    trail = trail_of(pgmoat, "dev_super", "cut", [parse(CUT + "1", "SELECT 1"), sync()],
                     [query(f"DEALLOCATE {CUT}")], [parse(CUT + "2", LOOK), sync()],
                     [bind(CUT + "3", CUT + "1"), describe("S", CUT + "4"), execute(CUT + "5"), sync()])
    assert trail == [(f"DEALLOCATE {CUT}", 0), (LOOK, 1)]


def test_explain_makes_no_cursor(pgmoat, unchanged):
    explain = "EXPLAIN DECLARE p CURSOR FOR SELECT 1"
    trail = trail_of(pgmoat, "dev_super", "explained", [query("BEGIN")], [parse("", LOOK), bind("p"), sync()],
                     [query(explain)], [execute("p"), sync()], [query("COMMIT")])
    assert trail == [("BEGIN", 0), (explain, 1), (LOOK, 1), ("COMMIT", 0)]


# In another encoding it may cut them elsewhere.
@pytest.mark.parametrize("message", [parse("ä" * 16 + "1", "SELECT 1"), bind("ä" * 16 + "1")], ids=["Parse", "Bind"])
def test_names_of_another_encoding(message, pgmoat):
    with pgmoat.wire("app_super", client_encoding="LATIN1") as wire:
        wire.ask(parse("", "SELECT 1"), sync())
        assert wire.ask(message, sync()) == ["ErrorResponse ERROR 54000", "ReadyForQuery I"]
    with pgmoat.wire("app_super") as wire:
        wire.ask(parse("", "SELECT 1"), message, sync())
        assert not wire.errors, wire.errors


@pytest.mark.parametrize("together", [False, True])
def test_a_cursor_in_a_portals_place(together, pgmoat, unchanged):
    declare = f"DECLARE p CURSOR FOR {LOOK}"
    steps = [[query("BEGIN")], [parse("", "SELECT 1"), bind("p"), sync()],
             [query("CLOSE p")], [query(declare)], [execute("p"), sync()], [query("COMMIT")]]
    if together:
        steps = [[message for step in steps for message in step]]
    trail = trail_of(pgmoat, "dev_super", f"cursor {together}", *steps)
    assert trail == [("BEGIN", 0), ("CLOSE p", 0), (declare, 0), (declare, 1), ("COMMIT", 0)]


def test_fetch_of_a_portal_that_only_reads(pgmoat, unchanged):
    """As asyncpg moves over rows."""
    trail = trail_of(pgmoat, "dev_super", "moved", [query("BEGIN")], [parse("", LOOK), bind("p"), sync()],
                     [query("MOVE FORWARD 1 p")], [query("FETCH p")], [execute("p"), sync()], [query("COMMIT")])
    assert trail == [("BEGIN", 0), (LOOK, 0), ("MOVE FORWARD 1 p", 0), ("FETCH p", 0), (LOOK, 0), ("COMMIT", 0)]


@pytest.mark.parametrize("take", ["FETCH ALL FROM p", "MOVE ALL FROM p"])
def test_a_portal_is_executed_by_execute_alone(take, pgmoat, unchanged):
    with pgmoat.wire("app_super") as wire:
        wire.ask(query("BEGIN"))
        wire.ask(parse("", "DELETE FROM order_items WHERE order_id < 9 RETURNING 1"), bind("p"), sync())
        assert wire.ask(query(take)) == ["ErrorResponse ERROR 42501", "ReadyForQuery E"]
        assert "any.portal" in wire.errors[0]["D"], wire.errors
        wire.ask(query("ROLLBACK"), parse("s", "SELECT 1"), parse("e", "EXECUTE s"), sync(), readies=2)
        wire.ask(query("BEGIN"), bind("p", "e"), sync(), readies=2)
        wire.ask(query(take))
        assert "any.portal" in wire.errors[1]["D"], wire.errors


def test_cursors_of_a_grant_end_with_it(start_pgmoat, unchanged):
    moat = start_pgmoat(roles={"app": {"break_glass": {"max": "15m"}}})
    with moat.wire("app_super") as wire:
        for step in ("BEGIN", "SET pgmoat.break_glass = 'a test'",
                     "DECLARE c CURSOR FOR SELECT pg_read_file('PG_VERSION')", "RESET pgmoat.break_glass"):
            wire.ask(query(step))
            assert not wire.errors, (step, wire.errors)
        assert wire.ask(query("FETCH c")) == ["ErrorResponse ERROR 42501", "ReadyForQuery E"]


@pytest.mark.parametrize("steps", [
    [[query("DECLARE c CURSOR WITH HOLD FOR SELECT pg_read_file('PG_VERSION')")], [query("FETCH c")]],
    [[query("CREATE TEMP VIEW v AS SELECT * FROM order_items")], [query("DELETE FROM pg_temp.v")]],
], ids=["WITH HOLD", "view"])
def test_what_a_grant_leaves_ends_the_session(steps, start_pgmoat, unchanged):
    moat = start_pgmoat(roles={"app": {"break_glass": {"max": "15m"}}})
    with moat.wire("app_super") as wire:
        for step in ([query("SET pgmoat.break_glass = 'a test'")], steps[0], [query("RESET pgmoat.break_glass")]):
            wire.ask(*step)
            assert not wire.errors, (step, wire.errors)
        with pytest.raises(Closed):
            wire.ask(*steps[1])
        assert [e["C"] for e in wire.errors] == ["57P01"]


OLD_PLAN = [query(MAKE), query(DROP)], [parse("s", EMPTY_AND_TELL), sync()], [query(MAKE), query("EXECUTE s")]


def test_a_plan_of_a_grant_finds_no_temporary_table(start_pgmoat, unchanged):
    moat = start_pgmoat(roles={"app": {"break_glass": {"max": "15m"}}})
    before, prepare, behind = OLD_PLAN
    with moat.wire("app_super") as wire:
        for step in (*before, query("SET pgmoat.break_glass = 'a test'"), b"".join(prepare),
                     query("RESET pgmoat.break_glass"), *behind):
            wire.ask(step)
        assert [e["C"] for e in wire.errors] == ["42501"]


@pytest.mark.parametrize("laxer", ["admin", "shadow mode"])
def test_a_plan_of_another_role_finds_no_temporary_table(laxer, start_pgmoat, unchanged):
    moat = start_pgmoat()
    before, prepare, behind = OLD_PLAN
    lax, strict = copy.deepcopy(moat.tree), copy.deepcopy(moat.tree)
    production = lax["environments"]["production"]
    if laxer == "admin":
        production["logins"]["app_super"] = "admin"
    else:
        production["enforce"] = False
    moat.reload(lax)
    with moat.wire("app_super") as wire:
        for step in (*before, b"".join(prepare)):
            wire.ask(step)
        moat.reload(strict)
        for step in behind:
            wire.ask(step)
        assert [e["C"] for e in wire.errors] == ["42501"]


# --- migrations ---

@pytest.mark.parametrize("attack", [
    [[parse("c", "COMMIT"), sync()], query("BEGIN"), query("CREATE TABLE unrecorded (a int)"), query("EXECUTE c")],
    [query("BEGIN"), [parse("x", "CREATE TABLE unrecorded (a int)"), parse("e", "EXECUTE x"), sync()],
     query("ROLLBACK"), query("EXECUTE e")],
    [query("BEGIN"), [parse("", "DELETE FROM order_items WHERE order_id < 9 RETURNING 1"), bind("p"), sync()],
     query("MOVE ALL FROM p"), query("COMMIT")],
], ids=["COMMIT by EXECUTE", "EXECUTE of EXECUTE", "MOVE"])
def test_the_window_is_not_gone_around(attack, start_pgmoat, unchanged):
    moat = start_pgmoat()
    tree = copy.deepcopy(moat.tree)
    tree["environments"]["production"]["migrations"] = {"require": "ledger"}
    moat.reload(tree)
    with moat.wire("deploy_super") as wire:
        for messages in attack:
            messages = messages if isinstance(messages, list) else [messages]
            wire.ask(*messages, readies=sum(message[:1] == b"Q" or message == sync() for message in messages))
        assert "42501" in [e["C"] for e in wire.errors], wire.errors
