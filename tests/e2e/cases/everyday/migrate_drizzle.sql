# drizzle-kit 0.31 migrate.  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: CREATE SCHEMA IF NOT EXISTS "drizzle" | readonly=write app=42501
CREATE SCHEMA IF NOT EXISTS "drizzle"
#: 2: CREATE TABLE IF NOT EXISTS "drizzle"."__drizzle_migratio | readonly=write app=42501 goes-on
			CREATE TABLE IF NOT EXISTS "drizzle"."__drizzle_migrations" (
				id SERIAL PRIMARY KEY,
				hash text NOT NULL,
				created_at bigint
			)
#: 3: select … from "drizzle"."__drizzle_migrations" order by | goes-on
select id, hash, created_at from "drizzle"."__drizzle_migrations" order by created_at desc limit 1
#: 4: CREATE TYPE "public"."dz_mood" AS ENUM('a', 'b'); | readonly=write app=42501 goes-on
CREATE TYPE "public"."dz_mood" AS ENUM('a', 'b');
#: 5: CREATE TABLE "dz_posts" ( "id" serial PRIMARY KEY NOT NU | readonly=write app=42501 goes-on
CREATE TABLE "dz_posts" (
	"id" serial PRIMARY KEY NOT NULL,
	"u" integer
);
#: 6: CREATE TABLE "dz_users" ( "id" serial PRIMARY KEY NOT NU | readonly=write app=42501 goes-on
CREATE TABLE "dz_users" (
	"id" serial PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"m" "dz_mood",
	"at" timestamp DEFAULT now()
);
#: 7: ALTER TABLE "dz_posts" ADD CONSTRAINT "dz_posts_u_dz_use | readonly=write app=42501 goes-on
ALTER TABLE "dz_posts" ADD CONSTRAINT "dz_posts_u_dz_users_id_fk" FOREIGN KEY ("u") REFERENCES "public"."dz_users"("id") ON DELETE no action ON UPDATE no action;
#: 8: insert into "drizzle"."__drizzle_migrations" ("hash", "c | readonly=write goes-on
#bind ["1b2d7edea6580d5901c40a4e502460ef52a39cbb01b0cbc36ce40f0635482570", "1795255807461"]
insert into "drizzle"."__drizzle_migrations" ("hash", "created_at") values($1, $2)
