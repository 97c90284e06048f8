# Knex, Sequelize, TypeORM, Kysely and node-pg-migrate migrations.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: select version();
select version();
#: 2: select … from information_schema.tables where table_name | goes-on
#bind ["knex_migrations"]
select * from information_schema.tables where table_name = $1 and table_schema = current_schema()
#: 3: create table "knex_migrations" ("id" serial primary key, | readonly=write app=42501 goes-on
create table "knex_migrations" ("id" serial primary key, "name" varchar(255), "batch" integer, "migration_time" timestamptz)
#: 4: create table "knex_migrations_lock" ("index" serial prim | readonly=write app=42501 goes-on
create table "knex_migrations_lock" ("index" serial primary key, "is_locked" integer)
#: 5: select * from "knex_migrations_lock" | goes-on
select * from "knex_migrations_lock"
#: 6: insert into "knex_migrations_lock" ("is_locked") values | readonly=write goes-on
#bind ["0"]
insert into "knex_migrations_lock" ("is_locked") values ($1)
#: 7: select "name" from "knex_migrations" order by "id" asc | goes-on
select "name" from "knex_migrations" order by "id" asc
#: 8: update "knex_migrations_lock" set "is_locked" = $1 where | readonly=write goes-on
#bind ["1", "0"]
update "knex_migrations_lock" set "is_locked" = $1 where "is_locked" = $2
#: 9: select max("batch") as "max_batch" from "knex_migrations | goes-on
select max("batch") as "max_batch" from "knex_migrations"
#: 10: create table "kx" ("id" serial primary key, "n" varchar( | readonly=write app=42501 goes-on
create table "kx" ("id" serial primary key, "n" varchar(255) not null, "c" integer, "d" jsonb, "created_at" timestamptz not null default CURRENT_TIMESTAMP, "updated_at" timestamptz not null default CURRENT_TIMESTAMP, "e" text check ("e" in ('a', 'b')))
#: 11: create index "kx_n_index" on "kx" ("n") | readonly=write app=42501 goes-on
create index "kx_n_index" on "kx" ("n")
#: 12: alter table "kx" add constraint "kx_c_foreign" foreign k | readonly=write app=42501 goes-on
alter table "kx" add constraint "kx_c_foreign" foreign key ("c") references "customers" ("id")
#: 13: alter table "kx" add column "b" boolean default '0' | readonly=write app=42501 goes-on
alter table "kx" add column "b" boolean default '0'
#: 14: alter table "kx" add constraint "kx_n_c_unique" unique ( | readonly=write app=42501 goes-on
alter table "kx" add constraint "kx_n_c_unique" unique ("n", "c")
#: 15: insert into "knex_migrations" ("batch", "migration_time" | readonly=write goes-on
#bind ["1", "2026-11-21 10:10:51.886+00", "1"]
insert into "knex_migrations" ("batch", "migration_time", "name") values ($1, $2, $3)
#: 16: update "knex_migrations_lock" set "is_locked" = $1 | readonly=write goes-on
#bind ["0"]
update "knex_migrations_lock" set "is_locked" = $1
#: 17: select … from information_schema.columns where table_nam | goes-on
#bind ["kx"]
select * from information_schema.columns where table_name = $1 and table_catalog = current_database() and table_schema = current_schema()
#: 18: select … from information_schema.columns where table_nam | goes-on
#bind ["kx", "n"]
select * from information_schema.columns where table_name = $1 and column_name = $2 and table_schema = current_schema()
#: 19: insert into "kx" ("n") values ($1), ($2) returning "id" | readonly=write goes-on
#bind ["a", "b"]
insert into "kx" ("n") values ($1), ($2) returning "id"
#: 20: insert into "kx" ("id", "n") values ($1, $2) on conflict | readonly=write goes-on
#bind ["1", "x"]
insert into "kx" ("id", "n") values ($1, $2) on conflict ("id") do update set "id" = excluded."id", "n" = excluded."n"
#: 21: update "kx" set "n" = $1 where "id" = $2 | readonly=write goes-on
#bind ["q", "1"]
update "kx" set "n" = $1 where "id" = $2
#: 22: delete from "kx" where "id" > $1 | readonly=write goes-on
#bind ["5"]
delete from "kx" where "id" > $1
#: 23: select * from "kx" where "id" = $1 limit $2 for update | goes-on
#bind ["1", "1"]
select * from "kx" where "id" = $1 limit $2 for update
#: 24: select count(*) from "kx" | goes-on
select count(*) from "kx"
#: 25: with "w" as (select * from "kx" where "id" = $1) select | goes-on
#bind ["1"]
with "w" as (select * from "kx" where "id" = $1) select * from "w"
#: 26: select … from "kx" where "id" in ($1, $2) or "d" is null | goes-on
#bind ["1", "2", "3", "1"]
select * from "kx" where "id" in ($1, $2) or "d" is null order by "n" asc limit $3 offset $4
#: 27: drop table kx, knex_migrations, knex_migrations_lock | readonly=write app=42501 deploy=42501 goes-on
drop table kx, knex_migrations, knex_migrations_lock
#: 28: SET client_min_messages TO warning;SET TIME ZONE INTERVA | goes-on
SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
#: 29: WITH ranges AS ( SELECT pg_range.rngtypid, pg_type.typna | goes-on
WITH ranges AS (  SELECT pg_range.rngtypid, pg_type.typname AS rngtypname,         pg_type.typarray AS rngtyparray, pg_range.rngsubtype    FROM pg_range LEFT OUTER JOIN pg_type ON pg_type.oid = pg_range.rngtypid)SELECT pg_type.typname, pg_type.typtype, pg_type.oid, pg_type.typarray,       ranges.rngtypname, ranges.rngtypid, ranges.rngtyparray  FROM pg_type LEFT OUTER JOIN ranges ON pg_type.oid = ranges.rngsubtype WHERE (pg_type.typtype IN('b', 'e'));
#: 30: SELECT 1+1 AS result | goes-on
SELECT 1+1 AS result
#: 31: select … from information_schema.tables WHERE table_sche | goes-on
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE '%TABLE' AND table_name != 'spatial_ref_sys';
#: 32: select … from information_schema.schemata WHERE schema_n | goes-on
SELECT schema_name FROM information_schema.schemata WHERE schema_name <> 'information_schema' AND schema_name != 'public' AND schema_name !~ E'^pg_';
#: 33: select … from pg_type t JOIN pg_enum e ON t.oid=e.enumty | goes-on
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'customers' AND c.table_schema = 'public'
#: 34: select … from pg_class t, pg_class i, pg_index ix, pg_at | goes-on
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'customers' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname;
#: 35: select … from information_schema.table_constraints AS tc | goes-on
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'orders' AND tc.table_catalog = 'shop'
#: 36: select … from information_schema.tables WHERE table_sche | goes-on
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'x'
#: 37: select … from information_schema.tables WHERE table_sche | goes-on
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'sq_ts'
#: 38: select … from pg_type t JOIN pg_enum e ON t.oid = e.enum | goes-on
SELECT t.typname enum_name, array_agg(e.enumlabel ORDER BY enumsortorder) enum_value FROM pg_type t JOIN pg_enum e ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = 'public' AND t.typname='enum_sq_ts_k' GROUP BY 1
#: 39: DO 'BEGIN CREATE TYPE "public"."enum_sq_ts_k" AS ENUM('' | goes-on
DO 'BEGIN CREATE TYPE "public"."enum_sq_ts_k" AS ENUM(''a'', ''b''); EXCEPTION WHEN duplicate_object THEN null; END';
#: 40: CREATE TABLE IF NOT EXISTS "sq_ts" ("id" SERIAL , "n" VA | readonly=write app=42501 goes-on
CREATE TABLE IF NOT EXISTS "sq_ts" ("id"   SERIAL , "n" VARCHAR(255) UNIQUE, "k" "public"."enum_sq_ts_k", "d" JSONB, "createdAt" TIMESTAMP WITH TIME ZONE NOT NULL, "updatedAt" TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY ("id"));
#: 41: select … from pg_class t, pg_class i, pg_index ix, pg_at | goes-on
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'sq_ts' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname;
#: 42: select … from pg_type t JOIN pg_enum e ON t.oid=e.enumty | goes-on
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'sq_ts' AND c.table_schema = 'public'
#: 43: select … from information_schema.table_constraints AS tc | goes-on
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'sq_ts' AND tc.table_catalog = 'shop'
#: 44: ALTER TABLE "sq_ts" ALTER COLUMN "n" DROP NOT NULL;ALTER | readonly=write app=42501 goes-on
ALTER TABLE "sq_ts" ALTER COLUMN "n" DROP NOT NULL;ALTER TABLE "sq_ts" ALTER COLUMN "n" DROP DEFAULT;ALTER TABLE "sq_ts"  ADD UNIQUE ("n");ALTER TABLE "sq_ts" ALTER COLUMN "n" TYPE VARCHAR(255) ;
#: 45: ALTER TABLE "sq_ts" ALTER COLUMN "k" DROP NOT NULL;ALTER | readonly=write app=42501 goes-on
ALTER TABLE "sq_ts" ALTER COLUMN "k" DROP NOT NULL;ALTER TABLE "sq_ts" ALTER COLUMN "k" DROP DEFAULT;DO 'BEGIN CREATE TYPE "public"."enum_sq_ts_k" AS ENUM(''a'', ''b''); EXCEPTION WHEN duplicate_object THEN null; END';ALTER TABLE "sq_ts" ALTER COLUMN "k" TYPE "public"."enum_sq_ts_k" USING ("k"::"public"."enum_sq_ts_k");
#: 46: ALTER TABLE "sq_ts" ALTER COLUMN "d" DROP NOT NULL;ALTER | readonly=write app=42501 goes-on
ALTER TABLE "sq_ts" ALTER COLUMN "d" DROP NOT NULL;ALTER TABLE "sq_ts" ALTER COLUMN "d" DROP DEFAULT;ALTER TABLE "sq_ts" ALTER COLUMN "d" TYPE JSONB;
#: 47: ALTER TABLE "sq_ts" ALTER COLUMN "createdAt" SET NOT NUL | readonly=write app=42501 goes-on
ALTER TABLE "sq_ts" ALTER COLUMN "createdAt" SET NOT NULL;ALTER TABLE "sq_ts" ALTER COLUMN "createdAt" DROP DEFAULT;ALTER TABLE "sq_ts" ALTER COLUMN "createdAt" TYPE TIMESTAMP WITH TIME ZONE;
#: 48: ALTER TABLE "sq_ts" ALTER COLUMN "updatedAt" SET NOT NUL | readonly=write app=42501 goes-on
ALTER TABLE "sq_ts" ALTER COLUMN "updatedAt" SET NOT NULL;ALTER TABLE "sq_ts" ALTER COLUMN "updatedAt" DROP DEFAULT;ALTER TABLE "sq_ts" ALTER COLUMN "updatedAt" TYPE TIMESTAMP WITH TIME ZONE;
#: 49: INSERT INTO "sq_ts" ("id","n","k","createdAt","updatedAt | readonly=write goes-on
#bind ["a", "a", "2026-11-21 10:10:53.021+00", "2026-11-21 10:10:53.021+00"]
INSERT INTO "sq_ts" ("id","n","k","createdAt","updatedAt") VALUES (DEFAULT,$1,$2,$3,$4) RETURNING "id","n","k","d","createdAt","updatedAt";
#: 50: INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") V | readonly=write goes-on
INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") VALUES (DEFAULT,'b','2026-11-21 10:10:53.033 +00:00','2026-11-21 10:10:53.033 +00:00'),(DEFAULT,'c','2026-11-21 10:10:53.033 +00:00','2026-11-21 10:10:53.033 +00:00') ON CONFLICT DO NOTHING RETURNING "id","n","k","d","createdAt","updatedAt";
#: 51: INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") V | readonly=write goes-on
#bind ["1", "z", "2026-11-21 10:10:53.042+00", "2026-11-21 10:10:53.042+00"]
INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") VALUES ($1,$2,$3,$4) ON CONFLICT ("id") DO UPDATE SET "id"=EXCLUDED."id","n"=EXCLUDED."n","updatedAt"=EXCLUDED."updatedAt" RETURNING "id","n","k","d","createdAt","updatedAt";
#: 52: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."n" = 'b'; | goes-on
SELECT "id", "n", "k", "d", "createdAt", "updatedAt" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."n" = 'b';
#: 53: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE ' | goes-on
SELECT count(*) AS "count" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE '%b%';
#: 54: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE ' | goes-on
SELECT "id", "n", "k", "d", "createdAt", "updatedAt" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE '%b%' LIMIT 2;
#: 55: UPDATE "sq_ts" SET "id"="id"+ 1,"updatedAt"='2026-11-21 | readonly=write goes-on
UPDATE "sq_ts" SET "id"="id"+ 1,"updatedAt"='2026-11-21 10:10:53.068 +00:00' WHERE "id" = 1 RETURNING *
#: 56: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."id" = 1 FO | goes-on
SELECT "id", "n", "k", "d", "createdAt", "updatedAt" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."id" = 1 FOR UPDATE SKIP LOCKED;
#: 57: UPDATE "sq_ts" SET "n"=$1,"updatedAt"=$2 WHERE "id" = $3 | readonly=write goes-on
#bind ["y", "2026-11-21 10:10:53.08+00", "1"]
UPDATE "sq_ts" SET "n"=$1,"updatedAt"=$2 WHERE "id" = $3
#: 58: DELETE FROM "sq_ts" WHERE "n" = 'b' | readonly=write goes-on
DELETE FROM "sq_ts" WHERE "n" = 'b'
#: 59: drop table sq_ts; drop type "enum_sq_ts_k" | readonly=write app=42501 deploy=42501 goes-on
drop table sq_ts; drop type "enum_sq_ts_k"
#: 60: SELECT version() | goes-on
SELECT version()
#: 61: SELECT * FROM current_schema() | goes-on
SELECT * FROM current_schema()
#: 62: select … from "information_schema"."tables" WHERE "table | goes-on
#bind ["public", "migrations"]
SELECT * FROM "information_schema"."tables" WHERE "table_schema" = $1 AND "table_name" = $2
#: 63: CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timest | readonly=write app=42501 goes-on
CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timestamp" bigint NOT NULL, "name" character varying NOT NULL, CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY ("id"))
#: 64: SELECT * FROM "migrations" "migrations" ORDER BY "id" DE | goes-on
SELECT * FROM "migrations" "migrations" ORDER BY "id" DESC
#: 65: CREATE TABLE ty_b (id int) | readonly=write app=42501 goes-on
CREATE TABLE ty_b (id int)
#: 66: INSERT INTO "migrations"("timestamp", "name") VALUES ($1 | readonly=write goes-on
#bind ["1700000000000", "M1700000000000"]
INSERT INTO "migrations"("timestamp", "name") VALUES ($1, $2)
#: 67: SELECT * FROM current_database() | goes-on
SELECT * FROM current_database()
#: 68: select … from "information_schema"."tables" WHERE ("tabl | goes-on
SELECT "table_schema", "table_name", obj_description((quote_ident("table_schema") || '.' || quote_ident("table_name"))::regclass, 'pg_class') AS table_comment FROM "information_schema"."tables" WHERE ("table_schema" = 'public' AND "table_name" = 'ty_a')
#: 69: select … from "pg_type" "t" INNER JOIN "pg_namespace" "n | goes-on
SELECT "n"."nspname", "t"."typname" FROM "pg_type" "t" INNER JOIN "pg_namespace" "n" ON "n"."oid" = "t"."typnamespace" WHERE "n"."nspname" = 'public' AND "t"."typname" = 'ty_a_k_enum'
#: 70: CREATE TYPE "public"."ty_a_k_enum" AS ENUM('a', 'b') | readonly=write app=42501 goes-on
CREATE TYPE "public"."ty_a_k_enum" AS ENUM('a', 'b')
#: 71: CREATE TABLE "ty_a" ("id" SERIAL NOT NULL, "n" character | readonly=write app=42501 goes-on
CREATE TABLE "ty_a" ("id" SERIAL NOT NULL, "n" character varying, "k" "public"."ty_a_k_enum" NOT NULL DEFAULT 'a', CONSTRAINT "PK_8b48698704e97ef5f5c1c33f807" PRIMARY KEY ("id"))
#: 72: CREATE INDEX "IDX_4ba5d423b0bffaf1a1d280ecda" ON "ty_a" | readonly=write app=42501 goes-on
CREATE INDEX "IDX_4ba5d423b0bffaf1a1d280ecda" ON "ty_a"  ("n")
#: 73: select … from information_schema.columns WHERE table_nam | goes-on
SELECT TRUE FROM information_schema.columns WHERE table_name = 'pg_class' and column_name = 'relispartition'
#: 74: select … from "information_schema"."columns" LEFT JOIN " | goes-on
SELECT columns.*, pg_catalog.col_description((quote_ident(table_catalog) || '.' || quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass::oid, ordinal_position) AS description, ('"' || "udt_schema" || '"."' || "udt_name" || '"')::"regtype"::text AS "regtype", pg_catalog.format_type("col_attr"."atttypid", "col_attr"."atttypmod") AS "format_type" FROM "information_schema"."columns" LEFT JOIN "pg_catalog"."pg_attribute" AS "col_attr" ON "col_attr"."attname" = "columns"."column_name" AND "col_attr"."attrelid" = ( SELECT "cls"."oid" FROM "pg_catalog"."pg_class" AS "cls" LEFT JOIN "pg_catalog"."pg_namespace" AS "ns" ON "ns"."oid" = "cls"."relnamespace" WHERE "cls"."relname" = "columns"."table_name" AND "ns"."nspname" = "columns"."table_schema" ) WHERE ("table_schema" = 'public' AND "table_name" = 'ty_a')
#: 75: select … from "pg_constraint" "cnst" INNER JOIN "pg_clas | goes-on
SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "cnst"."conname" AS "constraint_name", pg_get_constraintdef("cnst"."oid") AS "expression", CASE "cnst"."contype" WHEN 'p' THEN 'PRIMARY' WHEN 'u' THEN 'UNIQUE' WHEN 'c' THEN 'CHECK' WHEN 'x' THEN 'EXCLUDE' END AS "constraint_type", "a"."attname" AS "column_name" FROM "pg_constraint" "cnst" INNER JOIN "pg_class" "t" ON "t"."oid" = "cnst"."conrelid" INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "cnst"."connamespace" LEFT JOIN "pg_attribute" "a" ON "a"."attrelid" = "cnst"."conrelid" AND "a"."attnum" = ANY ("cnst"."conkey") WHERE "t"."relkind" IN ('r', 'p') AND (("ns"."nspname" = 'public' AND "t"."relname" = 'ty_a'))
#: 76: select … from "pg_class" "t" INNER JOIN "pg_index" "ix" | goes-on
SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "i"."relname" AS "constraint_name", "a"."attname" AS "column_name", CASE "ix"."indisunique" WHEN 't' THEN 'TRUE' ELSE'FALSE' END AS "is_unique", pg_get_expr("ix"."indpred", "ix"."indrelid") AS "condition", "types"."typname" AS "type_name", "am"."amname" AS "index_type" FROM "pg_class" "t" INNER JOIN "pg_index" "ix" ON "ix"."indrelid" = "t"."oid" INNER JOIN "pg_attribute" "a" ON "a"."attrelid" = "t"."oid"  AND "a"."attnum" = ANY ("ix"."indkey") INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "t"."relnamespace" INNER JOIN "pg_class" "i" ON "i"."oid" = "ix"."indexrelid" INNER JOIN "pg_type" "types" ON "types"."oid" = "a"."atttypid" INNER JOIN "pg_am" "am" ON "i"."relam" = "am"."oid" LEFT JOIN "pg_constraint" "cnst" ON "cnst"."conname" = "i"."relname" WHERE "t"."relkind" IN ('r', 'p') AND "cnst"."contype" IS NULL AND (("ns"."nspname" = 'public' AND "t"."relname" = 'ty_a'))
#: 77: select … from ( SELECT UNNEST ("con1"."conkey") AS "pare | goes-on
SELECT "con"."conname" AS "constraint_name", "con"."nspname" AS "table_schema", "con"."relname" AS "table_name", "att2"."attname" AS "column_name", "ns"."nspname" AS "referenced_table_schema", "cl"."relname" AS "referenced_table_name", "att"."attname" AS "referenced_column_name", "con"."confdeltype" AS "on_delete", "con"."confupdtype" AS "on_update", "con"."condeferrable" AS "deferrable", "con"."condeferred" AS "deferred" FROM ( SELECT UNNEST ("con1"."conkey") AS "parent", UNNEST ("con1"."confkey") AS "child", "con1"."confrelid", "con1"."conrelid", "con1"."conname", "con1"."contype", "ns"."nspname", "cl"."relname", "con1"."condeferrable", CASE WHEN "con1"."condeferred" THEN 'INITIALLY DEFERRED' ELSE 'INITIALLY IMMEDIATE' END as condeferred, CASE "con1"."confdeltype" WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END as "confdeltype", CASE "con1"."confupdtype" WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END as "confupdtype" FROM "pg_class" "cl" INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_constraint" "con1" ON "con1"."conrelid" = "cl"."oid" WHERE "con1"."contype" = 'f' AND (("ns"."nspname" = 'public' AND "cl"."relname" = 'ty_a')) ) "con" INNER JOIN "pg_attribute" "att" ON "att"."attrelid" = "con"."confrelid" AND "att"."attnum" = "con"."child" INNER JOIN "pg_class" "cl" ON "cl"."oid" = "con"."confrelid"  AND "cl"."relispartition" = 'f'INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_attribute" "att2" ON "att2"."attrelid" = "con"."conrelid" AND "att2"."attnum" = "con"."parent"
#: 78: select … from "information_schema"."columns" WHERE "tabl | goes-on
SELECT "udt_schema", "udt_name" FROM "information_schema"."columns" WHERE "table_schema" = 'public' AND "table_name" = 'ty_a' AND "column_name"='k'
#: 79: select … from "pg_enum" "e" INNER JOIN "pg_type" "t" ON | goes-on
SELECT "e"."enumlabel" AS "value" FROM "pg_enum" "e" INNER JOIN "pg_type" "t" ON "t"."oid" = "e"."enumtypid" INNER JOIN "pg_namespace" "n" ON "n"."oid" = "t"."typnamespace" WHERE "n"."nspname" = 'public' AND "t"."typname" = 'ty_a_k_enum' ORDER BY "e"."enumsortorder"
#: 80: INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) RETURN | readonly=write goes-on
#bind ["a"]
INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) RETURNING "id", "k"
#: 81: select … from "ty_a" "TyA" WHERE "TyA"."id" = $1 | goes-on
#bind ["1"]
SELECT "TyA"."id" AS "TyA_id", "TyA"."n" AS "TyA_n", "TyA"."k" AS "TyA_k" FROM "ty_a" "TyA" WHERE "TyA"."id" = $1
#: 82: UPDATE "ty_a" SET "n" = $1 WHERE "id" = $2 | readonly=write goes-on
#bind ["b", "1"]
UPDATE "ty_a" SET "n" = $1 WHERE "id" = $2
#: 83: select … from "ty_a" "TyA" WHERE (("TyA"."n" = $1)) ORDE | goes-on
#bind ["b"]
SELECT "TyA"."id" AS "TyA_id", "TyA"."n" AS "TyA_n", "TyA"."k" AS "TyA_k" FROM "ty_a" "TyA" WHERE (("TyA"."n" = $1)) ORDER BY "TyA"."id" DESC LIMIT 2
#: 84: INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) ON CON | readonly=write goes-on
#bind ["q"]
INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) ON CONFLICT ( "id" ) DO UPDATE SET "id" = EXCLUDED."id", "n" = EXCLUDED."n" RETURNING "id", "k"
#: 85: select … from "ty_a" "TyA" | goes-on
SELECT "TyA"."id" AS "TyA_id", "TyA"."n" AS "TyA_n", "TyA"."k" AS "TyA_k" FROM "ty_a" "TyA"
#: 86: DELETE FROM "ty_a" WHERE "id" = $1 | readonly=write goes-on
#bind ["7"]
DELETE FROM "ty_a" WHERE "id" = $1
#: 87: select … from "information_schema"."tables" WHERE ("tabl | goes-on
SELECT "table_schema", "table_name", obj_description((quote_ident("table_schema") || '.' || quote_ident("table_name"))::regclass, 'pg_class') AS table_comment FROM "information_schema"."tables" WHERE ("table_schema" = 'public' AND "table_name" = 'customers') OR ("table_schema" = 'public' AND "table_name" = 'orders')
#: 88: drop table ty_a, ty_b, migrations; | readonly=write app=42501 deploy=42501 goes-on
drop table ty_a, ty_b, migrations;
#: 89: drop type ty_a_k_enum | readonly=write app=42501 deploy=42501 goes-on
drop type ty_a_k_enum
#: 90: select … from "pg_catalog"."pg_attribute" as "a" inner j | goes-on
#bind ["r", "v", "p", "^pg_", "information_schema", "crdb_internal", "0", "t", "kysely_migration", "kysely_migration_lock"]
select "a"."attname" as "column", "a"."attnotnull" as "not_null", "a"."atthasdef" as "has_default", "c"."relname" as "table", "c"."relkind" as "table_type", "ns"."nspname" as "schema", "typ"."typname" as "type", "dtns"."nspname" as "type_schema", col_description(a.attrelid, a.attnum) as "column_description", pg_get_serial_sequence(quote_ident(ns.nspname) || '.' || quote_ident(c.relname), a.attname) as "auto_incrementing" from "pg_catalog"."pg_attribute" as "a" inner join "pg_catalog"."pg_class" as "c" on "a"."attrelid" = "c"."oid" inner join "pg_catalog"."pg_namespace" as "ns" on "c"."relnamespace" = "ns"."oid" inner join "pg_catalog"."pg_type" as "typ" on "a"."atttypid" = "typ"."oid" inner join "pg_catalog"."pg_namespace" as "dtns" on "typ"."typnamespace" = "dtns"."oid" where "c"."relkind" in ($1, $2, $3) and "ns"."nspname" !~ $4 and "ns"."nspname" != $5 and "ns"."nspname" != $6 and has_schema_privilege(ns.nspname, 'USAGE') and "a"."attnum" >= $7 and "a"."attisdropped" != $8 and "c"."relname" != $9 and "c"."relname" != $10 order by "ns"."nspname", "c"."relname", "a"."attnum"
#: 91: select "nspname" from "pg_catalog"."pg_namespace" | goes-on
select "nspname" from "pg_catalog"."pg_namespace"
#: 92: select … from "pg_catalog"."pg_attribute" as "a" inner j | goes-on
#bind ["r", "v", "p", "^pg_", "information_schema", "crdb_internal", "0", "t"]
select "a"."attname" as "column", "a"."attnotnull" as "not_null", "a"."atthasdef" as "has_default", "c"."relname" as "table", "c"."relkind" as "table_type", "ns"."nspname" as "schema", "typ"."typname" as "type", "dtns"."nspname" as "type_schema", col_description(a.attrelid, a.attnum) as "column_description", pg_get_serial_sequence(quote_ident(ns.nspname) || '.' || quote_ident(c.relname), a.attname) as "auto_incrementing" from "pg_catalog"."pg_attribute" as "a" inner join "pg_catalog"."pg_class" as "c" on "a"."attrelid" = "c"."oid" inner join "pg_catalog"."pg_namespace" as "ns" on "c"."relnamespace" = "ns"."oid" inner join "pg_catalog"."pg_type" as "typ" on "a"."atttypid" = "typ"."oid" inner join "pg_catalog"."pg_namespace" as "dtns" on "typ"."typnamespace" = "dtns"."oid" where "c"."relkind" in ($1, $2, $3) and "ns"."nspname" !~ $4 and "ns"."nspname" != $5 and "ns"."nspname" != $6 and has_schema_privilege(ns.nspname, 'USAGE') and "a"."attnum" >= $7 and "a"."attisdropped" != $8 order by "ns"."nspname", "c"."relname", "a"."attnum"
#: 93: create table if not exists "kysely_migration" ("name" va | readonly=write app=42501 goes-on
create table if not exists "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null)
#: 94: create table if not exists "kysely_migration_lock" ("id" | readonly=write app=42501 goes-on
create table if not exists "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null)
#: 95: select "id" from "kysely_migration_lock" where "id" = $1 | goes-on
#bind ["migration_lock"]
select "id" from "kysely_migration_lock" where "id" = $1
#: 96: insert into "kysely_migration_lock" ("id", "is_locked") | readonly=write goes-on
#bind ["migration_lock", "0"]
insert into "kysely_migration_lock" ("id", "is_locked") values ($1, $2)
#: 97: with set_timeout as ( select set_config('lock_timeout', | goes-on
    with set_timeout as (
      select set_config('lock_timeout', '3600000', true) as config_val
    )
    select pg_advisory_lock(3853314791062309107)
    from set_timeout
