"""The server is not trusted either: one that is down, resets, answers nonsense or dies."""
import socket
import struct
import threading

import pytest

from servers import PATIENCE, Postgres, free_port, until
from wire import Refused, message, query


class Hostile:
    """Accepts connections and does with each what `behave(socket)` says."""

    def __init__(self, behave):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.behave = behave
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            with peer:
                peer.settimeout(PATIENCE)
                self.behave(peer)
        except OSError:
            pass


def read_startup(peer) -> bytes:
    """The StartupMessage; says no to TLS before it."""
    while True:
        head = peer.recv(4, socket.MSG_WAITALL)
        body = peer.recv(struct.unpack("!i", head)[0] - 4, socket.MSG_WAITALL)
        if body[:4] != struct.pack("!i", 80877103):
            return body
        peer.sendall(b"N")


OK = message(b"R", struct.pack("!i", 0))
KEY = message(b"K", struct.pack("!ii", 4711, 1234))
READY = message(b"Z", b"I")
LOGGED_IN = OK + message(b"S", b"server_version\0" + b"15.1\0") + KEY + READY


def log_in(peer):
    """As a server with an empty catalog, up to the client's own first message."""
    read_startup(peer)
    peer.sendall(LOGGED_IN)
    if b"pgmoat:" in peer.recv(65536):
        peer.sendall(message(b"C", b"SELECT 0\0") + READY)
        peer.recv(65536)


