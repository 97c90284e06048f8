#!/usr/bin/python3
"""Records the golden traces anew: their server's side comes from a real PostgreSQL.

    tests/session/record_traces.py build/release/tests/session/pgmoat_trace FILE…

Each FILE is a trace, or the beginning of one (see trace_tool.cc: `read`); it is written anew,
but for those that say "Made by hand".  PGMOAT_TEST_PG_BINDIR chooses another release.
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from servers import Postgres  # noqa: E402

HBA = """
host shop by_md5       127.0.0.1/32 md5
host shop by_scram     127.0.0.1/32 scram-sha-256
host shop by_password  127.0.0.1/32 password
host all  all          127.0.0.1/32 trust
host replication all   127.0.0.1/32 trust
"""
ROLES = """
CREATE ROLE admin LOGIN SUPERUSER; CREATE ROLE app LOGIN SUPERUSER;
CREATE ROLE deploy LOGIN SUPERUSER; CREATE ROLE readonly LOGIN SUPERUSER;
"""
RESET = """
DROP TABLE IF EXISTS item, late;
CREATE TABLE item (id integer PRIMARY KEY, v text);
CREATE TABLE late (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO late VALUES (1);
"""


def main(tool, *files):
    with tempfile.TemporaryDirectory() as directory:
        postgres = Postgres(directory, hba=HBA)
        try:
            postgres.psql("-c", ROLES, "-c", "CREATE DATABASE shop", dbname="postgres")
            for file in map(pathlib.Path, files):
                if "Made by hand" in file.read_text():
                    recorded = file.read_text()
                else:
                    postgres.psql("-c", RESET)
                    recorded = run(tool, "record", postgres.port, file)
                trace = file.with_suffix(".trace")
                trace.write_text(recorded)
                trace.write_text(run(tool, "replay", trace))
        finally:
            postgres.stop("immediate")


def run(*command):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, timeout=60, text=True)
    if done.returncode != 0:
        sys.exit(f"{command} failed")
    return done.stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
