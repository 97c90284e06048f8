# ActiveRecord 6.1 migration.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','p')
#: 2: CREATE TABLE "schema_migrations" ("version" character va | readonly=write app=42501 goes-on
CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY)
#: 3: CREATE TABLE "ar_internal_metadata" ("key" character var | readonly=write app=42501 goes-on
CREATE TABLE "ar_internal_metadata" ("key" character varying NOT NULL PRIMARY KEY, "value" character varying, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL)
#: 4: CREATE TABLE "ar_things" ("id" bigserial primary key, "n | readonly=write app=42501 goes-on
CREATE TABLE "ar_things" ("id" bigserial primary key, "name" character varying NOT NULL, "customer_id" bigint, "data" jsonb DEFAULT '{}', "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL, CONSTRAINT "fk_rails_c15f6a001a"
FOREIGN KEY ("customer_id")
  REFERENCES "customers" ("id")
)
#: 5: CREATE INDEX "index_ar_things_on_customer_id" ON "ar_thi | readonly=write app=42501 goes-on
CREATE INDEX "index_ar_things_on_customer_id" ON "ar_things" ("customer_id")
#: 6: CREATE UNIQUE INDEX "index_ar_things_on_name" ON "ar_thi | readonly=write app=42501 goes-on
CREATE UNIQUE INDEX "index_ar_things_on_name" ON "ar_things" ("name")
#: 7: ALTER TABLE "ar_things" ADD "qty" integer DEFAULT 0 | readonly=write app=42501 goes-on
ALTER TABLE "ar_things" ADD "qty" integer DEFAULT 0
#: 8: UPDATE "ar_things" SET "qty"=0 WHERE "qty" IS NULL | readonly=write goes-on
UPDATE "ar_things" SET "qty"=0 WHERE "qty" IS NULL
#: 9: ALTER TABLE "ar_things" ALTER COLUMN "qty" SET NOT NULL | readonly=write app=42501 goes-on
ALTER TABLE "ar_things" ALTER COLUMN "qty" SET NOT NULL
#: 10: ALTER TABLE "ar_things" ADD CONSTRAINT q CHECK (qty >= 0 | readonly=write app=42501 goes-on
ALTER TABLE "ar_things" ADD CONSTRAINT q CHECK (qty >= 0)
#: 11: select … from pg_attribute a LEFT JOIN pg_attrdef d ON a | goes-on
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
#: 12: INSERT INTO "schema_migrations" ("version") VALUES ($1) | readonly=write goes-on
#bind ["1"]
INSERT INTO "schema_migrations" ("version") VALUES ($1) RETURNING "version"
#: 13: INSERT INTO "ar_things" ("name", "created_at", "updated_ | readonly=write goes-on
#bind ["a", "2026-11-21 10:08:42.803347", "2026-11-21 10:08:42.803347"]
INSERT INTO "ar_things" ("name", "created_at", "updated_at") VALUES ($1, $2, $3) RETURNING "id"
#: 14: UPDATE "ar_things" SET "updated_at" = $1, "qty" = $2 WHE | readonly=write goes-on
#bind ["2026-11-21 10:08:42.805629", "3", "1"]
UPDATE "ar_things" SET "updated_at" = $1, "qty" = $2 WHERE "ar_things"."id" = $3
#: 15: INSERT INTO "ar_things" ("name","created_at","updated_at | readonly=write goes-on
INSERT INTO "ar_things" ("name","created_at","updated_at") VALUES ('a', '2026-11-21 10:08:42.807816', '2026-11-21 10:08:42.807817') ON CONFLICT ("name") DO UPDATE SET "created_at"=excluded."created_at","updated_at"=excluded."updated_at" RETURNING "id"
#: 16: INSERT INTO "ar_things" ("name","created_at","updated_at | readonly=write goes-on
INSERT INTO "ar_things" ("name","created_at","updated_at") VALUES ('b', '2026-11-21 10:08:42.816631', '2026-11-21 10:08:42.816632') ON CONFLICT  DO NOTHING RETURNING "id"
#: 17: UPDATE "ar_things" SET "updated_at" = $1 WHERE "ar_thing | readonly=write goes-on
#bind ["2026-11-21 10:08:42.81883", "1"]
UPDATE "ar_things" SET "updated_at" = $1 WHERE "ar_things"."id" = $2
#: 18: DELETE FROM "ar_things" WHERE "ar_things"."name" = $1 | readonly=write goes-on
#bind ["b"]
DELETE FROM "ar_things" WHERE "ar_things"."name" = $1
#: 19: DELETE FROM "ar_things" WHERE "ar_things"."id" = $1 | readonly=write goes-on
#bind ["1"]
DELETE FROM "ar_things" WHERE "ar_things"."id" = $1
#: 20: UPDATE "ar_things" SET qty = qty + 1 WHERE "ar_things"." | readonly=write goes-on
#bind ["1"]
UPDATE "ar_things" SET qty = qty + 1 WHERE "ar_things"."id" = $1
#: 21: drop table ar_things, schema_migrations, ar_internal_met | readonly=write app=42501 deploy=42501 goes-on
drop table ar_things, schema_migrations, ar_internal_metadata
