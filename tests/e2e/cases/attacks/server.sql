# Roles, databases, the server's configuration, other servers, code: an administrator's work.

#for readonly=refused app=42501 deploy=42501
#: alter system
ALTER SYSTEM SET log_statement = 'none'
#: alter system, a command to run
ALTER SYSTEM SET archive_command = 'cp %p {loot}/%f'
#: alter system reset
ALTER SYSTEM RESET log_statement
#: alter system reset all
ALTER SYSTEM RESET ALL
#: create role
CREATE ROLE thief LOGIN SUPERUSER
#: create user
CREATE USER thief PASSWORD 'x'
#: create group
CREATE GROUP thieves
#: create role in role
CREATE ROLE thief IN ROLE pg_read_server_files
#: alter role superuser
ALTER ROLE shop_app SUPERUSER
#: alter user password
ALTER USER shop_app PASSWORD 'x'
#: alter role rename
ALTER ROLE shop_app RENAME TO thief
#: alter role of oneself
ALTER ROLE CURRENT_USER SET default_transaction_read_only = off
#: alter role all
ALTER ROLE ALL SET search_path = 'trap'
#: alter role in database
ALTER ROLE dev_ro IN DATABASE shop SET role = 'postgres'
#: alter role reset
ALTER ROLE dev_ro RESET ALL
#: alter group
ALTER GROUP pgmoat_readonly ADD USER shop_app
#: drop role
DROP ROLE IF EXISTS shop_app
#: drop user
DROP USER dev_ro, shop_app
#: drop owned
DROP OWNED BY shop_app
#: drop owned, cascade, current user
DROP OWNED BY CURRENT_USER CASCADE
#: reassign owned
REASSIGN OWNED BY shop_app TO dev_super
#: create database
CREATE DATABASE x
#: create database from a template
CREATE DATABASE x TEMPLATE shop OWNER postgres
#: alter database
ALTER DATABASE shop SET default_transaction_read_only = off
#: alter database rename
ALTER DATABASE shop RENAME TO shop_old
#: alter database connection limit
ALTER DATABASE shop CONNECTION LIMIT 0
#: alter database reset
ALTER DATABASE shop RESET ALL
#: alter database refresh collation version
ALTER DATABASE shop REFRESH COLLATION VERSION
#: drop database
DROP DATABASE shop
#: drop database with force
DROP DATABASE IF EXISTS shop WITH (FORCE)
#: drop tablespace
DROP TABLESPACE IF EXISTS pg_default
#: alter tablespace
ALTER TABLESPACE pg_default SET (random_page_cost = 1)
#: alter table all in tablespace
ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default
#: create foreign data wrapper
CREATE FOREIGN DATA WRAPPER thief
#: create server
CREATE SERVER thief FOREIGN DATA WRAPPER dblink_fdw OPTIONS (host '127.0.0.1')
#: alter server
ALTER SERVER thief OPTIONS (SET host 'x')
#: create user mapping
CREATE USER MAPPING FOR PUBLIC SERVER thief OPTIONS (user 'postgres')
#: alter user mapping
ALTER USER MAPPING FOR PUBLIC SERVER thief OPTIONS (SET user 'x')
#: drop server
DROP SERVER IF EXISTS thief CASCADE
#: import foreign schema
IMPORT FOREIGN SCHEMA s FROM SERVER t INTO public
#: create language
CREATE LANGUAGE plpython3u
#: create trusted language with a handler
CREATE OR REPLACE TRUSTED LANGUAGE x HANDLER plpgsql_call_handler
#: create an untrusted language as an extension
CREATE EXTENSION plpython3u
#: drop language
DROP LANGUAGE plpgsql CASCADE
#: create publication
CREATE PUBLICATION p FOR ALL TABLES
#: create publication of one table
CREATE PUBLICATION p FOR TABLE customers
#: alter publication
ALTER PUBLICATION p ADD TABLE orders
#: create subscription
CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)
#: alter subscription
ALTER SUBSCRIPTION s ENABLE
#: drop subscription
DROP SUBSCRIPTION IF EXISTS s
#: checkpoint
CHECKPOINT
#: do
DO $$ BEGIN DELETE FROM order_items; END $$
#: do with a language
DO LANGUAGE plpgsql 'BEGIN DELETE FROM order_items; END'
#: do, the language behind
DO 'BEGIN DELETE FROM order_items; END' LANGUAGE plpgsql
#: do, harmless to look at
DO $$ BEGIN PERFORM 1; END $$
#: do that runs a built text
DO $$ BEGIN EXECUTE 'DE' || 'LETE FROM order_items'; END $$
#: do in the middle of a script
SELECT 1; DO $x$ BEGIN NULL; END $x$; SELECT 2
#: do in an escape string
DO E'BEGIN DELETE FROM \x6frder_items; END'
