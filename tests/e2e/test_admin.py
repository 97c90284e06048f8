"""The admin listener, and the end: SIGTERM drains at a transaction boundary."""
import signal
import socket

import pytest

from servers import PATIENCE, until
from wire import Closed, Refused, one_shot, query, sync


def test_health_and_readiness(pgmoat):
    assert pgmoat.get("/healthz")[0] == 200
    assert pgmoat.get("/readyz")[0] == 200
    assert pgmoat.get("/nothing")[0] == 404


def test_metrics_in_prometheus_format(pgmoat):
    pgmoat.wire("dev_super").rows("SELECT 1")  # a series begins with its first count
    status, body = pgmoat.get("/metrics")
    assert status == 200
    for name, kind in (("pgmoat_statements_total", "counter"), ("pgmoat_logins_total", "counter"),
                       ("pgmoat_sessions", "gauge"), ("pgmoat_bytes_total", "counter"),
                       ("pgmoat_added_latency_seconds", "histogram"), ("pgmoat_audit_records_total", "counter")):
        assert f"# TYPE {name} {kind}" in body, name
    assert 'le="1e-06"' in body or 'le="0.000001"' in body, "the latency histogram begins at 1 µs"


def test_counters_move(start_pgmoat):
    moat = start_pgmoat()

    def count(name, **labels):
        return moat.metrics_sum(name, **labels)
    with moat.wire("dev_super") as wire:
        assert count("pgmoat_sessions", role="readonly", environment="production") == 1
        assert count("pgmoat_client_connections") == 1
        for _ in range(3):
            wire.ask(query("SELECT 1"))
        wire.ask(one_shot("SELECT 1"), sync())
        wire.ask(query("DROP TABLE orders"))
        assert count("pgmoat_statements_total", decision="allow", role="readonly") == 4
        assert count("pgmoat_statements_total", decision="deny", rule="readonly.ddl") == 1
        assert count("pgmoat_logins_total", outcome="accepted") == 1
        assert count("pgmoat_bytes_total", direction="server_to_client") > 100
        assert count("pgmoat_bytes_total", direction="client_to_server") > 50
        assert count("pgmoat_added_latency_seconds_count") >= 5
    with pytest.raises(Refused):
        moat.wire("nobody_knows")
    assert count("pgmoat_logins_total", outcome="refused") == 1
    until(lambda: count("pgmoat_sessions") == 0 and count("pgmoat_client_connections") == 0, "the session ends")
    until(lambda: count("pgmoat_audit_records_total") >= 8, "records written")


@pytest.mark.parametrize("request_bytes", ids=["unfinished", "zeros", "endless", "POST"], argvalues=[b"GET / HTTP/1.1\r\n", b"\0" * 100, b"GET /" + b"x" * 100_000 + b" HTTP/1.0\r\n\r\n",
                                           b"POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"])
def test_bad_http_request(request_bytes, pgmoat):
    with socket.create_connection(("127.0.0.1", pgmoat.admin_port), timeout=10) as s:
        try:
            s.sendall(request_bytes)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except OSError:
            pass  # cut off
    assert pgmoat.get("/healthz")[0] == 200


def test_a_silent_http_client_blocks_nobody(pgmoat):
    with socket.create_connection(("127.0.0.1", pgmoat.admin_port)):
        assert pgmoat.get("/healthz")[0] == 200


def refused_or_closed(moat):
    try:
        moat.wire("dev_super").socket.close()
        return False
    except (Refused, Closed, OSError):
        return True


def test_drain_waits_for_the_transaction(start_pgmoat):
    moat = start_pgmoat()
    idle, busy, running = (moat.wire("shop_app") for _ in range(3))
    busy.ask(query("BEGIN"))
    running.send(query("SELECT pg_sleep(1), 'finished'"))
    until(lambda: moat.metrics_sum("pgmoat_statements_total", decision="allow") == 2)

    moat.process.send_signal(signal.SIGTERM)

    assert idle.read_to_end() == ["ErrorResponse FATAL 57P01"]
    until(lambda: moat.get("/readyz")[0] == 503, "not ready any more")
    assert "drain" in moat.get("/readyz")[1]
    assert moat.get("/healthz")[0] == 200
    assert refused_or_closed(moat), "no new logins"
    lines = running.read_to_end()
    assert any("finished" in x for x in lines), lines
    assert lines[-1] == "ErrorResponse FATAL 57P01"
    assert busy.ask(query("SELECT 'in the transaction'"))[-1] == "ReadyForQuery T"
    busy.send(query("COMMIT"))
    assert busy.read_to_end() == ["CommandComplete COMMIT", "ReadyForQuery I", "ErrorResponse FATAL 57P01"]
    assert moat.process.wait(PATIENCE) == 0


def test_drain_deadline_ends_the_rest(start_pgmoat, postgres):
    moat = start_pgmoat(limits={"drain_timeout": "1s"})
    busy, running = moat.wire("shop_app"), moat.wire("shop_app")
    busy.ask(query("BEGIN"))
    running.send(query("SELECT pg_sleep(600)"))
    until(lambda: moat.metrics_sum("pgmoat_statements_total", decision="allow") == 2)
    moat.process.send_signal(signal.SIGTERM)
    for wire in (busy, running):
        assert wire.read_to_end() == ["ErrorResponse FATAL 57P01"]
    assert moat.process.wait(PATIENCE) == 0
    with postgres.connect() as direct:
        direct.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'")
    assert {r["sqlstate"] for r in moat.audit(event="disconnect")} == {"57P01"}


def test_second_signal_forces(start_pgmoat):
    moat = start_pgmoat(limits={"drain_timeout": "10min"})
    with moat.wire("shop_app") as busy:
        busy.ask(query("BEGIN"))
        moat.process.send_signal(signal.SIGTERM)
        until(lambda: moat.get("/readyz")[0] == 503)
        moat.process.send_signal(signal.SIGTERM)
        assert busy.read_to_end() == ["ErrorResponse FATAL 57P01"]
    assert moat.process.wait(PATIENCE) == 0


def test_sigint_drains_too_and_an_idle_pgmoat_ends_at_once(start_pgmoat):
    moat = start_pgmoat()
    moat.process.send_signal(signal.SIGINT)
    assert moat.process.wait(PATIENCE) == 0
