# Role `deploy`, in the database a superuser.  Format: see readonly_refused.sql; `ok`: allowed.
# Allowed statements run in a transaction that the test rolls back.

#: create table | ok
CREATE TABLE coupons (id integer PRIMARY KEY, customer_id integer REFERENCES customers)
#: create table if not exists | ok
CREATE TABLE IF NOT EXISTS customers (id integer)
#: create schema | ok
CREATE SCHEMA IF NOT EXISTS drizzle
#: add column | ok
ALTER TABLE customers ADD COLUMN phone text, ADD COLUMN IF NOT EXISTS vip boolean NOT NULL DEFAULT false
#: add constraint not valid | ok
ALTER TABLE products ADD CONSTRAINT stock_positive CHECK (stock >= 0) NOT VALID
#: create index | ok
CREATE INDEX IF NOT EXISTS customers_city ON customers (city)
#: create view, function, trigger, type | ok
CREATE VIEW v AS SELECT 1; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION f(); CREATE TYPE mood AS ENUM ('a')
#: add an enum value | ok
ALTER TYPE order_status ADD VALUE 'lost'
#: create sequence | ok
CREATE SEQUENCE s
#: comment | ok
COMMENT ON TABLE customers IS 'people'
#: ledger: create, insert, update, select | ok
CREATE TABLE _prisma_migrations (id text, finished_at timestamptz); INSERT INTO _prisma_migrations VALUES ('1', NULL); UPDATE _prisma_migrations SET finished_at = now() WHERE id = '1'; SELECT * FROM _prisma_migrations
#: the lock a migration tool takes | ok
SELECT pg_advisory_xact_lock(72707369)
#: settings a migration tool makes | ok
SET LOCAL lock_timeout = '4s'; SET LOCAL client_min_messages TO warning; SELECT set_config('search_path', 'public', true)

#: drop table | 42501
DROP TABLE order_items
#: drop table if exists cascade | 42501
DROP TABLE IF EXISTS order_items CASCADE
#: drop schema | 42501
DROP SCHEMA public CASCADE
#: drop view | 42501
DROP VIEW order_totals
#: drop type | 42501
DROP TYPE order_status CASCADE
#: drop database | 42501
DROP DATABASE shop
#: drop index | 42501
DROP INDEX orders_customer_id_idx
#: truncate | 42501
TRUNCATE order_items
#: drop column | 42501
ALTER TABLE customers DROP COLUMN email
#: drop column behind an additive one | 42501
ALTER TABLE customers ADD COLUMN phone text, DROP COLUMN email
#: drop constraint | 42501
ALTER TABLE products DROP CONSTRAINT products_price_cents_check
#: alter type of a column | 42501
ALTER TABLE products ALTER COLUMN price_cents TYPE smallint
#: drop owned | 42501
DROP OWNED BY shop_app
#: drop at the end of a script | 42501
CREATE TABLE coupons (id integer); INSERT INTO coupons VALUES (1); DROP TABLE order_items
#: delete without where | 42501
DELETE FROM order_items
#: drop in a do block | 42501
DO $$ BEGIN EXECUTE 'DROP TABLE order_items'; END $$
#: disable row security | 42501
ALTER TABLE customers DISABLE ROW LEVEL SECURITY
#: create role | 42501
CREATE ROLE thief SUPERUSER
#: copy to program | 42501
COPY customers TO PROGRAM 'cat > {loot}/customers'
#: alter system | 42501
ALTER SYSTEM SET log_statement = 'none'
#: text that cannot be parsed | 42601
ALTR TABLE customers
