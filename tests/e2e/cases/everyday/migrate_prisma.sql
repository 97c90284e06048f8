# Prisma 6.19 migrate deploy (JavaScript engine).  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: select … from pg_namespace WHERE nspname = $1), version(
#bind ["public"]
SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = $1), version(), current_setting('server_version_num')::integer as numeric_version;
#: 2: SELECT pg_advisory_lock(72707369) | goes-on
SELECT pg_advisory_lock(72707369)
#: 3: select … from pg_class AS tbl INNER JOIN pg_namespace AS | goes-on
#bind ["{public}"]
                SELECT tbl.relname AS table_name, namespace.nspname AS table_namespace
                FROM pg_class AS tbl
                INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace
                WHERE tbl.relkind = 'r' AND namespace.nspname = ANY ( $1 )
#: 4: CREATE TABLE _prisma_migrations ( id VARCHAR(36) PRIMARY | readonly=write app=42501 goes-on
CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
);
#: 5: select … from "_prisma_migrations" ORDER BY "started_at" | goes-on
SELECT "id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count" FROM "_prisma_migrations" ORDER BY "started_at" ASC
#: 6: INSERT INTO "_prisma_migrations" ("id","checksum","start | readonly=write goes-on
#bind ["cca375c3-4ece-4488-bcdc-80e082677dc1", "0af0b753aa9a0b4c266f318958d7eae3a5f5f8fa5785940c2850acc897d5e041", "2026-11-21 10:12:13.874+00", "20260101000000_init"]
INSERT INTO "_prisma_migrations" ("id","checksum","started_at","migration_name") VALUES ($1,$2,$3,$4)
#: 7: CREATE TYPE "PrKind" AS ENUM ('a', 'b') | readonly=write app=42501 goes-on
CREATE TYPE "PrKind" AS ENUM ('a', 'b')
#: 8: CREATE TABLE "PrUser" ("id" SERIAL NOT NULL, "email" TEX | readonly=write app=42501 goes-on
CREATE TABLE "PrUser" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "kind" "PrKind" NOT NULL DEFAULT 'a', CONSTRAINT "PrUser_pkey" PRIMARY KEY ("id"))
#: 9: CREATE TABLE "PrPost" ("id" SERIAL NOT NULL, "title" TEX | readonly=write app=42501 goes-on
CREATE TABLE "PrPost" ("id" SERIAL NOT NULL, "title" TEXT NOT NULL, "authorId" INTEGER, CONSTRAINT "PrPost_pkey" PRIMARY KEY ("id"))
#: 10: CREATE UNIQUE INDEX "PrUser_email_key" ON "PrUser"("emai | readonly=write app=42501 goes-on
CREATE UNIQUE INDEX "PrUser_email_key" ON "PrUser"("email")
#: 11: ALTER TABLE "PrPost" ADD CONSTRAINT "PrPost_authorId_fke | readonly=write app=42501 goes-on
ALTER TABLE "PrPost" ADD CONSTRAINT "PrPost_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "PrUser"("id") ON DELETE SET NULL ON UPDATE CASCADE
#: 12: UPDATE "_prisma_migrations" SET "applied_steps_count" = | readonly=write goes-on
#bind ["1", "cca375c3-4ece-4488-bcdc-80e082677dc1"]
UPDATE "_prisma_migrations" SET "applied_steps_count" = ("applied_steps_count" + $1) WHERE "id" = $2
#: 13: UPDATE "_prisma_migrations" SET "finished_at" = $1 WHERE | readonly=write goes-on
#bind ["2026-11-21 10:12:13.886+00", "cca375c3-4ece-4488-bcdc-80e082677dc1"]
UPDATE "_prisma_migrations" SET "finished_at" = $1 WHERE "id" = $2
