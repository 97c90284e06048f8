"""Many at once: idle and active sessions, storms of logins, no descriptor left.

Idle sessions are 1,000 here, 5,000 with PGMOAT_TEST_LARGE=1, or PGMOAT_TEST_SESSIONS; at most what
the hard limit of descriptors allows.  The server takes a process of 1.5 MiB for each."""
import os
import pathlib
import resource

import pytest

from crowd import Crowd
from servers import PATIENCE, SANITIZED, Pgmoat, Postgres, until
from wire import Closed, Refused, Wire, query

LARGE = bool(os.environ.get("PGMOAT_TEST_LARGE"))
# pgmoat has two descriptors for each session, and needs some besides.
ALLOWED = (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100) // 2
IDLE = min(ALLOWED, int(os.environ.get("PGMOAT_TEST_SESSIONS", 5_000 if LARGE else 200 if SANITIZED else 1_000)))
ACTIVE = 50 if SANITIZED else 500
STORM = 400 if SANITIZED else 2_000
KIB = 1 << 10
SECONDS = 240


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """For our ends of the connections.  pgmoat takes what is allowed by itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def server(workspace):
    directory = workspace / "load-server"
    directory.mkdir()
    server = Postgres(directory, max_connections=IDLE + 100, shared_buffers="32MB", log_statement="none",
                      log_min_duration_statement=-1, log_connections="off", authentication_timeout="10min")
    server.psql("-c", "CREATE DATABASE shop", dbname="postgres")
    server.psql("-c", "CREATE ROLE app_super SUPERUSER LOGIN")
    yield server
    server.stop("immediate")


@pytest.fixture
def moat(server, workspace, request):
    # The server's queue for connections overflows in a storm, and the kernel tries again in 1, 3, 7, 15 s.
    made = Pgmoat(workspace / request.node.name[:50], server.port,
                  limits={"max_connections": 100_000, "connect_timeout": "2min", "login_timeout": "3min"})
    yield made
    made.stop()


def test_idle_sessions_are_small_and_active_ones_among_them_work(moat, server):
    with Crowd(moat.port) as crowd:
        crowd.log_in(100)  # what is made once is made
        assert crowd.states() == {"ready": 100}
        before = moat.rss_bytes()
        for begin in range(100, IDLE, 200):
            crowd.log_in(min(200, IDLE - begin))
        assert crowd.states() == {"ready": IDLE}, crowd.said()
        until(lambda: moat.metrics_sum("pgmoat_sessions") == IDLE, "all are counted")
        each = (moat.rss_bytes() - before) / (IDLE - 100)
        print(f"\n{IDLE} idle sessions: {each / KIB:.1f} KiB each")
        if not SANITIZED:
            assert each <= 16 * KIB, f"{each / KIB:.1f} KiB for each idle session"
        answers = crowd.ask(ACTIVE, rounds=10)
        assert answers == ACTIVE * 10
        assert crowd.states() == {"ready": IDLE}
        with Wire(moat.port).login("app_super") as wire:
            (count,) = wire.rows("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app_super'")[0]
            assert int(count) == IDLE + 1
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0, "all are gone", PATIENCE * 3)


@pytest.mark.parametrize("stay", [True, False], ids=["who stay", "who leave at once"])
def test_a_storm_of_logins(moat, server, stay):
    """More than the server has room for: each gets in or is told 53300, and none hangs."""
    room = server.connect().execute("SHOW max_connections").fetchone()[0]
    with Crowd(moat.port) as crowd:
        crowd.log_in(STORM, stay=stay, seconds=SECONDS)
        states = crowd.states()
        assert set(states) <= {"ready", "gone", "53300"}, (states, crowd.said())
        assert sum(states.values()) == STORM
        if stay and STORM > int(room):
            assert states["ready"] > int(room) // 2 and states["53300"] > 0, states
        crowd.leave()

    def comes_in():  # the server's own processes end in their time
        try:
            with Wire(moat.port).login("app_super") as wire:
                return wire.rows("SELECT 1") == [("1",)]
        except Refused as e:
            assert e.fields["C"] == "53300"
    until(comes_in, "room again", PATIENCE * 3)
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0 and moat.metrics_sum("pgmoat_client_connections") == 0,
          "all are gone", PATIENCE * 3)


def test_a_storm_against_pgmoats_own_limit(server, workspace):
    moat = Pgmoat(workspace / "own-limit", server.port, limits={"max_connections": 50})
    with Crowd(moat.port) as crowd:
        crowd.log_in(STORM // 2, seconds=SECONDS)
        states = crowd.states()
        assert states == {"ready": 50, "53300": STORM // 2 - 50}
        crowd.leave()
    moat.stop()


# --- descriptors ---

@pytest.fixture(params=[80, 81], ids=["even", "odd"])
def starved(server, workspace, request):
    """A pgmoat with few descriptors.  The last one is missing for a client, or for its server."""
    if SANITIZED:
        # It reports "object has invalid vptr, memory cannot be printed" of sound objects.
        pytest.skip("the undefined-behaviour sanitizer reads memory through a pipe, which takes descriptors")
    moat = Pgmoat(workspace / request.node.name[:50], server.port,
                  prefix=["prlimit", f"--nofile={request.param}:{request.param}", "--"], workers=2)
    yield moat
    moat.stop()


def descriptors_of(moat) -> int:
    """Of sockets: the audit journal opens and closes files of its own."""
    def is_socket(descriptor):
        try:
            return os.readlink(descriptor).startswith("socket:")
        except FileNotFoundError:
            return False  # closed meanwhile
    return sum(map(is_socket, pathlib.Path(f"/proc/{moat.process.pid}/fd").iterdir()))


def fill(moat) -> list:
    """Sessions until there is no descriptor for another."""
    wires = []
    while True:
        try:
            wires.append(Wire(moat.port, timeout=PATIENCE).login("app_super"))
        except Refused as e:
            assert e.fields["C"] == "53300" and "descriptors" in e.fields["M"], e
            return wires


def test_no_descriptor_left(starved):
    before = descriptors_of(starved)
    wires = fill(starved)
    assert len(wires) > 10
    for _ in range(20):
        with pytest.raises(Refused) as refused:
            Wire(starved.port, timeout=PATIENCE).login("app_super")
        assert (refused.value.fields["S"], refused.value.fields["C"]) == ("FATAL", "53300")
    for i, wire in enumerate(wires):
        assert wire.rows(f"SELECT {i}") == [(str(i),)], "existing sessions live on"
    for wire in wires[:5]:
        wire.socket.close()

    def comes_in():
        try:
            wires.append(Wire(starved.port, timeout=PATIENCE).login("app_super"))
            return True
        except Refused as e:
            assert e.fields["C"] == "53300"
    until(comes_in, "a login after the shortage")
    assert wires[-1].rows("SELECT 1") == [("1",)]
    for wire in wires:
        wire.socket.close()
    until(lambda: descriptors_of(starved) <= before, "every descriptor is given back")
    assert starved.alive()


def test_a_storm_with_no_descriptor_left(starved):
    wires = fill(starved)
    with Crowd(starved.port) as crowd:
        crowd.log_in(STORM // 4, seconds=PATIENCE * 3)
        states = crowd.states()
        assert states == {"53300": STORM // 4}, states
    for i, wire in enumerate(wires):
        assert wire.rows(f"SELECT {i}") == [(str(i),)]
        wire.socket.close()

    def comes_in():
        try:
            return Wire(starved.port).login("app_super").rows("SELECT 1")
        except (Refused, Closed):
            return False
    until(comes_in, "a login after the shortage")


def test_silent_connections_take_no_session_from_others(starved):
    """They hold descriptors until the login's deadline; who is in stays in."""
    with Wire(starved.port).login("app_super") as wire:
        silent = [Wire(starved.port) for _ in range(120)]
        for i in range(50):
            assert wire.ask(query(f"SELECT {i}"))[1] == f"DataRow {i}"
        for other in silent:
            other.socket.close()

        def comes_in():
            try:
                return Wire(starved.port).login("app_super").rows("SELECT 1")
            except (Refused, Closed):
                return False
        until(comes_in, "a login after the shortage")
