"""Rails' rake db:* tasks.  Each migration is a transaction with its ledger entry in it, but for those
with disable_ddl_transaction!: the config names the tool."""
import pathlib

import pytest

from conftest import start_moat
from database_state import alike, differences, rows_of
from project import Project, level

HERE = pathlib.Path(__file__).resolve().parent
ROWS = """
  INSERT INTO authors (name, born) SELECT 'author ' || n, date '1900-01-01' + n FROM generate_series(1, 50) AS n;
  INSERT INTO books (author_id, title, price, genre, pages)
    SELECT id, 'book of ' || name, id * 1.25, 'essay', id FROM authors;
"""
# Rails asks for this before it destroys production; a developer who knows it is stopped by nothing else.
SURE = {"DISABLE_DATABASE_ENVIRONMENT_CHECK": "1"}


@pytest.fixture(scope="module")
def rails(workspace):
    own = workspace / "rails"
    own.mkdir()
    return Project(["/usr/bin/rake"], HERE / "rails", {"RAILS_ENV": "production", "RAILS_TMP": str(own)})


@pytest.fixture(scope="module")
def pgmoat(workspace, server):
    moat = start_moat(workspace / "pgmoat-rails", server, {"tools": ["rails"]})
    yield moat
    moat.stop()


def to(version):
    return f"VERSION=2024010100000{version}"


@pytest.fixture(scope="module")
def library(rails, server, new_database):
    """At 2, with rows; copies of it are what is in danger."""
    database = new_database("rails_library")
    rails.run(server.port, database, "db:migrate", to(2)).succeeded()
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
    return database


def test_migrate_is_the_same_as_without_pgmoat(rails, server, pgmoat, new_database, snapshot):
    direct, through = new_database("rails"), new_database("rails")
    for tasks in (["db:migrate", to(2)], ["db:migrate", "db:migrate:status", to(4)]):
        one = rails.run(server.port, direct, *tasks).succeeded()
        other = rails.run(pgmoat.port, through, *tasks).succeeded()
        assert level(one.text, direct) == level(other.text, through)
        assert alike(snapshot(direct)) == alike(snapshot(through)), tasks
    state = snapshot(through)
    assert len(rows_of(state, "public.schema_migrations")) == 4
    assert ("index", "public.index_books_on_genre") in state  # made outside of a transaction


@pytest.mark.parametrize("tasks, rules", [
    ("db:rollback", ["deploy.alter-destructive"]),
    ("db:migrate VERSION=0", ["deploy.alter-destructive"]),
    ("db:schema:load", ["deploy.drop"]),
    ("db:truncate_all", ["deploy.truncate", "deploy.alter-destructive", "deploy.no-migration"]),
    ("db:seed:replant", ["deploy.truncate", "deploy.alter-destructive", "deploy.no-migration"]),
    ("db:drop", ["deploy.administration"]),
])
def test_what_destroys_is_refused(tasks, rules, rails, library, server, pgmoat, new_database, unchanged, snapshot):
    database = new_database("rails", library)
    with unchanged(database):
        rails.run(pgmoat.port, database, *tasks.split(), **SURE).refused(*rules)
        assert asleep(server, database) == 0  # Rails puts foreign keys to sleep before it empties tables
    rails.run(pgmoat.port, database, "db:migrate", to(4)).succeeded()
    assert len(rows_of(snapshot(database), "public.schema_migrations")) == 4


def asleep(server, database):
    """Triggers, those of foreign keys among them, that do not fire."""
    with server.connect(dbname=database) as connection:
        return connection.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'").fetchone()[0]


def test_seeds_are_no_migration(rails, library, server, pgmoat, new_database, unchanged):
    database = new_database("rails", library)
    rails.run(server.port, database, "db:migrate").succeeded()
    with unchanged(database):
        rails.run(pgmoat.port, database, "db:seed").refused("deploy.no-migration", "deploy.unrecorded-migration")


def test_a_forward_migration_that_destroys_is_refused_whole(rails, library, server, pgmoat, new_database, snapshot, unchanged):
    """5 adds a column and drops another.  3 and 4 before it are made and recorded."""
    database, direct = new_database("rails", library), new_database("rails", library)
    rails.run(pgmoat.port, database, "db:migrate").refused("deploy.alter-destructive")
    rails.run(server.port, direct, "db:migrate", to(4)).succeeded()
    assert not differences(alike(snapshot(direct)), alike(snapshot(database)))
    with unchanged(database):
        rails.run(pgmoat.port, database, "db:migrate", to(4)).succeeded()
        rails.run(pgmoat.port, database, "db:migrate").refused("deploy.alter-destructive")


def test_rollback_of_what_is_outside_of_transactions_leaves_the_rows(rails, library, server, pgmoat, new_database, snapshot):
    """Nobody can tell this DROP INDEX from that of a forward migration; the ledger's DELETE is refused."""
    database = new_database("rails", library)
    rails.run(server.port, database, "db:migrate", to(3)).succeeded()
    before = snapshot(database)
    rails.run(pgmoat.port, database, "db:rollback").refused("deploy.ledger")
    assert set(differences(before, snapshot(database))) <= {("index", "public.index_books_on_genre")}


def test_where_the_tool_is_not_named_pgmoat_says_how(rails, library, default_moat, new_database, unchanged):
    database = new_database("rails", library)
    with unchanged(database):
        said = rails.run(default_moat.port, database, "db:migrate", to(3)).refused("deploy.no-migration")
    assert "'migrations: tools: [rails]'" in said.text
