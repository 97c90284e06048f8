"""`migrations rehearse`: what it tells of a migration, and that nothing of it stays."""
import json
import os
import signal
import subprocess

import psycopg
import pytest

from servers import BINARY, PATIENCE, REPOSITORY, Postgres, until

APPLICATION = "pgmoat rehearse"
PASSWORD = "pw-clear-91ac"  # of login_password: roles.sql


@pytest.fixture(scope="module")
def database(postgres):
    """A copy of the shop; that it is the same at the end is each test's own business."""
    with postgres.connect("postgres") as admin:
        admin.execute("DROP DATABASE IF EXISTS rehearsal")
        admin.execute("CREATE DATABASE rehearsal")  # a template would have to be without sessions
    postgres.psql("-f", REPOSITORY / "deploy/quickstart/shop.sql", dbname="rehearsal")
    with postgres.connect("rehearsal") as direct:
        direct.execute("CREATE SCHEMA lab")
        direct.execute("CREATE TABLE lab.parents (id integer PRIMARY KEY)")
        direct.execute("CREATE TABLE lab.children (id serial PRIMARY KEY, parent integer NOT NULL "
                       "REFERENCES lab.parents DEFERRABLE INITIALLY DEFERRED, note text)")
        direct.execute("INSERT INTO lab.parents SELECT generate_series(1, 10)")
        direct.execute("INSERT INTO lab.children (parent) SELECT 1 + i % 10 FROM generate_series(1, 100) AS i")
        direct.execute("CREATE INDEX children_parent ON lab.children (parent)")
        direct.execute("CREATE TYPE lab.mood AS ENUM ('glad')")
        direct.execute("CREATE TABLE lab.partitioned (at date) PARTITION BY RANGE (at)")
        direct.execute("CREATE TABLE lab.partition_2026 PARTITION OF lab.partitioned "
                       "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
        direct.execute("INSERT INTO lab.partitioned SELECT '2026-03-01' FROM generate_series(1, 7)")
        direct.execute("ANALYZE")
    return "rehearsal"


STATE = """
SELECT jsonb_build_object(
  'relations', (SELECT jsonb_agg(jsonb_build_array(oid, relname, relkind, relnatts, xmin::text,
                                                   pg_relation_filenode(oid)) ORDER BY oid)
                  FROM pg_class WHERE relpersistence <> 't'),
  'columns', (SELECT md5(string_agg(attrelid || attname || atttypid || a.xmin, ',' ORDER BY attrelid, attnum))
                FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relpersistence <> 't'),
  'constraints', (SELECT jsonb_agg(conname || xmin ORDER BY oid) FROM pg_constraint),
  'enums', (SELECT jsonb_agg(enumlabel || xmin ORDER BY oid) FROM pg_enum),
  'functions', (SELECT count(*) FROM pg_proc), 'roles', (SELECT count(*) FROM pg_roles),
  'parents', (SELECT jsonb_agg(t.*) FROM lab.parents t),
  'children', (SELECT jsonb_agg(t.* ORDER BY id) FROM lab.children t),
  'orders', (SELECT md5(string_agg(o::text || o.xmin, ',' ORDER BY id)) FROM orders o))"""


@pytest.fixture
def untouched(postgres, database):
    """Catalog and rows must be what they were, to the last xmin; yields a direct connection."""
    with postgres.connect(database) as direct:
        before = direct.execute(STATE).fetchone()[0]
        yield direct
        until(lambda: not backends(direct), "the rehearsal's backend ends")
        after = direct.execute(STATE).fetchone()[0]
        assert after == before


def backends(direct):
    return direct.execute("SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE application_name = %s "
                          "AND datname = current_database()", [APPLICATION]).fetchall()


@pytest.fixture
def rehearse(postgres, database, tmp_path, untouched):
    def run(script, *arguments, code=0, user="postgres", as_json=True, url=None, **environment):
        files = [write(tmp_path, script)] if isinstance(script, str) else script
        done = subprocess.run(command(url or f"postgres://{user}@127.0.0.1:{postgres.port}/{database}", files, *arguments,
                                      *(("--format", "json") if as_json else ())),
                              capture_output=True, text=True, timeout=PATIENCE * 3, env={**os.environ, **environment})
        assert done.returncode == code, done.stdout + done.stderr
        if as_json and done.stdout:
            return json.loads(done.stdout)
        return done.stdout + done.stderr
    return run


def write(folder, script, name="migration.sql"):
    file = folder / name
    file.write_bytes(script.encode("latin-1"))
    return file


def command(url, files, *arguments):
    return [str(part) for part in (BINARY, "migrations", "rehearse", "--database", url, *arguments, *files)]


def steps(said, outcome=None):
    return [s for s in said["steps"] if outcome in (None, s["outcome"])]


def locks(step):
    return {lock["relation"]: lock["mode"] for lock in step["locks"]}


def table(said, name):
    return next(t for t in said["tables"] if t["name"] == name)


# --- what it tells -------------------------------------------------------------------

def test_locks_rewrites_and_builds_are_told_by_statement(rehearse):
    said = rehearse("\n-- first\nALTER TABLE lab.children ADD COLUMN extra integer;\n"
                    "ALTER TABLE lab.children ALTER COLUMN parent TYPE bigint;\n"
                    "CREATE INDEX more ON lab.parents (id);\n")
    add, retype, index = said["steps"]
    assert [s["line"] for s in said["steps"]] == [3, 4, 5]
    assert add["statement"] == "ALTER TABLE" and locks(add) == {"lab.children": "ACCESS EXCLUSIVE"}
    assert not add["rewrites"] and not add["builds"]
    assert retype["rewrites"] == ["lab.children"]
    assert set(retype["builds"]) == {"index lab.children_pkey on lab.children",
                                     "index lab.children_parent on lab.children"}
    assert "lab.children" not in locks(retype), "the lock was held already"
    assert locks(retype)["lab.parents"] == "ACCESS EXCLUSIVE", "by the foreign key, which is made anew"
    assert index["builds"] == ["index lab.more on lab.parents"] and index["locks"] == []
    assert said["result"] == "ok" and said["transaction"] == "aborted" and said["catalog_unchanged"]
    assert all(s["duration_ms"] > 0 for s in said["steps"])


def test_foreign_key_locks_the_table_it_refers_to(rehearse):
    said = rehearse("CREATE TABLE lab.toys (id integer PRIMARY KEY, owner integer REFERENCES lab.parents);")
    assert locks(said["steps"][0]) == {"lab.parents": "SHARE ROW EXCLUSIVE"}, "what is new has no lock that matters"
    assert not said["steps"][0]["builds"]


def test_rows_that_are_touched_and_that_are_lost(rehearse):
    script = "UPDATE lab.children SET note = 'x' WHERE id <= 30;\nDELETE FROM lab.children WHERE id > 80;"
    said = rehearse(script, code=1)
    assert [s["rows"] for s in said["steps"]] == [30, 20]
    assert locks(said["steps"][0]) == {"lab.children": "ROW EXCLUSIVE"}
    assert said["result"] == "row_loss" and "lab.children" in said["message"]
    lost = table(said, "lab.children")
    assert (lost["before"], lost["after"], lost["lost_percent"], lost["too_many_lost"]) == (100, 80, 20, True)
    assert rehearse(script, "--max-row-loss", "19.9", code=1)["result"] == "row_loss"
    assert rehearse(script, "--max-row-loss", "20")["result"] == "ok"


@pytest.mark.parametrize("script, name, before", [
    ("DROP TABLE lab.children", "lab.children", 100),
    ("DROP SCHEMA lab CASCADE", "lab.parents", 10),
    ("DROP TABLE lab.partitioned", "lab.partition_2026", 7),
    ("TRUNCATE lab.children", "lab.children", 100),
    ("DO $$ BEGIN DELETE FROM lab.children; END $$", "lab.children", 100),
    ("ALTER TABLE lab.parents RENAME TO elders; DELETE FROM lab.children; DELETE FROM lab.elders", "lab.parents", 10),
    ("SET search_path = ''; DELETE FROM lab.children", "lab.children", 100),
    ("SET ROLE shop_app; RESET ROLE; TRUNCATE lab.children", "lab.children", 100),
])
def test_a_loss_of_all_rows_is_found_however_it_comes(rehearse, script, name, before):
    said = rehearse(script, "--max-row-loss", "99", code=1)
    assert said["result"] == "row_loss", said
    lost = table(said, name)
    assert (lost["before"], lost["after"]) == (before, 0) and lost["lost_percent"] == 100, lost


def test_dropped_and_emptied_tables_have_their_own_words(rehearse):
    said = rehearse("TRUNCATE lab.children; DROP TABLE lab.partitioned;", code=1)
    assert said["steps"][0]["empties"] == ["lab.children"]
    assert set(said["steps"][1]["drops"]) == {"lab.partitioned", "lab.partition_2026"}
    assert table(said, "lab.partition_2026")["dropped"]
    dropped = rehearse("ALTER TABLE lab.children DROP COLUMN note;")["steps"][0]["destroys"]
    assert dropped and "lab.children" in dropped[0], "no row is lost, and data is"


def test_a_table_made_anew_under_the_same_name_is_no_loss(rehearse):
    said = rehearse("CREATE TABLE lab.fresh AS SELECT * FROM lab.children;\nDROP TABLE lab.children;\n"
                    "ALTER TABLE lab.fresh RENAME TO children;")
    kept = table(said, "lab.children")
    assert (kept["before"], kept["after"], kept["dropped"]) == (100, 100, False)


def test_a_renamed_table_is_followed(rehearse):
    said = rehearse("ALTER TABLE lab.children RENAME TO kids; INSERT INTO lab.parents VALUES (11);")
    assert table(said, "lab.children")["now"] == "lab.kids" and table(said, "lab.children")["after"] == 100
    assert table(said, "lab.parents")["after"] == 11


def test_only_watched_tables_are_counted(rehearse):
    script = "DELETE FROM lab.children"
    assert [t["name"] for t in rehearse(script, "--watch", "lab.parents")["tables"]] == ["lab.parents"]
    said = rehearse(script, "--watch", "lab.parents", "--watch", "lab.children", code=1)
    assert {t["name"] for t in said["tables"]} == {"lab.parents", "lab.children"}
    parted = rehearse("TRUNCATE lab.partition_2026", "--watch", "lab.partitioned", code=1)
    assert table(parted, "lab.partitioned")["before"] == 7


def test_large_tables_are_estimated_and_their_losses_exact(rehearse):
    said = rehearse("DELETE FROM lab.children WHERE id <= 10", "--count-up-to", "1", code=1)
    lost = table(said, "lab.children")
    assert lost["estimated"] and lost["before"] - lost["after"] == 10 and lost["too_many_lost"], lost
    assert rehearse("DELETE FROM lab.children", "--count-up-to", "1", "--watch", "lab.parents")["result"] == "ok"


def test_what_others_delete_meanwhile_is_not_the_migrations_loss(postgres, database, tmp_path, untouched):
    with postgres.connect(database) as other:
        other.execute("CREATE TABLE public.busy AS SELECT generate_series(1, 5) AS id")
        try:
            other.execute("SELECT pg_advisory_lock(4711)")
            # It waits for the lock when it has written into the table.
            file = write(tmp_path, "INSERT INTO busy VALUES (6);\nSELECT pg_advisory_lock(4711);")
            process = subprocess.Popen(command(f"postgres://postgres@127.0.0.1:{postgres.port}/{database}", [file], "--format",
                                               "json", "--lock-timeout", "0"), stdout=subprocess.PIPE, text=True)
            until(lambda: any(b[2] == "advisory" for b in backends(untouched)), "it waits")
            other.execute("DELETE FROM busy WHERE id <= 3")
            other.execute("SELECT pg_advisory_unlock(4711)")
            said = json.loads(process.communicate(timeout=PATIENCE)[0])
            found = table(said, "public.busy")
            assert (found["before"], found["after"], found["lost_percent"]) == (5, 3, 0) and said["result"] == "ok", said
        finally:
            other.execute("DROP TABLE public.busy")


def test_sequences_that_moved_are_told(rehearse):
    said = rehearse("INSERT INTO lab.children (parent) VALUES (1);")
    assert any("lab.children_id_seq" in w and "rollback" in w for w in said["warnings"]), said["warnings"]


def test_text_says_where_and_what(rehearse):
    text = rehearse("ALTER TABLE lab.children ALTER COLUMN parent TYPE bigint;\nDELETE FROM lab.children WHERE id = 1;",
                    "--max-row-loss", "5", as_json=False)
    for part in ("database rehearsal, as postgres (PostgreSQL", "migration.sql:1  ALTER TABLE", "ACCESS EXCLUSIVE on lab.children",
                 "rewrites  lab.children", "builds    index lab.children_pkey", "DELETE  1 row", "1.0 % lost",
                 "Rolled back: the server says that the transaction is aborted, and the catalog is as it was.", "Ok.\n"):
        assert part in text, text


# --- what cannot be in a transaction, and what must not ---------------------------------

@pytest.mark.parametrize("statement", [
    "CREATE INDEX CONCURRENTLY i ON lab.children (note)", "DROP INDEX CONCURRENTLY lab.children_parent",
    "REINDEX TABLE CONCURRENTLY lab.children", "VACUUM lab.children", "CREATE DATABASE another", "DROP DATABASE shop",
    "REINDEX DATABASE rehearsal", "CLUSTER", "REINDEX SCHEMA lab"])
def test_what_cannot_run_in_a_transaction_is_named(rehearse, statement):
    said = rehearse(f"{statement};\nINSERT INTO lab.parents VALUES (99);")
    named, after = said["steps"]
    assert named["outcome"] == "not_in_transaction" and "copy of the database" in named["reason"], named
    assert after["outcome"] == "ran" and after["rows"] == 1


def test_a_new_enum_value_can_be_added_and_not_used(rehearse):
    said = rehearse("ALTER TYPE lab.mood ADD VALUE 'sad';\nCREATE TABLE lab.days (m lab.mood);\n"
                    "INSERT INTO lab.days VALUES ('sad');\nINSERT INTO lab.days VALUES ('glad');")
    assert [s["outcome"] for s in said["steps"]] == ["ran", "ran", "not_in_transaction", "ran"]
    assert "enum" in said["steps"][2]["reason"]


def test_transaction_statements_of_the_file_end_nothing(rehearse):
    said = rehearse("BEGIN;\nDELETE FROM lab.children;\nCOMMIT;\nCOMMIT;\nSTART TRANSACTION;\n"
                    "INSERT INTO lab.parents VALUES (50);\nROLLBACK;\nEND;\nABORT;\n", "--max-row-loss", "100")
    assert [s["statement"] for s in steps(said, "ran")] == ["DELETE", "INSERT"]
    assert len(steps(said, "skipped")) == 7 and all(s["reason"] for s in steps(said, "skipped"))
    assert table(said, "lab.children")["after"] == 0
    assert table(said, "lab.parents")["after"] == 10, "its own ROLLBACK took the row back"


def test_savepoints_of_the_file_work(rehearse):
    said = rehearse("SAVEPOINT a;\nDELETE FROM lab.children;\nROLLBACK TO SAVEPOINT a;\nRELEASE SAVEPOINT a;\n"
                    "BEGIN;\nSAVEPOINT b;\nINSERT INTO lab.parents VALUES (77);\nRELEASE b;\nCOMMIT AND CHAIN;\nCOMMIT;")
    assert said["result"] == "ok" and table(said, "lab.children")["after"] == 100
    assert table(said, "lab.parents")["after"] == 11


@pytest.mark.parametrize("script", [
    "DO $$ BEGIN DELETE FROM lab.children; COMMIT; END $$",
    "CREATE PROCEDURE lab.p() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM lab.children; COMMIT; END $$;\nCALL lab.p()"])
def test_code_cannot_commit(rehearse, script):
    said = rehearse(script, code=1)
    assert said["steps"][-1]["outcome"] == "failed" and said["steps"][-1]["error"]["sqlstate"] == "2D000"
    assert said["transaction"] == "aborted"


def test_a_commit_that_comes_all_the_same_is_refused_by_the_server(postgres, database, untouched):
    """The guard by itself: what the rehearsal makes first, and then a COMMIT by hand."""
    log = postgres.log_end()
    file = write(postgres.directory, "DELETE FROM lab.children;", "guard.sql")
    subprocess.run(command(f"postgres://postgres@127.0.0.1:{postgres.port}/{database}", [file]), capture_output=True)
    sent = [line.split("LOG:  execute <unnamed>: ")[1] for line in postgres.log_since(log).splitlines()
            if "LOG:  execute <unnamed>: " in line]
    begin = next(i for i, text in enumerate(sent) if text.startswith("BEGIN TRANSACTION ISOLATION"))
    end = next(i for i, text in enumerate(sent) if text.startswith("DELETE FROM lab.children"))
    with postgres.connect(database) as other:
        for text in sent[begin:end + 1]:
            other.execute(text)
        other.execute("RELEASE SAVEPOINT pgmoat_step")
        with pytest.raises(psycopg.errors.UniqueViolation):
            other.execute("COMMIT")


def test_set_constraints_is_not_disturbed_by_the_guard(rehearse):
    said = rehearse("INSERT INTO lab.children (parent) VALUES (500);\nINSERT INTO lab.parents VALUES (500);\n"
                    "SET CONSTRAINTS ALL IMMEDIATE;\nINSERT INTO lab.parents VALUES (501);")
    assert said["result"] == "ok", said
    said = rehearse("INSERT INTO lab.children (parent) VALUES (500);\nSET CONSTRAINTS ALL IMMEDIATE;", code=1)
    assert said["steps"][1]["error"]["sqlstate"] == "23503"


def test_deferred_constraints_are_checked_as_commit_would(rehearse, tmp_path):
    said = rehearse("INSERT INTO lab.children (parent) VALUES (500);", code=1)
    assert said["steps"][-1]["statement"] == "COMMIT" and said["steps"][-1]["error"]["sqlstate"] == "23503"
    assert said["message"].endswith('constraint "children_parent_fkey"')
    # Each file is its own transaction: what one has left to be checked does not hinder the next.
    said = rehearse([write(tmp_path, "INSERT INTO lab.children (parent) VALUES (1)", "1.sql"),
                     write(tmp_path, "ALTER TABLE lab.children ADD COLUMN extra integer", "2.sql"),
                     write(tmp_path, "INSERT INTO lab.children (parent) VALUES (600);\nINSERT INTO lab.parents VALUES (600)",
                           "3.sql")])
    assert said["result"] == "ok", "the constraint is deferred again in the third"


@pytest.mark.parametrize("statement", [
    "COPY lab.children TO '/tmp/pgmoat-stolen'", "COPY lab.children FROM PROGRAM 'true'", "ALTER SYSTEM SET work_mem = '1MB'",
    "SELECT pg_read_file('/etc/passwd')", "SELECT dblink_exec('host=x', 'DROP TABLE t')", "SELECT lo_export(1, '/tmp/x')",
    "CREATE SERVER s FOREIGN DATA WRAPPER f", "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
    "DROP TABLE lab.parents; SELECT pg_terminate_backend(1)", "CHECKPOINT", "LOAD 'x'",
    "DELETE FROM lab.children WHERE id = (SELECT length(pg_read_file('/etc/passwd')))"])
def test_what_reaches_out_of_the_transaction_is_refused_before_anything_runs(rehearse, postgres, statement):
    log = postgres.log_end()
    said = rehearse(f"DELETE FROM lab.children;\n{statement};", code=1, as_json=False)
    assert "migration.sql:2: " in said and "--allow-unsafe" in said and "nothing was run" in said, said
    assert "DELETE FROM lab.children" not in postgres.log_since(log)


def test_allow_unsafe_runs_it_and_says_so(rehearse):
    said = rehearse("SELECT length(pg_read_file('PG_VERSION'));", "--allow-unsafe")
    assert said["steps"][0]["outcome"] == "ran" and "any.function" in said["steps"][0]["notes"][0]


@pytest.mark.parametrize("statement, note", [
    ("DO $$ BEGIN END $$", "neither judged nor rolled back"), ("SELECT nextval('lab.children_id_seq')", "sequence"),
    ("NOTIFY x", "COMMIT")])
def test_what_a_rollback_does_not_cover_has_a_note(rehearse, statement, note):
    assert note in rehearse(statement)["steps"][0]["notes"][0]


@pytest.mark.parametrize("statement", [
    "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "COPY lab.children FROM STDIN", "COPY lab.children TO STDOUT",
    "DISCARD ALL", "DISCARD TEMP", "LISTEN x"])
def test_what_makes_no_sense_in_a_rehearsal_is_skipped(rehearse, statement):
    said = rehearse(f"{statement}; INSERT INTO lab.parents VALUES (60);")
    assert said["steps"][0]["outcome"] == "skipped" and said["steps"][1]["outcome"] == "ran", said


@pytest.mark.parametrize("statement", ["SET client_encoding = 'LATIN1'", "SET standard_conforming_strings = off"])
def test_settings_that_change_how_text_is_read_end_it(rehearse, statement):
    said = rehearse(f"{statement}; INSERT INTO lab.parents VALUES (60);", code=1)
    assert said["steps"][0]["outcome"] == "failed" and said["not_reached"] == 1


# --- failures --------------------------------------------------------------------------

def test_a_failure_names_its_line_and_ends_the_rehearsal(rehearse):
    said = rehearse("INSERT INTO lab.parents VALUES (60);\n\nUPDATE lab.children\n  SET nothing = 1;\nDROP TABLE lab.parents;", code=1)
    failed = said["steps"][-1]
    assert failed["outcome"] == "failed" and failed["error"]["sqlstate"] == "42703"
    assert failed["line"] == 3 and failed["error"]["line"] == 4 and said["not_reached"] == 1
    assert "migration.sql:4: UPDATE fails" in said["message"]


def test_an_error_does_not_quote_rows(rehearse):
    said = rehearse("INSERT INTO lab.parents VALUES (5)", code=1, as_json=False)
    assert "duplicate key" in said and "(id)=(5)" not in said


def test_what_was_not_run_may_be_the_reason_of_a_failure(rehearse):
    said = rehearse("CREATE UNIQUE INDEX CONCURRENTLY u ON lab.children (id);\n"
                    "ALTER TABLE lab.children ADD CONSTRAINT u UNIQUE USING INDEX u;", code=1)
    assert "not run" in said["steps"][1]["error"]["hint"]


def test_a_lock_that_is_not_to_be_had(rehearse, postgres, database):
    with postgres.connect(database) as other:
        with other.transaction():
            other.execute("LOCK TABLE lab.children IN SHARE MODE")
            said = rehearse("ALTER TABLE lab.children ADD COLUMN extra integer", "--lock-timeout", "50ms", code=1)
    assert said["steps"][0]["error"]["sqlstate"] == "55P03" and "--lock-timeout" in said["steps"][0]["error"]["hint"]


def test_a_statement_that_takes_too_long(rehearse):
    said = rehearse("RESET ALL; SELECT pg_sleep(600)", "--statement-timeout", "50ms", code=1)
    assert said["steps"][1]["error"]["sqlstate"] == "57014"


def test_the_connection_is_lost(rehearse):
    said = rehearse("DELETE FROM lab.children; SELECT pg_terminate_backend(pg_backend_pid())", "--allow-unsafe", code=1)
    assert said["result"] == "connection_lost" and said["transaction"] == "aborted", said


@pytest.fixture
def stranger(postgres, database):
    """A login that may not do anything."""
    with postgres.connect(database) as admin:
        admin.execute("CREATE ROLE rehearse_stranger LOGIN")
        admin.execute("GRANT USAGE ON SCHEMA lab TO rehearse_stranger")
        yield "rehearse_stranger"
        admin.execute("GRANT TEMPORARY ON DATABASE rehearsal TO PUBLIC")
        admin.execute("DROP OWNED BY rehearse_stranger")
        admin.execute("DROP ROLE rehearse_stranger")


def test_a_login_without_privileges(rehearse, stranger):
    said = rehearse("DELETE FROM lab.children", code=1, user=stranger)
    assert said["steps"][0]["error"]["sqlstate"] == "42501" and said["transaction"] == "aborted"
    said = rehearse("SELECT 1", "--watch", "lab.children", code=1, user=stranger)
    assert "lab.children could not be counted: permission denied" in said["message"]


def test_without_the_guard_a_warning(rehearse, stranger, untouched):
    untouched.execute("REVOKE TEMPORARY ON DATABASE rehearsal FROM PUBLIC")
    said = rehearse("SELECT 1", user=stranger)
    assert any("temporary tables" in w for w in said["warnings"]) and said["transaction"] == "aborted", said


def test_a_login_that_only_reads_by_default(rehearse):
    said = rehearse("DELETE FROM lab.children", "--max-row-loss", "100", PGOPTIONS="-c default_transaction_read_only=on")
    assert said["steps"][0]["outcome"] == "ran", "the rehearsal asks for READ WRITE itself"


def test_a_standby_is_told(workspace):
    directory = workspace / "standby"
    directory.mkdir()
    server = Postgres(directory)
    try:
        server.stop()
        (server.data / "standby.signal").touch()
        server.start()
        done = subprocess.run(command(f"postgres://postgres@127.0.0.1:{server.port}/postgres", [write(directory, "SELECT 1")]),
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 2 and "during recovery" in done.stderr, done
    finally:
        server.stop("immediate")


def test_psqls_own_commands_are_left_out_and_named(rehearse):
    text = rehearse("\\set ON_ERROR_STOP on\n\\i other.sql\nINSERT INTO lab.parents VALUES (60);\n"
                    "COPY lab.children (id, parent) FROM stdin;\n900\t1\n\\.\nSELECT 1;\n", as_json=False)
    assert "migration.sql:2: " in text and "migration.sql:3  INSERT  1 row" in text, text
    assert "migration.sql:4  COPY  not run" in text and "migration.sql:7  SELECT" in text, text


# --- ended in the middle ---------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_ended_by_a_signal_in_the_middle(postgres, database, tmp_path, untouched, number):
    file = write(tmp_path, "DELETE FROM lab.children;\nALTER TABLE lab.parents ADD COLUMN x integer;\n"
                           "SELECT pg_sleep(600);\nDROP TABLE lab.parents CASCADE;")
    url = f"postgres://postgres@127.0.0.1:{postgres.port}/{database}"
    # What starts the tests in the background may have told them to ignore SIGINT, and then so would we.
    process = subprocess.Popen(command(url, [file], "--format", "json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, preexec_fn=lambda: signal.signal(number, signal.SIG_DFL)
                               if number != signal.SIGKILL else None)
    try:
        until(lambda: any("pg_sleep" in b[3] and b[2] == "PgSleep" for b in backends(untouched)), "the third statement")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    # The long statement does not outlive us by long, nor do its locks.
    until(lambda: not backends(untouched), "the backend ends")
    if number == signal.SIGKILL:
        assert process.returncode == -number
        return
    assert process.returncode == 1, out + err
    said = json.loads(out)
    assert said["result"] == "interrupted" and signal.Signals(number).name in said["message"]
    assert said["transaction"] == "aborted" and said["catalog_unchanged"]
    assert len(said["steps"]) == 2, "what has run is told"


# --- who and where -------------------------------------------------------------------

def test_a_password_is_used_and_never_shown(rehearse, postgres, database):
    place = f"127.0.0.1:{postgres.port}/{database}"
    for url, environment in ((f"postgres://login_password:{PASSWORD}@{place}", {}),
                             (f"postgresql+psycopg2://login_password@{place}?schema=lab&connection_limit=1", {"PGPASSWORD": PASSWORD})):
        text = rehearse("SELECT 1", url=url, as_json=False, **environment)
        assert "as login_password" in text and PASSWORD not in text
    for url in (f"postgres://login_password:{PASSWORD}x@{place}", f"postgres://login_password:{PASSWORD}@{place}x",
                f"postgres://login_password:{PASSWORD}@{place}?nonsense=1"):
        text = rehearse("SELECT 1", url=url, code=2, as_json=False)
        assert text.startswith("pgmoat: ") and PASSWORD not in text, text


def test_prismas_schema_is_the_search_path(rehearse, postgres, database):
    said = rehearse("DELETE FROM parents WHERE id = 10 AND NOT EXISTS (SELECT 1 FROM children WHERE parent = 10)",
                    url=f"postgres://postgres@127.0.0.1:{postgres.port}/{database}?schema=lab")
    assert said["steps"][0]["rows"] == 0


def test_the_application_name_is_its_own(rehearse, untouched):
    said = rehearse("CREATE TABLE lab.seen AS SELECT 1 FROM pg_stat_activity WHERE application_name = 'pgmoat rehearse' "
                    "AND pid = pg_backend_pid()")
    assert said["steps"][0]["rows"] == 1


@pytest.mark.parametrize("script, arguments, code, word", [
    ("SELECT 1", ["--watch", "nonsense"], 2, "nonsense"),
    ("SELECT 1", ["--lock-timeout", "soon"], 2, "--lock-timeout"),
    ("SELECT 1", ["--max-row-loss", "101"], 2, "max-row-loss"),
    ("SELECT 1;\n-- and\nSELEC 1;\nSELECT 2", [], 2, "migration.sql:3: "),
    ("SELECT 1;\nSELECT :value;", [], 2, "migration.sql:2: "),
    ("SELECT '\x80'", [], 2, "UTF-8"),
])
def test_mistakes_name_the_remedy(rehearse, script, arguments, code, word):
    assert word in rehearse(script, *arguments, code=code, as_json=False)


def test_no_server(rehearse):
    assert rehearse("SELECT 1", url="postgres://127.0.0.1:1/x", code=2, as_json=False).startswith("pgmoat: ")


def test_the_rehearsed_role_may_change(rehearse):
    """What is read at the end is read as who logged in, whatever the script became."""
    said = rehearse("GRANT USAGE ON SCHEMA lab TO shop_app;\nSET ROLE shop_app;", "--watch", "lab.children")
    assert said["result"] == "ok" and not table(said, "lab.children").get("problem")
