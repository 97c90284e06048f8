"""PostgreSQL's client programs, run against a port."""
import os
import re
import subprocess

from servers import PATIENCE, PG_BIN

LONG = PATIENCE * 15  # seconds; a busy machine with a sanitizer is slow


def as_postgres(*command) -> list:
    """Runs as the account of the server when we are root: for what the server reads or writes too."""
    command = [str(part) for part in command]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
    return command


def run(tool, port, *arguments, user="postgres", script=None, expect=0, seconds=LONG) -> subprocess.CompletedProcess:
    """Its output as bytes: it may be a dump, or a COPY.  It must end with code `expect`; None: any."""
    done = subprocess.run(as_postgres(PG_BIN / tool, "-h", "127.0.0.1", "-p", port, "-U", user, *arguments),
                          cwd="/", capture_output=True, timeout=seconds, env=environment(),
                          **({"input": script.encode()} if script is not None else {"stdin": subprocess.DEVNULL}))
    assert expect is None or done.returncode == expect, \
        f"{tool} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-3000:]}"
    return done


def run_alone(tool, *arguments) -> subprocess.CompletedProcess:
    """A program that asks no server."""
    done = subprocess.run(as_postgres(PG_BIN / tool, *arguments), cwd="/", capture_output=True, timeout=LONG,
                          env=environment())
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done


def psql(port, script, *arguments, user="postgres", dbname="shop") -> bytes:
    """What psql prints for the script; any error ends it and fails the test."""
    return run("psql", port, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", dbname, *arguments, user=user,
               script=script).stdout


def dump(port, database, *arguments, user="postgres") -> str:
    return sql(run("pg_dump", port, "-d", database, *arguments, user=user).stdout)


def sql(output) -> str:
    """\\restrict is followed by a random word."""
    return re.sub(r"(?m)^\\(un)?restrict .*$", "", output.decode())


def environment() -> dict:
    return {"PATH": os.environ["PATH"], "PGSSLMODE": "disable", "LC_ALL": "C.UTF-8", "PGTZ": "UTC"}
