"""Unix-domain sockets on either side, IPv6, and what the kernel is told about TCP connections."""
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess

import psycopg
import pytest

from servers import BINARY, Postgres, until


@pytest.fixture(scope="session")
def unix_postgres(workspace):
    """A server that listens on a Unix-domain socket, and trusts there; over TCP it trusts nobody."""
    directory = workspace / "unix-postgres"
    directory.mkdir()
    sockets = workspace / "server-sockets"
    sockets.mkdir()
    if os.geteuid() == 0:
        os.chown(sockets, pwd.getpwnam("postgres").pw_uid, -1)
    server = Postgres(directory, hba="local all login_scram scram-sha-256\nlocal all all trust\n",
                      unix_socket_directories=str(sockets))
    server.sockets = sockets
    with server_connection(server) as connection:
        connection.execute("CREATE ROLE login_scram LOGIN PASSWORD 'pw-unix-55c2'")
        connection.execute("CREATE ROLE dev_super LOGIN SUPERUSER")
    yield server
    server.stop("immediate")


def server_connection(server):
    return psycopg.connect(host=str(server.sockets), port=server.port, user="postgres", dbname="postgres",
                           autocommit=True)


@pytest.fixture
def unix_moat(start_pgmoat, unix_postgres, workspace):
    """Listens on a Unix-domain socket besides TCP and reaches the server by another one."""
    sockets = workspace / "pgmoat-sockets"
    sockets.mkdir(exist_ok=True)
    moat = start_pgmoat(start=False)
    moat.sockets = sockets
    moat.path = sockets / f".s.PGSQL.{moat.port}"
    moat.tree["listen"].append({"address": str(moat.path)})
    moat.tree["environments"]["production"]["upstream"] = (
        f"postgres:///?host={unix_postgres.sockets}&port={unix_postgres.port}")
    moat.write_config(moat.tree)
    moat.start()
    return moat


def connect(moat, user, **options):
    return psycopg.connect(host=str(moat.sockets), port=moat.port, user=user, dbname="postgres", autocommit=True,
                           **options)


