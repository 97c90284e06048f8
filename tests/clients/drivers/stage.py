"""A server with a pgmoat before it, and programs that run against either.

What such a program gets (see README.md for what it owes):
  PGHOST, PGPORT, PGUSER, PGDATABASE   where; PGHOST is localhost, the name in the certificate
  PGSSLMODE=disable                    unless it is about TLS
  DRIVER_ROLE                          app, readonly, deploy or admin
  DRIVER_THROUGH                       direct or pgmoat
  DRIVER_CA, DRIVER_OTHER_CA           the certificate authority, and one that signed nothing
"""
import dataclasses
import difflib
import itertools
import os
import pathlib
import pwd
import re
import shutil
import subprocess

import pytest

from servers import PATIENCE, REPOSITORY, SANITIZED, Pgmoat, Postgres, until

HERE = pathlib.Path(__file__).resolve().parent
LOGIN_OF = {"app": "shop_app", "readonly": "dev_ro", "deploy": "migrator", "admin": "postgres"}
# Of the tests that run against both versions; CI has time for three of the four.
VERSIONS_AND_ROLES = [pytest.param(version, role, marks=[pytest.mark.quick] if (version, role) != (18, "readonly") else [])
                      for version in (15, 18) for role in ("app", "readonly")]
RUN_SECONDS = 600 if SANITIZED else 180
_numbers = itertools.count(1)


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *map(str, arguments)], cwd=cwd, check=True, capture_output=True)


def make_certificates(folder):
    """ca.pem, and other.pem that signs nothing; server.pem and .key for localhost and 127.0.0.1."""
    folder.mkdir()
    for ca in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={ca}",
                "-keyout", f"{ca}.key", "-out", f"{ca}.pem", cwd=folder)
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key",
            "-out", "server.csr", cwd=folder)
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "server.ext", "-out", "server.pem", cwd=folder)


def finish(process):
    """(exit code, output, errors) of a program, which has some minutes."""
    try:
        out, err = process.communicate(timeout=RUN_SECONDS)
        return process.returncode, out, err
    except subprocess.TimeoutExpired:
        process.kill()
        return f"nothing after {RUN_SECONDS} s", *process.communicate()


