# Statements that `readonly` must not get through, though its login is a superuser.
#
#   #: name | expected          write: 25006; refused: 25006 or 42501; or SQLSTATEs
#   #setup statement            sent before, by the same session; may be allowed or refused
#   statement                   up to the next header; one protocol text
#
# {loot} is a directory that the server may write to, {pid} a backend to leave alone.

#: insert | write
INSERT INTO customers (name, email, city) VALUES ('x', 'x@example.com', 'x')
#: update | write
UPDATE products SET stock = 0 WHERE id = 1
#: delete | write
DELETE FROM order_items WHERE order_id = 1
#: merge | write
MERGE INTO products p USING (SELECT 1 AS id) s ON p.id = s.id WHEN MATCHED THEN DELETE
#: truncate | write
TRUNCATE order_items
#: insert … on conflict | write
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET stock = 0
#: lower case and line breaks | write
dElEtE
  from
    order_items
#: no space at all | write
DELETE/**/FROM"order_items"

#: delete in a CTE | write
WITH gone AS (DELETE FROM order_items WHERE order_id = 1 RETURNING *) SELECT count(*) FROM gone
#: insert in the third CTE | write
WITH a AS (SELECT 1), b AS (SELECT 2), c AS (INSERT INTO products (name, price_cents) VALUES ('x', 1) RETURNING id) SELECT * FROM a
#: update in a CTE of a CTE | write
WITH outer_one AS (WITH inner_one AS (UPDATE products SET stock = 0 RETURNING id) SELECT * FROM inner_one) SELECT * FROM outer_one
#: delete in a CTE that nobody reads | write
WITH gone AS (DELETE FROM order_items) SELECT 1
#: delete in a CTE inside a subquery | 25006 42501 0A000
SELECT * FROM (WITH gone AS (DELETE FROM order_items RETURNING 1) SELECT * FROM gone) AS t
#: merge in EXPLAIN ANALYZE in a CTE | write
EXPLAIN ANALYZE WITH a AS (SELECT 1) MERGE INTO products p USING a ON true WHEN MATCHED THEN UPDATE SET stock = 0

#: explain analyze delete | write
EXPLAIN ANALYZE DELETE FROM order_items
#: explain analyse, the other spelling | write
EXPLAIN ANALYSE DELETE FROM order_items
#: explain (analyze) in brackets | write
EXPLAIN (ANALYZE, BUFFERS) UPDATE products SET stock = 0
#: explain (analyze 1) | write
EXPLAIN (COSTS off, ANALYZE 1) UPDATE products SET stock = 0
#: explain (analyze off, analyze on): the last one counts | write
EXPLAIN (ANALYZE off, ANALYZE on) UPDATE products SET stock = 0
#: explain analyze create table as | write
EXPLAIN ANALYZE CREATE TABLE stolen AS SELECT 1
#: explain analyze execute | refused 26000
#setup PREPARE d AS DELETE FROM order_items
EXPLAIN ANALYZE EXECUTE d

#: copy (delete … returning) to stdout | write
COPY (DELETE FROM order_items RETURNING *) TO STDOUT
#: copy from stdin | write
COPY order_items FROM STDIN
#: copy from file | refused
COPY order_items FROM '/etc/passwd'
#: copy to file | refused
COPY customers TO '{loot}/customers'
#: copy query to file | refused
COPY (SELECT 1) TO '{loot}/one'
#: copy to program | refused
COPY customers TO PROGRAM 'cat > {loot}/customers'
#: copy from program | refused
COPY customers FROM PROGRAM 'touch {loot}/touched'

#: prepare delete | write
PREPARE p AS DELETE FROM order_items
#: execute what was refused | refused 26000
#setup PREPARE p AS DELETE FROM order_items
EXECUTE p
#: declare a cursor over a delete in a CTE | 25006 42501 0A000
DECLARE c CURSOR FOR WITH gone AS (DELETE FROM order_items RETURNING *) SELECT * FROM gone
#: declare a cursor for update | refused
#setup BEGIN
DECLARE c CURSOR FOR SELECT * FROM products FOR UPDATE
#: select into | write
SELECT * INTO stolen FROM customers
#: create table as | write
CREATE TABLE stolen AS TABLE customers
#: create table as execute | write
CREATE TABLE stolen AS EXECUTE p
#: create materialized view | write
CREATE MATERIALIZED VIEW stolen AS SELECT 1
#: refresh materialized view | refused
REFRESH MATERIALIZED VIEW stolen

