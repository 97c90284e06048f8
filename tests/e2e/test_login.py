"""The server authenticates; pgmoat passes it through and decides who may try."""
import struct

import pytest

from wire import PROTOCOL_3_0, Refused, Wire, message, query, startup

METHODS = [("login_trust", None), ("login_password", "pw-clear-91ac"), ("login_md5", "pw-md5-44be"),
           ("login_scram", "pw-scram-7d1f")]


@pytest.mark.parametrize("user, password", METHODS)
def test_login(user, password, pgmoat):
    with pgmoat.wire(user, password=password) as wire:
        assert wire.rows("SELECT current_user") == [(user,)]
    with pgmoat.connect(user, password=password) as connection:
        assert connection.execute("SELECT session_user").fetchone() == (user,)
    out, err = pgmoat.psql(user, "SELECT current_user;\n", PGPASSWORD=password or "")
    assert out == f"{user}\n" and not err


@pytest.mark.parametrize("user", ["login_password", "login_md5", "login_scram"])
def test_wrong_password_is_the_servers_own_error(user, pgmoat, postgres):
    refusals = []
    for wire in (Wire(postgres.port), pgmoat.wire()):
        with pytest.raises(Refused) as refused:
            wire.login(user, password="wrong")
        assert wire.read_to_end() == []
        refusals.append(refused.value.fields)
    assert refusals[0] == refusals[1] and refusals[0]["C"] == "28P01"
    record = pgmoat.audited(event="login", login=user, sqlstate="28P01")
    assert record["outcome"] == "error"


def test_unknown_database_is_the_servers_own_error(pgmoat):
    with pytest.raises(Refused) as refused:
        pgmoat.wire("dev_super", database="no_such_database")
    assert refused.value.fields["C"] == "3D000"


def test_unknown_login_is_refused_before_the_server_hears_of_it(pgmoat, postgres):
    log = postgres.log_end()
    with pytest.raises(Refused) as refused:
        pgmoat.wire("nobody_knows")
    fields = refused.value.fields
    assert (fields["S"], fields["C"]) == ("FATAL", "28000")
    assert "nobody_knows" in fields["M"] and "production" in fields["M"] and fields["H"]
    assert "nobody_knows" not in postgres.log_since(log)
    record = pgmoat.audited(event="login", login="nobody_knows")
    assert record["decision"] == "deny" and record["sqlstate"] == "28000" and record["rule"]


@pytest.mark.parametrize("login", ["Dev_Super", "dev_super ", "dev_ro\x01", "postgres'--", "*", "LOGIN_x"])
def test_names_are_compared_as_they_are(login, pgmoat):
    with pytest.raises(Refused) as refused:
        pgmoat.wire(login)
    assert refused.value.fields["C"] == "28000"


def test_scram_offers_no_channel_binding_that_would_end_at_the_proxy(pgmoat):
    wire = pgmoat.wire("login_scram", password="pw-scram-7d1f")
    assert wire.mechanisms == ["SCRAM-SHA-256"]
    wire.socket.close()


@pytest.mark.parametrize("minor, options", [
    (0, {}), (2, {}), (3, {}), (9999, {}),
    (0, {"_pq_.unheard_of": "1"}), (9999, {"_pq_.a": "1", "_pq_.b": "2"})])
def test_protocol_versions(minor, options, pgmoat):
    """A server of release 15 knows 3.0 and says so; whatever is agreed, the client is told
    once, before AuthenticationOk, and works."""
    with pgmoat.wire() as wire:
        wire.send(startup("dev_super", version=PROTOCOL_3_0 + minor, **options))
        kinds, negotiation = [], None
        while "Z" not in kinds:
            kind, body = wire.read()
            assert kind != "E", wire.errors
            kinds.append(kind)
            if kind == "v":
                newest, count = struct.unpack_from("!ii", body)
                names = body[8:].rstrip(b"\0").split(b"\0") if count else []
                negotiation = (newest & 0xFFFF, [n.decode() for n in names])
        assert kinds.count("v") == (1 if minor > 0 or options else 0), kinds
        if negotiation:
            assert kinds[0] == "v", "comes before anything else"
            assert negotiation[0] <= minor
            assert negotiation[1] == list(options)
        assert wire.rows("SELECT 1") == [("1",)]


@pytest.mark.parametrize("version", [2 << 16, 4 << 16, 0])
def test_other_protocols_are_refused(version, pgmoat):
    with pgmoat.wire() as wire:
        wire.send(startup("dev_super", version=version))
        assert wire.read_to_end() == ["ErrorResponse FATAL 08P01"] or \
            wire.errors[0]["C"] in ("08P01", "0A000")


def test_no_user(pgmoat):
    with pgmoat.wire() as wire:
        wire.send(startup(None))
        wire.read_to_end()
        assert wire.errors[0]["S"] == "FATAL" and wire.errors[0]["C"] in ("28000", "08P01")


def test_database_defaults_to_the_user(pgmoat, postgres):
    postgres.psql("-c", "CREATE DATABASE login_trust")
    try:
        with pgmoat.wire("login_trust", database=None) as wire:
            assert wire.rows("SELECT current_database()") == [("login_trust",)]
        assert pgmoat.audited(event="login", login="login_trust", database="login_trust")
    finally:
        postgres.psql("-c", "DROP DATABASE login_trust WITH (FORCE)")


def test_a_statement_before_the_password_is_a_violation(pgmoat, postgres):
    log = postgres.log_end()
    with pgmoat.wire() as wire:
        wire.send(startup("login_scram"))
        wire.read_until("R")
        wire.send(query("SELECT 'too early'"))
        wire.read_to_end()
        assert wire.errors[-1]["S"] == "FATAL"
    assert "too early" not in postgres.log_since(log)


def test_a_statement_sent_along_with_the_startup_message_waits_for_the_login(pgmoat):
    """What libpq's fast clients do on trust: it must be judged all the same."""
    with pgmoat.wire() as wire:
        wire.send(startup("dev_super"), query("DROP TABLE orders"), query("SELECT 1"))
        lines = wire.read_until("Z") + wire.read_until("Z") + wire.read_until("Z")
        assert lines[-3:] == ["DataRow 1", "CommandComplete SELECT 1", "ReadyForQuery I"]
        assert wire.errors[0]["C"] == "25006"


def test_an_endless_password_is_cut_off(pgmoat):
    with pgmoat.wire() as wire:
        wire.send(startup("login_password"))
        wire.read_until("R")
        wire.send(message(b"p", b"x" * 10_000_000))
        wire.read_to_end()
        assert wire.errors[-1]["S"] == "FATAL"
