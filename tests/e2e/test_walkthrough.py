"""deploy/walkthrough: every command of its README runs, in its order, and prints what it says."""
import contextlib
import os
import signal

import pytest

from servers import BINARY, PG_BIN, REPOSITORY, Postgres, free_port
from walkthrough import Shell, normal, read_steps

WALKTHROUGH = REPOSITORY / "deploy/walkthrough"
README = WALKTHROUGH / "README.md"

HBA = """\
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
# Who is connected when the walkthrough begins.
PROGRAMS = ["shop-web", "shop-web", "shop-worker", "DBeaver", "prisma"]


@contextlib.contextmanager
def scene(directory):
    """Two servers, production as the walkthrough finds it, and a shell that knows them."""
    servers = {}
    with contextlib.ExitStack() as ends:
        for name in ("production", "staging"):
            (directory / name).mkdir()
            servers[name] = Postgres(directory / name, hba=HBA)
            ends.callback(servers[name].stop, "immediate")
        servers["production"].psql("-c", "CREATE DATABASE shop", dbname="postgres")
        servers["production"].psql("-f", REPOSITORY / "deploy/quickstart/shop.sql")
        for program in PROGRAMS:
            ends.enter_context(servers["production"].connect(application_name=program))
        at = {name: f"127.0.0.1:{server.port}" for name, server in servers.items()}
        work = directory / "work"
        work.mkdir()
        ends.callback(end_all, work)
        yield Shell(work, {
            "PATH": f"{PG_BIN}:{os.environ['PATH']}",
            "CHECKOUT": str(REPOSITORY), "PGMOAT": str(BINARY.resolve()),
            "PRODUCTION_SERVER": at["production"], "STAGING_SERVER": at["staging"],
            "PRODUCTION": f"127.0.0.1:{free_port()}", "STAGING": f"127.0.0.1:{free_port()}",
            "PRODUCTION_ADMIN": f"127.0.0.1:{free_port()}", "STAGING_ADMIN": f"127.0.0.1:{free_port()}",
            "PRODUCTION_OWNER": f"postgres://postgres@{at['production']}/shop",
            "STAGING_OWNER": f"postgres://postgres@{at['staging']}/shop"})


def end_all(work):
    """A pgmoat that a failed walkthrough left."""
    for file in work.glob("moat/*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)
