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
