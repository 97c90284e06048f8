# What becomes of a session's state: resets, transactions, prepared statements, cursors.

#for readonly=write app=- deploy=-
#: RESET ALL, then a write
#setup RESET ALL
DELETE FROM order_items WHERE order_id = 1
#: DISCARD ALL, then a write
#setup DISCARD ALL
DELETE FROM order_items WHERE order_id = 1
#: RESET of the switch, then a write
#setup RESET default_transaction_read_only
INSERT INTO products (name, price_cents) VALUES ('x', 1)
#: RESET SESSION AUTHORIZATION, then a write
#setup RESET SESSION AUTHORIZATION
UPDATE products SET stock = 0 WHERE id = 1
#: RESET ALL; write in one text
RESET ALL; DELETE FROM order_items WHERE order_id = 1
#: a refused READ WRITE, then a write
#setup BEGIN READ WRITE
DELETE FROM order_items WHERE order_id = 1
#: a refused switch, then a write
#setup SET default_transaction_read_only = off
DELETE FROM order_items WHERE order_id = 1
#: after a commit
#setup BEGIN
#setup COMMIT
DELETE FROM order_items WHERE order_id = 1
#: after a rollback to a savepoint
#setup BEGIN
#setup SAVEPOINT a
#setup DELETE FROM order_items
#setup ROLLBACK TO a
DELETE FROM order_items WHERE order_id = 1
#: in a failed transaction
#setup BEGIN
#setup SELECT 1/0
DELETE FROM order_items WHERE order_id = 1
#: after a setting of search_path
#setup SET search_path = orm
INSERT INTO ky (n) VALUES ('x')
#: after a comment on the role
#setup SET application_name = 'admin'
DELETE FROM order_items WHERE order_id = 1
#: after the encoding was set anew
#setup SET client_encoding = 'LATIN1'
DELETE FROM order_items WHERE order_id = 1
#: behind BEGIN in one text
BEGIN; DELETE FROM order_items WHERE order_id = 1
#: behind BEGIN and COMMIT in one text
BEGIN; SELECT 1; COMMIT; BEGIN; DELETE FROM order_items WHERE order_id = 1; COMMIT

#for readonly=refused app=- deploy=-
#: BEGIN READ WRITE
BEGIN READ WRITE
#: BEGIN WORK READ WRITE
BEGIN WORK READ WRITE
#: BEGIN ISOLATION LEVEL …, READ WRITE
BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE
#: BEGIN, the modes without a comma
BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ WRITE NOT DEFERRABLE
#: BEGIN READ ONLY, READ WRITE: the last one counts
BEGIN READ ONLY, READ WRITE
#: START TRANSACTION READ WRITE
START TRANSACTION READ WRITE
#: SET TRANSACTION READ WRITE
#setup BEGIN
SET TRANSACTION READ WRITE
#: SET TRANSACTION READ WRITE under a savepoint
#setup BEGIN
#setup SAVEPOINT a
SET TRANSACTION READ WRITE
#: SET LOCAL TRANSACTION READ WRITE
#setup BEGIN
SET LOCAL TRANSACTION READ WRITE
#: SET SESSION CHARACTERISTICS
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
#: SET SESSION CHARACTERISTICS of two
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE
#: ROLLBACK AND CHAIN keeps the transaction's mode, BEGIN READ WRITE in one text does not
ROLLBACK AND CHAIN; BEGIN READ WRITE
#: COMMIT, then BEGIN READ WRITE in one text
COMMIT; BEGIN READ WRITE; SELECT 1
#: RESET ALL, then a function that writes
#setup RESET ALL
SELECT restock(1)
#: a snapshot of one's own transaction does not make it writable
#setup BEGIN ISOLATION LEVEL REPEATABLE READ
SET TRANSACTION READ WRITE; SET TRANSACTION SNAPSHOT '00000003-0000001B-1'
#: prepare transaction
#setup BEGIN
PREPARE TRANSACTION 'orphan'
#: commit prepared
COMMIT PREPARED 'orphan'
#: rollback prepared
ROLLBACK PREPARED 'orphan'
#: declare a cursor for update
#setup BEGIN
DECLARE c CURSOR FOR SELECT * FROM products FOR UPDATE
#: declare a cursor with hold over nextval
DECLARE c CURSOR WITH HOLD FOR SELECT nextval('invoice_number')
#: prepare a function that writes
PREPARE p AS SELECT restock(1)
#: prepare an advisory lock
PREPARE p(bigint) AS SELECT pg_advisory_lock($1)
#: create table as execute
#setup PREPARE one AS SELECT 1 AS a
CREATE TABLE stolen AS EXECUTE one
#: explain analyze create table as execute
#setup PREPARE one AS SELECT 1 AS a
EXPLAIN ANALYZE CREATE TABLE stolen AS EXECUTE one
#: own volatile function in an execute's argument
#setup PREPARE p(int) AS SELECT $1
EXECUTE p(restock(1))
#: lock table
LOCK TABLE products IN ACCESS EXCLUSIVE MODE
#: lock table in row share mode
LOCK TABLE products IN ROW SHARE MODE
#: notify in a transaction
#setup BEGIN
NOTIFY channel, 'x'
#: nextval in tablesample | readonly=refused/42601
SELECT * FROM products TABLESAMPLE BERNOULLI (nextval('invoice_number'))
#: database_to_xml reads everything
SELECT database_to_xml(true, false, '')
#: table_to_xml reads a table that is named by a value
SELECT table_to_xml('customers'::regclass, true, false, '')
#: schema_to_xml
SELECT schema_to_xml('public', true, false, '')
#: security label
SECURITY LABEL ON TABLE customers IS 'x'

#for readonly=refused/26000 app=42501/26000 deploy=42501/26000
#: explain analyze execute of what was refused
#setup PREPARE d AS DELETE FROM order_items
EXPLAIN ANALYZE EXECUTE d
#: execute of what was refused
#setup PREPARE p AS DELETE FROM order_items
EXECUTE p
#: execute of what was refused, under another name's shelter
#setup PREPARE q AS SELECT 1
#setup DEALLOCATE q
#setup PREPARE q AS DELETE FROM order_items
EXECUTE q
#: execute of what was refused behind a good one in one text
#setup SELECT 1; PREPARE p AS DROP TABLE order_items
EXECUTE p
#: execute twice
#setup PREPARE q AS TRUNCATE order_items
#setup EXECUTE q
EXECUTE q

#for all=42501
#: security label on a role | readonly=refused deploy=-
SECURITY LABEL ON ROLE shop_app IS 'x'
#: set session authorization, then reset, then set
#setup RESET SESSION AUTHORIZATION
SET SESSION AUTHORIZATION 'postgres'
#: the encoding is asked for behind a good statement
SELECT 1; SET client_encoding = 'SJIS'; SELECT 2
#: standard_conforming_strings, after it was set to on
#setup SET standard_conforming_strings = on
SET standard_conforming_strings = off
#: standard_conforming_strings in a transaction that fails
#setup BEGIN
#setup SELECT 1/0
SET standard_conforming_strings = off
