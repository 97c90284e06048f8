"""A developer reads production and cannot harm it: cases/readonly_*.sql, as a login that is
superuser in the database, by the simple and by the extended protocol."""
import pytest

import cases
from errors import check_refusal
from wire import Refused, one_shot, query, sync

REFUSED = cases.read("readonly_refused.sql")
ALLOWED = cases.read("readonly_allowed.sql")


def simple(statement):
    return [query(statement)]


def extended(statement):
    return [one_shot(statement), sync()]


PROTOCOLS = pytest.mark.parametrize("protocol", [simple, extended], ids=["simple", "extended"])


def case(found):
    return pytest.mark.parametrize("case", found, ids=[c.name for c in found])


@PROTOCOLS
@case(REFUSED)
def test_refused(case, protocol, pgmoat, postgres, snapshots, unchanged):
    statement = case.filled(postgres.loot, snapshots.pid)
    with pgmoat.wire("dev_super") as wire:
        for text in case.setup:
            wire.ask(query(text))
        wire.errors.clear()
        log = postgres.log_end()

        dialogue = wire.ask(*protocol(statement))

        assert len(wire.errors) == 1, dialogue
        role = "readonly" if wire.errors[0]["C"] in ("25006", "42501") else None
        if wire.errors[0]["C"] == "26000" and "R" in wire.errors[0]:
            # What was never prepared is the server's to complain about, in its own words.
            assert "26000" in case.expected and wire.errors[0]["R"] == "FetchPreparedStatement"
        else:
            check_refusal(wire.errors[0], case.expected, role)
        # Refused as a whole: nothing before the error, ReadyForQuery behind it.  But EXECUTE may
        # be parsed; what it would run is known when it runs.
        if b"EXECUTE" not in statement:
            assert [x.split()[0] for x in dialogue] == ["ErrorResponse", "ReadyForQuery"], dialogue
        marker = case.marker(statement)
        seen = postgres.log_since(log)
        assert marker not in seen or b"EXECUTE" in statement and f"execute <unnamed>: {marker}" not in seen, \
            "the statement reached the server"
        if wire.status != "I":
            wire.ask(query("ROLLBACK"))
        assert wire.rows("SELECT 'still here'") == [("still here",)]


@case(ALLOWED)
def test_allowed(case, pgmoat, postgres, snapshots, unchanged):
    statement = case.filled(postgres.loot, snapshots.pid)
    with pgmoat.wire("dev_super") as wire:
        dialogue = wire.ask(*simple(statement))
        assert not wire.errors, wire.errors
        assert dialogue[-1].startswith("ReadyForQuery"), dialogue
        if b";" not in statement.strip(b";"):  # the extended protocol takes one statement a text
            dialogue = wire.ask(*extended(statement))
        assert not wire.errors, wire.errors
        assert dialogue[-1].startswith("ReadyForQuery"), dialogue


def test_the_second_wall_stands_behind_the_first(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        assert wire.rows("SHOW transaction_read_only") == [("on",)]
        for reset in ("RESET ALL", "DISCARD ALL"):
            wire.ask(query(reset))
            assert wire.rows("SHOW default_transaction_read_only") == [("on",)]


@pytest.mark.parametrize("options", [
    "-c default_transaction_read_only=off", "-cdefault_transaction_read_only=off",
    "--default-transaction-read-only=off", "-c DEFAULT_TRANSACTION_READ_ONLY=0",
    r"-c\ default_transaction_read_only=off", "-c search_path=public -c transaction_read_only=off",
    "-c standard_conforming_strings=off", "-c client_encoding=SJIS", "-c role=postgres",
    "-c session_preload_libraries=auto_explain", "-P -O", "-c",
])
def test_startup_options_that_would_open_the_wall_are_refused(options, pgmoat, unchanged):
    try:
        with pgmoat.wire("dev_super", options=options) as wire:
            # The proxy may also let the login in and hold its own setting against it.
            assert wire.rows("SHOW default_transaction_read_only") == [("on",)]
            assert wire.rows("SHOW standard_conforming_strings") == [("on",)]
            assert wire.rows("SHOW client_encoding") == [("UTF8",)]
            assert wire.rows("SELECT current_user") == [("dev_super",)]
            wire.ask(one_shot("DELETE FROM order_items"), sync())
            assert wire.errors[-1]["C"] == "25006"
    except Refused as refused:
        assert refused.fields["S"] == "FATAL"
        # 42704: the server's own, where escapes made it a setting that does not exist.
        assert refused.fields["C"] in ("42501", "25006", "28000", "42704"), refused.fields


@pytest.mark.parametrize("setting", [
    {"default_transaction_read_only": "off"}, {"Default_Transaction_Read_Only": "off"},
    {"standard_conforming_strings": "off"}, {"client_encoding": "SJIS"}, {"client_encoding": "big5"},
    {"client_encoding": "GB18030"}, {"role": "postgres"}, {"session_authorization": "postgres"},
])
def test_startup_parameters_that_would_open_the_wall_are_refused(setting, pgmoat, unchanged):
    with pytest.raises(Refused) as refused:
        pgmoat.wire("dev_super", **setting)
    assert refused.value.fields["S"] == "FATAL"
    assert refused.value.fields["C"] in ("42501", "25006", "28000"), refused.value.fields
    assert refused.value.fields.get("H")


@pytest.mark.parametrize("options", [
    "-c statement_timeout=5000", "-c search_path=public -c work_mem=64MB", "--geqo=off",
    r"-c application_name=two\ words", "-c default_transaction_read_only=on"])
def test_ordinary_startup_options_work(options, pgmoat):
    with pgmoat.wire("dev_super", options=options) as wire:
        assert wire.rows("SELECT 1") == [("1",)]


@pytest.mark.parametrize("value", ["database", "true", "on", "1"])
def test_replication_is_refused(value, pgmoat, unchanged):
    with pytest.raises(Refused) as refused:
        pgmoat.wire("dev_super", replication=value)
    assert refused.value.fields["S"] == "FATAL"
    assert refused.value.fields["C"] in ("42501", "28000"), refused.value.fields


def test_no_replication_is_what_everybody_has(pgmoat):
    with pgmoat.wire("dev_super", replication="false") as wire:
        assert wire.rows("SELECT 1") == [("1",)]