#: 98: select "name", "timestamp" from "kysely_migration" | goes-on
select "name", "timestamp" from "kysely_migration"
#: 99: create table "ky" ("id" serial primary key, "n" text) | readonly=write app=42501 goes-on
create table "ky" ("id" serial primary key, "n" text)
#: 100: create index "ky_n" on "ky" ("n") | readonly=write app=42501 goes-on
create index "ky_n" on "ky" ("n")
#: 101: insert into "kysely_migration" ("name", "timestamp") val | readonly=write goes-on
#bind ["a", "2026-11-21T10:10:16.265Z"]
insert into "kysely_migration" ("name", "timestamp") values ($1, $2)
#: 102: select pg_advisory_unlock(3853314791062309107) | goes-on
select pg_advisory_unlock(3853314791062309107)
#: 103: insert into "ky" ("n") values ($1) on conflict ("id") do | readonly=write goes-on
#bind ["a", "b"]
insert into "ky" ("n") values ($1) on conflict ("id") do update set "n" = $2 returning *
#: 104: update "ky" set "n" = $1 where "id" = $2 | readonly=write goes-on
#bind ["c", "1"]
update "ky" set "n" = $1 where "id" = $2
#: 105: delete from "ky" where "id" = $1 | readonly=write goes-on
#bind ["9"]
delete from "ky" where "id" = $1
#: 106: drop table ky, kysely_migration, kysely_migration_lock | readonly=write app=42501 deploy=42501 goes-on
drop table ky, kysely_migration, kysely_migration_lock
#: 107: SELECT pg_try_advisory_lock(7241865325823964) AS "lockOb | goes-on
SELECT pg_try_advisory_lock(7241865325823964) AS "lockObtained"
#: 108: SET search_path TO "public" | goes-on
SET search_path TO "public"
#: 109: select … from information_schema.tables WHERE table_sche | goes-on
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'pgmigrations'
#: 110: CREATE TABLE "public"."pgmigrations" (id SERIAL PRIMARY | readonly=write app=42501 goes-on
CREATE TABLE "public"."pgmigrations" (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)
#: 111: SELECT name FROM "public"."pgmigrations" ORDER BY run_on | goes-on
SELECT name FROM "public"."pgmigrations" ORDER BY run_on, id
#: 112: CREATE TABLE "np_a" ( "id" serial PRIMARY KEY, "n" text | readonly=write app=42501 goes-on
CREATE TABLE "np_a" (
  "id" serial PRIMARY KEY,
  "n" text DEFAULT $pga$x$pga$ NOT NULL,
  "c" integer REFERENCES "customers"
);
#: 113: CREATE INDEX "np_a_n_index" ON "np_a" ("n"); | readonly=write app=42501 goes-on
CREATE INDEX "np_a_n_index" ON "np_a" ("n");
#: 114: ALTER TABLE "np_a" ADD "z" boolean; | readonly=write app=42501 goes-on
ALTER TABLE "np_a"
  ADD "z" boolean;
#: 115: COMMENT ON TABLE np_a IS 'x'; | readonly=write app=42501 goes-on
COMMENT ON TABLE np_a IS 'x';
#: 116: ALTER TABLE "np_a" ADD CONSTRAINT "np_ck" CHECK (id > 0) | readonly=write app=42501 goes-on
ALTER TABLE "np_a"
  ADD CONSTRAINT "np_ck" CHECK (id > 0);
#: 117: CREATE VIEW "np_v" AS SELECT 1 AS a; | readonly=write app=42501 goes-on
CREATE VIEW "np_v" AS SELECT 1 AS a;
#: 118: INSERT INTO "public"."pgmigrations" (name, run_on) VALUE | readonly=write goes-on
INSERT INTO "public"."pgmigrations" (name, run_on) VALUES ('1700000000000_a', NOW());
#: 119: SELECT pg_advisory_unlock(7241865325823964) AS "lockRele | goes-on
SELECT pg_advisory_unlock(7241865325823964) AS "lockReleased"
