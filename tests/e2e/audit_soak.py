"""A pgmoat at full load for as long as is wanted, while one of its sinks stalls, fails and comes back:
what the trail has, what the server's log has, and how much memory it took."""
import os
import pathlib
import re
import subprocess
import threading
import time

from audit_ground import no_backends
from audit_receivers import LineReceiver
from servers import PATIENCE, PG_BIN, until

SEQ = re.compile(rb'\{"v":2,"seq":(\d+),')
BEGUN = re.compile(rb"LOG:  (?:statement|execute [^:]*): SELECT (?:\d+|\$1);$")  # no question of pgmoat's own
MODES = ("simple", "extended", "prepared")
SCRIPT = "\\set id random(1, 1000000)\nSELECT :id;\n"


class Counter:
    """Lines of one stream as they come: how many statements, and that none is missing.  A line that
    comes again is not counted again."""

    def __init__(self):
        self.statements, self.last, self.again, self.holes = 0, None, 0, []
        self.lock = threading.Lock()

    def take(self, lines):
        with self.lock:
            for line in lines.splitlines():
                seq = int(SEQ.match(line)[1])
                if self.last is not None and seq <= self.last:
                    self.again += 1
                    continue
                if self.last is not None and seq != self.last + 1:
                    self.holes.append((self.last, seq))
                self.last = seq
                # One that runs when its segment is given up has a line ahead of its own.
                self.statements += b'"event":"statement"' in line[:200] and b'"outcome":"running"' not in line


class Soak:
    def __init__(self, moat, server, counter, receiver, seconds):
        self.moat, self.server, self.counter, self.receiver, self.seconds = moat, server, counter, receiver, seconds
        self.memory = []  # (seconds since the beginning, bytes)
        self.phases = {"works": 0, "stalls": 0, "fails": 0}
        self.log_at = server.log_end()

    def run(self):
        script = self.moat.directory / "soak.sql"
        script.write_text(SCRIPT)
        clients = [self._pgbench(mode, script) for mode in MODES]
        began = time.monotonic()
        # A peer that dies after a stall has what came before: a sink repeats what is 10 s old at most.
        cycle = max(4.0, min(30.0, self.seconds / 10))
        while any(client.poll() is None for client in clients):
            now = time.monotonic() - began
            part = (now % cycle) / cycle
            last = now > self.seconds - cycle / 2
            self._sink("works" if last or part < 0.5 else "stalls" if part < 0.75 else "fails")
            self.memory.append((now, self.moat.rss_bytes()))
            assert now < self.seconds + PATIENCE * 3, "pgbench hangs"
            time.sleep(0.1)  # the sampling of memory
        self._sink("works")
        self.transactions = 0
        for client in clients:
            output = client.communicate()[0]
            assert client.returncode == 0, output[-2000:]
            self.transactions += int(re.search(r"actually processed: (\d+)", output)[1])
            assert re.search(r"failed transactions: 0 ", output), output
        no_backends(self.server)
        return self

    def _pgbench(self, mode, script):
        return subprocess.Popen(
            [PG_BIN / "pgbench", "-n", "-M", mode, "-c", "3", "-T", str(self.seconds), "-f", script, "-h",
             "127.0.0.1", "-p", str(self.moat.port), "-U", "app_super", "shop"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PGSSLMODE": "disable"})

    def _sink(self, phase):
        self.phases[phase] += 1
        if phase == "fails":
            self.receiver.close()
            return
        (self.receiver.reading.clear if phase == "stalls" else self.receiver.reading.set)()
        if not self.receiver.listener:
            self.receiver.open()

    def begun(self) -> int:
        """Statements that the server's log has as begun, read in one pass."""
        count = 0
        with open(self.server.log, "rb") as log:
            log.seek(self.log_at)
            for line in log:
                count += BEGUN.search(line) is not None
        return count

    def drained(self, wanted):
        seconds = PATIENCE * 3 + self.seconds
        until(lambda: self.counter.statements >= wanted, f"{wanted} statements have come", seconds)

    def growth(self) -> int:
        """Bytes that the most of the second half is above the most of the first, without the start."""
        start, middle = self.seconds * 0.1, self.seconds * 0.5
        first = max(rss for when, rss in self.memory if start < when <= middle)
        return max(rss for when, rss in self.memory if when > middle) - first


def count_file(paths) -> Counter:
    """The same of files, the oldest first."""
    counter = Counter()
    for path in map(pathlib.Path, paths):
        command = ["zstd", "-dcq", path] if path.suffix == ".zst" else ["cat", path]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
            for line in reader.stdout:
                counter.take(line)
        assert reader.returncode == 0, path
    return counter


def new_receiver():
    counter = Counter()
    return counter, LineReceiver(counter.take)
