"""Reads the corpus: named statements with what is expected of them, role by role.

    #for readonly=write app=ok deploy=ok      the expectations of the cases below, up to the next;
                                              #setup lines after it are theirs as well
    #: name                                   a case; what it says for itself comes on top:
    #: name | app=42501                       a role's own expectation; `-`: not for this role
    #: name | varies                          a reply that differs from one run to the next
    #setup statement                          sent before, by the same session, one Query each
    #stdin line                               what COPY FROM STDIN gets
    #bind ["a", 1]                            $1, $2 …; the simple protocol gets them as literals
    #cleanup statement                        afterwards, as superuser, straight to the server
    statement                                 up to the next header; one protocol text
    # anything else                           a comment

Expectations: `ok`, `write` (25006), `refused` (25006 or 42501), or SQLSTATEs joined by `/`.
`all=` stands for readonly, app and deploy.  Further flags: `alone` (a session of its own and no
transaction around it), `goes-on` (not undone what the allowed case before it did), `simple` and
`extended` (by this protocol only), `lasting` (changes what no rollback undoes), `springs` (sets off a trap of corpus.sql, were it not refused).
"""
import json
import pathlib
import re
from typing import NamedTuple

FOLDER = pathlib.Path(__file__).with_name("cases")
RESTRICTED = ("readonly", "app", "deploy")
EXPECTATIONS = {"write": {"25006"}, "refused": {"25006", "42501"}}
FLAGS = {"varies", "alone", "goes-on", "simple", "extended", "springs", "lasting"}
NOT_HERE = frozenset("-")


class Case(NamedTuple):
    file: str
    line: int
    name: str
    expected: dict  # role -> SQLSTATEs, or {"ok"}
    flags: frozenset
    setup: list
    stdin: list
    parameters: list
    cleanup: list
    statement: str

    def __str__(self):
        return f"{self.file}:{self.line} {self.name}"

    def allowed(self, role) -> bool:
        return self.expected.get(role) == {"ok"}

    def refused(self, role) -> bool:
        return role in self.expected and not self.allowed(role)

    def runs_by(self, protocol) -> bool:
        return not self.flags & {"simple", "extended"} - {protocol}

    def marker(self, statement: bytes) -> str:
        """Its longest line: what would be in the server's log, had it come there."""
        longest = max(statement.replace(b"\r", b"\n").split(b"\n"), key=len)
        return longest.decode(errors="replace").strip()

    def literal(self, statement: str) -> str:
        """The statement with its parameters' values in their places."""
        def value(found):
            given = self.parameters[int(found[1]) - 1]
            return "NULL" if given is None else "'" + str(given).replace("'", "''") + "'"
        return re.sub(r"\$(\d+)", value, statement) if self.parameters else statement


def fill(text: str, loot, pid) -> bytes:
    """The placeholders' values: a directory that the server may write to, a backend that is to
    be left alone, and bytes that a text file had better not have."""
    out = text.encode()
    for placeholder, value in ((b"{loot}", str(loot).encode()), (b"{pid}", b"%d" % pid),
                               (b"{cr}", b"\r"), (b"{tab}", b"\t"), (b"{ff}", b"\f"), (b"{vt}", b"\v"),
                               (b"{nbsp}", b"\xc2\xa0"), (b"{bom}", b"\xef\xbb\xbf"),
                               (b"{bad_utf8}", b"\xc3\x28"), (b"{overlong_quote}", b"\xc0\xa7")):
        out = out.replace(placeholder, value)
    return out


def expectations(words, where) -> tuple:
    """(role -> expected, flags) of a header's words."""
    expected, flags = {}, set()
    for word in words:
        role, equals, value = word.partition("=")
        if not equals:
            assert word in FLAGS, f"{where}: unknown word {word!r}"
            flags.add(word)
            continue
        codes = set().union(*(EXPECTATIONS.get(v, {v}) for v in value.split("/")))
        assert all(re.fullmatch(r"ok|-|[0-9A-Z]{5}", c) for c in codes), f"{where}: {word!r}"
        assert role in (*RESTRICTED, "all"), f"{where}: unknown role {role!r}"
        expected.update(dict.fromkeys(RESTRICTED if role == "all" else [role], codes))
    return expected, flags


def read(path) -> list:
    """The cases of one file below cases/."""
    found, default, always, header, body = [], {}, [], None, []

    def finish():
        if header is None:
            return
        line, words = header
        name, _, own = words.partition(" | ")
        expected, flags = expectations(own.split(), f"{path}:{line}")
        expected = {r: e for r, e in {**default, **expected}.items() if e != NOT_HERE}
        assert expected, f"{path}:{line}: nothing is expected of {name!r}"

        def given(tag):
            return [x.removeprefix(tag) for x in body if x.startswith(tag)]
        parameters = json.loads("".join(given("#bind ")) or "[]")
        statement = "\n".join(x for x in body if not re.match("#( |(setup|stdin|bind|cleanup) )", x)
                              and x != "#").strip("\n")
        found.append(Case(path, line, name.strip(), expected, frozenset(flags),
                          always + given("#setup "), given("#stdin "), parameters, given("#cleanup "), statement))

    for number, text in enumerate((FOLDER / path).read_text().split("\n"), 1):
        if text.startswith("#: "):
            finish()
            header, body = (number, text[3:]), []
        elif text.startswith("#for "):
            finish()
            header, always = None, []
            default, flags = expectations(text[5:].split(), f"{path}:{number}")
            assert not flags, f"{path}:{number}: flags belong to a case"
        elif header:
            body.append(text)
        elif text.startswith("#setup "):
            always.append(text.removeprefix("#setup "))
    finish()
    names = [c.name for c in found]
    twice = {n for n in names if names.count(n) > 1}
    assert not twice, f"{path}: names used twice: {sorted(twice)}"
    return found


def files(folder) -> list:
    return sorted(f"{folder}/{p.name}" for p in (FOLDER / folder).glob("*.sql"))
