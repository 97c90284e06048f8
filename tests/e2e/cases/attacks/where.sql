# DELETE, UPDATE and MERGE whose condition excludes no row.

#for readonly=write app=42501 deploy=42501
#: delete without where
DELETE FROM order_items
#: delete from only
DELETE FROM ONLY order_items
#: delete with an alias
DELETE FROM order_items AS i RETURNING i.quantity
#: update without where
UPDATE products SET stock = 0
#: update of several columns from a subquery
UPDATE products SET (stock, name) = (SELECT 0, 'x')
#: update to its own default
UPDATE products SET stock = DEFAULT
#: where true
DELETE FROM order_items WHERE true
#: where 'true', a text that becomes a boolean
DELETE FROM order_items WHERE 'true'
#: where 't'::boolean
DELETE FROM order_items WHERE 't'::boolean
#: where cast('yes' as bool)
DELETE FROM order_items WHERE CAST('yes' AS bool)
#: where 1=1, as an ORM's deleteMany
DELETE FROM "public"."order_items" WHERE 1=1
#: where 1 = 1 and 2 = 2
DELETE FROM order_items WHERE 1 = 1 AND 2 = 2
#: where 'a' = 'a'
DELETE FROM order_items WHERE 'a' = 'a'
#: where 1 < 2
DELETE FROM order_items WHERE 1 < 2
#: where 2 <> 1
UPDATE products SET stock = 0 WHERE 2 <> 1
#: where 2 != 1
UPDATE products SET stock = 0 WHERE 2 != 1
#: where not false
UPDATE products SET stock = 0 WHERE NOT false
#: where not not true
UPDATE products SET stock = 0 WHERE NOT NOT true
#: where not (1 = 2)
UPDATE products SET stock = 0 WHERE NOT (1 = 2)
#: where … or true
UPDATE products SET stock = 0 WHERE id = 1 OR true
#: where … or 1 = 1, the classic injection
UPDATE products SET stock = 0 WHERE id = 1 OR 1 = 1
#: where … or 'x' = 'x' behind a comment
UPDATE products SET stock = 0 WHERE name = '' OR 'x' = 'x' -- '
#: where true or …, deep in brackets
DELETE FROM order_items WHERE ((((true)) OR (order_id = 1)))
#: where true and true or false
DELETE FROM order_items WHERE true AND true OR false
#: where x = x
DELETE FROM order_items WHERE order_id = order_id
#: where t.x = x
DELETE FROM order_items WHERE order_items.order_id = order_id
#: where x >= x
DELETE FROM order_items WHERE quantity >= quantity
#: where x <= x, quoted
DELETE FROM order_items WHERE "quantity" <= quantity
#: where x is not distinct from x
DELETE FROM order_items WHERE order_id IS NOT DISTINCT FROM order_id
#: where not x is distinct from x
DELETE FROM order_items WHERE NOT order_id IS DISTINCT FROM order_id
#: where x is null or x is not null
DELETE FROM order_items WHERE order_id IS NULL OR order_id IS NOT NULL
#: where x is not null or x is null, the other order, more brackets
UPDATE products SET stock = 0 WHERE ((name IS NOT NULL) OR ((name IS NULL)))
#: where not (x is null and x is not null), by De Morgan
UPDATE products SET stock = 0 WHERE NOT (name IS NULL AND name IS NOT NULL)
#: where x = 1 or x <> 1
DELETE FROM order_items WHERE order_id = 1 OR order_id <> 1
#: where x < 5 or x >= 5
DELETE FROM order_items WHERE order_id < 5 OR order_id >= 5
#: where x or not x
DELETE FROM order_items WHERE (quantity > 1) OR NOT (quantity > 1)
#: where x is true or x is not true
DELETE FROM order_items WHERE (quantity > 1) IS TRUE OR (quantity > 1) IS NOT TRUE
#: where coalesce(x = x, true)
DELETE FROM order_items WHERE coalesce(order_id = order_id, true)
#: where coalesce(true, x)
DELETE FROM order_items WHERE coalesce(true, order_id = 1)
#: where 1 between 0 and 2
DELETE FROM order_items WHERE 1 BETWEEN 0 AND 2
#: where 1 between symmetric 2 and 0
DELETE FROM order_items WHERE 1 BETWEEN SYMMETRIC 2 AND 0
#: where x between x and x
DELETE FROM order_items WHERE quantity BETWEEN quantity AND quantity
#: where 1 in (1, 2)
DELETE FROM order_items WHERE 1 IN (1, 2)
#: where 3 not in (1, 2)
DELETE FROM order_items WHERE 3 NOT IN (1, 2)
#: where x in (x)
DELETE FROM order_items WHERE order_id IN (order_id)
#: where x in (1, x)
DELETE FROM order_items WHERE order_id IN (1, order_id)
#: where 1 = any (array[1])
DELETE FROM order_items WHERE 1 = ANY (ARRAY[1])
#: where x in (select x from the same table)
DELETE FROM products WHERE id IN (SELECT id FROM products)
#: … with an alias
DELETE FROM products WHERE id IN (SELECT p.id FROM products p)
#: … qualified
DELETE FROM products WHERE id IN (SELECT public.products.id FROM public.products)
#: … = any (select …)
DELETE FROM products WHERE id = ANY (SELECT id FROM products)
#: … over ctid
DELETE FROM order_items WHERE ctid IN (SELECT ctid FROM order_items)
#: … over an array of ctids
DELETE FROM order_items WHERE ctid = ANY (ARRAY(SELECT ctid FROM order_items))
#: ctid from the very first
DELETE FROM order_items WHERE ctid >= '(0,0)'
#: ctid is not null
DELETE FROM order_items WHERE ctid IS NOT NULL
#: tableoid is not null
DELETE FROM order_items WHERE tableoid IS NOT NULL
#: exists of a constant
DELETE FROM order_items WHERE EXISTS (SELECT 1)
#: exists of a table
DELETE FROM order_items WHERE EXISTS (SELECT FROM products)
#: exists, with the condition among what is selected
DELETE FROM order_items WHERE EXISTS (SELECT products.id = order_items.product_id FROM products)
#: exists, that orders by the row
DELETE FROM order_items WHERE EXISTS (SELECT 1 FROM products ORDER BY order_items.product_id)
#: exists of values
DELETE FROM order_items WHERE EXISTS (VALUES (1))
#: a subquery that is a constant
DELETE FROM order_items WHERE (SELECT true)
#: a subquery of a subquery
DELETE FROM order_items WHERE (SELECT (SELECT 1 = 1))
#: a subquery that counts
DELETE FROM order_items WHERE (SELECT count(*) FROM products) > 0
#: like '%'
DELETE FROM products WHERE name LIKE '%'
#: like '%%'
DELETE FROM products WHERE name LIKE '%%'
#: ilike '%'
DELETE FROM products WHERE name ILIKE '%'
#: ~~ '%'
DELETE FROM products WHERE name ~~ '%'
#: ~ ''
DELETE FROM products WHERE name ~ ''
#: ~ '.*'
DELETE FROM products WHERE name ~ '.*'
#: similar to '%'
DELETE FROM products WHERE name SIMILAR TO '%'
#: not like an impossibility is no help either: x = x and true
DELETE FROM products WHERE name = name AND true
#: case when true
DELETE FROM order_items WHERE CASE WHEN true THEN true ELSE order_id = 1 END
#: case with the same in every branch
DELETE FROM order_items WHERE CASE WHEN order_id = 1 THEN true ELSE true END
#: a constant in a row comparison
DELETE FROM order_items WHERE (1, 2) = (1, 2)
#: the row with itself
DELETE FROM order_items WHERE (order_id, product_id) = (order_id, product_id)
#: null is null
DELETE FROM order_items WHERE NULL IS NULL
#: (1 = 1) is true
DELETE FROM order_items WHERE (1 = 1) IS TRUE
#: (1 = 2) is false
DELETE FROM order_items WHERE (1 = 2) IS FALSE
#: true = true
DELETE FROM order_items WHERE true = true
#: 1 + 1 = 2
DELETE FROM order_items WHERE 1 + 1 = 2
#: an operator by its full name
DELETE FROM order_items WHERE 1 OPERATOR(pg_catalog.=) 1
#: x = x by the operator's full name
DELETE FROM order_items WHERE order_id OPERATOR(pg_catalog.=) order_id
#: x = x + 0 is left to others; x - x = 0 too; but x = (x)
DELETE FROM order_items WHERE order_id = (order_id)
#: x = x with a cast on both sides
DELETE FROM order_items WHERE order_id::text = order_id::text
#: delete using without a condition
DELETE FROM order_items USING orders
#: delete using with a condition on the other table only
DELETE FROM order_items USING orders o WHERE o.id = 1
#: delete using a subquery of one row
DELETE FROM order_items USING (SELECT 1 AS one) s WHERE s.one = 1
#: update from without a condition
UPDATE products SET stock = 0 FROM orders
#: update from with a condition on the other table only
UPDATE products p SET stock = 0 FROM orders o WHERE o.id = 3
#: update from values
UPDATE products SET stock = v.n FROM (VALUES (0)) AS v(n)
#: delete in a cte
WITH gone AS (DELETE FROM order_items RETURNING *) SELECT count(*) FROM gone
#: delete in a cte that nobody reads
WITH gone AS (DELETE FROM order_items) SELECT 1
#: the second of two ctes
WITH one AS (DELETE FROM order_items WHERE order_id = 1), rest AS (DELETE FROM order_items) SELECT 1
#: update in a cte of an insert
WITH u AS (UPDATE products SET stock = 0 RETURNING id) INSERT INTO orders (customer_id) SELECT id FROM u
#: update in a cte of a cte
WITH outer_one AS (WITH inner_one AS (UPDATE products SET stock = 0 RETURNING id) SELECT * FROM inner_one) SELECT * FROM outer_one
#: a cte as the source of a delete of everything
WITH s AS (SELECT 1) DELETE FROM order_items USING s
#: merge on true
MERGE INTO products p USING (SELECT 1 AS id) s ON true WHEN MATCHED THEN DELETE
#: merge on 1 = 1, update
MERGE INTO products p USING orders o ON 1 = 1 WHEN MATCHED THEN UPDATE SET stock = 0
#: merge on the source alone
MERGE INTO products p USING (SELECT 1 AS id) s ON s.id = 1 WHEN MATCHED THEN UPDATE SET stock = 0
#: merge with the target itself
MERGE INTO products p USING products q ON p.id = q.id WHEN MATCHED THEN DELETE
#: merge with itself in a subquery
MERGE INTO products p USING (SELECT id FROM products) s ON p.id = s.id WHEN MATCHED THEN UPDATE SET stock = 0
#: an upsert of the table itself
INSERT INTO products SELECT * FROM products ON CONFLICT (id) DO UPDATE SET stock = 77
#: … with where true
INSERT INTO products SELECT * FROM products ON CONFLICT (id) DO UPDATE SET stock = 77 WHERE true
#: behind another statement
SELECT 1; DELETE FROM order_items
#: between two
UPDATE products SET stock = 1 WHERE id = 1; UPDATE products SET stock = 0; SELECT 1
#: behind a good one of the same kind
DELETE FROM order_items WHERE order_id = 1; DELETE FROM order_items
#: explain analyze
EXPLAIN ANALYZE DELETE FROM order_items
#: explain (analyze), update where true
EXPLAIN (ANALYZE, VERBOSE) UPDATE products SET stock = 0 WHERE true
#: prepare
PREPARE d AS DELETE FROM order_items
#: prepare with a parameter that is not in the condition
PREPARE d(int) AS UPDATE products SET stock = $1
#: copy (delete … returning) to stdout
COPY (DELETE FROM order_items RETURNING *) TO STDOUT
#: copy (update … returning) to stdout
COPY (UPDATE products SET stock = 0 RETURNING id) TO STDOUT
#: a default of the where in a comment
DELETE FROM order_items /* WHERE order_id = 1 */
#: where hidden behind a line comment
DELETE FROM order_items -- WHERE order_id = 1
#: returning a subquery that has a where
DELETE FROM order_items RETURNING (SELECT 1 WHERE 1 = 0)
#: set with a subquery that has a where
UPDATE products SET stock = (SELECT 1 WHERE 1 = 1)
#: a with clause that has a where
WITH s AS (SELECT 1 WHERE 1 = 0) DELETE FROM order_items
#: delete where current of, over everything, is not understood as a condition: where … or true
DELETE FROM order_items WHERE NOT (order_id = 1 AND false)
#: a parameter beside a constant truth
#bind [1]
DELETE FROM order_items WHERE order_id = $1 OR 1 = 1
#: the same column by an array of the same table
DELETE FROM products WHERE id = ANY (ARRAY(SELECT id FROM products))
#: the same row by exists
DELETE FROM products WHERE EXISTS (SELECT 1 FROM products p WHERE p.id = products.id)
#: a join with itself on ctid
DELETE FROM order_items a USING order_items b WHERE a.ctid = b.ctid
#: a join with itself on its key
UPDATE products SET stock = 0 FROM products q WHERE products.id = q.id
#: a join with a subquery of itself
UPDATE products SET stock = 0 FROM (SELECT id FROM products) s WHERE s.id = products.id
#: a condition on a function in FROM only
UPDATE products SET stock = 0 FROM generate_series(1, 3) AS g(n) WHERE g.n = 1
#: what chance decides
DELETE FROM order_items WHERE random() < 2
#: what the time decides
DELETE FROM order_items WHERE now() > '2000-01-01'
#: what the session decides
DELETE FROM order_items WHERE current_user = 'app_super'
#: what a setting decides
DELETE FROM order_items WHERE current_setting('server_version_num')::int > 0
#: what a parameter alone decides
#bind [true]
DELETE FROM order_items WHERE $1::boolean
#: the same function of the same column on both sides
DELETE FROM order_items WHERE abs(order_id) = abs(order_id)
#: (x = 1) is null or is not null
DELETE FROM order_items WHERE (order_id = 1) IS NULL OR (order_id = 1) IS NOT NULL
#: x is true, or false, or unknown
DELETE FROM order_items WHERE (order_id = 1) IS TRUE OR (order_id = 1) IS FALSE OR (order_id = 1) IS UNKNOWN
#: x in a list or not in it
DELETE FROM order_items WHERE order_id IN (1, 2) OR order_id NOT IN (1, 2)
#: x like a pattern or not
DELETE FROM products WHERE name LIKE 'a%' OR name NOT LIKE 'a%'
#: x between or not between
DELETE FROM products WHERE id BETWEEN 1 AND 5 OR id NOT BETWEEN 1 AND 5
#: not (x and not x)
DELETE FROM order_items WHERE NOT (order_id = 1 AND order_id <> 1)
#: greatest of true and a condition
DELETE FROM order_items WHERE greatest(true, order_id = 1)
#: true in a list that has it
DELETE FROM order_items WHERE true IN (true, order_id = 1)
#: nullif of true and false
DELETE FROM order_items WHERE nullif(true, false)
#: a simple case with one end
DELETE FROM order_items WHERE CASE order_id WHEN 1 THEN true ELSE true END
#: arrays that are constants
DELETE FROM order_items WHERE '{1}'::int[] @> '{}'
#: a cast like '%'
DELETE FROM order_items WHERE order_id::text LIKE '%'
#: a cast ~ ''
DELETE FROM order_items WHERE order_id::text ~ ''
#: like '%' || '%'
DELETE FROM products WHERE name LIKE '%' || '%'
#: like '%' escape '!'
DELETE FROM products WHERE name LIKE '%' ESCAPE '!'
#: ~* '.*', not !~ ''
DELETE FROM products WHERE NOT name !~* ''
#: starts with nothing
DELETE FROM products WHERE name ^@ ''
#: exists of what is always so
DELETE FROM order_items WHERE EXISTS (SELECT 1 WHERE order_items.order_id = order_items.order_id)
#: a scalar subquery of what is always so
DELETE FROM order_items WHERE (SELECT order_items.order_id = order_items.order_id)
#: x = (select x)
DELETE FROM order_items WHERE order_id = (SELECT order_items.order_id)
#: x in (select x) without a from
DELETE FROM order_items WHERE order_id IN (SELECT order_items.order_id)
#: x in (values (x))
DELETE FROM order_items WHERE order_id IN (VALUES (order_items.order_id))
#: x = any (array[x])
DELETE FROM order_items WHERE order_id = ANY (ARRAY[order_id])
#: the whole row with itself
DELETE FROM order_items WHERE order_items IS NOT DISTINCT FROM order_items
#: the whole row equals itself
DELETE FROM order_items WHERE order_items = order_items
#: ctid above the lowest
DELETE FROM order_items WHERE ctid > '(0,0)'
#: ctid from the first
DELETE FROM order_items WHERE ctid >= '(0,1)'::tid
#: ctid below the highest
DELETE FROM order_items WHERE ctid < '(4294967295,0)'
#: ctid is not one that cannot be
DELETE FROM order_items WHERE ctid <> '(0,0)'
#: ctid between the ends
DELETE FROM order_items WHERE ctid BETWEEN '(0,0)' AND '(4294967294,0)'
#: xmin is not null
DELETE FROM order_items WHERE xmin IS NOT NULL
#: merge on the target with itself
MERGE INTO products p USING orders o ON p.id = p.id WHEN MATCHED THEN UPDATE SET stock = 0
#: merge on the source not being null
MERGE INTO products p USING (SELECT 1 AS id) s ON s.id IS NOT NULL WHEN MATCHED THEN DELETE
#: merge when matched and true
MERGE INTO products p USING (SELECT 1 AS id) s ON true WHEN MATCHED AND 1 = 1 THEN DELETE
#: an upsert of the table itself by a cte
WITH s AS (SELECT * FROM products) INSERT INTO products SELECT * FROM s ON CONFLICT (id) DO UPDATE SET stock = 77
#: an upsert of the table itself by a subquery
INSERT INTO products SELECT s.* FROM (SELECT * FROM products) s ON CONFLICT (id) DO UPDATE SET stock = 77
#: a view without a where
UPDATE lib.stocks SET id = 1
