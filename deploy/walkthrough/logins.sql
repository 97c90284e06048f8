-- One login for each purpose, none of which is a superuser.  Passwords come from the
-- environment, so that they stand in no process list.  After least-privilege.sql.
\set ON_ERROR_STOP on
SET password_encryption = 'scram-sha-256';
\getenv dev_password DEV_PASSWORD
\getenv app_password APP_PASSWORD
\getenv migrator_password MIGRATOR_PASSWORD
\getenv oncall_password ONCALL_PASSWORD
CREATE ROLE dev_ro   LOGIN PASSWORD :'dev_password'      IN ROLE pgmoat_readonly;
CREATE ROLE shop_app LOGIN PASSWORD :'app_password'      IN ROLE pgmoat_app;
CREATE ROLE migrator LOGIN PASSWORD :'migrator_password' IN ROLE pgmoat_deploy;
CREATE ROLE oncall   LOGIN PASSWORD :'oncall_password'   IN ROLE pgmoat_deploy;
ALTER ROLE dev_ro SET default_transaction_read_only = on;
ALTER ROLE migrator SET role = pgmoat_deploy;
ALTER ROLE oncall   SET role = pgmoat_deploy;
