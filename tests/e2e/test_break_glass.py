"""Break glass: a person takes an exception, for a while and on record; nobody else gets one."""
import copy

import psycopg
import pytest

from errors import check_refusal
from wire import Refused, bind, execute, function_call, one_shot, parse, query, sync

REASON = "INC-4711: disk full, old partitions must go"
SET = f"SET pgmoat.break_glass = '{REASON}'"
DROP = "DROP TABLE order_items CASCADE"
ROLES = {"deploy": {"break_glass": {"max": "15m"}}, "readonly": {"break_glass": {"max": "15m"}}}


@pytest.fixture
def moat(start_pgmoat):
    return start_pgmoat(roles=ROLES)


@pytest.fixture
def short(start_pgmoat):
    return start_pgmoat(roles={role: {"break_glass": {"max": "1s"}} for role in ROLES})


def try_drop(wire) -> list:
    """Errors of a DROP that is rolled back."""
    wire.errors.clear()
    wire.ask(query("BEGIN"))
    wire.ask(query(DROP))
    wire.ask(query("ROLLBACK"))
    return wire.errors


def closed(wire):
    """The glass is whole: the DROP is refused by the login's own role."""
    errors = try_drop(wire)
    assert len(errors) == 1, errors
    check_refusal(errors[0], {"42501"}, "deploy")
    return errors[0]


def test_the_word_opens_it_and_everything_is_on_record(moat, unchanged):
    with moat.wire("deploy_super") as wire:
        closed(wire)
        wire.errors.clear()
        assert wire.ask(query(SET)) == ["NoticeResponse WARNING 01000", "CommandComplete SET", "ReadyForQuery I"]
        notice = wire.notices[-1]
        assert "role admin" in notice["M"] and "production" in notice["M"], notice
        assert not try_drop(wire)
        wire.ask(query("RESET pgmoat.break_glass"))
        closed(wire)

    begin = moat.audited(event="grant", rule="break-glass.opened")
    assert begin["reason"] == REASON and begin["grant"] == begin["id"], begin
    assert (begin["login"], begin["role"], begin["granted_role"]) == ("deploy_super", "deploy", "admin")
    assert begin["until"] > begin["time"]
    assert begin["id"] in notice["D"]
    drop = moat.audited(statement=DROP, decision="allow")
    assert (drop["grant"], drop["granted_role"], drop["role"]) == (begin["id"], "admin", "deploy")
    end = moat.audited(event="grant", rule="break-glass.reset")
    assert (end["grant"], end["reason"]) == (begin["id"], REASON)
    assert all("grant" not in r for r in moat.audit(statement=DROP, decision="deny"))

    assert moat.metrics_sum("pgmoat_grants_total", role="deploy", outcome="opened") == 1
    assert moat.metrics_sum("pgmoat_grants_total", role="deploy", outcome="reset") == 1
    assert moat.metrics_sum("pgmoat_grants_active") == 0
    log = moat.log.read_text()
    assert f'grant {begin["id"]}: opened until' in log and REASON in log, log


def test_psql(moat, unchanged):
    out, err = moat.psql("deploy_super", f"{SET};\nBEGIN;\n{DROP};\nROLLBACK;\nRESET ALL;\n{DROP};\n")
    assert out.splitlines() == ["SET", "BEGIN", "DROP TABLE", "ROLLBACK", "RESET"], (out, err)
    assert "WARNING:  01000: the glass is broken: until " in err, err
    assert "ERROR:  42501: DROP TABLE is not allowed for role deploy" in err, err
    assert "HINT:  " in err and "The break-glass grant of this session is over since" in err, err


def test_pgoptions(moat, unchanged):
    out, err = moat.psql("deploy_super", f"BEGIN;\n{DROP};\nROLLBACK;\n",
                         PGOPTIONS=r"-c pgmoat.break_glass=INC-4711:\ disk\ full -c work_mem=7MB")
    assert out.splitlines() == ["BEGIN", "DROP TABLE", "ROLLBACK"], (out, err)
    assert moat.audited(event="grant", rule="break-glass.opened")["reason"] == "INC-4711: disk full"
    assert moat.audited(event="grant", rule="break-glass.session-end")
    # The server never hears of it, but of the rest.
    out, _ = moat.psql("deploy_super", "SELECT current_setting('pgmoat.break_glass', true) IS NULL;\nSHOW work_mem;\n",
                       PGOPTIONS="-c pgmoat.break_glass=INC-4711 -c work_mem=7MB")
    assert out.splitlines() == ["t", "7MB"]


