"""pg_dump and pg_restore: the same dumps through pgmoat as on a direct connection, and the
same database from them."""
import re

import pytest

import programs
from programs import dump, sql

OBJECTS = r"""
CREATE SCHEMA "odd name";
CREATE TABLE "odd name"."a;b" ("c""d" text DEFAULT E'\\x', e bytea, f point[], g tsrange) PARTITION BY LIST ("c""d");
CREATE TABLE "odd name".part PARTITION OF "odd name"."a;b" DEFAULT;
INSERT INTO "odd name"."a;b" SELECT 'tab' || E'\t' || i, decode(md5(i::text), 'hex'), '{"(1,2)"}', '[2020-01-01,)'
  FROM generate_series(1, 2000) i;
CREATE MATERIALIZED VIEW "odd name".mv AS SELECT count(*) FROM "odd name"."a;b";
CREATE TABLE wide AS SELECT i, repeat(md5(i::text), 3000) AS long FROM generate_series(1, 40) i;
CREATE FUNCTION body() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN RAISE NOTICE 'it''s'; RETURN 1; END $x$;
CREATE TRIGGER t BEFORE UPDATE ON wide FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE wide ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON wide USING (i > 0);
SELECT lo_from_bytea(4243, decode(repeat('00ff', 100000), 'hex'));
COMMENT ON LARGE OBJECT 4243 IS 'large';
CREATE PUBLICATION everything FOR ALL TABLES;
"""


@pytest.fixture(scope="module")
def dumped(pair15):
    """A database with much in it: the shop and more."""
    pair15.server.psql("-c", "CREATE DATABASE dumped TEMPLATE shop", dbname="postgres")
    programs.psql(pair15.server.port, OBJECTS, dbname="dumped")
    return "dumped"


@pytest.fixture
def directory(workspace, request):
    path = workspace / re.sub(r"\W", "_", request.node.name)
    path.mkdir()
    path.chmod(0o777)
    return path


def script_of(archive) -> str:
    """What an archive of pg_dump would run, without its times."""
    return re.sub(r"(?m)^-- (Started|Completed) on .*$", "", sql(programs.run_alone("pg_restore", "-f", "-", archive).stdout))


def restore(pair, port, database, archive, *arguments):
    pair.server.psql("-c", f"DROP DATABASE IF EXISTS {database}", dbname="postgres")
    pair.server.psql("-c", f"CREATE DATABASE {database} TEMPLATE template0", dbname="postgres")
    programs.run("pg_restore", port, "-d", database, "--exit-on-error", *arguments, archive)
    return dump(pair.server.port, database)


@pytest.mark.quick
@pytest.mark.parametrize("login", ["postgres", "deploy_super", "dev_super"])
@pytest.mark.parametrize("arguments", [[], ["--inserts", "--clean", "--create"], ["--schema-only"],
                                       ["--section=data", "--disable-triggers"], ["--serializable-deferrable"]],
                         ids=lambda a: " ".join(a) or "plain")
def test_plain(arguments, login, pair15, dumped):
    direct = dump(pair15.server.port, dumped, *arguments, user=login)
    assert dump(pair15.pgmoat.port, dumped, *arguments, user=login) == direct
    assert len(direct) > 10_000


@pytest.mark.quick
@pytest.mark.parametrize("login", ["postgres", "dev_super"])
@pytest.mark.parametrize("arguments", [["-Fc"], ["-Fd", "-j4"], ["-Ft"]], ids=" ".join)
def test_archive_and_restore(arguments, login, pair15, dumped, directory):
    for way, port in (("direct", pair15.server.port), ("pgmoat", pair15.pgmoat.port)):
        programs.run("pg_dump", port, "-d", dumped, *arguments, "-f", directory / way, user=login)
    wanted = script_of(directory / "direct")
    assert script_of(directory / "pgmoat") == wanted and "odd name" in wanted
    jobs = [] if "-Ft" in arguments else ["-j4"]
    direct = restore(pair15, pair15.server.port, "restored_direct", directory / "direct", *jobs)
    assert restore(pair15, pair15.pgmoat.port, "restored", directory / "pgmoat", *jobs) == direct
    assert direct == dump(pair15.server.port, dumped)


@pytest.mark.quick
def test_script_by_psql(pair15, dumped):
    """As it is mostly done: pg_dump's text into psql, in one transaction."""
    text = programs.run("pg_dump", pair15.pgmoat.port, "-d", dumped).stdout
    pair15.server.psql("-c", "CREATE DATABASE by_psql TEMPLATE template0", dbname="postgres")
    programs.psql(pair15.pgmoat.port, text.decode(), "-1", dbname="by_psql")
    assert dump(pair15.server.port, "by_psql") == sql(text)


@pytest.mark.quick
def test_dumpall(pair15, dumped):
    direct, through = (sql(programs.run("pg_dumpall", port, "--globals-only").stdout)
                       for port in (pair15.server.port, pair15.pgmoat.port))
    assert through == direct and "CREATE ROLE dev_super" in direct
