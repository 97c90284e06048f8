"""PostgreSQL's regression suite by pg_regress, against a server that runs already."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

from postgresql_source import LIBRARIES, installed_version, regress_library, source, source_version
from programs import as_postgres
from servers import PG_BIN

PG_REGRESS = LIBRARIES / "pgxs/src/test/regress/pg_regress"
# "test name ... ok 12 ms", "     name ... FAILED 12 ms", "… (test process exited with exit code 2)"
RESULT = re.compile(r"^(?:test)?\s+(\S+)\s+\.\.\. (ok|FAILED|failed \(ignored\))", re.M)


@dataclasses.dataclass
class Run:
    results: dict      # test -> "ok" or "FAILED"
    directory: pathlib.Path
    output: str

    @property
    def failed(self):
        return {name for name, result in self.results.items() if result != "ok"}

    def differences(self) -> str:
        path = self.directory / "regression.diffs"
        return path.read_text(errors="replace") if path.exists() else ""

    def text(self, test) -> bytes:
        return (self.directory / f"results/{test}.out").read_bytes()


def end_refused_copies(sql: str, expected: str) -> str:
    """Adds an end mark behind each COPY FROM stdin that is refused before it takes data.

    From 15.19 on psql reads the data of such a COPY all the same, up to the end mark, which
    tests of before do not have: they would be skipped up to the next one.  psql prints no end
    mark, so the expected output stays.
    """
    printed = set(expected.split("\n"))
    refused = set(re.findall(r"^(copy\b.* from stdin\b.*)\nERROR:", expected, re.M | re.I))
    lines = sql.split("\n")
    ended = []
    for number, line in enumerate(lines):
        ended.append(line)
        following = next((later for later in lines[number + 1:] if later.strip()), "\\.")
        if line in refused and following in printed:  # psql prints statements, and no data
            ended.append("\\.")
    return "\n".join(ended)


def prepare(directory):
    """The suite where user postgres can read and write; both runs use the same, one after the
    other, because its path is in what some tests print."""
    shutil.copytree(source() / "src/test/regress", directory)
    for library in (regress_library(), LIBRARIES / "autoinc.so", LIBRARIES / "refint.so"):
        shutil.copy(library, directory)
    if source_version() != installed_version():
        for test in (directory / "sql").glob("*.sql"):
            expected = directory / f"expected/{test.stem}.out"
            if expected.exists():
                test.write_bytes(end_refused_copies(test.read_bytes().decode("latin1"),
                                                    expected.read_bytes().decode("latin1")).encode("latin1"))
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "postgres:postgres", directory], check=True)


def run(suite, port, schedule, seconds) -> Run:
    """Makes database `regression` anew by way of `port`, and runs the schedule in it."""
    done = subprocess.run(
        as_postgres(PG_REGRESS, f"--inputdir={suite}", f"--outputdir={suite}", f"--dlpath={suite}",
                    f"--bindir={PG_BIN}", "--host=127.0.0.1", f"--port={port}", "--user=postgres",
                    "--dbname=regression", "--no-locale", "--encoding=UTF8", "--max-connections=8",
                    f"--schedule={schedule}"),
        cwd=suite, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", timeout=seconds, env={"PATH": os.environ["PATH"], "PGSSLMODE": "disable", "LC_ALL": "C"})
    kept = suite.parent / f"{suite.name}-{port}"
    kept.mkdir()
    for name in ("results", "regression.diffs"):
        if (suite / name).exists():
            shutil.move(suite / name, kept / name)
    return Run(dict(RESULT.findall(done.stdout)), kept, done.stdout)
