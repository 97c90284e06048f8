"""A volatile operator or function of somebody's own does not take a built-in one's name away
from all others: it is in a schema that is not searched, or of other types."""
import pytest

from arena import DATABASE
from wire import query

OPERATOR = "CREATE OPERATOR trap.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = trap.is_true)"
FUNCTION = "CREATE FUNCTION trap.lower(trap.boxed) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 1'"


@pytest.fixture
def created(pgmoat, arena, request):
    """Created through pgmoat, so that it knows of it; gone after the test."""
    with pgmoat.wire("postgres", database=DATABASE) as admin:
        admin.ask(query(request.param))
        assert not admin.errors, admin.errors
    yield
    arena.renew()


@pytest.mark.parametrize("created, everyday, attack", [
    (OPERATOR, "SELECT count(*) FROM products WHERE id = 1", "SELECT 1 OPERATOR(trap.=) 1"),
    (FUNCTION, "SELECT lower(name) FROM products WHERE id = 1", "SELECT trap.lower(ROW(1)::trap.boxed)"),
], indirect=["created"], ids=["operator", "function"])
def test_a_built_in_name(created, everyday, attack, pgmoat):
    with pgmoat.wire("dev_super", database=DATABASE) as wire:
        assert wire.ask(query(attack)) == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]
        wire.errors.clear()
        wire.ask(query(everyday))
        assert not wire.errors, wire.errors
