# What a developer reads all day: for everybody.

#for all=ok
#: a constant
SELECT 1
#: nothing
SELECT
#: a star
SELECT * FROM products ORDER BY id
#: qualified
SELECT public.products.name FROM public.products WHERE public.products.id = 1
#: with the database's name
SELECT p.id FROM corpus.public.products p WHERE id < 3 ORDER BY id
#: only
SELECT count(*) FROM ONLY products
#: where, order, limit
SELECT * FROM customers WHERE city = 'Oslo' ORDER BY id LIMIT 3
#: offset and fetch
SELECT id FROM customers ORDER BY id OFFSET 5 ROWS FETCH NEXT 3 ROWS ONLY
#: fetch with ties
SELECT city FROM customers ORDER BY city FETCH FIRST 2 ROWS WITH TIES
#: with parameters
#bind ["Oslo", 3]
SELECT id, name FROM customers WHERE city = $1 ORDER BY id LIMIT $2
#: a null parameter
#bind [null]
SELECT $1::text IS NULL
#: any of an array
#bind ["{1,2,3}"]
SELECT name FROM products WHERE id = ANY ($1::int[]) ORDER BY id
#: in a list
SELECT name FROM products WHERE id IN (1, 2, 3) ORDER BY id
#: not in a subquery
SELECT count(*) FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)
#: exists
SELECT count(*) FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND status = 'new')
#: joins
SELECT c.city, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id LEFT JOIN order_items i ON i.order_id = o.id GROUP BY c.city HAVING count(*) > 1 ORDER BY 1
#: join using
SELECT count(*) FROM order_items JOIN order_items b USING (order_id, product_id)
#: natural join
SELECT count(*) FROM order_items NATURAL JOIN order_items b
#: cross join
SELECT count(*) FROM products CROSS JOIN products b
#: full join
SELECT count(*) FROM customers c FULL OUTER JOIN orders o ON o.customer_id = c.id
#: right join
SELECT count(*) FROM orders o RIGHT JOIN customers c ON o.customer_id = c.id
#: lateral
SELECT c.id, x.max FROM customers c, LATERAL (SELECT max(placed_at) FROM orders o WHERE o.customer_id = c.id) x ORDER BY c.id LIMIT 3
#: distinct
SELECT DISTINCT city FROM customers ORDER BY city
#: distinct on
SELECT DISTINCT ON (customer_id) customer_id, id FROM orders ORDER BY customer_id, id DESC LIMIT 5
#: aggregates
SELECT count(*), sum(stock), avg(price_cents), min(name), max(name), bool_and(stock >= 0), array_agg(id ORDER BY id) FROM products
#: ordered-set aggregates
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price_cents), mode() WITHIN GROUP (ORDER BY stock) FROM products
#: string_agg
SELECT string_agg(name, ', ' ORDER BY id) FROM products WHERE id < 5
#: filter
SELECT count(*) FILTER (WHERE stock = 0), count(*) FROM products
#: rollup
SELECT city, count(*) FROM customers GROUP BY ROLLUP (city) ORDER BY city
#: cube and grouping sets
SELECT city, name LIKE 'A%', count(*), grouping(city) FROM customers GROUP BY CUBE (city, name LIKE 'A%') ORDER BY 1, 2
#: window functions
SELECT id, rank() OVER (PARTITION BY stock / 10 ORDER BY price_cents DESC), lag(name) OVER w, sum(stock) OVER w FROM products WINDOW w AS (ORDER BY id) ORDER BY id
#: a window frame
SELECT id, avg(stock) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM products ORDER BY id LIMIT 5
#: a cte
WITH big AS (SELECT * FROM products WHERE price_cents > 5000) SELECT count(*) FROM big
#: several ctes
WITH a AS (SELECT 1 AS x), b AS MATERIALIZED (SELECT x + 1 AS y FROM a), c AS NOT MATERIALIZED (SELECT y FROM b) SELECT * FROM a, b, c
#: a recursive cte
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT sum(i) FROM n
#: a recursive cte with search and cycle
WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a % 3 + 1 FROM t) SEARCH DEPTH FIRST BY a SET o CYCLE a SET is_cycle USING path SELECT a, is_cycle FROM t ORDER BY o
#: set operations
SELECT 1 UNION SELECT 2 EXCEPT (SELECT 3 INTERSECT SELECT 4) ORDER BY 1
#: union all of tables
(SELECT name FROM products ORDER BY id LIMIT 1) UNION ALL (SELECT name FROM customers ORDER BY id LIMIT 1)
#: values
VALUES (1, 'a'), (2, 'b')
#: values as a table
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, s)
#: table
TABLE order_items
#: a scalar subquery
SELECT name, (SELECT count(*) FROM order_items i WHERE i.product_id = p.id) FROM products p ORDER BY id LIMIT 3
#: an array of a subquery
SELECT ARRAY(SELECT id FROM products ORDER BY id LIMIT 3)
#: a row comparison
SELECT count(*) FROM order_items WHERE (order_id, product_id) > (5, 3)
#: case
SELECT CASE WHEN stock = 0 THEN 'none' WHEN stock < 10 THEN 'few' ELSE 'many' END, count(*) FROM products GROUP BY 1 ORDER BY 1
#: simple case
SELECT CASE status WHEN 'new' THEN 1 ELSE 2 END FROM orders ORDER BY id LIMIT 3
#: coalesce, nullif, greatest, least
SELECT coalesce(NULL, 'x'), nullif(1, 1), greatest(1, 2), least(1, 2)
#: is distinct from
SELECT count(*) FROM lib.kinds WHERE note IS DISTINCT FROM 'x' AND note IS NOT DISTINCT FROM 'ä'
#: between symmetric
SELECT 3 BETWEEN SYMMETRIC 5 AND 1
#: like, ilike, similar, regular expressions
SELECT 'abc' LIKE 'a%', 'abc' ILIKE 'A_C', 'abc' SIMILAR TO '(a|b)%', 'abc' ~ '^a', 'abc' !~* 'X', 'abc' ~~ 'a%'
#: casts
SELECT '1'::int, CAST('2' AS numeric(5, 2)), int '3', '{1,2}'::int[], 'x'::"char", '(1,2)'::point, 1::bool
#: dates
SELECT date_trunc('month', placed_at), placed_at + interval '1 day', extract(epoch FROM placed_at), to_char(placed_at, 'YYYY-MM') FROM orders ORDER BY id LIMIT 2
#: overlaps
SELECT (date '2026-01-01', date '2026-02-01') OVERLAPS (date '2026-01-15', interval '1 month')
#: at time zone
SELECT timestamptz '2026-01-01 00:00+00' AT TIME ZONE 'Europe/Oslo'
#: the time | varies
SELECT now(), current_timestamp, current_date, localtime, clock_timestamp(), statement_timestamp(), transaction_timestamp(), timeofday() IS NOT NULL
#: age of an order | varies
SELECT age(placed_at), now() - placed_at FROM orders LIMIT 1
#: arrays
SELECT ARRAY[1, 2, 3] @> ARRAY[2], ARRAY[1, 2] || 3, (ARRAY['a', 'b'])[1], array_length(ARRAY[1, 2], 1), unnest(ARRAY[1, 2])
#: slices
SELECT (ARRAY[1, 2, 3, 4])[2:3], (ARRAY[1, 2])[:1]
#: generate_series
SELECT g, g * 2 FROM generate_series(1, 5) AS g
#: generate_series of dates
SELECT d::date FROM generate_series(date '2026-01-01', date '2026-01-05', interval '1 day') AS d
#: with ordinality
SELECT * FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS t(v, n)
#: rows from
SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['x', 'y'])) AS t(a, b)
#: a function with a column definition
SELECT * FROM json_to_recordset('[{"a": 1, "b": "x"}]') AS t(a int, b text)
#: json operators
SELECT data -> 'a' -> 'b' ->> 0, data #>> '{a,b,1}', data ? 'a', data @> '{"a": {}}' FROM lib.kinds
#: json functions
SELECT to_jsonb(p), row_to_json(p), jsonb_build_object('n', name), json_agg(p) OVER () FROM products p WHERE id = 1
#: json subscripts
SELECT data['a']['b'][0] FROM lib.kinds
#: json path
SELECT jsonb_path_query_array(data, '$.a.b[*] ? (@ > 1)') FROM lib.kinds
#: json set-returning
SELECT * FROM jsonb_each('{"a": 1, "b": 2}')
#: xml
SELECT xmlelement(name a, xmlattributes(1 AS b), 'c'), xmlforest(1 AS d), xpath('/a/text()', '<a>x</a>')
#: xmltable
SELECT * FROM xmltable('/r/i' PASSING '<r><i>1</i><i>2</i></r>' COLUMNS v int PATH '.')
#: text search
SELECT to_tsvector('english', 'The quick foxes') @@ to_tsquery('english', 'fox'), ts_headline('the fox', to_tsquery('fox')), ts_rank(to_tsvector('a'), 'a'::tsquery)
#: ranges
SELECT int4range(1, 5) && int4range(3, 8), lower(int4range(1, 5)), span @> 3 FROM lib.kinds
#: multiranges
SELECT range_agg(span) FROM lib.kinds
#: geometry
SELECT point(1, 2) <-> point(3, 4), place[0] FROM lib.kinds
#: network
SELECT inet '10.0.0.1' << inet '10.0.0.0/8', host(inet '10.0.0.1/8')
#: bytea
SELECT encode('\x6869'::bytea, 'escape'), md5('x'), sha256('x')
#: strings
SELECT upper('a'), lower('B'), substring('abc' FROM 2 FOR 1), trim(both ' ' FROM ' x '), position('b' IN 'abc'), overlay('abc' PLACING 'x' FROM 2), format('%s-%I-%L', 1, 'a b', 'c'), split_part('a,b', ',', 2), regexp_replace('abc', 'b', 'x'), lpad('1', 3, '0'), concat_ws(',', 1, NULL, 2)
#: variadic
SELECT concat(VARIADIC ARRAY['a', 'b']), num_nulls(1, NULL)
#: named arguments
SELECT make_interval(days => 3), make_date(year := 2026, month := 1, day := 2)
#: collate
SELECT name FROM products ORDER BY name COLLATE "C" LIMIT 2
#: order by using
SELECT id FROM products ORDER BY id USING > LIMIT 2
#: nulls last
SELECT note FROM lib.kinds ORDER BY note DESC NULLS LAST
#: operator by its full name
SELECT 1 OPERATOR(pg_catalog.+) 2
#: bits
SELECT B'101' & B'100', X'1F', 6 # 3, ~5, 1 << 4
#: numeric
SELECT 0.1 + 0.2, 1e3, 10 % 3, 2 ^ 10, |/ 16, round(2.5), width_bucket(5, 0, 10, 5)
#: random and uuid | varies
SELECT random() < 2, gen_random_uuid() IS NOT NULL
#: tablesample
SELECT count(*) >= 0 FROM products TABLESAMPLE bernoulli (50) REPEATABLE (1)
#: tablesample system
SELECT count(*) >= 0 FROM customers TABLESAMPLE system (100)
#: system columns
SELECT ctid, tableoid::regclass, xmin IS NOT NULL FROM products ORDER BY id LIMIT 2
#: a whole row
SELECT p FROM products p WHERE id = 1
#: a field of a row
SELECT (p).name, (p.*) IS NOT NULL FROM products p WHERE id = 1
#: names in quotes
SELECT 1 AS "DROP TABLE orders", 2 AS "Größe", 3 AS "a""b"
#: names that are keywords
SELECT p.name AS select, p.id AS "table" FROM products p WHERE id = 1
#: names by unicode escapes
SELECT U&"n\0061me" FROM products WHERE id = 1
#: strings by unicode escapes
SELECT U&'\0041', E'\x41\n', 'it''s', $$dollar$$, $tag$ ' $tag$
#: the word delete in strings
SELECT 'DELETE FROM order_items; --', $$DROP TABLE orders$$, '/*'
#: comments of all kinds
/* sqlcommenter: controller='x' */ SELECT 1 -- DELETE FROM order_items
#: nested comments
SELECT /* a /* b */ c */ 1
#: a long in list
SELECT count(*) FROM products WHERE id IN (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40)
#: deep brackets
SELECT ((((((((((((((((((((1))))))))))))))))))))
#: two statements in one text
SELECT 1; SELECT 2
#: a statement with a semicolon behind
SELECT 1;
#: a partitioned table
SELECT * FROM lib.days WHERE day > '2026-01-01'
#: a materialized view
SELECT * FROM lib.kept ORDER BY city
#: a table with a generated column
SELECT doubled FROM lib.kinds
#: own view
SELECT * FROM order_totals ORDER BY order_id LIMIT 3
#: own immutable function
SELECT discount(100), public.discount(price_cents) FROM products ORDER BY id LIMIT 2
#: own immutable function in plpgsql
SELECT lib.double(21)
#: own stable function
SELECT lib.stock_of(1)
#: own stable function that returns rows
SELECT count(*) FROM lib.products_above(5000)
#: own operator over an immutable function
SELECT 6 OPERATOR(lib.***) 7
#: own operator by the search path
#setup SET search_path = lib, public
SELECT 6 *** 7
#: own aggregate over an immutable function
SELECT lib.product(id) FROM products WHERE id < 5
#: own domain
SELECT 4::lib.even
#: own cast over an immutable function
SELECT 4::lib.money2
#: own enum
SELECT 'new'::order_status, enum_range(NULL::order_status)
#: own view over a stable function
SELECT * FROM lib.stocks ORDER BY id LIMIT 2
#: own view over a view
SELECT * FROM lib.stocks_again ORDER BY id LIMIT 2
#: own view over random() | varies
SELECT count(*) FROM lib.sample
#: own view over a system view | varies
SELECT count(*) > 0 FROM lib.who
#: a table whose defaults, check and trigger call volatile functions
SELECT * FROM lib.near
#: a view whose trigger calls a volatile function
SELECT * FROM lib.near_view
#: a view whose rule for INSERT calls a volatile function
SELECT * FROM lib.ruled
#: a materialized view over a volatile function
SELECT * FROM lib.rolled
#: a table whose policy for INSERT calls a volatile function
SELECT * FROM lib.written_guarded
#: a cast to a type, where a volatile cast to another type is
SELECT 1::text, 1::numeric, 1::bigint
#: own immutable function by the search path
#setup SET search_path = lib, public
SELECT double(4)
#: a built-in function that has an overload, qualified
SELECT pg_catalog.initcap('abc')
#: a sequence's state
SELECT last_value, is_called FROM invoice_number
#: pg_trgm
SELECT similarity('abc', 'abd'), 'abc' % 'abd', show_limit() FROM products WHERE name % 'Oak lamp' LIMIT 1
#: hstore
SELECT attributes -> 'a', hstore('a', 'b') FROM lib.kinds
#: citext
SELECT mail = 'a@B.C' FROM lib.kinds
#: ltree
SELECT path @> 'x.y.z', nlevel(path) FROM lib.kinds
#: pgcrypto
SELECT encode(digest('x', 'sha256'), 'hex'), encode(hmac('a', 'b', 'md5'), 'hex'), crypt('x', '$1$abcdefgh$') IS NOT NULL
#: uuid-ossp | varies
SELECT uuid_generate_v4(), uuid_generate_v1() IS NOT NULL, uuid_nil(), uuid_generate_v5(uuid_ns_url(), 'x')
#: pgcrypto's random | varies readonly=-
SELECT gen_salt('bf'), gen_random_bytes(4)
#: unaccent and fuzzystrmatch
SELECT unaccent('é'), levenshtein('a', 'b'), soundex('x'), metaphone('x', 4)
#: copy a table to stdout
COPY products TO STDOUT
#: copy a query to stdout
COPY (SELECT id, name FROM customers ORDER BY id LIMIT 2) TO STDOUT WITH (FORMAT csv, HEADER)
#: copy in binary
COPY (SELECT 1) TO STDOUT (FORMAT binary)
#: copy the old way
COPY products (id, name) TO STDOUT WITH DELIMITER ',' NULL '' CSV HEADER
#: copy values
COPY (VALUES (1), (2)) TO STDOUT
#: copy a table
COPY (TABLE products) TO STDOUT
#: explain
EXPLAIN SELECT * FROM orders
#: explain with options
EXPLAIN (COSTS off, VERBOSE, FORMAT json) SELECT * FROM orders WHERE customer_id = 7
#: explain analyze | varies
EXPLAIN ANALYZE SELECT * FROM orders WHERE customer_id = 7
#: explain analyze with options | varies
EXPLAIN (ANALYZE, BUFFERS, TIMING off, SUMMARY off, WAL, FORMAT yaml) SELECT count(*) FROM orders
#: explain of a write plans it and runs nothing
EXPLAIN DELETE FROM order_items
#: explain of an update without a where plans it only
EXPLAIN UPDATE products SET stock = 0
#: explain of an insert
EXPLAIN (COSTS off) INSERT INTO orm.ky (n) VALUES ('x')
#: explain (analyze off)
EXPLAIN (ANALYZE off) DELETE FROM order_items WHERE order_id = 1
#: explain of a cte that writes
EXPLAIN WITH d AS (DELETE FROM order_items WHERE order_id = 1 RETURNING *) SELECT * FROM d
#: explain create table as plans it only
EXPLAIN CREATE TABLE x AS SELECT 1 AS a
#: who am i | varies
SELECT current_user, session_user, user, current_role, current_database(), current_catalog, current_schema, version(), pg_backend_pid(), inet_server_port(), inet_client_addr()
#: what is going on | varies
SELECT pid, state, wait_event_type, query FROM pg_stat_activity WHERE pid = pg_backend_pid()
#: who waits for whom | varies
SELECT pid, pg_blocking_pids(pid) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0
#: locks | varies
SELECT l.locktype, l.mode, l.granted, c.relname FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation
#: statistics of tables | varies
SELECT relname, seq_scan, n_live_tup, last_vacuum FROM pg_stat_user_tables ORDER BY 1
#: statistics of indexes | varies
SELECT * FROM pg_stat_user_indexes JOIN pg_statio_user_indexes USING (indexrelid)
#: statistics of the database | varies
SELECT * FROM pg_stat_database WHERE datname = current_database()
#: the background writer | varies
SELECT * FROM pg_stat_bgwriter
#: replication | varies
SELECT * FROM pg_stat_replication, pg_stat_wal_receiver
#: replication slots
SELECT * FROM pg_replication_slots
#: columns' statistics
SELECT tablename, attname, n_distinct FROM pg_stats WHERE schemaname = 'public' ORDER BY 1, 2
#: sizes | varies
SELECT pg_size_pretty(pg_total_relation_size('orders')), pg_relation_size('orders'), pg_table_size('orders'), pg_indexes_size('orders'), pg_database_size(current_database())
#: is it a replica
SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()
#: the write-ahead log | varies
SELECT pg_current_wal_lsn(), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
#: the start | varies
SELECT pg_postmaster_start_time(), pg_conf_load_time()
#: transaction ids | varies
SELECT txid_current_if_assigned(), pg_current_xact_id_if_assigned(), age(datfrozenxid) FROM pg_database
#: my temporary schema
SELECT pg_my_temp_schema(), pg_is_other_temp_schema(0)
#: definitions
SELECT pg_get_viewdef('order_totals'::regclass), pg_get_functiondef('restock'::regproc), pg_get_indexdef('customers_pkey'::regclass)
#: definitions of constraints and triggers
SELECT conname, pg_get_constraintdef(oid, true) FROM pg_constraint WHERE conrelid = 'orders'::regclass ORDER BY 1
#: names to oids and back
SELECT 'orders'::regclass::oid > 0, to_regclass('nothing'), 'restock'::regproc, format_type(23, -1)
#: descriptions
SELECT obj_description('orders'::regclass, 'pg_class'), col_description('orders'::regclass, 1), shobj_description(1, 'pg_database')
#: privileges
SELECT has_table_privilege('orders', 'SELECT'), has_schema_privilege('public', 'USAGE'), has_database_privilege(current_database(), 'CONNECT'), pg_has_role('pgmoat_app', 'MEMBER')
#: row_security_active
SELECT row_security_active('orders')
#: information_schema, tables
SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 2
#: information_schema, columns
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position
#: information_schema, keys
SELECT tc.constraint_name, kcu.column_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_name) WHERE tc.table_name = 'orders' ORDER BY 1
#: information_schema, routines
SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'lib' ORDER BY 1
#: information_schema, schemata
SELECT schema_name FROM information_schema.schemata ORDER BY 1
#: information_schema, privileges
SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = 'orders' ORDER BY 1, 2
#: a large object
SELECT lo_get(4242), loread(lo_open(4242, 262144), 5)
#: the notification queue
SELECT pg_notification_queue_usage() >= 0
#: the release of all advisory locks
SELECT pg_advisory_unlock_all()
#: available extensions
SELECT name, installed_version IS NOT NULL FROM pg_available_extensions WHERE name LIKE 'pg_t%' ORDER BY 1
#: time zones
SELECT count(*) > 100 FROM pg_timezone_names
#: keywords
SELECT count(*) FROM pg_get_keywords()
#: cursors and prepared statements of the session | varies
SELECT (SELECT count(*) FROM pg_cursors), (SELECT count(*) FROM pg_prepared_statements)
