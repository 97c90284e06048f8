# What migrations do: deploy's work.  Additive and changing DDL, privileges, maintenance.

#for readonly=write app=42501 deploy=ok
#: create table
CREATE TABLE coupons (id integer PRIMARY KEY, customer_id integer REFERENCES customers)
#: create table if not exists
CREATE TABLE IF NOT EXISTS customers (id integer)
#: create table with everything
CREATE TABLE coupons (id bigint GENERATED ALWAYS AS IDENTITY, code text NOT NULL UNIQUE DEFAULT 'x', amount numeric(10, 2) CHECK (amount > 0), twice numeric GENERATED ALWAYS AS (amount * 2) STORED, at timestamptz DEFAULT now(), EXCLUDE USING gist (id WITH =)) WITH (fillfactor = 70)
#: create table like
CREATE TABLE coupons (LIKE products INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
#: create table as
CREATE TABLE x AS SELECT 1 AS a
#: create table as table with no data
CREATE TABLE x AS TABLE customers WITH NO DATA
#: create table in capitals with comments
/* 001 */ CREATE  /* x */ TABLE X (A INTEGER) -- done
#: create table partitioned
CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at)
#: create a partition
CREATE TABLE lib.days_2027 PARTITION OF lib.days FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')
#: create table inherits
CREATE TABLE x (b int) INHERITS (orm.ky)
#: create table of a type
CREATE TYPE pair AS (a int, b int); CREATE TABLE pairs OF pair
#: create unlogged table
CREATE UNLOGGED TABLE cache (k text PRIMARY KEY, v jsonb)
#: select into
SELECT * INTO stolen FROM customers
#: create schema
CREATE SCHEMA shop2
#: create schema if not exists
CREATE SCHEMA IF NOT EXISTS drizzle
#: create schema with its tables
CREATE SCHEMA shop2 CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t
#: create schema authorization
CREATE SCHEMA AUTHORIZATION pgmoat_app
#: create view
CREATE VIEW x AS SELECT 1 AS a
#: create or replace view
CREATE OR REPLACE VIEW order_totals AS SELECT order_id, sum(quantity * price_cents) AS cents FROM order_items JOIN products ON products.id = product_id GROUP BY order_id
#: create view with check option
CREATE VIEW x AS SELECT * FROM products WHERE stock > 0 WITH LOCAL CHECK OPTION
#: create recursive view
CREATE RECURSIVE VIEW x (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3
#: create materialized view
CREATE MATERIALIZED VIEW x AS SELECT city, count(*) FROM customers GROUP BY city
#: create materialized view with no data
CREATE MATERIALIZED VIEW IF NOT EXISTS x AS SELECT 1 AS a WITH NO DATA
#: create index
CREATE INDEX ON customers (city)
#: create index if not exists
CREATE INDEX IF NOT EXISTS customers_city ON customers (city)
#: create unique index
CREATE UNIQUE INDEX x ON customers (lower(email))
#: create partial index
CREATE INDEX x ON orders (placed_at) WHERE status = 'new'
#: create covering index
CREATE INDEX x ON orders USING btree (customer_id DESC NULLS LAST) INCLUDE (status) WITH (fillfactor = 80)
#: create gin index
CREATE INDEX x ON lib.kinds USING gin (data jsonb_path_ops)
#: create trigram index
CREATE INDEX x ON products USING gin (name gin_trgm_ops)
#: create sequence
CREATE SEQUENCE s
#: create sequence with options
CREATE SEQUENCE IF NOT EXISTS s AS bigint START 100 INCREMENT 10 CACHE 5 NO CYCLE
#: create type enum
CREATE TYPE mood AS ENUM ('sad', 'ok')
#: create type composite
CREATE TYPE pair AS (a int, b text)
#: create type range
CREATE TYPE float_span AS RANGE (subtype = float8)
#: create domain
CREATE DOMAIN email AS text CHECK (VALUE ~ '@')
#: create function
CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'
#: create or replace function
CREATE OR REPLACE FUNCTION discount(cents integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT cents * 8 / 10 $$
#: create function with a body of SQL
CREATE FUNCTION x(a int) RETURNS int LANGUAGE sql RETURN a + 1
#: create function plpgsql with statements in it
CREATE FUNCTION x() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.stock := 1; RETURN NEW; END; $$
#: create procedure
CREATE PROCEDURE x(a int) LANGUAGE plpgsql AS $$ BEGIN UPDATE products SET stock = a WHERE id = a; END $$
#: create aggregate
CREATE AGGREGATE x(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')
#: create operator
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)
#: create cast
CREATE CAST (lib.money2 AS text) WITH INOUT
#: create collation
CREATE COLLATION x (locale = 'C')
#: create statistics
CREATE STATISTICS x ON customer_id, status FROM orders
#: create text search configuration
CREATE TEXT SEARCH CONFIGURATION x (COPY = simple)
#: create trigger
CREATE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
#: create or replace trigger
CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION suppress_redundant_updates_trigger()
#: create policy
CREATE POLICY p ON customers FOR SELECT USING (city = current_setting('app.city', true))
#: create rule | deploy=-
CREATE RULE r AS ON INSERT TO lib.stocks DO INSTEAD NOTHING
#: create extension
CREATE EXTENSION IF NOT EXISTS cube
#: create extension in a schema with cascade
CREATE EXTENSION earthdistance WITH SCHEMA public CASCADE
#: alter extension update
ALTER EXTENSION pg_trgm UPDATE
#: comment on a table
COMMENT ON TABLE customers IS 'people'
#: comment on a column
COMMENT ON COLUMN customers.email IS NULL
#: add column
ALTER TABLE customers ADD COLUMN phone text
#: add column with a default
ALTER TABLE customers ADD COLUMN IF NOT EXISTS vip boolean NOT NULL DEFAULT false
#: add several columns
ALTER TABLE customers ADD phone text, ADD COLUMN score int CHECK (score >= 0), ADD UNIQUE (phone)
#: add column with a reference
ALTER TABLE customers ADD COLUMN friend integer REFERENCES customers (id) ON DELETE SET NULL
#: add constraint
ALTER TABLE products ADD CONSTRAINT stock_positive CHECK (stock >= 0) NOT VALID
#: validate constraint
ALTER TABLE products ADD CONSTRAINT c CHECK (stock >= 0) NOT VALID; ALTER TABLE products VALIDATE CONSTRAINT c
#: add foreign key
ALTER TABLE ONLY order_items ADD CONSTRAINT fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
#: add primary key by an index
CREATE UNIQUE INDEX x ON trap.place (loot); ALTER TABLE trap.place ADD CONSTRAINT place_unique UNIQUE USING INDEX x
#: set default
ALTER TABLE products ALTER COLUMN stock SET DEFAULT 5
#: drop default
ALTER TABLE products ALTER COLUMN stock DROP DEFAULT
#: set not null
ALTER TABLE products ALTER COLUMN stock SET NOT NULL
#: drop not null
ALTER TABLE customers ALTER COLUMN city DROP NOT NULL
#: set statistics
ALTER TABLE products ALTER name SET STATISTICS 500
#: set storage parameters
ALTER TABLE products SET (autovacuum_vacuum_scale_factor = 0.05)
#: set column storage
ALTER TABLE customers ALTER COLUMN name SET STORAGE EXTERNAL
#: enable row security
ALTER TABLE customers ENABLE ROW LEVEL SECURITY
#: force row security
ALTER TABLE customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY
#: replica identity
ALTER TABLE products REPLICA IDENTITY FULL
#: attach partition
CREATE TABLE lib.days_2028 (id integer, day date); ALTER TABLE lib.days ATTACH PARTITION lib.days_2028 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')
#: enable a trigger
ALTER TABLE orders ENABLE TRIGGER ALL
#: add an enum value
ALTER TYPE order_status ADD VALUE 'lost'
#: add an enum value if not exists, before another
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'packed' BEFORE 'shipped'
#: add an attribute
ALTER TYPE lib.money2 ADD ATTRIBUTE currency text
#: alter a function's volatility
ALTER FUNCTION discount(integer) STABLE PARALLEL SAFE
#: alter sequence
ALTER SEQUENCE invoice_number INCREMENT BY 2
#: alter view's default
ALTER VIEW order_totals ALTER COLUMN cents SET DEFAULT 0
#: alter index
ALTER INDEX orders_customer_id_idx SET (fillfactor = 90)
#: alter domain add a constraint
ALTER DOMAIN lib.even ADD CONSTRAINT small CHECK (VALUE < 1000)
#: refresh materialized view | readonly=refused
REFRESH MATERIALIZED VIEW lib.kept
#: a whole migration in one text | alone
BEGIN; CREATE TABLE coupons (id int PRIMARY KEY); CREATE INDEX ON coupons (id); INSERT INTO coupons VALUES (1); COMMENT ON TABLE coupons IS 'x'; ROLLBACK
#: a migration with its ledger
CREATE TABLE schema_versions (id text PRIMARY KEY, at timestamptz); INSERT INTO schema_versions VALUES ('1', NULL); UPDATE schema_versions SET at = now() WHERE id = '1'; SELECT * FROM schema_versions
#: drop view, which can be made again
DROP VIEW order_totals
#: drop view if exists, several
DROP VIEW IF EXISTS order_totals, nothing RESTRICT
#: drop index
DROP INDEX orders_customer_id_idx
#: drop index if exists, qualified
DROP INDEX IF EXISTS public.orders_customer_id_idx
#: drop function
DROP FUNCTION restock(integer)
#: drop function if exists
DROP FUNCTION IF EXISTS public.nothing(int, text)
#: drop procedure
DROP PROCEDURE cancel_order
#: drop statistics
DROP STATISTICS IF EXISTS s
#: explain analyze create table as
EXPLAIN ANALYZE CREATE TABLE stolen AS SELECT 1 AS a

#for readonly=refused app=42501 deploy=ok
#: grant
GRANT SELECT ON ALL TABLES IN SCHEMA public TO pgmoat_readonly
#: grant on a column
GRANT UPDATE (city) ON customers TO pgmoat_app
#: grant usage on a schema
GRANT USAGE ON SCHEMA lib TO pgmoat_app
#: grant execute
GRANT EXECUTE ON FUNCTION discount(integer) TO pgmoat_readonly
#: grant on a sequence
GRANT USAGE, SELECT ON SEQUENCE invoice_number TO pgmoat_app WITH GRANT OPTION
#: revoke
REVOKE ALL ON customers FROM shop_app
#: revoke from public
REVOKE ALL ON SCHEMA public FROM PUBLIC
#: alter default privileges
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pgmoat_readonly
#: alter default privileges, revoke
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC
#: analyze
ANALYZE customers
#: analyze of columns
ANALYZE VERBOSE customers (city, name)
#: reindex
REINDEX TABLE customers
#: cluster
CLUSTER customers USING customers_pkey
