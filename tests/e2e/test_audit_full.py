"""When the trail can take no more: who must be on record is refused, who need not goes on and the
gap says how much it is, and all is well again as soon as there is room, without a restart.

Each worker has its own part of the journal, and is full by itself: here there is one."""
import os
import re
import subprocess
import time

import pytest

from audit_ground import (MIB, Marks, check_chain, everything_under, journal_dir, lines_of, lost_in_gaps,
                          marks_of, records_of, with_trail)
from audit_receivers import LineReceiver
from errors import check_refusal
from servers import BINARY, PATIENCE, until
from wire import one_shot, query, sync

REQUIRED = {"dev_super": "readonly", "deploy_super": "deploy", "postgres": "admin"}
FILLER = "x" * 16_000


def ran(postgres, log, mark):
    """What the server ran of it.  A Parse runs nothing."""
    return [entry for entry in postgres.log_since(log).splitlines()
            if mark in entry and ("statement: " in entry or "execute " in entry)]


def fill(moat, wire, marks, seconds=PATIENCE * 2):
    """The app asks long things until the trail is full; all of them are answered.  The marks."""
    sent, deadline = [], time.monotonic() + seconds
    while not stays_full(moat):
        assert time.monotonic() < deadline, "the trail is never full"
        for _ in range(20):
            sent.append(marks.one())
            assert wire.rows(f"SELECT '{sent[-1]}' /* {FILLER} */") == [(sent[-1],)]
    return sent


def stays_full(moat) -> bool:
    """Not only until the shipper has caught up: small segments are full for a moment now and then."""
    return all(moat.get("/readyz")[0] == 503 and time.sleep(0.02) is None for _ in range(20))


def check_refused(moat, postgres, wires, marks):
    """Each role that must be on record: in each protocol 53100, and nothing comes to the server."""
    log = postgres.log_end()
    for login, wire in wires.items():
        for make in (lambda m: [query(f"SELECT '{m}'")], lambda m: [one_shot(f"SELECT '{m}'"), sync()],
                     lambda m: [query(f"BEGIN; SELECT '{m}'")], lambda m: [one_shot(f"COMMIT /* {m} */"), sync()]):
            wire.errors.clear()
            mark = marks.one()
            wire.ask(*make(mark))
            check_refusal(wire.errors[0], {"53100"}, REQUIRED[login])
            assert not ran(postgres, log, mark)


def check_long_text_refused(moat, postgres, wire):
    """Too long to be gathered: an admin's streams by, unless it cannot be on record."""
    log = postgres.log_end()
    wire.errors.clear()
    wire.ask(query("SELECT 'not_to_run' /* " + "x" * (17 * MIB) + " */"))
    check_refusal(wire.errors[0], {"53100"}, "admin")
    assert not ran(postgres, log, "not_to_run")


def check_goes_on(wire, marks, count=50) -> list:
    """The app, in each protocol, is served as ever."""
    sent = [marks.one() for _ in range(count)]
    for number, mark in enumerate(sent):
        wire.errors.clear()
        asked = [query(f"SELECT '{mark}'")] if number % 2 else [one_shot(f"SELECT '{mark}'"), sync()]
        assert f"DataRow {mark}" in wire.ask(*asked), wire.errors
    return sent


def check_recovered(moat, wires, marks):
    until(lambda: moat.get("/readyz")[0] == 200, "ready again")
    assert moat.metrics_sum("pgmoat_audit_healthy") == 1
    for wire in wires.values():
        mark = marks.one()
        assert wire.rows(f"SELECT '{mark}'") == [(mark,)]


def check_count(records, sent):
    """Each of the app's statements is a line, or is counted in a gap: exactly."""
    there = {mark for r in records if r["event"] == "statement" for mark in marks_of(r)} & set(sent)
    lost = lost_in_gaps(records)
    return len(sent) - len(there), lost