class Stage:
    """PostgreSQL with TLS and trust, the notes as a template, and a pgmoat that may use all."""

    def __init__(self, workspace, name, certificates, **options):
        self.certificates = certificates
        self.databases = {}
        directory = workspace / f"postgres-{name}"
        directory.mkdir()
        for file in ("server.pem", "server.key"):
            shutil.copy(certificates / file, directory / file)
            (directory / file).chmod(0o600)
            if os.geteuid() == 0:
                account = pwd.getpwnam("postgres")
                os.chown(directory / file, account.pw_uid, account.pw_gid)
        # Statements are not logged: some are 20 MB long.
        self.postgres = Postgres(
            directory, hba="host all login_scram 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n",
            ssl="on", ssl_cert_file=directory / "server.pem", ssl_key_file=directory / "server.key",
            log_statement="none", log_min_duration_statement=-1, **options)
        try:
            self._fill()
            self.pgmoat = self._put_pgmoat_before_it(workspace / f"pgmoat-{name}")
        except BaseException:
            self.postgres.stop("immediate")
            raise

    def _fill(self):
        self.postgres.psql("-c", "CREATE DATABASE shop", dbname="postgres")
        self.postgres.psql("-f", REPOSITORY / "deploy/quickstart/shop.sql", "-f", HERE / "shop_notes.sql",
                           "-f", REPOSITORY / "deploy/sql/least-privilege.sql",
                           "-f", REPOSITORY / "tests/e2e/roles.sql")

    def _put_pgmoat_before_it(self, directory):
        """TLS as the client likes it; none to the server, so that SCRAM needs no option of libpq.
        Parameters have no limit, but psycopg2 writes them into the statement."""
        moat = Pgmoat(directory, self.postgres.port, upstream_options="?sslmode=disable", start=False,
                      limits={"max_statement_bytes": "64MiB"},
                      tls={"mode": "allow", "certificate": str(self.certificates / "server.pem"),
                           "key": str(self.certificates / "server.key")})
        # The name that a SHOW returns is the server's; e2e/test_who.py is about it.
        moat.tree["environments"]["production"].update(allow_functions=["double", "pg_sleep"], application_name="none")
        moat.write_config(moat.tree)
        moat.start()
        return moat

    def stop(self):
        try:
            self.pgmoat.stop()
        finally:
            self.postgres.stop("immediate")

    def database_for(self, role, through) -> str:
        """With no notes yet.  One for each way, so that nothing of the other is seen; one of its
        own for each run that changes the schema."""
        own = role in ("deploy", "admin")
        if own or through not in self.databases:
            name = f"shop_{next(_numbers)}"
            with self.postgres.connect(dbname="postgres") as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE shop")
            if own:
                return name
            self.databases[through] = name
        name = self.databases[through]
        with self.postgres.connect(dbname=name) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()")
            connection.execute("TRUNCATE notes, replies, attachments RESTART IDENTITY")
        return name

    def start(self, command, role, through, **environment):
        database = self.database_for(role, through)
        port = {"direct": self.postgres.port, "pgmoat": self.pgmoat.port}[through]
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=HERE,
            env={**os.environ, "PGHOST": "localhost", "PGPORT": str(port), "PGUSER": LOGIN_OF[role],
                 "PGDATABASE": database, "PGSSLMODE": "disable", "PGCONNECT_TIMEOUT": str(PATIENCE),
                 "DRIVER_ROLE": role, "DRIVER_THROUGH": through, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                 "PYTHONDONTWRITEBYTECODE": "1",
                 "DRIVER_CA": str(self.certificates / "ca.pem"),
                 "DRIVER_OTHER_CA": str(self.certificates / "other.pem"), **environment})
        return process, database

    def audited_bytes(self) -> int:
        file = self.pgmoat.audit_file
        return file.stat().st_size if file.exists() else 0

    def audited_since(self, offset) -> str:
        with open(self.pgmoat.audit_file, "rb") as f:
            f.seek(offset)
            return f.read(1 << 20).decode(errors="replace")

    def transcripts(self, command, role, **environment):
        """Runs the program both ways, at once, and expects the same of both.

        Lines that begin with "refused" tell what pgmoat refuses, which nobody does directly."""
        audited_before = self.audited_bytes()
        runs = {through: self.start(command, role, through, **environment)
                for through in ("direct", "pgmoat")}
        said = {}
        try:
            for through, (process, database) in runs.items():
                status, out, err = finish(process)
                text = out.decode(errors="backslashreplace").replace(database, "shop_n")
                said[through] = re.sub(r"PID \d+", "PID n", text).splitlines()
                assert status == 0, "\n".join([f"{through}: ended with {status}", *said[through][-5:],
                                                err.decode(errors="replace")[-4000:]])
        finally:
            for process, _ in runs.values():
                if process.poll() is None:
                    process.kill()
                    process.wait()
        refused = [line for line in said["pgmoat"] if line.startswith("refused")]
        passed = [line for line in said["pgmoat"] if not line.startswith("refused")]
        difference = list(difflib.unified_diff(said["direct"], passed, "direct", "pgmoat", lineterm="", n=1))
        assert not difference, "\n".join(line[:400] for line in difference)
        assert passed, "it said nothing"
        mark = f'"database":"{runs["pgmoat"][1]}"'
        until(lambda: mark in self.audited_since(audited_before), "a record of what came through pgmoat")
        return Transcript(passed, refused)


@dataclasses.dataclass
class Transcript:
    lines: list
    refused: list

    def expect(self, *wanted):
        """Every wanted line was said, so that both ways did not merely fail alike."""
        missing = [line for line in wanted if line not in self.lines]
        words = {line.split(":")[0] for line in missing}
        instead = [line[:200] for line in self.lines if line.split(":")[0] in words]
        assert not missing, f"never said: {missing}; but: {instead}"

    def expect_refusals(self, *sqlstates):
        """Each refusal reached the program with its SQLSTATE, rule, audit id and remedy: a line
        "refused: 42501 | message | DETAIL | HINT"; the last says that the connection lives on."""
        *refusals, after = self.refused
        assert after == "refused, and then: 1", self.refused
        assert len(refusals) == len(sqlstates), self.refused
        for line, sqlstate in zip(refusals, sqlstates):
            assert re.fullmatch(rf"refused: {sqlstate} \| .* is not allowed for role \w+ in environment production "
                                r"\| Rule [\w.-]+; audit id [0-9A-Z]{26}\. \| .+", line), line
