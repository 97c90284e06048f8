# What an application writes all day; none of it is for readonly.

#for readonly=write app=ok deploy=ok
#: insert
INSERT INTO products (name, price_cents) VALUES ('x', 1)
#: insert several rows
INSERT INTO products (name, price_cents) VALUES ('x', 1), ('y', 2), ('z', 3)
#: insert returning
INSERT INTO customers (name, email, city) VALUES ('x', 'x@example.com', 'x') RETURNING id, created_at
#: insert with parameters
#bind ["x", 12]
INSERT INTO products (name, price_cents) VALUES ($1, $2)
#: insert default values
INSERT INTO orm.ky DEFAULT VALUES
#: insert from a select
INSERT INTO products (name, price_cents) SELECT name, price_cents FROM products WHERE id < 3
#: insert from a cte
WITH s AS (SELECT 'x' AS n) INSERT INTO products (name, price_cents) SELECT n, 1 FROM s
#: insert overriding the identity
INSERT INTO products (id, name, price_cents) OVERRIDING SYSTEM VALUE VALUES (900, 'x', 1)
#: insert with an alias
INSERT INTO products AS p (name, price_cents) VALUES ('x', 1) RETURNING p.*
#: insert into a partitioned table
INSERT INTO lib.days VALUES (1, '2026-05-05')
#: insert an array, json and a range
INSERT INTO lib.kinds (id, tags, data, span) VALUES (9, ARRAY['x', 'y'], '{"k": 1}', int4range(1, 5))
#: insert on conflict do nothing
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT DO NOTHING
#: insert on conflict (column) do nothing returning
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO NOTHING RETURNING id
#: upsert
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET stock = 0
#: upsert with excluded
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, price_cents = EXCLUDED.price_cents
#: upsert with a where
INSERT INTO products AS p (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET stock = p.stock + 1 WHERE p.stock < 100
#: upsert on a constraint
INSERT INTO products (id, name, price_cents) VALUES (1, 'x', 1) ON CONFLICT ON CONSTRAINT products_pkey DO UPDATE SET stock = 1
#: upsert of many rows
INSERT INTO products (id, name, price_cents) VALUES (1, 'a', 1), (2, 'b', 2) ON CONFLICT (id) DO UPDATE SET price_cents = excluded.price_cents RETURNING (xmax = 0) AS inserted
#: upsert from unnest
INSERT INTO products (id, name, price_cents) SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b'], ARRAY[1, 2]) ON CONFLICT (id) DO UPDATE SET name = excluded.name
#: update by key
UPDATE products SET stock = 0 WHERE id = 1
#: update by key with parameters
#bind [5, 1]
UPDATE products SET stock = $1 WHERE id = $2
#: update returning
UPDATE products SET stock = stock - 1 WHERE id = 1 AND stock > 0 RETURNING stock
#: update with a list
UPDATE products SET stock = 0 WHERE id IN (1, 2, 3)
#: update with any of an array
#bind ["{1,2,3}"]
UPDATE products SET stock = 0 WHERE id = ANY ($1::int[])
#: update with like
UPDATE products SET stock = 0 WHERE name LIKE 'Oak%'
#: update with between
UPDATE products SET stock = 0 WHERE id BETWEEN 3 AND 5
#: update from another table
UPDATE products p SET stock = 0 FROM order_items i WHERE i.product_id = p.id AND i.order_id = 1
#: update from values
UPDATE products AS p SET stock = v.stock FROM (VALUES (1, 10), (2, 20)) AS v(id, stock) WHERE v.id = p.id
#: update from unnest
UPDATE products AS p SET stock = u.n FROM unnest(ARRAY[1, 2], ARRAY[7, 8]) AS u(id, n) WHERE u.id = p.id
#: update of several columns at once
UPDATE products SET (name, stock) = ('x', 0) WHERE id = 1
#: update of several columns from a select
UPDATE products p SET (name, stock) = (SELECT q.name, q.stock FROM products q WHERE q.id = p.id + 1) WHERE p.id = 1
#: update by a subquery
UPDATE orders SET status = 'paid' WHERE customer_id IN (SELECT id FROM customers WHERE city = 'Oslo')
#: update by exists
UPDATE orders o SET status = 'paid' WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id AND c.city = 'Oslo')
#: update of a json field
UPDATE lib.kinds SET data = jsonb_set(data, '{a,b}', '3') WHERE id = 1
#: update by a json field
UPDATE lib.kinds SET note = 'x' WHERE data @> '{"a": {}}'
#: update of an array element
UPDATE lib.kinds SET tags[1] = 'z' WHERE id = 1
#: update, soft delete
UPDATE customers SET name = 'deleted' WHERE id = 5 AND name IS NOT NULL
#: update with optimistic locking
UPDATE products SET stock = 3, name = name WHERE id = 1 AND stock = 29
#: update with skip locked
UPDATE orders SET status = 'shipped' WHERE id IN (SELECT id FROM orders WHERE status = 'paid' ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED) RETURNING id
#: update where false, as an ORM does for an empty list
UPDATE products SET stock = 0 WHERE 1 = 0
#: update where current of
#setup DECLARE cur CURSOR FOR SELECT * FROM products FOR UPDATE
#setup FETCH 1 FROM cur
UPDATE products SET stock = 1 WHERE CURRENT OF cur
#: delete by key
DELETE FROM order_items WHERE order_id = 1
#: delete by two keys
DELETE FROM order_items WHERE order_id = 1 AND product_id = 18
#: delete by a row comparison
DELETE FROM order_items WHERE (order_id, product_id) IN ((1, 18), (2, 25))
#: delete returning
DELETE FROM order_items WHERE order_id = 2 RETURNING *
#: delete using
DELETE FROM order_items i USING orders o WHERE o.id = i.order_id AND o.id = 3
#: delete by a subquery
DELETE FROM order_items WHERE order_id IN (SELECT id FROM orders WHERE status = 'returned')
#: delete by not exists
DELETE FROM order_items i WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = i.order_id)
#: delete by time
DELETE FROM order_items i USING orders o WHERE o.id = i.order_id AND o.placed_at < now() - interval '10 years'
#: delete by ctid, one row
DELETE FROM order_items WHERE ctid = '(0,1)'
#: delete a batch by ctid
DELETE FROM order_items WHERE ctid IN (SELECT ctid FROM order_items WHERE order_id < 3 LIMIT 100)
#: delete with or
DELETE FROM order_items WHERE order_id = 1 OR product_id = 7
#: delete with not
DELETE FROM order_items WHERE NOT order_id > 3
#: delete where is null
DELETE FROM lib.kinds WHERE note IS NULL
#: delete where false
DELETE FROM order_items WHERE false
#: delete with true and a condition
DELETE FROM order_items WHERE 1 = 1 AND order_id = 4
#: delete with a condition and Prisma's 1=1
#bind [4]
DELETE FROM "public"."order_items" WHERE ("public"."order_items"."order_id" = $1 AND 1=1)
#: delete only
DELETE FROM ONLY lib.days WHERE id = 1
#: delete by ilike
DELETE FROM products WHERE name ILIKE '%nothing-like-that%'
#: delete by a regular expression
DELETE FROM products WHERE name ~ '^nothing'
#: delete by a range
DELETE FROM lib.kinds WHERE span && int4range(100, 200)
#: merge, update and insert
MERGE INTO products p USING (VALUES (1, 'a'), (901, 'b')) AS s(id, name) ON p.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name, price_cents) VALUES (s.id, s.name, 1)
#: merge, delete
MERGE INTO order_items i USING (SELECT 1 AS order_id) s ON i.order_id = s.order_id WHEN MATCHED THEN DELETE
#: merge, do nothing
MERGE INTO products p USING orders o ON p.id = o.id WHEN MATCHED AND o.status = 'new' THEN UPDATE SET stock = 0 WHEN MATCHED THEN DO NOTHING
#: merge into an alias from a cte
WITH s AS (SELECT 5 AS id) MERGE INTO products AS p USING s ON s.id = p.id WHEN MATCHED THEN UPDATE SET stock = 1
#: a writing cte
WITH gone AS (DELETE FROM order_items WHERE order_id = 1 RETURNING *) SELECT count(*) FROM gone
#: insert in the third cte
WITH a AS (SELECT 1), b AS (SELECT 2), c AS (INSERT INTO products (name, price_cents) VALUES ('x', 1) RETURNING id) SELECT * FROM a
#: moving rows by a cte
WITH moved AS (DELETE FROM orm.ky WHERE id = 1 RETURNING *) INSERT INTO orm.ky SELECT * FROM moved
#: insert of an order with its items
WITH o AS (INSERT INTO orders (customer_id) VALUES (1) RETURNING id) INSERT INTO order_items SELECT id, 1, 2 FROM o
#: update in a cte, then insert when nothing was there
WITH u AS (UPDATE products SET stock = 1 WHERE id = 777 RETURNING 1) INSERT INTO products (id, name, price_cents) SELECT 777, 'x', 1 WHERE NOT EXISTS (SELECT FROM u)
#: explain analyze insert
EXPLAIN ANALYZE INSERT INTO orm.ky (n) VALUES ('x')
#: explain analyze update
EXPLAIN (ANALYZE, BUFFERS) UPDATE products SET stock = 0 WHERE id = 1
#: copy from stdin
#stdin 4\tx
COPY orm.ky FROM STDIN
#: copy from stdin, csv with columns
#stdin id,n
#stdin 5,"y, z"
COPY orm.ky (id, n) FROM STDIN WITH (FORMAT csv, HEADER true)
#: copy from stdin, the old syntax
#stdin 6,x
COPY orm.ky FROM STDIN WITH CSV DELIMITER ','
#: copy from stdin where
#stdin 7\tx
COPY orm.ky FROM STDIN WHERE id > 0
#: copy (delete … where … returning) to stdout
COPY (DELETE FROM order_items WHERE order_id = 1 RETURNING *) TO STDOUT
#: prepare insert
PREPARE ins(text) AS INSERT INTO orm.ky (n) VALUES ($1)
#: prepare delete with a where
PREPARE del(int) AS DELETE FROM order_items WHERE order_id = $1
#: a batch of inserts
INSERT INTO orm.ky (n) VALUES ('a'); INSERT INTO orm.ky (n) VALUES ('b'); UPDATE products SET stock = 1 WHERE id = 1; DELETE FROM order_items WHERE order_id = 9
#: a batch in a transaction of its own | alone
#cleanup DELETE FROM orm.ky WHERE n = 'alone'
BEGIN; INSERT INTO orm.ky (n) VALUES ('alone'); COMMIT
#: a batch that is rolled back | alone
BEGIN; UPDATE products SET stock = 1 WHERE id = 1; ROLLBACK
#: a comment before and behind
/* app:checkout */ UPDATE products SET stock = 0 WHERE id = 1 /*traceparent='00-1'*/

