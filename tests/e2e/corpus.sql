-- What the corpus' own database has beside the shop: the tables that recorded programs use, and
-- traps.  `loot` is a directory that the server may write to.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

-- Tables of recorded ORMs, as those programs would have made them.
CREATE SCHEMA orm;
SET search_path = orm, public;
CREATE TABLE django_content_type (id serial PRIMARY KEY, app_label varchar(100), model varchar(100));
CREATE TABLE auth_permission (id serial PRIMARY KEY, name varchar(255), content_type_id int, codename varchar(100));
CREATE TABLE auth_group (id serial PRIMARY KEY, name varchar(150) UNIQUE);
CREATE TABLE auth_user (
  id serial PRIMARY KEY, password varchar(128), last_login timestamptz, is_superuser boolean,
  username varchar(150) UNIQUE, first_name varchar(150), last_name varchar(150), email varchar(254),
  is_staff boolean, is_active boolean, date_joined timestamptz);
CREATE TABLE auth_user_groups (id serial PRIMARY KEY, user_id int, group_id int, UNIQUE (user_id, group_id));
CREATE TABLE auth_user_user_permissions (id serial PRIMARY KEY, user_id int, permission_id int);
CREATE TABLE auth_group_permissions (id serial PRIMARY KEY, group_id int, permission_id int);
CREATE TABLE django_admin_log (id serial PRIMARY KEY, user_id int);
CREATE TABLE django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz);
CREATE TABLE widgets_sa (
  id serial PRIMARY KEY, name varchar(20) UNIQUE, data json, at timestamptz DEFAULT now(), k text);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE ar_things (
  id bigserial PRIMARY KEY, name varchar UNIQUE, customer_id bigint, data jsonb DEFAULT '{}',
  created_at timestamp(6), updated_at timestamp(6), qty integer DEFAULT 0);
CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
CREATE TABLE kx (
  id serial PRIMARY KEY, n varchar(255), c integer, d jsonb, created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now(), e text, b boolean DEFAULT false);
CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked integer);
CREATE TABLE sq_ts (
  id serial PRIMARY KEY, n varchar(255) UNIQUE, k text, d jsonb, "createdAt" timestamptz, "updatedAt" timestamptz);
CREATE TABLE ty_a (id serial PRIMARY KEY, n varchar, k text DEFAULT 'a');
CREATE TABLE ky (id serial PRIMARY KEY, n text);
CREATE TABLE dz_users (id serial PRIMARY KEY, name text NOT NULL, m text, at timestamp DEFAULT now());
CREATE TABLE dz_posts (id serial PRIMARY KEY, u integer);
-- Prisma writes the schema's name.
CREATE TYPE public."PrKind" AS ENUM ('a', 'b');
CREATE TABLE public."PrUser" (
  id serial PRIMARY KEY, email text UNIQUE, kind public."PrKind" NOT NULL DEFAULT 'a');
CREATE TABLE public."PrPost" (id serial PRIMARY KEY, title text, "authorId" integer);
CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
RESET search_path;

-- Extensions that are used every day, and what reads files by a table.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION "uuid-ossp";
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION ltree;
CREATE EXTENSION unaccent;
CREATE EXTENSION fuzzystrmatch;
CREATE EXTENSION btree_gist;
CREATE EXTENSION tablefunc;
CREATE EXTENSION file_fdw;

-- Objects of the user's own that only read: everybody may use them.
CREATE SCHEMA lib;
CREATE FUNCTION lib.stock_of(product integer) RETURNS integer LANGUAGE sql STABLE
  AS 'SELECT stock FROM public.products WHERE id = product';
