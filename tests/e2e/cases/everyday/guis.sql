# What pgAdmin, DBeaver, DataGrip and pgcli do when they connect and open a tree: the shape of
# their statements (which functions, catalogs and batches) from public documentation and issues, the
# spelling ours.

#for all=ok
#: pgAdmin: the batch it starts with
SET DateStyle=ISO; SET client_min_messages=notice; SELECT set_config('bytea_output','hex',false) FROM pg_show_all_settings() WHERE name = 'bytea_output'; SET client_encoding='utf-8';
#: pgAdmin: the batch of older releases
SET DateStyle=ISO; SET client_min_messages=notice; SELECT set_config('bytea_output','hex',false) FROM pg_settings WHERE name = 'bytea_output'; SET client_encoding='UNICODE';
#: pgAdmin: version
SELECT version()
#: pgAdmin: the database it is in | varies
SELECT d.oid AS did, d.datname, d.datallowconn, pg_encoding_to_char(d.encoding) AS serverencoding, has_database_privilege(d.oid, 'CREATE') AS cancreate, d.datistemplate, datlastsysoid IS NULL FROM (SELECT *, NULL::oid AS datlastsysoid FROM pg_catalog.pg_database) d WHERE d.datname = current_database()
#: pgAdmin: who is logged in
SELECT r.oid AS id, r.rolname AS name, r.rolsuper AS is_superuser, CASE WHEN r.rolsuper THEN true ELSE r.rolcreaterole END AS can_create_role, CASE WHEN r.rolsuper THEN true ELSE r.rolcreatedb END AS can_create_db, CASE WHEN 'pg_signal_backend' = ANY (ARRAY(WITH RECURSIVE up AS (SELECT m.roleid FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN up ON m.member = up.roleid) SELECT g.rolname FROM up JOIN pg_catalog.pg_roles g ON g.oid = up.roleid)) THEN true ELSE false END AS can_signal FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
#: pgAdmin: is it encrypted
SELECT ssl, gss_authenticated FROM pg_stat_ssl s JOIN pg_stat_gssapi g USING (pid) WHERE pid = pg_backend_pid()
#: pgAdmin: is it a replica | varies
SELECT CASE WHEN usesuper THEN pg_is_in_recovery() ELSE false END AS in_recovery, CASE WHEN usesuper AND pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused FROM pg_user WHERE usename = current_user
#: pgAdmin: the databases
SELECT d.oid AS did, d.datname AS name, ta.spcname, d.datallowconn, d.datacl, pg_catalog.has_database_privilege(d.oid, 'CREATE') AS cancreate, d.datdba AS owner, descr.description FROM pg_catalog.pg_database d LEFT OUTER JOIN pg_catalog.pg_tablespace ta ON d.dattablespace = ta.oid LEFT OUTER JOIN pg_catalog.pg_shdescription descr ON d.oid = descr.objoid AND descr.classoid = 'pg_database'::regclass WHERE d.oid > 0::oid AND d.datname IN ('shop', 'postgres') ORDER BY d.datname
#: pgAdmin: the schemas
SELECT n.oid, n.nspname AS name, pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS can_create, pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS has_usage, d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.classoid = 'pg_namespace'::regclass WHERE n.nspname NOT LIKE E'pg\\_%' AND NOT ((n.nspname = 'pg_catalog' AND EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE relname = 'pg_class' AND relnamespace = n.oid LIMIT 1)) OR (n.nspname = 'information_schema')) ORDER BY n.nspname
#: pgAdmin: the tables of a schema
SELECT c.oid, c.relname AS name, (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid = c.oid AND tgisinternal = false) AS triggercount, (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid = c.oid AND tgisinternal = false AND tgenabled = 'O') AS has_enable_triggers, CASE WHEN c.relkind = 'p' THEN true ELSE false END AS is_partitioned, (SELECT count(1) FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid LIMIT 1) AS is_inherits FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 's', 't', 'p') AND c.relnamespace = 'public'::regnamespace::oid AND NOT c.relispartition ORDER BY c.relname
#: pgAdmin: a table's properties
SELECT c.oid, c.relname, c.relacl, c.reltablespace AS spcoid, c.relhasindex, pg_catalog.pg_get_userbyid(c.relowner) AS relowner, c.reltuples::bigint, d.description, con.conname, con.conkey, coalesce((SELECT pg_catalog.array_agg(inh.inhparent::regclass::text) FROM pg_catalog.pg_inherits inh WHERE inh.inhrelid = c.oid), '{}') AS coll_inherits, substring(pg_catalog.array_to_string(c.reloptions, ',') FROM 'fillfactor=([0-9]*)') AS fillfactor, c.relrowsecurity, c.relforcerowsecurity FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass LEFT OUTER JOIN pg_catalog.pg_constraint con ON con.conrelid = c.oid AND con.contype = 'p' WHERE c.oid = 'orders'::regclass::oid
#: pgAdmin: a table's columns
SELECT a.attname AS name, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod) AS cltype, a.attnotnull, pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS defval, a.attidentity, a.attgenerated, seq.seqstart FROM pg_catalog.pg_attribute a LEFT OUTER JOIN pg_catalog.pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum LEFT OUTER JOIN (pg_catalog.pg_depend dep JOIN pg_catalog.pg_class cs ON dep.classid = 'pg_class'::regclass AND dep.objid = cs.oid AND cs.relkind = 'S') ON dep.refobjid = a.attrelid AND dep.refobjsubid = a.attnum LEFT OUTER JOIN pg_catalog.pg_sequence seq ON cs.oid = seq.seqrelid WHERE a.attrelid = 'orders'::regclass::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
#: pgAdmin: what depends on a table
SELECT DISTINCT dep.deptype, dep.classid, cl.relkind, CASE WHEN cl.relkind IS NOT NULL THEN cl.relkind::text || coalesce(dep.refobjsubid::text, '') WHEN ty.oid IS NOT NULL THEN 'y' WHEN co.oid IS NOT NULL THEN 'C' || co.contype::text END AS type, coalesce(co.conname, cl.relname, ty.typname) AS refname FROM pg_catalog.pg_depend dep LEFT JOIN pg_catalog.pg_class cl ON dep.objid = cl.oid LEFT JOIN pg_catalog.pg_type ty ON dep.objid = ty.oid LEFT JOIN pg_catalog.pg_constraint co ON dep.objid = co.oid WHERE dep.refobjid = 'customers'::regclass::oid ORDER BY 1, 2, 5
#: pgAdmin: a table's statistics | varies
SELECT seq_scan, seq_tup_read, idx_scan, n_tup_ins, n_live_tup, pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(stat.relid)), CASE WHEN cl.reltoastrelid = 0 THEN 'none' ELSE pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(cl.reltoastrelid)) END FROM pg_catalog.pg_stat_all_tables stat JOIN pg_catalog.pg_statio_all_tables statio ON stat.relid = statio.relid JOIN pg_catalog.pg_class cl ON cl.oid = stat.relid WHERE stat.relid = 'orders'::regclass::oid
#: pgAdmin: the dashboard, sessions | varies
/*pga4dash*/ SELECT pid, datname, usename, application_name, client_addr, pg_catalog.to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS backend_start, state, wait_event_type || ': ' || wait_event AS wait_event, array_to_string(pg_catalog.pg_blocking_pids(pid), ', ') AS blocking_pids, query FROM pg_catalog.pg_stat_activity WHERE datname = current_database() ORDER BY pid
#: pgAdmin: the dashboard, charts | varies
/*pga4dash*/ SELECT 'session_stats' AS chart_name, pg_catalog.row_to_json(t) AS chart_data FROM (SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database()) AS "Total", (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active') AS "Active") t UNION ALL SELECT 'tps_stats', pg_catalog.row_to_json(t) FROM (SELECT (SELECT sum(xact_commit) + sum(xact_rollback) FROM pg_catalog.pg_stat_database) AS "Transactions") t
#: pgAdmin: the dashboard, locks | varies
/*pga4dash*/ SELECT pid, locktype, datname, coalesce(relation::regclass::text, '') AS relation, page, tuple, virtualxid, transactionid, classid::regclass, objid, virtualtransaction, mode, granted, fastpath FROM pg_catalog.pg_locks l LEFT OUTER JOIN pg_catalog.pg_database d ON l.database = d.oid WHERE datname = current_database() ORDER BY pid, locktype
#: pgAdmin: the dashboard, prepared transactions
/*pga4dash*/ SELECT gid, database, owner, transaction, prepared FROM pg_catalog.pg_prepared_xacts ORDER BY gid
#: pgAdmin: the dashboard, configuration | varies
/*pga4dash*/ SELECT name, category, setting, unit, short_desc FROM pg_catalog.pg_settings ORDER BY category
#: pgAdmin: view the first rows
SELECT * FROM public.orders ORDER BY id ASC LIMIT 100
#: pgAdmin: explain in the query tool | varies
EXPLAIN (FORMAT JSON, ANALYZE true, VERBOSE true, COSTS true, TIMING true, BUFFERS true, SUMMARY true, SETTINGS true, WAL true) SELECT * FROM orders
#: pgAdmin: a function's definition
SELECT p.oid, p.proname, p.prosrc, p.provolatile, p.proisstrict, p.prosecdef, l.lanname, pg_catalog.pg_get_function_result(p.oid), pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_identity_arguments(p.oid), pg_catalog.pg_get_function_sqlbody(p.oid) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'public'::regnamespace AND p.proname = 'restock'
#: pgAdmin: search objects
SELECT obj_type, obj_name FROM (SELECT 'table' AS obj_type, c.relname AS obj_name FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p') AND c.relname ILIKE '%order%' UNION SELECT 'column', a.attname FROM pg_catalog.pg_attribute a WHERE a.attname ILIKE '%order%') s ORDER BY 1, 2
#: pgAdmin: sequences of a schema
SELECT cl.oid, relname AS name, relnamespace::regnamespace::text, CASE WHEN pg_catalog.has_sequence_privilege(cl.oid, 'SELECT') THEN pg_catalog.pg_sequence_last_value(cl.oid) END FROM pg_catalog.pg_class cl WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY relname
#: pgAdmin: roles and what they may
SELECT rolname, rolsuper, rolcanlogin, rolvaliduntil, ARRAY(SELECT pg_catalog.pg_get_userbyid(m.roleid) FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid) FROM pg_catalog.pg_roles r WHERE rolname !~ '^pg_' ORDER BY 1
#: pgAdmin: privileges of a table, exploded
SELECT 'relacl' AS deftype, pg_catalog.pg_get_userbyid(a.grantee) AS grantee, pg_catalog.pg_get_userbyid(a.grantor) AS grantor, pg_catalog.array_agg(a.privilege_type) FROM (SELECT (d).grantee AS grantee, (d).grantor AS grantor, (d).privilege_type AS privilege_type FROM (SELECT pg_catalog.aclexplode(relacl) AS d FROM pg_catalog.pg_class WHERE oid = 'orders'::regclass) s) a GROUP BY 2, 3 ORDER BY 2

#: DBeaver: settings of the main connection
SET extra_float_digits = 3
#: DBeaver: its name
SET application_name = 'DBeaver 25.1.5 - Main <shop>'
#: DBeaver: where it is
SELECT current_schema(),session_user
#: DBeaver: the search path
SHOW search_path
#: DBeaver: the database
SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE datname='shop'
#: DBeaver: how strings are read
select * from pg_catalog.pg_settings where name='standard_conforming_strings'
#: DBeaver: keywords that the driver does not know
select string_agg(word, ',') from pg_catalog.pg_get_keywords() where word <> ALL ('{a,abs,absolute,action,ada,add}'::text[])
#: DBeaver: access methods
SELECT am.oid,am.* FROM pg_catalog.pg_am am ORDER BY am.oid
#: DBeaver: encodings
SELECT c.contoencoding as encid, pg_catalog.pg_encoding_to_char(c.contoencoding) as encname FROM pg_catalog.pg_conversion c GROUP BY c.contoencoding ORDER BY 2
#: DBeaver: extensions
SELECT e.oid, e.extname, e.extversion, n.nspname, av.default_version FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace LEFT JOIN pg_catalog.pg_available_extensions av ON av.name = e.extname ORDER BY e.extname
#: DBeaver: schemas with their descriptions
SELECT n.oid,n.*,d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=n.oid AND d.objsubid=0 AND d.classoid='pg_namespace'::regclass ORDER BY nspname
#: DBeaver: tables of a schema
SELECT c.oid,c.*,d.description,pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr, pg_catalog.pg_get_partkeydef(c.oid) as partition_key FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass WHERE c.relnamespace='lib'::regnamespace AND c.relkind not in ('i','I','c') ORDER BY c.oid
#: DBeaver: columns of a table
SELECT c.relname,a.*,pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value,dsc.description,dep.objid FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON (a.attrelid=c.oid) LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid=ad.adrelid AND a.attnum = ad.adnum) LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid) LEFT OUTER JOIN pg_depend dep on dep.refobjid = a.attrelid AND dep.deptype = 'i' and dep.refobjsubid = a.attnum and dep.classid = dep.refclassid WHERE NOT a.attisdropped AND c.oid='orders'::regclass ORDER BY a.attnum
#: DBeaver: constraints
SELECT c.oid,c.*,t.relname as tabrelname,rt.relnamespace as refnamespace,d.description, case when c.contype='c' then "substring"(pg_get_constraintdef(c.oid), 7) else null end consrc_copy FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid=c.conrelid LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid=c.confrelid LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_constraint'::regclass WHERE c.conrelid='orders'::regclass ORDER BY c.oid
#: DBeaver: indexes
SELECT i.*,i.indkey as keys,c.relname,c.relnamespace,c.relam,c.reltablespace,tc.relname as tabrelname,dsc.description,pg_catalog.pg_get_expr(i.indpred, i.indrelid) as pred_expr,pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) as expr,pg_catalog.pg_relation_size(i.indexrelid) as index_rel_size FROM pg_catalog.pg_index i INNER JOIN pg_catalog.pg_class c ON c.oid=i.indexrelid INNER JOIN pg_catalog.pg_class tc ON tc.oid=i.indrelid LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid=dsc.objoid WHERE i.indrelid='orders'::regclass ORDER BY tabrelname, c.relname
#: DBeaver: types
SELECT t.oid,t.*,c.relkind,format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_type_name, d.description FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid=t.typelem LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid=t.typrelid LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid=d.objoid WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c') AND (et.typcategory IS NULL OR et.typcategory <> 'C') ORDER BY t.oid
#: DBeaver: enum labels
select e.* from pg_catalog.pg_enum e join pg_catalog.pg_type t on t.oid = e.enumtypid order by e.enumtypid, e.enumsortorder
#: DBeaver: functions of a schema
SELECT p.oid as poid,p.*,pg_catalog.pg_get_expr(p.proargdefaults, 0) as arg_defaults,d.description FROM pg_catalog.pg_proc p LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=p.oid WHERE p.pronamespace='lib'::regnamespace ORDER BY p.proname
#: DBeaver: sizes of a table | varies
select c.oid, pg_catalog.pg_total_relation_size(c.oid) as total_rel_size, pg_catalog.pg_relation_size(c.oid) as rel_size FROM pg_class c WHERE c.relnamespace='public'::regnamespace AND c.relkind not in ('i','I','c')
#: DBeaver: a view's definition
SELECT pg_catalog.pg_get_viewdef('order_totals'::regclass::oid, true) as definition
#: DBeaver: rows of a table
SELECT x.* FROM public.orders x ORDER BY id LIMIT 200
#: DBeaver: count of rows
SELECT count(*) FROM public.orders
#: DBeaver: sessions | varies
SELECT sa.* FROM pg_catalog.pg_stat_activity sa
#: DBeaver: locks | varies
with locks as (select pid, locktype, mode, granted, transactionid tid, relation, page, tuple from pg_locks), conflict as (select * from (values ('AccessShareLock','AccessExclusiveLock',1)) as c (mode1, mode2, prv)) select l.pid, c.prv from locks l join conflict c on l.mode = c.mode1

