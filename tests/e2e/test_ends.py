"""The end of whole servers and whole pgmoats, at bad moments: who is still there is told, nothing
half-done stays, and what comes back is used again."""
import os
import signal
import subprocess

import pytest

from pair import pid_of, to_end, until_waiting
from servers import PATIENCE, Pgmoat, until
from wire import Closed, Refused, Wire, copy_data, line, one_shot, query, sync

BUSY = {
    "idle": [],
    "in a transaction": [query("BEGIN"), query("SELECT 1")],
    "in a statement": [query("SELECT pg_sleep(600)")],
    "in a pipeline": [one_shot("SELECT 1"), one_shot("SELECT pg_sleep(600)"), one_shot("SELECT 2"), sync()],
}


def begin(wire, ask, name):
    wire.send(*BUSY[name])
    if "sleep" in str(BUSY[name]):
        return until_waiting(ask, wire)
    for _ in BUSY[name]:
        wire.read_until("Z")


CRASH = ("NoticeResponse WARNING 57P01", "NoticeResponse WARNING 57P02")


def told(direct, through):
    """The same, and where the server only hung up pgmoat says so.  A backend's last words in a crash
    are not sure to come, whoever listens."""
    direct, through = ([x for x in lines if x not in CRASH] for lines in (direct, through))
    if not any("FATAL" in x for x in direct):
        direct.append("ErrorResponse FATAL 08006")
    assert through == direct


def sessions(pair) -> list:
    """One with the server, then some through pgmoat."""
    return [Wire(port).login("app_super") for port in (pair.server.port, *[pair.moat.port] * 6)]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.parametrize("name", BUSY)
def test_server_shuts_down(pair, mode, name):
    direct, *through = wires = sessions(pair)
    with pair.witness() as ask:
        for wire in wires:
            begin(wire, ask, name)
    pair.down(mode)
    said, heard = to_end(direct), [to_end(wire) for wire in through]
    for lines in heard:
        told(said, lines)
    if mode == "fast":
        assert all(lines[-1] == "ErrorResponse FATAL 57P01" for lines in heard)
        assert all(wire.errors == direct.errors for wire in through)
    else:
        assert any(word in lines for lines in heard for word in CRASH), heard
    with pytest.raises(Refused) as refused:
        Wire(pair.moat.port).login("app_super")
    assert refused.value.fields["C"] == "08006"
    pair.up()
    with Wire(pair.moat.port).login("app_super") as wire:
        assert wire.rows("SELECT 1") == [("1",)]


def test_server_that_shuts_down_takes_no_logins_but_lets_sessions_end(pair):
    """The server's own 57P03 reaches the client, on which libpq tries its next host."""
    with Wire(pair.moat.port).login("app_super") as wire:
        (data,) = wire.rows("SHOW data_directory")[0]
        postmaster = int(open(f"{data}/postmaster.pid", encoding="ascii").readline())
        os.kill(postmaster, signal.SIGTERM)  # smart
        for port in pair.ports:
            def shutting_down():
                try:
                    Wire(port).login("app_super").socket.close()
                except Refused as e:
                    return e.fields["C"] == "57P03"
            until(shutting_down, "the shutdown begins")
        assert wire.rows("SELECT 1") == [("1",)]
    until(lambda: not os.path.exists(f"{data}/postmaster.pid"), "the shutdown ends")
    pair.running = False


@pytest.mark.parametrize("name", BUSY)
def test_another_backend_crashes(pair, name):
    """The server restarts itself; everybody is told 57P02."""
    direct, *through = wires = sessions(pair)
    with pair.witness() as ask, Wire(pair.server.port).login("app_super") as victim:
        for wire in wires:
            begin(wire, ask, name)
        with pair.crash():
            os.kill(pid_of(victim), signal.SIGKILL)
            said, heard = to_end(direct), [to_end(wire) for wire in through]
    for lines in heard:
        told(said, lines)
    assert any(CRASH[1] in lines for lines in heard), heard
    with Wire(pair.moat.port).login("app_super") as wire:
        assert wire.rows("SELECT 1") == [("1",)]


