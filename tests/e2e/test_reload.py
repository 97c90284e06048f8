"""SIGHUP: the new file counts from the next statement on, whole or not at all."""
import copy

import pytest

from errors import check_refusal
from servers import LOGINS
from wire import Refused, bind, execute, one_shot, parse, query, sync


@pytest.fixture
def moat(start_pgmoat):
    return start_pgmoat(logins={**LOGINS, "app_super": "admin"})


def with_role(moat, login, role):
    tree = copy.deepcopy(moat.tree)
    tree["environments"]["production"]["logins"][login] = role
    return tree


def test_prepared_before_denied_at_execute(moat, unchanged):
    with moat.wire("app_super") as wire:
        wire.ask(parse("drop", "DROP TABLE order_items"), parse("keep", "SELECT 7"), sync())
        wire.ask(query("BEGIN"), query("DECLARE c CURSOR FOR SELECT 1"), query("COMMIT"), readies=3)
        assert not wire.errors
        moat.reload(with_role(moat, "app_super", "app"))

        lines = wire.ask(bind("", "keep"), execute(), sync(), bind("", "drop"), execute(), sync(), readies=2)
        assert "DataRow 7" in lines
        check_refusal(wire.errors[0], {"42501"}, "app")
        assert wire.ask(bind("", "keep"), execute(), sync())[1] == "DataRow 7"


def test_bound_before_denied_at_execute(moat, unchanged):
    with moat.wire("app_super") as wire:
        wire.ask(query("BEGIN"))
        wire.ask(parse("drop", "DROP TABLE order_items"), bind("portal", "drop"), sync())
        moat.reload(with_role(moat, "app_super", "app"))
        assert wire.ask(execute("portal"), sync()) == ["ErrorResponse ERROR 42501", "ReadyForQuery E"]
        assert wire.ask(query("COMMIT")) == ["CommandComplete ROLLBACK", "ReadyForQuery I"]


def test_sql_prepare_before_denied_at_execute(moat, unchanged):
    with moat.wire("app_super") as wire:
        wire.ask(query("PREPARE d AS DELETE FROM order_items"))
        moat.reload(with_role(moat, "app_super", "app"))
        wire.ask(query("EXECUTE d"))
        check_refusal(wire.errors[0], {"42501"}, "app")
        wire.ask(one_shot("EXECUTE d"), sync())
        check_refusal(wire.errors[1], {"42501"}, "app")


def test_a_session_gets_the_tighter_and_the_wider_role(moat):
    with moat.wire("app_super") as wire:
        for role, denied in (("app", True), ("admin", False), ("deploy", False), ("app", True)):
            moat.reload(with_role(moat, "app_super", role))
            wire.errors.clear()
            wire.ask(query("BEGIN; CREATE TABLE scratch (a int); ROLLBACK"))
            assert bool(wire.errors) == denied, (role, wire.errors)


def test_a_session_that_becomes_readonly_has_no_second_wall_and_ends_or_is_judged(moat, unchanged):
    """Its server session was begun without default_transaction_read_only."""
    with moat.wire("app_super") as wire:
        moat.reload(with_role(moat, "app_super", "readonly"))
        wire.send(query("DELETE FROM order_items"))
        wire.read_until("E")
        assert wire.errors[0]["C"] in ("25006", "42501", "57P01"), wire.errors


def test_a_login_that_is_taken_away_ends_or_is_refused_everything(moat, unchanged):
    with moat.wire("app_super") as wire:
        tree = copy.deepcopy(moat.tree)
        del tree["environments"]["production"]["logins"]["app_super"]
        moat.reload(tree)
        wire.send(query("SELECT 1"), query("DELETE FROM order_items"))
        wire.socket.settimeout(10)
        try:
            lines = wire.read_until("Z")
        except Exception:  # closed: a FATAL went before
            lines = []
        assert wire.errors, lines
        with pytest.raises(Refused):
            moat.wire("app_super")


@pytest.mark.parametrize("broken", [
    "listen: [", "", "listen:\n  - address: 127.0.0.1:6432\nenvironments: {}\n", '{"lissen": []}'])
def test_a_broken_file_keeps_the_old_rules(broken, moat):
    with moat.wire("app_super") as wire:
        moat.reload(broken)
        assert "reload failed" in moat.log.read_text()
        wire.ask(query("BEGIN; CREATE TABLE scratch (a int); ROLLBACK"))
        assert not wire.errors
        with moat.wire("app_super") as another:
            assert another.rows("SELECT 1") == [("1",)]
        assert moat.metrics_sum("pgmoat_config_reloads_total", result="failure") == 1


def test_reload_reopens_the_audit_file(moat):
    moat.wire("dev_super").rows("SELECT 1")
    moat.audited(event="login")
    rotated = moat.audit_file.rename(moat.audit_file.with_suffix(".1"))
    moat.reload(moat.tree)
    moat.wire("dev_super").rows("SELECT 'after rotation'")
    moat.audited(statement="SELECT 'after rotation'")
    assert "after rotation" not in rotated.read_text()
