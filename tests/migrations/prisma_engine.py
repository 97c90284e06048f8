"""What Prisma's own schema engine (the downloaded binary, which no package registry has) says to a
server, over the protocol itself.

Its driver prepares every read and every ledger write under a name, binds in the binary format and
closes the name; everything else, a migration's script among it, is one simple Query as it stands.
The words are those of the engine's public source; the JavaScript engine, which npm has, sends the same ones.
"""
import datetime
import hashlib
import struct
import uuid

from wire import Wire, bind, close, describe, execute, fields, message, parse, query, sync, text, values

LEDGER = """CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
);
"""
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


class Failed(Exception):
    """The server, or pgmoat, said no."""

    def __init__(self, error):
        super().__init__(f"{error.get('C')} {error.get('M')} {error.get('D', '')}")
        self.sqlstate, self.detail = error.get("C"), error.get("D", "")

    @property
    def rule(self):
        return self.detail.removeprefix("Rule ").split(";")[0]


def checksum(script) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


class Engine:
    """One command's connection.  `binary` is how parameters and rows travel."""

    def __init__(self, port, database, login="migrator", binary=True):
        self.wire = Wire(port)
        self.wire.login(login, database=database, client_encoding="UTF8", search_path='"public"')
        self.binary, self.statements = binary, 0
        self.read("SELECT version()")
        self.read("SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = $1), version(), "
                  "current_setting('server_version_num')::integer as numeric_version;", "public")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.send(message(b"X"))
        self.wire.socket.close()

    # --- the driver ---

    def command(self, sql):
        """One simple Query, of however many statements."""
        before = len(self.wire.errors)
        said = self.wire.ask(query(sql))
        if len(self.wire.errors) > before:
            raise Failed(self.wire.errors[before])
        return said

    def read(self, sql, *parameters) -> list:
        """A prepared statement; its rows, as bytes."""
        name = f"s{self.statements}"
        self.statements += 1
        self._ask(parse(name, sql), describe("S", name), sync())
        rows = self._ask(self._bind(name, parameters), execute(), sync())
        self._ask(close("S", name), sync())
        return rows

    def _bind(self, name, parameters):
        if not self.binary:
            return bind("", name, [self._as_text(value) for value in parameters])
        body = text("") + text(name) + struct.pack("!hhh", 1, 1, len(parameters))
        for value in map(self._as_binary, parameters):
            body += struct.pack("!i", len(value)) + value
        return message(b"B", body + struct.pack("!hh", 1, 1))

    @staticmethod
    def _as_text(value):
        return value.isoformat() if isinstance(value, datetime.datetime) else value

    @staticmethod
    def _as_binary(value) -> bytes:
        if isinstance(value, datetime.datetime):
            return struct.pack("!q", (value - EPOCH) // datetime.timedelta(microseconds=1))
        return struct.pack("!i", value) if isinstance(value, int) else value.encode()

    def _ask(self, *messages):
        self.wire.send(*messages)
        rows, error = [], None
        while True:
            kind, body = self.wire.read()
            if kind == "E":
                error = error or fields(body)
            elif kind == "D":
                rows.append(values(body))
            elif kind == "Z":
                if error:
                    raise Failed(error)
                return rows

    # --- what the ledger is told ---

    def lock(self):
        self.command("SELECT pg_advisory_lock(72707369)")

    def tables(self) -> list:
        return [row[0].decode() for row in self.read(
            "SELECT tbl.relname AS table_name FROM pg_class AS tbl INNER JOIN pg_namespace AS namespace "
            "ON namespace.oid = tbl.relnamespace WHERE tbl.relkind = 'r' AND namespace.nspname = $1", "public")]

    def ledger(self) -> list:
        return self.read('SELECT "id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", '
                         '"applied_steps_count" FROM "_prisma_migrations" ORDER BY "started_at" ASC')

    def begins(self, name, script) -> str:
        number = str(uuid.uuid4())
        self.read('INSERT INTO "_prisma_migrations" ("id","checksum","started_at","migration_name") VALUES ($1,$2,$3,$4)',
                  number, checksum(script), now(), name)
        return number

    def step_succeeded(self, number):
        self.read('UPDATE "_prisma_migrations" SET "applied_steps_count" = ("applied_steps_count" + $1) WHERE "id" = $2', 1, number)

    def finished(self, number):
        self.read('UPDATE "_prisma_migrations" SET "finished_at" = $1 WHERE "id" = $2', now(), number)

    def step_failed(self, number, logs):
        self.read('UPDATE "_prisma_migrations" SET "logs" = $1 WHERE "id" = $2', logs, number)

    # --- its commands ---

    def deploy(self, migrations):
        """`migrate deploy`: {name: script}; what has been applied is left out."""
        self.lock()
        if "_prisma_migrations" not in self.tables():
            self.command(LEDGER)
        rows = self.ledger()
        if any(row[2] is None and row[5] is None for row in rows):
            raise AssertionError("P3009: a migration has failed")
        known = {row[3].decode() for row in rows if row[5] is None}
        for name, script in migrations.items():
            if name in known:
                continue
            number = self.begins(name, script)
            try:
                self.command(script)
            except Failed as e:
                self.step_failed(number, str(e))
                raise
            self.step_succeeded(number)
            self.finished(number)

    def status(self) -> list:
        return [row[3].decode() for row in self.ledger() if row[2] is not None]

    def resolve_applied(self, name, script):
        self.lock()
        self.read('INSERT INTO "_prisma_migrations" ("id","checksum","logs","started_at","finished_at","migration_name") '
                  'VALUES ($1,$2,$3,$4,$5,$6)', str(uuid.uuid4()), checksum(script), "", now(), now(), name)

    def resolve_rolled_back(self, name):
        self.lock()
        for row in self.ledger():
            if row[3].decode() == name and row[2] is None:
                self.read('UPDATE "_prisma_migrations" SET "rolled_back_at" = $1 WHERE "id" = $2', now(), row[0].decode())


def now():
    return datetime.datetime.now(datetime.timezone.utc)
