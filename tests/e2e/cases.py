"""Reads the files in cases/: named statements with what is expected of them."""
import pathlib
from typing import NamedTuple

FOLDER = pathlib.Path(__file__).with_name("cases")
EXPECTATIONS = {"write": {"25006"}, "refused": {"25006", "42501"}, "ok": {"ok"}}


class Case(NamedTuple):
    name: str
    expected: set   # SQLSTATEs, or {"ok"}
    setup: list
    statement: bytes

    def filled(self, loot, pid):
        """The statement with the placeholders' values."""
        out = self.statement
        for placeholder, value in ((b"{loot}", str(loot).encode()), (b"{pid}", b"%d" % pid),
                                   (b"{cr}", b"\r"), (b"{bad_utf8}", b"\xc3\x28")):
            out = out.replace(placeholder, value)
        return out

    def marker(self, statement) -> str:
        """Its longest line: what would be in the server's log, had it come there."""
        longest = max(statement.replace(b"\r", b"\n").split(b"\n"), key=len)
        return longest.decode(errors="replace").strip()


def read(name) -> list:
    found = []
    for entry in (FOLDER / name).read_text().split("\n#: ")[1:]:
        header, _, body = entry.partition("\n")
        title, _, words = header.partition(" | ")
        expected = set().union(*(EXPECTATIONS.get(w, {w}) for w in words.split())) or {"ok"}
        lines = [x for x in body.split("\n") if not x.startswith("# ")]
        setup = [x.removeprefix("#setup ") for x in lines if x.startswith("#setup ")]
        statement = "\n".join(x for x in lines if not x.startswith("#setup ")).strip("\n")
        found.append(Case(title, expected, setup, statement.encode()))
    return found
