# DDL that carries code or privileges with it: what a statement may not do, an object that it
# makes may not do either.

#for readonly=refused app=42501 deploy=42501
#: a function in C
CREATE FUNCTION x() RETURNS int LANGUAGE c AS '$libdir/x', 'y'
#: a function in C by a path
CREATE OR REPLACE FUNCTION x(text) RETURNS text LANGUAGE c AS '{loot}/x.so'
#: another name for a function that reads files
CREATE FUNCTION harmless(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'
#: a function's body of SQL that reads files
CREATE FUNCTION x() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT pg_read_file('PG_VERSION'); END
#: a function's returned expression that reads files
CREATE FUNCTION x() RETURNS text LANGUAGE sql RETURN pg_read_file('PG_VERSION')
#: a function's body of SQL that deletes everything
CREATE FUNCTION x() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM order_items; END
#: a procedure's body of SQL that updates everything
CREATE PROCEDURE x() LANGUAGE sql BEGIN ATOMIC SELECT 1; UPDATE products SET stock = 0; END
#: a function's argument's default that reads files
CREATE FUNCTION x(a text DEFAULT pg_read_file('PG_VERSION')) RETURNS text LANGUAGE sql AS 'SELECT a'
#: a view that reads files
CREATE VIEW x AS SELECT pg_read_file('PG_VERSION') AS f
#: a view that signals
CREATE OR REPLACE VIEW x AS SELECT pg_reload_conf() AS f
#: a view in a schema that is made with it
CREATE SCHEMA s CREATE VIEW v AS SELECT pg_read_file('PG_VERSION') AS f
#: a materialized view that reads files
CREATE MATERIALIZED VIEW x AS SELECT pg_read_file('PG_VERSION') AS f
#: a table from a file of the server
CREATE TABLE x AS SELECT pg_read_file('PG_VERSION') AS f
#: a rule that deletes everything
CREATE RULE r AS ON INSERT TO customers DO ALSO DELETE FROM order_items
#: a rule that reads files
CREATE RULE r AS ON INSERT TO customers DO ALSO SELECT pg_read_file('PG_VERSION')
#: a column's default that reads files
ALTER TABLE customers ADD COLUMN f text DEFAULT pg_read_file('PG_VERSION')
#: a default that reads files
ALTER TABLE customers ALTER COLUMN city SET DEFAULT pg_read_file('PG_VERSION')
#: a check that signals
ALTER TABLE customers ADD CONSTRAINT c CHECK (pg_reload_conf())
#: a table's check that signals
CREATE TABLE x (a int CHECK (pg_reload_conf()))
#: a domain's check that signals
CREATE DOMAIN d AS int CHECK (pg_reload_conf())
#: a domain's default that reads files
CREATE DOMAIN d AS text DEFAULT pg_read_file('PG_VERSION')
#: a policy that signals
CREATE POLICY p ON customers USING (pg_reload_conf())
#: a changed policy that signals
ALTER POLICY p ON customers USING (pg_terminate_backend({pid}))
#: a trigger's condition that signals
CREATE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW WHEN (pg_reload_conf()) EXECUTE FUNCTION suppress_redundant_updates_trigger()
#: an index that reads files
CREATE INDEX ON customers ((length(pg_read_file(name))))
#: an index's condition that signals
CREATE INDEX ON customers (name) WHERE pg_reload_conf()
#: extended statistics that read files
CREATE STATISTICS s ON (pg_read_file(name)), city FROM customers
#: a column's type that is changed by reading files
ALTER TABLE customers ALTER COLUMN name TYPE text USING pg_read_file(name)
#: a cast that reads files
CREATE CAST (text AS bytea) WITH FUNCTION pg_read_binary_file(text)
#: an operator that reads files
CREATE OPERATOR <@@ (RIGHTARG = text, FUNCTION = pg_read_file)
#: an operator that reads files, the old word
CREATE OPERATOR <@@ (RIGHTARG = text, PROCEDURE = pg_catalog.pg_read_file)
#: an aggregate whose final function reads files
CREATE AGGREGATE x(text) (SFUNC = textcat, STYPE = text, FINALFUNC = pg_read_file)
#: a membership in a role that reads files
GRANT pg_read_server_files TO CURRENT_USER
#: a membership in a role that runs programs
GRANT pg_execute_server_program TO PUBLIC
#: a membership in the superuser
GRANT postgres TO shop_app WITH ADMIN OPTION
#: another's membership taken away
REVOKE pgmoat_readonly FROM dev_ro
#: the right to set a parameter
GRANT SET ON PARAMETER log_statement TO PUBLIC
#: the right to change the server's configuration
GRANT ALTER SYSTEM ON PARAMETER log_statement TO shop_app
