"""Starts and stops what is compared: a throwaway PostgreSQL and the proxies before it.

Everything lives in one temporary directory and listens on 127.0.0.1.  As root,
everything runs as `postgres`, as PostgreSQL and PgBouncer refuse to be root.
Knows nothing of measuring but what the kernel tells about a process: CPU and memory.
"""

import contextlib
import ctypes
import glob
import os
import pwd
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import wire

USER = DATABASE = "bench"


class Unavailable(Exception):
    """Something to compare is not there or does not start; says what to do."""


class Process:
    """A child that ends when this program ends, however it ends."""

    def __init__(self, place, name, command, stop_signal=signal.SIGTERM):
        self.name = name
        self.log = os.path.join(place.directory, name + ".log")
        self._stop_signal = stop_signal
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place.directory,
                env=place.environment, preexec_fn=_die_with_parent(stop_signal), **place.identity)

    def move(self, cores):
        """Future children and threads follow; the ones that are there stay where they are."""
        os.sched_setaffinity(self._child.pid, cores)

    def pid(self):
        return self._child.pid

    def running(self):
        return self._child.poll() is None

    def cpu_seconds(self):
        """User and system time of all threads, in the scheduler's nanoseconds: the ticks of
        /proc/PID/stat are too coarse for a run of some seconds."""
        total = 0
        for path in glob.glob(f"/proc/{self._child.pid}/task/*/schedstat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(path) as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def memory_bytes(self):
        """RSS and PSS."""
        with open(f"/proc/{self._child.pid}/smaps_rollup") as file:
            fields = dict(line.split()[:2] for line in file.readlines()[1:])
        return int(fields["Rss:"]) * 1024, int(fields["Pss:"]) * 1024

    def stop(self):
        if self.running():
            self._child.send_signal(self._stop_signal)
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()

    def last_words(self):
        with open(self.log, errors="replace") as file:
            return "".join(file.readlines()[-8:])


def _die_with_parent(stop_signal):
    libc = ctypes.CDLL(None)
    pr_set_pdeathsig = 1

    def before_exec():
        libc.prctl(pr_set_pdeathsig, int(stop_signal))

    return before_exec


class Place:
    """The temporary directory, whom to run as, and the environment of the children."""

    def __init__(self):
        # Two descriptors per session in a proxy, one in this program.
        _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        self.max_sessions = (files - 200) // 2
        self.directory = tempfile.mkdtemp(prefix="pgmoat-bench-")
        self.identity = {}
        # What PGHOST, PGOPTIONS and the like say here must not reach pgbench or psql.
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        self.environment.update(PGSSLMODE="disable", PGGSSENCMODE="disable", LC_ALL="C")
        if os.geteuid() == 0:
            try:
                account = pwd.getpwnam("postgres")
            except KeyError:
                self.remove()
                raise Unavailable("there is no user postgres: install PostgreSQL") from None
            os.chown(self.directory, account.pw_uid, account.pw_gid)
            self.identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o644)
        return path

    def scratch(self, name):
        """A fresh empty directory that the children may write to."""
        path = os.path.join(self.directory, name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        if self.identity:
            os.chown(path, self.identity["user"], self.identity["group"])
        return path

    def adopt(self, program):
        """A copy of `program` that the children may run, wherever the build directory is."""
        path = shutil.copy(program, os.path.join(self.directory, os.path.basename(program)))
        os.chmod(path, 0o755)
        return path

    def run(self, command):
        done = subprocess.run(command, cwd=self.directory, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **self.identity)
        if done.returncode != 0:
            raise Unavailable(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
        return done.stdout

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)


_used_ports = set()


def free_port():
    """Below the range from which the kernel takes the ports of outgoing connections: a
    proxy that starts after thousands of connections must find its port still free."""
    while True:
        port = random.randrange(20000, 32000)
        if port in _used_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _used_ports.add(port)
        return port


def await_login(process, port, deadline_seconds=30.0):
    """Until a session through `port` has run a statement.  Returns the seconds it took."""
    began = time.monotonic()
    while True:
        try:
            with wire.Session(port, USER, DATABASE) as session:
                session.query("SELECT 1")
                return time.monotonic() - began
        except (OSError, wire.ServerError) as error:
            if not process.running():
                raise Unavailable(f"{process.name} ended:\n{process.last_words()}") from None
            if time.monotonic() - began > deadline_seconds:
                raise Unavailable(
                    f"{process.name} takes no login ({error}):\n{process.last_words()}") from None
        time.sleep(0.001)


class Postgres:
    """PostgreSQL with pgbench's tables and a table of 100-byte rows, all in memory.

    Durability is off: no proxy has a part in it, and the disk is noise."""

    def __init__(self, place, bin_directory):
        self.place = place
        self.bin = bin_directory
        self.port = free_port()
        self._data = os.path.join(place.directory, "data")
        self._process = None

    def create(self, scale, copy_rows):
        place = self.place
        place.run([self.program("initdb"), "-D", self._data, "-U", USER, "-A", "trust",
                   "--no-sync", "--no-locale", "-E", "UTF8"])
        self.start(max_connections=500)
        place.run(self.psql("postgres", f"CREATE DATABASE {DATABASE}"))
        place.run([self.program("pgbench"), "-i", "-q", "-s", str(scale), *self.client()])
        # 99 characters and the newline of COPY's text format.
        place.run(self.psql(DATABASE, "CREATE TABLE copy_rows AS SELECT repeat('x', 99) AS line "
                                      f"FROM generate_series(1, {copy_rows})"))
        place.run(self.psql(DATABASE, "VACUUM ANALYZE"))
        place.run(self.psql(DATABASE, "CREATE EXTENSION pg_prewarm"))
        place.run(self.psql(DATABASE, "SELECT pg_prewarm(oid) FROM pg_class "
                                      "WHERE relkind IN ('r', 'i') AND "
                                      "(relname LIKE 'pgbench%' OR relname = 'copy_rows')"))

    def start(self, max_connections, shared_buffers="1GB"):
        settings = {
            "port": self.port, "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.place.directory, "max_connections": max_connections,
            "shared_buffers": shared_buffers, "fsync": "off", "synchronous_commit": "off",
            "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "4GB",
            "checkpoint_timeout": "1h", "jit": "off", "log_checkpoints": "off",
        }
        command = [self.program("postgres"), "-D", self._data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is the fast shutdown; SIGTERM would wait for the clients.
        self._process = Process(self.place, "postgres", command, signal.SIGINT)
        ready = [self.program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        for _ in range(600):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if not self._process.running():
                break
            time.sleep(0.05)
        raise Unavailable(f"PostgreSQL does not start:\n{self._process.last_words()}")

    def stop(self):
        if self._process is not None:
            self._process.stop()

    def move(self, cores):
        """Sessions from now on run on these cores."""
        self._process.move(cores)

    def program(self, name):
        return os.path.join(self.bin, name)

    def client(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, DATABASE]

    def psql(self, database, statement):
        return [self.program("psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port),
                "-U", USER, "-d", database, "-v", "ON_ERROR_STOP=1", "-c", statement]


class Target:
    """One way to the server.  `start` may be called again after `stop`."""

    name = "direct"

    def __init__(self, place, server):
        self.place = place
        self.server = server
        self.port = server.port
        self.process = None

    def start(self):
        """Returns the seconds until a session through it had run a statement."""
        command = self._command()
        if command is None:
            return 0.0
        began = time.monotonic()
        self.process = Process(self.place, self.name, command)
        await_login(self.process, self.port)
        return time.monotonic() - began

    def stop(self):
        if self.process is not None:
            self.process.stop()
            self.process = None

    def version(self):
        return self.place.run([self.server.program("postgres"), "--version"]).strip()

    def _command(self):
        return None


class Relay(Target):
    name = "relay"

    def __init__(self, place, server, program):
        super().__init__(place, server)
        self.port = free_port()
        self._program = place.adopt(find_program(program, "build the target pgmoat_relay"))

    def version(self):
        return "bench/relay.cc"

    def _command(self):
        return [self._program, str(self.port), str(self.server.port)]


class PgBouncer(Target):
    name = "pgbouncer"

    def __init__(self, place, server, program, max_sessions):
        super().__init__(place, server)
        self.port = free_port()
        self._program = find_program(program, "install the package pgbouncer")
        users = place.write("pgbouncer.users", f'"{USER}" ""\n')
        self._config = place.write("pgbouncer.ini", f"""\
[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = session
max_client_conn = {max_sessions + 20}
default_pool_size = {max_sessions + 20}
log_connections = 0
log_disconnections = 0
log_stats = 0
""")

    def version(self):
        return self.place.run([self._program, "--version"]).splitlines()[0]

    def _command(self):
        return [self._program, self._config]


class HaProxy(Target):
    name = "haproxy"

    def __init__(self, place, server, program, max_sessions, threads):
        super().__init__(place, server)
        self.port = free_port()
        self._program = find_program(program, "install the package haproxy")
        self._config = place.write("haproxy.cfg", f"""\
global
  nbthread {threads}
  maxconn {max_sessions + 20}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen postgres
  bind 127.0.0.1:{self.port}
  server postgres 127.0.0.1:{server.port}
""")

    def version(self):
        return self.place.run([self._program, "-v"]).splitlines()[0].split(" - ")[0]

    def _command(self):
        return [self._program, "-db", "-f", self._config]


class Pgmoat(Target):
    """Policy on (role `app`) and every statement in the audit file."""

    name = "pgmoat"

    def __init__(self, place, server, program, max_sessions, threads, name="pgmoat"):
        super().__init__(place, server)
        self.name = name
        self.port = free_port()
        self._program = place.adopt(find_program(program, "build the target pgmoat"))
        self._audit = os.path.join(place.scratch(name + "-audit"), "audit.jsonl")
        self._config = place.write(name + ".yaml", f"""\
listen:
  - address: 127.0.0.1:{self.port}
environments:
  bench:
    upstream: postgres://127.0.0.1:{server.port}
    logins:
      {USER}: app
audit:
  file: {self._audit}
workers: {threads}
limits:
  max_connections: {max_sessions + 20}
""")

    def start(self):
        self.place.scratch(self.name + "-audit")
        seconds = super().start()
        self._must_judge()
        return seconds

    def audited_lines(self):
        """Lines in the audit file since the start; call it after `stop`."""
        lines = 0
        with open(self._audit, "rb") as file:
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
        return lines

    def version(self):
        return self.place.run([self._program, "version"]).splitlines()[0]

    def _must_judge(self):
        """A proxy that lets everything pass is another race."""
        with wire.Session(self.port, USER, DATABASE) as session:
            try:
                session.query("TRUNCATE pgbench_history")
            except wire.ServerError as error:
                if error.sqlstate == "42501":
                    return
                raise Unavailable(f"pgmoat answers a TRUNCATE of the role app with: {error}") from None
        raise Unavailable("pgmoat let a TRUNCATE of the role app pass: it judges nothing")

    def _command(self):
        return [self._program, "run", "--config", self._config]


def find_program(program, remedy):
    """Debian keeps pgbouncer and haproxy in /usr/sbin, which not every PATH holds."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    found = shutil.which(program, path=search)
    if found is None:
        raise Unavailable(f"{program} is not there: {remedy}")
    return os.path.abspath(found)


def postgres_bin_directory():
    """Where pgbench and postgres are: Debian keeps them out of PATH, by major version."""
    candidates = sorted(glob.glob("/usr/lib/postgresql/*/bin"),
                        key=lambda path: int(path.split("/")[4]), reverse=True)
    for directory in [d for d in candidates if "/15/" in d] + candidates:
        if os.path.exists(os.path.join(directory, "initdb")):
            return directory
    raise Unavailable("there is no PostgreSQL server in /usr/lib/postgresql: install postgresql")
