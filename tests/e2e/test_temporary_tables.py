"""A temporary table of a session's own may be emptied and dropped by it: but only once it is
there.  What the protocol adds to cases/attacks/temporary_tables.sql."""
import pytest

from wire import bind, describe, execute, flush, one_shot, parse, query, sync

MAKE = "CREATE TEMP TABLE order_items (a int)"
NEVER_MADE = {
    "parsed, not run": [parse("", MAKE), sync()],
    "parsed and described": [parse("s", MAKE), describe("S", "s"), sync()],
    "bound, not run": [parse("", MAKE), bind(), sync()],
    "bound and described": [parse("", MAKE), bind(), describe(), sync()],
    "run, then an error before the Sync": [one_shot(MAKE), one_shot("SELECT 1/0"), sync()],
    "behind an error, skipped": [one_shot("SELECT 1/0"), one_shot(MAKE), sync()],
    "behind a refusal, skipped": [parse("", "DROP TABLE orders"), one_shot(MAKE), sync()],
    "run, then a refusal before the Sync": [one_shot(MAKE), one_shot("DROP TABLE orders"), sync()],
    "prepared by its text, not run": [query("PREPARE p AS SELECT 1"), parse("p2", MAKE), sync()],
    "in a transaction that the next message ends": [one_shot("BEGIN"), one_shot(MAKE), one_shot("ROLLBACK"), sync()],
}


@pytest.mark.parametrize("attack", ["TRUNCATE order_items", "DROP TABLE order_items"])
@pytest.mark.parametrize("name", NEVER_MADE)
def test_a_table_that_was_not_made_is_not_its_own(name, attack, pgmoat, unchanged):
    messages = NEVER_MADE[name]
    with pgmoat.wire("app_super") as wire:
        wire.ask(*messages, readies=2 if messages[0][:1] == b"Q" else 1)
        wire.errors.clear()
        assert wire.ask(query(attack)) == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]
        wire.ask(one_shot(attack), sync())
        assert [e["C"] for e in wire.errors] == ["42501", "42501"], wire.errors


@pytest.mark.parametrize("attack", ["DELETE FROM {}", "DROP TABLE {}"])
@pytest.mark.parametrize("made,kept", [("ä" * 32 + "1", "ä" * 32 + "2"), ("a" * 62 + "ä", "a" * 62)],
                         ids=["not ASCII", "cut to ASCII"])
def test_names_that_are_one_in_utf8_are_two_in_latin1(made, kept, attack, postgres, pgmoat):
    with postgres.connect() as direct:
        direct.execute("CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with postgres.connect("narrow", client_encoding="UTF8") as inside:
                inside.execute(f"CREATE TABLE {kept} AS SELECT 1 AS a")
                with pgmoat.wire("app_super", database="narrow", client_encoding="UTF8") as wire:
                    wire.ask(query(f"CREATE TEMP TABLE {made} (a int)"))
                    assert not wire.errors
                    assert wire.ask(query(attack.format(kept))) == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]
                assert inside.execute(f"SELECT a FROM {kept}").fetchall() == [(1,)]
        finally:
            direct.execute("DROP DATABASE narrow WITH (FORCE)")


def test_of_another_session_is_not_its_own(pgmoat, unchanged):
    with pgmoat.wire("app_super") as first, pgmoat.wire("app_super") as second:
        first.ask(query(MAKE))
        assert not first.errors
        assert second.ask(query("TRUNCATE order_items")) == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]


def test_made_and_emptied_in_one_pipeline_is_its_own_or_refused_but_never_another(pgmoat, unchanged):
    """Whether it was made is not known yet when the TRUNCATE is judged: to refuse is right, and
    so is to let it pass, for it can only reach the new one."""
    with pgmoat.wire("app_super") as wire:
        wire.ask(one_shot(MAKE), flush(), one_shot("TRUNCATE order_items"), sync())
        assert [e["C"] for e in wire.errors] in ([], ["42501"]), wire.errors


def test_after_the_sync_it_is_its_own(pgmoat, unchanged):
    with pgmoat.wire("app_super") as wire:
        for text in ("CREATE TEMP TABLE scratch (a int)", "INSERT INTO scratch VALUES (1)", "TRUNCATE scratch",
                     "DROP TABLE scratch"):
            wire.ask(one_shot(text), sync())
            assert not wire.errors, (text, wire.errors)


def test_what_was_prepared_beside_it_makes_no_table(pgmoat, unchanged):
    with pgmoat.wire("app_super") as wire:
        wire.ask(query("CREATE TEMP TABLE order_items AS SELECT 1; PREPARE beside AS SELECT 2"))
        wire.ask(query("DROP TABLE pg_temp.order_items"))
        assert "DataRow" in " ".join(wire.ask(bind("", "beside"), execute(), sync()))
        assert not wire.errors, wire.errors
        assert wire.ask(query("DROP TABLE order_items")) == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]
