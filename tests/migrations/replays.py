"""What the migration tools say that no package registry here has: Supabase's CLI, golang-migrate, Flyway,
Liquibase, goose, Atlas, dbmate.  Of each: how it first prepares a database, one migration after the
other, and what its destructive commands send.
"""
import dataclasses

from replay import at, go, jdbc, pgx, pipeline, q

USERS = ["CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, note text)",
         "CREATE UNIQUE INDEX users_email ON users (email)"]
AGE = ["ALTER TABLE users ADD COLUMN age integer", "UPDATE users SET note = 'none' WHERE note IS NULL"]
TAGS = ["CREATE TABLE tags (id integer PRIMARY KEY)", "ALTER TABLE users ADD COLUMN tag integer REFERENCES tags"]
DROP_AGE, DROP_USERS = "ALTER TABLE users DROP COLUMN age", "DROP TABLE users"


@dataclasses.dataclass
class Replay:
    tool: str
    first: list                 # on an empty database
    migration: object           # migration(number, name, statements) -> steps
    # {what: (steps, rules one of which refuses)}.  Said to a database that has two migrations.
    destroys: dict
    migrations: dict = None     # the environment's block, where the default does not let it work
    # Tables of the tool's own that may be others after a refusal: what it notes before it tries.
    notes: frozenset = frozenset()


def joined(statements):
    return ";\n".join(statements) + ";\n"


# --- Supabase: a file is one pipeline, its record the last statement of it ---

def supabase(number, name, statements):
    array = "{" + ",".join('"' + s.replace('"', r'\"') + '"' for s in statements) + "}"
    return [q("RESET ALL"), pipeline(*statements, ("INSERT INTO supabase_migrations.schema_migrations(version, name, statements) "
                                                   "VALUES($1, $2, $3)", f"2024010{number}", name, array))]


SUPABASE = Replay(
    "supabase",
    [pipeline("SET lock_timeout = '4s'", "CREATE SCHEMA IF NOT EXISTS supabase_migrations",
              "CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY)",
              "ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS statements text[]",
              "ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS name text"),
     q("SELECT version, coalesce(name, '') as name, statements FROM supabase_migrations.schema_migrations")],
    supabase,
    {"a migration that drops": (supabase(3, "bad", [*TAGS, DROP_USERS]), ["deploy.drop"]),
     "reset of the remote": ([q("do $$ declare t record; begin for t in select tablename from pg_tables where schemaname = 'public' "
                                "loop execute format('drop table public.%I cascade', t.tablename); end loop; end $$")], ["deploy.code"]),
     "truncates the ledger": ([q("TRUNCATE supabase_migrations.schema_migrations")], ["deploy.truncate", "deploy.ledger"]),
     "repair to reverted": ([pipeline(("DELETE FROM supabase_migrations.schema_migrations WHERE version = ANY($1)", "{20240102}"))],
                            ["deploy.ledger"]),
     "statements without the record": ([pipeline(*TAGS)], ["deploy.no-migration", "deploy.unrecorded-migration"]),
     "drops the ledger's schema": ([q("DROP SCHEMA supabase_migrations CASCADE")], ["deploy.drop"])})


# --- golang-migrate: the version before (dirty) and after a file, each in a transaction of its own ---

def version(number, dirty):
    return [q("BEGIN"), q('TRUNCATE "public"."schema_migrations"'),
            go('INSERT INTO "public"."schema_migrations" (version, dirty) VALUES ($1, $2)', number, "true" if dirty else "false"),
            q("COMMIT")]


GO_LOCK, GO_UNLOCK = go("SELECT pg_advisory_lock($1)", 814823745), go("SELECT pg_advisory_unlock($1)", 814823745)
GO_VERSION = q('SELECT version, dirty FROM "public"."schema_migrations" LIMIT 1')


def golang_migrate(number, _, statements):
    return [GO_LOCK, GO_VERSION, *version(number, True), q(joined(statements)), *version(number, False), GO_UNLOCK]


