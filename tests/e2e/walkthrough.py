"""deploy/walkthrough/README.md as a conversation: its commands, and what it says they print."""
import os
import re
import subprocess

from servers import PATIENCE

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What is another one each time.
DIFFERENT = [
    (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00| UTC)?", "TIME"),
    (r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "TIME"),
    (r"\b[0-9a-f]{16}\b", "KEY"),
    (r"\b\d+(\.\d+)? (ms|us|s)\b", "DURATION"),
    (r"(127\.0\.0\.1|[\w-]+\.internal)(:| port | \(127.0.0.1\), port )\d{4,5}", "ADDRESS"),
    (r"PostgreSQL 15\.\d+", "PostgreSQL 15"),
    (r"[ \t]+", " "), (r"-{3,}", "---"), (r" $", ""),
]


class Step:
    """One block of shell, and what it prints."""

    def __init__(self, line, commands):
        self.line, self.commands, self.printed = line, commands, ""
        self.refused = commands.startswith("# refused\n")


def read_steps(text):
    steps, last = [], None
    for block in FENCE.finditer(text):
        language, body = block.groups()
        if language == "sh":
            last = Step(text.count("\n", 0, block.start()) + 2, body)
            steps.append(last)
        elif not language and last:
            last.printed, last = body, None
        else:
            last = None
    return steps


def normal(printed):
    for pattern, name in DIFFERENT:
        printed = re.sub(pattern, name, printed, flags=re.MULTILINE)
    return printed.strip()


class Shell:
    """Variables last from block to block, and so does the directory where a block says `cd moat`;
    a refused block, and what it changes, does not."""

    def __init__(self, directory, environment):
        self.directory, self.state = directory, directory / "state.sh"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "LC_ALL": "C.UTF-8",
                            **environment}
        self.state.write_text(f"cd '{directory}'\n")

    def run(self, commands):
        """Exit code, and both outputs as they came."""
        output = self.directory / "output"  # no pipe: what a block leaves running would hold it open
        with open(output, "w") as out:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c",
                 f". '{self.state}'\n{commands}\n{{ export -p; echo cd \"'${{root:-$PWD}}'\"; }} > '{self.state}'"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                timeout=6 * PATIENCE, check=False)
        return done.returncode, output.read_text()
