"""Shadow mode: nothing is refused, and the trail tells what would be."""
import pytest

from errors import check_refusal
from servers import LOGINS
from wire import Refused, one_shot, query, sync

SUPPORT = {"extends": "readonly", "rules": [
    {"name": "notes", "log": ["insert"], "relations": ["public.order_items"]},
    {"name": "no-products", "deny": ["read"], "relations": ["public.products"]},
    {"name": "copies", "log": ["copy_out"]}]}


def shadowed(start_pgmoat, **options):
    moat = start_pgmoat(start=False, logins={**LOGINS, "dev_ro": "support"}, roles={"support": SUPPORT}, **options)
    return moat


@pytest.fixture
def shadow(start_pgmoat):
    moat = shadowed(start_pgmoat)
    moat.tree["environments"]["production"]["enforce"] = False
    moat.write_config(moat.tree)
    moat.start()
    return moat


@pytest.fixture
def enforced(start_pgmoat):
    moat = shadowed(start_pgmoat)
    moat.start()
    return moat


WOULD = [
    ("dev_super", "CREATE TABLE shadow_t (a int)", "readonly.ddl"),
    ("dev_super", "SET standard_conforming_strings = on", None),
    ("dev_super", "SELECT restock(-1)", "readonly.function"),
    ("app_super", "DELETE FROM order_items", "app.delete-without-where"),
    ("app_super", "DROP TABLE order_items CASCADE", "app.ddl"),
    ("deploy_super", "TRUNCATE order_items", "deploy.truncate"),
    ("dev_super", "SELECT 1 FROM", "any.not-understood"),
]


@pytest.mark.parametrize("protocol", ["simple", "extended"])
@pytest.mark.parametrize("login, statement, rule", WOULD)
def test_nothing_is_refused_and_it_is_on_record(login, statement, rule, protocol, shadow):
    with shadow.wire(login) as wire:
        wire.ask(query("BEGIN"))
        wire.ask(*([query(statement)] if protocol == "simple" else [one_shot(statement), sync()]))
        assert all(e["C"] == "42601" and rule == "any.not-understood" for e in wire.errors), wire.errors
        wire.ask(query("ROLLBACK"))
    record = shadow.audited(statement=statement) if protocol == "simple" or not wire.errors else None
    if record is None:  # a Parse that the server refuses runs nothing
        return
    assert record["decision"] == ("would_deny" if rule else "allow"), record
    assert record.get("rule") == rule, record
    if rule:
        assert shadow.metrics_sum("pgmoat_would_deny_total", rule=rule) >= 1


def test_the_wall_of_a_reader_is_not_raised_either(shadow):
    with shadow.wire("dev_super") as wire:
        assert wire.rows("SHOW default_transaction_read_only") == [("off",)]


def test_replication_is_refused_all_the_same(shadow):
    with pytest.raises(Refused) as refused:
        shadow.wire("dev_super", replication="database")
    assert refused.value.fields["C"] == "42501"


def test_a_reload_that_enforces_ends_what_has_no_wall(shadow):
    with shadow.wire("dev_super") as reader, shadow.wire("app_super") as app:
        app.ask(query("BEGIN"))
        app.ask(query("DELETE FROM order_items"))
        app.ask(query("ROLLBACK"))
        assert not app.errors
        tree = dict(shadow.tree)
        tree["environments"] = {"production": {**tree["environments"]["production"], "enforce": True}}
        shadow.reload(tree)
        app.ask(query("DELETE FROM order_items"))
        check_refusal(app.errors[0], {"42501"}, "app")
        reader.send(query("SELECT 1"))
        reader.read_to_end()
        assert reader.errors[-1]["C"] == "57P01", reader.errors


def test_log_rules_pass_and_are_on_record(enforced):
    with enforced.wire("dev_ro") as wire:
        wire.ask(query("COPY (SELECT 1) TO STDOUT"))
        assert not wire.errors, wire.errors
        assert enforced.audited(statement="COPY (SELECT 1) TO STDOUT")["rule"] == "support.copies"
        assert enforced.audited(statement="COPY (SELECT 1) TO STDOUT")["decision"] == "would_deny"
        wire.ask(query("SELECT * FROM products"))
        assert check_refusal(wire.errors[-1], {"42501"})[0] == "support.no-products"
        wire.errors.clear()
        wire.ask(query("COPY products TO STDOUT"))
        assert check_refusal(wire.errors[-1], {"42501"})[0] == "support.no-products", "log does not lift a deny"
        wire.ask(query("DELETE FROM order_items WHERE order_id = 1"))
        assert wire.errors[-1]["C"] == "25006"