#: select for update | refused
SELECT * FROM products WHERE id = 1 FOR UPDATE
#: select for no key update | refused
SELECT * FROM products FOR NO KEY UPDATE
#: select for share | refused
SELECT * FROM products FOR SHARE
#: select for key share in a subquery | refused
SELECT * FROM (SELECT * FROM products FOR KEY SHARE) AS p
#: lock table | refused
LOCK TABLE products IN ACCESS EXCLUSIVE MODE

#: do | refused
DO $$ BEGIN DELETE FROM order_items; END $$
#: do with a language | refused
DO LANGUAGE plpgsql 'BEGIN DELETE FROM order_items; END'
#: call | refused
CALL cancel_order(1)
#: own volatile function | refused
SELECT restock(1)
#: own volatile function in FROM | refused
SELECT * FROM restock(1)
#: own volatile function, qualified, in a WHERE | refused
SELECT 1 FROM products WHERE public.restock(id) > 0
#: own volatile function in ORDER BY of a subquery in LIMIT | refused
SELECT 1 LIMIT (SELECT restock(1))
#: nextval | refused
SELECT nextval('invoice_number')
#: setval | refused
SELECT setval('invoice_number', 9000)
#: setval, qualified, as a table | refused
SELECT * FROM pg_catalog.setval('invoice_number', 9000)
#: nextval in VALUES | refused
VALUES (nextval('invoice_number'))
#: nextval in a CASE in a JOIN condition | refused
SELECT 1 FROM products a JOIN products b ON CASE WHEN a.id = 1 THEN nextval('invoice_number') > 0 END
#: nextval in a window definition | refused
SELECT count(*) OVER (PARTITION BY nextval('invoice_number')) FROM products
#: nextval in a FILTER | refused
SELECT count(*) FILTER (WHERE nextval('invoice_number') > 0) FROM products
#: nextval in TABLESAMPLE | refused 42601
SELECT * FROM products TABLESAMPLE BERNOULLI (nextval('invoice_number'))
#: nextval in ROWS FROM | refused
SELECT * FROM ROWS FROM (generate_series(1, 2), nextval('invoice_number'))
#: nextval in explain analyze | refused
EXPLAIN ANALYZE SELECT nextval('invoice_number')

