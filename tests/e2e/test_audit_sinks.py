"""Several sinks at once in the program itself: each gets every record, none waits for another, and one
that was down gets all of it when it is back."""
import contextlib
import json
import os
import subprocess

import pytest

from audit_ground import (Marks, audit_verb, by_mark, check_chain, drained, lines_of, lines_of_rotated,
                          rotated, with_trail)
from audit_receivers import HttpReceiver, LineReceiver
from audit_load import Load
from servers import PATIENCE, free_port, until
from wire import query


class Rsyslog:
    """Debian's rsyslogd as any user, with one TCP input; it writes what it understood of RFC 5424."""

    def __init__(self, directory):
        self.directory, self.port = directory, free_port()
        directory.mkdir()
        self.file = directory / "messages"
        (directory / "rsyslog.conf").write_text(f"""\
global(workDirectory="{directory}" maxMessageSize="64k")
module(load="imtcp")
input(type="imtcp" port="{self.port}" address="127.0.0.1")
template(name="plain" type="string" string="%app-name% %syslogfacility-text% %msg:::drop-last-lf%\\n")
action(type="omfile" file="{self.file}" template="plain")
""")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/rsyslogd", "-n", "-i", self.directory / "pid", "-f", self.directory / "rsyslog.conf"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.directory / "errors", "a"))
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None

    def lines(self) -> list:
        """The messages, which must be whole lines of the trail."""
        if not self.file.exists():
            return []
        lines = []
        for line in self.file.read_bytes().splitlines():
            program, facility, message = line.split(b" ", 2)
            assert (program, facility) == (b"pgmoat", b"local0"), line
            lines.append(message.strip().lstrip(b"\xef\xbb\xbf") + b"\n")
        return lines


class Warehouse:
    """A database for the table sink; what is in it as lines."""

    def __init__(self, server):
        self.server = server
        server.psql("-c", "CREATE DATABASE warehouse", dbname="postgres")
        server.psql("-c", "CREATE ROLE audit_writer LOGIN", "-c", "GRANT CREATE ON SCHEMA public TO audit_writer",
                    dbname="warehouse")

    def allow(self, yes):
        with self.server.connect("postgres") as direct:
            direct.execute(f"ALTER ROLE audit_writer {'LOGIN' if yes else 'NOLOGIN'}")
            direct.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'audit_writer'")

    def records(self) -> list:
        with self.server.connect("warehouse") as direct:
            if not direct.execute("SELECT to_regclass('pgmoat_audit')").fetchone()[0]:
                return []
            return [record for record, in direct.execute("SELECT record FROM pgmoat_audit ORDER BY seq")]

    def drop(self):
        self.server.psql("-c", "DROP DATABASE warehouse WITH (FORCE)", dbname="postgres")
        self.server.psql("-c", "DROP ROLE audit_writer", dbname="postgres")


class Everything:
    """All sinks that need no broker, each with a place to deliver to."""

    def __init__(self, workspace, postgres, name):
        self.syslog = Rsyslog(workspace / f"rsyslog-{name}")
        self.stream, self.http, self.warehouse = LineReceiver(), HttpReceiver(), Warehouse(postgres)
        self.sinks = [
            {"name": "log", "syslog": {"transport": "tcp", "address": f"127.0.0.1:{self.syslog.port}",
                                       "facility": "local0", "max_message_size": "64KiB"}},
            {"name": "vector", "stream": {"address": self.stream.address}},
            {"name": "collector", "http": {"url": self.http.url, "format": "json_lines", "gzip": True}},
            {"name": "warehouse", "postgres": {
                "url": f"postgres://audit_writer@127.0.0.1:{postgres.port}/warehouse", "table": "pgmoat_audit"}}]

    def trail(self, directory):
        directory.mkdir(exist_ok=True)
        self.file = directory / "trail.jsonl"
        rotating = {"name": "trail", "file": {"path": str(self.file), "rotate_size": "256KiB", "compression": "zstd"}}
        return {"file": None, "journal_dir": str(directory / "journal"), "sinks": [rotating, *self.sinks]}

    def ids(self) -> dict:
        """{sink: [ids]}, of records, without the checkpoints."""
        lines = {"trail": lines_of_rotated(self.file), "log": self.syslog.lines(), "vector": self.stream.lines(),
                 "collector": self.http.lines()}
        records = {name: [json.loads(line) for line in of] for name, of in lines.items()}
        records["warehouse"] = self.warehouse.records()
        return {name: [r["id"] for r in of if r["event"] != "checkpoint"] for name, of in records.items()}