class Disk:
    """A file system of 6 MiB that the journal lives on, and a file that takes what is left of it."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=0755", "tmpfs", path], check=True)
        self.filler = path / "filler"

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def free(self):
        self.filler.unlink(missing_ok=True)

    def unmount(self):
        subprocess.run(["umount", "-l", self.path], check=True)


@pytest.fixture
def disk(workspace, request):
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
        pytest.skip("may not mount; the file size limit below stands for it")
    disk = Disk(workspace / f"disk-{request.node.name[:40]}")
    yield disk
    disk.unmount()


def logged_in(moat):
    return {login: moat.wire(login) for login in REQUIRED}


def close(wires):
    for wire in wires.values():
        wire.socket.close()


def test_full_disk_of_the_journal(start_pgmoat, postgres, disk):
    moat = with_trail(start_pgmoat, {"journal_dir": str(disk.path / "journal"), "segment_size": "64KiB"}, workers=1)
    marks, wires = Marks(), logged_in(moat)
    with moat.wire("shop_app") as app:
        for round_number in range(2):
            disk.fill()
            sent = fill(moat, app, marks)
            assert "audit" in moat.get("/readyz")[1] and moat.metrics_sum("pgmoat_audit_healthy") == 0
            check_refused(moat, postgres, wires, marks)
            sent += check_goes_on(app, marks)
            before = moat.metrics_sum("pgmoat_audit_lost_records_total")
            disk.free()
            check_recovered(moat, wires, marks)
            assert moat.metrics_sum("pgmoat_audit_lost_records_total") >= before > 0 or round_number
    moat.audited(event="gap")
    close(wires)
    moat.stop()
    check_chain(lines_of(moat.audit_file))


def test_file_size_limit(start_pgmoat, postgres):
    """What a full disk is to those who may not mount: no file may grow past 1 MiB, until one may."""
    moat = with_trail(start_pgmoat, {"segment_size": "64KiB"},
                      workers=1, prefix=["prlimit", f"--fsize={MIB}:unlimited"])
    marks, wires = Marks(), logged_in(moat)
    with moat.wire("shop_app") as app:
        fill(moat, app, marks)
        check_refused(moat, postgres, wires, marks)
        check_goes_on(app, marks)
        subprocess.run(["prlimit", f"--pid={moat.process.pid}", "--fsize=unlimited"], check=True)
        check_recovered(moat, wires, marks)
    close(wires)
    moat.stop()
    check_chain(lines_of(moat.audit_file))


@pytest.mark.parametrize("how", ["nobody listens", "nobody reads"])
def test_dead_sink(how, start_pgmoat, postgres):
    receiver = LineReceiver()
    receiver.reading.clear()
    if how == "nobody reads":
        receiver.open()
    moat = with_trail(start_pgmoat, {"max_spool_size": "2MiB", "segment_size": "64KiB", "sinks": [
        {"name": "far", "stream": {"address": receiver.address}}]}, workers=1)
    marks, wires = Marks(), logged_in(moat)
    app = moat.wire("shop_app")
    sent = fill(moat, app, marks)
    ready = moat.get("/readyz")
    assert ready[0] == 503 and "audit" in ready[1], ready
    until(lambda: moat.metrics_sum("pgmoat_audit_sink_failing", sink="far") == 1, "the metric tells which sink it is")
    assert moat.metrics_sum("pgmoat_audit_sink_failing", sink="file") == 0
    assert moat.metrics_sum("pgmoat_audit_healthy") == 0
    check_refused(moat, postgres, wires, marks)
    check_long_text_refused(moat, postgres, wires["postgres"])
    sent += check_goes_on(app, marks, 3_000)  # more than any buffer holds
    assert moat.metrics_sum("pgmoat_audit_lost_records_total") > 0
    assert moat.get("/healthz")[0] == 200
    receiver.reading.set()
    if how == "nobody listens":
        receiver.open()
    check_recovered(moat, wires, marks)
    until(lambda: len({r["event"] for r in receiver.records()} & {"gap"}), "the gap's record")
    end = marks.one()
    assert app.rows(f"SELECT '{end}'") == [(end,)]
    until(lambda: end in str(bytes(receiver.data)), "the sink has all")
    close(wires)
    app.socket.close()
    moat.stop()
    records = [r for r in receiver.records()]
    # What was asked by the app, and the refusals of the others, are lines or counted.
    refused = 4 * len(REQUIRED) + 1
    denied = len({r["id"] for r in records if r.get("outcome") == "denied"})
    without_line, lost = check_count(records, sent)
    assert lost == without_line + refused - denied, (lost, without_line, refused, denied)
    check_chain(receiver.lines())
    assert lost_in_gaps(records_of(moat.audit_file)) == lost  # the other sink's stream is the same


def test_stop_and_start_with_a_dead_sink_keeps_what_it_has(start_pgmoat):
    receiver = LineReceiver()
    moat = with_trail(start_pgmoat, {"sinks": [{"name": "far", "stream": {"address": receiver.address}}]})
    marks = Marks()
    for _ in range(2):
        with moat.wire("shop_app") as app:
            for _ in range(20):
                app.rows(f"SELECT '{marks.one()}'")
        moat.stop()
        moat.start()
    with receiver:
        until(lambda: len({m for r in receiver.records() for m in marks_of(r)}) == 40, "all lines")
        check_chain(receiver.lines())


@pytest.mark.parametrize("kind", ["a file", "below a file", "closed", "read-only"])
def test_unusable_journal_directory(kind, start_pgmoat, workspace, request):
    place = workspace / f"unusable-{kind.replace(' ', '-')}"
    directory, prefix = place, []
    if kind == "a file":
        place.write_text("not a directory")
    elif kind == "below a file":
        place.write_text("not a directory")
        directory = place / "journal"
    elif kind == "closed":
        place.mkdir(mode=0o500)
        directory = place / "journal"
        if os.geteuid() == 0:  # to whom every directory is open, with CAP_DAC_OVERRIDE
            prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--securebits=+noroot,+noroot_locked"]
    else:
        place = request.getfixturevalue("disk").path
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        directory = place / "journal"
    moat = with_trail(start_pgmoat, {"journal_dir": str(directory)}, start=False)
    done = subprocess.run([*prefix, BINARY, "run", "--config", moat.file], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode in (1, 2), done
    line = next(entry for entry in done.stderr.splitlines() if str(place) in entry)
    assert "journal" in line and re.search("directory|permitted|[Pp]ermission|[Rr]ead-only", line), done.stderr
    assert not done.stdout


def test_two_of_them_with_one_journal_directory(start_pgmoat):
    first = with_trail(start_pgmoat)
    second = with_trail(start_pgmoat, {"journal_dir": str(journal_dir(first))}, start=False)
    done = subprocess.run([BINARY, "run", "--config", second.file], capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode in (1, 2), done
    line = next(entry for entry in done.stderr.splitlines() if str(journal_dir(first)) in entry)
    assert re.search("another|in use|already", line), line
    with first.wire("dev_super") as wire:  # and the first has not noticed
        assert wire.rows("SELECT 'still here'") == [("still here",)]
    first.audited(statement="SELECT 'still here'")


def test_the_journal_is_for_its_owner_only(start_pgmoat):
    moat = with_trail(start_pgmoat)
    with moat.wire("dev_super") as wire:
        wire.rows("SELECT 1")
    for path in [journal_dir(moat), *journal_dir(moat).rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert everything_under(journal_dir(moat))
