"""What is compared: the ways to the server, each a process before it.

A target says how it is started, how a client reaches it, and that it does the work that it is
compared for.  All are configured alike where they can be: one event loop unless asked otherwise,
room for all sessions, one certificate.
"""

import os
import time

import names
import wire
from servers import DATABASE, USER, Process, Unavailable, await_login, find_program, free_port


class Target:
    """One way to the server.  `start` may be called again after `stop`."""

    # How a client begins TLS: None is plaintext; wire.NEGOTIATED asks as PostgreSQL's clients
    # do; wire.DIRECT does not, for a terminator that does not know PostgreSQL.
    tls = None

    def __init__(self, place, server, name):
        self.place = place
        self.server = server
        self.name = name
        self.port = server.port
        self.process = None
        self.process_expected = name != names.DIRECT

    def session(self):
        return wire.Session(self.port, USER, DATABASE, self.tls)

    def pgbench_environment(self):
        if self.tls is None:
            return {}
        preload = {"LD_PRELOAD": self.place.direct_tls()} if self.tls == wire.DIRECT else {}
        return {"PGSSLMODE": "require", **preload}

    def start(self):
        """Returns the seconds until a session through it had run a statement."""
        command = self._command()
        if command is None:
            return 0.0
        began = time.monotonic()
        self.process = Process(self.place, self.name, command)
        await_login(self.process, self.session)
        return time.monotonic() - began

    def stop(self):
        if self.process is not None:
            self.process.stop()
            self.process = None

    def version(self):
        return self.place.run([self.server.program("postgres"), "--version"]).strip()

    def cipher(self):
        """What a client that may have everything gets: a cost per byte is a cipher's.  Call it
        while the target runs."""
        with self.session() as session:
            return session.cipher()

    def _command(self):
        return None


class Relay(Target):
    """`way`: the first arguments of one that has several."""

    def __init__(self, place, server, program, *way):
        super().__init__(place, server, names.RELAY)
        self.port = free_port()
        self._way = way
        self._program = place.adopt(find_program(program, "build the target pgmoat_relay"))

    def version(self):
        return "bench/relay.cc"

    def _command(self):
        return [self._program, *self._way, str(self.port), str(self.server.port)]


class PgBouncer(Target):
    """In transaction mode its pool has the 20 connections of its default: to share few is what
    that mode is for.  In session mode each client has its own."""

    def __init__(self, place, server, program, max_sessions, name=names.PGBOUNCER):
        super().__init__(place, server, name)
        self.port = free_port()
        self._program = find_program(program, "install the package pgbouncer")
        mode, pool, tls = "session", max_sessions + 20, ""
        if name == names.PGBOUNCER_TRANSACTION:
            mode, pool = "transaction", 20
        if name == names.PGBOUNCER_TLS:
            self.tls = wire.NEGOTIATED
            certificate, key, _ = place.certificate()
            tls = f"client_tls_sslmode = require\nclient_tls_cert_file = {certificate}\nclient_tls_key_file = {key}\n"
        users = place.write("pgbouncer.users", f'"{USER}" ""\n')
        self._config = place.write(f"{name}-{self.port}.ini", f"""\
[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
max_client_conn = {max_sessions + 20}
default_pool_size = {pool}
log_connections = 0
log_disconnections = 0
log_stats = 0
{tls}""")

    def version(self):
        return self.place.run([self._program, "--version"]).splitlines()[0]

    def _command(self):
        return [self._program, self._config]


class HaProxy(Target):
    def __init__(self, place, server, program, max_sessions, threads, name=names.HAPROXY):
        super().__init__(place, server, name)
        self.port = free_port()
        self._program = find_program(program, "install the package haproxy")
        tls = ""
        if name == names.HAPROXY_TLS:
            self.tls = wire.DIRECT
            tls = f" ssl crt {place.certificate()[2]}"
        self._config = place.write(f"{name}-{self.port}.cfg", f"""\
global
  nbthread {threads}
  maxconn {max_sessions + 20}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen postgres
  bind 127.0.0.1:{self.port}{tls}
  server postgres 127.0.0.1:{server.port}
""")

    def version(self):
        return self.place.run([self._program, "-v"]).splitlines()[0].split(" - ")[0]

    def _command(self):
        return [self._program, "-db", "-f", self._config]


class Pgmoat(Target):
    """Policy on (role `app`) and every statement in the audit file, or none with
    `record="none"`."""

    def __init__(self, place, server, program, max_sessions, threads, name=names.PGMOAT, record="all", sync=None):
        super().__init__(place, server, name)
        self.record = record
        self.port = free_port()
        self._program = place.adopt(find_program(program, "build the target pgmoat"))
        self._audit = os.path.join(place.scratch(self._scratch()), "audit.jsonl")
        tls = ""
        if name == names.PGMOAT_TLS:
            self.tls = wire.NEGOTIATED
            certificate, key, _ = place.certificate()
            tls = f"    tls: {{certificate: {certificate}, key: {key}}}\n"
        roles = "" if record == "all" else f"roles:\n  app: {{audit: {{record: {record}}}}}\n"
        sync = f"  sync: {sync}\n" if sync else ""
        self._config = place.write(f"{name}-{self.port}.yaml", f"""\
listen:
  - address: 127.0.0.1:{self.port}
{tls}environments:
  bench:
    upstream: postgres://127.0.0.1:{server.port}
    logins:
      {USER}: app
audit:
  file: {self._audit}
{sync}workers: {threads}
limits:
  max_connections: {max_sessions + 20}
{roles}""")

    def start(self):
        self.place.scratch(self._scratch())
        seconds = super().start()
        self._must_judge()
        return seconds

    def _scratch(self):
        """Two of one name may run at once."""
        return f"{self.name}-{self.port}-audit"

    def _statement_lines(self):
        with open(self._audit, "rb") as file:
            return sum(b'"event":"statement"' in line[:200] for line in file)

    def must_have_recorded(self, statements):
        """After `stop`: raises unless the trail holds what this target is said to record."""
        lines = self._statement_lines()
        # The refusal of the start is on record in any case.
        if self.record == "none" and lines > 1:
            raise Unavailable(f"{self.name} recorded {lines} statements and should record none")
        if self.record == "all" and lines < statements:
            raise Unavailable(f"{self.name} ran {statements} statements and audited {lines}: "
                              "its numbers are not those of a full audit")

    def version(self):
        return self.place.run([self._program, "version"]).splitlines()[0]

    def _must_judge(self):
        """A proxy that lets everything pass is another race."""
        with self.session() as session:
            try:
                session.query("TRUNCATE pgbench_history")
            except wire.ServerError as error:
                if error.sqlstate == "42501":
                    return
                raise Unavailable(f"pgmoat answers a TRUNCATE of the role app with: {error}") from None
        raise Unavailable("pgmoat let a TRUNCATE of the role app pass: it judges nothing")

    def _command(self):
        return [self._program, "run", "--config", self._config]


