"""pgbench with a fixed seed leaves the same rows behind through pgmoat as on a direct
connection, in every query mode and in pipelines."""
import itertools

import pytest

import programs

SCRIPTS = {
    "builtin tpcb-like": None,
    "values, branches, several statements in one text": r"""
\set aid random(1, 1000)
\set delta random(-500, 500)
SELECT abalance AS before FROM pgbench_accounts WHERE aid = :aid \gset
\if :before > 0
UPDATE pgbench_accounts SET abalance = abalance - 1 WHERE aid = :aid;
\else
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
\endif
SELECT sum(abalance) AS s FROM pgbench_accounts WHERE aid < 100 \; SELECT :before + 1 AS b \aset
INSERT INTO pgbench_history (tid, bid, aid, delta) VALUES (1, 1, :aid, :s);
""",
    "pipeline": r"""
\set aid random(1, 1000)
\startpipeline
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :aid WHERE aid = :aid;
INSERT INTO pgbench_history (tid, bid, aid, delta) VALUES (2, 1, :aid, 7);
SELECT count(*) FROM pgbench_history;
END;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
\endpipeline
""",
}
# Several statements in one text are of the simple protocol only, pipelines of the other.
RUNS = [(script, mode) for script, mode in itertools.product(SCRIPTS, ("simple", "extended", "prepared"))
        if (mode == "simple") != (script == "pipeline") or script.startswith("builtin")]

STATE = """
SELECT count(*), sum(hashtext(aid || ':' || bid || ':' || abalance)::bigint) FROM pgbench_accounts;
SELECT * FROM pgbench_branches ORDER BY 1; SELECT * FROM pgbench_tellers ORDER BY 1;
SELECT tid, bid, aid, delta FROM pgbench_history ORDER BY 1, 2, 3, 4;
"""


@pytest.fixture(scope="module")
def scripts(workspace):
    directory = workspace / "pgbench"
    directory.mkdir()
    for number, text in enumerate(SCRIPTS.values()):
        (directory / str(number)).write_text(text or "")
    return {name: [] if text is None else ["-f", directory / str(number)]
            for number, (name, text) in enumerate(SCRIPTS.items())}


def make(pair, port, *steps):
    """A database of its own, because the rows that pgbench leaves are to be compared."""
    pair.server.psql("-c", "DROP DATABASE IF EXISTS bench", dbname="postgres")
    pair.server.psql("-c", "CREATE DATABASE bench", dbname="postgres")
    programs.run("pgbench", port, "-i", "-q", "--foreign-keys", *steps, "bench")


@pytest.mark.parametrize("steps", ["dtgvpf", "dtGvpf"], ids=["rows by COPY", "rows made by the server"])
def test_initialisation(steps, pair):
    states = []
    for port in (pair.server.port, pair.pgmoat.port):
        make(pair, port, "-I", steps)
        states.append(programs.psql(pair.server.port, STATE, dbname="bench"))
    assert states[0] == states[1] and b"100000|" in states[0]


@pytest.mark.parametrize("login", ["postgres", "app_super"])
@pytest.mark.parametrize("script, mode", RUNS, ids=[f"{s.split()[0].strip(',')}-{m}" for s, m in RUNS])
def test_transactions(script, mode, login, pair, scripts):
    """One client, so that the rows are determined; as app too, without the VACUUM before."""
    states = []
    for port in (pair.server.port, pair.pgmoat.port):
        make(pair, pair.server.port)
        done = programs.run("pgbench", port, "--random-seed=4", "-M", mode, "-c", "1", "-t", "100",
                            *scripts[script], *([] if login == "postgres" else ["-n"]), "bench", user=login)
        assert b"number of failed transactions: 0" in done.stdout
        states.append(programs.psql(pair.server.port, STATE, dbname="bench"))
    assert states[0] == states[1]
    assert states[0].count(b"\n") > 100  # the history


def test_many_clients(pair, scripts):
    """They wait for each other's rows.  What all of it adds up to is determined."""
    make(pair, pair.server.port)
    common = ["-n", "-c", "16", "-j", "2", "-t", "25"]
    for options in (["-M", "simple", "--connect"], ["-M", "extended"], ["-M", "prepared"]):
        done = programs.run("pgbench", pair.pgmoat.port, *common, *options, "bench", user="app_super")
        assert b"number of transactions actually processed: 400/400" in done.stdout, done.stdout
    sums = programs.psql(pair.server.port, """
        SELECT count(*), sum(delta) = (SELECT sum(abalance) FROM pgbench_accounts),
          sum(delta) = (SELECT sum(tbalance) FROM pgbench_tellers),
          sum(delta) = (SELECT sum(bbalance) FROM pgbench_branches) FROM pgbench_history""", dbname="bench")
    assert sums == b"1200|t|t|t\n"
    programs.run("pgbench", pair.pgmoat.port, *common, "-M", "prepared", *scripts["pipeline"], "bench",
                 user="app_super")
    assert programs.psql(pair.server.port, "SELECT count(*) FROM pgbench_history", dbname="bench") == b"1600\n"
