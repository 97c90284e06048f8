# What BI tools, API servers and drivers send when they connect and look at a schema: Metabase,
# Tableau and others over ODBC and Npgsql, PostgREST, Hasura, Supabase, Sequelize' kin, asyncpg, pgx.
# Shapes from public documentation, source and issues; the spelling is ours.

#for all=ok
#: Metabase: its name
SET application_name = 'Metabase v0.55.1 [f8f63fdf-d8f8-4573-86ea-4fe4a9548041]'
#: Metabase: digits
SET extra_float_digits = 2
#: Metabase: isolation
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED
#: Metabase: isolation, as asked
SHOW TRANSACTION ISOLATION LEVEL
#: Metabase: read only | alone
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
#: Metabase: ping
SELECT 1
#: Metabase: time zone
SET SESSION TIMEZONE TO 'UTC'
#: Metabase: the report's zone and the time | varies
show timezone; SELECT to_char(current_timestamp, 'YYYY-MM-DD HH24:MI:SS.MS TZ')
#: Metabase: schemas
SELECT nspname AS "TABLE_SCHEM", current_database() AS "TABLE_CATALOG" FROM pg_catalog.pg_namespace WHERE nspname <> 'pg_toast' AND (nspname !~ '^pg_temp_' OR nspname = (pg_catalog.current_schemas(true))[1]) AND (nspname !~ '^pg_toast_temp_' OR nspname = replace((pg_catalog.current_schemas(true))[1], 'pg_temp_', 'pg_toast_temp_')) ORDER BY "TABLE_SCHEM"
#: Metabase: privileges of all tables
with rights as (select null as role, t.schemaname as schema, t.objectname as table, pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"."' || replace(t.objectname, '"', '""') || '"', 'update') as update, pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"."' || replace(t.objectname, '"', '""') || '"', 'select') as select, pg_catalog.has_table_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"."' || replace(t.objectname, '"', '""') || '"', 'delete') as delete from (select schemaname, tablename as objectname from pg_catalog.pg_tables union select schemaname, viewname from pg_catalog.pg_views union select schemaname, matviewname from pg_catalog.pg_matviews) t where t.schemaname !~ '^pg_' and t.schemaname <> 'information_schema' and pg_catalog.has_schema_privilege(current_user, t.schemaname, 'usage')) select t.* from rights t order by 2, 3
#: Metabase: tables with their sizes | varies
SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW' END AS type, d.description, NULLIF(stat.n_live_tup, 0) AS estimated_row_count FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid LEFT JOIN pg_catalog.pg_description d ON c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass LEFT JOIN pg_stat_user_tables stat ON n.nspname = stat.schemaname AND c.relname = stat.relname WHERE c.relnamespace = n.oid AND n.nspname !~ '^information_schema|catalog_history|pg_' AND c.relkind IN ('r', 'p', 'v', 'f', 'm') AND n.nspname IN ('public') ORDER BY type, schema, name
#: Metabase: columns
SELECT c.column_name AS name, CASE WHEN c.udt_schema IN ('public', 'pg_catalog') THEN format('%s', c.udt_name) ELSE format('"%s"."%s"', c.udt_schema, c.udt_name) END AS database_type, c.ordinal_position - 1 AS position, c.table_schema AS schema, c.table_name, pk.column_name IS NOT NULL AS pk, col_description(CAST(CAST(format('%I.%I', CAST(c.table_schema AS text), CAST(c.table_name AS text)) AS regclass) AS oid), c.ordinal_position) AS comment, ((column_default IS NULL OR LOWER(column_default) = 'null') AND is_nullable = 'NO' AND NOT (is_identity <> 'NO')) AS required FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM information_schema.table_constraints tc INNER JOIN information_schema.key_column_usage kc ON tc.constraint_name = kc.constraint_name AND tc.table_schema = kc.table_schema WHERE tc.constraint_type = 'PRIMARY KEY') pk ON c.table_schema = pk.table_schema AND c.table_name = pk.table_name AND c.column_name = pk.column_name WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' AND c.table_schema = 'public' ORDER BY schema, table_name, position
#: Metabase: foreign keys
SELECT fk_ns.nspname AS "fk-table-schema", fk_table.relname AS "fk-table-name", fk_column.attname AS "fk-column-name", pk_ns.nspname AS "pk-table-schema", pk_table.relname AS "pk-table-name", pk_column.attname AS "pk-column-name" FROM pg_constraint c JOIN pg_class fk_table ON c.conrelid = fk_table.oid JOIN pg_namespace fk_ns ON c.connamespace = fk_ns.oid JOIN pg_attribute fk_column ON c.conrelid = fk_column.attrelid JOIN pg_class pk_table ON c.confrelid = pk_table.oid JOIN pg_namespace pk_ns ON pk_table.relnamespace = pk_ns.oid JOIN pg_attribute pk_column ON c.confrelid = pk_column.attrelid WHERE fk_ns.nspname !~ '^information_schema|catalog_history|pg_' AND c.contype = 'f' AND fk_column.attnum = ANY (c.conkey) AND pk_column.attnum = ANY (c.confkey) ORDER BY 1, 2, 3
#: Metabase: enums
SELECT nspname, typname, enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace ORDER BY 1, 2, enumsortorder
#: Metabase: is there a row
SELECT 1 AS "_" FROM "public"."orders" WHERE 1 <> 1 LIMIT 0
#: Metabase: a fingerprint's sample
SELECT "public"."orders"."id" AS "id", "public"."orders"."status" AS "status" FROM "public"."orders" ORDER BY 1 LIMIT 10000
#: Metabase: a long text, cut
SELECT SUBSTRING("source"."name" FROM 1 FOR 1234) AS "substring" FROM (SELECT "public"."products"."name" AS "name" FROM "public"."products") AS "source" ORDER BY 1 LIMIT 100
#: Metabase: distinct values
SELECT "public"."customers"."city" AS "city" FROM "public"."customers" GROUP BY "public"."customers"."city" ORDER BY "public"."customers"."city" ASC LIMIT 1000
#: Metabase: a question by month
-- Metabase:: userID: 1 queryType: MBQL queryHash: 0a1b
SELECT DATE_TRUNC('month', "public"."orders"."placed_at") AS "placed_at", COUNT(*) AS "count" FROM "public"."orders" WHERE "public"."orders"."placed_at" < timestamptz '2025-06-01 00:00:00.000Z' GROUP BY DATE_TRUNC('month', "public"."orders"."placed_at") ORDER BY 1 ASC
#: Metabase: a pivot
SELECT CAST("public"."orders"."placed_at" AS date) AS "d", SUM(CASE WHEN "public"."orders"."status" = 'new' THEN 1 ELSE 0.0 END) AS "sum" FROM "public"."orders" GROUP BY 1 ORDER BY 1 LIMIT 50
#: Metabase: cancel after a timeout
SET LOCAL statement_timeout = '1200s'