def answers(data, after_login=False, close=False):
    def behave(peer):
        if after_login:
            log_in(peer)
        else:
            read_startup(peer)
        peer.sendall(data)
        while not close and peer.recv(65536):
            pass
    return behave


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BEFORE_LOGIN = {
    "closes at once": lambda peer: None,
    "resets at once": reset,
    "closes after the startup message": lambda peer: read_startup(peer),
    "HTTP": answers(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "zeros": answers(bytes(100)), "a negative length": answers(b"R" + struct.pack("!i", -1)),
    "length 3": answers(b"R" + struct.pack("!i", 3)), "2 GiB": answers(b"R" + struct.pack("!i", 2**31 - 1)),
    "a message out of place": answers(message(b"D", bytes(2))), "ReadyForQuery without login": answers(READY),
    "an unknown authentication": answers(message(b"R", struct.pack("!i", 99))),
    "an empty authentication": answers(message(b"R")), "AuthenticationOk twice": answers(OK + OK),
    "SASL without mechanisms": answers(message(b"R", struct.pack("!i", 10))),
    "a password asked after the login": answers(OK + message(b"R", struct.pack("!i", 3))),
    "a malformed parameter": answers(OK + message(b"S", b"no terminator")),
    "a malformed key": answers(OK + message(b"K", b"x")),
    "an error without SQLSTATE": answers(message(b"E", b"SFATAL\0\0"), close=True),
    "a malformed error": answers(message(b"E", b"SFATAL"), close=True),
    "an unknown message": answers(OK + message(b"\x01", b"x")),
}


@pytest.mark.parametrize("name", BEFORE_LOGIN)
def test_nonsense_before_the_login(name, start_pgmoat):
    hostile = Hostile(BEFORE_LOGIN[name])
    moat = start_pgmoat(upstream_port=hostile.port, limits={"login_timeout": "3s"})
    with moat.wire() as wire:
        with pytest.raises(Refused) as refused:
            wire.login("dev_super")
        assert refused.value.fields["S"] == "FATAL"
    assert moat.alive() and moat.get("/healthz")[0] == 200


AFTER_LOGIN = {
    "closes": answers(b"", after_login=True, close=True),
    "zeros": answers(bytes(100), after_login=True),
    "a negative length": answers(b"T" + struct.pack("!i", -1), after_login=True),
    "length 0": answers(b"D" + struct.pack("!i", 0), after_login=True),
    "an unknown message": answers(message(b"\x01", b"x"), after_login=True),
    "a frontend message": answers(message(b"Q", b"SELECT 1\0"), after_login=True),
    "an answer to nothing": answers(message(b"C", b"SELECT 1\0") + READY + message(b"C", b"SELECT 1\0") + READY, after_login=True),
    "ParseComplete to a Query": answers(message(b"1"), after_login=True),
    "ReadyForQuery with a strange status": answers(message(b"C", b"SELECT 1\0") + message(b"Z", b"?"), after_login=True),
    "ReadyForQuery too long": answers(message(b"Z", b"II"), after_login=True),
    "an authentication in mid-session": answers(message(b"R", struct.pack("!i", 3)), after_login=True),
    "CommandComplete without terminator": answers(message(b"C", b"SELECT 1"), after_login=True),
    "a cut message": answers(message(b"D", bytes(100))[:50], after_login=True, close=True),
    "switches the second wall off": answers(
        message(b"S", b"default_transaction_read_only\0off\0") + message(b"C", b"SELECT 1\0") + READY, after_login=True),
    "switches to SJIS": answers(
        message(b"S", b"client_encoding\0SJIS\0") + message(b"C", b"SELECT 1\0") + READY, after_login=True),
    "switches standard_conforming_strings off": answers(
        message(b"S", b"standard_conforming_strings\0off\0") + message(b"C", b"SELECT 1\0") + READY, after_login=True),
}


@pytest.mark.parametrize("name", AFTER_LOGIN)
def test_nonsense_after_the_login_ends_the_session(name, start_pgmoat):
    moat = start_pgmoat(upstream_port=Hostile(AFTER_LOGIN[name]).port)
    with moat.wire("dev_super") as wire:
        wire.send(query("SELECT 1"))
        wire.socket.settimeout(10)
        wire.read_to_end()  # and not a TimeoutError
        # Within a message that was half forwarded no other can be begun.
        if name != "a cut message":
            assert wire.errors and wire.errors[-1]["S"] == "FATAL", wire.errors
    assert moat.audited(event="disconnect")["reason"]
    assert moat.alive()


def test_server_that_never_answers(start_pgmoat):
    moat = start_pgmoat(upstream_port=Hostile(lambda peer: peer.recv(1 << 20) and peer.recv(1 << 20)).port,
                        limits={"login_timeout": "1s"})
    with pytest.raises(Refused) as refused:
        moat.wire("dev_super")
    assert refused.value.fields["S"] == "FATAL"


def test_nobody_listens(start_pgmoat):
    moat = start_pgmoat(upstream_port=free_port())
    with pytest.raises(Refused) as refused:
        moat.wire("dev_super")
    fields = refused.value.fields
    assert (fields["S"], fields["C"]) == ("FATAL", "08006")
    assert "production" in fields["M"] and fields["H"]
    assert moat.audited(event="login", sqlstate="08006")["outcome"] == "error"


def test_server_that_sends_without_being_asked_is_forwarded(start_pgmoat):
    """Notices, notifications and parameter changes may come at any time."""
    def behave(peer):
        read_startup(peer)
        peer.sendall(LOGGED_IN)
        peer.sendall(message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mhello\0\0"))
        peer.sendall(message(b"A", struct.pack("!i", 1) + b"jobs\0x\0") + message(b"S", b"TimeZone\0UTC\0"))
        peer.recv(65536)
        peer.sendall(message(b"C", b"SELECT 0\0") + READY)
        peer.recv(65536)
    moat = start_pgmoat(upstream_port=Hostile(behave).port)
    with moat.wire("postgres") as wire:
        assert wire.read_until("S") == ["NoticeResponse NOTICE 00000", "NotificationResponse jobs x",
                                        "ParameterStatus TimeZone UTC"]
        assert wire.ask(query("SELECT 1"))[-1] == "ReadyForQuery I"


@pytest.fixture
def mortal(workspace, request):
    directory = workspace / request.node.name[:50]
    directory.mkdir()
    server = Postgres(directory)
    yield server
    server.stop("immediate")


def test_server_dies_and_comes_back(start_pgmoat, mortal):
    moat = start_pgmoat(upstream_port=mortal.port)
    busy, idle = moat.wire("postgres", database="postgres"), moat.wire("postgres", database="postgres")
    busy.send(query("SELECT pg_sleep(60)"))
    with mortal.connect("postgres") as direct:
        until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'").fetchone()[0])
    mortal.stop("immediate")
    for wire in (busy, idle):
        lines = wire.read_to_end()
        assert wire.errors and wire.errors[-1]["S"] == "FATAL" or "57P0" in str(wire.errors), lines
    assert moat.audited(statement="SELECT pg_sleep(60)")["outcome"] in ("lost", "error")
    with pytest.raises(Refused):
        moat.wire("postgres", database="postgres")
    mortal.start()
    with moat.wire("postgres", database="postgres") as wire:
        assert wire.rows("SELECT 1") == [("1",)]


def test_backend_is_terminated(pgmoat, postgres):
    """57P01 of the server reaches the client as it is."""
    with pgmoat.wire("dev_super") as wire, postgres.connect() as direct:
        direct.execute("SELECT pg_terminate_backend(%s)", [int.from_bytes(wire.key[:4], "big")])
        assert wire.read_to_end() == ["ErrorResponse FATAL 57P01"]
    with pgmoat.wire("dev_super") as wire:
        assert wire.rows("SELECT 1") == [("1",)]


def test_server_full(start_pgmoat, mortal):
    moat = start_pgmoat(upstream_port=mortal.port)
    mortal.stop()
    with open(mortal.data / "postgresql.auto.conf", "a") as f:
        f.write("max_connections = 4\nsuperuser_reserved_connections = 0\nmax_wal_senders = 0\nwal_level = replica\n")
    mortal.start()
    wires = [moat.wire("postgres", database="postgres") for _ in range(4)]
    with pytest.raises(Refused) as refused:
        moat.wire("postgres", database="postgres")
    assert refused.value.fields["C"] == "53300"
    for wire in wires:
        wire.socket.close()
