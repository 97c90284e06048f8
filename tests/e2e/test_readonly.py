"""What a readonly session starts with, and what it may not start with.  What it may say is in
cases/: test_corpus.py."""
import pytest

from wire import Refused, one_shot, query, sync


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
