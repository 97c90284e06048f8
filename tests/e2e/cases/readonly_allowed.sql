# What a developer does all day.  Format: see readonly_refused.sql; here nothing is refused.

#: select
SELECT * FROM customers WHERE city = 'Oslo' ORDER BY id LIMIT 3
#: joins, aggregates, window functions
SELECT c.city, count(*), rank() OVER (ORDER BY sum(quantity) DESC) FROM customers c JOIN orders o ON o.customer_id = c.id LEFT JOIN order_items i ON i.order_id = o.id GROUP BY c.city HAVING count(*) > 1
#: CTEs, also recursive
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT sum(i) FROM n
#: subqueries, exists, lateral
SELECT * FROM customers c, LATERAL (SELECT max(placed_at) FROM orders o WHERE o.customer_id = c.id) x WHERE EXISTS (SELECT FROM orders)
#: set operations
SELECT 1 UNION SELECT 2 EXCEPT (SELECT 3 INTERSECT SELECT 4)
#: values
VALUES (1, 'a'), (2, 'b')
#: table
TABLE products
#: json, arrays, casts, regular expressions
SELECT to_jsonb(c) -> 'name', ARRAY[1,2,3] @> ARRAY[2], name ~ '^A', id::text FROM customers c
#: dates
SELECT date_trunc('month', placed_at), now() - placed_at, age(placed_at), extract(epoch FROM placed_at) FROM orders
#: own view
SELECT * FROM order_totals LIMIT 1
#: explain
EXPLAIN SELECT * FROM orders
#: explain analyze select
EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT * FROM orders WHERE customer_id = 7
#: explain of a write plans it and runs nothing
EXPLAIN DELETE FROM order_items
#: copy to stdout
COPY (SELECT id, name FROM customers ORDER BY id LIMIT 2) TO STDOUT WITH (FORMAT csv, HEADER)
#: copy a table to stdout
COPY products TO STDOUT
#: begin, commit
BEGIN; SELECT 1; COMMIT
#: begin read only
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE
#: savepoints
BEGIN; SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE a; ROLLBACK
#: cursors
BEGIN; DECLARE c SCROLL CURSOR FOR SELECT * FROM orders; FETCH 2 FROM c; MOVE 3 IN c; CLOSE c; COMMIT
#: prepare, execute, deallocate
PREPARE city(text) AS SELECT count(*) FROM customers WHERE city = $1; EXECUTE city('Oslo'); DEALLOCATE city
#: show
SHOW search_path
#: show all
SHOW ALL
#: ordinary settings
SET statement_timeout = '30s'; SET search_path = pg_catalog, public; SET TIME ZONE 'UTC'; SET application_name = 'x'
#: settings by set_config
SELECT set_config('statement_timeout', '30s', false), set_config('search_path', 'public', false)
#: reset
RESET statement_timeout; RESET ALL
#: discard
DISCARD PLANS
#: read-only stays read-only
SET default_transaction_read_only = on; SET TRANSACTION READ ONLY
#: client_encoding UTF8
SET client_encoding = 'UTF8'; SET NAMES 'utf8'
#: listen
LISTEN jobs; UNLISTEN *
#: who am I
SELECT current_user, session_user, current_database(), version(), pg_backend_pid(), inet_server_port()
#: what is going on
SELECT pid, state, query FROM pg_stat_activity
#: sizes
SELECT pg_size_pretty(pg_total_relation_size('orders')), pg_database_size(current_database())
#: definitions
SELECT pg_get_viewdef('order_totals'::regclass), pg_get_functiondef('restock'::regproc), pg_get_indexdef(indexrelid) FROM pg_index LIMIT 1
#: information_schema
SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
#: pg_catalog as an IDE reads it
SELECT n.nspname, c.relname, obj_description(c.oid), has_table_privilege(c.oid, 'SELECT') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE pg_table_is_visible(c.oid)
#: volatile and harmless
SELECT random() < 2, gen_random_uuid() IS NOT NULL, clock_timestamp() > now()
#: comments
/* sqlcommenter: controller='x' */ SELECT 1 -- DELETE FROM order_items
#: the word delete in a string
SELECT 'DELETE FROM order_items; --', $$DROP TABLE orders$$
#: an empty text
;
#: an unusual name in quotes
SELECT 1 AS "DROP TABLE orders", 2 AS "Größe"
