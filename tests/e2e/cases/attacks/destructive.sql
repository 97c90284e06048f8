# What loses data or a protection: also not for deploy.

#for readonly=write app=42501 deploy=42501
#: truncate
TRUNCATE order_items
#: truncate table
TRUNCATE TABLE order_items
#: truncate only
TRUNCATE ONLY order_items
#: truncate several
TRUNCATE order_items, orders
#: truncate restart identity cascade
TRUNCATE TABLE public.customers RESTART IDENTITY CASCADE
#: truncate in lower case with a comment
truncate/**/order_items
#: truncate behind a write
UPDATE products SET stock = 1 WHERE id = 1; TRUNCATE order_items
#: truncate of a catalog
TRUNCATE pg_catalog.pg_statistic
#: drop table
DROP TABLE order_items
#: drop table if exists cascade
DROP TABLE IF EXISTS order_items CASCADE
#: drop table, qualified
DROP TABLE public.order_items
#: drop table, with the database's name
DROP TABLE corpus.public.order_items
#: drop several tables
DROP TABLE nothing, order_items
#: drop schema
DROP SCHEMA public CASCADE
#: drop schema if exists
DROP SCHEMA IF EXISTS trap CASCADE
#: drop view | deploy=-
DROP VIEW order_totals
#: drop materialized view
DROP MATERIALIZED VIEW IF EXISTS order_totals
#: drop sequence
DROP SEQUENCE invoice_number
#: drop type
DROP TYPE order_status CASCADE
#: drop domain | deploy=-
DROP DOMAIN IF EXISTS d
#: drop index | deploy=-
DROP INDEX orders_customer_id_idx
#: drop index concurrently | deploy=-
DROP INDEX CONCURRENTLY orders_customer_id_idx
#: drop function | deploy=-
DROP FUNCTION restock(integer)
#: drop procedure | deploy=-
DROP PROCEDURE cancel_order
#: drop routine | deploy=-
DROP ROUTINE cancel_order
#: drop aggregate | deploy=-
DROP AGGREGATE IF EXISTS a(int)
#: drop operator | deploy=-
DROP OPERATOR IF EXISTS + (int, int)
#: drop operator class | deploy=-
DROP OPERATOR CLASS IF EXISTS oc USING btree
#: drop operator family | deploy=-
DROP OPERATOR FAMILY IF EXISTS f USING btree
#: drop cast | deploy=-
DROP CAST IF EXISTS (text AS int)
#: drop collation | deploy=-
DROP COLLATION IF EXISTS c
#: drop conversion | deploy=-
DROP CONVERSION IF EXISTS c
#: drop statistics | deploy=-
DROP STATISTICS IF EXISTS s
#: drop text search configuration | deploy=-
DROP TEXT SEARCH CONFIGURATION IF EXISTS c
#: drop trigger
DROP TRIGGER IF EXISTS t ON customers
#: drop rule
DROP RULE IF EXISTS r ON customers
#: drop policy
DROP POLICY IF EXISTS p ON customers
#: drop view cascade
DROP VIEW order_totals CASCADE
#: drop function cascade
DROP FUNCTION restock(integer) CASCADE
#: drop index cascade
DROP INDEX orders_customer_id_idx CASCADE
#: drop routine of a domain's check, cascade
DROP ROUTINE IF EXISTS lib.double CASCADE
#: drop event trigger | readonly=refused
DROP EVENT TRIGGER IF EXISTS e
#: drop extension
DROP EXTENSION dblink
#: drop foreign table
DROP FOREIGN TABLE IF EXISTS f
#: drop transform | deploy=-
DROP TRANSFORM IF EXISTS FOR int LANGUAGE sql
#: drop access method | readonly=refused
DROP ACCESS METHOD IF EXISTS m
#: drop publication | readonly=refused
DROP PUBLICATION IF EXISTS p
#: drop at the end of a script
CREATE TABLE coupons (id integer); INSERT INTO coupons VALUES (1); DROP TABLE order_items
#: drop before its replacement
DROP TABLE IF EXISTS order_items; CREATE TABLE order_items (id integer)
#: drop in a schema's elements is not grammar, but after it | readonly=write
CREATE SCHEMA s; DROP TABLE order_items
#: drop column
ALTER TABLE customers DROP COLUMN email
#: drop column, the word left out
ALTER TABLE customers DROP email
#: drop column if exists cascade
ALTER TABLE IF EXISTS ONLY public.customers DROP COLUMN IF EXISTS email CASCADE
#: drop column behind an additive one
ALTER TABLE customers ADD COLUMN phone text, DROP COLUMN email
#: drop column in capitals and quotes
ALTER TABLE "customers" DROP COLUMN "email"
#: drop constraint
ALTER TABLE products DROP CONSTRAINT products_price_cents_check
#: alter type of a column
ALTER TABLE products ALTER COLUMN price_cents TYPE smallint
#: alter type using
ALTER TABLE products ALTER price_cents SET DATA TYPE integer USING 0
#: alter type to a shorter text
ALTER TABLE customers ALTER COLUMN name TYPE character(1)
#: set unlogged
ALTER TABLE customers SET UNLOGGED
#: disable a trigger
ALTER TABLE customers DISABLE TRIGGER ALL
#: disable user triggers
ALTER TABLE customers DISABLE TRIGGER USER
#: enable replica trigger
ALTER TABLE orders ENABLE REPLICA TRIGGER t
#: disable a rule
ALTER TABLE customers DISABLE RULE r
#: disable row security
ALTER TABLE customers DISABLE ROW LEVEL SECURITY
#: no force row security
ALTER TABLE customers NO FORCE ROW LEVEL SECURITY
#: detach a partition
ALTER TABLE orders DETACH PARTITION orders_2024
#: detach a partition concurrently
ALTER TABLE orders DETACH PARTITION orders_2024 CONCURRENTLY
#: drop identity
ALTER TABLE customers ALTER COLUMN id DROP IDENTITY
#: drop expression
ALTER TABLE customers ALTER COLUMN id DROP EXPRESSION IF EXISTS
#: drop attribute of a type
ALTER TYPE pair DROP ATTRIBUTE a CASCADE
#: drop constraint of a domain
ALTER DOMAIN d DROP CONSTRAINT c
#: alter extension drop a member | deploy=-
ALTER EXTENSION dblink DROP FUNCTION dblink(text)
#: alter operator family drop
ALTER OPERATOR FAMILY f USING btree DROP FUNCTION 1 (int4, int4)
#: delete from a catalog
DELETE FROM pg_catalog.pg_class WHERE relname = 'customers'
#: delete from a catalog without its schema
DELETE FROM pg_attribute WHERE attrelid = 'customers'::regclass
#: update of a catalog
UPDATE pg_proc SET prosecdef = true WHERE proname = 'restock'
#: update of pg_authid
UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname = 'shop_app'
#: insert into a catalog
INSERT INTO pg_catalog.pg_auth_members SELECT * FROM pg_auth_members
#: update of a catalog in a cte
WITH x AS (UPDATE pg_class SET relkind = 'v' WHERE relname = 'customers' RETURNING 1) SELECT * FROM x
#: copy into a catalog
COPY pg_catalog.pg_description FROM STDIN
#: merge into a catalog
MERGE INTO pg_class c USING (SELECT 1 AS id) s ON c.oid = s.id WHEN MATCHED THEN DELETE
#: drop of a catalog's table
DROP TABLE pg_catalog.pg_statistic
#: alter of a catalog's table
ALTER TABLE pg_catalog.pg_class DROP COLUMN relname