def test_unix_sockets_on_both_sides(unix_moat):
    with connect(unix_moat, "dev_super") as connection:
        assert connection.execute("SELECT inet_server_addr() IS NULL").fetchone() == (True,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE t (a int)")
    record = unix_moat.audited(event="login", login="dev_super")
    assert record["client_address"] == f"[local] uid {os.getuid()} pid {os.getpid()}"


def test_password_over_unix_sockets(unix_moat):
    with connect(unix_moat, "login_scram", password="pw-unix-55c2") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("login_scram",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(unix_moat, "login_scram", password="wrong")


def test_cancel_over_unix_sockets(unix_moat, unix_postgres):
    with connect(unix_moat, "postgres") as connection, server_connection(unix_postgres) as direct:
        connection.pgconn.send_query(b"SELECT pg_sleep(60)")
        until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchone()[0])
        connection.cancel()
        assert b"canceling statement" in connection.pgconn.get_result().error_message
        assert connection.pgconn.get_result() is None


def test_psql_finds_the_socket_by_directory_and_port(unix_moat):
    done = subprocess.run(["psql", "-X", "-A", "-t", "-h", unix_moat.sockets, "-p", str(unix_moat.port), "-U",
                           "dev_super", "-d", "postgres", "-c", "SELECT 6 * 7"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_no_tls_on_a_unix_socket(unix_moat):
    """As the server: the question is answered with N."""
    with connect(unix_moat, "dev_super", sslmode="require") as connection:
        assert not connection.pgconn.ssl_in_use  # libpq does not even ask there


def test_tcp_listener_beside_it(unix_moat):
    with unix_moat.connect("dev_super", dbname="postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_socket_file_has_permissions_and_goes_with_pgmoat(unix_moat):
    assert stat.S_IMODE(unix_moat.path.stat().st_mode) == 0o777
    unix_moat.stop()
    assert not unix_moat.path.exists()
    unix_moat.tree["listen"][1]["permissions"] = "0700"
    unix_moat.write_config(unix_moat.tree)
    unix_moat.start()
    assert stat.S_IMODE(unix_moat.path.stat().st_mode) == 0o700


def test_socket_file_that_a_killed_pgmoat_left_is_taken_over(unix_moat):
    unix_moat.process.send_signal(signal.SIGKILL)
    unix_moat.process.wait()
    assert unix_moat.path.exists()
    unix_moat.start()
    with connect(unix_moat, "dev_super") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_socket_file_of_a_running_pgmoat_is_not(unix_moat, start_pgmoat):
    other = start_pgmoat(start=False)
    other.tree["listen"].append({"address": str(unix_moat.path)})
    other.write_config(other.tree)
    done = subprocess.run([BINARY, "run", "--config", other.file], cwd=other.directory, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1
    assert f"cannot listen on {unix_moat.path}: address already in use; is another pgmoat running?" in done.stderr
    with connect(unix_moat, "dev_super") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_file_that_is_no_socket_is_left_alone(start_pgmoat, workspace):
    path = workspace / ".s.PGSQL.1"
    path.write_text("precious")
    moat = start_pgmoat(start=False)
    moat.tree["listen"].append({"address": str(path)})
    moat.write_config(moat.tree)
    done = subprocess.run([BINARY, "run", "--config", moat.file], cwd=moat.directory, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1 and "address already in use" in done.stderr
    assert path.read_text() == "precious"


def test_server_whose_socket_is_gone(start_pgmoat, workspace):
    moat = start_pgmoat(start=False)
    moat.tree["environments"]["production"]["upstream"] = f"postgres:///?host={workspace}&port=5999"
    moat.write_config(moat.tree)
    moat.start()
    with pytest.raises(psycopg.OperationalError, match="no such file or directory"):
        moat.connect("dev_super")


# --- TCP ---------------------------------------------------------------------------------

def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_on_both_sides(start_pgmoat, workspace):
    directory = workspace / "ipv6-postgres"
    directory.mkdir()
    server = Postgres(directory, hba="host all all ::1/128 trust\n", listen_addresses="::1")
    try:
        moat = start_pgmoat(start=False)
        moat.tree["listen"].append({"address": f"[::1]:{moat.port}"})
        moat.tree["environments"]["production"]["upstream"] = f"postgres://[::1]:{server.port}"
        moat.write_config(moat.tree)
        moat.start()
        with psycopg.connect(host="::1", port=moat.port, user="postgres", dbname="postgres", autocommit=True,
                             sslmode="disable") as connection:
            assert connection.execute("SELECT host(inet_server_addr())").fetchone() == ("::1",)
        assert moat.audited(event="login")["client_address"].startswith("[::1]:")
    finally:
        server.stop("immediate")


def socket_timers(pid):
    """What `ss` tells of the TCP connections of a process that are established."""
    shown = subprocess.run(["ss", "-tnpoi", "state", "established"], capture_output=True, text=True, check=True).stdout
    entries = re.split(r"\n(?=\S)", shown)
    return [entry for entry in entries if f"pid={pid}," in entry]


def test_keepalives_on_both_sides(start_pgmoat):
    moat = start_pgmoat(tcp={"keepalives_idle": "77s", "keepalives_interval": "5s", "keepalives_count": 3,
                             "user_timeout": "60s"})
    with moat.connect("dev_super"):
        entries = socket_timers(moat.process.pid)
        assert len(entries) == 2, entries  # the client's and the server's; /readyz has hung up
        for entry in entries:
            left = re.search(r"timer:\(keepalive,(\d+)(min(\d+)?)?", entry)
            assert left, entry
            assert "1min" in entry or "7" in left.group(1), entry


@pytest.fixture
def other_host():
    """A network namespace: another machine, as far as TCP can tell.  Its address is 10.231.7.2, ours there .1."""
    name = f"pgmoat-{os.getpid()}"
    made = shutil.which("ip") and os.geteuid() == 0 and ip("netns", "add", name).returncode == 0
    if not made:
        pytest.skip("network namespaces need root and iproute2")
    try:
        for command in (["link", "add", "pgmoat0", "type", "veth", "peer", "name", "pgmoat1", "netns", name],
                        ["addr", "add", "10.231.7.1/30", "dev", "pgmoat0"], ["link", "set", "pgmoat0", "up"],
                        ["-n", name, "addr", "add", "10.231.7.2/30", "dev", "pgmoat1"],
                        ["-n", name, "link", "set", "pgmoat1", "up"]):
            done = ip(*command)
            if done.returncode:
                pytest.skip(f"ip {' '.join(command)}: {done.stderr}")
        yield name
    finally:
        ip("link", "del", "pgmoat0")
        ip("netns", "del", name)


def ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, text=True)


def test_a_client_whose_machine_is_gone_is_noticed(start_pgmoat, other_host):
    moat = start_pgmoat(start=False, tcp={"keepalives_idle": "1s", "keepalives_interval": "1s",
                                          "keepalives_count": 2, "user_timeout": "3s"})
    moat.tree["listen"].append({"address": f"10.231.7.1:{moat.port}"})
    moat.write_config(moat.tree)
    moat.start()
    client = subprocess.Popen(
        ["ip", "netns", "exec", other_host, "psql", "-X", "-q", "-A", "-t", "-d",
         f"host=10.231.7.1 port={moat.port} user=dev_super dbname=shop sslmode=disable"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        client.stdin.write("SELECT 'here';\n")
        client.stdin.flush()
        assert client.stdout.readline() == "here\n"
        assert not moat.audit(event="disconnect")
        assert ip("-n", other_host, "link", "set", "pgmoat1", "down").returncode == 0
        assert "10.231.7.2:" in moat.audited(event="disconnect")["client_address"]
    finally:
        client.kill()
        client.wait()
