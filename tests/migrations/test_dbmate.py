"""dbmate, whose program npm has.  A file is one Query in a transaction, its record behind it; with
transaction:false neither is in one: the config names the tool, or the file is approved."""
import pathlib
import platform
import re
import shutil

import pytest

from conftest import start_moat
from database_state import alike, differences, rows_of
from javascript import INSTALLED
from pgmoat_migrations import approved
from project import Project

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = INSTALLED / "node_modules/@dbmate/linux-x64/bin/dbmate"
ROWS = """
  INSERT INTO authors SELECT n, 'author ' || n, date '1900-01-01' + n FROM generate_series(2, 50) AS n;
  INSERT INTO books SELECT id, id, 'book of ' || name, 'essay', id FROM authors"""
SCHEMA = "CREATE TABLE public.tags (id integer);\n"


class Dbmate:
    def __init__(self, folder):
        self.folder = folder
        (folder / "db/migrations").mkdir(parents=True)
        (folder / "db/schema.sql").write_text(SCHEMA)

    def has(self, *numbers):
        """Those of the four migrations are in its folder, and no other."""
        for file in (self.folder / "db/migrations").iterdir():
            file.unlink()
        for file in (HERE / "dbmate").iterdir():
            if int(file.name[7]) in numbers:
                shutil.copy(file, self.folder / "db/migrations")
        return self

    def run(self, port, database, *arguments):
        project = Project([PROGRAM, "--no-dump-schema"], self.folder)
        return project.run(port, database, *arguments,
                           DATABASE_URL=f"postgres://migrator@127.0.0.1:{port}/{database}?sslmode=disable")


@pytest.fixture(scope="module")
def program(javascript):
    if platform.machine() != "x86_64":
        pytest.skip("npm's package is for x86_64")
    assert PROGRAM.exists()


@pytest.fixture
def dbmate(program, tmp_path):
    return Dbmate(tmp_path)


@pytest.fixture(scope="module")
def named(workspace, server):
    moat = start_moat(workspace / "moat-dbmate-named", server, {"tools": ["dbmate"]})
    yield moat
    moat.stop()


@pytest.fixture(scope="module")
def library(program, workspace, server, new_database):
    """Two migrations, and rows; copies of it are what is in danger."""
    database = new_database("dbmate_library")
    Dbmate(workspace / "dbmate-library").has(1, 2).run(server.port, database, "up").succeeded()
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
    return database


def said(outcome):
    return re.sub(r"in [\d.]+[µm]?s", "", outcome.text)


def test_migrations_are_the_same_as_without_pgmoat(dbmate, server, pgmoat, named, new_database, snapshot):
    """What is in transactions goes through as the config says nothing."""
    direct, through = new_database("dbmate"), new_database("dbmate")
    for moat, numbers in ((pgmoat, (1,)), (pgmoat, (1, 2)), (named, (1, 2, 3))):
        one = dbmate.has(*numbers).run(server.port, direct, "up").succeeded()
        other = dbmate.run(moat.port, through, "up").succeeded()
        assert said(one) == said(other)
        assert alike(snapshot(direct)) == alike(snapshot(through))
    assert len(rows_of(snapshot(through), "public.schema_migrations")) == 3
    assert "Pending: 0" in dbmate.run(pgmoat.port, through, "status").succeeded().text


@pytest.mark.parametrize("command, rule, is_named", [
    ("rollback", "deploy.alter-destructive", False), ("rollback", "deploy.alter-destructive", True),
    ("up", "deploy.alter-destructive", False), ("up", "deploy.alter-destructive", True),
    ("drop", "deploy.administration", True),
    ("load", "deploy.no-migration", False),  # where the tool is named, new tables may come without a record
])
def test_what_destroys_is_refused(command, rule, is_named, dbmate, library, pgmoat, named, new_database, unchanged):
    database, moat = new_database("dbmate", library), named if is_named else pgmoat
    dbmate.has(*((1, 2, 4) if command == "up" else (1, 2)))
    with unchanged(database):
        outcome = dbmate.run(moat.port, database, command)
        assert outcome.status != 0, outcome.text
        assert moat.audited(database="postgres" if command == "drop" else database, decision="deny")["rule"] == rule
    dbmate.has(1, 2, 3).run(named.port, database, "up").succeeded()


def test_what_is_approved_runs_and_nothing_else(dbmate, library, server, moat, new_database, unchanged, snapshot):
    """Outside of a transaction, and what destroys, too."""
    database, direct = new_database("dbmate", library), new_database("dbmate", library)
    project = dbmate.has(1, 2, 3, 4).folder / "project"
    shutil.copytree(dbmate.folder / "db", project / "db")
    strict = moat({**approved(dbmate.folder, "dbmate"), "tools": ["dbmate"]})
    file = dbmate.folder / "db/migrations/20240103_index.sql"
    text = file.read_text()
    file.write_text(text.replace("(title)", "(title, pages)"))
    with unchanged(database):
        assert dbmate.run(strict.port, database, "up").status != 0
    file.write_text(text)
    for port, name in ((server.port, direct), (strict.port, database)):
        dbmate.run(port, name, "up").succeeded()
    assert not differences(alike(snapshot(direct)), alike(snapshot(database)))
    with unchanged(database):
        assert dbmate.run(strict.port, database, "rollback").status != 0
