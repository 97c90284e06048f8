"""A refusal aborts what an error of the server would abort."""
import psycopg
import pytest
from psycopg import pq

from wire import one_shot, query, sync


@pytest.fixture
def scratch(postgres):
    with postgres.connect() as direct:
        direct.execute("CREATE TABLE scratch (a int); GRANT ALL ON scratch TO PUBLIC")
        yield lambda: [a for (a,) in direct.execute("SELECT a FROM scratch ORDER BY a").fetchall()]
        direct.execute("DROP TABLE scratch")


def test_commit_after_a_refusal_rolls_back(pgmoat, scratch):
    with pgmoat.wire("shop_app") as wire:
        wire.ask(query("BEGIN"))
        wire.ask(query("INSERT INTO scratch VALUES (1)"))
        assert wire.ask(query("DELETE FROM scratch"))[-1] == "ReadyForQuery E"
        wire.ask(query("SELECT 1"))
        assert wire.errors[-1]["C"] == "25P02"
        assert wire.ask(query("COMMIT")) == ["CommandComplete ROLLBACK", "ReadyForQuery I"]
    assert scratch() == []


def test_a_savepoint_saves_what_came_before(pgmoat, scratch):
    with pgmoat.wire("shop_app") as wire:
        for statement in ("BEGIN", "INSERT INTO scratch VALUES (1)", "SAVEPOINT a",
                          "DELETE FROM scratch", "ROLLBACK TO a", "COMMIT"):
            last = wire.ask(query(statement))
        assert last == ["CommandComplete COMMIT", "ReadyForQuery I"]
    assert scratch() == [1]


def test_an_insert_earlier_in_the_pipeline_does_not_commit(pgmoat, scratch):
    with pgmoat.wire("shop_app") as wire:
        lines = wire.ask(one_shot("INSERT INTO scratch VALUES (1)"), one_shot("TRUNCATE scratch"),
                         one_shot("INSERT INTO scratch VALUES (2)"), sync())
        assert lines[-2:] == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]
    assert scratch() == []


def test_the_pipeline_behind_the_next_sync_goes_on(pgmoat, scratch):
    with pgmoat.wire("shop_app") as wire:
        wire.ask(one_shot("INSERT INTO scratch VALUES (1)"), sync(), one_shot("TRUNCATE scratch"), sync(),
                 one_shot("INSERT INTO scratch VALUES (2)"), sync(), readies=3)
    assert scratch() == [1, 2]


def test_a_text_of_several_statements_is_refused_whole(pgmoat, scratch, postgres):
    log = postgres.log_end()
    with pgmoat.wire("shop_app") as wire:
        lines = wire.ask(query("INSERT INTO scratch VALUES (1); DELETE FROM scratch; INSERT INTO scratch VALUES (2)"))
        assert lines == ["ErrorResponse ERROR 42501", "ReadyForQuery I"]
    assert scratch() == [] and "INSERT INTO scratch" not in postgres.log_since(log)


def test_psycopg_pipeline(pgmoat, scratch):
    with pgmoat.connect("shop_app", autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            with connection.pipeline():
                connection.execute("INSERT INTO scratch VALUES (1)")
                connection.execute("DROP TABLE scratch")
                connection.execute("INSERT INTO scratch VALUES (2)")
        assert connection.execute("SELECT count(*) FROM scratch").fetchone() == (0,)


def test_libpq_pipeline_aborts_as_documented(pgmoat, scratch):
    """PQresultStatus: error for the refused one, PIPELINE_ABORTED for those behind it."""
    with pgmoat.connect("shop_app") as connection:
        conn = connection.pgconn
        conn.enter_pipeline_mode()
        for statement in (b"INSERT INTO scratch VALUES (1)", b"TRUNCATE scratch", b"SELECT 3"):
            conn.send_query_params(statement, [])
        conn.pipeline_sync()
        conn.send_query_params(b"SELECT 4", [])
        conn.pipeline_sync()
        statuses = []
        while statuses.count(pq.ExecStatus.PIPELINE_SYNC) < 2:
            result = conn.get_result()
            if result is not None:
                statuses.append(result.status)
        conn.exit_pipeline_mode()
        names = [pq.ExecStatus(s).name for s in statuses]
    assert names == ["COMMAND_OK", "FATAL_ERROR", "PIPELINE_ABORTED", "PIPELINE_SYNC",
                     "TUPLES_OK", "PIPELINE_SYNC"]
    assert scratch() == []


def test_psycopg_server_side_cursors_and_prepared_statements(pgmoat):
    with pgmoat.connect("dev_ro", autocommit=False) as connection:
        with connection.cursor("named") as cursor:
            cursor.execute("SELECT generate_series(1, 1000)")
            assert len(cursor.fetchmany(10)) == 10 and len(cursor.fetchall()) == 990
        for i in range(20):  # prepared from the sixth on
            assert connection.execute("SELECT %s::int", [i]).fetchone() == (i,)
        connection.prepared_max = 2  # DEALLOCATE of the older ones
        for i in range(10):
            assert connection.execute(f"SELECT {i}, %s::int", [i], prepare=True).fetchone() == (i, i)
