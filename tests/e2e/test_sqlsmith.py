"""sqlsmith sends a readonly superuser's random SELECTs through pgmoat for a while: nothing ends,
nothing hangs, and the database is what it was.

PGMOAT_SQLSMITH_SECONDS (20) and PGMOAT_SQLSMITH_SEED (1) change how long and what.
"""
import os
import re
import shutil
import subprocess

from arena import DATABASE
from servers import PATIENCE, until

SECONDS = int(os.environ.get("PGMOAT_SQLSMITH_SECONDS", "20"))
SEED = os.environ.get("PGMOAT_SQLSMITH_SEED", "1")
FEW = 50  # statements in this time are few enough to say that something is wrong


def test_sqlsmith_changes_nothing(pgmoat, arena, workspace):
    arena.renew()
    assert shutil.which("sqlsmith"), "no sqlsmith: deploy/install-dependencies.sh --tests"
    target = f"host=127.0.0.1 port={pgmoat.port} user=dev_super dbname={DATABASE} sslmode=disable " \
             "options='-c statement_timeout=1000'"
    output = workspace / "sqlsmith.out"
    with open(output, "w") as out:
        smith = subprocess.Popen(["sqlsmith", "--verbose", f"--seed={SEED}", f"--target={target}"],
                                 stdout=out, stderr=subprocess.STDOUT)
    try:
        smith.wait(SECONDS)
        ended = True
    except subprocess.TimeoutExpired:
        ended = False
        smith.terminate()
    finally:
        try:
            smith.wait(PATIENCE)
        finally:
            smith.kill()
    said = output.read_text(errors="replace")
    assert not ended, f"sqlsmith ended by itself: {said[-2000:]}"
    assert pgmoat.alive()
    sent = sum(1 for r in pgmoat.audit(role="readonly", event="statement") if r["database"] == DATABASE)
    assert sent > FEW, f"only {sent} statements in {SECONDS} s: {said[-2000:]}"
    with arena.postgres.connect() as direct:
        # A statement is stopped by its timeout, or by its client's end: no session stays.
        until(lambda: not direct.execute("SELECT 1 FROM pg_stat_activity WHERE usename = 'dev_super'").fetchall(),
              "the end of sqlsmith's sessions")
    assert not arena.changes()
    print(f"sqlsmith: {sent} statements in {SECONDS} s, seed {SEED};",
          *re.findall(r"queries: .*", said)[-1:])
