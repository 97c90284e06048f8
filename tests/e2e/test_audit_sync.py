"""`audit.sync`: by the system calls that pgmoat makes, what is on the disk before the server gets a
statement.  strace tells."""
import pathlib
import re
import subprocess

import pytest

from audit_ground import Marks, audit_verb, with_trail
from servers import PATIENCE, SANITIZED, until
from wire import bind, execute, one_shot, parse, query, sync

CALLS = "fdatasync,fsync,msync,sync_file_range,write,writev,send,sendto,sendmsg,sendmmsg,pwrite64,pwritev,pwritev2"
SYNC = re.compile(r"\b(?:msync\(|(?:fdatasync|fsync|sync_file_range)\(\d+<[^>]*/journal/)")  # sinks have their own
SEND = re.compile(r"\b(?:write|writev|send|sendto|sendmsg)\((\d+)")
pytestmark = pytest.mark.skipif(SANITIZED, reason="LeakSanitizer does not work under ptrace")


class Trace:
    """strace of a running pgmoat, from `with` to its end."""

    def __init__(self, moat):
        self.moat, self.file = moat, moat.directory / "strace"

    def __enter__(self):
        self.tracer = subprocess.Popen(["strace", "-f", "-yy", "-s", "4096", "-e", f"trace={CALLS}", "-o", self.file,
                                        "-p", str(self.moat.process.pid)], stderr=subprocess.PIPE, text=True)
        line = self.tracer.stderr.readline()
        assert "attached" in line, line
        tasks = pathlib.Path(f"/proc/{self.moat.process.pid}/task")
        until(lambda: all(f"TracerPid:\t{self.tracer.pid}\n" in (task / "status").read_text()
                          for task in tasks.iterdir()), "all threads are traced")
        return self

    def __exit__(self, *_):
        self.tracer.terminate()
        self.tracer.communicate(timeout=PATIENCE)

    def calls(self) -> list:
        """Each as a line, at the place where it ended: what was interrupted is put together."""
        calls, begun = [], {}
        for line in self.file.read_text(errors="replace").splitlines():
            thread, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                begun[thread] = call[:-len("<unfinished ...>")]
            elif "resumed>" in call:
                call = begun.pop(thread, "") + call.split("resumed>", 1)[1]
            if not call.endswith("<unfinished ...>"):
                calls.append(call)
        return calls


def ways(wire, marks):
    """Asks one statement in each way; the mark of each."""
    sent = []
    for make in (lambda m: [query(f"SELECT '{m}'")], lambda m: [one_shot(f"SELECT '{m}'"), sync()],
                 lambda m: [parse("", f"SELECT '{m}'"), bind(), execute(), sync()],
                 lambda m: [query(f"INSERT INTO sync_marks VALUES ('{m}')")]):
        sent.append(marks.one())
        wire.ask(*make(sent[-1]))
    assert not wire.errors, wire.errors
    return sent


@pytest.fixture(scope="module", autouse=True)
def table(postgres):
    postgres.psql("-c", "CREATE TABLE sync_marks (mark text)")
    yield
    postgres.psql("-c", "DROP TABLE sync_marks")


def traced(start_pgmoat, trail):
    moat = with_trail(start_pgmoat, {"segment_size": "64KiB", **trail})
    with moat.wire("app_super") as wire:
        wire.rows("SELECT 1")
        with Trace(moat) as trace:
            marks = ways(wire, Marks())
            until(lambda: marks[-1] in moat.audit_file.read_text(), "all is on record")
    return moat, trace, marks


def test_each_is_on_the_disk_before_the_server_gets_it(start_pgmoat, postgres):
    _, trace, marks = traced(start_pgmoat, {"sync": "each"})
    upstream = f"->127.0.0.1:{postgres.port}]"
    # A sync counts when it ended, a send when it began.
    synced_since, seen, begun = False, [], {}
    for line in trace.file.read_text(errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        call = call.strip()
        if SYNC.search(call) and call.endswith("<unfinished ...>"):
            begun[thread] = call
        elif SYNC.search(call) or ("resumed>" in call and thread in begun and begun.pop(thread)):
            synced_since = True
        elif SEND.search(call) and upstream in call:
            found = [mark for mark in marks if mark in call]
            if found:
                assert synced_since, f"nothing was synchronised before {call[:300]}"
                seen += found
                synced_since = False
    assert seen == marks


def test_many_share_one_sync(start_pgmoat):
    """What comes together is synchronised together: a pipeline needs far fewer than it has statements."""
    moat = with_trail(start_pgmoat, {"sync": "each"})
    marks = Marks()
    with moat.wire("app_super") as wire:
        wire.rows("SELECT 1")
        with Trace(moat) as trace:
            wire.ask(*(one_shot(f"SELECT '{marks.one()}'") for _ in range(200)), sync())
    assert 1 <= len([call for call in trace.calls() if SYNC.search(call)]) <= 100


def test_none_synchronises_nothing(start_pgmoat):
    _, trace, _ = traced(start_pgmoat, {"sync": "none"})
    assert not [call for call in trace.calls() if SYNC.search(call)]
    assert [call for call in trace.calls() if SEND.search(call)]


def test_interval_synchronises_now_and_then(start_pgmoat):
    moat = with_trail(start_pgmoat, {"sync": "interval", "sync_interval": "50ms"})
    with moat.wire("app_super") as wire, Trace(moat) as trace:
        def asked_and_synchronised():
            wire.rows("SELECT 1")
            return len([call for call in trace.calls() if SYNC.search(call)]) >= 2
        until(asked_and_synchronised, "two synchronisations")


@pytest.mark.parametrize("sync_choice", ["none", "interval", "each"])
def test_all_are_as_fast_as_before_for_the_client(sync_choice, start_pgmoat):
    """Nothing hangs: a thousand statements of four sessions, interleaved, in order."""
    moat = with_trail(start_pgmoat, {"sync": sync_choice})
    wires = [moat.wire("app_super") for _ in range(4)]
    for number in range(250):
        for wire in wires:
            wire.send(query(f"SELECT {number}"))
        for wire in wires:
            assert f"DataRow {number}" in wire.read_until("Z")
    for wire in wires:
        wire.socket.close()
    until(lambda: len(moat.audit(event="disconnect")) == 4, "all is on record")
    assert len(moat.audit(event="statement")) == 1_000
    moat.stop()
    assert audit_verb("verify", moat.audit_file).returncode == 0
