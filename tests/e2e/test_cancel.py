"""Cancel requests: they reach the statement that they are for, by every way, and no other."""
import os
import signal
import ssl
import struct
import subprocess
import threading

import pytest

from pair import pid_of, until_waiting
from servers import PATIENCE, until
from wire import (CANCEL_REQUEST, SSL_REQUEST, Wire, bind, copy_data, execute, one_shot, parse, query, request,
                  startup, sync)

SLEEP = "SELECT pg_sleep(600)"


def start_tls(wire):
    wire.send(request(SSL_REQUEST))
    assert wire.exactly(1) == b"S"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    wire.socket = context.wrap_socket(wire.socket)


def cancel(port, key, tls=False):
    """Returns when the server has taken it, as libpq does."""
    with Wire(port, timeout=PATIENCE) as wire:
        if tls:
            start_tls(wire)
        wire.send(request(CANCEL_REQUEST, key))
        assert wire.read_to_end() == []


def until_cancelled(ask, wire, port, **how):
    until_waiting(ask, wire)
    cancel(port, wire.key, **how)
    lines = wire.read_until("Z")
    assert lines[-2:] == ["ErrorResponse ERROR 57014", "ReadyForQuery I"], lines
    assert wire.rows("SELECT 'after'") == [("after",)]


@pytest.fixture(scope="module")
def certificate(workspace):
    files = {"certificate": workspace / "cancel.crt", "key": workspace / "cancel.key"}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", files["key"], "-out", files["certificate"]], check=True, capture_output=True)
    return {name: str(path) for name, path in files.items()}


@pytest.mark.parametrize("messages", ids=["simple", "extended", "prepared", "several statements"], argvalues=[
    [query(SLEEP)], [one_shot(SLEEP), sync()], [parse("s", SLEEP), bind("", "s"), execute(), sync()],
    [query("SELECT 1; SELECT pg_sleep(600); SELECT 2")]])
def test_cancel_of_a_statement(pair, messages):
    def scenario(wire):
        wire.send(*messages)
        with pair.witness() as ask:
            until_waiting(ask, wire)
        cancel(wire.socket.getpeername()[1], wire.key)
        return wire.read_until("Z") + wire.ask(query("SELECT 'after'"))
    direct, through = pair.both(scenario)
    assert through == direct and "ErrorResponse ERROR 57014" in direct


@pytest.mark.parametrize("version", ["3.0", "3.2"])
def test_cancel_by_the_keys_of_each_version(pair, version):
    """Four bytes, or in 3.2, where the server has it, 32."""
    def log_in(port):
        wire = Wire(port)
        wire.send(startup("app_super", version=(3 << 16) + (2 if version == "3.2" else 0)))
        while (message := wire.read())[0] != "Z":
            if message[0] == "K":
                wire.key = message[1]
        return wire
    with log_in(pair.moat.port) as wire, log_in(pair.moat.port) as bystander, pair.witness() as ask:
        assert len(wire.key) == (36 if (version, pair.version) == ("3.2", 18) else 8)
        bystander.send(query("SELECT pg_sleep(1), 'slept'"))
        wire.send(query(SLEEP))
        until_waiting(ask, wire)
        for wrong in (wire.key[:-1] + bytes([wire.key[-1] ^ 1]), wire.key[:4] + bytes(len(wire.key) - 4),
                      wire.key + b"\0", bystander.key[:4] + wire.key[4:]):
            cancel(pair.moat.port, wrong)
            assert ask(wire) == "active"
        until_cancelled(ask, wire, pair.moat.port)
        assert "DataRow  | slept" in bystander.read_until("Z")


@pytest.mark.parametrize("key", ids=["nobody's", "no key", "half a key", "256 bytes", "300 bytes", "5000 bytes"], argvalues=[
    struct.pack("!ii", 2**31 - 1, 1), b"", b"\0" * 6, b"\0\0\0\1" + b"x" * 256, b"\0\0\0\1" + b"x" * 300, b"x" * 5000])
def test_cancel_of_nothing(pair, key):
    """Never answered, and pgmoat goes on."""
    with Wire(pair.moat.port) as wire:
        wire.send(request(CANCEL_REQUEST, key))
        assert all("ErrorResponse" in x for x in wire.read_to_end())
    with Wire(pair.moat.port).login("app_super") as wire:
        assert wire.rows("SELECT 1") == [("1",)]


@pytest.mark.parametrize("where", ["idle", "in a transaction"])
def test_cancel_of_an_idle_session_hits_no_later_statement(pair, where):
    with Wire(pair.moat.port).login("app_super") as wire:
        if where == "in a transaction":
            wire.ask(query("BEGIN"))
        for i in range(30):
            cancel(pair.moat.port, wire.key)
            # The signal may come with the next statement, as with a direct connection: a fence.
            wire.ask(query("SELECT pg_sleep(0.01)"))
            if wire.status == "E":
                wire.ask(query("ROLLBACK"), query("BEGIN"), readies=2)
            assert wire.rows(f"SELECT {i}, pg_sleep(0.02)")[0][0] == str(i)


