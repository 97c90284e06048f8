"""What is as large as PostgreSQL allows, and who is slow: all of it arrives, and pgmoat's memory
stays what it was.  Sizes are 64 MB here, and 1 GB with PGMOAT_TEST_LARGE=1 (./tests/run.sh clients)."""
import hashlib
import os
import select
import socket
import struct
import threading
import time

import pytest

from servers import PATIENCE, SANITIZED, until
from test_bad_server import Hostile, log_in
from wire import (Wire, bind, copy_data, copy_done, execute, message, one_shot, parse, query, sync, text)

MB = 1 << 20
LARGE = bool(os.environ.get("PGMOAT_TEST_LARGE"))
SIZE = 1_000_000_000 if LARGE else 64_000_000  # a row's limit is 1 GiB less what belongs to it
STATEMENTS = 10_000 if SANITIZED else 100_000
SECONDS = PATIENCE * (20 if LARGE else 4)


class Memory:
    """No more of it than at the beginning, and a little."""

    def __init__(self, moat, allowed=8 * MB):
        self.moat, self.allowed = moat, allowed
        self.before = self.most = moat.rss_bytes()
        self.looked = 0

    def look(self, progress=0):
        """Not more often than every 2 MB of progress."""
        if progress - self.looked >= 2 * MB or not progress:
            self.looked = progress
            self.most = max(self.most, self.moat.rss_bytes())

    def check(self):
        self.look()
        if not SANITIZED:
            assert self.most - self.before < self.allowed, f"{(self.most - self.before) / MB:.1f} MB more"


@pytest.fixture
def moat(start_pgmoat):
    moat = start_pgmoat()
    with moat.wire("app_super") as wire:  # what is made once is made
        wire.rows("SELECT 1")
    return moat


def large_wire(port):
    wire = Wire(port, timeout=SECONDS).login("app_super")
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * MB)
    return wire


def header(wire):
    kind, length = struct.unpack("!ci", wire.exactly(5))
    return kind.decode(), length - 4


def body_of(wire, size, memory=None) -> str:
    """Reads the body of a message that is not to be held whole; its digest."""
    digest, done = hashlib.blake2b(), 0
    while done < size:
        if not wire.buffer:
            got = wire.socket.recv(MB)
            assert got, "the end within a message"
            wire.buffer += got
        piece = bytes(wire.buffer[:size - done])
        del wire.buffer[:len(piece)]
        digest.update(piece)
        done += len(piece)
        if memory:
            memory.look(done)
    return digest.hexdigest()