#for readonly=write app=ok deploy=ok
#: select for update
SELECT * FROM products WHERE id = 1 FOR UPDATE
#: select for update of one table, nowait
SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 1 FOR UPDATE OF o NOWAIT
#: select for no key update
SELECT * FROM products WHERE id = 1 FOR NO KEY UPDATE
#: select for share
SELECT * FROM products WHERE id = 1 FOR SHARE
#: select for key share
SELECT * FROM products WHERE id = 1 FOR KEY SHARE
#: select for update skip locked, a queue
SELECT id FROM orders WHERE status = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
#: select for key share in a subquery
SELECT * FROM (SELECT * FROM products FOR KEY SHARE) AS p
#: select for update in a cte
WITH p AS (SELECT id FROM products WHERE id = 1 FOR UPDATE) SELECT * FROM p
#: select for update in a cursor
DECLARE c CURSOR FOR SELECT * FROM products FOR UPDATE

#for readonly=refused app=ok deploy=ok
#: nextval
SELECT nextval('invoice_number')
#: nextval, qualified, as a table
SELECT * FROM pg_catalog.nextval('public.invoice_number'::regclass)
#: nextval by a unicode name
SELECT U&"n\0065xtval"('invoice_number')
#: nextval in quotes
SELECT "pg_catalog"."nextval"('invoice_number')
#: nextval in values
VALUES (nextval('invoice_number'))
#: nextval in a case in a join condition
SELECT 1 FROM products a JOIN products b ON CASE WHEN a.id = 1 AND b.id = 1 THEN nextval('invoice_number') > 0 END
#: nextval in a window definition
SELECT count(*) OVER (PARTITION BY nextval('invoice_number')) FROM products
#: nextval in a filter
SELECT count(*) FILTER (WHERE nextval('invoice_number') > 0) FROM products WHERE id = 1
#: nextval in rows from
SELECT * FROM ROWS FROM (generate_series(1, 2), nextval('invoice_number')) AS t(a, b)
#: nextval in explain analyze
EXPLAIN ANALYZE SELECT nextval('invoice_number')
#: setval
SELECT setval('orm.ky_id_seq', 9000)
#: setval to what a table holds, as after a load
SELECT setval('orm.ky_id_seq', coalesce((SELECT max(id) FROM orm.ky), 1), false)
#: setval by pg_get_serial_sequence
SELECT setval(pg_get_serial_sequence('orm.ky', 'id'), 1)
#: own volatile function
SELECT restock(1)
#: own volatile function in FROM
SELECT * FROM restock(1)
#: own volatile function, qualified, in a WHERE
SELECT 1 FROM products WHERE id = 1 AND public.restock(id) > 0
#: own volatile function in a limit
SELECT 1 LIMIT (SELECT restock(1))
#: call of a procedure that is not listed | app=42501
CALL cancel_order(1)
#: call, qualified, with a named argument | app=42501
CALL public.cancel_order(number => 2)
#: advisory lock
SELECT pg_advisory_xact_lock(1)
#: advisory lock with two keys
SELECT pg_advisory_xact_lock(1, 2)
#: advisory lock, shared
SELECT pg_advisory_xact_lock_shared(1)
#: try advisory lock
SELECT pg_try_advisory_xact_lock(hashtext('job'))
#: session advisory lock and its release | alone
SELECT pg_advisory_lock(55), pg_advisory_unlock(55)
#: try a session advisory lock | alone
SELECT pg_try_advisory_lock(56)
#: advisory lock as a field | alone
SELECT (1::bigint).pg_advisory_lock
#: notify
NOTIFY jobs
#: notify with a payload
NOTIFY jobs, 'one'
#: pg_notify
SELECT pg_notify('jobs', 'two')
#: pg_notify with parameters
#bind ["jobs", "three"]
SELECT pg_notify($1, $2)
#: large object
SELECT lo_from_bytea(0, 'x') > 0
#: large object create
SELECT lo_create(0) > 0
#: large object open and write
SELECT lowrite(lo_open(lo_creat(-1), 131072), 'x')
#: large object put
SELECT lo_put(4242, 0, 'overwritten')
#: large object truncate
SELECT lo_truncate(lo_open(4242, 131072), 0)
#: large object unlink
SELECT lo_unlink(4242)
#: pg_sleep
SELECT pg_sleep(0)
#: lock table in share mode
LOCK TABLE products IN SHARE MODE
#: lock table in row exclusive mode
LOCK TABLE products IN ROW EXCLUSIVE MODE
#: lock table without a mode
LOCK products
#: lock several tables nowait
LOCK TABLE ONLY products, orders IN EXCLUSIVE MODE NOWAIT
#: begin read write | alone
BEGIN READ WRITE
#: begin isolation level, read write | alone
BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE
#: start transaction read write | alone
START TRANSACTION READ WRITE
#: set transaction read write | alone
#setup BEGIN
SET TRANSACTION READ WRITE
#: set session characteristics | alone
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
#: default_transaction_read_only off | alone
SET default_transaction_read_only = off
#: two-phase commit | alone
#setup BEGIN
#cleanup ROLLBACK PREPARED 'of the corpus'
PREPARE TRANSACTION 'of the corpus'
#: set role and back | alone
SET ROLE pgmoat_app

#for readonly=write app=ok deploy=ok
#: create a temporary table
CREATE TEMP TABLE t (a int)
#: create a temporary table on commit drop
CREATE TEMPORARY TABLE t (id int PRIMARY KEY, n text UNIQUE) ON COMMIT DROP
#: create a temporary table as
CREATE TEMP TABLE t AS SELECT * FROM products WHERE id < 5
#: create a temporary table as, on commit delete rows
CREATE TEMP TABLE t ON COMMIT DELETE ROWS AS SELECT 1 AS a
#: create a temporary table like another
CREATE TEMP TABLE t (LIKE products INCLUDING ALL)
#: create a temporary table if not exists
CREATE TEMP TABLE IF NOT EXISTS t (a int)
#: create a temporary table by its schema
CREATE TABLE pg_temp.t (a int)
#: select into a temporary table
SELECT * INTO TEMP t FROM products
#: create a local temporary table, and fill it
CREATE LOCAL TEMPORARY TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT count(*) FROM t