#: DataGrip: its name
SET application_name = 'DataGrip 2025.2.3'
#: DataGrip: where it is
select current_database() as a, current_schemas(false) as b
#: DataGrip: isolation
SHOW TRANSACTION ISOLATION LEVEL
#: DataGrip: who and where
select current_database(), current_schema(), current_user
#: DataGrip: the current transaction | varies
select case when pg_catalog.pg_is_in_recovery() then null else (pg_catalog.txid_current() % (2^32)::bigint)::bigint end as current_txid
#: DataGrip: the current transaction, older | varies
select case when pg_catalog.pg_is_in_recovery() then null else pg_catalog.txid_current()::varchar::bigint end as current_txid
#: DataGrip: locks of transactions | varies
select L.transactionid::varchar::bigint as transaction_id from pg_catalog.pg_locks L where L.transactionid is not null order by pg_catalog.age(L.transactionid) desc limit 1
#: DataGrip: databases
select N.oid::bigint as id, datname as name, D.description, datistemplate as is_template, datallowconn as allow_connections, pg_catalog.pg_get_userbyid(N.datdba) as "owner" from pg_catalog.pg_database N left join pg_catalog.pg_shdescription D on N.oid = D.objoid order by case when datname = pg_catalog.current_database() then -1::bigint else N.oid::bigint end
#: DataGrip: schemas
select N.oid::bigint as id, N.xmin as state_number, nspname as name, D.description, pg_catalog.pg_get_userbyid(N.nspowner) as "owner" from pg_catalog.pg_namespace N left join pg_catalog.pg_description D on N.oid = D.objoid order by case when nspname = pg_catalog.current_schema() then -1::bigint else N.oid::bigint end
#: DataGrip: roles
select R.oid::bigint as role_id, rolname as role_name, rolsuper as is_super, rolinherit as is_inherit, rolcreaterole as can_createrole, rolcreatedb as can_createdb, rolcanlogin as can_login, rolreplication as is_replication, rolconnlimit as conn_limit, rolvaliduntil as valid_until, rolbypassrls as bypass_rls, rolconfig as config, D.description from pg_catalog.pg_roles R left join pg_catalog.pg_shdescription D on D.objoid = R.oid order by 1
#: DataGrip: memberships
select member id, roleid role_id, admin_option from pg_catalog.pg_auth_members order by id, roleid::text
#: DataGrip: tablespaces
select T.oid::bigint as id, T.spcname as name, T.xmin as state_number, pg_catalog.pg_get_userbyid(T.spcowner) as owner, pg_catalog.pg_tablespace_location(T.oid) as location, T.spcoptions as options, D.description as comment from pg_catalog.pg_tablespace T left join pg_catalog.pg_shdescription D on D.objoid = T.oid order by 1
#: DataGrip: the state of a schema's catalogs | varies
with system_class as (select oid from pg_catalog.pg_class where relnamespace = 'pg_catalog'::regnamespace) select pg_catalog.max(s.state) from (select pg_catalog.age(xmin) as state from pg_catalog.pg_class where relnamespace = 'public'::regnamespace union select pg_catalog.age(xmin) from pg_catalog.pg_type where typnamespace = 'public'::regnamespace) as s
#: DataGrip: tables
select T.relkind as table_kind, T.relname as table_name, T.oid as table_id, T.xmin as table_state_number, false as table_with_oids, T.reltablespace as tablespace_id, T.reloptions as options, T.relpersistence as persistence, (select pg_catalog.array_agg(inhparent::bigint order by inhseqno)::varchar from pg_catalog.pg_inherits where T.oid = inhrelid) as ancestors, T.relispartition as is_partition, pg_catalog.pg_get_partkeydef(T.oid) as partition_key, pg_catalog.pg_get_expr(T.relpartbound, T.oid) as partition_expression, T.relam am_id, pg_catalog.pg_get_userbyid(T.relowner) as "owner" from pg_catalog.pg_class T where relnamespace = 'lib'::regnamespace and relkind in ('r', 'm', 'v', 'f', 'p') order by table_kind, table_id
#: DataGrip: columns
with T as (select distinct T.oid as table_id, T.relname as table_name from pg_catalog.pg_class T, pg_catalog.pg_attribute A where T.relnamespace = 'public'::regnamespace and T.relkind in ('r', 'm', 'v', 'f', 'p') and A.attrelid = T.oid) select T.table_id, C.attnum as column_position, C.attname as column_name, C.xmin as column_state_number, C.atttypmod as type_mod, C.attndims as dimensions_number, pg_catalog.format_type(C.atttypid, C.atttypmod) as type_spec, C.atttypid as type_id, C.attnotnull as mandatory, pg_catalog.pg_get_expr(D.adbin, T.table_id) as column_default_expression, not C.attislocal as column_is_inherited, C.attidentity as identity_kind, C.attgenerated as generated, C.attisdropped as column_is_dropped from T join pg_catalog.pg_attribute C on T.table_id = C.attrelid left join pg_catalog.pg_attrdef D on (C.attrelid, C.attnum) = (D.adrelid, D.adnum) where attnum > 0 order by table_id, attnum
#: DataGrip: indexes
select tab.oid table_id, tab.relkind table_kind, ind_stor.relname index_name, ind_head.indexrelid index_id, ind_head.indisunique is_unique, ind_head.indisprimary is_primary, ind_head.indkey as column_positions, ind_head.indoption column_options, pg_catalog.pg_get_expr(ind_head.indpred, ind_head.indrelid) as condition, case when ind_head.indexprs is not null then pg_catalog.array_to_string(array(select case when k = 0 then pg_catalog.chr(27) || pg_catalog.pg_get_indexdef(ind_head.indexrelid, i::integer, true) else pg_catalog.chr(32) end from pg_catalog.unnest(ind_head.indkey) with ordinality as t(k, i)), '') else null end as expressions from pg_catalog.pg_class tab join pg_catalog.pg_index ind_head on ind_head.indrelid = tab.oid join pg_catalog.pg_class ind_stor on tab.relnamespace = ind_stor.relnamespace and ind_stor.oid = ind_head.indexrelid where tab.relnamespace = 'public'::regnamespace order by table_id, index_name
#: DataGrip: routines
with languages as (select oid as lang_oid, lanname as lang from pg_catalog.pg_language), routines as (select proname as r_name, prolang as lang_oid, oid as r_id, xmin as r_state_number, proargnames as arg_names, proargmodes as arg_modes, proargtypes::int[] as in_arg_types, proallargtypes::int[] as all_arg_types, pg_catalog.pg_get_expr(proargdefaults, 0) as arg_defaults, provariadic as arg_variadic_id, prorettype as ret_type_id, proretset as ret_set, prokind as kind, provolatile as volatile_kind, proisstrict as is_strict, prosecdef as is_security_definer, proconfig as configuration_parameters, procost as cost, proleakproof as is_leakproof, proparallel as concurrency_kind from pg_catalog.pg_proc where pronamespace = 'lib'::regnamespace) select * from routines natural join languages order by r_id
#: DataGrip: sources of routines
select oid as id, pg_catalog.pg_get_function_arguments(oid) as arguments_def, pg_catalog.pg_get_function_result(oid) as result_def, prosrc as source_text, pg_catalog.pg_get_function_sqlbody(oid) as sqlbody_text from pg_catalog.pg_proc where pronamespace = 'lib'::regnamespace and prosrc is not null order by 1
#: DataGrip: sources of views
select T.relkind as view_kind, T.oid as view_id, pg_catalog.pg_get_viewdef(T.oid, true) as source_text from pg_catalog.pg_class T where T.relnamespace = 'lib'::regnamespace and T.relkind in ('m', 'v') order by view_id
#: DataGrip: operators
select O.oid as op_id, O.xmin as state_number, oprname as op_name, oprkind as op_kind, oprleft as arg_left_type_id, oprright as arg_right_type_id, oprresult as arg_result_type_id, oprcode::oid as main_id, oprcode::varchar as main_name, oprrest::oid as restrict_id, oprjoin::oid as join_id, oprcom::regoper::varchar as com_name, pg_catalog.pg_get_userbyid(O.oprowner) as "owner" from pg_catalog.pg_operator O where oprnamespace = 'lib'::regnamespace order by op_id
#: DataGrip: privileges
select T.oid as object_id, T.relacl as acl from pg_catalog.pg_class T where relnamespace = 'public'::regnamespace and relacl is not null order by object_id
#: DataGrip: casts
select C.oid, C.xmin as state_number, C.castsource as castsource_id, C.casttarget as casttarget_id, pg_catalog.quote_ident(SN.nspname) || '.' || pg_catalog.quote_ident(S.typname) as castsource_name, C.castfunc as castfunc_id, C.castcontext, C.castmethod from pg_cast C left join pg_catalog.pg_type S on C.castsource = S.oid left join pg_catalog.pg_namespace SN on S.typnamespace = SN.oid order by 1
#: DataGrip: keep alive
select 1
#: DataGrip: rows of a table
SELECT t.* FROM public.orders t ORDER BY id LIMIT 501
#: DataGrip: the table's rows with their address
SELECT t.*, CTID FROM public.order_items t WHERE order_id = 1 LIMIT 501

