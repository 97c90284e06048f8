"""Roles app, deploy and admin: cases/app.sql, cases/deploy.sql, as superusers of the database."""
import pytest

import cases
from errors import check_refusal
from servers import until
from wire import Wire, one_shot, query, sync

ALL = [(role, login, case) for role, login in (("app", "app_super"), ("deploy", "deploy_super"))
       for case in cases.read(f"{role}.sql")]
REFUSED = [x for x in ALL if x[2].expected != {"ok"}]
ALLOWED = [x for x in ALL if x[2].expected == {"ok"}]


def named(found):
    return pytest.mark.parametrize("role, login, case", found, ids=[f"{r}: {c.name}" for r, _, c in found])


@pytest.mark.parametrize("protocol", ["simple", "extended"])
@named(REFUSED)
def test_refused(role, login, case, protocol, pgmoat, postgres, snapshots, unchanged):
    statement = case.filled(postgres.loot, snapshots.pid)
    log = postgres.log_end()
    with pgmoat.wire(login) as wire:
        dialogue = wire.ask(*([query(statement)] if protocol == "simple" else [one_shot(statement), sync()]))
        assert [x.split()[0] for x in dialogue] == ["ErrorResponse", "ReadyForQuery"], dialogue
        check_refusal(wire.errors[0], case.expected, role if case.expected == {"42501"} else None)
        assert case.marker(statement) not in postgres.log_since(log), "the statement reached the server"
        assert wire.rows("SELECT 1") == [("1",)]


@named(ALLOWED)
def test_allowed(role, login, case, pgmoat, postgres, snapshots):
    statement = case.filled(postgres.loot, snapshots.pid)
    with pgmoat.wire(login) as wire:
        wire.ask(query("BEGIN"))
        wire.ask(query(statement))
        assert not wire.errors, wire.errors
        assert wire.status == "T"
        wire.ask(query("ROLLBACK"))


def test_deploy_creates_an_index_concurrently(pgmoat):
    with pgmoat.wire("migrator") as wire:
        wire.ask(query("CREATE INDEX CONCURRENTLY customers_name ON customers (name)"))
        assert not wire.errors
    with pgmoat.wire("postgres") as wire:
        wire.ask(query("DROP INDEX customers_name"))
        assert not wire.errors


def test_admin_may_do_everything_and_is_on_record(pgmoat, postgres):
    with pgmoat.wire("postgres") as wire:
        for statement in ("CREATE TABLE scratch (a int)", "INSERT INTO scratch VALUES (1), (2)",
                          "UPDATE scratch SET a = 3", "DELETE FROM scratch", "TRUNCATE scratch",
                          "DO $$ BEGIN PERFORM 1; END $$", "DROP TABLE scratch",
                          "SET standard_conforming_strings = off"):
            wire.ask(query(statement))
            assert not wire.errors, (statement, wire.errors)
            pgmoat.audited(statement=statement, role="admin", decision="allow")


def test_a_text_that_admin_makes_the_server_read_differently_is_recorded_whole(pgmoat):
    statement = r"SELECT '\' ; DROP TABLE one_string --'"
    with pgmoat.wire("postgres", application_name="backslash") as wire:
        wire.ask(query("SET standard_conforming_strings = off"))
        assert wire.ask(query(statement))[-2] == "CommandComplete SELECT 1"
    until(lambda: pgmoat.audit(application_name="backslash", event="disconnect"))
    assert any("one_string" in r["statement"] for r in pgmoat.audit(application_name="backslash", event="statement"))


def test_admin_gets_the_servers_own_syntax_error(pgmoat, postgres):
    with pgmoat.wire("postgres") as through, Wire(postgres.port).login("postgres") as direct:
        for wire in (through, direct):
            wire.ask(query("SELEC 1"))
        assert through.errors == direct.errors


def test_admin_may_open_a_replication_connection(pgmoat):
    with pgmoat.wire("postgres", replication="database") as wire:
        lines = wire.ask(query("IDENTIFY_SYSTEM"))
        assert lines[0].startswith("RowDescription systemid"), lines
