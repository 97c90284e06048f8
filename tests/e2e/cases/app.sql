# Role `app`, in the database a superuser.  Format: see readonly_refused.sql; `ok`: allowed.
# Allowed statements run in a transaction that the test rolls back.

#: insert | ok
INSERT INTO products (name, price_cents) VALUES ('x', 1)
#: insert on conflict | ok
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET stock = 0
#: update with where | ok
UPDATE products SET stock = 0 WHERE id = 1
#: delete with where | ok
DELETE FROM order_items WHERE order_id = 1
#: delete using | ok
DELETE FROM order_items i USING orders o WHERE o.id = i.order_id AND o.id = 3
#: select for update | ok
SELECT * FROM products WHERE id = 1 FOR UPDATE
#: nextval | ok
SELECT nextval('invoice_number')
#: own volatile function | ok
SELECT restock(1)
#: advisory lock | ok
SELECT pg_advisory_xact_lock(1)
#: notify and listen | ok
NOTIFY jobs; LISTEN jobs; UNLISTEN *
#: writing cte | ok
WITH gone AS (DELETE FROM order_items WHERE order_id = 1 RETURNING *) SELECT count(*) FROM gone
#: settings | ok
SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = 0; SET LOCAL search_path = public
#: savepoint | ok
SAVEPOINT a; UPDATE products SET stock = 0 WHERE id = 1; ROLLBACK TO a

#: delete without where | 42501
DELETE FROM order_items
#: update without where | 42501
UPDATE products SET stock = 0
#: delete where true | 42501
DELETE FROM order_items WHERE true
#: delete where 1=1, as an ORM's deleteMany | 42501
DELETE FROM "public"."order_items" WHERE 1=1
#: update where not false | 42501
UPDATE products SET stock = 0 WHERE NOT false
#: update where 'a' = 'a' or … | 42501
UPDATE products SET stock = 0 WHERE id = 1 OR 1 = 1
#: delete without where in a cte | 42501
WITH gone AS (DELETE FROM order_items RETURNING *) SELECT count(*) FROM gone
#: delete without where behind another | 42501
SELECT 1; DELETE FROM order_items
#: explain analyze delete without where | 42501
EXPLAIN ANALYZE DELETE FROM order_items
#: prepare delete without where | 42501
PREPARE d AS DELETE FROM order_items
#: truncate | 42501
TRUNCATE order_items
#: drop table | 42501
DROP TABLE order_items
#: create table | 42501
CREATE TABLE x (a integer)
#: create table as | 42501
CREATE TABLE x AS SELECT 1
#: alter table | 42501
ALTER TABLE customers ADD COLUMN x integer
#: create index | 42501
CREATE INDEX ON customers (city)
#: create function | 42501
CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'
#: grant | 42501
GRANT ALL ON customers TO PUBLIC
#: create role | 42501
CREATE ROLE thief
#: create extension | 42501
CREATE EXTENSION pg_trgm
#: do | 42501
DO $$ BEGIN DELETE FROM order_items; END $$
#: copy to program | 42501
COPY customers TO PROGRAM 'cat > {loot}/customers'
#: copy from file | 42501
COPY customers FROM '/etc/passwd'
#: a function called as if it were a field | 42501
SELECT ('PG_VERSION'::text).pg_read_file
#: an upsert of the table itself | 42501
INSERT INTO products SELECT * FROM products ON CONFLICT (id) DO UPDATE SET stock = 77
#: pg_read_file | 42501
SELECT pg_read_file('PG_VERSION')
#: dblink_exec | 42501
SELECT dblink_exec('dbname=shop', 'DROP TABLE order_items')
#: alter system | 42501
ALTER SYSTEM SET log_statement = 'none'
#: standard_conforming_strings | 42501
SET standard_conforming_strings = off
#: text that cannot be parsed | 42601
DELET FROM order_items
