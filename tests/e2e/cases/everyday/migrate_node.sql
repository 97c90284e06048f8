# Knex, Sequelize, TypeORM, Kysely and node-pg-migrate migrations.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: create table "knex_migrations" ("id" serial primary key, | readonly=write app=42501
create table "knex_migrations" ("id" serial primary key, "name" varchar(255), "batch" integer, "migration_time" timestamptz)
#: 2: create table "knex_migrations_lock" ("index" serial prim | readonly=write app=42501 goes-on
create table "knex_migrations_lock" ("index" serial primary key, "is_locked" integer)
#: 3: select * from "knex_migrations_lock" | goes-on
select * from "knex_migrations_lock"
#: 4: insert into "knex_migrations_lock" ("is_locked") values | readonly=write goes-on
#bind ["0"]
insert into "knex_migrations_lock" ("is_locked") values ($1)
#: 5: select "name" from "knex_migrations" order by "id" asc | goes-on
select "name" from "knex_migrations" order by "id" asc
#: 6: update "knex_migrations_lock" set "is_locked" = $1 where | readonly=write goes-on
#bind ["1", "0"]
update "knex_migrations_lock" set "is_locked" = $1 where "is_locked" = $2
#: 7: select max("batch") as "max_batch" from "knex_migrations | goes-on
select max("batch") as "max_batch" from "knex_migrations"
#: 8: create table "kx" ("id" serial primary key, "n" varchar( | readonly=write app=42501 goes-on
create table "kx" ("id" serial primary key, "n" varchar(255) not null, "c" integer, "d" jsonb, "created_at" timestamptz not null default CURRENT_TIMESTAMP, "updated_at" timestamptz not null default CURRENT_TIMESTAMP, "e" text check ("e" in ('a', 'b')))
#: 9: create index "kx_n_index" on "kx" ("n") | readonly=write app=42501 goes-on
create index "kx_n_index" on "kx" ("n")
#: 10: alter table "kx" add constraint "kx_c_foreign" foreign k | readonly=write app=42501 goes-on
alter table "kx" add constraint "kx_c_foreign" foreign key ("c") references "customers" ("id")
#: 11: alter table "kx" add column "b" boolean default '0' | readonly=write app=42501 goes-on
alter table "kx" add column "b" boolean default '0'
#: 12: alter table "kx" add constraint "kx_n_c_unique" unique ( | readonly=write app=42501 goes-on
alter table "kx" add constraint "kx_n_c_unique" unique ("n", "c")
#: 13: insert into "knex_migrations" ("batch", "migration_time" | readonly=write goes-on
#bind ["1", "2026-11-21 10:10:51.886+00", "1"]
insert into "knex_migrations" ("batch", "migration_time", "name") values ($1, $2, $3)
#: 14: update "knex_migrations_lock" set "is_locked" = $1 | readonly=write app=42501 deploy=- goes-on
#bind ["0"]
update "knex_migrations_lock" set "is_locked" = $1
#: 15: insert into "kx" ("n") values ($1), ($2) returning "id" | readonly=write goes-on
#bind ["a", "b"]
insert into "kx" ("n") values ($1), ($2) returning "id"
#: 16: insert into "kx" ("id", "n") values ($1, $2) on conflict | readonly=write goes-on
#bind ["1", "x"]
insert into "kx" ("id", "n") values ($1, $2) on conflict ("id") do update set "id" = excluded."id", "n" = excluded."n"
#: 17: update "kx" set "n" = $1 where "id" = $2 | readonly=write goes-on
#bind ["q", "1"]
update "kx" set "n" = $1 where "id" = $2
#: 18: delete from "kx" where "id" > $1 | readonly=write goes-on
#bind ["5"]
delete from "kx" where "id" > $1
#: 19: drop table kx, knex_migrations, knex_migrations_lock | readonly=write app=42501 deploy=42501 goes-on
drop table kx, knex_migrations, knex_migrations_lock
#: 20: DO 'BEGIN CREATE TYPE "public"."enum_sq_ts_k" AS ENUM('' | readonly=42501 app=42501 deploy=- goes-on
DO 'BEGIN CREATE TYPE "public"."enum_sq_ts_k" AS ENUM(''a'', ''b''); EXCEPTION WHEN duplicate_object THEN null; END';
#: 21: CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timest | readonly=write app=42501 goes-on
CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timestamp" bigint NOT NULL, "name" character varying NOT NULL, CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY ("id"))
#: 22: SELECT * FROM "migrations" "migrations" ORDER BY "id" DE | goes-on
SELECT * FROM "migrations" "migrations" ORDER BY "id" DESC
#: 23: CREATE TABLE ty_b (id int) | readonly=write app=42501 goes-on
CREATE TABLE ty_b (id int)
#: 24: INSERT INTO "migrations"("timestamp", "name") VALUES ($1 | readonly=write goes-on
#bind ["1700000000000", "M1700000000000"]
INSERT INTO "migrations"("timestamp", "name") VALUES ($1, $2)
#: 25: CREATE TYPE "public"."ty_a_k_enum" AS ENUM('a', 'b') | readonly=write app=42501 goes-on
CREATE TYPE "public"."ty_a_k_enum" AS ENUM('a', 'b')
#: 26: CREATE TABLE "ty_a" ("id" SERIAL NOT NULL, "n" character | readonly=write app=42501 goes-on
CREATE TABLE "ty_a" ("id" SERIAL NOT NULL, "n" character varying, "k" "public"."ty_a_k_enum" NOT NULL DEFAULT 'a', CONSTRAINT "PK_8b48698704e97ef5f5c1c33f807" PRIMARY KEY ("id"))
#: 27: CREATE INDEX "IDX_4ba5d423b0bffaf1a1d280ecda" ON "ty_a" | readonly=write app=42501 goes-on
CREATE INDEX "IDX_4ba5d423b0bffaf1a1d280ecda" ON "ty_a"  ("n")
#: 28: INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) RETURN | readonly=write goes-on
#bind ["a"]
INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) RETURNING "id", "k"
#: 29: UPDATE "ty_a" SET "n" = $1 WHERE "id" = $2 | readonly=write goes-on
#bind ["b", "1"]
UPDATE "ty_a" SET "n" = $1 WHERE "id" = $2
#: 30: INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) ON CON | readonly=write goes-on
#bind ["q"]
INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) ON CONFLICT ( "id" ) DO UPDATE SET "id" = EXCLUDED."id", "n" = EXCLUDED."n" RETURNING "id", "k"
#: 31: DELETE FROM "ty_a" WHERE "id" = $1 | readonly=write goes-on
#bind ["7"]
DELETE FROM "ty_a" WHERE "id" = $1
#: 32: drop table ty_a, ty_b, migrations; | readonly=write app=42501 deploy=42501 goes-on
drop table ty_a, ty_b, migrations;
#: 33: drop type ty_a_k_enum | readonly=write app=42501 deploy=- goes-on
drop type ty_a_k_enum
#: 34: create table if not exists "kysely_migration" ("name" va | readonly=write app=42501 goes-on
create table if not exists "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null)
#: 35: create table if not exists "kysely_migration_lock" ("id" | readonly=write app=42501 goes-on
create table if not exists "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null)
#: 36: insert into "kysely_migration_lock" ("id", "is_locked") | readonly=write goes-on
#bind ["migration_lock", "0"]
insert into "kysely_migration_lock" ("id", "is_locked") values ($1, $2)
#: 37: with set_timeout as ( select set_config('lock_timeout', | goes-on
    with set_timeout as (
      select set_config('lock_timeout', '3600000', true) as config_val
    )
    select pg_advisory_lock(3853314791062309107)
    from set_timeout