#: pgcli: time zone
set time zone "Europe/Oslo"
#: pgcli: search path
SELECT * FROM unnest(current_schemas(true))
#: pgcli: schemas
SELECT nspname FROM pg_catalog.pg_namespace ORDER BY 1
#: pgcli: tables
#bind ["{r,p,f}"]
SELECT n.nspname schema_name, c.relname table_name FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = ANY($1) ORDER BY 1,2
#: pgcli: columns
SELECT nsp.nspname schema_name, cls.relname table_name, att.attname column_name, att.atttypid::regtype::text type_name, att.atthasdef AS has_default, pg_catalog.pg_get_expr(def.adbin, def.adrelid, true) as default FROM pg_catalog.pg_attribute att INNER JOIN pg_catalog.pg_class cls ON att.attrelid = cls.oid INNER JOIN pg_catalog.pg_namespace nsp ON cls.relnamespace = nsp.oid LEFT OUTER JOIN pg_attrdef def ON def.adrelid = att.attrelid AND def.adnum = att.attnum WHERE cls.relkind = ANY('{r,p,f,v,m}') AND NOT att.attisdropped AND att.attnum > 0 AND nsp.nspname = 'public' ORDER BY 1, 2, att.attnum
#: pgcli: functions
SELECT n.nspname schema_name, p.proname func_name, p.proargnames, COALESCE(proallargtypes::regtype[], proargtypes::regtype[])::text[], p.proargmodes, prorettype::regtype::text return_type, p.prokind = 'a' is_aggregate, p.prokind = 'w' is_window, p.proretset is_set_returning, d.deptype = 'e' is_extension, pg_get_expr(proargdefaults, 0) AS arg_defaults FROM pg_catalog.pg_proc p INNER JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_depend d ON d.objid = p.oid and d.deptype = 'e' WHERE p.prorettype::regtype != 'trigger'::regtype AND n.nspname = 'lib' ORDER BY 1, 2