def digest_of(pattern, size) -> str:
    digest = hashlib.blake2b(struct.pack("!hi", 1, size))
    whole = pattern * (MB // len(pattern))
    for at in range(0, size, len(whole)):
        digest.update(whole[:size - at])
    return digest.hexdigest()


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_a_row_as_large_as_can_be(protocol, moat):
    memory = Memory(moat)
    sql = f"SELECT repeat('0123456789abcdef', {SIZE // 16})"
    with large_wire(moat.port) as wire:
        wire.send(*[query(sql)] if protocol == "simple" else [one_shot(sql), sync()])
        while True:
            kind, size = header(wire)
            if kind == "D":
                break
            wire.exactly(size)
        assert size == SIZE + 6
        assert body_of(wire, size, memory) == digest_of(b"0123456789abcdef", SIZE)
        assert wire.read_until("Z")[0] == "CommandComplete SELECT 1"
    memory.check()


def test_a_parameter_as_large_as_can_be(moat):
    """And back again: a Bind is never held whole, nor a row."""
    memory = Memory(moat)
    size = SIZE // 2  # the server keeps it thrice
    whole = b"fedcba9876543210" * (MB // 16)
    with large_wire(moat.port) as wire:
        wire.send(parse("", "SELECT $1::text"))
        body = text("") + text("") + struct.pack("!hhi", 0, 1, size)
        wire.socket.sendall(b"B" + struct.pack("!i", 4 + len(body) + size + 2) + body)
        for at in range(0, size, len(whole)):
            wire.socket.sendall(whole[:size - at])
            memory.look(at)
        wire.send(struct.pack("!h", 0), execute(), sync())
        assert wire.read_until("2") == ["ParseComplete", "BindComplete"]
        assert header(wire) == ("D", size + 6)
        assert body_of(wire, size + 6, memory) == digest_of(b"fedcba9876543210", size)
        assert wire.read_until("Z")[-1] == "ReadyForQuery I"
    memory.check()


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_copy_out(protocol, moat, postgres):
    """The same bytes as from the server itself."""
    memory = Memory(moat)
    sql = f"COPY (SELECT i, repeat(chr(65 + i % 26), 980) FROM generate_series(1, {SIZE // 1000}) i) TO STDOUT"
    digests = []
    for port in (postgres.port, moat.port):
        with large_wire(port) as wire:
            wire.send(*[query(sql)] if protocol == "simple" else [one_shot(sql), sync()])
            digest, total, end = hashlib.blake2b(), 0, b""
            while not end.endswith(b"Z\0\0\0\5I"):
                got = wire.socket.recv(MB)
                assert got
                digest.update(got)
                total += len(got)
                end = (end + got)[-6:]
                memory.look(total)
            assert total > SIZE * 0.95
            digests.append((total, digest.hexdigest()))
            memory.looked = 0
    assert digests[0] == digests[1]
    memory.check()


def test_copy_in(moat, postgres):
    memory = Memory(moat)
    chunk = b"".join(b"%d\t%s\n" % (i, b"z" * 990) for i in range(1000))
    count = SIZE // len(chunk)
    with postgres.connect() as direct, large_wire(moat.port) as wire:
        direct.execute("CREATE UNLOGGED TABLE large (a int, b text)")
        try:
            wire.send(query("COPY large FROM STDIN WHERE a % 10 = 7"))
            wire.read_until("G")
            for i in range(count):
                # Messages of all sizes: rows need not end where a message does.
                at = i * 37 % len(chunk)
                wire.socket.sendall(copy_data(chunk[:at]) + copy_data(chunk[at:]))
                memory.look(i * len(chunk))
            wire.send(copy_done())
            assert wire.read_until("Z")[0] == f"CommandComplete COPY {count * 100}"
            assert direct.execute("SELECT count(*), sum(length(b)) FROM large").fetchone() == \
                (count * 100, count * 100 * 990)
        finally:
            direct.execute("DROP TABLE large")
    memory.check()


def bind_many(parameters) -> bytes:
    """The count is unsigned on the wire."""
    return message(b"B", text("") + text("") + struct.pack("!hH", 0, len(parameters)) + b"".join(
        struct.pack("!i", len(p)) + p for p in parameters) + struct.pack("!h", 0))


@pytest.mark.parametrize("count", [65_535, 65_536])
def test_as_many_parameters_as_can_be(count, moat, postgres):
    """One more is the server's to refuse."""
    rows = ", ".join(f"(${i}::int)" for i in range(1, count + 1))
    parameters = [b"%d" % i for i in range(min(count, 65_535))]
    dialogues = []
    for port in (postgres.port, moat.port):
        with large_wire(port) as wire:
            lines = wire.ask(parse("", f"SELECT count(*), sum(v) FROM (VALUES {rows}) t (v)"),
                             bind_many(parameters), execute(), sync())
            dialogues.append((lines, wire.errors))
    assert dialogues[1] == dialogues[0]
    if count == 65_535:
        assert f"DataRow 65535 | {65_535 * 65_534 // 2}" in dialogues[0][0]


# --- pipelines ---

def test_100000_statements_in_one_pipeline(moat):
    with large_wire(moat.port) as wire:
        wire.ask(parse("s", "SELECT $1::int"), sync())
        wire.send(*[bind("", "s", [i]) + execute() for i in range(STATEMENTS)], sync())
        rows = [x for x in wire.read_until("Z") if x.startswith("DataRow")]
        assert rows == [f"DataRow {i}" for i in range(STATEMENTS)]


def test_100000_queries_without_waiting(moat):
    with large_wire(moat.port) as wire:
        wire.send(*[query(f"SELECT {i}") for i in range(STATEMENTS)])
        rows = []
        for _ in range(STATEMENTS):
            rows += [x for x in wire.read_until("Z") if x.startswith("DataRow")]
        assert rows == [f"DataRow {i}" for i in range(STATEMENTS)]


def test_100000_messages_that_the_server_skips(moat):
    """An error at the first: pgmoat holds no place for what is dropped."""
    memory = Memory(moat, allowed=64 * MB)
    with large_wire(moat.port) as wire:
        wire.send(one_shot("SELECT 1/0"), *[one_shot(f"SELECT {i}") for i in range(STATEMENTS // 4)], sync(),
                  query("SELECT 'after'"))
        assert "ErrorResponse ERROR 22012" in wire.read_until("Z")
        assert "DataRow after" in wire.read_until("Z")
    memory.check()


def relay(sock, outgoing, done, memory=None, pause=0.0):
    """Writes `outgoing` and reads, whichever goes, as a client that never blocks; until done(bytes so
    far, the last of them)."""
    sock.setblocking(False)
    outgoing, received, tail = memoryview(outgoing), 0, b""
    deadline = time.monotonic() + SECONDS
    while not done(received, tail):
        assert time.monotonic() < deadline, f"a deadlock: {len(outgoing)} bytes unsent, {received} received"
        readable, writable, _ = select.select([sock], [sock] if outgoing else [], [], 1)
        if writable:
            try:
                outgoing = outgoing[sock.send(outgoing[:MB]):]
            except BlockingIOError:
                pass
        elif readable:
            # Only when no more can be written: both ways are as full as can be.
            got = sock.recv(65536)
            assert got, "closed"
            received, tail = received + len(got), (tail + got)[-64:]
            if memory:
                memory.look(received)
            if pause:
                time.sleep(pause)
    assert not outgoing
    sock.settimeout(PATIENCE)
    return received


@pytest.mark.parametrize("syncs", ["one Sync", "a Sync each"])
def test_large_rows_both_ways_with_both_sides_full(syncs, moat, postgres):
    """The client reads only when it can write no more; neither way may wait for the other."""
    memory = Memory(moat, allowed=24 * MB)
    value, count = b"v" * 100_000, SIZE // 200_000
    unit = bind("", "s", [value]) + execute() + (sync() if "each" in syncs else b"")
    sizes = []
    for port in (postgres.port, moat.port):
        with postgres.connect() as direct, large_wire(port) as wire:
            direct.execute("DROP TABLE IF EXISTS echoed; CREATE UNLOGGED TABLE echoed (a text)")
            wire.ask(parse("s", "INSERT INTO echoed VALUES ($1) RETURNING a || a"), sync())
            outgoing = unit * count + sync() + query("SELECT 'the very end'")
            sizes.append(relay(wire.socket, outgoing, lambda n, tail: b"the very end" in tail and tail.endswith(b"I"),
                               memory))
            assert direct.execute("SELECT count(*) FROM echoed").fetchone() == (count,)
            direct.execute("DROP TABLE echoed")
    assert sizes[0] == sizes[1] > SIZE
    memory.check()


# --- who does not read ---

def test_a_client_that_does_not_read_throttles_the_server(moat, postgres):
    memory = Memory(moat)
    rows = SIZE // 1000
    with postgres.connect() as direct, large_wire(moat.port) as lazy, moat.wire("app_super") as other:
        lazy.send(query(f"SELECT repeat('x', 1000) FROM generate_series(1, {rows})"))
        pid = int.from_bytes(lazy.key[:4], "big")

        def throttled():
            memory.look()
            return direct.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'ClientWrite'",
                                  [pid]).fetchone()
        until(throttled, "the server waits for its client")
        for i in range(200):
            assert other.rows(f"SELECT {i}") == [(str(i),)]
            memory.look()
        # What the sockets' buffers hold, and no more.
        assert moat.metrics_sum("pgmoat_bytes_total", direction="server_to_client") < SIZE / 2
        assert throttled()
        count = 0
        while (found := lazy.read())[0] != "Z":
            count += found[0] == "D"
        assert count == rows
    memory.check()


def test_clients_that_never_read_and_go_leave_nothing(moat, postgres):
    memory = Memory(moat, allowed=16 * MB)
    wires = [moat.wire("app_super") for _ in range(20)]
    for wire in wires:
        wire.send(query("SELECT repeat('x', 1000), generate_series(1, 10000000)"))
    with postgres.connect() as direct:
        stuck = ("SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s AND wait_event = 'ClientWrite'",
                 ["SELECT repeat%10000000)"])
        until(lambda: direct.execute(*stuck).fetchone() == (20,), "all are stuck")
        memory.look()
        for wire in wires:
            wire.socket.close()
        until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s AND state = 'active' "
                                     "AND pid <> pg_backend_pid()", stuck[1]).fetchone() == (0,), "the server's end")
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0, "pgmoat's end")
    memory.check()


