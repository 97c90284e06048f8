"""What `pgmoat audit` says to an auditor: keygen, verify, query, tail and schema, as the README has them."""
import csv
import io
import json
import os
import pathlib
import re
import shlex
import subprocess
import threading

import pytest

from audit_ground import audit_verb, drained, lines_of, lines_of_rotated, rotated, with_trail
from servers import BINARY, REPOSITORY, until
from wire import Refused, query

README = re.search(r"^## Audit$(.*?)^## ", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
COMMANDS = [line.split("#")[0].strip() for line in README.splitlines() if line.startswith("pgmoat audit ")]


def a_day(moat):
    """A refused login, reads, writes and refusals, and all of it is in the files."""
    with moat.wire("dev_ro") as reader, moat.wire("shop_app") as app:
        for statement in ("SELECT 1 FROM orders, customers LIMIT 1", "DROP TABLE orders", "DELETE FROM products"):
            reader.ask(query(statement))
        for statement in ("UPDATE products SET stock = stock WHERE id <= 7", "TABLE customers", "SELECT 1/0"):
            app.ask(query(statement))
    with pytest.raises(Refused):
        moat.wire("nobody_knows")
    until(lambda: moat.metrics_sum("pgmoat_sessions") == 0, "all sessions have ended")
    drained(moat)


def signed(start_pgmoat, tmp_path, trail=None):
    """A pgmoat with a key of `keygen`, and the public one."""
    key = tmp_path / "audit.key"
    made = audit_verb("keygen", "--out", key)
    assert made.returncode == 0, made.stderr
    moat = with_trail(start_pgmoat, {"signing_key": str(key), **(trail or {})})
    return moat, f"{key}.pub"


def told(*arguments, code=0) -> str:
    done = audit_verb(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


class Follower:
    """A `pgmoat audit tail -f` that runs; its lines as they come."""

    def __init__(self, *arguments, cwd=None):
        self.lines = []
        self.process = subprocess.Popen([BINARY, *map(str, arguments)], cwd=cwd, stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.thread.join()
        self.process.wait()
        self.process.stdout.close()

    def shows(self, text):
        return until(lambda: [line for line in list(self.lines) if text in line], f"{text} is shown")


# --- as the README has them ---------------------------------------------------------

def test_the_readme_has_each_verb():
    assert {shlex.split(command)[2] for command in COMMANDS} == {"tail", "query", "keygen", "verify", "schema"}


def test_commands_of_the_readme_work_as_they_stand(start_pgmoat):
    moat = with_trail(start_pgmoat, {"signing_key": "audit.key"}, start=False)
    commands = {shlex.split(command)[2]: shlex.split(command)[1:] for command in COMMANDS}

    def run(verb):
        # A shell would put in what fits the pattern.
        words = [sorted(map(os.path.basename, moat.directory.glob(word))) if word.endswith("jsonl*") else [word]
                 for word in commands[verb]]
        done = subprocess.run([BINARY, *sum(words, [])], cwd=moat.directory, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done
        return done.stdout
    assert "audit.key.pub" in run("keygen")
    moat.start()
    a_day(moat)
    assert "the chain is whole" in run("verify") and run("query").startswith("LOGIN")
    assert json.loads(run("schema"))["properties"].keys() >= {"id", "seq", "hash"}
    with Follower(*commands["tail"], cwd=moat.directory) as follower:
        follower.shows("DROP TABLE orders")
        with moat.wire("dev_ro") as wire:
            wire.ask(query("DELETE FROM customers"))
        follower.shows("DELETE FROM customers")


# --- keygen, verify -----------------------------------------------------------------

def test_a_key_is_for_its_owner_and_never_written_over(tmp_path):
    key = tmp_path / "audit.key"
    told("keygen", "--out", key)
    before = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600 and b"PUBLIC" in pathlib.Path(f"{key}.pub").read_bytes()
    told("keygen", "--out", key, code=2)
    assert key.read_bytes() == before


def test_verify_says_what_is_proved(start_pgmoat, tmp_path):
    moat, public = signed(start_pgmoat, tmp_path)
    a_day(moat)
    assert "not covered by a signature" in told("verify", "--public-key", public, moat.audit_file)
    moat.stop()
    assert "every line is covered" in told("verify", "--from-start", "--public-key", public, moat.audit_file)
    told("keygen", "--out", tmp_path / "other.key")
    assert "no checkpoint is signed by a key that was given" in told(
        "verify", "--public-key", tmp_path / "other.key.pub", moat.audit_file, code=1)
    told("verify", tmp_path / "none.jsonl", code=2)


@pytest.mark.parametrize("word", ["changed", "removed", "inserted", "reordered"])
def test_verify_names_the_first_line_that_is_wrong(word, start_pgmoat, tmp_path):
    moat, public = signed(start_pgmoat, tmp_path)
    a_day(moat)
    moat.stop()
    lines = lines_of(moat.audit_file)
    at = next(i for i, line in enumerate(lines) if b"DROP TABLE orders" in line)
    wrong = {"changed": [lines[at].replace(b"DROP TABLE orders", b"DROP TABLE ORDERS")], "removed": [],
             "inserted": [lines[at], lines[at + 3]], "reordered": [lines[at + 1], lines[at]]}[word]
    rest = lines[at + 2 if word == "reordered" else at + 1:]
    forged = tmp_path / "forged.jsonl"
    forged.write_bytes(b"".join([*lines[:at], *wrong, *rest]))
    first = told("verify", "--public-key", public, forged, code=1).splitlines()[0]
    number = at + 1 + (word == "inserted")
    assert first.startswith(f"{forged}:{number}: ") and word in first, first


# --- query --------------------------------------------------------------------------

def counted(*arguments) -> dict:
    rows = list(csv.reader(io.StringIO(told("query", "--format", "csv", *arguments))))
    return {tuple(row[:-1]): int(row[-1]) for row in rows[1:]}


def test_query_finds_and_counts(start_pgmoat):
    moat = with_trail(start_pgmoat)
    a_day(moat)
    file = moat.audit_file
    statements = [json.loads(line)["statement"] for line in
                  told("query", "--format", "json", "--denied", "--event", "statement", file).splitlines()]
    assert statements == ["DROP TABLE orders", "DELETE FROM products"]
    assert counted("--relation", "orders", "--count-by", "login", file) == {("dev_ro",): 2}
    assert counted("--relation", "cust*", "--count-by", "login", file) == {("dev_ro",): 1, ("shop_app",): 1}
    assert counted("--event", "statement", "--count-by", "login,outcome", file) == {
        ("dev_ro", "ok"): 1, ("dev_ro", "denied"): 2, ("shop_app", "ok"): 2, ("shop_app", "error"): 1}
    assert counted("--login", "nobody_*", "--count-by", "event,decision", file) == {("login", "deny"): 1}
    assert counted("--since", "1h", "--kind", "write", "--count-by", "kinds", file) == {
        ("update",): 1, ("delete",): 1}
    assert counted("--until", "2026-01-01", "--count-by", "login", file) == {}
    assert told("query", "--sum", "rows_affected", "--kind", "update", "--format", "json", file) == \
        '{"count":1,"rows_affected":7}\n'
    for option in ("--count-by", "--sum"):
        refused = audit_verb("query", option, "login,statment", file)
        assert refused.returncode == 2 and "'statment' is no field of a record" in refused.stderr, refused
    refusal = moat.audited(statement="DROP TABLE orders")
    assert told("query", "--id", refusal["id"], "--format", "json", file) == \
        next(line for line in lines_of(file) if refusal["id"].encode() in line).decode()


def test_query_and_verify_over_rotated_and_compressed_files(start_pgmoat, tmp_path):
    file = tmp_path / "trail.jsonl"
    moat, public = signed(start_pgmoat, tmp_path, {"file": None, "journal_dir": str(tmp_path / "journal"), "sinks": [
        {"name": "trail", "file": {"path": str(file), "rotate_size": "4KiB", "compression": "gzip"}}]})
    for _ in range(4):
        a_day(moat)
    moat.stop()
    until(lambda: len(rotated(file)) > 2, "files are rotated")
    everything = lines_of_rotated(file)
    drops = sum(b'"DROP TABLE orders"' in line for line in everything)
    assert drops == 4 and counted("--rotated", "--kind", "drop", "--count-by", "login", file) == {("dev_ro",): drops}
    assert f"{len(everything)} lines" in told("verify", "--rotated", "--public-key", public, file)


@pytest.mark.parametrize("verb", ["query", "verify"])
def test_what_is_rotated_while_it_reads_is_not_missed(verb, start_pgmoat, tmp_path):
    """The oldest file is a pipe here, so that the reader is in the middle of it."""
    moat = with_trail(start_pgmoat)
    a_day(moat)
    moat.stop()
    lines = lines_of(moat.audit_file)
    live, oldest = tmp_path / "a.jsonl", tmp_path / "a.jsonl.20260101T000000Z"
    live.write_bytes(b"".join(lines[5:]))
    os.mkfifo(oldest)
    arguments = {"query": ["--format", "json"], "verify": []}[verb]
    with subprocess.Popen([BINARY, "audit", verb, "--rotated", *arguments, live], stdout=subprocess.PIPE) as reader:
        with open(oldest, "wb") as pipe:  # waits until it is opened to be read
            live.rename(tmp_path / "a.jsonl.20260102T000000Z")
            live.write_bytes(b"")
            pipe.write(b"".join(lines[:5]))
        output = reader.communicate()[0]
    assert reader.returncode == 0
    if verb == "query":
        assert output == b"".join(lines)
    else:
        assert output.startswith(b"%d lines in 2 files" % len(lines)), output


# --- tail, schema -------------------------------------------------------------------

def test_tail_shows_the_last_ones(start_pgmoat):
    moat = with_trail(start_pgmoat)
    a_day(moat)
    lines = lines_of(moat.audit_file)
    for source in ([moat.audit_file], ["--config", moat.file], ["--journal-dir", f"{moat.audit_file}.journal"]):
        assert told("tail", "-n", 3, "--format", "json", *source).encode() == b"".join(lines[-3:])
    table = told("tail", "--denied", "--login", "dev_*", "--relation", "orders", "--since", "1h", moat.audit_file)
    assert len(table.splitlines()) == 2 and "[25006 readonly.ddl] DROP TABLE orders" in table


@pytest.mark.parametrize("source", ["file", "config"])
def test_tail_follows_over_a_rotation(source, start_pgmoat):
    moat = with_trail(start_pgmoat)
    what = [moat.audit_file] if source == "file" else ["--config", moat.file]
    with Follower("audit", "tail", "-f", "--login", "dev_ro", *what) as follower, moat.wire("dev_ro") as wire:
        wire.ask(query("SELECT 'before'"))
        follower.shows("SELECT 'before'")
        os.rename(moat.audit_file, f"{moat.audit_file}.1")
        wire.ask(query("SELECT 'between'"))
        moat.reload(moat.tree)
        wire.ask(query("SELECT 'after'"))
        follower.shows("SELECT 'after'")
    shown = [re.search(r"SELECT '(\w+)'", line)[1] for line in follower.lines if "SELECT '" in line]
    assert shown == ["before", "between", "after"]


def test_lines_are_as_the_schema_says(start_pgmoat):
    schema = json.loads(told("schema"))
    moat = with_trail(start_pgmoat)
    a_day(moat)
    moat.reload(moat.tree)
    moat.stop()
    records = [json.loads(line) for line in lines_of(moat.audit_file)]
    assert {r["event"] for r in records} == {"start", "checkpoint", "login", "statement", "disconnect", "reload",
                                             "stop"}
    for record in records:
        assert set(schema["required"]) <= record.keys() <= schema["properties"].keys(), record