#: SET default_transaction_read_only | refused
SET default_transaction_read_only = off
#: SET LOCAL transaction_read_only | refused
#setup BEGIN
SET LOCAL transaction_read_only TO off
#: SET SESSION default_transaction_read_only TO DEFAULT | refused
SET SESSION default_transaction_read_only TO DEFAULT; DELETE FROM order_items
#: quoted name of a setting | refused
SET "Default_Transaction_Read_Only" = false
#: set_config | refused
SELECT set_config('default_transaction_read_only', 'off', false)
#: set_config with a built name | refused
SELECT set_config('default_transaction_' || 'read_only', 'off', false)
#: set_config in FROM, qualified | refused
SELECT * FROM pg_catalog.set_config('transaction_read_only', 'off', true)
#: set_config with named arguments | refused
SELECT set_config(setting_name => 'transaction_read_only', new_value => 'off', is_local => true)
#: update of pg_settings | refused
UPDATE pg_settings SET setting = 'off' WHERE name = 'default_transaction_read_only'
#: BEGIN READ WRITE | refused
BEGIN READ WRITE
#: BEGIN ISOLATION LEVEL …, READ WRITE | refused
BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE
#: START TRANSACTION READ WRITE | refused
START TRANSACTION READ WRITE
#: SET TRANSACTION READ WRITE | refused
#setup BEGIN
SET TRANSACTION READ WRITE
#: SET SESSION CHARACTERISTICS | refused
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
#: RESET ALL, then a write | write
#setup RESET ALL
DELETE FROM order_items
#: DISCARD ALL, then a write | write
#setup DISCARD ALL
DELETE FROM order_items
#: RESET ALL, then a function that writes | refused
#setup RESET ALL
SELECT restock(1)
#: RESET ALL; write in one text | write
RESET ALL; DELETE FROM order_items
#: SET ROLE | refused
SET ROLE postgres
#: SET SESSION AUTHORIZATION | refused
SET SESSION AUTHORIZATION postgres
#: role as a setting | refused
SET role TO 'postgres'
#: set_config of role | refused
SELECT set_config('role', 'postgres', false)
#: set_config of session_authorization | refused
SELECT set_config('session_authorization', 'postgres', false)
#: standard_conforming_strings | refused
SET standard_conforming_strings = off
#: standard_conforming_strings, then a hidden statement | refused
SET standard_conforming_strings = off; SELECT '\'; DELETE FROM order_items; --'
#: client_encoding SJIS | refused
SET client_encoding TO 'SJIS'
#: client_encoding with a funny spelling | refused
SET client_encoding TO 'S-J_I S'
#: SET NAMES | refused
SET NAMES 'BIG5'
#: set_config of client_encoding | refused
SELECT set_config('client_encoding', 'GBK', false)
#: session_preload_libraries by LOAD | refused
LOAD 'auto_explain'
#: alter system | refused
ALTER SYSTEM SET log_statement = 'none'
#: alter role of oneself | refused
ALTER ROLE dev_super SET default_transaction_read_only = off
#: alter database | refused
ALTER DATABASE shop SET default_transaction_read_only = off

#: pg_terminate_backend | refused
SELECT pg_terminate_backend({pid})
#: pg_cancel_backend | refused
SELECT pg_cancel_backend({pid})
#: pg_reload_conf | refused
SELECT pg_reload_conf()
#: a function called as if it were a field | refused
SELECT ('PG_VERSION'::text).pg_read_file
#: a function called as if it were a column | refused
SELECT x.pg_read_file FROM unnest(ARRAY['PG_VERSION']) AS x
#: an advisory lock called as a field | refused
SELECT (1::bigint).pg_advisory_lock
#: a signal called as a field | refused
SELECT ({pid}::int).pg_terminate_backend
#: a file of the server behind a view | refused
SELECT * FROM pg_hba_file_rules
#: pg_read_file | refused
SELECT pg_read_file('PG_VERSION')
#: pg_read_binary_file | refused
SELECT pg_read_binary_file('PG_VERSION')
#: pg_ls_dir | refused
SELECT * FROM pg_ls_dir('.')
#: pg_stat_file | refused
SELECT * FROM pg_stat_file('PG_VERSION')
#: query_to_xml runs a text | refused
SELECT query_to_xml('DELETE FROM order_items RETURNING 1', true, false, '')
#: table_to_xml | refused
SELECT database_to_xml(true, false, '')
#: ts_stat runs a text | refused
SELECT * FROM ts_stat('DELETE FROM order_items RETURNING to_tsvector(''a'')')
#: lo_import | refused
SELECT lo_import('/etc/passwd')
#: lo_export | refused
SELECT lo_export(4242, '{loot}/large')
#: lo_create | refused
SELECT lo_create(0)
#: lo_from_bytea | refused
SELECT lo_from_bytea(0, 'x')
#: lo_put | refused
SELECT lo_put(4242, 0, 'overwritten')
#: lo_unlink | refused
SELECT lo_unlink(4242)
#: lo_truncate over lo_open | refused
SELECT lo_truncate(lo_open(4242, 131072), 0)
#: dblink_exec | refused
SELECT dblink_exec('dbname=shop user=postgres', 'DELETE FROM order_items')
#: dblink | refused
SELECT * FROM dblink('dbname=shop', 'DELETE FROM order_items RETURNING 1') AS t(a int)
#: advisory lock | refused
SELECT pg_advisory_lock(1)
#: try advisory lock | refused
SELECT pg_try_advisory_lock(1)
#: pg_notify | refused
SELECT pg_notify('channel', 'x')
#: notify | refused
NOTIFY channel
#: replication slot | refused
SELECT pg_create_physical_replication_slot('thief')
#: logical message | refused
SELECT pg_logical_emit_message(false, 'a', 'b')
#: pg_switch_wal | refused
SELECT pg_switch_wal()
#: pg_promote | refused
SELECT pg_promote()
#: statistics reset | refused
SELECT pg_stat_reset()
#: prepare transaction | refused
#setup BEGIN
PREPARE TRANSACTION 'orphan'
#: vacuum | refused
VACUUM customers
#: analyze | refused
ANALYZE customers
#: reindex | refused
REINDEX TABLE customers
#: cluster | refused
CLUSTER
#: checkpoint | refused
CHECKPOINT

