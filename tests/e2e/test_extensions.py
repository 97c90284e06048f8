"""Functions of contrib extensions by their real names, in the schemas where they live."""
import psycopg
import pytest

IN_PUBLIC = ("adminpack amcheck citext cube dblink earthdistance fuzzystrmatch hstore intarray isn ltree pageinspect "
             "pg_buffercache pg_prewarm pg_surgery pg_trgm pg_visibility pgstattuple sslinfo tablefunc unaccent "
             "xml2").split()
ELSEWHERE = {"pgcrypto": "extensions", "uuid-ossp": "uuid-ossp"}


@pytest.fixture(scope="module")
def extended(postgres):
    """A database with them, and with a function of somebody's own called like one of theirs."""
    postgres.psql("-c", "CREATE DATABASE extended", dbname="postgres")
    with postgres.connect("extended") as connection:
        for schema in ("app", *ELSEWHERE.values()):
            connection.execute(f'CREATE SCHEMA "{schema}"')
        for extension in IN_PUBLIC:
            connection.execute(f'CREATE EXTENSION "{extension}"')
        for extension, schema in ELSEWHERE.items():
            connection.execute(f'CREATE EXTENSION "{extension}" SCHEMA "{schema}"')
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'a')")
        for name in ("app.similarity", "app.schedule", "public.restock"):
            connection.execute(f"CREATE FUNCTION {name}() RETURNS boolean VOLATILE LANGUAGE sql "
                               "AS 'DELETE FROM t RETURNING true'")
    yield
    postgres.psql("-c", "DROP DATABASE extended WITH (FORCE)", dbname="postgres")


@pytest.mark.parametrize("expression", [
    "public.similarity('abc', 'abd') > 0", "set_limit(0.3) > 0", "public.word_similarity('a', 'a') = 1",
    "hstore('a', '1') -> 'a' = '1'", "akeys('a=>1'::hstore) = ARRAY['a']", "'A'::citext = 'a'::citext",
    "extensions.gen_random_bytes(4) IS NOT NULL", "extensions.digest('a', 'sha256') IS NOT NULL",
    "extensions.crypt('a', extensions.gen_salt('md5')) <> 'a'", "\"uuid-ossp\".uuid_generate_v4() IS NOT NULL",
    "\"uuid-ossp\".uuid_generate_v1() IS NOT NULL", "levenshtein('a', 'b') = 1", "unaccent('é') = 'e'",
    "earth_distance(ll_to_earth(0, 0), ll_to_earth(0, 0)) = 0", "nlevel('a.b'::ltree) = 2",
    "sort(ARRAY[2, 1]) = ARRAY[1, 2]", "(SELECT count(*) FROM normal_rand(2, 0, 1)) = 2", "NOT ssl_is_used()",
    "(SELECT tuple_count FROM pgstattuple('t')) = 1", "(SELECT count(*) FROM pg_buffercache) > 0",
    "(SELECT count(*) FROM pg_visibility_map('t')) > 0", "(SELECT count(*) FROM bt_index_check('t_pkey')) = 1",
    "isn_weak() IS NOT NULL"])
def test_readonly_uses_harmless_ones(expression, extended, pgmoat):
    with pgmoat.connect("dev_super", dbname="extended") as connection:
        assert connection.execute(f"SELECT {expression}").fetchone() == (True,)


@pytest.mark.parametrize("login, call, sqlstate", [
    ("dev_super", "app.similarity()", "42501"),
    # Without schema it may be app's: the catalog has a volatile one of that name.
    ("dev_super", "similarity('abc', 'abd')", "42501"), ("dev_super", "restock()", "42501"),
    ("dev_super", "pg_prewarm('t')", "42501"), ("dev_super", "bt_index_parent_check('t_pkey')", "42501"),
    ("dev_super", "length(get_raw_page('t', 0))", "42501"),
    *[(login, call, "42501") for login in ("dev_super", "app_super", "deploy_super") for call in (
        "dblink_exec('dbname=extended', 'DELETE FROM t')", "heap_force_kill('t', ARRAY['(0,1)']::tid[])",
        "pg_truncate_visibility_map('t')", "pg_file_write('x', 'y', false)",
        "(SELECT count(*) FROM crosstab('SELECT note, id, id FROM t') AS c(a text, b int))",
        "(SELECT count(*) FROM xpath_table('id', 'note', 't', '/', 'true') AS x(id int, n text))")]])
def test_the_others_are_refused(login, call, sqlstate, extended, pgmoat, postgres):
    before = postgres.log_end()
    with pgmoat.connect(login, dbname="extended") as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(f"SELECT {call}")
        assert refused.value.sqlstate == sqlstate, refused.value
    assert call not in postgres.log_since(before)
    with postgres.connect("extended") as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_a_name_in_another_schema_is_somebody_elses(extended, pgmoat, postgres):
    """The app calls its own app.schedule, though pg_cron has a function of that name."""
    with pgmoat.connect("app_super", dbname="extended", autocommit=False) as connection:
        assert connection.execute("SELECT app.schedule()").fetchone() == (True,)
        connection.rollback()
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("SELECT cron.schedule()")
        assert refused.value.sqlstate == "42501"
        connection.rollback()
    with postgres.connect("extended") as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)
