"""What the migration tools say that no package registry here has: Supabase's CLI, golang-migrate,
Flyway, Liquibase, goose, Atlas, dbmate.  Of each: how it first prepares a database, one migration
after the other, and what its destructive commands send.
"""
import dataclasses

from replay import at, go, jdbc, pgx, pipeline, q

USERS = ["CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, note text)",
         "CREATE UNIQUE INDEX users_email ON users (email)"]
AGE = ["ALTER TABLE users ADD COLUMN age integer", "UPDATE users SET note = 'none' WHERE note IS NULL"]
TAGS = ["CREATE TABLE tags (id integer PRIMARY KEY)", "ALTER TABLE users ADD COLUMN tag integer REFERENCES tags"]
DROP_AGE, DROP_USERS = "ALTER TABLE users DROP COLUMN age", "DROP TABLE users"
DROPPED, ALTERED, BACKWARD = ["deploy.drop"], ["deploy.alter-destructive"], ["deploy.ledger"]
NOT_RECORDED = ["deploy.no-migration", "deploy.unrecorded-migration"]


@dataclasses.dataclass
class Replay:
    tool: str
    first: list       # on an empty database
    migration: object  # migration(number, name, statements) -> steps
    # {what: (steps, rules one of which refuses)}.  Said to a database that has two migrations.
    destroys: dict
    config: dict = None  # the environment's block, where the default does not let it work
    # Tables of the tool's own that may be others after a refusal: what it notes before it tries.
    notes: frozenset = frozenset()


def joined(statements):
    return ";\n".join(statements) + ";\n"


# --- Supabase: a file is one pipeline, its record the last statement of it ---

SUPABASE_LEDGER = "supabase_migrations.schema_migrations"


def supabase(number, name, statements):
    array = "{" + ",".join('"' + s.replace('"', r"\"") + '"' for s in statements) + "}"
    record = f"INSERT INTO {SUPABASE_LEDGER}(version, name, statements) VALUES($1, $2, $3)"
    return [q("RESET ALL"), pipeline(*statements, (record, f"2024010{number}", name, array))]


SUPABASE = Replay(
    "supabase",
    [pipeline("SET lock_timeout = '4s'", "CREATE SCHEMA IF NOT EXISTS supabase_migrations",
              f"CREATE TABLE IF NOT EXISTS {SUPABASE_LEDGER} (version text NOT NULL PRIMARY KEY)",
              f"ALTER TABLE {SUPABASE_LEDGER} ADD COLUMN IF NOT EXISTS statements text[]",
              f"ALTER TABLE {SUPABASE_LEDGER} ADD COLUMN IF NOT EXISTS name text"),
     q(f"SELECT version, coalesce(name, '') as name, statements FROM {SUPABASE_LEDGER}")],
    supabase,
    {"a migration that drops": (supabase(3, "bad", [*TAGS, DROP_USERS]), DROPPED),
     "reset of the remote": ([q(
         "do $$ declare t record; begin for t in select tablename from pg_tables where schemaname = 'public' loop "
         "execute format('drop table public.%I cascade', t.tablename); end loop; end $$")], ["deploy.code"]),
     "truncates the ledger": ([q(f"TRUNCATE {SUPABASE_LEDGER}")], ["deploy.truncate", *BACKWARD]),
     "repair to reverted": ([pipeline((f"DELETE FROM {SUPABASE_LEDGER} WHERE version = ANY($1)", "{20240102}"))], BACKWARD),
     "statements without the record": ([pipeline(*TAGS)], NOT_RECORDED),
     "drops the ledger's schema": ([q("DROP SCHEMA supabase_migrations CASCADE")], DROPPED)})


# --- golang-migrate: the version before (dirty) and after a file, each in a transaction of its own ---

GO_LOCK, GO_UNLOCK = go("SELECT pg_advisory_lock($1)", 814823745), go("SELECT pg_advisory_unlock($1)", 814823745)
GO_LEDGER = '"public"."schema_migrations"'


def version(number, dirty):
    return [q("BEGIN"), q(f"TRUNCATE {GO_LEDGER}"),
            go(f"INSERT INTO {GO_LEDGER} (version, dirty) VALUES ($1, $2)", number, "true" if dirty else "false"), q("COMMIT")]


def golang_migrate(number, _, statements):
    return [GO_LOCK, q(f"SELECT version, dirty FROM {GO_LEDGER} LIMIT 1"), *version(number, True), q(joined(statements)),
            *version(number, False), GO_UNLOCK]