@pytest.fixture
def scripted(start_pgmoat):
    """start(behave) -> (pgmoat, wire): a session whose server is the script from its first message on."""
    wires = []

    def start(behave):
        def serve(peer):
            log_in(peer)  # reads the client's first message, too
            behave(peer)
        moat = start_pgmoat(upstream_port=Hostile(serve).port)
        wires.append(moat.wire("app_super"))
        return moat, wires[-1]
    yield start
    for wire in wires:
        wire.socket.close()


DONE = message(b"C", b"COPY 1\0") + message(b"Z", b"I")
COPY_IN = message(b"G", struct.pack("!bh", 0, 1) + struct.pack("!h", 0))


def test_a_server_that_does_not_read_throttles_the_client(scripted):
    go, total = threading.Event(), []

    def behave(peer):
        peer.sendall(COPY_IN)
        go.wait(SECONDS)
        seen, tail = 0, b""
        while not tail.endswith(copy_done()):
            got = peer.recv(MB)
            seen, tail = seen + len(got), (tail + got)[-5:]
        total.append(seen)
        peer.sendall(DONE)
        peer.recv(1)
    moat, wire = scripted(behave)
    wire.send(query("COPY t FROM STDIN"))
    wire.read_until("G")
    memory = Memory(moat)
    outgoing = memoryview(copy_data(b"x" * 10_000) * (SIZE // 10_000) + copy_done())
    size = len(outgoing)
    wire.socket.setblocking(False)
    # Full when the kernel took nothing for a second.
    while select.select([], [wire.socket], [], 1)[1]:
        outgoing = outgoing[wire.socket.send(outgoing[:MB]):]
    memory.look()
    assert len(outgoing) > size / 2, "the client is made to wait"
    wire.socket.settimeout(SECONDS)
    go.set()
    wire.socket.sendall(outgoing)
    assert wire.read_until("Z") == ["CommandComplete COPY 1", "ReadyForQuery I"]
    assert total == [size]
    memory.check()


def test_a_server_that_speaks_a_byte_at_a_time(scripted):
    answer = (message(b"T", struct.pack("!h", 1) + text("a") + bytes(18)) +
              message(b"D", struct.pack("!hi", 1, 500) + b"s" * 500) + message(b"N", b"SNOTICE\0C00000\0Mslow\0\0") +
              message(b"C", b"SELECT 1\0") + message(b"Z", b"I"))

    def behave(peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in answer:
            peer.sendall(bytes([byte]))
            time.sleep(0.0005)  # so that they are not read together
        peer.recv(1)
    _, wire = scripted(behave)
    assert wire.ask(query("SELECT 1")) == [
        "RowDescription a", "DataRow (500 characters)", "NoticeResponse NOTICE 00000", "CommandComplete SELECT 1",
        "ReadyForQuery I"]


def test_both_ways_full_and_then_read(scripted):
    """Client and server fill both ways before either reads.  Then both read, and all of it arrives."""
    size, full, total = 32 * MB, threading.Event(), []
    notice = message(b"N", b"SNOTICE\0C00000\0M" + b"n" * 10_000 + b"\0\0")
    notices = notice * (size // len(notice))

    def behave(peer):
        peer.sendall(COPY_IN)
        writer = threading.Thread(target=peer.sendall, args=(notices,))
        writer.start()
        full.wait(SECONDS)
        seen, tail = 0, b""
        while not tail.endswith(copy_done()):
            got = peer.recv(MB)
            seen, tail = seen + len(got), (tail + got)[-5:]
        total.append(seen)
        writer.join()
        peer.sendall(DONE)
        peer.recv(1)
    moat, wire = scripted(behave)
    wire.send(query("COPY t FROM STDIN"))
    wire.read_until("G")
    memory = Memory(moat)
    data = copy_data(b"c" * 10_000) * (size // 10_000) + copy_done()
    wire.send(data)  # by a thread: it blocks until the server reads
    until(lambda: stands_still(moat), "both ways are full")
    memory.look()
    full.set()
    lines = wire.read_until("Z")
    assert lines.count("NoticeResponse NOTICE 00000") == size // len(notice)
    assert lines[-2:] == ["CommandComplete COPY 1", "ReadyForQuery I"]
    assert total == [len(data)]
    memory.check()


def stands_still(moat) -> bool:
    """Nothing was forwarded in half a second."""
    before = moat.metrics_sum("pgmoat_bytes_total")
    time.sleep(0.5)
    return before > 10_000 and moat.metrics_sum("pgmoat_bytes_total") == before
