"""The migration tools of Node.js, and the project that each is run in.

A project is a folder of js/ with two migrations: the first makes users and posts, the second adds
a column to posts and fills it.  Under `later/` is a third, which makes tags; under `destroying/`
one that drops a column of users.
"""
import dataclasses
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import time

from servers import REPOSITORY, SANITIZED

HERE = pathlib.Path(__file__).resolve().parent
PROJECTS = HERE / "js"
INSTALLED = REPOSITORY / "build/migrations/js"
SECONDS = 600 if SANITIZED else 300  # for one command of a tool, on a machine that has much else to do


def install():
    done = subprocess.run([PROJECTS / "install.sh"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@dataclasses.dataclass
class Outcome:
    """How a command ended, and what it said (both streams)."""
    status: int
    said: str
    database: str
    directory: str

    def levelled(self) -> tuple:
        """Without what is new at each run: times, durations, ports, the database's name."""
        said = re.sub(r"\b\d+(\.\d+)? ?m?s\b|\d\d:\d\d:\d\d\S*", "…", self.said)
        said = said.replace(self.database, "DATABASE").replace(self.directory, "PROJECT")
        said = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", said)
        said = re.sub(r"\[[⣷⣯⣟⡿⢿⣻⣽⣾]\] [^\[\n]*", "", said)  # a spinner, as often as it turned
        said = re.sub(r"127\.0\.0\.1:\d+", "HOST", said)
        return self.status, sorted(said.splitlines())  # the two streams are one, and mix as they like


class Project:
    """A copy of a tool's folder, to be changed at will."""

    def __init__(self, tool, directory):
        self.tool = tool
        self.directory = pathlib.Path(directory)
        self.folder = PROJECTS / (TOOLS[tool].folder or tool)
        shutil.copytree(self.folder, self.directory, ignore=shutil.ignore_patterns("later", "destroying"))
        self.link_modules(TOOLS[tool].without)

    def link_modules(self, without):
        modules = self.directory / "node_modules"
        if not without:
            modules.symlink_to(INSTALLED / "node_modules")
            return
        modules.mkdir()
        for module in (INSTALLED / "node_modules").iterdir():
            if module.name not in without:
                (modules / module.name).symlink_to(module)

    def add(self, migration="later"):
        shutil.copytree(self.folder / migration, self.directory, dirs_exist_ok=True)

    def environment(self, url, **more) -> dict:
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "NO_COLOR": "1", "CHECKPOINT_DISABLE": "1", "PRISMA_HIDE_UPDATE_MESSAGE": "1",
                # Any file that exists: or `generate` would download an engine that nobody uses.
                "PRISMA_QUERY_ENGINE_LIBRARY": str(self.directory / "node_modules"),
                # Modules are looked for where they are linked, not where they are installed.
                **({"NODE_OPTIONS": "--preserve-symlinks --preserve-symlinks-main"} if TOOLS[self.tool].without else {}),
                "DATABASE_URL": url, **more}

    def run(self, url, *command, terminal=False, **more) -> Outcome:
        """With a terminal the tool thinks that somebody is there (who says nothing)."""
        program, *arguments = command
        if program != "node":
            program = self.directory / "node_modules/.bin" / program
        run = in_terminal if terminal else with_pipe
        status, said = run([str(program), *map(str, arguments)], cwd=self.directory, env=self.environment(url, **more))
        return Outcome(status, said, url.rpartition("/")[2], str(self.directory))


def with_pipe(command, **options):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS, **options)
    except subprocess.TimeoutExpired as e:
        raise AssertionError(f"{command} not within {SECONDS} s: {(e.stdout or b'').decode()[-3000:]}") from None
    return done.returncode, done.stdout.decode(errors="replace")


def in_terminal(command, **options):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, **options)
    os.close(theirs)
    said, deadline = b"", time.monotonic() + SECONDS
    try:
        while select.select([ours], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                read = os.read(ours, 65536)
            except OSError:  # EIO: nobody has the other end any more
                read = b""
            if not read:
                return process.wait(max(1, deadline - time.monotonic())), said.decode(errors="replace").replace("\r\n", "\n")
            said += read
        raise AssertionError(f"{command} not within {SECONDS} s: {said.decode(errors='replace')[-3000:]}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)


@dataclasses.dataclass
class Tool:
    name: str
    up: tuple            # the safe command
    users: str = "users"
    posts: str = "posts"
    user_id: str = "user_id"
    migrations: dict = None  # the environment's block, where the default does not let it work
    folder: str = ""         # of js/, where that is not the name
    without: tuple = ()      # modules that the project does not have

    def fill(self, connection):
        """What the developers would lose."""
        connection.execute(f"""
          INSERT INTO "{self.users}" (email, mood) SELECT 'u' || i || '@example.com', 'merry' FROM generate_series(1, 20) i;
          INSERT INTO "{self.posts}" (title, "{self.user_id}") SELECT chr(65 + i % 26) || ' title', 1 + i % 20
            FROM generate_series(1, 60) i""")


TOOLS = {tool.name: tool for tool in (
    Tool("prisma", ("prisma", "migrate", "deploy"), "User", "Post", "userId"),
    Tool("drizzle", ("drizzle-kit", "migrate", "--config", "drizzle.config.mjs")),
    # With another driver: COMMIT is a prepared statement with a name.
    Tool("drizzle-with-postgres.js", ("node", "node_modules/drizzle-kit/bin.cjs", "migrate", "--config", "drizzle.config.mjs"),
         folder="drizzle", without=("pg",)),
    Tool("knex", ("knex", "migrate:latest", "--knexfile", "knexfile.cjs")),
    Tool("sequelize", ("sequelize-cli", "db:migrate"), migrations={"tools": ["sequelize"]}),
    Tool("typeorm", ("typeorm", "migration:run", "-d", "data-source.cjs")),
    Tool("node-pg-migrate", ("node-pg-migrate", "up")),
    Tool("kysely", ("node", "migrate.mjs", "up")),
)}
