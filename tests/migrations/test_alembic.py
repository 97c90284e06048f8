"""Alembic over SQLAlchemy and psycopg2.  All that an upgrade does is one transaction."""
import pathlib

import pytest

from database_state import alike, rows_of
from project import Project, level

HERE = pathlib.Path(__file__).resolve().parent
ROWS = """
  INSERT INTO authors (name, born) SELECT 'author ' || n, date '1900-01-01' + n FROM generate_series(1, 50) AS n;
  INSERT INTO books (author_id, title, price, genre, pages)
    SELECT id, 'book of ' || name, id * 1.25, 'essay', id FROM authors;
  INSERT INTO shelves (room) VALUES ('north'), ('south');
"""


@pytest.fixture(scope="module")
def alembic():
    return Project(["/usr/bin/python3", "-m", "alembic"], HERE / "python/with_alembic")


@pytest.fixture(scope="module")
def library(alembic, server, new_database):
    """A database at 0003 with rows in it; copies of it are what is in danger."""
    database = new_database("alembic_library")
    alembic.run(server.port, database, "upgrade", "0003").succeeded()
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
    return database


def version(snapshot, database):
    return rows_of(snapshot(database), "public.alembic_version")


def test_upgrade_is_the_same_as_without_pgmoat(alembic, server, pgmoat, new_database, snapshot):
    direct, through = new_database("alembic"), new_database("alembic")
    for steps in (["upgrade", "0001"], ["upgrade", "0003"], ["current"], ["history"], ["upgrade", "0003"]):
        one = alembic.run(server.port, direct, *steps).succeeded()
        other = alembic.run(pgmoat.port, through, *steps).succeeded()
        assert level(one.text, direct) == level(other.text, through)
        assert alike(snapshot(direct)) == alike(snapshot(through))
    assert version(snapshot, through) == [{"version_num": "0003"}]


@pytest.mark.parametrize("command, rules", [
    ("downgrade -1", ["deploy.drop"]),
    ("downgrade 0001", ["deploy.drop"]),
    ("downgrade base", ["deploy.drop"]),
    ("stamp base", ["deploy.ledger"]),
    ("stamp --purge 0001", ["deploy.ledger", "deploy.delete-without-where"]),
    ("upgrade 0004", ["deploy.alter-destructive"]),  # a new table in the same transaction, too
])
def test_what_destroys_is_refused(command, rules, alembic, library, pgmoat, new_database, unchanged, snapshot):
    database = new_database("alembic", library)
    with unchanged(database):
        alembic.run(pgmoat.port, database, *command.split()).refused(*rules)
    # A revision that destroys nothing comes after, on the same database.
    alembic.run(pgmoat.port, database, "upgrade", "0003").succeeded()
    assert version(snapshot, database) == [{"version_num": "0003"}]


def test_upgrade_after_a_refused_one_works(alembic, server, pgmoat, new_database, snapshot, unchanged):
    database, direct = new_database("alembic"), new_database("alembic")
    alembic.run(pgmoat.port, database, "upgrade", "0002").succeeded()
    with unchanged(database):  # 0003 is in the transaction, and goes with it
        alembic.run(pgmoat.port, database, "upgrade", "0004").refused("deploy.alter-destructive")
    alembic.run(pgmoat.port, database, "upgrade", "0003").succeeded()
    for step in ("0002", "0003"):
        alembic.run(server.port, direct, "upgrade", step).succeeded()
    assert alike(snapshot(database)) == alike(snapshot(direct))


def test_sql_that_alembic_writes_is_a_migration_as_well(alembic, server, pgmoat, new_database, snapshot):
    """`alembic upgrade --sql`, for those whose deploy is psql."""
    script = alembic.run(server.port, "postgres", "upgrade", "0003", "--sql").text
    sql = "\n".join(line for line in script.splitlines() if not line.startswith("INFO"))
    direct, through = new_database("alembic"), new_database("alembic")
    assert "CREATE TABLE books" in sql
    server.psql("-c", sql, dbname=direct)
    out, errors = pgmoat.psql("migrator", sql, dbname=through)
    assert "ERROR" not in errors, errors
    assert alike(snapshot(direct)) == alike(snapshot(through))


def test_what_is_outside_of_the_transaction_wants_the_tool_named(alembic, library, server, pgmoat, moat, new_database,
                                                                 unchanged, snapshot):
    database, direct = new_database("alembic", library), new_database("alembic", library)
    with unchanged(database):
        alembic.run(pgmoat.port, database, "upgrade", "prices").refused("deploy.no-migration")
    named = moat({"tools": ["alembic"]})
    alembic.run(server.port, direct, "upgrade", "prices").succeeded()
    alembic.run(named.port, database, "upgrade", "prices").succeeded()
    assert alike(snapshot(direct)) == alike(snapshot(database))
    assert ("index", "public.books_by_price") in snapshot(database)
    other = new_database("alembic", library)
    with unchanged(other):  # which opens no other way out
        alembic.run(named.port, other, "downgrade", "0001").refused("deploy.drop")
        alembic.run(named.port, other, "upgrade", "0004").refused("deploy.alter-destructive")
