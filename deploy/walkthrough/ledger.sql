-- The ledger of project/deploy.sh: which migrations have run.  A tool with a ledger of its
-- own (Prisma, Drizzle, Flyway …) does not need it.
\set ON_ERROR_STOP on
CREATE SCHEMA ops AUTHORIZATION pgmoat_deploy;
SET ROLE pgmoat_deploy;
CREATE TABLE ops.schema_history (
  name       text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT USAGE ON SCHEMA ops TO pgmoat_readonly;
GRANT SELECT ON ops.schema_history TO pgmoat_readonly;
