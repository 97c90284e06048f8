"""Random pipelines with refused statements in them, through pgmoat and straight to the server.

Straight to the server, a refused statement is replaced by one that the server refuses itself:
design 3.2 says that a client cannot tell the two apart.  So the answers, message by message,
and what is left in the tables must be the same.  Every third pipeline is that of a readonly
login, to which each write is refused.

    PGMOAT_TEST_PIPELINES=5000 PGMOAT_TEST_SEED=7 pytest test_random_pipelines.py
"""
import os
import random
import struct

import psycopg
import pytest

from servers import SANITIZED
from wire import (Closed, Wire, bind, close, copy_data, copy_done, copy_fail, describe, execute,
                  flush, function_call, line, parse, query, sync)

CASES = int(os.environ.get("PGMOAT_TEST_PIPELINES", "300" if SANITIZED else "1000"))
FIRST_SEED = int(os.environ.get("PGMOAT_TEST_SEED", "1"))
SIDES = {"direct": "pipelines_direct", "pgmoat": "pipelines_pgmoat"}  # each a database

TABLES = """
CREATE TABLE item (id integer PRIMARY KEY, v text);
CREATE TABLE late (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE SEQUENCE ticket;
"""
RESET = """
TRUNCATE item, late; ALTER SEQUENCE ticket RESTART;
INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three'); INSERT INTO late VALUES (1);
"""
STATE = ("SELECT id, v FROM item UNION ALL SELECT id, 'late' FROM late "
         "UNION ALL SELECT last_value, 'ticket' FROM ticket ORDER BY 2, 1")
SYNTAX_ERROR = "this is no SQL"
DENIED = ["DELETE FROM item", "UPDATE item SET v = 'x'", "DROP TABLE item", "TRUNCATE late",
          "DELETE FROM item WHERE true; INSERT INTO item VALUES (90, 'q')",
          "INSERT INTO item VALUES (91, 'q'); DROP TABLE late"]
DENIED.insert(0, "PREPARE q AS DELETE FROM item")
ONE_STATEMENT = 5  # so many of DENIED come first
ALLOWED = ["SELECT id, v FROM item ORDER BY id", "UPDATE item SET v = v || '!' WHERE id = 1",
           "DELETE FROM item WHERE id = 2", "SELECT nextval('ticket')", "SELECT 1 / 0", "",
           "SELECT * FROM nowhere", "INSERT INTO late VALUES (1)", "SELECT generate_series(1, 5)",
           "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "RELEASE s",
           "PREPARE q AS SELECT 1", "EXECUTE q", "DEALLOCATE q", "DEALLOCATE ALL",
           "DECLARE c CURSOR WITH HOLD FOR SELECT id FROM item ORDER BY id", "FETCH 2 FROM c",
           "CLOSE c", "NOTIFY n, 'x'", "LISTEN n", "DISCARD ALL", "SET statement_timeout = 9000",
           "SET application_name = 'x'", "COPY item TO STDOUT", "CLOSE ALL", "VALUES (1), (2)"]
SEVERAL = ["; ", ";", "SELECT 1; SELECT 2", "BEGIN; INSERT INTO item VALUES (70, 'm'); COMMIT",
           "INSERT INTO item VALUES (71, 'm'); SELECT 1 / 0; SELECT 2", "SELECT 1; ROLLBACK",
           "COPY item TO STDOUT; SELECT 3", "PREPARE q AS SELECT 2; EXECUTE q",
           "COMMIT; BEGIN", "INSERT INTO late VALUES (1); SELECT 1"]
# Of a readonly login.
DENIED_READONLY = ["INSERT INTO item VALUES (92, 'q')", "UPDATE item SET v = 'x' WHERE id = 1",
                   "DELETE FROM item WHERE id = 1", "SELECT nextval('ticket')",
                   "COPY item FROM STDIN", *DENIED]
ALLOWED_READONLY = [sql for sql in ALLOWED if sql.startswith((
    "SELECT", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PREPARE", "EXECUTE",
    "DEALLOCATE", "FETCH", "CLOSE", "COPY", "VALUES")) and "nextval" not in sql] + [
        "", "DECLARE c CURSOR FOR SELECT id FROM item ORDER BY id", "SHOW transaction_read_only"]
SEVERAL_READONLY = ["; ", ";", "SELECT 1; SELECT 2", "SELECT 1; ROLLBACK", "COMMIT; BEGIN",
                    "COPY item TO STDOUT; SELECT 3", "PREPARE q AS SELECT 2; EXECUTE q",
                    "BEGIN; SELECT 1 / 0; SELECT 2", "BEGIN; SELECT 1; COMMIT"]
COPY_IN = ["COPY item FROM STDIN", "COPY item (id, v) FROM STDIN", "COPY nowhere FROM STDIN"]
END = [copy_fail(), sync(), query("ROLLBACK; SELECT 'the end'")]


