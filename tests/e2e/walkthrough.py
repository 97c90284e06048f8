"""deploy/walkthrough/README.md as a conversation: its commands, and what it says they print."""
import os
import re
import subprocess

from servers import PATIENCE

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = "#>"
OTHERS = "…"  # a line that stands for one or more others

# What is another one each time.
DIFFERENT = [
    (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00| UTC)?", "TIME"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"), (r"\b[0-9a-f]{16}\b", "KEY"),
    (r"\b\d+\.\d+( ms)?(?= |$)", "MS"), (r"\b\d+ ms\b", "MS"),
    (r"(127\.0\.0\.1|[a-z-]+\.internal):\d{4,5}", "ADDRESS"), (r"\bport \d{4,5}", "port PORT"),
    (r"\b\d+ lines in 1 file, seq 1–\d+", "LINES"),
    (r"-{2,}", "--"), (r"[ \t]+", " "), (r" $", ""),
]


class Step:
    """One block, from line `line` of the README on."""

    def __init__(self, line, block):
        lines = block.splitlines()
        self.line = line
        self.commands = "\n".join(text for text in lines if not text.startswith(PRINTED))
        self.printed = "\n".join(text.removeprefix(PRINTED).removeprefix(" ")
                                 for text in lines if text.startswith(PRINTED))
        self.refused = self.commands.startswith("# refused\n")
        # May be run again, until the trail has what happened just before.  Lines of two sessions
        # that have different workers may stand in either order.
        self.asks_only = all(text.startswith('"$PGMOAT" audit query ') for text in self.commands.splitlines())

    def is_what(self, printed):
        """Whether that is what the README says."""
        if self.asks_only:
            return sorted(normal(printed).splitlines()) == sorted(normal(self.printed).splitlines())
        parts = [re.escape(part) for part in re.split(f"^{OTHERS}$", normal(self.printed), flags=re.MULTILINE)]
        return re.fullmatch("(.*)".join(parts), normal(printed), re.DOTALL) is not None


def read_steps(readme):
    return [Step(readme.count("\n", 0, block.start()) + 1, block.group(1)) for block in BLOCK.finditer(readme)]


def normal(printed):
    for pattern, name in DIFFERENT:
        printed = re.sub(pattern, name, printed, flags=re.MULTILINE)
    return printed.strip()


class Shell:
    """Exported variables and the directory last from block to block, but not those of one that fails."""

    def __init__(self, directory, environment):
        self.directory, self.state = directory, directory / "state.sh"
        self.environment = {**environment, "HOME": str(directory), "LC_ALL": "C.UTF-8"}
        self.state.write_text(f"cd '{directory}'\n")

    def run(self, commands):
        """Exit code, and both outputs as they came."""
        script = f". '{self.state}'\n{commands}\n{{ export -p; echo \"cd '$PWD'\"; }} > '{self.state}'"
        output = self.directory / "output"  # no pipe: what a block leaves running would hold it open
        with open(output, "w") as out:
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=self.environment,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                  timeout=10 * PATIENCE, check=False)
        return done.returncode, output.read_text()
