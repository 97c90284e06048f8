"""Starts and stops processes: a throwaway PostgreSQL, and what targets.py puts before it.

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
        self._adopted = {}
        # What PGHOST, PGOPTIONS and the like say here must not reach pgbench or psql.
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        # HOME: libpq looks there for certificates.
        self.environment.update(PGSSLMODE="disable", PGGSSENCMODE="disable", LC_ALL="C", HOME=self.directory)
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

    def certificate(self):
        """(certificate, key, both in one file): self-signed, thrown away with the directory.
        One for all targets, and ECDSA, whose handshakes do not drown in the signature."""
        certificate, key, both = (os.path.join(self.directory, name)
                                  for name in ("tls.crt", "tls.key", "tls.pem"))
        if not os.path.exists(both):
            self.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                      "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate])
            # Made by whom the proxies run as, so that only they can read it.
            self.run(["sh", "-c", f"umask 077; cat {certificate} {key} > {both}"])
        return certificate, key, both

    def direct_tls(self):
        """The library that makes libpq begin TLS without asking; see direct_tls.cc."""
        path = os.path.join(self.directory, "direct_tls.so")
        if not os.path.exists(path):
            source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "direct_tls.cc")
            compiler = os.environ.get("CXX", "c++")
            done = subprocess.run([compiler, "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                                   source, "-o", path, "-ldl"], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            if done.returncode != 0:
                raise Unavailable(f"{compiler} cannot build {source}:\n{done.stdout[-2000:]}")
            os.chmod(path, 0o755)
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
        """A copy of `program` that the children may run, wherever the build directory is.  One
        for all who run it: what runs cannot be written again."""
        if program not in self._adopted:
            path = os.path.join(self.scratch(f"program{len(self._adopted)}"), os.path.basename(program))
            shutil.copy(program, path)
            os.chmod(path, 0o755)
            self._adopted[program] = path
        return self._adopted[program]

    def run(self, command, environment=None):
        done = subprocess.run(command, cwd=self.directory, text=True,
                              env=self.environment | (environment or {}),
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


def await_login(process, connect, deadline_seconds=30.0):
    """Until a session that `connect` makes has run a statement.  Returns the seconds it took."""
    began = time.monotonic()
    while True:
        try:
            with connect() as session:
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

    def create(self, scale, copy_rows, max_connections=500):
        place = self.place
        place.run([self.program("initdb"), "-D", self._data, "-U", USER, "-A", "trust",
                   "--no-sync", "--no-locale", "-E", "UTF8"])
        self.start(max_connections)
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

    def clean(self):
        """After updates: what they left must not slow down who comes later."""
        self.place.run(self.psql(DATABASE, "VACUUM pgbench_accounts"))

    def await_no_sessions(self):
        """Until the sessions of a proxy that has ended have ended too, and left their room."""
        count = self.psql(DATABASE, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        for _ in range(300):
            if int(self.place.run([*count, "-A", "-t"])) == 1:
                return
            time.sleep(0.1)
        raise Unavailable("PostgreSQL still has sessions that nobody holds")

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


def find_program(program, remedy):
    """Debian keeps pgbouncer and haproxy in /usr/sbin, which not every PATH holds."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    found = shutil.which(program, path=search)
    if found is None:
        raise Unavailable(f"{program} is not there: {remedy}")
    return os.path.abspath(found)


def throwaway(cleanup):
    """A place and its PostgreSQL, not started, that go with `cleanup`."""
    place = Place()
    cleanup.callback(place.remove)
    server = Postgres(place, postgres_bin_directory())
    cleanup.callback(server.stop)
    return place, server


def postgres_bin_directory():
    """Where pgbench and postgres are: Debian keeps them out of PATH, by major version."""
    candidates = sorted(glob.glob("/usr/lib/postgresql/*/bin"),
                        key=lambda path: int(path.split("/")[4]), reverse=True)
    for directory in [d for d in candidates if "/15/" in d] + candidates:
        if os.path.exists(os.path.join(directory, "initdb")):
            return directory
    raise Unavailable("there is no PostgreSQL server in /usr/lib/postgresql: install postgresql")