#: psqlODBC: the batch it starts with
SET DateStyle = 'ISO';SET extra_float_digits = 2;show transaction_isolation
#: psqlODBC: large objects' type
select oid, typbasetype from pg_type where typname = 'lo'
#: psqlODBC: settings by set_config
select pg_client_encoding(), pg_catalog.set_config('client_encoding', 'UTF8', false)
#: psqlODBC: tables for Tableau
select relname, nspname, relkind from pg_catalog.pg_class c, pg_catalog.pg_namespace n where relkind in ('r', 'v', 'm', 'f', 'p') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pg_temp_1') and n.oid = relnamespace order by nspname, relname
#: psqlODBC: columns for Tableau
select n.nspname, c.relname, a.attname, a.atttypid, t.typname, a.attnum, a.attlen, a.atttypmod, a.attnotnull, c.relhasrules, c.relkind, c.oid, pg_get_expr(d.adbin, d.adrelid), case t.typtype when 'd' then t.typbasetype else 0 end, t.typtypmod, a.attidentity from (((pg_catalog.pg_class c inner join pg_catalog.pg_namespace n on n.oid = c.relnamespace and c.relname = E'orders' and n.nspname = E'public') inner join pg_catalog.pg_attribute a on (not a.attisdropped) and a.attnum > 0 and a.attrelid = c.oid) inner join pg_catalog.pg_type t on t.oid = a.atttypid) left outer join pg_attrdef d on a.atthasdef and d.adrelid = a.attrelid and d.adnum = a.attnum order by n.nspname, c.relname, attnum
#: psqlODBC: the keyset of a cursor
declare "SQL_CUR0x1" cursor with hold for select "id" from "public"."orders"; fetch 100 in "SQL_CUR0x1"; close "SQL_CUR0x1"
#: Tableau: a temporary table it may not have is asked for by name only
SELECT 1 FROM pg_catalog.pg_class WHERE relname = '#Tableau_1_Connect' AND relpersistence = 't'
#: Power BI over Npgsql: version
SELECT version();
#: Npgsql: the types
SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid FROM (SELECT typ.oid, typ.typnamespace, typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind, elemtyp.oid AS elemtypoid, CASE WHEN elemproc.proname = 'array_recv' THEN 'a' ELSE elemtyp.typtype END AS elemtyptype FROM (SELECT typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem AS elemoid, CASE WHEN proc.proname = 'array_recv' THEN 'a' ELSE typ.typtype END AS typtype FROM pg_type AS typ LEFT JOIN pg_class AS cls ON (cls.oid = typ.typrelid) LEFT JOIN pg_proc AS proc ON proc.oid = typ.typreceive LEFT JOIN pg_range ON (pg_range.rngtypid = typ.oid)) AS typ LEFT JOIN pg_type AS elemtyp ON elemtyp.oid = elemoid LEFT JOIN pg_proc AS elemproc ON elemproc.oid = elemtyp.typreceive) AS t JOIN pg_namespace AS ns ON (ns.oid = typnamespace) WHERE typtype IN ('b', 'r', 'm', 'e', 'd') OR (typtype = 'c' AND relkind = 'c') OR (typtype = 'p' AND typname IN ('record', 'void')) ORDER BY t.oid
#: Npgsql: the batch of a pooled connection | alone
DISCARD ALL
#: Npgsql: the batch of a pooled connection that keeps its prepared statements | alone
CLOSE ALL;UNLISTEN *;SELECT pg_advisory_unlock_all();DISCARD SEQUENCES;DISCARD TEMP
#: Power BI: the tables
select TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE from INFORMATION_SCHEMA.tables where TABLE_SCHEMA not in ('information_schema', 'pg_catalog') order by TABLE_SCHEMA, TABLE_NAME
#: Power BI: the columns
select COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, case when (data_type like '%unsigned%') then DATA_TYPE || ' unsigned' else DATA_TYPE end as DATA_TYPE from INFORMATION_SCHEMA.columns where TABLE_SCHEMA = 'public' and TABLE_NAME = 'orders' order by TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
#: Power BI: a folded query
select "_"."id", "_"."status" from "public"."orders" "_" where "_"."id" > 490 order by 1 limit 1000
#: Grafana: a time series
SELECT floor(extract(epoch FROM placed_at) / 86400) * 86400 AS "time", count(*) AS "value" FROM orders WHERE placed_at BETWEEN '2024-10-01T00:00:00Z' AND '2025-03-01T00:00:00Z' GROUP BY 1 ORDER BY 1
#: Grafana: tables of the search path
SELECT CASE WHEN quote_ident(table_schema) IN (SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END FROM generate_series(array_lower(string_to_array(current_setting('search_path'), ','), 1), array_upper(string_to_array(current_setting('search_path'), ','), 1)) AS i, string_to_array(current_setting('search_path'), ',') s) THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table" FROM information_schema.tables WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog') ORDER BY 1
#: Superset: the views
SELECT viewname FROM pg_catalog.pg_views WHERE schemaname = 'public' ORDER BY 1
#: Superset: the cost of a query
EXPLAIN SELECT count(*) AS count FROM (SELECT * FROM orders LIMIT 1000) AS virtual_table
#: Looker: a temporary name in a comment
-- Looker Query Context '{"user_id":1,"history_slug":"x"}'
SELECT COUNT(*) AS "orders.count" FROM "public"."orders" AS "orders" LIMIT 500
#: Redash: the schema
SELECT s.nspname AS table_schema, c.relname AS table_name, a.attname AS column_name, NULL AS data_type FROM pg_class c JOIN pg_namespace s ON c.relnamespace = s.oid AND s.nspname NOT IN ('pg_catalog', 'information_schema') JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relkind = 'm' AND has_table_privilege(s.nspname || '.' || c.relname, 'select') AND has_schema_privilege(s.nspname, 'usage') ORDER BY 1, 2, 3