GOLANG_MIGRATE = Replay(
    "golang-migrate",
    [q("SELECT CURRENT_DATABASE()"), q("SELECT CURRENT_SCHEMA()"), GO_LOCK,
     go("SELECT COUNT(1) FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2 LIMIT 1", "public", "schema_migrations"),
     q('CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (version bigint not null primary key, dirty boolean not null)'), GO_UNLOCK],
    golang_migrate,
    {"down": (golang_migrate(1, "", [DROP_AGE]), ["deploy.alter-destructive"]),
     "down of all": ([*version(-1, True), q(DROP_USERS)], ["deploy.drop"]),
     "up to a file that drops": (golang_migrate(3, "", [*TAGS, DROP_USERS]), ["deploy.drop"]),
     "drop": ([q("SELECT table_name FROM information_schema.tables WHERE table_schema=(SELECT current_schema()) AND table_type='BASE TABLE'"),
               q('DROP TABLE IF EXISTS "users" CASCADE')], ["deploy.drop"]),
     "drop of the ledger": ([q('DROP TABLE IF EXISTS "schema_migrations" CASCADE')], ["deploy.drop", "deploy.ledger"])},
    {"tools": ["golang-migrate"]}, frozenset({"public.schema_migrations"}))


# --- Flyway: over JDBC, with the lock on a second connection ---

FLYWAY_ROW = ('INSERT INTO "public"."flyway_schema_history" ("installed_rank", "version", "description", "type", "script", "checksum", '
              '"installed_by", "execution_time", "success") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)')


def flyway(number, name, statements):
    return [jdbc("SELECT CURRENT_USER"), jdbc(("SELECT set_config('search_path', $1, false)", '"public"')),
            at(2, jdbc("BEGIN", ("SELECT pg_try_advisory_xact_lock($1)", 77431708279161))),
            jdbc("BEGIN", statements[0]), *map(jdbc, statements[1:]), jdbc('SET ROLE "migrator"'),
            jdbc((FLYWAY_ROW, number, number, name, "SQL", f"V{number}__{name}.sql", 1234, "migrator", 7, "t")), jdbc("COMMIT"),
            at(2, jdbc("COMMIT"))]


FLYWAY = Replay(
    "flyway",
    [jdbc("SELECT version()"), jdbc("SHOW search_path"),
     jdbc("BEGIN", 'CREATE TABLE "public"."flyway_schema_history" ("installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) '
          'NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL, '
          '"installed_on" TIMESTAMP NOT NULL DEFAULT now(), "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL)'),
     jdbc('ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank")'),
     jdbc('CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success")'), jdbc("COMMIT")],
    flyway,
    {"a migration that drops": (flyway(3, "bad", [*TAGS, DROP_USERS]), ["deploy.drop"]),
     "clean": ([jdbc("BEGIN", 'DROP TABLE IF EXISTS "public"."users" CASCADE'), jdbc("COMMIT")], ["deploy.drop"]),
     "clean of the ledger": ([jdbc('DROP TABLE IF EXISTS "public"."flyway_schema_history" CASCADE')], ["deploy.drop", "deploy.ledger"]),
     "clean of the schema": ([jdbc('DROP SCHEMA "public" CASCADE')], ["deploy.drop"]),
     "undo": ([jdbc("BEGIN", DROP_AGE), jdbc((FLYWAY_ROW, 3, 2, "age", "UNDO_SQL", "U2__age.sql", 1, "migrator", 1, "t")), jdbc("COMMIT")],
              ["deploy.alter-destructive"]),
     "repair": ([jdbc('UPDATE "public"."flyway_schema_history" SET "checksum" = 0 WHERE "version" = \'1\'')], ["deploy.ledger"]),
     "repair of what failed": ([jdbc('DELETE FROM "public"."flyway_schema_history" WHERE "success" = true')], ["deploy.ledger"])})


# --- Liquibase: over JDBC, never in autocommit; a lock that is a row ---

def liquibase(number, name, statements):
    lock = "UPDATE public.databasechangeloglock SET LOCKED = {} WHERE ID = 1"
    row = ("INSERT INTO public.databasechangelog (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, MD5SUM, DESCRIPTION, COMMENTS, EXECTYPE, "
           f"CONTEXTS, LABELS, LIQUIBASE, DEPLOYMENT_ID) VALUES ('{number}', 'ann', 'changelog.xml', NOW(), {number}, '9:a1b2', '{name}', '', "
           "'EXECUTED', NULL, NULL, '4.29.0', '1700000000')")
    return [jdbc("BEGIN", "SELECT LOCKED FROM public.databasechangeloglock WHERE ID=1"),
            jdbc(lock.format("TRUE, LOCKEDBY = 'host (127.0.0.1)', LOCKGRANTED = NOW()") + " AND LOCKED = FALSE"), jdbc("COMMIT"),
            jdbc("BEGIN", "SELECT * FROM public.databasechangelog ORDER BY DATEEXECUTED ASC, ORDEREXECUTED ASC"),
            *map(jdbc, statements), jdbc(row), jdbc("COMMIT"),
            jdbc("BEGIN", lock.format("FALSE, LOCKEDBY = NULL, LOCKGRANTED = NULL")), jdbc("COMMIT")]


