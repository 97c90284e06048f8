"""libpq's choice among several hosts, each a pgmoat, is that among the servers behind them."""
import os
import pwd
import signal

import psycopg
import pytest

from servers import PG_BIN, Postgres, free_port, until
from wire import query


class Standby(Postgres):
    def __init__(self, directory, primary):
        self.bindir, self.superuser, self.port = PG_BIN, primary.superuser, free_port()
        self.directory, self.data, self.log = directory, directory / "data", directory / "server.log"
        directory.mkdir()
        directory.chmod(0o755)
        self.data.mkdir(mode=0o700)
        self.log.touch()
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            for path in (self.data, self.log):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._run("pg_basebackup", "-D", self.data, "-h", "127.0.0.1", "-p", primary.port, "-U", primary.superuser,
                  "-R", "-X", "stream", "--checkpoint=fast", "--no-sync")
        with open(self.data / "postgresql.auto.conf", "a", encoding="ascii") as f:
            f.write(f"port = {self.port}\n")
        self.start()


@pytest.fixture(scope="module")
def standby(workspace, postgres):
    server = Standby(workspace / "chosen-among", postgres)
    yield server
    server.stop("immediate")


def choose(ports, user, attributes):
    """The place in `ports` that libpq takes, or its error."""
    try:
        with psycopg.connect(host=",".join(["127.0.0.1"] * len(ports)), port=",".join(map(str, ports)), user=user,
                             dbname="shop", target_session_attrs=attributes, sslmode="disable") as connection:
            return ports.index(connection.info.port)
    except psycopg.OperationalError as e:
        return next(x for x in ("read-only", "read only", "not in hot standby", "in hot standby", "not read-only")
                    if x in str(e))


WANTED = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]


@pytest.mark.parametrize("attributes", WANTED)
@pytest.mark.parametrize("first", ["standby", "primary"])
def test_same_choice_as_directly(attributes, first, postgres, standby, start_pgmoat):
    servers = [standby.port, postgres.port]
    if first == "primary":
        servers.reverse()
    moats = [start_pgmoat(upstream_port=port).port for port in servers]
    for some in (servers, servers[:1], servers[1:]):
        through = [moats[servers.index(port)] for port in some]
        assert choose(through, "app_super", attributes) == choose(some, "app_super", attributes)
    if attributes == "read-write":
        assert choose(moats, "app_super", attributes) == servers.index(postgres.port)


@pytest.mark.parametrize("attributes, chosen", [
    ("any", 0), ("read-write", "read-only"), ("read-only", 0), ("primary", 0), ("standby", "not in hot standby"),
    ("prefer-standby", 0)])
def test_a_readonly_role_is_read_only_on_a_primary(attributes, chosen, pgmoat):
    assert choose([pgmoat.port], "dev_ro", attributes) == chosen


def test_the_next_host_is_tried_when_a_pgmoat_drains_or_is_gone(start_pgmoat):
    first, second = start_pgmoat(limits={"drain_timeout": "10min"}), start_pgmoat()
    ports = [first.port, second.port]
    assert choose(ports, "app_super", "read-write") == 0
    with first.wire("app_super") as wire:
        wire.ask(query("BEGIN"))
        first.process.send_signal(signal.SIGTERM)
        until(lambda: first.get("/readyz")[0] == 503, "it drains")
        assert choose(ports, "app_super", "read-write") == 1
        wire.send(query("COMMIT"))
        assert wire.read_to_end()[-1] == "ErrorResponse FATAL 57P01"
    until(lambda: not first.alive(), "it ends")
    assert choose(ports, "app_super", "read-write") == 1
