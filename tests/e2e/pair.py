"""A server and a pgmoat before it, for tests that do the same to both and compare."""
import contextlib

from servers import Pgmoat, Postgres, until
from wire import Closed, Wire, line

LOGINS = ("app_super", "dev_super")


class Pair:
    """Tests may stop the server, and need not start it again: `up` does."""

    def __init__(self, directory, bindir, version, **settings):
        directory.mkdir()
        (directory / "server").mkdir()
        directory.chmod(0o755)
        self.version = version
        self.server = Postgres(directory / "server", bindir=bindir, **settings)
        self.running = True
        self.server.psql("-c", "CREATE DATABASE shop", dbname="postgres")
        self.server.psql(*(f"-cCREATE ROLE {name} SUPERUSER LOGIN" for name in LOGINS))
        self.moat = Pgmoat(directory / "pgmoat", self.server.port)
        self.ports = (self.server.port, self.moat.port)

    def up(self):
        if not self.running:
            self.server.start()
            self.running = True

    def down(self, mode):
        self.server.stop(mode)
        self.running = False

    @contextlib.contextmanager
    def crash(self):
        """The body kills a backend; afterwards the server has restarted itself."""
        mark = self.server.log_end()
        yield
        until(lambda: "ready to accept connections" in self.server.log_since(mark), "the server is up again")

    def end(self):
        self.moat.stop()
        if self.running:
            self.server.stop("immediate")

    def both(self, scenario) -> list:
        """What scenario(wire) returns over a direct connection, and then through pgmoat."""
        results = []
        for port in self.ports:
            with Wire(port).login("app_super") as wire:
                results.append(scenario(wire))
        return results

    @contextlib.contextmanager
    def witness(self):
        """A function that tells what the backend of a Wire is doing, by pg_stat_activity."""
        with self.server.connect() as direct:
            def ask(wire, column="state"):
                found = direct.execute(f"SELECT {column} FROM pg_stat_activity WHERE pid = %s",
                                       [pid_of(wire)]).fetchone()
                return found[0] if found else None
            ask.execute = direct.execute
            yield ask


def pid_of(wire) -> int:
    return int.from_bytes(wire.key[:4], "big")


def until_waiting(ask, wire):
    """Until the statement waits: for a lock, or in pg_sleep."""
    until(lambda: ask(wire, "state || ' ' || coalesce(wait_event_type, '')") in ("active Lock", "active Timeout"),
          "the statement waits")


def to_end(wire) -> list:
    """Trace lines to the end of the connection, and how it ended is not part of them."""
    lines = []
    try:
        while True:
            lines.append(line(*wire.read()))
    except Closed:
        return lines
