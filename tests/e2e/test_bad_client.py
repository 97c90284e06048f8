"""What a client may send that it should not: a clear error or a closed connection, nothing
forwarded in doubt, and everybody else served."""
import random
import select
import socket
import struct
import time

import pytest

from servers import until
from wire import (Closed, Refused, Wire, bind, copy_data, execute, message, one_shot, parse, query, request,
                  startup, sync, text)


@pytest.fixture(autouse=True)
def still_serving(pgmoat):
    yield
    assert pgmoat.wire("dev_super").rows("SELECT 1") == [("1",)]


def packet(length, body=b"") -> bytes:
    return struct.pack("!i", length) + body


GARBAGE = {
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS ClientHello without SSLRequest": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "an SSH banner": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "zeros": bytes(64), "ones": b"\xff" * 64,
    "length 0": packet(0, struct.pack("!i", 3 << 16)), "length 4": packet(4), "length 7": packet(7, bytes(3)),
    "a negative length": packet(-1, struct.pack("!i", 3 << 16)), "INT_MIN": packet(-2**31, bytes(8)),
    "length 10001": packet(10_001, struct.pack("!i", 3 << 16) + bytes(9993)),
    "length 2 GiB": packet(2**31 - 1, struct.pack("!i", 3 << 16)),
    "no terminator": packet(8 + 9, struct.pack("!i", 3 << 16) + b"user\0dev_"),
    "a name without value": packet(8 + 6, struct.pack("!i", 3 << 16) + b"user\0\0"),
    "bytes behind the terminator": packet(8 + 16, struct.pack("!i", 3 << 16) + b"user\0postgres\0\0x"),
    "no parameters": packet(9, struct.pack("!i", 3 << 16) + b"\0"),
    "SSLRequest with a body": packet(12, struct.pack("!ii", 80877103, 0)),
    "SSLRequest twice": request(80877103) * 2,
    "CancelRequest without key": packet(8, struct.pack("!i", 80877102)),
    "CancelRequest too long": packet(12 + 300, struct.pack("!ii", 80877102, 1) + bytes(300)),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_on_the_port(name, pgmoat, postgres):
    log = postgres.log_end()
    with pgmoat.wire() as wire:
        wire.send(GARBAGE[name])
        wire.socket.shutdown(socket.SHUT_WR)
        wire.socket.settimeout(10)
        received = b""
        while chunk := wire.socket.recv(65536):
            received += chunk
    # An answer, if any, is the N of an SSLRequest and one ErrorResponse.
    received = received.lstrip(b"N")
    assert received == b"" or received[:1] == b"E" and b"SFATAL" in received
    assert "connection authorized" not in postgres.log_since(log)


def test_random_bytes(pgmoat):
    chance = random.Random(20261121)
    for _ in range(200):
        with pgmoat.wire() as wire:
            wire.send(chance.randbytes(chance.randrange(1, 300)))
            wire.socket.shutdown(socket.SHUT_WR)
            wire.socket.settimeout(10)
            try:
                while wire.socket.recv(65536):
                    pass
            except ConnectionError:
                pass


MALFORMED = {
    "length 3": b"Q" + struct.pack("!i", 3), "length 0": b"Q" + struct.pack("!i", 0),
    "a negative length": b"Q" + struct.pack("!i", -5), "INT_MIN": b"P" + struct.pack("!i", -2**31),
    "Query without terminator": message(b"Q", b"SELECT 1"),
    "Query with bytes behind it": message(b"Q", b"SELECT 1\0DROP TABLE orders\0"),
    "Query with a NUL in it": message(b"Q", b"SELECT 1\0; DROP TABLE orders"),
    "empty Query body": message(b"Q"),
    "Parse with a wrong count": message(b"P", b"\0SELECT 1\0" + struct.pack("!h", 5)),
    "Parse with bytes behind it": parse("", "SELECT 1")[:1] + struct.pack("!i", len(parse("", "SELECT 1")) + 3) + parse("", "SELECT 1")[5:] + b"xxxx",
    "Parse without terminators": message(b"P", b"SELECT 1"),
    "Execute without row limit": message(b"E", b"\0"),
    "Describe of neither": message(b"D", b"Xname\0"), "Close of neither": message(b"C", b"Xname\0"),
    "Sync with a body": message(b"S", b"x"), "Flush with a body": message(b"H", b"x"),
    "an unknown type": message(b"j", b"x"), "a backend type": message(b"Z", b"I"),
    "a second StartupMessage": startup("postgres"), "an SSLRequest in mid-session": request(80877103),
    "a password again": message(b"p", text("secret")),
    "FunctionCall cut short": message(b"F", struct.pack("!I", 715)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_message_ends_the_session_with_08P01(name, pgmoat, postgres, unchanged):
    log = postgres.log_end()
    with pgmoat.wire("app_super") as wire:
        wire.send(MALFORMED[name])
        wire.send(sync(), query("SELECT 'smuggled'"))
        wire.socket.settimeout(10)
        lines = wire.read_to_end()
        assert wire.errors, lines
        assert wire.errors[0]["C"] == "08P01", wire.errors
    seen = postgres.log_since(log)
    assert "smuggled" not in seen and "DROP TABLE" not in seen
    disconnect = pgmoat.audited(event="disconnect", sqlstate="08P01")
    assert disconnect["reason"]


def test_messages_that_the_server_must_judge_by_itself_stay_in_step(pgmoat):
    """Bind is only looked at: what is wrong behind its names is the server's to refuse."""
    with pgmoat.wire("app_super") as wire:
        wire.send(message(b"B", b"\0\0" + struct.pack("!hhi", 0, 1, 1000)), sync())
        wire.socket.settimeout(10)
        lines = wire.read_until("E")
        assert wire.errors[0]["C"] in ("08P01", "26000", "22P03"), lines


def test_lengths_over_the_limit_are_refused_before_the_body_came(pgmoat):
    with pgmoat.wire("app_super") as wire:
        before = pgmoat.rss_bytes()
        wire.send(b"Q" + struct.pack("!i", 2**31 - 1) + b"SELECT 1")
        wire.socket.settimeout(5)
        try:
            wire.read_until("E")
            assert wire.errors[0]["C"] in ("54000", "08P01")
        except TimeoutError:
            pass  # it may also wait and throw away what comes
        assert pgmoat.rss_bytes() - before < 64 << 20


@pytest.mark.parametrize("name", ["says nothing", "a byte at a time", "no password"])
def test_slow_client_is_cut_off_at_the_login_timeout(name, start_pgmoat):
    moat = start_pgmoat(limits={"login_timeout": "1s"})
    with moat.wire() as wire:
        started = time.monotonic()
        if name == "no password":
            wire.send(startup("login_scram"))
        elif name == "a byte at a time":
            for byte in startup("dev_super"):
                wire.socket.sendall(bytes([byte]))
                if select.select([wire.socket], [], [], 0.3)[0]:
                    break
        lines = wire.read_to_end()
        assert 0.8 < time.monotonic() - started < 10
        assert lines and lines[-1].startswith("ErrorResponse FATAL"), lines


def test_the_login_timeout_is_not_the_sessions(start_pgmoat):
    moat = start_pgmoat(limits={"login_timeout": "1s"})
    with moat.wire("app_super") as wire:
        assert wire.rows("SELECT pg_sleep(1.5)") == [("",)]


def test_max_connections(start_pgmoat):
    moat = start_pgmoat(limits={"max_connections": 3})
    wires = [moat.wire("dev_super") for _ in range(3)]
    with pytest.raises(Refused) as refused:
        moat.wire("dev_super")
    assert (refused.value.fields["S"], refused.value.fields["C"]) == ("FATAL", "53300")
    wires.pop().socket.close()

    def let_in():
        try:
            return moat.wire("dev_super")
        except (Refused, Closed):
            return None
    assert until(let_in).rows("SELECT 1") == [("1",)]


def test_client_vanishes(pgmoat, postgres):
    """In the middle of a query, of a message, of a COPY; by RST."""
    for messages in ([query("SELECT pg_sleep(60) -- vanished")], [query("SELECT 1")[:7]], [b"Q"],
                     [query("COPY order_items FROM STDIN"), copy_data(b"1\t1")],
                     [one_shot("SELECT repeat('x', 1000) FROM generate_series(1, 100000)"), sync()]):
        wire = pgmoat.wire("app_super", application_name="vanishing")
        wire.send(*messages)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
    with postgres.connect() as direct:
        # The server notices a vanished client when it next reads or writes: the sleeper would not.
        direct.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%vanished'"
                       " AND pid <> pg_backend_pid()")
        until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                                     "'vanishing'").fetchone() == (0,), "the server's sessions end")


def test_execute_of_unknown_things(pgmoat):
    with pgmoat.wire("dev_super") as wire:
        assert wire.ask(execute("nothing"), sync())[0] == "ErrorResponse ERROR 34000"
        assert wire.ask(bind("", "nothing"), sync())[0] == "ErrorResponse ERROR 26000"