@pytest.fixture
def everything(workspace, postgres, request):
    made = Everything(workspace, postgres, request.node.name[:40])
    with made.http, made.stream, contextlib.ExitStack() as ends:
        ends.callback(made.warehouse.drop)
        ends.callback(made.syslog.stop)
        made.syslog.start()
        yield made


@pytest.fixture(scope="module", autouse=True)
def marks_table(postgres):
    postgres.psql("-c", "CREATE TABLE marks (mark text)")
    yield
    postgres.psql("-c", "DROP TABLE marks")


ROLES = {"app": {"audit": {"parameters": "full", "mode": "required"}}}


def asked(moat, load, seconds):
    """Load, and then what the trail must have of it."""
    load.run(2, seconds)
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0, "all sessions have ended")
    return load.answered


def test_each_sink_gets_every_record(start_pgmoat, everything, workspace):
    moat = with_trail(start_pgmoat, everything.trail(workspace / "sinks-all"), roles=ROLES)
    load = Load(moat.port, Marks())
    answered = asked(moat, load, 2)

    def same():
        ids = everything.ids()
        return len(ids["trail"]) >= len(answered) and all(set(of) == set(ids["trail"]) for of in ids.values())
    until(same, "all sinks have the same records", PATIENCE * 3)
    ids = everything.ids()
    for name, of in ids.items():  # nothing failed, so nothing comes twice
        assert len(of) == len(set(of)), name
    until(lambda: all(f.suffix == ".zst" for f in rotated(everything.file)[:-1]), "all rotated files are compressed")
    files = rotated(everything.file)
    assert len(files) > 2, files
    assert not answered - by_mark(json.loads(line) for line in lines_of_rotated(everything.file)).keys()
    moat.stop()
    until(lambda: len(everything.stream.lines()) == len(lines_of_rotated(everything.file)), "the stop is everywhere")
    check_chain(lines_of_rotated(everything.file))
    check_chain(everything.stream.lines())
    for file in rotated(everything.file):  # each by itself
        assert audit_verb("verify", file).returncode == 0, file
    assert audit_verb("verify", *rotated(everything.file)).returncode == 0


DOWN = {
    "log": (lambda e: e.syslog.stop(), lambda e: e.syslog.start()),
    "vector": (lambda e: e.stream.close(), lambda e: e.stream.open()),
    "collector": (lambda e: setattr(e.http, "failing", True), lambda e: setattr(e.http, "failing", False)),
    "warehouse": (lambda e: e.warehouse.allow(False), lambda e: e.warehouse.allow(True)),
}


def test_one_that_is_down_holds_up_no_other_and_gets_all_later(start_pgmoat, everything, workspace):
    moat = with_trail(start_pgmoat, everything.trail(workspace / "sinks-down"), roles=ROLES)
    load = Load(moat.port, Marks())
    for name, (down, back) in DOWN.items():
        down(everything)
        answered = asked(moat, load, 0.1)

        def others_have_all(name=name, answered=answered):
            ids = everything.ids()
            return len(ids["trail"]) >= len(answered) and all(
                set(of) == set(ids["trail"]) for other, of in ids.items() if other != name)
        until(others_have_all, f"all but {name} have everything", PATIENCE * 3)
        until(lambda name=name: moat.metrics_sum("pgmoat_audit_sink_failures_total", sink=name) > 0, "the metric")
        assert moat.get("/readyz")[0] == 200  # it is behind, and there is room
        back(everything)
        until(lambda: all(set(of) == set(everything.ids()["trail"]) for of in everything.ids().values()),
              f"{name} has everything, too", PATIENCE * 4)
        drained(moat)
        assert name in moat.log.read_text()  # both were told


def test_a_reload_keeps_the_sinks_and_logrotate_finds_its_file(start_pgmoat, workspace):
    """A file that was moved is left at SIGHUP, and the new one goes on with the chain."""
    moat = with_trail(start_pgmoat)
    with moat.wire("app_super") as wire:
        wire.rows("SELECT 'before'")
        moat.audited(statement="SELECT 'before'")
        moved = moat.audit_file.with_name("moved.jsonl")
        os.rename(moat.audit_file, moved)
        moat.reload(moat.tree)
        wire.ask(query("SELECT 'after'"))
        moat.audited(statement="SELECT 'after'")
    moat.stop()
    assert "'after'" not in moved.read_text()
    check_chain(lines_of(moved, moat.audit_file))