#: 38: create table "ky" ("id" serial primary key, "n" text) | readonly=write app=42501 goes-on
create table "ky" ("id" serial primary key, "n" text)
#: 39: create index "ky_n" on "ky" ("n") | readonly=write app=42501 goes-on
create index "ky_n" on "ky" ("n")
#: 40: insert into "kysely_migration" ("name", "timestamp") val | readonly=write goes-on
#bind ["a", "2026-11-21T10:10:16.265Z"]
insert into "kysely_migration" ("name", "timestamp") values ($1, $2)
#: 41: select pg_advisory_unlock(3853314791062309107) | goes-on
select pg_advisory_unlock(3853314791062309107)
#: 42: insert into "ky" ("n") values ($1) on conflict ("id") do | readonly=write goes-on
#bind ["a", "b"]
insert into "ky" ("n") values ($1) on conflict ("id") do update set "n" = $2 returning *
#: 43: update "ky" set "n" = $1 where "id" = $2 | readonly=write goes-on
#bind ["c", "1"]
update "ky" set "n" = $1 where "id" = $2
#: 44: delete from "ky" where "id" = $1 | readonly=write goes-on
#bind ["9"]
delete from "ky" where "id" = $1
#: 45: drop table ky, kysely_migration, kysely_migration_lock | readonly=write app=42501 deploy=42501 goes-on
drop table ky, kysely_migration, kysely_migration_lock
#: 46: SELECT pg_try_advisory_lock(7241865325823964) AS "lockOb | goes-on
SELECT pg_try_advisory_lock(7241865325823964) AS "lockObtained"
#: 47: select … from information_schema.tables WHERE table_sche | goes-on
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'pgmigrations'
#: 48: CREATE TABLE "public"."pgmigrations" (id SERIAL PRIMARY | readonly=write app=42501 goes-on
CREATE TABLE "public"."pgmigrations" (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)
#: 49: SELECT name FROM "public"."pgmigrations" ORDER BY run_on | goes-on
SELECT name FROM "public"."pgmigrations" ORDER BY run_on, id
#: 50: CREATE TABLE "np_a" ( "id" serial PRIMARY KEY, "n" text | readonly=write app=42501 goes-on
CREATE TABLE "np_a" (
  "id" serial PRIMARY KEY,
  "n" text DEFAULT $pga$x$pga$ NOT NULL,
  "c" integer REFERENCES "customers"
);
#: 51: CREATE INDEX "np_a_n_index" ON "np_a" ("n"); | readonly=write app=42501 goes-on
CREATE INDEX "np_a_n_index" ON "np_a" ("n");
#: 52: ALTER TABLE "np_a" ADD "z" boolean; | readonly=write app=42501 goes-on
ALTER TABLE "np_a"
  ADD "z" boolean;
#: 53: COMMENT ON TABLE np_a IS 'x'; | readonly=write app=42501 goes-on
COMMENT ON TABLE np_a IS 'x';
#: 54: ALTER TABLE "np_a" ADD CONSTRAINT "np_ck" CHECK (id > 0) | readonly=write app=42501 goes-on
ALTER TABLE "np_a"
  ADD CONSTRAINT "np_ck" CHECK (id > 0);
#: 55: CREATE VIEW "np_v" AS SELECT 1 AS a; | readonly=write app=42501 goes-on
CREATE VIEW "np_v" AS SELECT 1 AS a;
#: 56: INSERT INTO "public"."pgmigrations" (name, run_on) VALUE | readonly=write goes-on
INSERT INTO "public"."pgmigrations" (name, run_on) VALUES ('1700000000000_a', NOW());
#: 57: SELECT pg_advisory_unlock(7241865325823964) AS "lockRele | goes-on
SELECT pg_advisory_unlock(7241865325823964) AS "lockReleased"