#: PostgREST: which server
SELECT current_setting('server_version_num')::integer, current_setting('server_version'), version()
#: PostgREST: settings of the role in the database
SELECT split_part(kv, '=', 1) AS k, substring(kv FROM position('=' IN kv) + 1) AS v FROM (SELECT unnest(setconfig) AS kv FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole WHERE r.rolname = current_user) c WHERE kv LIKE 'pgrst.%'
#: PostgREST: isolation levels and settings of roles
#bind ["dev_ro"]
WITH role_setting AS (SELECT r.rolname, unnest(r.rolconfig) AS setting FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE member = $1::regrole), kv AS (SELECT rolname, substr(setting, 1, strpos(setting, '=') - 1) AS key, lower(substr(setting, strpos(setting, '=') + 1)) AS value FROM role_setting) SELECT kv.rolname, i.value, coalesce(array_agg(row(kv.key, kv.value)) FILTER (WHERE key <> 'default_transaction_isolation'), '{}') FROM kv JOIN pg_settings ps ON ps.name = kv.key AND (ps.context = 'user' OR has_parameter_privilege(current_user::regrole::oid, ps.name, 'set')) LEFT JOIN (SELECT rolname, value FROM kv WHERE key = 'default_transaction_isolation') i ON i.rolname = kv.rolname GROUP BY kv.rolname, i.value
#: PostgREST: listen for a reload
LISTEN "pgrst"
#: PostgREST: tables of the exposed schemas
#bind ["{public,lib}"]
WITH columns AS (SELECT c.oid AS relid, a.attname AS column_name, d.description, CASE WHEN t.typbasetype <> 0 AND ad.adbin IS NULL THEN pg_get_expr(t.typdefaultbin, 0) WHEN a.attidentity = 'd' THEN format('nextval(%s)', quote_literal(seqsch.nspname || '.' || seqclass.relname)) WHEN a.attgenerated = 's' THEN null ELSE pg_get_expr(ad.adbin, ad.adrelid)::text END AS column_default, NOT (a.attnotnull OR t.typtype = 'd' AND t.typnotnull) AS is_nullable, format_type(a.atttypid, a.atttypmod) AS data_type FROM pg_attribute a LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum JOIN pg_class c ON a.attrelid = c.oid JOIN pg_type t ON a.atttypid = t.oid LEFT JOIN (pg_depend dep JOIN pg_class seqclass ON seqclass.relkind = 'S' AND dep.objid = seqclass.oid JOIN pg_namespace seqsch ON seqsch.oid = seqclass.relnamespace) ON dep.refobjid = c.oid AND dep.refobjsubid = a.attnum WHERE NOT pg_is_other_temp_schema(c.relnamespace) AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'm', 'p') AND c.relnamespace = ANY ($1::regnamespace[])) SELECT n.nspname, c.relname, (pg_relation_is_updatable(c.oid::regclass, true) & 8) = 8 AS insertable, c.relispartition AS is_partition, json_agg(json_build_object('n', column_name, 't', data_type) ORDER BY column_name) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN columns ON columns.relid = c.oid GROUP BY 1, 2, c.oid, c.relispartition ORDER BY 1, 2
#: PostgREST: relationships
WITH pks AS (SELECT conrelid, array_agg(key ORDER BY key) AS cols FROM pg_constraint, LATERAL unnest(conkey) AS _(key) WHERE contype = 'p' AND connamespace::regnamespace::text <> 'pg_catalog' GROUP BY conrelid) SELECT ns1.nspname, tab.relname, ns2.nspname, other.relname, traint.conrelid = traint.confrelid AS is_self, traint.conname, ARRAY(SELECT attname FROM pg_attribute a WHERE a.attrelid = traint.conrelid AND a.attnum = ANY (traint.conkey) ORDER BY 1) FROM pg_constraint traint JOIN pg_namespace ns1 ON ns1.oid = traint.connamespace JOIN pg_class tab ON tab.oid = traint.conrelid JOIN pg_class other ON other.oid = traint.confrelid JOIN pg_namespace ns2 ON ns2.oid = other.relnamespace WHERE traint.contype = 'f' AND traint.conparentid = 0 ORDER BY traint.conrelid, traint.conname
#: PostgREST: a view's columns, out of its tree
WITH views AS (SELECT c.oid AS view_id, n.nspname AS view_schema, c.relname AS view_name, r.ev_action AS view_definition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_rewrite r ON r.ev_class = c.oid WHERE c.relkind IN ('v', 'm') AND n.nspname IN ('public', 'lib')), transform AS (SELECT view_name, replace(replace(regexp_replace(view_definition::text, ' :targetList ', 'x', 'g'), '(', '['), ')', ']') AS t FROM views) SELECT view_name, length(t) > 0 FROM transform ORDER BY 1
#: PostgREST: functions
SELECT pn.nspname, p.proname, d.description, coalesce(comp.relname, t.typname), p.proretset, p.provolatile, p.provariadic > 0, lower((regexp_split_to_array((regexp_split_to_array(iso_config, '='))[2], ','))[1]) FROM pg_proc p JOIN pg_namespace pn ON pn.oid = p.pronamespace JOIN pg_type t ON t.oid = p.prorettype LEFT JOIN pg_class comp ON comp.oid = t.typrelid LEFT JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass LEFT JOIN LATERAL unnest(proconfig) iso_config ON iso_config LIKE 'default_transaction_isolation%' WHERE t.oid <> 'trigger'::regtype AND prokind = 'f' AND p.pronamespace = ANY ('{public,lib}'::regnamespace[]) ORDER BY 1, 2
#: PostgREST: the settings of a request
SELECT set_config('search_path', '"public"', true), set_config('request.jwt.claims', '{"role":"anon"}', true), set_config('request.method', 'GET', true), set_config('request.path', '/orders', true), set_config('request.headers', '{"accept":"*/*"}', true), set_config('request.cookies', '{}', true)
#: PostgREST: a read
#bind ["1"]
WITH pgrst_source AS (SELECT "public"."orders".* FROM "public"."orders" WHERE "public"."orders"."id" = $1 LIMIT 100 OFFSET 0) SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]') AS body, nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status FROM (SELECT * FROM pgrst_source) _postgrest_t
#: PostgREST: a read with an embedded table
WITH pgrst_source AS (SELECT "public"."customers"."name", coalesce("o1"."o1", '[]') AS "orders" FROM "public"."customers" LEFT JOIN LATERAL (SELECT json_agg("o1")::jsonb AS "o1" FROM (SELECT "orders_1"."id" FROM "public"."orders" AS "orders_1" WHERE "orders_1"."customer_id" = "public"."customers"."id" ORDER BY 1) AS "o1") AS "o1" ON TRUE ORDER BY "public"."customers"."id" LIMIT 3) SELECT coalesce(json_agg(_postgrest_t), '[]') FROM (SELECT * FROM pgrst_source) _postgrest_t
#: PostgREST: a write | readonly=write
#bind ["{\"n\": \"x\"}"]
WITH pgrst_source AS (INSERT INTO "orm"."ky"("n") SELECT "pgrst_body"."n" FROM (SELECT $1::json AS json_data) pgrst_payload, LATERAL (SELECT "n" FROM json_to_record(pgrst_payload.json_data) AS _("n" text)) pgrst_body RETURNING 1) SELECT '' AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total FROM (SELECT * FROM pgrst_source) _postgrest_t
#: PostgREST: a change | readonly=write
WITH pgrst_source AS (UPDATE "public"."products" SET "stock" = "pgrst_body"."stock" FROM (SELECT '{"stock": 1}'::json AS json_data) pgrst_payload, LATERAL (SELECT "stock" FROM json_to_record(pgrst_payload.json_data) AS _("stock" integer)) pgrst_body WHERE "public"."products"."id" = '1' RETURNING 1) SELECT pg_catalog.count(_postgrest_t) FROM (SELECT * FROM pgrst_source) _postgrest_t
#: PostgREST: a change without a filter | readonly=write app=42501 deploy=42501
WITH pgrst_source AS (UPDATE "public"."products" SET "stock" = "pgrst_body"."stock" FROM (SELECT '{"stock": 1}'::json AS json_data) pgrst_payload, LATERAL (SELECT "stock" FROM json_to_record(pgrst_payload.json_data) AS _("stock" integer)) pgrst_body RETURNING 1) SELECT pg_catalog.count(_postgrest_t) FROM (SELECT * FROM pgrst_source) _postgrest_t

