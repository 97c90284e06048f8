-- What runs a function without naming it.  `touch` does what a READ ONLY transaction lets
-- pass, so that only a refusal leaves no trace.
\set ON_ERROR_STOP on
CREATE TABLE orders (id int PRIMARY KEY, cents int);
INSERT INTO orders VALUES (1, 100), (2, 200);
CREATE SCHEMA app;
CREATE FUNCTION touch(x int) RETURNS int LANGUAGE plpgsql VOLATILE
  AS $$ BEGIN PERFORM pg_advisory_lock(4711); RETURN x; END $$;
CREATE FUNCTION discount(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * 9 / 10';
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT sum(cents) FROM orders';
CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT current_user::text';
CREATE FUNCTION defaulted(x int DEFAULT touch(1)) RETURNS int LANGUAGE sql STABLE AS 'SELECT x';
CREATE FUNCTION lower(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT touch($1)';
CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT touch($1) = $2';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
CREATE FUNCTION sane(int) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT touch($1) > 0';
CREATE DOMAIN amount AS int CHECK (sane(VALUE));
CREATE DOMAIN price AS amount;
CREATE DOMAIN cents AS int CHECK (VALUE >= 0);
CREATE TYPE money2 AS (cents int);
CREATE FUNCTION to_money2(int) RETURNS money2 LANGUAGE sql VOLATILE AS 'SELECT ROW(touch($1))::money2';
CREATE CAST (int AS money2) WITH FUNCTION to_money2(int);
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT touch($1 + $2)';
CREATE AGGREGATE total_of(int) (SFUNC = add, STYPE = int, INITCOND = '0');
CREATE VIEW plain AS SELECT id, discount(cents) AS cents FROM orders;
CREATE VIEW touching AS SELECT id, touch(cents) AS cents FROM orders;
CREATE VIEW over_touching AS SELECT max(cents) FROM touching;
CREATE VIEW by_operator AS SELECT * FROM orders WHERE id === 1;
CREATE VIEW by_domain AS SELECT id::price FROM orders;
CREATE VIEW files AS SELECT pg_read_file('PG_VERSION');
CREATE MATERIALIZED VIEW stored AS SELECT touch(id) AS id FROM orders;
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE remote (line text) SERVER files OPTIONS (filename 'PG_VERSION');
CREATE VIEW over_remote AS SELECT * FROM remote;
CREATE TABLE parted (line text) PARTITION BY LIST (line);
CREATE FOREIGN TABLE parted_remote PARTITION OF parted DEFAULT SERVER files OPTIONS (filename 'PG_VERSION');
CREATE TABLE guarded (id int);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY touches ON guarded USING (touch(id) > 0);
SELECT pg_advisory_unlock_all();
