# ActiveRecord 6.1 migration.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: SET client_min_messages TO 'warning'
SET client_min_messages TO 'warning'
#: 2: SET standard_conforming_strings = on | goes-on
SET standard_conforming_strings = on
#: 3: SET intervalstyle = iso_8601 | goes-on
SET intervalstyle = iso_8601
#: 4: SET SESSION timezone TO 'UTC' | goes-on
SET SESSION timezone TO 'UTC'
#: 5: select … from pg_type as t WHERE t.typname IN ('int2', ' | goes-on
SELECT t.oid, t.typname
FROM pg_type as t
WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool', 'timestamp', 'timestamptz')
#: 6: select … from pg_type as t LEFT JOIN pg_range as r ON oi | goes-on
SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype
FROM pg_type as t
LEFT JOIN pg_range as r ON oid = rngtypid
WHERE
  t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'text', 'varchar', 'char', 'name', 'bpchar', 'bool', 'bit', 'varbit', 'timestamptz', 'date', 'money', 'bytea', 'point', 'hstore', 'json', 'jsonb', 'cidr', 'inet', 'uuid', 'xml', 'tsvector', 'macaddr', 'citext', 'ltree', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'time', 'timestamp', 'numeric', 'interval')
  OR t.typtype IN ('r', 'e', 'd')
  OR t.typinput = 'array_in(cstring,oid,integer)'::regprocedure
  OR t.typelem != 0
