# Built-in functions, and those of known extensions, that reach out of the database, or run a text
# that nobody has judged.

#for readonly=refused app=42501 deploy=42501
#: pg_terminate_backend
SELECT pg_terminate_backend({pid})
#: pg_terminate_backend with a timeout
SELECT pg_terminate_backend({pid}, 1000)
#: pg_terminate_backend of all others
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
#: pg_terminate_backend as a field
SELECT ({pid}::int).pg_terminate_backend
#: pg_terminate_backend as a column
SELECT a.pg_terminate_backend FROM (SELECT {pid}::int) AS a(pid)
#: table_to_xml reads the passwords' hashes
SELECT table_to_xml('pg_authid', true, false, '')
#: schema_to_xml of the catalog
SELECT schema_to_xml('pg_catalog', true, false, '')
#: pg_cancel_backend
SELECT pg_cancel_backend({pid})
#: pg_cancel_backend in a join condition
SELECT 1 FROM customers a JOIN customers b ON pg_cancel_backend({pid})
#: pg_reload_conf
SELECT pg_reload_conf()
#: pg_rotate_logfile
SELECT pg_rotate_logfile()
#: pg_log_backend_memory_contexts
SELECT pg_log_backend_memory_contexts({pid})
#: pg_promote
SELECT pg_promote()
#: pg_switch_wal
SELECT pg_switch_wal()
#: pg_create_restore_point
SELECT pg_create_restore_point('x')
#: pg_backup_start
SELECT pg_backup_start('x', true)
#: pg_backup_stop
SELECT * FROM pg_backup_stop()
#: pg_start_backup of older servers
SELECT pg_start_backup('x')
#: pg_wal_replay_pause
SELECT pg_wal_replay_pause()
#: pg_wal_replay_resume
SELECT pg_wal_replay_resume()
#: physical replication slot
SELECT pg_create_physical_replication_slot('thief')
#: logical replication slot
SELECT * FROM pg_create_logical_replication_slot('thief', 'test_decoding')
#: drop a replication slot
SELECT pg_drop_replication_slot('thief')
#: peek at a slot's changes
SELECT * FROM pg_logical_slot_peek_changes('thief', NULL, NULL)
#: take a slot's changes
SELECT * FROM pg_logical_slot_get_changes('thief', NULL, NULL)
#: advance a slot
SELECT pg_replication_slot_advance('thief', '0/1')
#: copy a slot
SELECT pg_copy_physical_replication_slot('thief', 'thief2')
#: a logical message | app=- deploy=-
SELECT pg_logical_emit_message(false, 'a', 'b')
#: a replication origin
SELECT pg_replication_origin_create('thief')
#: a session's replication origin
SELECT pg_replication_origin_session_setup('thief')
#: statistics reset
SELECT pg_stat_reset()
#: statistics reset of all
SELECT pg_stat_reset_shared('bgwriter')
#: statistics reset of one table
SELECT pg_stat_reset_single_table_counters('customers'::regclass)
#: statistics reset of slru
SELECT pg_stat_reset_slru('Notify')
#: query_to_xml runs a text
SELECT query_to_xml('DELETE FROM order_items RETURNING 1', true, false, '')
#: query_to_xmlschema
SELECT query_to_xmlschema('DELETE FROM order_items RETURNING 1', true, false, '')
#: query_to_xml_and_xmlschema, qualified
SELECT pg_catalog.query_to_xml_and_xmlschema('SELECT pg_read_file(''PG_VERSION'')', true, false, '')
#: cursor_to_xml
SELECT cursor_to_xml('c', 1, true, false, '')
#: ts_stat runs a text
SELECT * FROM ts_stat('DELETE FROM order_items RETURNING to_tsvector(''a'')')
#: ts_stat with weights
SELECT * FROM ts_stat('SELECT to_tsvector(pg_read_file(''PG_VERSION''))', 'ab')
#: ts_rewrite runs a text
SELECT ts_rewrite('a'::tsquery, 'SELECT to_tsquery(''a''), to_tsquery(pg_read_file(''PG_VERSION''))')
#: dblink
SELECT * FROM dblink('dbname=shop', 'DELETE FROM order_items RETURNING 1') AS t(a int)
#: dblink_exec
SELECT dblink_exec('dbname=shop user=postgres', 'DELETE FROM order_items')
#: dblink_exec, qualified
SELECT public.dblink_exec('dbname=shop', 'DROP TABLE order_items')
#: dblink_exec in quotes
SELECT "dblink_exec"('dbname=shop', 'DROP TABLE order_items')
#: dblink_exec by unicode escapes
SELECT U&"dblink\005fexec"('dbname=shop', 'DROP TABLE order_items')
#: dblink_connect
SELECT dblink_connect('thief', 'dbname=shop user=postgres')
#: dblink_connect_u
SELECT dblink_connect_u('thief', 'dbname=shop user=postgres')
#: dblink_send_query
SELECT dblink_send_query('thief', 'DELETE FROM order_items')
#: dblink_open
SELECT dblink_open('c', 'DELETE FROM order_items')
#: dblink_get_result
SELECT * FROM dblink_get_result('thief') AS t(a int)
#: dblink as a field
SELECT ('dbname=shop'::text).dblink_connect
#: crosstab runs a text
SELECT * FROM crosstab('DELETE FROM order_items RETURNING 1, 2, 3') AS t(a int, b int)
#: connectby
SELECT * FROM connectby('t', 'a', 'b', '1', 0) AS t(a int, b int, c int)
#: xpath_table of xml2
SELECT * FROM xpath_table('id', 'x', 'order_items', '/', 'true') AS t(id int, x text)
#: pg_cron schedules a text
SELECT cron.schedule('0 0 * * *', 'DELETE FROM order_items')
#: pg_cron schedules it in another database
SELECT cron.schedule_in_database('x', '0 0 * * *', 'DELETE FROM order_items', 'shop')
#: pg_cron unschedules
SELECT cron.unschedule(1)
#: pg_net posts
SELECT net.http_post('http://127.0.0.1:1/', '{"a": 1}'::jsonb)
#: pg_net gets
SELECT net.http_get('http://127.0.0.1:1/')
#: http gets
SELECT * FROM http_get('http://127.0.0.1:1/')
#: http posts
SELECT * FROM http_post('http://127.0.0.1:1/', 'x', 'text/plain')
#: http
SELECT * FROM http(('GET', 'http://127.0.0.1:1/', NULL, NULL, NULL))
#: a new large object's file as a name in the catalog's schema
SELECT corpus.pg_catalog.lo_import('/etc/passwd')
#: oids are for the server
SELECT pg_nextoid('pg_class', 'oid', 'pg_class_oid_index')
#: collations of the system
SELECT pg_import_system_collations('public')
#: a function in a function's argument
SELECT upper(lower(pg_reload_conf()::text))
#: a function in an operator's argument
SELECT 1 + length(pg_promote()::text)
#: in a cast
SELECT CAST(pg_reload_conf() AS text)
#: in an in list
SELECT 1 WHERE true IN (false, pg_reload_conf())
#: in an any
SELECT 1 WHERE true = ANY (ARRAY[pg_reload_conf()])
#: in is true
SELECT pg_reload_conf() IS TRUE
#: in is null
SELECT pg_reload_conf() IS NULL
#: in a collate
SELECT pg_reload_conf()::text COLLATE "C"
#: at time zone
SELECT now() AT TIME ZONE pg_read_file('PG_VERSION')
#: in distinct on
SELECT DISTINCT ON (pg_reload_conf()) 1
#: in nullif
SELECT nullif(pg_reload_conf(), true)
#: in greatest
SELECT greatest(pg_reload_conf(), true)
#: in extract
SELECT extract(day FROM now() + interval '1 day' * length(pg_promote()::text))
#: in overlay
SELECT overlay('abc' PLACING pg_read_file('PG_VERSION') FROM 1)
#: in substring
SELECT substring(pg_read_file('PG_VERSION') FROM 1 FOR 2)
#: in trim
SELECT trim(both 'x' FROM pg_read_file('PG_VERSION'))
#: in position
SELECT position('1' IN pg_read_file('PG_VERSION'))
#: in like … escape
SELECT 'a' LIKE 'b' ESCAPE pg_read_file('PG_VERSION')
#: in between
SELECT 1 BETWEEN 0 AND length(pg_read_file('PG_VERSION'))
#: in a set operation's second half
SELECT 1 UNION ALL SELECT length(pg_read_file('PG_VERSION'))
#: in a set operation's order
(SELECT 1) UNION (SELECT 2 LIMIT length(pg_read_file('PG_VERSION')))
#: in tablesample repeatable
SELECT * FROM customers TABLESAMPLE system (1) REPEATABLE (length(pg_read_file('PG_VERSION')))
#: in a window frame
SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN length(pg_read_file('PG_VERSION')) PRECEDING AND CURRENT ROW) FROM customers
#: in a json path's variables
SELECT jsonb_path_query('1', '$', jsonb_build_object('a', pg_read_file('PG_VERSION')))
#: in a search clause's cte
WITH RECURSIVE t(a) AS (SELECT pg_reload_conf() UNION ALL SELECT a FROM t WHERE false) SEARCH DEPTH FIRST BY a SET o SELECT * FROM t
#: in a materialized cte that nobody reads
WITH x AS MATERIALIZED (SELECT pg_reload_conf()) SELECT 1
#: in a fetch first
SELECT 1 FETCH FIRST (length(pg_read_file('PG_VERSION'))) ROWS ONLY
#: in an insert's values
INSERT INTO products (name, price_cents) VALUES (pg_read_file('PG_VERSION'), 1)
#: in an insert's returning
INSERT INTO products (name, price_cents) VALUES ('x', 1) RETURNING pg_read_file('PG_VERSION')
#: in an upsert's set
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET name = pg_read_file('PG_VERSION')
#: in an upsert's where
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET stock = 1 WHERE pg_reload_conf()
#: in an update's set
UPDATE products SET name = pg_read_file('PG_VERSION') WHERE id = 1
#: in an update's from
UPDATE products SET name = f FROM pg_read_file('PG_VERSION') f WHERE id = 1
#: in a delete's where
DELETE FROM products WHERE id = 1 AND pg_reload_conf()
#: in a delete's returning
DELETE FROM order_items WHERE order_id = 1 RETURNING pg_read_file('PG_VERSION')
#: in a merge's condition
MERGE INTO products p USING orders o ON p.id = o.id WHEN MATCHED AND pg_reload_conf() THEN UPDATE SET stock = 0
#: in a merge's values
MERGE INTO products p USING orders o ON p.id = o.id WHEN NOT MATCHED THEN INSERT (name, price_cents) VALUES (pg_read_file('PG_VERSION'), 1)
#: in a copy from's where
COPY order_items FROM STDIN WHERE pg_reload_conf()
#: in an execute's argument
#setup PREPARE p(text) AS SELECT $1
EXECUTE p(pg_read_file('PG_VERSION'))
#: in a call's argument
CALL cancel_order(length(pg_read_file('PG_VERSION')))
#: in a temporary table
CREATE TEMP TABLE t AS SELECT pg_read_file('PG_VERSION') AS f
#: in a temporary table's default
CREATE TEMP TABLE t (a text DEFAULT pg_read_file('PG_VERSION'))
