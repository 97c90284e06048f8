"""The migration window against what was sent behind an error and so never ran: a BEGIN, a
ROLLBACK.  The other ways around it are in tests/session/migration_window_test.cc."""
import copy

import pytest

from wire import one_shot, query, sync

ATTACKS = {
    "a BEGIN that is skipped": [[query("SELECT 1/0; BEGIN"), query("CREATE TABLE unrecorded (a int)")]],
    "a BEGIN behind an error": [
        [one_shot("SELECT 1/0"), one_shot("BEGIN"), sync(), one_shot("CREATE TABLE unrecorded (a int)"), sync()]],
    "a ROLLBACK that is skipped": [
        [query("BEGIN")], [query("CREATE TABLE unrecorded (a int)")], [query("SAVEPOINT s")],
        [query("SELECT 1/0; ROLLBACK"), query("ROLLBACK TO s"), query("COMMIT")]],
    "a ROLLBACK that was skipped": [
        [query("BEGIN")], [query("CREATE TABLE unrecorded (a int)")], [query("SAVEPOINT s")],
        [query("SELECT 1/0; ROLLBACK")], [query("ROLLBACK TO s")], [query("COMMIT")]],
    "a COMMIT that was skipped": [
        [query("BEGIN")], [query("CREATE TABLE IF NOT EXISTS schema_migrations (version bigint, dirty boolean)")],
        [query("CREATE TABLE unrecorded (a int)")], [query("SAVEPOINT s")],
        [query("INSERT INTO schema_migrations (version) VALUES (1)")],
        [query("SELECT 1/0; COMMIT")], [query("ROLLBACK TO s")], [query("COMMIT")]],
}


@pytest.fixture
def moat(start_pgmoat):
    moat = start_pgmoat()
    tree = copy.deepcopy(moat.tree)
    tree["environments"]["production"]["migrations"] = {"require": "ledger"}
    moat.reload(tree)
    return moat


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_committed_without_a_record(name, moat, unchanged):
    with moat.wire("deploy_super") as wire:
        for messages in ATTACKS[name]:
            wire.ask(*messages, readies=sum(message[:1] == b"Q" or message == sync() for message in messages))
        assert "42501" in [e["C"] for e in wire.errors], wire.errors


def test_a_pipelined_transaction_in_one_pipeline_goes_on(moat, unchanged):
    with moat.wire("deploy_super") as wire:
        wire.ask(query("BEGIN"), query("SELECT 1"), query("ROLLBACK"), query("SELECT 2"), readies=4)
        wire.ask(one_shot("BEGIN"), one_shot("CREATE TABLE unrecorded (a int)"), sync())
        wire.ask(query("ROLLBACK"))
        assert not wire.errors, wire.errors