GOLANG_MIGRATE = Replay(
    "golang-migrate",
    [q("SELECT CURRENT_DATABASE()"), q("SELECT CURRENT_SCHEMA()"), GO_LOCK,
     go("SELECT COUNT(1) FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2 LIMIT 1",
        "public", "schema_migrations"),
     q(f"CREATE TABLE IF NOT EXISTS {GO_LEDGER} (version bigint not null primary key, dirty boolean not null)"), GO_UNLOCK],
    golang_migrate,
    {"down": (golang_migrate(1, "", [DROP_AGE]), ALTERED),
     "down of all": ([*version(-1, True), q(DROP_USERS)], DROPPED),
     "down to no version": ([q("BEGIN"), q(f"TRUNCATE {GO_LEDGER}"), q("COMMIT")], [*NOT_RECORDED, *BACKWARD]),
     "up to a file that drops": (golang_migrate(3, "", [*TAGS, DROP_USERS]), DROPPED),
     "drop": ([q("SELECT table_name FROM information_schema.tables WHERE table_schema=(SELECT current_schema()) "
                 "AND table_type='BASE TABLE'"), q('DROP TABLE IF EXISTS "users" CASCADE')], DROPPED),
     "drop of the ledger": ([q('DROP TABLE IF EXISTS "schema_migrations" CASCADE')], [*DROPPED, *BACKWARD])},
    {"tools": ["golang-migrate"]}, frozenset({"public.schema_migrations"}))


# --- Flyway: over JDBC, with the lock on a second connection ---

FLYWAY_LEDGER = '"public"."flyway_schema_history"'


def flyway_row(number, script, kind="SQL"):
    return jdbc((f'INSERT INTO {FLYWAY_LEDGER} ("installed_rank", "version", "description", "type", "script", "checksum", '
                 '"installed_by", "execution_time", "success") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
                 number, number, script, kind, script, 1234, "migrator", 7, "t"))


def flyway(number, name, statements):
    return [jdbc("SELECT CURRENT_USER"), jdbc(("SELECT set_config('search_path', $1, false)", '"public"')),
            at(2, jdbc("BEGIN", ("SELECT pg_try_advisory_xact_lock($1)", 77431708279161))),
            jdbc("BEGIN", statements[0]), *map(jdbc, statements[1:]), jdbc('SET ROLE "migrator"'),
            flyway_row(number, f"V{number}__{name}.sql"), jdbc("COMMIT"), at(2, jdbc("COMMIT"))]


FLYWAY = Replay(
    "flyway",
    [jdbc("SELECT version()"), jdbc("SHOW search_path"),
     jdbc("BEGIN", f"""CREATE TABLE {FLYWAY_LEDGER} (
       "installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL,
       "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL,
       "installed_on" TIMESTAMP NOT NULL DEFAULT now(), "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL)"""),
     jdbc(f'ALTER TABLE {FLYWAY_LEDGER} ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank")'),
     jdbc(f'CREATE INDEX "flyway_schema_history_s_idx" ON {FLYWAY_LEDGER} ("success")'), jdbc("COMMIT")],
    flyway,
    {"a migration that drops": (flyway(3, "bad", [*TAGS, DROP_USERS]), DROPPED),
     "clean": ([jdbc("BEGIN", 'DROP TABLE IF EXISTS "public"."users" CASCADE'), jdbc("COMMIT")], DROPPED),
     "clean of the ledger": ([jdbc(f"DROP TABLE IF EXISTS {FLYWAY_LEDGER} CASCADE")], [*DROPPED, *BACKWARD]),
     "clean of the schema": ([jdbc('DROP SCHEMA "public" CASCADE')], DROPPED),
     "undo": ([jdbc("BEGIN", DROP_AGE), flyway_row(3, "U2__age.sql", "UNDO_SQL"), jdbc("COMMIT")], ALTERED),
     "repair": ([jdbc(f"""UPDATE {FLYWAY_LEDGER} SET "checksum" = 0 WHERE "version" = '1'""")], BACKWARD),
     "repair that forgets": ([jdbc(f'DELETE FROM {FLYWAY_LEDGER} WHERE "success" = true')], BACKWARD)})


# --- Liquibase: over JDBC, never in autocommit; a lock that is a row ---

def liquibase_lock(values, condition=""):
    return f"UPDATE public.databasechangeloglock SET LOCKED = {values} WHERE ID = 1{condition}"


def liquibase(number, name, statements):
    return [jdbc("BEGIN", "SELECT LOCKED FROM public.databasechangeloglock WHERE ID=1"),
            jdbc(liquibase_lock("TRUE, LOCKEDBY = 'host (127.0.0.1)', LOCKGRANTED = NOW()", " AND LOCKED = FALSE")),
            jdbc("COMMIT"),
            jdbc("BEGIN", "SELECT * FROM public.databasechangelog ORDER BY DATEEXECUTED ASC, ORDEREXECUTED ASC"),
            *map(jdbc, statements),
            jdbc("INSERT INTO public.databasechangelog (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, MD5SUM, DESCRIPTION, "
                 "COMMENTS, EXECTYPE, CONTEXTS, LABELS, LIQUIBASE, DEPLOYMENT_ID) VALUES "
                 f"('{number}', 'ann', 'changelog.xml', NOW(), {number}, '9:a1b2', '{name}', '', 'EXECUTED', NULL, NULL, '4.29.0', "
                 "'1700000000')"),
            jdbc("COMMIT"),
            jdbc("BEGIN", liquibase_lock("FALSE, LOCKEDBY = NULL, LOCKGRANTED = NULL")), jdbc("COMMIT")]