#: drop table | write
DROP TABLE order_items
#: drop table in another schema's name | write
DROP TABLE IF EXISTS public.order_items CASCADE
#: drop schema | write
DROP SCHEMA public CASCADE
#: drop database | refused
DROP DATABASE shop
#: create table | write
CREATE TABLE x (a integer)
#: create function | write
CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'
#: create view | write
CREATE VIEW x AS SELECT 1
#: create index | write
CREATE INDEX ON customers (city)
#: create role | refused
CREATE ROLE thief LOGIN SUPERUSER
#: create extension | refused
CREATE EXTENSION pg_trgm
#: create database | refused
CREATE DATABASE x
#: create trigger | write
CREATE TRIGGER t AFTER INSERT ON customers EXECUTE FUNCTION suppress_redundant_updates_trigger()
#: alter table | write
ALTER TABLE customers ADD COLUMN x integer
#: alter default privileges | refused
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC
#: grant | refused
GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC
#: revoke | refused
REVOKE ALL ON customers FROM shop_app
#: comment on | refused
COMMENT ON TABLE customers IS 'x'
#: security label | refused
SECURITY LABEL ON TABLE customers IS 'x'
#: create rule | write
CREATE RULE r AS ON INSERT TO customers DO INSTEAD NOTHING
#: create publication | refused
CREATE PUBLICATION p FOR ALL TABLES
#: import foreign schema | refused
IMPORT FOREIGN SCHEMA s FROM SERVER t INTO public
#: reassign owned | refused
REASSIGN OWNED BY shop_app TO dev_super
#: create temporary table with a delete behind it | write
CREATE TEMP TABLE t AS WITH d AS (DELETE FROM order_items RETURNING *) SELECT * FROM d

#: a second statement | write
SELECT 1; DROP TABLE order_items
#: the first of two | write
DROP TABLE order_items; SELECT 1
#: commit in between | write
SELECT 1; COMMIT; DROP TABLE order_items
#: after an empty statement | write
;;; DELETE FROM order_items ;;;
#: after a line comment | write
-- SELECT 1
DELETE FROM order_items
#: a comment that is none any more | write
/* harmless */ DELETE FROM order_items /* SELECT */
#: nested comments | write
/* /* SELECT */ */ DELETE FROM order_items
#: a comment ended by a carriage return | write
-- harmless{cr}DELETE FROM order_items
#: a comment inside a string does not hide what follows | write
SELECT '/*'; DELETE FROM order_items; SELECT '*/'
#: a dollar quote around it, run by DO | refused
DO $outer$ BEGIN EXECUTE $inner$DELETE FROM order_items$inner$; END $outer$
#: a dollar quote closed early | write
SELECT $a$ text $a$; DELETE FROM order_items; SELECT $a$ text $a$
#: an escape string closed early | write
SELECT E'\''; DELETE FROM order_items; SELECT ''
#: unicode escapes spell an identifier | write
DELETE FROM U&"\006frder_items"
#: unicode escapes spell a function | refused
SELECT U&"n\0065xtval"('invoice_number')
#: quoted function name | refused
SELECT "pg_catalog"."nextval"('invoice_number')

#: text that cannot be parsed | 42601
SELEC 1
#: an unfinished string | 42601
SELECT 'abc
#: an unfinished comment | 42601
SELECT 1 /* DELETE FROM order_items
#: invalid UTF-8 | 42601 22021 42501
SELECT '{bad_utf8}'
