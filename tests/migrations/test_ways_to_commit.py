"""Every way in which a server makes a change last, without a ledger's record: role deploy has none of them.

Each is first shown to work on the server itself, so that a way that does nothing proves nothing."""
import pytest

from replay import Step, jdbc, q, say
from wire import bind, copy_data, copy_done, execute, flush, function_call, parse, query, sync

NEW = "CREATE TABLE new (id integer)"
PG_BACKEND_PID = 2026  # its OID


def extended(*statements):
    return b"".join(parse("", sql) + bind() + execute() for sql in statements)


def named(*pairs):
    return b"".join(parse(name, sql) for name, sql in pairs)


WAYS = {
    "autocommit": [q(NEW)],
    "one of several": [q(f"SELECT 1; {NEW}; SELECT 2")],
    "COMMIT": [q("BEGIN"), q(NEW), q("COMMIT")],
    "END": [q("BEGIN WORK"), q(NEW), q("END TRANSACTION")],
    "one text": [q(f"BEGIN; {NEW}; COMMIT")],
    "COMMIT without BEGIN": [q(f"{NEW}; COMMIT")],
    "BEGIN behind it": [q(f"{NEW}; BEGIN"), q("COMMIT")],
    "COMMIT AND CHAIN": [q("BEGIN"), q(NEW), q("COMMIT AND CHAIN"), q("ROLLBACK")],
    "two-phase": [q("BEGIN"), q(NEW), q("PREPARE TRANSACTION 'x'"), q("COMMIT PREPARED 'x'")],
    "released savepoint": [q("BEGIN"), q("SAVEPOINT s"), q(NEW), q("RELEASE s"), q("COMMIT")],
    "what a savepoint kept": [q("BEGIN"), q(NEW), q("SAVEPOINT s"), q("SELECT 1"), q("ROLLBACK TO s"), q("COMMIT")],
    "BEGIN again": [q("BEGIN"), q(NEW), q("BEGIN"), q("COMMIT")],
    "Sync": [jdbc(NEW)],
    "Sync behind reads": [jdbc("SELECT 1", NEW, "SELECT 2")],
    "Execute of COMMIT": [jdbc("BEGIN"), jdbc(NEW), jdbc("COMMIT")],
    "Execute of COMMIT in a pipeline": [jdbc("BEGIN", NEW, "COMMIT")],
    "Execute of COMMIT without BEGIN": [jdbc(NEW, "COMMIT")],
    "prepared before": [Step((named(("b", "BEGIN"), ("n", NEW), ("c", "COMMIT")) + sync(),
                              b"".join(bind("", name) + execute() for name in "bnc") + sync()), "")],
    "COMMIT prepared before": [Step((parse("c", "COMMIT") + sync(),), ""), q("BEGIN"), q(NEW),
                               Step((bind("", "c") + execute() + sync(),), "")],
    "a portal that waits": [Step((parse("n", NEW) + sync(), query("BEGIN"), bind("p", "n") + sync(),
                                  execute("p") + sync(), query("COMMIT")), "")],
    "Query behind a pipeline": [Step((extended(NEW) + query("SELECT 1"),), "")],
    "Query behind a flushed pipeline": [Step((extended(NEW) + flush() + query(""),), "")],
    "FunctionCall behind a pipeline": [Step((extended(NEW) + function_call(PG_BACKEND_PID),), "")],
    "EXECUTE": [q("PREPARE i AS INSERT INTO users VALUES (2)"), q("EXECUTE i")],
    "INTO": [q("SELECT 1 AS id INTO new")],
    "EXPLAIN ANALYZE": [q("EXPLAIN ANALYZE INSERT INTO users VALUES (2)")],
    "a CTE": [q("WITH i AS (INSERT INTO users VALUES (2) RETURNING id) SELECT * FROM i")],
    "a function that writes": [q("SELECT add_user()")],
    "a procedure that commits": [q("CALL add_and_commit()")],
    "a sequence": [q("SELECT setval('numbers', 7)")],
    "a large object": [q("SELECT lo_from_bytea(77, 'x')")],
    "a comment": [q("COMMENT ON TABLE users IS 'x'")],
    "a privilege": [q("GRANT ALL ON users TO PUBLIC")],
    "CREATE INDEX CONCURRENTLY": [q("CREATE INDEX CONCURRENTLY ON users (id)")],
    "a transaction behind another": [q("BEGIN; SELECT 1; COMMIT; BEGIN"), q(NEW), q("COMMIT")],
    "COPY": [Step((query("COPY users FROM STDIN") + copy_data(b"2\n") + copy_done(),), "")],
    # What looks like a record, and is none.
    "a temporary ledger": [q("CREATE TEMP TABLE schema_migrations (version text)"), q("BEGIN"), q(NEW),
                           q("INSERT INTO schema_migrations VALUES ('1')"), q("COMMIT")],
    "pg_temp's ledger": [q("BEGIN"), q("CREATE TEMP TABLE schema_migrations (version text)"), q(NEW),
                         q("INSERT INTO pg_temp.schema_migrations VALUES ('1')"), q("COMMIT")],
    "a record of no row": [q("BEGIN"), q(NEW), q("INSERT INTO schema_migrations SELECT '2' WHERE false"), q("COMMIT")],
    "a record that is there": [q("BEGIN"), q(NEW), q("INSERT INTO schema_migrations VALUES ('1') ON CONFLICT DO NOTHING"), q("COMMIT")],
    "a record that is left as it is": [
        q("BEGIN"), q(NEW), q("INSERT INTO schema_migrations (version) VALUES ('1') "
                              "ON CONFLICT (version) DO UPDATE SET version = '9' WHERE false"), q("COMMIT")],
    "a record of another transaction": [q("INSERT INTO schema_migrations VALUES ('2')"), q(NEW)],
    "a record that a savepoint took back": [q("BEGIN"), q("SAVEPOINT s"), q("INSERT INTO schema_migrations VALUES ('2')"),
                                            q("ROLLBACK TO s"), q(NEW), q("COMMIT")],
    "a record before the change": [q("BEGIN"), q("INSERT INTO schema_migrations VALUES ('2')"), q(NEW), q("COMMIT")],
    "a record that a portal keeps back": [
        Step((parse("i", "INSERT INTO schema_migrations VALUES ('2')") + sync(), query(f"BEGIN; {NEW}"), bind("p", "i") + sync(),
              query("COMMIT")), "")],
    "an explained record": [q("BEGIN"), q(NEW), q("EXPLAIN INSERT INTO schema_migrations VALUES ('2')"), q("COMMIT")],
    "a record in a CTE of no row": [
        q("BEGIN"), q(NEW), q("WITH i AS (INSERT INTO schema_migrations SELECT '2' WHERE false RETURNING 1) SELECT * FROM i"), q("COMMIT")],
}


