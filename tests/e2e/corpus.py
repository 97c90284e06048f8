"""Runs the cases of one file for one role by one protocol, and lists what went wrong.

Many cases share a session, for speed.  A refused statement leaves nothing behind by
definition; an allowed one runs between a savepoint and the return to it.  The same allowed
statement goes straight to the server as well: what it answers there is what is expected.
"""
import re
from typing import NamedTuple

import cases
from arena import DATABASE
from errors import check_refusal
from servers import PATIENCE
from wire import Closed, Wire, bind, copy_data, copy_done, describe, execute, flush, parse, query, sync

# Superusers of the database: nothing but pgmoat stands between them and it.
LOGINS = {"readonly": "dev_super", "app": "app_super", "deploy": "deploy_super", "admin": "postgres"}


class Failure(NamedTuple):
    case: object
    role: str
    protocol: str
    expected: object
    got: str

    def __str__(self):
        expected = self.expected if isinstance(self.expected, str) else "/".join(sorted(self.expected))
        return f"{self.case} [{self.role}, {self.protocol}]: expected {expected}, got {self.got}"


class Client:
    """A session that is opened when it is needed, and again after it broke."""

    def __init__(self, connect, protocol, loot, pid):
        self.connect, self.protocol, self.loot, self.pid = connect, protocol, loot, pid
        self.wire = None

    def session(self) -> Wire:
        self.wire = self.wire or self.connect()
        return self.wire

    def close(self):
        if self.wire:
            self.wire.socket.close()
            self.wire = None

    def text(self, case) -> bytes:
        literal = case.literal(case.statement) if self.protocol == "simple" else case.statement
        return cases.fill(literal, self.loot, self.pid)

    def filled(self, text) -> bytes:
        return cases.fill(text, self.loot, self.pid)

    def run(self, case) -> list:
        """Sends the case's statement; what came back, with ReadyForQuery."""
        wire, text = self.session(), self.text(case)
        if self.protocol == "simple":
            messages = [query(text)]
        else:
            messages = [parse("", text), bind("", "", case.parameters), describe(), execute()]
        if not case.stdin:
            return wire.ask(*messages, *([] if self.protocol == "simple" else [sync()]))
        # The server reads no other message while it waits for the data.
        wire.send(*messages, *([] if self.protocol == "simple" else [flush()]))
        lines = wire.read_until("G", "E", "Z")
        if lines[-1].startswith("CopyInResponse"):
            data = "".join(line.replace("\\t", "\t") + "\n" for line in case.stdin)
            wire.send(copy_data(data.encode()), copy_done())
        if self.protocol == "extended":
            wire.send(sync())
        return lines if lines[-1].startswith("Ready") else lines + wire.read_until("Z")


def told(wire, dialogue) -> str:
    """What came back, in a few words."""
    if not wire.errors:
        return f"ok ({dialogue[-2] if len(dialogue) > 1 else dialogue})"
    error = wire.errors[-1]
    rule = re.search(r"Rule ([a-z0-9.-]+)", error.get("D", ""))
    return f"{error['C']} {rule[1] if rule else 'from the server'}: {error['M'][:110]}"


def logged_lines(log) -> set:
    """The lines of all texts in the server's log, as ("", line); of those that ran by Execute, also
    as ("execute", line)."""
    lines = set()
    for line in re.split("[\r\n]", log):
        found = re.search(r"(statement|execute|parse|bind)[^:]*: (.*)|STATEMENT:  (.*)", line)
        text = (found[2] or found[3] or "") if found else line
        lines.add(("", text.strip()))
        if found and found[1] == "execute":
            lines.add(("execute", text.strip()))
    return lines


# --- what is refused ---------------------------------------------------------------------

class Attacks:
    def __init__(self, pgmoat, arena, role, protocol):
        self.pgmoat, self.arena, self.role, self.protocol = pgmoat, arena, role, protocol
        self.client = Client(lambda: pgmoat.wire(LOGINS[role], database=DATABASE), protocol,
                             arena.postgres.loot, arena.snapshots.pid)

    def run(self, found) -> list:
        """All failures of these cases."""
        log = self.arena.postgres.log_end()
        failures = [f for case in found for f in self.attempt(case)]
        self.client.close()
        seen = logged_lines(self.arena.postgres.log_since(log))
        # The same text may stand in several cases, and be another's setup: one that got through
        # speaks for no other.
        known = {f.case.marker(self.client.text(f.case)) for f in failures} | {x for c in found for x in c.setup}
        failures += [self.failure(c, "not to reach the server", "the text is in its log") for c in found
                     if c.marker(self.client.text(c)) not in known and self.reached(c, seen)]
        changes = self.arena.changes()
        if changes:
            if not failures:
                failures = self.culprits(found)
            failures = failures or [self.failure(found[0].file, "an unchanged database", str(changes))]
            self.arena.renew()
        return failures

    def attempt(self, case) -> list:
        own_session = case.setup or "alone" in case.flags
        if own_session:
            self.client.close()
        try:
            wire = self.client.session()
            for text in case.setup:
                wire.ask(query(self.client.filled(text)))
            wire.errors.clear()
            dialogue = self.client.run(case)
        except (Closed, OSError) as e:
            self.client.close()
            return [self.failure(case, case.expected[self.role], f"no answer: {e!r}")]
        wrong = self.judge(case, wire, dialogue)
        if wrong or own_session:
            self.client.close()
        elif wire.status != "I":
            wire.ask(query("ROLLBACK"))
        return wrong

    def judge(self, case, wire, dialogue) -> list:
        expected = case.expected[self.role]
        if len(wire.errors) != 1:
            return [self.failure(case, expected, told(wire, dialogue))]
        error = wire.errors[0]
        if error["C"] == "26000" and "26000" in expected:
            return []  # what was never prepared: the server says so in its own words
        try:
            check_refusal(error, expected, self.role if error["C"] in ("25006", "42501") else None)
        except AssertionError:
            return [self.failure(case, expected, told(wire, dialogue))]
        # Refused as a whole: nothing before the error.  But EXECUTE is parsed first; what it
        # would run is known when it runs.
        if "EXECUTE" not in case.statement and not dialogue[0].startswith("ErrorResponse"):
            return [self.failure(case, "nothing before the error", " / ".join(dialogue[:3]))]
        return []

    def reached(self, case, seen) -> bool:
        marker = case.marker(self.client.text(case))
        # EXECUTE is parsed before it is known what it runs.
        return ("execute", marker) in seen if "EXECUTE" in case.statement else ("", marker) in seen

    def culprits(self, found) -> list:
        """Nobody was caught, and yet the database is not what it was: one by one, then."""
        out = []
        for case in found:
            self.arena.renew()
            self.attempt(case)
            self.client.close()
            changes = self.arena.changes()
            if changes:
                out.append(self.failure(case, "an unchanged database", str(changes)))
        return out

    def failure(self, case, expected, got):
        return Failure(case, self.role, self.protocol, expected, got)


