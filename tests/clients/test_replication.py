"""Replication connections through pgmoat, for `admin` only: base backup, a standby, WAL and
logical streams, a subscription."""
import re

import psycopg
import pytest

import programs
from servers import PATIENCE, Postgres, free_port, until
from wire import startup

pytestmark = pytest.mark.quick
ROWS = "SELECT count(*), sum(hashtext(p::text)::bigint) FROM {} p"


class Copy(Postgres):
    """A server on a data directory that is there already."""

    def __init__(self, original, data, port, **settings):
        self.bindir, self.data, self.port = original.bindir, data, port
        self.log = original.log.with_name(f"server-{port}.log")
        self.superuser = original.superuser
        with open(data / "postgresql.auto.conf", "a") as f:
            f.writelines(f"{name} = '{value}'\n" for name, value in {"port": port, **settings}.items())
        # pg_ctl opens it as the server's account, which may not create it there.
        self.log.touch()
        self.log.chmod(0o666)
        self.start()


@pytest.fixture
def directory(workspace, request):
    path = workspace / re.sub(r"\W", "_", request.node.name)
    path.mkdir()
    path.chmod(0o777)
    return path


@pytest.fixture
def server(pair15):
    yield pair15.server
    until_nobody_streams(pair15.server)
    pair15.server.psql("-c", "DROP TABLE IF EXISTS replicated; "
                             "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


@pytest.fixture
def pgmoat(pair15):
    return pair15.pgmoat


def until_nobody_streams(server):
    """A program that ended is not yet a stream that ended; a slot in use cannot be dropped."""
    active = "SELECT count(*) FROM pg_replication_slots WHERE active"
    until(lambda: programs.psql(server.port, active) == b"0\n", "no stream")


def rows(server, table, dbname="shop"):
    return programs.psql(server.port, ROWS.format(table), dbname=dbname)


def test_base_backup_starts_and_has_all(server, pgmoat, directory):
    data = directory / "data"
    programs.run("pg_basebackup", pgmoat.port, "-D", data, "-X", "stream", "--checkpoint=fast",
                 "--manifest-checksums=SHA256")
    checked = programs.run_alone("pg_verifybackup", data)
    assert b"backup successfully verified" in checked.stdout
    backup = Copy(server, data, free_port())
    try:
        for table in ("customers", "order_items", "products"):
            assert rows(backup, table) == rows(server, table)
    finally:
        backup.stop("immediate")


def test_base_backup_as_tar_with_wal_fetched(server, pgmoat, directory):
    programs.run("pg_basebackup", pgmoat.port, "-D", directory / "tar", "-F", "tar", "-z", "-X", "fetch",
                 "--checkpoint=fast", "--progress", "--max-rate=900M")
    made = sorted(path.name for path in (directory / "tar").iterdir())
    assert made == ["backup_manifest", "base.tar.gz"]
    assert (directory / "tar/base.tar.gz").stat().st_size > 1_000_000


def test_standby_streams(server, pgmoat, directory):
    """The stream goes both ways: the standby tells how far it is."""
    server.psql("-c", "CREATE TABLE replicated AS SELECT i FROM generate_series(1, 1000) i")
    data = directory / "data"
    programs.run("pg_basebackup", pgmoat.port, "-D", data, "-R", "-C", "-S", "standby", "--checkpoint=fast")
    assert f"port={pgmoat.port}" in (data / "postgresql.auto.conf").read_text()
    standby = Copy(server, data, free_port())
    try:
        server.psql("-c", "INSERT INTO replicated SELECT i FROM generate_series(1001, 50000) i")
        until(lambda: rows(standby, "replicated") == rows(server, "replicated"), "the standby has the rows")
        replayed = "SELECT replay_lsn >= pg_current_wal_flush_lsn() FROM pg_stat_replication"
        until(lambda: programs.psql(server.port, replayed) == b"t\n", "the server knows that")
        # And a commit that waits for the standby's answer.
        server.psql("-c", "ALTER SYSTEM SET synchronous_standby_names = '*'", "-c", "SELECT pg_reload_conf()")
        until(lambda: programs.psql(server.port, "SELECT sync_state FROM pg_stat_replication") == b"sync\n", "sync")
        server.psql("-c", "SET synchronous_commit = remote_apply", "-c", "INSERT INTO replicated VALUES (0)")
        assert rows(standby, "replicated") == rows(server, "replicated")
    finally:
        server.psql("-c", "ALTER SYSTEM RESET synchronous_standby_names", "-c", "SELECT pg_reload_conf()")
        standby.stop("immediate")
    until_nobody_streams(server)


def test_received_wal_is_the_servers(server, pgmoat, directory):
    """In two goes, the second of which begins in the segment where the first ended."""
    def receive_up_to_now():
        end = programs.psql(server.port, "SELECT pg_current_wal_flush_lsn()").decode().strip()
        until_nobody_streams(server)
        # It stops when something beyond the end comes in.
        server.psql("-c", "INSERT INTO replicated VALUES (0)")
        programs.run("pg_receivewal", pgmoat.port, "-D", directory, "--slot=wal", "--synchronous", "-n",
                     f"--endpos={end}")
    server.psql("-c", "CREATE TABLE replicated (i int)")
    programs.run("pg_receivewal", pgmoat.port, "--create-slot", "--slot=wal")
    receive_up_to_now()
    segment = programs.psql(server.port, "SELECT pg_walfile_name(pg_current_wal_lsn())").decode().strip()
    server.psql("-c", "INSERT INTO replicated SELECT i FROM generate_series(1, 50000) i",
                "-c", "SELECT pg_switch_wal()")
    server.psql("-c", "INSERT INTO replicated VALUES (1)")
    receive_up_to_now()
    received = (directory / segment).read_bytes()
    assert received == (server.data / "pg_wal" / segment).read_bytes() and len(received) == 16 << 20


@pytest.mark.parametrize("version", ["15", "18"])
def test_logical_stream_is_the_same(version, request, directory):
    """Two slots made at one point, one read directly: the same text."""
    pair = request.getfixturevalue(f"pair{version}")
    for slot in ("direct", "pgmoat"):
        port = pair.server.port if slot == "direct" else pair.pgmoat.port
        programs.run("pg_recvlogical", port, "-d", "shop", "--create-slot", "-S", slot, "-P", "test_decoding")
    pair.server.psql("-c", """
        CREATE TABLE decoded (i int PRIMARY KEY, t text);
        INSERT INTO decoded SELECT i, repeat('x', i) FROM generate_series(1, 3000) i;
        UPDATE decoded SET t = E'tab\\t, é' WHERE i % 7 = 0;
        DELETE FROM decoded WHERE i % 3 = 0;
        DROP TABLE decoded""")
    end = programs.psql(pair.server.port, "SELECT pg_current_wal_flush_lsn()").decode().strip()
    for slot, port in (("direct", pair.server.port), ("pgmoat", pair.pgmoat.port)):
        programs.run("pg_recvlogical", port, "-d", "shop", "--start", "-S", slot, "-f", directory / slot,
                     "-o", "include-xids=0", f"--endpos={end}", "--no-loop")
    direct = (directory / "direct").read_bytes()
    assert (directory / "pgmoat").read_bytes() == direct
    assert direct.count(b"INSERT") == 3000 and direct.count(b"DELETE") == 1000
    until_nobody_streams(pair.server)
    for slot, port in (("direct", pair.server.port), ("pgmoat", pair.pgmoat.port)):
        programs.run("pg_recvlogical", port, "-d", "shop", "--drop-slot", "-S", slot)


@pytest.mark.parametrize("version", ["15", "18"])
def test_subscription(version, request, workspace):
    """A second server of 15 subscribes, by way of pgmoat, to what the first publishes."""
    pair = request.getfixturevalue(f"pair{version}")
    directory = workspace / f"subscriber-{version}"
    directory.mkdir()
    subscriber = Postgres(directory)
    try:
        tables = "CREATE TABLE published (i int PRIMARY KEY, t text, b bytea)"
        programs.psql(pair.server.port, f"""DROP TABLE IF EXISTS published; {tables};
            INSERT INTO published SELECT i, 'before', decode(md5(i::text), 'hex') FROM generate_series(1, 20000) i;
            CREATE PUBLICATION all_of_it FOR TABLE published;""")
        programs.psql(subscriber.port, f"""{tables};
            CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port={pair.pgmoat.port} user=postgres dbname=shop'
              PUBLICATION all_of_it WITH (streaming = on)""", dbname="postgres")
        def equal():
            return rows(subscriber, "published", "postgres") == rows(pair.server, "published")
        until(equal, "the first copy", PATIENCE * 3)
        programs.psql(pair.server.port, """
            UPDATE published SET t = 'after' WHERE i % 2 = 0; DELETE FROM published WHERE i % 5 = 0;
            INSERT INTO published SELECT i, 'later', NULL FROM generate_series(20001, 30000) i;""")
        until(equal, "the changes", PATIENCE * 3)
        programs.psql(subscriber.port, "DROP SUBSCRIPTION s", dbname="postgres")
        assert programs.psql(pair.server.port, "SELECT count(*) FROM pg_replication_slots") == b"0\n"
    finally:
        subscriber.stop("immediate")
        programs.psql(pair.server.port, "DROP PUBLICATION all_of_it; DROP TABLE published")


@pytest.mark.parametrize("replication", ["true", "database", "1", "on"])
@pytest.mark.parametrize("login", ["dev_super", "app_super", "deploy_super"])
def test_refused_for_other_roles(login, replication, pgmoat, server):
    offset = server.log_end()
    with pytest.raises(psycopg.OperationalError, match="replication connection is not allowed") as refused:
        psycopg.connect(host="127.0.0.1", port=pgmoat.port, user=login, dbname="shop", replication=replication)
    assert "FATAL" in str(refused.value)
    # psycopg has no SQLSTATE of a connection that failed.
    with pgmoat.wire() as wire:
        wire.send(startup(login, replication=replication))
        wire.read_to_end()
        assert [error["C"] for error in wire.errors] == ["42501"], wire.errors
    assert "replication connection authorized" not in server.log_since(offset)


@pytest.mark.parametrize("tool, arguments", [
    ("pg_basebackup", ["-D", "/nowhere"]), ("pg_receivewal", ["-D", "/tmp"]),
    ("pg_recvlogical", ["-d", "shop", "--create-slot", "-S", "x"])])
def test_refused_tools_say_why(tool, arguments, pgmoat, server):
    extra = ["-n"] if tool == "pg_receivewal" else []
    done = programs.run(tool, pgmoat.port, *arguments, *extra, user="app_super", expect=1)
    assert b"replication connection is not allowed for role app" in done.stderr, done.stderr
