# Flyway, Liquibase, golang-migrate, goose, dbmate, Atlas and the Supabase CLI: their locks, ledgers
# and settings, after public documentation and source; the spelling is ours.  What golang-migrate
# and Knex do to their own ledgers without a WHERE is for the approval of deployments to decide.

#for readonly=ok app=ok deploy=ok
#: Flyway: who it is
SELECT CURRENT_USER
#: Flyway: the schema it is in
SELECT current_schema()
#: Flyway: is the schema there
SELECT COUNT(*) FROM pg_namespace WHERE nspname = 'public'
#: Flyway: is the schema empty
SELECT EXISTS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_depend d ON d.objid = c.oid AND d.deptype = 'e' WHERE n.nspname = 'public' AND d.objid IS NULL AND c.relkind IN ('r', 'v', 'S', 't') UNION ALL SELECT t.oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = 'public' AND t.typcategory NOT IN ('A', 'C'))
#: Flyway: the search path
SELECT set_config('search_path', '"public","$user"', false)
#: Flyway: its table, is it there
SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'flyway_schema_history')
#: Liquibase: the search path
SHOW SEARCH_PATH
#: Liquibase: the search path, set
SET SEARCH_PATH TO public, "$user","public"
#: Liquibase: its lock's table, is it there
SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'databasechangeloglock'
#: Atlas: who and what
SELECT current_setting('server_version_num'), current_setting('default_table_access_method', true), current_setting('crdb_version', true)
#: Atlas: schemas
SELECT nspname AS schema_name, pg_catalog.obj_description(oid) AS comment FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_SCHEMA() ORDER BY nspname
#: Supabase: timeouts
SET lock_timeout = '4s'
#: Supabase: back to the beginning | alone
RESET ALL
#: dbmate: the migrations that are there
SELECT to_regclass('"public"."schema_migrations"')

#for readonly=refused app=ok deploy=ok
#: Flyway: its lock
SELECT pg_try_advisory_xact_lock(77431708279161)
#: Prisma: its lock | alone
SELECT pg_advisory_lock(72707369)
#: golang-migrate: its lock | alone
SELECT pg_advisory_lock(1234567890123)
#: golang-migrate: the release | alone
SELECT pg_advisory_unlock(1234567890123)
#: goose: its lock | alone
SELECT pg_try_advisory_lock(5887940537704921958)
#: Rails: its lock | alone
SELECT pg_try_advisory_lock(2053462845)
#: Kysely: its lock and its timeout
WITH set_timeout AS (SELECT set_config('lock_timeout', '5s', true)) SELECT pg_advisory_xact_lock(3853314791062309107) FROM set_timeout
#: dbmate: begin | alone
BEGIN READ WRITE

#for readonly=write app=42501 deploy=ok
#: Flyway: its table
CREATE TABLE IF NOT EXISTS "public"."flyway_schema_history" ("installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL, "installed_on" TIMESTAMP NOT NULL DEFAULT now(), "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL) WITH (OIDS = false)
#: Flyway: its key | goes-on
ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank")
#: Flyway: its index | goes-on
CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success")
#: Flyway: lock of its table | goes-on app=-
SELECT * FROM "public"."flyway_schema_history" FOR UPDATE
#: Flyway: a migration | goes-on
CREATE TABLE flown (id int PRIMARY KEY); INSERT INTO flown VALUES (1)
#: Flyway: its ledger | goes-on app=-
INSERT INTO "public"."flyway_schema_history" ("installed_rank", "version", "description", "type", "script", "checksum", "installed_by", "execution_time", "success") VALUES (1, '1', 'init', 'SQL', 'V1__init.sql', -1, 'deploy_super', 5, true)
#: Liquibase: the lock's table
CREATE TABLE databasechangeloglock (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TIMESTAMP WITHOUT TIME ZONE, LOCKEDBY VARCHAR(255), CONSTRAINT databasechangeloglock_pkey PRIMARY KEY (ID))
#: Liquibase: the lock's row, which it empties first | goes-on app=42501 deploy=-
DELETE FROM databasechangeloglock
#: Liquibase: the lock's row | goes-on app=-
INSERT INTO databasechangeloglock (ID, LOCKED) VALUES (1, FALSE)
#: Liquibase: take the lock | goes-on app=-
UPDATE databasechangeloglock SET LOCKED = TRUE, LOCKEDBY = 'ci', LOCKGRANTED = NOW() WHERE ID = 1 AND LOCKED = FALSE
#: Liquibase: the ledger's table | goes-on
CREATE TABLE databasechangelog (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL, DATEEXECUTED TIMESTAMP WITHOUT TIME ZONE NOT NULL, ORDEREXECUTED INTEGER NOT NULL, EXECTYPE VARCHAR(10) NOT NULL, MD5SUM VARCHAR(35), DEPLOYMENT_ID VARCHAR(10))
#: Liquibase: the ledger | goes-on app=-
INSERT INTO databasechangelog (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, MD5SUM, EXECTYPE) VALUES ('1', 'a', 'changelog.xml', NOW(), (SELECT coalesce(max(ORDEREXECUTED), 0) + 1 FROM databasechangelog), '9:0', 'EXECUTED')
#: Liquibase: release the lock | goes-on app=-
UPDATE databasechangeloglock SET LOCKED = FALSE, LOCKEDBY = NULL, LOCKGRANTED = NULL WHERE ID = 1
#: golang-migrate: its table
CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (version bigint not null primary key, dirty boolean not null)
#: golang-migrate: its ledger, emptied | goes-on app=42501 deploy=-
TRUNCATE "public"."schema_migrations"
#: golang-migrate: its ledger | goes-on app=-
INSERT INTO "public"."schema_migrations" (version, dirty) VALUES (1, true)
#: goose: its table
CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp NOT NULL DEFAULT now())
#: goose: its ledger | goes-on app=-
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true)
#: Atlas: its schema
CREATE SCHEMA IF NOT EXISTS "atlas_schema_revisions"
#: Atlas: its table | goes-on
CREATE TABLE "atlas_schema_revisions"."atlas_schema_revisions" ("version" character varying NOT NULL, "description" character varying NOT NULL, "applied" bigint NOT NULL DEFAULT 0, "hash" character varying NOT NULL, "partial_hashes" jsonb NULL, PRIMARY KEY ("version"))
#: Supabase: its schema
CREATE SCHEMA IF NOT EXISTS supabase_migrations
#: Supabase: its table | goes-on
CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY)
#: Supabase: its table's later columns | goes-on
ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS statements text[], ADD COLUMN IF NOT EXISTS name text
#: Supabase: its ledger | goes-on app=-
#bind ["20260101", "init", "{}"]
INSERT INTO supabase_migrations.schema_migrations(version, name, statements) VALUES($1, $2, $3)