LIQUIBASE = Replay(
    "liquibase",
    [jdbc("BEGIN", "CREATE TABLE public.databasechangeloglock (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TIMESTAMP "
          "WITHOUT TIME ZONE, LOCKEDBY VARCHAR(255), CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (ID))"), jdbc("COMMIT"),
     jdbc("BEGIN", "DELETE FROM public.databasechangeloglock"),
     jdbc("INSERT INTO public.databasechangeloglock (ID, LOCKED) VALUES (1, FALSE)"), jdbc("COMMIT"),
     jdbc("BEGIN", """CREATE TABLE public.databasechangelog (
       ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL, DATEEXECUTED TIMESTAMP WITHOUT TIME
       ZONE NOT NULL, ORDEREXECUTED INTEGER NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35), DESCRIPTION VARCHAR(255),
       COMMENTS VARCHAR(255), TAG VARCHAR(255), LIQUIBASE VARCHAR(20), CONTEXTS VARCHAR(255), LABELS VARCHAR(255),
       DEPLOYMENT_ID VARCHAR(10))"""), jdbc("COMMIT")],
    liquibase,
    {"a changeset that drops": (liquibase(3, "bad", [*TAGS, DROP_USERS]), DROPPED),
     "drop-all": ([jdbc("BEGIN", "ALTER TABLE public.users DROP CONSTRAINT users_pkey"), jdbc("COMMIT")], ALTERED),
     "drop-all of a table": ([jdbc("BEGIN", "DROP TABLE public.users CASCADE"), jdbc("COMMIT")], DROPPED),
     "rollback": ([jdbc("BEGIN", DROP_AGE), jdbc("COMMIT")], ALTERED),
     "rollback of the record": ([jdbc("BEGIN", "DELETE FROM public.databasechangelog WHERE ID = '2' AND AUTHOR = 'ann' "
                                      "AND FILENAME = 'changelog.xml'"), jdbc("COMMIT")], BACKWARD),
     "clear-checksums": ([jdbc("BEGIN", "UPDATE public.databasechangelog SET MD5SUM = NULL"), jdbc("COMMIT")],
                         [*BACKWARD, "deploy.update-without-where"])},
    notes=frozenset({"public.databasechangeloglock"}))


# --- goose: over pgx ---

def goose(number, _, statements):
    return [pgx("SELECT pg_try_advisory_lock($1)", 5887940537704921958), pgx("SELECT max(version_id) FROM goose_db_version"),
            q("begin"), *map(pgx, statements),
            pgx("INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", number, "t"), q("commit"),
            pgx("SELECT pg_advisory_unlock($1)", 5887940537704921958)]


GOOSE_BACK = pgx("DELETE FROM goose_db_version WHERE version_id=$1", 2)
GOOSE = Replay(
    "goose",
    [q("begin"), pgx("CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint "
                     "NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now())"),
     pgx("INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", 0, "t"), q("commit")],
    goose,
    {"down": ([q("begin"), pgx(DROP_AGE), GOOSE_BACK, q("commit")], ALTERED),
     "down of what destroys nothing": ([q("begin"), GOOSE_BACK, q("commit")], BACKWARD),
     "down as older releases record it": (
         [q("begin"), pgx("INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", 2, "f"), q("commit")], BACKWARD),
     "up to a file that drops": (goose(3, "", [*TAGS, DROP_USERS]), DROPPED)})


# --- Atlas: the revision before the file's statements and after each, by upsert ---

ATLAS_LEDGER = '"atlas_schema_revisions"."atlas_schema_revisions"'


def atlas(number, name, statements):
    def row(applied):
        return go(f'INSERT INTO {ATLAS_LEDGER} ("version", "description", "type", "applied", "total", "executed_at", '
                  '"execution_time", "hash", "operator_version") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ("version") '
                  'DO UPDATE SET "applied" = "excluded"."applied", "total" = "excluded"."total", '
                  '"execution_time" = "excluded"."execution_time", "hash" = "excluded"."hash"',
                  f"2024010{number}", name, 2, applied, len(statements), "2024-01-01 00:00:00+00", 1, "h1:abc=", "Atlas CLI")
    return [go("SELECT pg_try_advisory_lock($1)", 123456), q("BEGIN"), row(0),
            *(step for n, statement in enumerate(statements) for step in (q(statement), row(n + 1))), q("COMMIT"),
            go("SELECT pg_advisory_unlock($1)", 123456)]