LIQUIBASE = Replay(
    "liquibase",
    [jdbc("BEGIN", "CREATE TABLE public.databasechangeloglock (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TIMESTAMP WITHOUT TIME ZONE, "
          "LOCKEDBY VARCHAR(255), CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (ID))"), jdbc("COMMIT"),
     jdbc("BEGIN", "DELETE FROM public.databasechangeloglock"),
     jdbc("INSERT INTO public.databasechangeloglock (ID, LOCKED) VALUES (1, FALSE)"), jdbc("COMMIT"),
     jdbc("BEGIN", "CREATE TABLE public.databasechangelog (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL, "
          "DATEEXECUTED TIMESTAMP WITHOUT TIME ZONE NOT NULL, ORDEREXECUTED INTEGER NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35), "
          "DESCRIPTION VARCHAR(255), COMMENTS VARCHAR(255), TAG VARCHAR(255), LIQUIBASE VARCHAR(20), CONTEXTS VARCHAR(255), LABELS VARCHAR(255), "
          "DEPLOYMENT_ID VARCHAR(10))"), jdbc("COMMIT")],
    liquibase,
    {"a changeset that drops": (liquibase(3, "bad", [*TAGS, DROP_USERS]), ["deploy.drop"]),
     "drop-all": ([jdbc("BEGIN", "ALTER TABLE public.users DROP CONSTRAINT users_pkey"), jdbc("COMMIT")], ["deploy.alter-destructive"]),
     "drop-all of a table": ([jdbc("BEGIN", "DROP TABLE public.users CASCADE"), jdbc("COMMIT")], ["deploy.drop"]),
     "rollback": ([jdbc("BEGIN", DROP_AGE), jdbc("COMMIT")], ["deploy.alter-destructive"]),
     "rollback of the record": ([jdbc("BEGIN", "DELETE FROM public.databasechangelog WHERE ID = '2' AND AUTHOR = 'ann' AND FILENAME = 'changelog.xml'"),
                                 jdbc("COMMIT")], ["deploy.ledger"]),
     "clear-checksums": ([jdbc("BEGIN", "UPDATE public.databasechangelog SET MD5SUM = NULL"), jdbc("COMMIT")],
                         ["deploy.ledger", "deploy.update-without-where"])},
    notes=frozenset({"public.databasechangeloglock"}))


# --- goose: over pgx ---

def goose(number, _, statements):
    return [pgx("SELECT pg_try_advisory_lock($1)", 5887940537704921958), pgx("SELECT max(version_id) FROM goose_db_version"), q("begin"),
            *map(pgx, statements), pgx("INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", number, "t"), q("commit"),
            pgx("SELECT pg_advisory_unlock($1)", 5887940537704921958)]


GOOSE = Replay(
    "goose",
    [q("begin"), pgx("CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, "
                     "is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now())"),
     pgx("INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", 0, "t"), q("commit")],
    goose,
    {"down": ([q("begin"), pgx(DROP_AGE), pgx("DELETE FROM goose_db_version WHERE version_id=$1", 2), q("commit")], ["deploy.alter-destructive"]),
     "down of what destroys nothing": ([q("begin"), pgx("DELETE FROM goose_db_version WHERE version_id=$1", 2), q("commit")], ["deploy.ledger"]),
     "up to a file that drops": (goose(3, "", [*TAGS, DROP_USERS]), ["deploy.drop"])})


# --- Atlas: the revision before the file's statements and after each, by upsert ---

ATLAS_ROW = ('INSERT INTO "atlas_schema_revisions"."atlas_schema_revisions" ("version", "description", "type", "applied", "total", "executed_at", '
             '"execution_time", "hash", "operator_version") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ("version") DO UPDATE SET '
             '"applied" = "excluded"."applied", "total" = "excluded"."total", "execution_time" = "excluded"."execution_time", "hash" = "excluded"."hash"')


def atlas(number, name, statements):
    def row(applied):
        return go(ATLAS_ROW, f"2024010{number}", name, 2, applied, len(statements), "2024-01-01 00:00:00+00", 1, "h1:abc=", "Atlas CLI")
    return [go("SELECT pg_try_advisory_lock($1)", 123456), q("BEGIN"), row(0),
            *(step for n, statement in enumerate(statements) for step in (q(statement), row(n + 1))), q("COMMIT"),
            go("SELECT pg_advisory_unlock($1)", 123456)]