# --- what is allowed ---------------------------------------------------------------------

class Reply(NamedTuple):
    dialogue: list
    said: str
    failed: bool


class Everyday:
    def __init__(self, pgmoat, arena, role, protocol):
        postgres, pid = arena.postgres, arena.snapshots.pid
        self.arena, self.role, self.protocol = arena, role, protocol
        # pgmoat gives readonly this setting at the start.
        options = {"options": "-c default_transaction_read_only=on"} if role == "readonly" else {}
        self.clients = [Client(connect, protocol, postgres.loot, pid) for connect in (
            lambda: Wire(postgres.port, timeout=PATIENCE).login(LOGINS[role], database=DATABASE, **options),
            lambda: pgmoat.wire(LOGINS[role], database=DATABASE))]

    def run(self, found) -> list:
        """All failures.  First everything without pgmoat, then with it: two sessions at the same
        time would wait for each other's locks."""
        direct, through = ([self.attempt(client, case) for case in found] + [client.close()]
                           for client in self.clients)
        failures = [f for case, d, t in zip(found, direct, through) for f in self.compare(case, d, t)]
        if any("lasting" in case.flags for case in found):
            self.arena.renew()
            return failures
        changes = self.arena.changes(besides="sequence ")  # nothing undoes nextval
        if changes:
            failures.append(Failure(found[0].file, self.role, self.protocol, "everything undone", str(changes)))
            self.arena.renew()
        return failures

    def compare(self, case, direct, through) -> list:
        if direct.failed:
            # The extended protocol takes one statement a text; nothing else is an error here.
            if self.protocol == "extended" and "multiple commands" in direct.said:
                return []
            return [Failure(case, self.role, self.protocol, "a good case", f"{direct.said} without pgmoat")]
        if through.failed:
            return [Failure(case, self.role, self.protocol, "ok", through.said)]
        wanted, got = (self.comparable(case, reply.dialogue) for reply in (direct, through))
        if wanted != got and "varies" not in case.flags:
            wanted, got = next((w, g) for w, g in zip(wanted, got) if w != g)
            return [Failure(case, self.role, self.protocol, f"the server's {wanted!r}", repr(got))]
        return []

    @staticmethod
    def comparable(case, dialogue) -> list:
        """What a read returns must be the same; of what a write returns (new ids, the time), that
        it returns as much."""
        if case.allowed("readonly") and "goes-on" not in case.flags:
            return dialogue + ["the end"]
        return [x.split()[0] if x.startswith("DataRow") else x for x in dialogue] + ["the end"]

    def attempt(self, client, case) -> Reply:
        try:
            return self.alone(client, case) if "alone" in case.flags else self.undone(client, case)
        except (Closed, OSError) as e:
            client.close()
            return Reply([], f"no answer: {e!r}", True)

    def undone(self, client, case) -> Reply:
        """In the shared session.  What the case did stays only while the next one goes on."""
        wire = client.wire
        if wire is None:
            wire = client.session()
            wire.ask(query("BEGIN"), query("SAVEPOINT before_case"), readies=2)
        if "goes-on" in case.flags:
            wire.ask(query("SAVEPOINT before_case"))
        else:
            wire.ask(query("ROLLBACK TO before_case"), query("SAVEPOINT before_case"), readies=2)
        reply = self.answer(client, case)
        if wire.status not in "TE":
            client.close()
            return Reply(reply.dialogue, "the end of the transaction: the case needs `alone`", True)
        if reply.failed:
            wire.ask(query("ROLLBACK TO before_case"))
        return reply

    def alone(self, client, case) -> Reply:
        """In a session of its own, outside of any transaction; the shared one lets go its locks."""
        if client.wire:
            client.wire.ask(query("ROLLBACK TO before_case"))
        own = Client(client.connect, client.protocol, client.loot, client.pid)
        try:
            return self.answer(own, case)
        finally:
            own.close()
            if case.cleanup:
                with self.arena.postgres.connect(dbname=DATABASE) as superuser:
                    for text in case.cleanup:
                        superuser.execute(text)

    @staticmethod
    def answer(client, case) -> Reply:
        wire = client.session()
        wire.errors.clear()
        if case.setup:
            wire.ask(*(query(client.filled(x)) for x in case.setup), readies=len(case.setup))
            if wire.errors:
                return Reply([], f"{told(wire, [])} in #setup", True)
        dialogue = client.run(case)
        return Reply(dialogue, told(wire, dialogue), bool(wire.errors))
