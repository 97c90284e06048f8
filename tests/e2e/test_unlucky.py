"""Odd but lawful clients, and hostile ones: no statement is lost, no session stays, no core burns."""
import ssl
import subprocess
import time

import pytest

from servers import until
from wire import (SSL_REQUEST, Wire, copy_data, copy_done, execute, parse, bind, query, request,
                  startup, sync, terminate)


def processor_seconds(moat) -> float:
    with open(f"/proc/{moat.process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.fixture
def table(postgres):
    postgres.psql("-c", "CREATE TABLE unlucky (id integer)")
    yield "unlucky"
    postgres.psql("-c", "DROP TABLE unlucky")


def test_statements_before_a_pipelined_terminate_run(pgmoat, postgres, table):
    """The server reads Terminate in its turn; what was sent before it runs and is answered."""
    with pgmoat.wire("app_super") as wire:
        wire.send(query("SELECT pg_sleep(0.2)"), query(f"INSERT INTO {table} VALUES (1)"),
                  parse("", f"INSERT INTO {table} VALUES (2)"), bind(), execute(), sync(), terminate())
        lines = wire.read_to_end()
    assert lines[-2:] == ["CommandComplete INSERT 0 1", "ReadyForQuery I"]
    with postgres.connect() as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,)


def test_copy_ends_without_a_copy_do_not_fill_the_queue(pgmoat):
    with pgmoat.wire("app_super") as wire:
        assert wire.ask(copy_done() * 70_000, query("SELECT 1"))[-1] == "ReadyForQuery I"


def test_syncs_in_a_copy_do_not_fill_the_queue(pgmoat, table):
    with pgmoat.wire("app_super") as wire:
        wire.send(query(f"COPY {table} FROM STDIN"))
        wire.read_until("G")
        assert wire.ask(sync() * 70_000, copy_data(b"1\n"), copy_done())[0] == "CommandComplete COPY 1"


def test_a_client_that_is_gone_leaves_no_session(start_pgmoat):
    moat = start_pgmoat()
    with moat.wire("app_super") as wire:
        wire.send(copy_done() * 70_000)
        wire.writing.join()
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0, "the session's end")


@pytest.mark.parametrize("size", [3, 50])
def test_part_of_a_tls_record_burns_no_core(start_pgmoat, tmp_path, size):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", tmp_path / "key.pem",
                    "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    moat = start_pgmoat(tls={"mode": "allow", "certificate": str(tmp_path / "cert.pem"),
                             "key": str(tmp_path / "key.pem")})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    with Wire(moat.port) as wire:
        wire.send(request(SSL_REQUEST))
        assert wire.exactly(1) == b"S"
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                wire.socket.sendall(outgoing.read())
                incoming.write(wire.socket.recv(1 << 16))
        wire.socket.sendall(outgoing.read())  # the client's Finished
        tls.write(startup("app_super"))
        wire.socket.sendall(outgoing.read()[:size])
        # A worker that spins uses the second whole; this one must pass it asleep.
        before = processor_seconds(moat)
        time.sleep(1)
        assert processor_seconds(moat) - before < 0.5