ATLAS = Replay(
    "atlas",
    [q('CREATE SCHEMA IF NOT EXISTS "atlas_schema_revisions"'),
     q('CREATE TABLE IF NOT EXISTS "atlas_schema_revisions"."atlas_schema_revisions" ("version" character varying NOT NULL, "description" character '
       'varying NOT NULL, "type" bigint NOT NULL DEFAULT 2, "applied" bigint NOT NULL DEFAULT 0, "total" bigint NOT NULL DEFAULT 0, "executed_at" '
       'timestamptz NOT NULL, "execution_time" bigint NOT NULL, "hash" character varying NOT NULL, "operator_version" character varying NOT NULL, '
       'PRIMARY KEY ("version"))')],
    atlas,
    {"schema apply": ([q("BEGIN"), q(TAGS[0]), q("COMMIT")], ["deploy.no-migration", "deploy.unrecorded-migration"]),
     "schema apply that drops": ([q("BEGIN"), q('DROP TABLE "public"."users"'), q("COMMIT")], ["deploy.drop"]),
     "schema clean": ([q('DROP TABLE "public"."users" CASCADE')], ["deploy.drop"]),
     "down": ([q("BEGIN"), q(DROP_AGE), q("COMMIT")], ["deploy.alter-destructive"]),
     "migrate set": ([go('DELETE FROM "atlas_schema_revisions"."atlas_schema_revisions" WHERE "version" = $1', "20240102")], ["deploy.ledger"]),
     "a file that drops": (atlas(3, "bad", [*TAGS, DROP_USERS]), ["deploy.drop"])})


# --- dbmate: over lib/pq, the record's text in lower case ---

def dbmate(number, _, statements):
    return [q("select version from \"public\".\"schema_migrations\" where version = any('{}') "), q("BEGIN READ WRITE"), q(joined(statements)),
            go('insert into "public"."schema_migrations" (version) values ($1)', f"2024010{number}"), q("COMMIT")]


DBMATE = Replay(
    "dbmate",
    [q("select current_schema()"), q('create table if not exists "public"."schema_migrations" (version varchar(128) primary key)')],
    dbmate,
    {"rollback": ([q("BEGIN READ WRITE"), q(DROP_AGE), go('delete from "public"."schema_migrations" where version = $1', "20240102"), q("COMMIT")],
                  ["deploy.alter-destructive"]),
     "rollback of the record": ([q("BEGIN READ WRITE"), go('delete from "public"."schema_migrations" where version = $1', "20240102"), q("COMMIT")],
                                ["deploy.ledger"]),
     "a file that drops": (dbmate(3, "", [*TAGS, DROP_USERS]), ["deploy.drop"]),
     "load": ([q(joined(["CREATE TABLE public.tags (id integer)", "SET search_path = public"]))],
              ["deploy.no-migration", "deploy.unrecorded-migration"]),
     "drop": ([q('drop database if exists "shop"')], ["deploy.administration"])})


# --- nobody's: a script of one's own with a ledger that the config names ---

def own(number, name, statements):
    return [q("BEGIN"), *map(q, statements), q(f"INSERT INTO ops.schema_history (number, name) VALUES ({number}, '{name}')"), q("COMMIT")]


OWN = Replay(
    "own",
    [q("BEGIN"), q("CREATE SCHEMA ops"), q("CREATE TABLE ops.schema_history (number integer PRIMARY KEY, name text)"),
     q("INSERT INTO ops.schema_history VALUES (0, 'the history itself')"), q("COMMIT")],
    own,
    {"changes without the record": ([q("BEGIN"), q(TAGS[0]), q("COMMIT")], ["deploy.no-migration", "deploy.unrecorded-migration"]),
     "a record in another schema": ([q("BEGIN"), q("CREATE TABLE schema_history (number integer)"), q("INSERT INTO schema_history VALUES (3)"),
                                     q("COMMIT")], ["deploy.no-migration", "deploy.unrecorded-migration"]),
     "drops": (own(3, "bad", [*TAGS, DROP_USERS]), ["deploy.drop"]),
     "the record taken away": ([q("DELETE FROM ops.schema_history WHERE number = 2")], ["deploy.ledger"]),
     "the record rewritten": ([q("UPDATE ops.schema_history SET name = 'x' WHERE number = 2")], ["deploy.ledger"])},
    {"ledgers": [{"table": "ops.schema_history"}]})

REPLAYS = {replay.tool: replay for replay in (SUPABASE, GOLANG_MIGRATE, FLYWAY, LIQUIBASE, GOOSE, ATLAS, DBMATE, OWN)}