#: Hasura: metadata of tracked tables
#bind ["[{\"schema\": \"public\", \"name\": \"orders\"}]"]
SELECT t.nspname, t.relname, jsonb_build_object('oid', t.oid::integer, 'columns', coalesce(cols.info, '[]'), 'view_info', CASE WHEN t.relkind IN ('v', 'm') THEN jsonb_build_object('is_updatable', (pg_catalog.pg_relation_is_updatable(t.oid, true) & 4) = 4) END)::json AS info FROM jsonb_to_recordset($1::jsonb) AS tracked("schema" text, "name" text) LEFT JOIN (SELECT c.oid, c.relkind, c.relname, n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace) t ON t.relname = tracked.name AND t.nspname = tracked.schema LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'position', a.attnum, 'type', ty.typname, 'description', pg_catalog.col_description(t.oid, a.attnum)) ORDER BY a.attnum) AS info FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid CROSS JOIN (SELECT current_setting('server_version_num')::int >= 120000) AS poly(generated_exists) WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) cols ON true
#: Hasura: the types
SELECT coalesce(json_agg(row_to_json(i)), '[]') FROM (SELECT t.oid::integer, t.typname, t.typtype FROM pg_type t WHERE t.typtype = 'b' ORDER BY 1) i
#: Hasura: a query as one row of json
SELECT coalesce(json_agg("root"), '[]') AS "root" FROM (SELECT row_to_json((SELECT "_e" FROM (SELECT "_root.base"."id" AS "id", "_root.or.customer"."customer" AS "customer") AS "_e")) AS "root" FROM (SELECT * FROM "public"."orders" WHERE ('true') ORDER BY "id" LIMIT 5) AS "_root.base" LEFT OUTER JOIN LATERAL (SELECT row_to_json((SELECT "_e" FROM (SELECT "_root.or.customer.base"."name" AS "name") AS "_e")) AS "customer" FROM (SELECT * FROM "public"."customers" WHERE ("_root.base"."customer_id") = ("id") LIMIT 1) AS "_root.or.customer.base") AS "_root.or.customer" ON ('true')) AS "_root"
#: Hasura: the session's variables
SELECT set_config('hasura.user', '{"x-hasura-role": "user"}', true)
#: Hasura: a mutation | readonly=write
WITH "orm_ky__mutation_result_alias" AS (INSERT INTO "orm"."ky" ("n") VALUES ('x') ON CONFLICT ON CONSTRAINT "ky_pkey" DO UPDATE SET "n" = EXCLUDED."n" RETURNING *, CASE WHEN true THEN NULL ELSE 'check constraint'::text END AS "check") SELECT json_build_object('affected_rows', (SELECT count(*) FROM "orm_ky__mutation_result_alias"))
#: Hasura: its event loop | readonly=write
UPDATE orm.ky SET n = 'locked' WHERE id IN (SELECT l.id FROM orm.ky l WHERE l.n = 'x' ORDER BY l.id LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING id
#: Supabase: the size of tables | varies
SELECT c.oid::int8 AS id, nc.nspname AS schema, c.relname AS name, c.relrowsecurity AS rls_enabled, CASE WHEN c.relreplident = 'd' THEN 'DEFAULT' ELSE 'OTHER' END AS replica_identity, pg_total_relation_size(format('%I.%I', nc.nspname, c.relname))::int8 AS bytes, pg_stat_get_live_tuples(c.oid) AS live_rows_estimate, obj_description(c.oid) AS comment FROM pg_namespace nc JOIN pg_class c ON nc.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND NOT pg_is_other_temp_schema(nc.oid) AND (pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
#: Supabase: policies
SELECT pol.oid::int8 AS id, n.nspname AS schema, c.relname AS "table", pol.polname AS name, CASE WHEN pol.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END AS action, pg_get_expr(pol.polqual, pol.polrelid) AS definition FROM pg_policy pol JOIN pg_class c ON c.oid = pol.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace

#: asyncpg: jit off, as its introspection does
SELECT pg_catalog.set_config('jit', 'off', true) WHERE current_setting('jit', true) = 'on'
#: asyncpg: the types
#bind ["{23,25}"]
WITH RECURSIVE t(oid, typname, typtype, typelem) AS (SELECT oid, typname, typtype, typelem FROM pg_type WHERE oid = ANY ($1::oid[]) UNION ALL SELECT ti.oid, ti.typname, ti.typtype, ti.typelem FROM pg_type ti, t WHERE t.typelem <> 0 AND ti.oid = t.typelem) SELECT DISTINCT * FROM t ORDER BY oid
#: asyncpg: the reset of a pooled connection | alone
SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;
#: pgx: ping
-- ping
#: pgx: ping of another kind
;
#: pgx: the types it does not know
#bind ["order_status"]
select t.oid::text, t.typtype::text, coalesce(t.typelem, 0)::text from pg_type t where t.typname = $1
#: psycopg: hstore
SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'
#: psycopg: a type by its name
#bind ["order_status"]
SELECT typname AS name, oid, typarray AS array_oid, oid::regtype::text AS regtype, typdelim AS delimiter FROM pg_type t WHERE t.oid = to_regtype($1) ORDER BY t.oid
#: JDBC: time zone and digits in one
SET extra_float_digits = 3; SET application_name = 'PostgreSQL JDBC Driver'
#: node-postgres: the date and the time
SELECT NOW() IS NOT NULL AS now
#: PgBouncer: its reset query | alone
DISCARD ALL
#: PgBouncer: its check
select 1
#: HikariCP: valid
SELECT 1 /* ping */
#: patroni: what it asks a replica | varies
SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0 ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int END
#: postgres_exporter: sizes of databases | varies
SELECT pg_database.datname, pg_database_size(pg_database.datname) FROM pg_database WHERE pg_catalog.has_database_privilege(pg_database.datname, 'CONNECT')
#: postgres_exporter: replication lag | varies
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 ELSE GREATEST(0, EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp()))) END AS lag, pg_is_in_recovery()::int
#: postgres_exporter: activity | varies
SELECT datname, state, count(*) AS count, MAX(EXTRACT(EPOCH FROM now() - xact_start))::float AS max_tx_duration FROM pg_stat_activity GROUP BY datname, state
#: postgres_exporter: settings | varies
SELECT name, setting, COALESCE(unit, ''), short_desc, vartype FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real') AND name != 'sync_commit_cancel_wait'
#: check_postgres: bloat, in short | varies
SELECT s.relname, n_dead_tup, n_live_tup, pg_stat_get_last_autovacuum_time(relid), age(c.relfrozenxid) FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = relid ORDER BY n_dead_tup DESC
#: Datadog: vacuums under way | varies
SELECT v.datname, v.relid::regclass, v.phase FROM pg_stat_progress_vacuum v