def test_cancel_in_copy(pair):
    def scenario(wire):
        port = wire.socket.getpeername()[1]
        with pair.witness() as ask:
            ask.execute("CREATE TABLE IF NOT EXISTS cancelled (a int)")
            wire.send(query("COPY cancelled FROM STDIN"), copy_data(b"1\n"))
            lines = wire.read_until("G")
            until(lambda: ask(wire, "wait_event") == "ClientRead", "the server waits for data")
            cancel(port, wire.key)
            wire.send(copy_data(b"2\n"))  # the server looks for a cancel between two messages
            lines += wire.read_until("Z")
            wire.send(query("COPY (SELECT i, pg_sleep(0.01) FROM generate_series(1, 100000) i) TO STDOUT"))
            until_waiting(ask, wire)
            cancel(port, wire.key)
            lines += [x for x in wire.read_until("Z") if not x.startswith("CopyData")]
            return lines, ask.execute("SELECT count(*) FROM cancelled").fetchone()
    direct, through = pair.both(scenario)
    assert through == direct
    assert direct[0].count("ErrorResponse ERROR 57014") == 2 and direct[1] == (0,)


def test_cancel_in_the_middle_of_a_pipeline(pair):
    def scenario(wire):
        wire.send(one_shot("SELECT 1"), sync(), one_shot("SELECT 2"), one_shot(SLEEP), one_shot("SELECT 3"), sync(),
                  one_shot("SELECT 4"), sync())
        with pair.witness() as ask:
            until_waiting(ask, wire)
        cancel(wire.socket.getpeername()[1], wire.key)
        return [x for _ in range(3) for x in wire.read_until("Z")]
    direct, through = pair.both(scenario)
    assert through == direct
    assert "DataRow 4" in direct and "DataRow 3" not in direct


@pytest.mark.parametrize("mode, tls", [("allow", False), ("allow", True), ("require", False), ("require", True)])
def test_cancel_over_tls(mode, tls, start_pgmoat, postgres, certificate):
    """A request in plain text passes where TLS is required, as the server has it: libpq sent them so
    for decades."""
    moat = start_pgmoat(tls={"mode": mode, **certificate})
    with Wire(moat.port) as wire, postgres.connect() as direct:
        start_tls(wire)
        wire.login("app_super")
        wire.send(query(SLEEP))
        until(lambda: direct.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'",
                                     [pid_of(wire)]).fetchone(), "it sleeps")
        cancel(moat.port, wire.key, tls=tls)
        assert wire.read_until("Z")[-2:] == ["ErrorResponse ERROR 57014", "ReadyForQuery I"]
        assert wire.rows("SELECT 'after'") == [("after",)]


def test_cancel_while_draining(start_pgmoat, postgres):
    """What still runs can be stopped; nobody new comes in."""
    moat = start_pgmoat(limits={"drain_timeout": "10min"})
    with moat.wire("app_super") as wire, postgres.connect() as direct:
        wire.ask(query("BEGIN"))
        wire.send(query(SLEEP))
        until(lambda: direct.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'",
                                     [pid_of(wire)]).fetchone(), "it sleeps")
        moat.process.send_signal(signal.SIGTERM)
        until(lambda: moat.get("/readyz")[0] == 503, "draining")
        with Wire(moat.port) as late:
            late.send(startup("app_super"))
            assert late.read_to_end() == ["ErrorResponse FATAL 57P03"]
        cancel(moat.port, wire.key)
        assert wire.read_until("Z")[-2:] == ["ErrorResponse ERROR 57014", "ReadyForQuery E"]
        wire.send(query("ROLLBACK"))
        assert wire.read_to_end() == ["CommandComplete ROLLBACK", "ReadyForQuery I", "ErrorResponse FATAL 57P01"]
    assert moat.process.wait(PATIENCE) == 0


def test_drain_ends_though_clients_keep_coming(start_pgmoat):
    moat = start_pgmoat(limits={"drain_timeout": "1s"})
    with moat.wire("app_super") as wire:
        wire.ask(query("BEGIN"))
        moat.process.send_signal(signal.SIGTERM)
        silent = []  # these say nothing and would stay
        def gone():
            try:
                silent.append(Wire(moat.port))
            except OSError:
                pass
            return not moat.alive()
        until(gone, "the end")
        assert moat.process.wait(PATIENCE) == 0
    for other in silent:
        other.socket.close()


def test_two_hundred_cancels_at_once_hit_their_own(pair):
    """Half of 40 sessions are cancelled, each by five requests."""
    wires = [Wire(pair.moat.port, timeout=PATIENCE).login("app_super") for _ in range(40)]
    with pair.witness() as ask:
        ask.execute("SELECT pg_advisory_lock(77)")
        for i, wire in enumerate(wires):
            wire.send(query(SLEEP if i % 2 else f"SELECT 'kept {i}' FROM pg_advisory_xact_lock_shared(77)"))
        for wire in wires:
            until_waiting(ask, wire)
        threads = [threading.Thread(target=cancel, args=(pair.moat.port, wire.key))
                   for wire in wires[1::2] for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ask.execute("SELECT pg_advisory_unlock(77)")
    for i, wire in enumerate(wires):
        lines = wire.read_until("Z")
        assert ("ErrorResponse ERROR 57014" in lines) if i % 2 else (f"DataRow kept {i}" in lines), (i, lines)
        wire.socket.close()


def test_psql_is_interrupted_by_a_signal(pair):
    with pair.witness() as ask:
        psql = subprocess.Popen(
            ["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(pair.moat.port), "-U", "app_super", "-d", "shop",
             "-c", SLEEP + " /* psql */"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, "PGSSLMODE": "disable"})
        until(lambda: ask.execute("SELECT 1 FROM pg_stat_activity WHERE query = %s AND wait_event = 'PgSleep'",
                                  [SLEEP + " /* psql */"]).fetchone(), "it sleeps")
        psql.send_signal(signal.SIGINT)
        _, err = psql.communicate(timeout=PATIENCE)
    assert "canceling statement due to user request" in err, err