@pytest.mark.parametrize("autocommit", [True, False])
def test_psycopg(autocommit, moat, unchanged):
    notices = []
    with moat.connect("deploy_super", autocommit=autocommit) as connection:
        connection.add_notice_handler(lambda d: notices.append((d.severity, d.message_primary)))
        connection.execute(SET)
        assert [severity for severity, _ in notices] == ["WARNING"]
        with connection.transaction():
            connection.execute("SELECT %s::int", [1], prepare=True)
            connection.execute(DROP)
            raise psycopg.Rollback()


def test_psycopg_startup(moat, unchanged):
    with moat.connect("deploy_super", options=r"-c pgmoat.break_glass=INC-4711:\ why") as connection:
        with connection.transaction():
            connection.execute(DROP)
            raise psycopg.Rollback()
    with moat.wire("deploy_super", **{"pgmoat.break_glass": "INC-4711"}) as wire:
        assert not try_drop(wire)


def test_without_permission_it_is_refused_and_on_record(moat, unchanged):
    with moat.wire("app_super") as wire:
        wire.ask(query(SET))
        rule, _ = check_refusal(wire.errors[0], {"42501"}, "app", secret=["4711"])
        assert rule == "any.break-glass"
        wire.ask(query(DROP))
        assert len(wire.errors) == 2
    assert moat.audited(rule="any.break-glass", event="statement")["decision"] == "deny"
    assert moat.metrics_sum("pgmoat_statements_total", role="app", rule="any.break-glass") == 1
    for parameters in ({"options": "-c pgmoat.break_glass=INC-4711"}, {"pgmoat.break_glass": "INC-4711"}):
        with pytest.raises(Refused) as refused:
            moat.wire("app_super", **parameters)
        assert refused.value.fields["C"] == "42501" and refused.value.fields["S"] == "FATAL"
    assert moat.audited(rule="any.break-glass", event="login")["outcome"] == "denied"
    assert not moat.audit(event="grant")


def test_an_admin_needs_none(moat):
    with moat.wire("postgres", options="-c pgmoat.break_glass=INC-4711") as wire:
        wire.ask(query(SET))
        assert not wire.errors and not wire.notices
    assert not moat.audit(event="grant")


