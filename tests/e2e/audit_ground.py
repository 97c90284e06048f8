"""What the tests of the audit trail share: pgmoats with a trail of their own, files read and chains
checked without pgmoat's help."""
import gzip
import hashlib
import json
import os
import pathlib
import re
import subprocess

import pytest

from servers import BINARY, PATIENCE, Postgres, until

LARGE = bool(os.environ.get("PGMOAT_TEST_LARGE"))
MIB = 1 << 20
FINAL = {"ok", "error", "skipped", "denied"}  # outcomes that somebody knew
KNOWN_EVENTS = {"login", "statement", "disconnect", "grant", "gap", "start", "reload", "stop", "checkpoint"}


# --- servers and pgmoats -------------------------------------------------------------

@pytest.fixture(scope="module")
def plain_server(workspace, request):
    """A server whose log has each statement once, when it begins, and nothing else."""
    directory = workspace / f"server-of-{request.module.__name__}"
    directory.mkdir()
    server = Postgres(directory, log_min_duration_statement=-1, log_connections="off", shared_buffers="32MB")
    server.psql("-c", "CREATE DATABASE shop", dbname="postgres")
    server.psql("-c", "CREATE ROLE app_super SUPERUSER LOGIN", "-c", "CREATE ROLE dev_super SUPERUSER LOGIN",
                "-c", "CREATE ROLE deploy_super SUPERUSER LOGIN", "-c", "CREATE TABLE marks (mark text)")
    yield server
    server.stop("immediate")


def with_trail(start_pgmoat, trail=None, start=True, **options):
    """A pgmoat whose `audit:` has these keys besides `file`; None takes a key away."""
    moat = start_pgmoat(start=False, **options)
    merged = {**moat.tree["audit"], **(trail or {})}
    moat.tree["audit"] = {key: value for key, value in merged.items() if value is not None}
    moat.write_config(moat.tree)
    if start:
        moat.start()
    return moat


def journal_dir(moat) -> pathlib.Path:
    return pathlib.Path(moat.tree["audit"].get("journal_dir", f"{moat.audit_file}.journal"))


def kill(moat):
    """kill -9, and its end."""
    moat.process.kill()
    moat.process.wait()


def no_backends(server, login="app_super"):
    """Until the server has read all that a killed pgmoat had sent, and its log is whole."""
    with server.connect() as direct:
        until(lambda: direct.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s",
                                     [login]).fetchone() == (0,), "the server's sessions have ended")


def drained(moat):
    """Until all that was told to the trail is where it goes."""
    until(lambda: moat.metrics_sum("pgmoat_audit_journal_lag_bytes") == 0 and
          moat.metrics_sum("pgmoat_audit_sink_lag_lines") == 0, "no lag is left", PATIENCE * 3)


def audit_verb(*arguments, seconds=PATIENCE * 3):
    """Runs `pgmoat audit …`."""
    return subprocess.run([BINARY, "audit", *map(str, arguments)], capture_output=True, text=True, timeout=seconds)


# --- lines ---------------------------------------------------------------------------

def lines_of(*files) -> list:
    """Whole lines as bytes, of files that may be compressed."""
    lines = []
    for file in map(pathlib.Path, files):
        if file.suffix == ".gz":
            data = gzip.decompress(file.read_bytes())
        elif file.suffix == ".zst":
            data = subprocess.run(["zstd", "-dcq", file], check=True, capture_output=True).stdout
        else:
            data = file.read_bytes() if file.exists() else b""
        lines += [line for line in data.splitlines(keepends=True) if line.endswith(b"\n")]
    return lines


def records_of(*files) -> list:
    return [json.loads(line) for line in lines_of(*files)]


def rotated(file) -> list:
    """A file sink's files, the oldest first.  One that is just compressed may be there twice."""
    file = pathlib.Path(file)
    others = sorted(f for f in file.parent.glob(f"{file.name}.2*Z*") if f.suffix != ".tmp")
    return [*(f for f in others if f"{f}.zst" not in map(str, others) and f"{f}.gz" not in map(str, others)), file]


def lines_of_rotated(file) -> list:
    """Of all its files, also while they are rotated and compressed."""
    while True:
        before = rotated(file)
        try:
            lines = lines_of(*before)
        except (FileNotFoundError, subprocess.CalledProcessError):
            continue  # its compressed form took its place
        if rotated(file) == before:
            return lines


def check_chain(lines, previous=bytes(32)) -> dict:
    """The chain, computed here.  A line may come again as it was.  Returns {seq: line}."""
    seen, last = {}, 0
    for line in lines:
        record = json.loads(line)
        assert record["v"] == 2 and record["event"] in KNOWN_EVENTS, record
        if record["seq"] in seen:
            assert seen[record["seq"]] == line, f"two lines with seq {record['seq']}"
            continue
        assert not seen or record["seq"] == last + 1, f"behind {last} comes {record['seq']}"
        last = record["seq"]
        if not seen and record["event"] == "checkpoint":
            previous = bytes.fromhex(record["prev"])
        if "prev" in record:
            assert record["prev"] == previous.hex(), record
        content = line[:line.rindex(b',"hash":"')]
        previous = hashlib.sha256(previous + content).digest()
        assert record["hash"] == previous.hex(), record
        seen[record["seq"]] = line
    return seen


def lost_in_gaps(records) -> int:
    """Each gap counts once, however often its line came."""
    return sum({r["id"]: r["lost_records"] for r in records if r["event"] == "gap"}.values())


def everything_under(*paths) -> bytes:
    """All bytes of all files there, sparse or binary."""
    found = []
    for path in map(pathlib.Path, paths):
        files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
        found += [file.read_bytes() for file in files]
    return b"\n".join(found)


# --- marks ---------------------------------------------------------------------------

MARK = re.compile(r"mark_\d+_")


class Marks:
    """Words that are unique in a test, for statements to be known by."""

    def __init__(self):
        self.count = 0

    def one(self) -> str:
        self.count += 1
        return f"mark_{self.count}_"


def marks_begun(log: str) -> set:
    """Of the statements that the server's log has as begun: simple ones, and executes with what
    their DETAIL says of parameters."""
    return {mark for entry in log.splitlines()
            if "LOG:  statement: " in entry or "LOG:  execute " in entry or "DETAIL:  parameters: " in entry
            for mark in MARK.findall(entry)}


def marks_of(record) -> list:
    """In its text, or in its parameters where those are recorded."""
    return MARK.findall(record.get("statement", "") + json.dumps(record.get("parameters", "")))


def by_mark(records) -> dict:
    found = {}
    for record in records:
        if record["event"] == "statement":
            for mark in marks_of(record):
                found.setdefault(mark, []).append(record)
    return found