ATLAS = Replay(
    "atlas",
    [q('CREATE SCHEMA IF NOT EXISTS "atlas_schema_revisions"'),
     q(f"""CREATE TABLE IF NOT EXISTS {ATLAS_LEDGER} (
       "version" character varying NOT NULL, "description" character varying NOT NULL, "type" bigint NOT NULL DEFAULT 2,
       "applied" bigint NOT NULL DEFAULT 0, "total" bigint NOT NULL DEFAULT 0, "executed_at" timestamptz NOT NULL,
       "execution_time" bigint NOT NULL, "hash" character varying NOT NULL, "operator_version" character varying NOT NULL,
       PRIMARY KEY ("version"))""")],
    atlas,
    {"schema apply": ([q("BEGIN"), q(TAGS[0]), q("COMMIT")], NOT_RECORDED),
     "schema apply that drops": ([q("BEGIN"), q('DROP TABLE "public"."users"'), q("COMMIT")], DROPPED),
     "schema clean": ([q('DROP TABLE "public"."users" CASCADE')], DROPPED),
     "down": ([q("BEGIN"), q(DROP_AGE), q("COMMIT")], ALTERED),
     "migrate set": ([go(f'DELETE FROM {ATLAS_LEDGER} WHERE "version" = $1', "20240102")], BACKWARD),
     "a file that drops": (atlas(3, "bad", [*TAGS, DROP_USERS]), DROPPED)})


# --- dbmate: over lib/pq, the record's text in lower case ---

def dbmate(number, _, statements):
    return [q(f"select version from {GO_LEDGER} order by version asc"), q("BEGIN READ WRITE"), q(joined(statements)),
            go(f"insert into {GO_LEDGER} (version) values ($1)", f"2024010{number}"), q("COMMIT")]


DBMATE_BACK = go(f"delete from {GO_LEDGER} where version = $1", "20240102")
DBMATE = Replay(
    "dbmate",
    [q("select current_schema()"), q(f"create table if not exists {GO_LEDGER} (version varchar(128) primary key)")],
    dbmate,
    {"rollback": ([q("BEGIN READ WRITE"), q(DROP_AGE), DBMATE_BACK, q("COMMIT")], ALTERED),
     "rollback of the record": ([q("BEGIN READ WRITE"), DBMATE_BACK, q("COMMIT")], BACKWARD),
     "a file that drops": (dbmate(3, "", [*TAGS, DROP_USERS]), DROPPED),
     "load": ([q(joined(["CREATE TABLE public.tags (id integer)", "SET search_path = public"]))], NOT_RECORDED),
     "drop": ([q('drop database if exists "shop"')], ["deploy.administration"])})


# --- nobody's: a script of one's own with a ledger that the config names ---

def own(number, name, statements):
    return [q("BEGIN"), *map(q, statements), q(f"INSERT INTO ops.schema_history (number, name) VALUES ({number}, '{name}')"),
            q("COMMIT")]


OWN = Replay(
    "own",
    [q("BEGIN"), q("CREATE SCHEMA ops"), q("CREATE TABLE ops.schema_history (number integer PRIMARY KEY, name text)"),
     q("INSERT INTO ops.schema_history VALUES (0, 'the history itself')"), q("COMMIT")],
    own,
    {"changes without the record": ([q("BEGIN"), q(TAGS[0]), q("COMMIT")], NOT_RECORDED),
     "a record in another schema": ([q("BEGIN"), q("CREATE TABLE schema_history (number integer)"),
                                     q("INSERT INTO schema_history VALUES (3)"), q("COMMIT")], NOT_RECORDED),
     "a record that is taken back": ([q("BEGIN"), q("SAVEPOINT s"), q("INSERT INTO ops.schema_history VALUES (3)"), q(TAGS[0]),
                                      q("ROLLBACK TO s"), q(TAGS[0]), q("COMMIT")], NOT_RECORDED),
     "a record of nothing": ([q("BEGIN"), q(TAGS[0]), q("INSERT INTO ops.schema_history SELECT 3 WHERE false"), q("COMMIT")],
                             [*NOT_RECORDED, *BACKWARD]),
     "drops": (own(3, "bad", [*TAGS, DROP_USERS]), DROPPED),
     "the record taken away": ([q("DELETE FROM ops.schema_history WHERE number = 2")], BACKWARD),
     "the record rewritten": ([q("UPDATE ops.schema_history SET name = 'x' WHERE number = 2")], BACKWARD)},
    {"ledgers": [{"table": "ops.schema_history"}]})

REPLAYS = {replay.tool: replay for replay in (SUPABASE, GOLANG_MIGRATE, FLYWAY, LIQUIBASE, GOOSE, ATLAS, DBMATE, OWN)}