# None of these may end with a DROP that is let through.
ATTACKS = {
    "behind it in the text": [query(f"{SET}; {DROP}")],
    "before it in the text": [query(f"SELECT 1; {SET}")],
    "behind a comment": [query(f"/* ; */ {SET} -- x\n; {DROP}")],
    "pipelined queries": [query(f"SET LOCAL pgmoat.break_glass = '{REASON}'")],
    "set_config": [query(f"SELECT set_config('pgmoat.break_glass', '{REASON}', false)")],
    "set_config in another case": [query(f"SELECT SET_CONFIG('PGMOAT.Break_Glass', '{REASON}', false)")],
    "set_config of an expression": [query("SELECT set_config('pgmoat.' || 'break_glass', 'x y z', false)")],
    "set_config of a parameter": [one_shot("SELECT set_config($1, 'x y z', false)", [b"pgmoat.break_glass"]), sync()],
    "set_config prepared": [query("PREPARE p AS SELECT set_config('pgmoat.break_glass', 'x y z', false)"),
                            query("EXECUTE p")],
    "pg_settings": [query("UPDATE pg_settings SET setting = 'x y z' WHERE name = 'pgmoat.break_glass'")],
    "do": [query("DO $$ BEGIN SET pgmoat.break_glass = 'x y z'; END $$")],
    "a function's SET clause": [
        query("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql SET pgmoat.break_glass = 'x y z' AS 'SELECT 1'")],
    "a function's body": [
        query("CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS "
              "$$SELECT set_config('pgmoat.break_glass', 'x y z', false)$$"), query("SELECT pg_temp.f()")],
    "alter role": [query("ALTER ROLE deploy_super SET pgmoat.break_glass = 'x y z'")],
    "alter database": [query("ALTER DATABASE shop SET pgmoat.break_glass = 'x y z'")],
    "alter system": [query("ALTER SYSTEM SET pgmoat.break_glass = 'x y z'")],
    "a short reason": [query("SET pgmoat.break_glass = 'x'")],
    "no visible reason": [query("SET pgmoat.break_glass = '     '")],
    "parsed, not executed": [parse("s", SET), bind("p", "s"), sync()],
    "executed by SQL": [parse("s", SET), sync(), query("EXECUTE s")],
    "a set that fails": [query("BEGIN; SELECT 1/0"), query(SET), query("ROLLBACK")],
    "two values": [query("SET pgmoat.break_glass = 'INC-4711', 'x'")],
    "another name": [query("SET pgmoat.break_glas = 'INC-4711'")],
    "actor": [query("SET pgmoat.actor = 'admin'")],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks(attack, moat, unchanged):
    with moat.wire("deploy_super") as wire:
        for message in ATTACKS[attack]:
            wire.send(message)
        # As many answers as there are Query and Sync messages.
        for message in ATTACKS[attack]:
            data = bytes(message)
            if data[:1] == b"Q" or data[-5:] == b"S\0\0\0\4":
                wire.read_until("Z")
        closed(wire)
    assert not moat.audit(event="grant")


def test_behind_it_in_the_pipeline_the_own_role_holds(moat, unchanged):
    with moat.wire("deploy_super") as wire:
        lines = wire.ask(query(SET), query("BEGIN"), query(DROP), query("ROLLBACK"), readies=4)
        assert "ErrorResponse ERROR 42501" in lines, lines
        wire.ask(query("RESET ALL"))
        wire.errors.clear()
        lines = wire.ask(one_shot(SET), one_shot(DROP), sync())
        assert lines.count("ErrorResponse ERROR 42501") == 1 and lines[-1] == "ReadyForQuery I", lines
        # The server undid the setting with its pipeline.  The grant is there all the same.
        assert not try_drop(wire)


def test_a_database_that_sets_it_opens_nothing(moat, postgres, unchanged):
    postgres.psql("-c", "ALTER ROLE deploy_super SET pgmoat.break_glass = 'INC-4711: from the server'")
    try:
        with moat.wire("deploy_super") as wire:
            closed(wire)
            wire.ask(query("RESET ALL"), query("DISCARD ALL"), readies=2)
            closed(wire)
    finally:
        postgres.psql("-c", "ALTER ROLE deploy_super RESET pgmoat.break_glass")
    assert not moat.audit(event="grant")


def test_rollback_takes_nothing_back(moat, unchanged):
    with moat.wire("deploy_super") as wire:
        wire.ask(query("BEGIN"), query(SET), query("ROLLBACK"), readies=3)
        assert not try_drop(wire)


@pytest.mark.parametrize("end", ["RESET pgmoat.break_glass", "SET pgmoat.break_glass TO DEFAULT",
                                 "SET pgmoat.break_glass = ''", "RESET ALL", "DISCARD ALL",
                                 "SELECT set_config('pgmoat.break_glass', '', false)"])
def test_ends(end, moat, unchanged):
    with moat.wire("deploy_super") as wire:
        wire.ask(query(SET))
        wire.ask(query(end))
        assert not wire.errors
        assert "whole again (reset)" in wire.notices[-1]["M"], wire.notices
        closed(wire)


def test_expires_by_itself_while_idle(short, unchanged):
    with short.wire("deploy_super") as wire:
        wire.ask(query(SET))
        assert wire.read_until("N") == ["NoticeResponse WARNING 01000"]  # nobody asked for it
        assert "whole again (expired)" in wire.notices[-1]["M"]
        assert "is over since" in closed(wire)["H"]
    assert short.audited(event="grant", rule="break-glass.expired")["duration_us"] >= 1e6
    assert short.metrics_sum("pgmoat_grants_total", outcome="expired") == 1


def test_a_second_set_does_not_prolong_it(short, unchanged):
    with short.wire("deploy_super") as wire:
        wire.ask(query(SET))
        # Over and over; the one behind the end begins another grant.
        while not any("whole again (expired)" in notice["M"] for notice in wire.notices[-2:]):
            wire.ask(query(SET))
            assert not wire.errors
        assert any("broken already" in notice["M"] for notice in wire.notices)
    first = short.audited(event="grant", rule="break-glass.expired")
    begins = [r for r in short.audit(event="grant", rule="break-glass.opened") if r["grant"] == first["grant"]]
    assert len(begins) == 1 and 1e6 <= first["duration_us"] < 30e6, first


def test_a_statement_that_runs_when_it_expires_ends_well(short, unchanged):
    with short.wire("deploy_super") as wire:
        wire.ask(query(SET))
        wire.ask(query("BEGIN"))
        lines = wire.ask(query(f"SELECT pg_sleep(2); {DROP}"))
        assert "CommandComplete DROP TABLE" in lines and "NoticeResponse WARNING 01000" in lines, lines
        wire.ask(query(DROP))
        check_refusal(wire.errors[0], {"42501"}, "deploy")
        wire.ask(query("ROLLBACK"))


def test_a_reader_writes_and_the_session_ends_with_the_grant(moat, unchanged):
    with moat.wire("dev_super") as wire:
        wire.ask(query(SET))
        assert "default_transaction_read_only" in wire.notices[-1]["H"]
        wire.ask(query("DELETE FROM order_items"))  # the server's wall still stands
        assert wire.errors.pop()["C"] == "25006"
        wire.ask(query("SET default_transaction_read_only = off"))
        wire.ask(query("BEGIN"), query("DELETE FROM order_items"), query("ROLLBACK"), readies=3)
        assert not wire.errors
        wire.send(query("RESET pgmoat.break_glass"))
        wire.read_to_end()
        assert wire.errors[-1]["C"] == "57P01" and wire.errors[-1]["S"] == "FATAL", wire.errors
        assert "Connect again" in wire.errors[-1]["H"]
    assert moat.audited(event="disconnect", rule="break-glass.over")


def test_an_open_transaction_of_such_a_session_is_rolled_back(short, unchanged):
    with short.wire("dev_super") as wire:
        wire.ask(query(SET))
        wire.ask(query("BEGIN READ WRITE"))
        if not wire.errors:
            wire.ask(query("DELETE FROM order_items"))
        wire.read_to_end()
        assert wire.errors[-1]["C"] == "57P01", wire.errors


def test_what_the_grant_let_into_the_session_does_not_stay(short, unchanged):
    with short.wire("deploy_super") as wire:
        wire.ask(query(SET))
        wire.ask(query("SET session_replication_role = replica"))
        assert not wire.errors
        wire.read_to_end()
        assert wire.errors[-1]["C"] == "57P01", wire.errors


def test_reload(moat, unchanged):
    with moat.wire("deploy_super") as wire, moat.wire("deploy_super") as other:
        wire.ask(query(SET))
        tree = copy.deepcopy(moat.tree)
        tree["roles"]["deploy"]["break_glass"]["max"] = "1h"
        moat.reload(tree)
        assert not try_drop(wire)
        del tree["roles"]["deploy"]
        moat.reload(tree)
        assert wire.read_until("N") == ["NoticeResponse WARNING 01000"]
        closed(wire)
        wire.errors.clear()
        wire.ask(query(SET))
        assert check_refusal(wire.errors[0], {"42501"}, "deploy")[0] == "any.break-glass"
        closed(other)
    assert moat.audited(event="grant", rule="break-glass.reload")


def test_another_role_than_admin(start_pgmoat, unchanged):
    moat = start_pgmoat(roles={
        "fixer": {"extends": "deploy", "rules": [{"allow": ["truncate"], "relations": ["order_items"]}]},
        "deploy": {"break_glass": {"max": "15min", "role": "fixer"}}})
    with moat.wire("deploy_super") as wire:
        wire.ask(query(SET))
        wire.ask(query("BEGIN"), query("TRUNCATE order_items"), query("ROLLBACK"), readies=3)
        assert not wire.errors, wire.errors
        wire.ask(query(DROP))
        check_refusal(wire.errors[0], {"42501"}, "fixer")
    assert moat.audited(event="grant", rule="break-glass.opened")["granted_role"] == "fixer"


def test_shadow_mode(start_pgmoat):
    moat = start_pgmoat(start=False, roles=ROLES)
    moat.tree["environments"]["production"]["enforce"] = False
    moat.write_config(moat.tree)
    moat.start()
    with moat.wire("app_super", options="-c pgmoat.break_glass=INC-4711") as wire:
        wire.ask(query(SET))
        assert not wire.errors and not wire.notices
    assert moat.audited(rule="any.break-glass")["decision"] == "would_deny"
    assert not moat.audit(event="grant")


def test_execute_is_judged_by_what_holds_then(moat, unchanged):
    """A statement prepared under the grant is judged anew behind it."""
    with moat.wire("deploy_super") as wire:
        wire.ask(query(SET))
        wire.ask(parse("drop", DROP), sync())
        wire.ask(query("PREPARE gone AS DELETE FROM order_items"))
        assert not wire.errors
        wire.ask(query("RESET pgmoat.break_glass"))
        wire.ask(bind("", "drop"), execute(), sync())
        wire.ask(query("EXECUTE gone"))
        assert [e["C"] for e in wire.errors] == ["42501", "42501"], wire.errors


def test_a_function_call_under_a_grant_does_not_outlive_it(start_pgmoat, postgres, unchanged):
    with postgres.connect() as connection:
        oid = connection.execute("SELECT 'set_config'::regproc::oid::int").fetchone()[0]
    moat = start_pgmoat(roles={"app": {"break_glass": {"max": "15m"}}})
    with moat.wire("app_super") as wire:
        wire.ask(query("CREATE TEMP TABLE order_items (a int)"))
        wire.ask(query("SET pgmoat.break_glass = 'a test'"))
        wire.ask(function_call(oid, b"search_path", b"public, pg_temp", b"\0"))
        assert not wire.errors, wire.errors
        wire.send(query("RESET pgmoat.break_glass"))
        wire.send(query("TRUNCATE order_items"))
        wire.read_to_end()
        assert [e["C"] for e in wire.errors] == ["57P01"], wire.errors
