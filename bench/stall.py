"""How long one client's huge message holds up the others of its worker.

A prober runs `SELECT 1` back to back through a pgmoat with one worker, while another session
sends something of 10 MB: through the same pgmoat, and, as the control, through a second one,
so that server and machine have the same to do.  Interleaved.  For each probe the script also
reads how long the worker's thread was on a core (schedstat): what the kernel's scheduling and
other load add to a probe is not in that number.

    python3 bench/stall.py --program build/opt/pgmoat [--rounds 5] [--only TEXT]
"""

import argparse
import contextlib
import multiprocessing
import os
import struct
import statistics
import time

import servers
import targets
import wire

MB10 = 10_000_000


class Peer(wire.Session):
    """Sends any message and waits for ReadyForQuery, whatever else is answered."""

    def messages(self, data):
        self._socket.settimeout(300)
        self._socket.sendall(data)
        with contextlib.suppress(wire.ServerError):
            self._until_ready()


def message(kind, body):
    return kind + struct.pack(">i", len(body) + 4) + body


def query(text):
    return message(b"Q", text.encode() + b"\0")


def many(pattern, between, size=MB10):
    """`pattern` with numbers in it until the text has `size` bytes."""
    count = size // (len(pattern % 1_000_000) + len(between))
    return between.join(pattern % (1_000_000 + i) for i in range(count))


def operator(number):
    """A name of its own; ends so that the lexer takes it whole."""
    return "".join("<>=~!@#%&|"[int(digit)] for digit in str(number)) + "|"


def cases():
    one = "INSERT INTO pgbench_history (filler) VALUES ('%s')" % ("x" * MB10)
    yield "one literal", query("SELECT length('%s')" % ("x" * MB10))
    yield "one literal, refused", query("TRUNCATE pgbench_history; " + one)
    yield "IN list, 1.3 million", query("SELECT 1 WHERE 1 IN (" + ",".join(["1234567"] * 1_300_000) + ")")
    yield "300,000 statements", query(("SELECT 1;" + " " * 24) * 300_000)
    yield "300,000 statements, refused", query(("SELECT 1;" + " " * 24) * 300_000 + "TRUNCATE t")
    yield "function calls", query("SELECT ROW(" + many("f%d()", ",") + ")")
    yield "relations", query("SELECT 1 FROM " + many("t%d", ","))
    yield "relations, refused", query("TRUNCATE " + many("t%d", ","))
    yield "operators", query("SELECT " + ",".join(f"1 {operator(i)} 1" for i in range(1_000_000, 1_700_000)))
    yield "casts", query("SELECT " + many("a::t%d", ","))
    # One name: the server takes quadratic time for many.
    yield "settings", query(many("SET x.y = %d", ";"))
    yield "not understood", query("SELECT " + "(" * 1000 + "1," * (MB10 // 2))
    yield "Parse", (message(b"P", b"\0SELECT length('" + b"x" * MB10 + b"')\0\0\0") +
                    message(b"S", b""))
    yield "Bind", (message(b"P", b"\0SELECT length($1)\0\0\0") +
                   message(b"B", b"\0\0" + struct.pack(">hhi", 0, 1, MB10) + b"x" * MB10 +
                           struct.pack(">h", 0)) +
                   message(b"E", b"\0" + struct.pack(">i", 0)) + message(b"S", b""))
    rows = b"1\t1\t1\t2026-01-01\tx\n" * 1000
    copy = message(b"d", rows) * (MB10 // len(rows))
    yield "COPY data", query("COPY pgbench_history FROM STDIN") + copy + message(b"c", b"")


def send(ports, orders, done):
    """A process of its own: its garbage and its GIL are not the prober's."""
    data = dict(cases())
    while (order := orders.get()) is not None:
        which, name = order
        with Peer(ports[which], servers.USER, servers.DATABASE) as peer:
            began = time.monotonic()
            peer.messages(data[name])
            done.put(time.monotonic() - began)


class Worker:
    """The thread of a pgmoat that serves the prober: the one that works when it asks."""

    def __init__(self, pid, probe):
        paths = [f"/proc/{pid}/task/{task}/schedstat" for task in os.listdir(f"/proc/{pid}/task")]
        before = {path: self._read(path) for path in paths}
        for _ in range(500):
            probe()
        self._path = max(paths, key=lambda path: self._read(path) - before[path])

    @staticmethod
    def _read(path):
        with open(path) as file:
            return int(file.read().split()[0])

    def nanoseconds(self):
        return self._read(self._path)


def probe_until(session, worker, over):
    """[(seconds, the worker's seconds on a core)] until `over()` and a little longer."""
    samples, until = [], None
    before = worker.nanoseconds()
    while until is None or time.monotonic() < until:
        began = time.perf_counter()
        session.query("SELECT 1")
        took = time.perf_counter() - began
        after = worker.nanoseconds()
        samples.append((took, (after - before) / 1e9))
        before = after
        if until is None and over():
            until = time.monotonic() + 0.15
    return samples


def line(name, samples):
    took = sorted(sample[0] * 1e3 for sample in samples)
    return (f"{name:38} {len(took):7} {statistics.median(took):8.3f} {took[int(len(took) * .99)]:8.3f} "
            f"{took[-1]:8.2f} {max(sample[1] for sample in samples) * 1e3:8.2f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/pgmoat")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with contextlib.ExitStack() as cleanup:
        place, postgres = servers.throwaway(cleanup)
        postgres.create(scale=1, copy_rows=10)
        moats = [targets.Pgmoat(place, postgres, options.program, 50, 1, name)
                 for name in ("pgmoat", "control")]
        for moat in moats:
            moat.start()
            cleanup.callback(moat.stop)
        measure(options, moats)


def measure(options, moats):
    session = wire.Session(moats[0].port, servers.USER, servers.DATABASE)
    worker = Worker(moats[0].process.pid(), lambda: session.query("SELECT 1"))
    orders, done = multiprocessing.Queue(), multiprocessing.Queue()
    sender = multiprocessing.Process(
        target=send, args=([moat.port for moat in moats], orders, done), daemon=True)
    sender.start()
    print(f"{'milliseconds':38} {'probes':>7} {'p50':>8} {'p99':>8} {'max':>8} {'worker':>8}")
    for name in [name for name, _ in cases() if options.only in name]:
        samples = {0: [], 1: []}
        for round_number in range(options.rounds):
            for which in (1, 0) if round_number % 2 else (0, 1):
                orders.put((which, name))
                samples[which] += probe_until(session, worker, lambda: not done.empty())
                done.get()
        print(line(name, samples[0]))
        print(line("  control: through another pgmoat", samples[1]), flush=True)
    orders.put(None)
    sender.join()


if __name__ == "__main__":
    main()
