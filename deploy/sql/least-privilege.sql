-- Least-privilege database roles for use behind pgmoat.
--
-- pgmoat judges statements; the database's own privileges stay the last wall, and hold
-- also for those who reach the server some other way.  Run this once per schema, in the
-- database it is in, as a superuser.  Running it again does no harm:
--
--   psql -v schema=public -f least-privilege.sql "dbname=shop"
--
-- It makes three group roles, one for each of pgmoat's roles that needs one.  Then give
-- each login its group:
--
--   GRANT pgmoat_readonly TO dev_ro;    ALTER ROLE dev_ro SET default_transaction_read_only = on;
--   GRANT pgmoat_app      TO shop_app;
--   GRANT pgmoat_deploy   TO migrator;  ALTER ROLE migrator SET role = pgmoat_deploy;
--
-- The last line makes pgmoat_deploy the owner of what migrations create, whoever runs
-- them, so that the default privileges below apply.
\set ON_ERROR_STOP on
\if :{?schema}
\else
  \set schema public
\endif

BEGIN;

SELECT format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name)
FROM unnest(ARRAY['pgmoat_readonly', 'pgmoat_app', 'pgmoat_deploy']) AS name
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name)
\gexec

-- Nobody comes in, makes temporary tables or creates anything for being nobody in particular.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA :"schema" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO pgmoat_readonly, pgmoat_app, pgmoat_deploy;
GRANT TEMPORARY ON DATABASE :"DBNAME" TO pgmoat_app, pgmoat_deploy;
GRANT USAGE ON SCHEMA :"schema" TO pgmoat_readonly, pgmoat_app, pgmoat_deploy;

-- Read.
GRANT SELECT ON ALL TABLES IN SCHEMA :"schema" TO pgmoat_readonly;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA :"schema" TO pgmoat_readonly;  -- last_value, for pg_dump

-- Read and write rows.  No TRUNCATE: it is not undone row by row and fires no row trigger.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"schema" TO pgmoat_app;
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA :"schema" TO pgmoat_app;

-- Change the schema: to alter a table is its owner's right, so the owner is this group.
GRANT CREATE ON SCHEMA :"schema" TO pgmoat_deploy;
SELECT format('ALTER %s %I.%I OWNER TO pgmoat_deploy',
              CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                             WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE'
                             ELSE 'TABLE' END,
              n.nspname, c.relname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :'schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND c.relowner <> 'pgmoat_deploy'::regrole
  -- A sequence of an identity or serial column follows its table.
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.objid = c.oid AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
  -- What an extension brought stays its own.
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.objid = c.oid AND d.deptype = 'e')
\gexec

-- What migrations create later gets the same privileges.
ALTER DEFAULT PRIVILEGES FOR ROLE pgmoat_deploy IN SCHEMA :"schema"
  GRANT SELECT ON TABLES TO pgmoat_readonly;
ALTER DEFAULT PRIVILEGES FOR ROLE pgmoat_deploy IN SCHEMA :"schema"
  GRANT SELECT ON SEQUENCES TO pgmoat_readonly;
ALTER DEFAULT PRIVILEGES FOR ROLE pgmoat_deploy IN SCHEMA :"schema"
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pgmoat_app;
ALTER DEFAULT PRIVILEGES FOR ROLE pgmoat_deploy IN SCHEMA :"schema"
  GRANT SELECT, USAGE ON SEQUENCES TO pgmoat_app;

-- A READ ONLY transaction does not stop these before PostgreSQL 16, and PUBLIC may call them.
REVOKE EXECUTE ON FUNCTION
  lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea),
  lo_truncate(integer, integer), lo_truncate64(integer, bigint), lo_unlink(oid),
  lowrite(integer, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea),
  lo_truncate(integer, integer), lo_truncate64(integer, bigint), lo_unlink(oid),
  lowrite(integer, bytea) TO pgmoat_app, pgmoat_deploy;

COMMIT;