CREATE FUNCTION lib.double(a integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE
  AS 'BEGIN RETURN a * 2; END';
CREATE FUNCTION lib.products_above(cents integer) RETURNS SETOF public.products LANGUAGE sql STABLE
  AS 'SELECT * FROM public.products WHERE price_cents > cents';
CREATE FUNCTION lib.label(p public.products) RETURNS text LANGUAGE sql IMMUTABLE
  AS 'SELECT p.name || '' '' || p.id';
CREATE FUNCTION lib.times(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a * b';
CREATE OPERATOR lib.*** (LEFTARG = integer, RIGHTARG = integer, FUNCTION = lib.times);
CREATE AGGREGATE lib.product(integer) (SFUNC = lib.times, STYPE = integer, INITCOND = '1');
CREATE DOMAIN lib.even AS integer CHECK (VALUE % 2 = 0);
CREATE TYPE lib.money2 AS (cents integer);
CREATE FUNCTION lib.to_money2(a integer) RETURNS lib.money2 LANGUAGE sql IMMUTABLE AS 'SELECT ROW(a)::lib.money2';
CREATE CAST (integer AS lib.money2) WITH FUNCTION lib.to_money2(integer);
CREATE VIEW lib.stocks AS SELECT id, lib.stock_of(id) AS stock FROM public.products;
CREATE VIEW lib.stocks_again AS SELECT * FROM lib.stocks WHERE stock > 0;
CREATE VIEW lib.sample AS SELECT * FROM public.products WHERE random() >= 0;
CREATE VIEW lib.who AS SELECT pid, usename FROM pg_stat_activity;
CREATE MATERIALIZED VIEW lib.kept AS SELECT city, count(*) AS n FROM public.customers GROUP BY city;
CREATE TABLE lib.days (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE lib.days_2026 PARTITION OF lib.days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE lib.kinds (
  id integer PRIMARY KEY, doubled integer GENERATED ALWAYS AS (lib.double(id)) STORED, note text, tags text[],
  data jsonb, price numeric, span int4range, place point, mail citext, attributes hstore, path ltree);
INSERT INTO lib.kinds VALUES (1, DEFAULT, 'ä', '{a,b}', '{"a": {"b": [1, 2]}}', 1.5, '[1,5)', '(1,2)', 'A@b.c', 'a=>1', 'x.y');

-- Traps.  What runs one leaves a file behind: a READ ONLY transaction does not stop COPY … TO.
CREATE SCHEMA trap;
CREATE TABLE trap.place (loot text);
INSERT INTO trap.place VALUES (:'loot');
CREATE FUNCTION trap.spring(tag text) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  EXECUTE format('COPY (SELECT 1) TO %L', (SELECT loot FROM trap.place) || '/sprung-' || tag || '-' || clock_timestamp());
  RETURN 1;
END $$;
CREATE FUNCTION trap.touch(a integer) RETURNS integer LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''touch''); RETURN a; END';
CREATE FUNCTION trap.touch_both(a integer, b integer) RETURNS integer LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''both''); RETURN a; END';
CREATE FUNCTION trap.is_true(a integer, b integer) RETURNS boolean LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''true''); RETURN true; END';
CREATE FUNCTION trap.rows() RETURNS SETOF integer LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''rows''); RETURN NEXT 1; END';
CREATE OPERATOR trap.### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = trap.touch_both);
CREATE OPERATOR trap.### (RIGHTARG = integer, FUNCTION = trap.touch);
CREATE OPERATOR trap.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = trap.is_true);
CREATE TYPE trap.boxed AS (v integer);
CREATE FUNCTION trap.to_boxed(a integer) RETURNS trap.boxed LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''cast''); RETURN ROW(a)::trap.boxed; END';
CREATE CAST (integer AS trap.boxed) WITH FUNCTION trap.to_boxed(integer) AS IMPLICIT;
CREATE FUNCTION trap.weigh(b trap.boxed) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT (b).v';
CREATE FUNCTION trap.peek(b trap.boxed) RETURNS integer LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''peek''); RETURN 1; END';
CREATE FUNCTION public.audited(p public.products) RETURNS integer LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''audited''); RETURN 1; END';
CREATE FUNCTION public.initcap(a integer) RETURNS integer LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''overload''); RETURN 1; END';
-- The label lies, and the catalog knows what the body calls.
CREATE FUNCTION trap.looks_harmless(a integer) RETURNS integer LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT trap.touch(a); END;
CREATE FUNCTION trap.with_default(a integer DEFAULT trap.touch(1)) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE FUNCTION trap.definer() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
  AS 'BEGIN RETURN trap.spring(''definer''); END';