class Maker:
    """One random pipeline: a list of steps, each (bytes for pgmoat, bytes for the server)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.readonly = seed % 3 == 0
        self.next_id = 100
        self.steps = []
        for _ in range(self.random.randint(1, 9)):
            self.random.choices(
                [self.simple, self.extended, self.part, self.copy, self.call, self.sync,
                 self.suspended, self.storm, self.renamed], [4, 6, 4, 3, 1, 3, 2, 1, 2])[0]()

    def add(self, message, direct=None):
        self.steps.append((message, message if direct is None else direct))

    def insert(self):
        self.next_id += 1
        return f"INSERT INTO item VALUES ({self.random.choice([self.next_id, 1])}, 'r')"

    def sql(self, several=False):
        """(text for pgmoat, text for the server)."""
        chosen = self.random.random()
        if self.readonly:
            if chosen < 0.25:
                one = len(DENIED_READONLY) - len(DENIED) + ONE_STATEMENT
                return self.random.choice(DENIED_READONLY[:None if several else one]), SYNTAX_ERROR
            text = self.random.choice(ALLOWED_READONLY + SEVERAL_READONLY * several)
            return self.without_execute(text, several)
        if chosen < 0.2:
            return self.random.choice(DENIED[:None if several else ONE_STATEMENT]), SYNTAX_ERROR
        if chosen < 0.45:
            text = self.insert()
        else:
            text = self.random.choice(ALLOWED + SEVERAL * several)
        return self.without_execute(text, several)

    @staticmethod
    def without_execute(text, several):
        """A known difference, left out: EXECUTE of a name that nobody prepared, in a Parse, and
        in front of its answer another Parse of the same name.  What the name then means is not
        known yet, all that it may mean is judged, and an Execute gets 26000."""
        text = "SELECT 1" if text == "EXECUTE q" and not several else text
        return text, text

    def name(self):
        return self.random.choice(["", "", "a", "b"])

    def sync(self):
        self.add(self.random.choice([sync(), sync(), flush()]))

    def simple(self):
        asked, direct = self.sql(several=True)
        self.add(query(asked), query(direct))

    def part(self):
        """A message of the extended protocol without its fellows."""
        self.add(self.random.choice([
            bind(self.name(), self.name()), execute(self.name(), self.random.choice([0, 1])),
            describe(self.random.choice("SP"), self.name()),
            close(self.random.choice("SP"), self.name()), copy_done(), copy_fail(),
            copy_data(b"5\tx\n")]))

    def extended(self):
        statement, portal = self.name(), self.name()
        asked, direct = self.sql()
        self.add(parse(statement, asked), parse(statement, direct))
        if self.random.random() < 0.2:
            self.add(describe("S", statement))
        self.add(bind(portal, statement))
        if self.random.random() < 0.4:
            self.add(describe("P", portal))
        self.add(execute(portal, self.random.choice([0, 0, 1])))
        if self.random.random() < 0.3:
            self.add(execute(portal))
        if self.random.random() < 0.6:
            self.add(sync())

    def suspended(self):
        """Portals side by side, read in part, with answers asked for in between."""
        in_block = self.random.random() < 0.5
        if in_block:
            self.add(query("BEGIN"))
        self.add(parse("", "SELECT generate_series(1, 7)"))
        portals = self.random.choice([["a"], ["a", "b"], ["", "b"]])
        for portal in portals:
            self.add(bind(portal, ""))
        for _ in range(self.random.randint(1, 6)):
            self.add(execute(self.random.choice(portals), self.random.choice([0, 1, 2, 3, 7])))
            if self.random.random() < 0.4:
                self.add(self.random.choice([flush(), flush(), sync()]))
            if self.random.random() < 0.1:
                asked, direct = self.sql()
                self.add(parse("b", asked), parse("b", direct))
            if self.random.random() < 0.1:
                self.add(close("P", self.random.choice(portals)))
        if self.random.random() < 0.8:
            self.add(sync())

    def storm(self):
        for _ in range(self.random.randint(2, 12)):
            self.add(self.random.choice([sync(), sync(), sync(), flush()]))

    def renamed(self):
        """A name that meant something allowed is prepared anew, and run before and after."""
        name = self.random.choice(["a", "b", ""])
        run = bind("", name), execute()
        self.add(parse(name, "SELECT 1"))
        for message in run:
            self.add(message)
        if self.random.random() < 0.5:
            self.add(sync())
        if self.random.random() < 0.8:
            self.add(self.random.choice([close("S", name), query("DEALLOCATE ALL")]))
        asked, direct = self.sql()
        self.add(parse(name, asked), parse(name, direct))
        if self.random.random() < 0.5:
            self.add(sync())
        for message in run:
            self.add(message)
        if self.random.random() < 0.7:
            self.add(sync())

    def copy(self):
        text = "COPY item TO STDOUT" if self.readonly else self.random.choice(COPY_IN)
        early_sync = extended = False
        if self.random.random() < 0.5:
            self.add(query(self.random.choice([text, text, f"{text}; SELECT 4", f"SELECT 4; {text}"])))
        else:
            self.add(parse("", text))
            self.add(bind())
            self.add(execute())
            extended = True
            early_sync = self.random.random() < 0.4
        if early_sync:
            self.add(sync())
        elif self.random.random() < 0.3:
            self.add(flush())
        for _ in range(self.random.randint(0, 3)):
            self.next_id += 1
            self.add(self.random.choice([copy_data(b"%d\tcopied\n" % self.next_id)] * 4 +
                                        [copy_data(b"bad\tx\n"), flush()]))
        # Whatever follows a Sync in a COPY without an end: pgmoat ends such a session when the
        # COPY fails, for it cannot know what the server skips.
        if extended or self.random.random() < 0.9:
            self.add(self.random.choice([copy_done(), copy_done(), copy_fail()]))
        # Whether a COPY that failed has swallowed an early Sync cannot be known; a client
        # that sends one sends another behind the end of its data.
        if early_sync or self.random.random() < 0.7:
            self.add(sync())

    def call(self):
        number = struct.pack("!i", 7)
        self.add(*self.random.choice([
            (function_call(17, number),) * 2,  # wrong number of arguments
            (function_call(65, number, number),) * 2,  # int4eq
            # pg_terminate_backend
            (function_call(2096, number), function_call(0))]))


def plain(text):
    """A trace line without what differs by design: the SQLSTATE of a refusal."""
    return "ErrorResponse ERROR (refused)" if text in (
        "ErrorResponse ERROR 42501", "ErrorResponse ERROR 25006", "ErrorResponse ERROR 42601",
        "ErrorResponse ERROR 42883",
        # In a failed transaction the server refuses a FunctionCall unseen.
        "ErrorResponse ERROR 25P02") else text


def answers(port, side, messages, readonly, sizes=None) -> list:
    """Trace lines from the login to the answer of END, or to the end of the connection."""
    lines = []
    with Wire(port, timeout=8) as wire:
        # Straight to the server, the second wall is for us to raise.
        wall = {"default_transaction_read_only": "on"} if readonly and side == "direct" else {}
        wire.login("dev_super" if readonly else "app_super", database=SIDES[side], **wall)
        data, at = b"".join([*messages, *END]), 0
        for size in sizes or ():
            wire.send(data[at:at + size])
            at += size
        wire.send(data[at:])
        try:
            while lines[-3:-1] != ["DataRow the end", "CommandComplete SELECT 1"]:
                lines.append(plain(line(*wire.read())))
        except Closed:
            lines.append("(closed)")
        except TimeoutError:
            lines.append("(silence)")
    return lines


class Pair:
    """The server and pgmoat, with a database for each."""

    def __init__(self, postgres, pgmoat):
        self.ports = {"direct": postgres.port, "pgmoat": pgmoat.port}
        self.control = {}
        for side, database in SIDES.items():
            postgres.psql("-c", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)",
                          "-c", f"CREATE DATABASE {database}", dbname="postgres")
            self.control[side] = postgres.connect(dbname=database)
            self.control[side].execute(TABLES)

    def run(self, steps, readonly, sizes=None):
        """{side: (answers, state of the tables)}."""
        found = {}
        for side, control in self.control.items():
            control.execute(RESET)
            messages = [asked if side == "pgmoat" else direct for asked, direct in steps]
            lines = answers(self.ports[side], side, messages, readonly,
                            sizes if side == "pgmoat" else None)
            found[side] = (lines, control.execute(STATE).fetchall())
        return found

    def differ(self, steps, readonly, sizes=None):
        found = self.run(steps, readonly, sizes)
        return found if found["direct"] != found["pgmoat"] else None

    def shrunk(self, steps, readonly):
        """As few of the steps as still differ."""
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + 1:]
            if self.differ(fewer, readonly):
                steps = fewer
            else:
                at += 1
        return steps


@pytest.fixture(scope="module")
def pair(postgres, shared_pgmoat):
    made = Pair(postgres, shared_pgmoat)
    yield made
    for connection in made.control.values():
        connection.close()


def test_random_pipelines(pair, pgmoat):
    for seed in range(FIRST_SEED, FIRST_SEED + CASES):
        made = Maker(seed)
        steps, readonly = made.steps, made.readonly
        chance = random.Random(seed)
        sizes = [chance.randint(1, 40) for _ in range(6)] if chance.random() < 0.3 else None
        if not pair.differ(steps, readonly, sizes):
            continue
        few = pair.shrunk(steps, readonly)
        found = pair.differ(few, readonly)
        if not found:  # only as it was cut
            few, found = steps, pair.differ(steps, readonly, sizes)
        sent = "\n".join(repr(asked) for asked, _ in few)
        pytest.fail(f"seed {seed}{' (readonly)' * readonly}, sent:\n{sent}\n"
                    f"direct: {found and found['direct']}\n"
                    f"pgmoat: {found and found['pgmoat']}", pytrace=False)
