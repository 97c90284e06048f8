"""A migration tool's project, run by the tool's own command on one database, and what it said."""
import dataclasses
import os
import re
import subprocess

from servers import SANITIZED

RUN_SECONDS = 300 if SANITIZED else 120


@dataclasses.dataclass
class Said:
    status: int
    text: str  # standard output and error

    @property
    def rules(self) -> list:
        """Ids of pgmoat's rules in it, in order; [] if pgmoat refused nothing, or the tool does not tell."""
        return re.findall(r"Rule ([a-z]+\.[a-z-]+);", self.text)

    def succeeded(self):
        assert self.status == 0 and not self.rules, self.text[-4000:]
        return self

    def refused(self, *rules):
        """The tool failed, and shows its user which rule of pgmoat's it was."""
        assert self.status != 0, f"ended well: {self.text[-4000:]}"
        assert self.rules and self.rules[0] in rules, f"{self.rules}, not {rules}: {self.text[-4000:]}"
        return self


@dataclasses.dataclass
class Project:
    command: list
    folder: object
    environment: dict = dataclasses.field(default_factory=dict)

    def run(self, port, database, *arguments, login="migrator", **environment) -> Said:
        """As a user would: by its command line; the place in libpq's variables."""
        done = subprocess.run(
            [*map(str, self.command), *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="backslashreplace", timeout=RUN_SECONDS,
            env={**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": login, "PGDATABASE": database,
                 "PGSSLMODE": "disable", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1",
                 **self.environment, **environment})
        return Said(done.returncode, done.stdout)


def level(text, *names) -> str:
    """What a tool says of two databases, comparable: without their names, times, durations."""
    for name in names:
        text = text.replace(name, "the_database")
    return re.sub(r"\d+\.\d+s", "n s", text)