def test_backend_is_killed(pair):
    """It says nothing itself; what its postmaster makes of it is the others' business."""
    with Wire(pair.moat.port).login("app_super") as wire, pair.witness() as ask:
        begin(wire, ask, "in a statement")
        with pair.crash():
            os.kill(pid_of(wire), signal.SIGKILL)
            assert to_end(wire) == ["ErrorResponse FATAL 08006"]
    until(lambda: pair.moat.metrics_sum("pgmoat_sessions") == 0, "no session stays")


@pytest.mark.parametrize("text", [
    "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)", "SELECT repeat('x', 100000000)",
    "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT"],
    ids=["many rows", "one row", "COPY"])
def test_backend_dies_in_a_large_result(pair, text):
    """What came is whole messages, but for the last; nothing is written into its middle."""
    with Wire(pair.moat.port).login("app_super") as wire:
        wire.send(query(text))
        for _ in range(20):
            wire.buffer += wire.socket.recv(1 << 16)
        lines = []
        with pair.crash():
            os.kill(pid_of(wire), signal.SIGKILL)
            try:
                while True:
                    kind, body = wire.read()
                    if kind in "Dd":
                        assert body.lstrip(b"\0\1\3\xe8").strip(b"x\n") == b""
                    lines.append(kind if kind in "Dd" else line(kind, body))
            except Closed:
                pass
    assert "CommandComplete" not in str(lines)
    assert lines[-1] in ("D", "d", "ErrorResponse FATAL 08006", "RowDescription repeat"), lines[-1]
    until(lambda: pair.moat.metrics_sum("pgmoat_sessions") == 0, "no session stays")


def test_pgmoat_is_killed(pair, workspace):
    """kill -9: the kernel closes its sockets.  Clients see the end; the server rolls back."""
    moat = Pgmoat(workspace / f"killed-{pair.version}", pair.server.port)
    names = ["idle", "in a transaction", "COPY in", "reading"]
    wires = {name: moat.wire("app_super") for name in names}
    with pair.witness() as ask:
        ask.execute("DROP TABLE IF EXISTS killed; CREATE TABLE killed (a int)")
        wires["in a transaction"].ask(query("BEGIN"), query("INSERT INTO killed VALUES (1)"), readies=2)
        wires["COPY in"].send(query("COPY killed FROM STDIN"), copy_data(b"1\n" * 1000))
        wires["COPY in"].read_until("G")
        wires["reading"].send(query("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"))
        wires["reading"].read_until("D")
        moat.process.kill()
        assert moat.process.wait(PATIENCE) == -signal.SIGKILL
        moat.process = None
        for name in names:
            assert not any("FATAL" in x for x in to_end(wires[name]))
            until(lambda name=name: ask(wires[name]) is None, f"the server's session of {name} ends")
        assert ask.execute("SELECT count(*) FROM killed").fetchone() == (0,)
    moat.start()
    with moat.wire("app_super") as wire:
        assert wire.rows("SELECT 1") == [("1",)]
    moat.stop()


@pytest.mark.parametrize("program", ["psql COPY", "pg_sleep"])
def test_client_is_killed(pair, program, tmp_path):
    with pair.witness() as ask:
        ask.execute("DROP TABLE IF EXISTS killed; CREATE TABLE killed (a int)")
        text = "COPY killed FROM STDIN" if "COPY" in program else "INSERT INTO killed SELECT 1 FROM pg_sleep(600)"
        psql = subprocess.Popen(
            ["psql", "-X", "-h", "127.0.0.1", "-p", str(pair.moat.port), "-U", "app_super", "-d", "shop", "-c", text],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ, "PGSSLMODE": "disable"})
        running = ("SELECT pid FROM pg_stat_activity WHERE query = %s AND state = 'active' "
                   "AND wait_event IN ('ClientRead', 'PgSleep')")
        if "COPY" in program:
            psql.stdin.write(b"1\n" * 100_000)
            psql.stdin.flush()
        (pid,) = until(lambda: ask.execute(running, [text]).fetchone(), "it runs")
        psql.kill()
        psql.wait()
        psql.stdin.close()
        if "COPY" not in program:  # only a write would tell the server, as without pgmoat
            ask.execute("SELECT pg_cancel_backend(%s)", [pid])
        until(lambda: ask.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() is None,
              "the server's session ends")
        assert ask.execute("SELECT count(*) FROM killed").fetchone() == (0,)
    until(lambda: pair.moat.metrics_sum("pgmoat_sessions") == 0, "pgmoat's session ends")
