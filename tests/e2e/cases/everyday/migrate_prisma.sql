# Prisma 6.19 migrate deploy (JavaScript engine).  Each case goes on where the one before ended.
# Recorded from the server's log, of a real run.

#for readonly=- app=- deploy=ok
#: 1: select … from pg_namespace WHERE nspname = $1), version(
#bind ["public"]
SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = $1), version(), current_setting('server_version_num')::integer as numeric_version;
#: 2: SELECT pg_advisory_lock(72707369) | goes-on
SELECT pg_advisory_lock(72707369)
#: 3: CREATE TABLE _prisma_migrations ( id VARCHAR(36) PRIMARY | readonly=write app=42501 goes-on
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
#: 4: select … from "_prisma_migrations" ORDER BY "started_at" | goes-on
SELECT "id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count" FROM "_prisma_migrations" ORDER BY "started_at" ASC
#: 5: INSERT INTO "_prisma_migrations" ("id","checksum","start | readonly=write goes-on
#bind ["cca375c3-4ece-4488-bcdc-80e082677dc1", "0af0b753aa9a0b4c266f318958d7eae3a5f5f8fa5785940c2850acc897d5e041", "2026-11-21 10:12:13.874+00", "20260101000000_init"]
INSERT INTO "_prisma_migrations" ("id","checksum","started_at","migration_name") VALUES ($1,$2,$3,$4)
#: 6: CREATE TYPE "Mood" AS ENUM ('a', 'b') | readonly=write app=42501 goes-on
CREATE TYPE "Mood" AS ENUM ('a', 'b')
#: 7: CREATE TABLE "Reader" ("id" SERIAL NOT NULL, "email" TEX | readonly=write app=42501 goes-on
CREATE TABLE "Reader" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "kind" "Mood" NOT NULL DEFAULT 'a', CONSTRAINT "Reader_pkey" PRIMARY KEY ("id"))
#: 8: CREATE TABLE "Letter" ("id" SERIAL NOT NULL, "title" TEX | readonly=write app=42501 goes-on
CREATE TABLE "Letter" ("id" SERIAL NOT NULL, "title" TEXT NOT NULL, "authorId" INTEGER, CONSTRAINT "Letter_pkey" PRIMARY KEY ("id"))
#: 9: CREATE UNIQUE INDEX "Reader_email_key" ON "Reader"("emai | readonly=write app=42501 goes-on
CREATE UNIQUE INDEX "Reader_email_key" ON "Reader"("email")
#: 10: ALTER TABLE "Letter" ADD CONSTRAINT "Letter_authorId_fke | readonly=write app=42501 goes-on
ALTER TABLE "Letter" ADD CONSTRAINT "Letter_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "Reader"("id") ON DELETE SET NULL ON UPDATE CASCADE
#: 11: UPDATE "_prisma_migrations" SET "applied_steps_count" = | readonly=write goes-on
#bind ["1", "cca375c3-4ece-4488-bcdc-80e082677dc1"]
UPDATE "_prisma_migrations" SET "applied_steps_count" = ("applied_steps_count" + $1) WHERE "id" = $2
#: 12: UPDATE "_prisma_migrations" SET "finished_at" = $1 WHERE | readonly=write goes-on
#bind ["2026-11-21 10:12:13.886+00", "cca375c3-4ece-4488-bcdc-80e082677dc1"]
UPDATE "_prisma_migrations" SET "finished_at" = $1 WHERE "id" = $2
