"""Role admin, and what a deployment's own logins do.  What roles may say is in cases/: test_corpus.py."""
from servers import until
from wire import Wire, query


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