#: 7: SHOW TIME ZONE | goes-on
SHOW TIME ZONE
#: 8: SELECT 1 | goes-on
SELECT 1
#: 9: select … from pg_class c LEFT JOIN pg_namespace n ON n.o | goes-on
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','p')
#: 10: CREATE TABLE "schema_migrations" ("version" character va | readonly=write app=42501 goes-on
CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY)
#: 11: select … from pg_class c LEFT JOIN pg_namespace n ON n.o | goes-on
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'ar_internal_metadata' AND c.relkind IN ('r','p')
#: 12: CREATE TABLE "ar_internal_metadata" ("key" character var | readonly=write app=42501 goes-on
CREATE TABLE "ar_internal_metadata" ("key" character varying NOT NULL PRIMARY KEY, "value" character varying, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL)
#: 13: SELECT 'jsonb'::regtype::oid | goes-on
SELECT 'jsonb'::regtype::oid
#: 14: CREATE TABLE "ar_things" ("id" bigserial primary key, "n | readonly=write app=42501 goes-on
CREATE TABLE "ar_things" ("id" bigserial primary key, "name" character varying NOT NULL, "customer_id" bigint, "data" jsonb DEFAULT '{}', "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL, CONSTRAINT "fk_rails_c15f6a001a"
FOREIGN KEY ("customer_id")
  REFERENCES "customers" ("id")
)
#: 15: SHOW max_identifier_length | goes-on
SHOW max_identifier_length
#: 16: CREATE INDEX "index_ar_things_on_customer_id" ON "ar_thi | readonly=write app=42501 goes-on
CREATE INDEX "index_ar_things_on_customer_id" ON "ar_things" ("customer_id")
#: 17: CREATE UNIQUE INDEX "index_ar_things_on_name" ON "ar_thi | readonly=write app=42501 goes-on
CREATE UNIQUE INDEX "index_ar_things_on_name" ON "ar_things" ("name")
#: 18: SELECT 'integer'::regtype::oid | goes-on
SELECT 'integer'::regtype::oid
#: 19: ALTER TABLE "ar_things" ADD "qty" integer DEFAULT 0 | readonly=write app=42501 goes-on
ALTER TABLE "ar_things" ADD "qty" integer DEFAULT 0
#: 20: select … from pg_attribute a LEFT JOIN pg_attrdef d ON a | goes-on
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"ar_things"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
#: 21: UPDATE "ar_things" SET "qty"=0 WHERE "qty" IS NULL | readonly=write goes-on
UPDATE "ar_things" SET "qty"=0 WHERE "qty" IS NULL
#: 22: ALTER TABLE "ar_things" ALTER COLUMN "qty" SET NOT NULL | readonly=write app=42501 goes-on
ALTER TABLE "ar_things" ALTER COLUMN "qty" SET NOT NULL
#: 23: ALTER TABLE "ar_things" ADD CONSTRAINT q CHECK (qty >= 0 | readonly=write app=42501 goes-on
ALTER TABLE "ar_things" ADD CONSTRAINT q CHECK (qty >= 0)
#: 24: select … from pg_attribute a LEFT JOIN pg_attrdef d ON a | goes-on
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"schema_migrations"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
#: 25: select … from pg_class c LEFT JOIN pg_namespace n ON n.o | goes-on
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','v','m','p','f')
#: 26: INSERT INTO "schema_migrations" ("version") VALUES ($1) | readonly=write goes-on
#bind ["1"]
INSERT INTO "schema_migrations" ("version") VALUES ($1) RETURNING "version"
#: 27: select … from ( SELECT indrelid, indkey, generate_subscr | goes-on
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"ar_things"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
#: 28: INSERT INTO "ar_things" ("name", "created_at", "updated_ | readonly=write goes-on
#bind ["a", "2026-11-21 10:08:42.803347", "2026-11-21 10:08:42.803347"]
INSERT INTO "ar_things" ("name", "created_at", "updated_at") VALUES ($1, $2, $3) RETURNING "id"
#: 29: UPDATE "ar_things" SET "updated_at" = $1, "qty" = $2 WHE | readonly=write goes-on
#bind ["2026-11-21 10:08:42.805629", "3", "1"]
UPDATE "ar_things" SET "updated_at" = $1, "qty" = $2 WHERE "ar_things"."id" = $3
#: 30: select … from pg_class t INNER JOIN pg_index d ON t.oid | goes-on
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'ar_things'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
#: 31: select … from pg_attribute a WHERE a.attrelid = 16716 AN | goes-on
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16716
AND a.attnum IN (3)
#: 32: select … from pg_attribute a WHERE a.attrelid = 16716 AN | goes-on
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16716
AND a.attnum IN (2)
#: 33: INSERT INTO "ar_things" ("name","created_at","updated_at | readonly=write goes-on
INSERT INTO "ar_things" ("name","created_at","updated_at") VALUES ('a', '2026-11-21 10:08:42.807816', '2026-11-21 10:08:42.807817') ON CONFLICT ("name") DO UPDATE SET "created_at"=excluded."created_at","updated_at"=excluded."updated_at" RETURNING "id"
#: 34: INSERT INTO "ar_things" ("name","created_at","updated_at | readonly=write goes-on
INSERT INTO "ar_things" ("name","created_at","updated_at") VALUES ('b', '2026-11-21 10:08:42.816631', '2026-11-21 10:08:42.816632') ON CONFLICT  DO NOTHING RETURNING "id"
#: 35: select … from "ar_things" WHERE "ar_things"."id" = $1 LI | goes-on
#bind ["1", "1"]
SELECT "ar_things".* FROM "ar_things" WHERE "ar_things"."id" = $1 LIMIT $2 FOR UPDATE
#: 36: UPDATE "ar_things" SET "updated_at" = $1 WHERE "ar_thing | readonly=write goes-on
#bind ["2026-11-21 10:08:42.81883", "1"]
UPDATE "ar_things" SET "updated_at" = $1 WHERE "ar_things"."id" = $2
#: 37: DELETE FROM "ar_things" WHERE "ar_things"."name" = $1 | readonly=write goes-on
#bind ["b"]
DELETE FROM "ar_things" WHERE "ar_things"."name" = $1
#: 38: DELETE FROM "ar_things" WHERE "ar_things"."id" = $1 | readonly=write goes-on
#bind ["1"]
DELETE FROM "ar_things" WHERE "ar_things"."id" = $1
#: 39: UPDATE "ar_things" SET qty = qty + 1 WHERE "ar_things"." | readonly=write goes-on
#bind ["1"]
UPDATE "ar_things" SET qty = qty + 1 WHERE "ar_things"."id" = $1
#: 40: drop table ar_things, schema_migrations, ar_internal_met | readonly=write app=42501 deploy=42501 goes-on
drop table ar_things, schema_migrations, ar_internal_metadata