CREATE AGGREGATE trap.agg(integer) (SFUNC = trap.touch_both, STYPE = integer, INITCOND = '0');
CREATE AGGREGATE trap.agg_final(integer) (SFUNC = lib.times, STYPE = integer, INITCOND = '0', FINALFUNC = trap.touch);
CREATE DOMAIN trap.checked AS integer CHECK (trap.touch(VALUE) > 0);
CREATE DOMAIN trap.checked_twice AS trap.checked;
CREATE TYPE trap.holds_checked AS (a trap.checked);
CREATE FUNCTION trap.takes_checked(a trap.checked) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE VIEW trap.v AS SELECT trap.touch(id) AS t FROM public.products WHERE id = 1;
CREATE VIEW trap.vv AS SELECT t FROM trap.v;
CREATE VIEW trap.vvv AS SELECT 1 AS one WHERE EXISTS (SELECT FROM trap.vv WHERE t > 0);
CREATE VIEW trap.v_operator AS SELECT id OPERATOR(trap.###) 1 AS t FROM public.products WHERE id = 1;
CREATE VIEW trap.v_cast AS SELECT id::trap.boxed AS b FROM public.products WHERE id = 1;
CREATE VIEW trap.v_domain AS SELECT id::trap.checked AS c FROM public.products WHERE id = 1;
CREATE VIEW trap.v_aggregate AS SELECT trap.agg(id) AS a FROM public.products WHERE id < 3;
CREATE VIEW trap.v_cte AS WITH x AS MATERIALIZED (SELECT trap.touch(1) AS t) SELECT t FROM x;
CREATE VIEW trap.v_where AS SELECT id FROM public.products WHERE id = 1 AND trap.touch(id) > 0;
CREATE VIEW trap.v_wrapped AS SELECT trap.looks_harmless(1) AS t;
CREATE VIEW trap.v_definer AS SELECT trap.definer() AS t;
CREATE VIEW trap.v_file AS SELECT pg_read_file('PG_VERSION') AS f;
CREATE VIEW trap.v_sequence AS SELECT nextval('public.invoice_number') AS n;
CREATE VIEW trap.v_lock AS SELECT pg_try_advisory_lock(7) AS l;
CREATE VIEW trap.v_dblink AS SELECT * FROM public.dblink('dbname=shop', 'SELECT 1') AS t(a integer);
CREATE RECURSIVE VIEW trap.v_recursive (n) AS SELECT trap.touch(1) UNION ALL SELECT n + 1 FROM v_recursive WHERE n < 2;
CREATE TABLE trap.was_a_table (t integer);
CREATE RULE "_RETURN" AS ON SELECT TO trap.was_a_table DO INSTEAD SELECT trap.touch(1) AS t;
CREATE TABLE trap.guarded (id integer);
INSERT INTO trap.guarded VALUES (1);
ALTER TABLE trap.guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY springs ON trap.guarded USING (trap.touch(id) > 0);
CREATE VIEW trap.v_guarded AS SELECT * FROM trap.guarded;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE trap.passwd (line text) SERVER files OPTIONS (filename '/etc/passwd');
\set program 'touch ' :loot '/sprung-program-$$; echo 1'
CREATE FOREIGN TABLE trap.program (line text) SERVER files OPTIONS (program :'program');
CREATE VIEW trap.v_program AS SELECT line FROM trap.program;
CREATE TABLE trap.parent (line text) PARTITION BY LIST (line);
CREATE FOREIGN TABLE trap.child PARTITION OF trap.parent DEFAULT SERVER files OPTIONS (program :'program');
-- A type that a volatile function reads from text.
CREATE TYPE trap.odd;
CREATE FUNCTION trap.odd_in(cstring) RETURNS trap.odd LANGUAGE internal VOLATILE STRICT AS 'int4in';
CREATE FUNCTION trap.odd_out(trap.odd) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE trap.odd (INPUT = trap.odd_in, OUTPUT = trap.odd_out, LIKE = integer);

-- What stands near a trap without being one: reading these runs nothing.
CREATE FUNCTION trap.on_write() RETURNS trigger LANGUAGE plpgsql VOLATILE
  AS 'BEGIN PERFORM trap.spring(''trigger''); RETURN NEW; END';
CREATE TABLE lib.near (
  id integer DEFAULT trap.touch(1), number bigint DEFAULT nextval('public.invoice_number'),
  key uuid DEFAULT gen_random_uuid(), amount integer CHECK (trap.touch(amount) > 0));
CREATE TRIGGER springs BEFORE INSERT OR UPDATE ON lib.near FOR EACH ROW EXECUTE FUNCTION trap.on_write();
CREATE VIEW lib.near_view AS SELECT id, amount FROM lib.near;
CREATE TRIGGER springs INSTEAD OF INSERT ON lib.near_view FOR EACH ROW EXECUTE FUNCTION trap.on_write();
CREATE VIEW lib.ruled AS SELECT id FROM lib.near;
CREATE RULE springs AS ON INSERT TO lib.ruled DO INSTEAD SELECT trap.touch(1);
CREATE FUNCTION lib.dice() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 4';
CREATE MATERIALIZED VIEW lib.rolled AS SELECT lib.dice() AS n;
CREATE TABLE lib.written_guarded (id integer);
ALTER TABLE lib.written_guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY springs ON lib.written_guarded FOR INSERT WITH CHECK (trap.touch(id) > 0);
CREATE POLICY reads ON lib.written_guarded FOR SELECT USING (true);
