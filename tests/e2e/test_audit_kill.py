"""kill -9 at any moment: what the server may have seen is on record, nothing is missing, what comes
twice has one id, and the chain goes on.  The other witness is the server's own log."""
import json
import random
import re
import threading
import time

import pytest

from audit_ground import (FINAL, LARGE, MARK, Marks, audit_verb, by_mark, check_chain, drained, journal_dir,
                          kill, lines_of, marks_begun, no_backends, with_trail)
from audit_receivers import LineReceiver
from audit_load import Load
from servers import SANITIZED, until

KILLS = 1_000 if LARGE else 60 if SANITIZED else 300
ROLES = {name: {"audit": {"mode": "required", "record": "all", "parameters": "full"}} for name in ("app", "admin")}
SEGMENTS = ("256KiB", "1MiB", "16MiB")


@pytest.fixture
def start(start_pgmoat, plain_server):
    def start(trail=None, **options):
        return with_trail(start_pgmoat, {"segment_size": "2MiB", **(trail or {})}, upstream_port=plain_server.port,
                          roles=ROLES, **options)
    return start


def caught_up(moat, server, offset=0):
    """Until every statement in the server's log is on record.  (the marks of those, all records)."""
    no_backends(server)
    begun = marks_begun(server.log_since(offset))
    all_there(begun, lambda: moat.audit_file.read_bytes())
    drained(moat)
    seen = check_chain(lines_of(moat.audit_file))
    return begun, [json.loads(line) for line in seen.values()]


def all_there(begun, read):
    def missing():
        return begun - {mark.decode() for mark in re.findall(MARK.pattern.encode(), read())}
    try:
        until(lambda: not missing(), "all that the server began is on record")
    except AssertionError:
        raise AssertionError(f"{len(missing())} of {len(begun)} are missing: {sorted(missing())[:10]}") from None


def check_trail(records, begun, load):
    assert load.errors.keys() <= {"22012"}, load.errors  # so nothing was refused
    found, answered = by_mark(records), load.answered
    # Who had an answer knows that the trail has it, too.
    unknown = {mark: [r["outcome"] for r in found.get(mark, [])] for mark in answered
               if not any(r["outcome"] in FINAL for r in found.get(mark, []))}
    assert not unknown, f"{len(unknown)} answered statements without outcome: {sorted(unknown.items())[:10]}"
    for mark in begun:
        outcomes = {r["outcome"] for r in found[mark]}
        assert outcomes <= FINAL | {"lost", "running"}, found[mark]
    # What was read twice has the same id, and says the same.
    lines = {}
    for record in records:
        lines.setdefault(record["id"], []).append(record)
    for same in lines.values():
        final = [r for r in same if r.get("outcome") in FINAL]
        told = {json.dumps({k: v for k, v in r.items() if k not in ("seq", "hash", "prev")}) for r in final}
        assert len(told) <= 1, f"one id, and different things: {told}"
    assert not [r for r in records if r["event"] == "gap"]


def kill_under_load(moat, load, seconds, clients=6):
    timer = threading.Timer(seconds, moat.process.kill)
    timer.start()
    load.run(clients)
    timer.join()
    moat.process.wait()


def test_kills_at_random_points(start, plain_server):
    moat = start(start=False)
    offset = plain_server.log_end()
    marks, dice = Marks(), random.Random(300)
    load = Load(moat.port, marks)
    for number in range(KILLS):
        if number % 10 == 0:
            moat.tree["audit"]["segment_size"] = dice.choice(SEGMENTS)
            moat.tree["audit"]["sync"] = dice.choice(("none", "interval", "each"))
            moat.write_config(moat.tree)
        moat.start()
        kill_under_load(moat, load, dice.uniform(0, 0.05))
    moat.start()
    begun, records = caught_up(moat, plain_server, offset)
    check_trail(records, begun, load)
    assert len(begun) > KILLS * 10 and sum(r.get("outcome") == "lost" for r in records) > KILLS / 10
    assert sum(r["event"] == "start" for r in records) == KILLS + 1
    moat.stop()
    verified = audit_verb("verify", moat.audit_file)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    # Nothing that is safe elsewhere stays.
    left = sum(f.stat().st_blocks * 512 for f in journal_dir(moat).rglob("*") if f.is_file())
    assert left < 40 << 20, f"{left} bytes"


def test_killed_again_while_it_recovers(start, plain_server):
    moat = start()
    offset = plain_server.log_end()
    load, dice = Load(moat.port, Marks()), random.Random(2)
    for _ in range(5):
        kill_under_load(moat, load, 0.5)
        for _ in range(6):  # twice and more, without a word from anybody
            moat.start(wait=False)
            time.sleep(dice.uniform(0, 0.03))  # not to synchronise: the kill's moment
            kill(moat)
        moat.start()
    begun, records = caught_up(moat, plain_server, offset)
    check_trail(records, begun, load)


def test_killed_while_a_sink_is_down(start, plain_server):
    """The lines wait for it over any number of kills."""
    receiver = LineReceiver()
    moat = start({"file": None, "sinks": [{"name": "far", "stream": {"address": receiver.address}}]})
    offset = plain_server.log_end()
    load, dice = Load(moat.port, Marks()), random.Random(9)
    for _ in range(5):
        kill_under_load(moat, load, dice.uniform(0.05, 0.3))
        moat.start()
    no_backends(plain_server)
    begun = marks_begun(plain_server.log_since(offset))
    assert begun and not receiver.data
    with receiver:
        all_there(begun, lambda: bytes(receiver.data))
        # Now it dies while the sink has taken some.
        for _ in range(3):
            kill_under_load(moat, load, dice.uniform(0.05, 0.3))
            receiver.close()
            moat.start()
            receiver.open()
        no_backends(plain_server)
        begun = marks_begun(plain_server.log_since(offset))
        all_there(begun, lambda: bytes(receiver.data))
        drained(moat)
        seen = check_chain(receiver.lines())
        check_trail([json.loads(line) for line in seen.values()], begun, load)
        moat.stop()


def test_a_torn_line_of_a_killed_process_is_repaired(start, plain_server):
    """As a kill within a write leaves it: part of a line at the file's end."""
    moat = start()
    offset = plain_server.log_end()
    load = Load(moat.port, Marks())
    kill_under_load(moat, load, 0.2)
    moat.start()
    caught_up(moat, plain_server, offset)
    kill(moat)
    whole = moat.audit_file.read_bytes()
    moat.audit_file.write_bytes(whole + whole.splitlines()[-1][:40])
    moat.start()
    kill_under_load(moat, load, 0.2)
    moat.start()
    _, records = caught_up(moat, plain_server, offset)
    assert records
    moat.stop()
    for line in moat.audit_file.read_bytes().splitlines():
        json.loads(line)