@pytest.fixture(scope="module")
def template(server, new_database):
    """A ledger as Rails has it, and things that write when they are called."""
    database = new_database("ways")
    with server.connect(dbname=database) as connection:
        connection.execute("""
          SET ROLE migrator;
          CREATE TABLE schema_migrations (version text PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1');
          CREATE TABLE users (id integer PRIMARY KEY); INSERT INTO users VALUES (1);
          CREATE SEQUENCE numbers;
          CREATE FUNCTION add_user() RETURNS void LANGUAGE sql VOLATILE AS 'INSERT INTO users VALUES (3)';
          CREATE PROCEDURE add_and_commit() LANGUAGE plpgsql AS 'BEGIN INSERT INTO users VALUES (4); COMMIT; END'""")
    return database


def lasting(server, database):
    """What any of the ways leaves behind."""
    with server.connect(dbname=database) as connection:
        return connection.execute("""
          SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace), (SELECT array_agg(id) FROM users),
                 (SELECT last_value FROM numbers), (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_description
                 WHERE objoid > 16384), (SELECT relacl::text FROM pg_class WHERE oid = 'users'::regclass)""").fetchone()


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_commit_without_a_record(way, template, server, pgmoat, new_database):
    direct, through = new_database("ways", template), new_database("ways", template)
    before = lasting(server, through)
    said = say(server.port, direct, WAYS[way])
    assert not said.errors and lasting(server, direct) != before, (said.errors, said.lines)
    said = say(pgmoat.port, through, WAYS[way], stop=False)
    assert lasting(server, through) == before, said.lines
    assert said.rules and all(rule.startswith("deploy.") for rule in said.rules), (said.rules, said.lines)


def test_a_record_makes_it_last(template, server, pgmoat, new_database):
    """In whatever way it is told, so that the above does not hold because nothing goes through."""
    record = "INSERT INTO schema_migrations VALUES ('2')"
    for steps in ([q("BEGIN"), q(NEW), q(record), q("COMMIT")], [q(f"{NEW}; {record}")], [jdbc(NEW, record)],
                  [jdbc("BEGIN", NEW, record, "COMMIT")], [Step((extended(NEW, record) + query("SELECT 1"),), "")],
                  [q("BEGIN"), q("SAVEPOINT s"), q(NEW), q("ROLLBACK TO s"), q(NEW), q(record), q("END")]):
        database = new_database("ways", template)
        before = lasting(server, database)
        said = say(pgmoat.port, database, steps)
        assert not said.errors and lasting(server, database) != before, (said.errors, said.lines)
