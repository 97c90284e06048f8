"""Django's migrate over psycopg2.  Each migration is a transaction, but the ledger is written after
it wherever foreign keys or indexes were put off to its end, and where atomic = False: the config
names the tool."""
import pathlib

import pytest

from conftest import start_moat
from database_state import alike, differences, rows_of
from project import Project, level

HERE = pathlib.Path(__file__).resolve().parent
ROWS = """
  INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active, date_joined)
    SELECT 'reader ' || n, '', false, '', '', '', false, true, '2024-05-06' FROM generate_series(1, 20) AS n;
  INSERT INTO library_author (name, born) SELECT 'author ' || n, date '1900-01-01' + n FROM generate_series(1, 50) AS n;
  INSERT INTO library_book (author_id, title, price, genre, pages, keywords)
    SELECT id, 'book of ' || name, id * 1.25, 'essay', id, 'some' FROM library_author;
  INSERT INTO library_book_readers (book_id, user_id) SELECT b.id, u.id FROM library_book b, auth_user u;
"""


@pytest.fixture(scope="module")
def django():
    return Project(["/usr/bin/python3", "manage.py"], HERE / "python/with_django")


@pytest.fixture(scope="module")
def pgmoat(workspace, server):
    moat = start_moat(workspace / "django", server, {"tools": ["django"]})
    yield moat
    moat.stop()


@pytest.fixture(scope="module")
def library(django, server, new_database):
    """At 0003, with rows; copies of it are what is in danger."""
    database = new_database("django_library")
    django.run(server.port, database, "migrate", "library", "0003").succeeded()
    for app in ("auth", "sessions"):
        django.run(server.port, database, "migrate", app).succeeded()
    with server.connect(dbname=database) as connection:
        connection.execute(ROWS)
    return database


def applied(state):
    return sorted((row["app"], row["name"]) for row in rows_of(state, "public.django_migrations"))


def test_migrate_is_the_same_as_without_pgmoat(django, server, pgmoat, new_database, snapshot):
    """From an empty database: contenttypes drops a column of its empty table, auth widens varchars,
    and rows of both are written after the last migration, outside of any."""
    direct, through = new_database("django"), new_database("django")
    for command in ("migrate library 0002", "migrate auth", "migrate library 0004", "migrate sessions", "showmigrations", "check"):
        one = django.run(server.port, direct, *command.split()).succeeded()
        other = django.run(pgmoat.port, through, *command.split()).succeeded()
        assert level(one.text, direct) == level(other.text, through)
        assert alike(snapshot(direct)) == alike(snapshot(through)), command
    state = snapshot(through)
    assert {("library", "0004_genre_index"), ("auth", "0001_initial"), ("sessions", "0001_initial")} <= set(applied(state))
    assert ("index", "public.book_genre") in state  # made outside of a transaction
    assert len(rows_of(state, "public.auth_permission")) == 4 * len(rows_of(state, "public.django_content_type")) > 0


@pytest.mark.parametrize("command, rules", [
    ("migrate library 0001", ["deploy.alter-destructive"]),
    ("migrate auth zero", ["deploy.alter-destructive", "deploy.drop"]),
    ("migrate sessions zero", ["deploy.drop"]),
    ("migrate --fake library 0002", ["deploy.ledger"]),
    ("migrate --fake library zero", ["deploy.ledger"]),
    ("flush --noinput --traceback", ["deploy.truncate"]),
    ("loaddata people.json", ["deploy.no-migration", "deploy.unrecorded-migration"]),
    ("createsuperuser --noinput --username root --email root@example.com", ["deploy.no-migration", "deploy.unrecorded-migration"]),
])
def test_what_destroys_is_refused(command, rules, django, library, pgmoat, new_database, unchanged, snapshot):
    database = new_database("django", library)
    with unchanged(database):
        django.run(pgmoat.port, database, *command.split(), DJANGO_SUPERUSER_PASSWORD="a secret").refused(*rules)
    django.run(pgmoat.port, database, "migrate", "library", "0004").succeeded()
    assert ("library", "0004_genre_index") in applied(snapshot(database))


def test_a_forward_migration_that_destroys_is_refused_whole(django, library, server, pgmoat, new_database, unchanged, snapshot):
    """0005 adds a column and drops another.  0004 goes through, between two that do not."""
    database, direct = new_database("django", library), new_database("django", library)
    with unchanged(database):
        django.run(pgmoat.port, database, "migrate", "library", "zero").refused("deploy.alter-destructive")
    django.run(pgmoat.port, database, "migrate", "library", "0004").succeeded()
    with unchanged(database):
        django.run(pgmoat.port, database, "migrate", "library").refused("deploy.alter-destructive")
    django.run(server.port, direct, "migrate", "library", "0004").succeeded()
    assert alike(snapshot(direct)) == alike(snapshot(database))


def test_backward_of_what_is_outside_of_transactions_leaves_the_rows(django, library, server, pgmoat, new_database, snapshot):
    """Nobody can tell this DROP INDEX from that of a forward migration; the ledger's DELETE is refused."""
    database = new_database("django", library)
    django.run(server.port, database, "migrate", "library", "0004").succeeded()
    before = snapshot(database)
    django.run(pgmoat.port, database, "migrate", "library", "zero").refused("deploy.ledger")
    assert set(differences(before, snapshot(database))) <= {("index", "public.book_genre")}


def test_where_the_tool_is_not_named_pgmoat_says_how(django, default_moat, new_database, snapshot):
    """The first migration with a foreign key is refused; what came before it is there, and recorded."""
    database = new_database("django")
    said = django.run(default_moat.port, database, "migrate", "auth").refused("deploy.unrecorded-migration")
    assert "'migrations: tools: [django]'" in said.text
    assert applied(snapshot(database)) == [("contenttypes", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")]
    assert ("table", "public.auth_user") not in snapshot(database)
