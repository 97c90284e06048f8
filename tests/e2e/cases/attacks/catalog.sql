# What a name stands for is in the catalog: functions, operators, casts, types, views and tables of
# the user's own that run a volatile function.  The objects are in corpus.sql; each leaves a file
# behind when it runs (`springs`: a test proves it).  `app` may write, and so may use them.

#for readonly=42501 app=- deploy=-
#: a volatile function | springs
SELECT trap.touch(1)
#: … as a table | springs
SELECT * FROM trap.touch(1)
#: … that returns rows | springs
SELECT * FROM trap.rows()
#: … that returns rows, in the select list | springs
SELECT trap.rows()
#: … in rows from | springs
SELECT * FROM ROWS FROM (trap.rows(), generate_series(1, 2)) AS r(a, b)
#: … in quotes | springs
SELECT "trap"."touch"(1)
#: … by unicode escapes | springs
SELECT U&"tr\0061p".U&"t\006fuch"(1)
#: … with the database's name | springs
SELECT corpus.trap.touch(1)
#: … by the search path | springs
#setup SET search_path = trap, public
SELECT touch(1)
#: … by the search path, set_config | springs
#setup SELECT set_config('search_path', 'public, trap', false)
SELECT touch(1)
#: … by SET SCHEMA | springs
#setup SET SCHEMA 'trap'
SELECT touch(1)
#: … as a field | springs
#setup SET search_path = trap, public
SELECT (1).touch
#: … as a column of a composite value | springs
#setup SET search_path = trap, public
SELECT (s.b).peek FROM (SELECT ROW(1)::boxed AS b) AS s
#: … as a column of a table's row | springs
SELECT p.audited FROM products p LIMIT 1
#: … as a column of a table, by its name | springs
SELECT products.audited FROM products LIMIT 1
#: … as a field of a row in brackets | springs
SELECT (p).audited FROM products p LIMIT 1
#: … as a column in a where | springs
SELECT 1 FROM products p WHERE p.audited = 1 AND id = 1
#: … with named notation | springs
SELECT trap.touch(a => 1)
#: … with the old named notation | springs
SELECT trap.touch(a := 1)
#: … in an argument of a harmless one | springs
SELECT lib.double(trap.touch(1))
#: … in a default of a harmless one | springs
SELECT trap.with_default()
#: … prepared | springs
PREPARE t AS SELECT trap.touch(1); EXECUTE t
#: … in a cursor | springs
BEGIN; DECLARE c CURSOR FOR SELECT trap.touch(1); FETCH ALL FROM c; COMMIT
#: … copied | springs
COPY (SELECT trap.touch(1)) TO STDOUT
#: … explained | springs
EXPLAIN ANALYZE SELECT trap.touch(1)
#: an overload of a built-in function | springs
SELECT initcap(5)
#: an overload of a built-in function, qualified | springs
SELECT public.initcap(5)
#: a function that says immutable and calls a volatile one | springs
SELECT trap.looks_harmless(1)
#: … whose value the planner takes | springs
EXPLAIN SELECT trap.looks_harmless(1)
#: a function that runs as its owner | springs
SELECT trap.definer()
#: a volatile function that does no harm: nobody can know
SELECT lib.dice()
#: … in a default value's call, with the harmless one's name before it
SELECT lib.double(lib.dice())
#: … beside a materialized view over it
SELECT n + lib.dice() FROM lib.rolled
#: an operator | springs
SELECT 1 OPERATOR(trap.###) 2
#: an operator before its argument | springs
SELECT OPERATOR(trap.###) 2
#: an operator by the search path | springs
#setup SET search_path = trap, public
SELECT 1 ### 2
#: an operator over any | springs
SELECT 1 OPERATOR(trap.===) ANY (ARRAY[1, 2])
#: an operator over all | springs
SELECT 1 OPERATOR(trap.===) ALL (ARRAY[1, 2])
#: an operator over any of a subquery | springs
SELECT 1 OPERATOR(trap.===) ANY (SELECT 1)
#: an operator in a join | springs
SELECT 1 FROM products a JOIN products b ON a.id OPERATOR(trap.===) b.id LIMIT 1
#: an operator in quotes | springs
SELECT 1 OPERATOR("trap".###) 2
#: a cast | springs
SELECT 1::trap.boxed
#: a cast, spelled out | springs
SELECT CAST(1 AS trap.boxed)
#: a cast as a function's call | springs
SELECT trap.to_boxed(1)
#: a cast that nobody sees, in an argument | springs
SELECT trap.weigh(1)
#: a cast in an array | springs
SELECT ARRAY[1]::trap.boxed[]
#: a cast by the search path | springs
#setup SET search_path = trap, public
SELECT 1::boxed
#: a cast of a column | springs
SELECT id::trap.boxed FROM products WHERE id = 1
#: a domain's check | springs
SELECT 1::trap.checked
#: a domain's check on a text | springs
SELECT '1'::trap.checked
#: a domain's check, the type before the text | springs
SELECT trap.checked '1'
#: a domain over the domain | springs
SELECT CAST('1' AS trap.checked_twice)
#: an array of the domain | springs
SELECT '{1,2}'::trap.checked[]
#: a composite type with the domain in it | springs
SELECT '(1)'::trap.holds_checked
#: a composite type with the domain in it, from json | springs
SELECT * FROM json_populate_record(NULL::trap.holds_checked, '{"a": 1}')
#: a record that is defined with the domain | springs
SELECT * FROM json_to_record('{"a": 1}') AS r(a trap.checked)
#: an argument of the domain | springs
SELECT trap.takes_checked(1)
#: an xml table's column of the domain | springs
SELECT * FROM xmltable('/a' PASSING xml '<a>1</a>' COLUMNS b trap.checked PATH '.')
#: a parameter of the domain
PREPARE d(trap.checked) AS SELECT $1; EXECUTE d(1)
#: a type that a volatile function reads
SELECT '1'::trap.odd
#: an aggregate | springs
SELECT trap.agg(id) FROM products
#: an aggregate over a window | springs
SELECT trap.agg(id) OVER (ORDER BY id) FROM products LIMIT 1
#: an aggregate with distinct and a filter | springs
SELECT trap.agg(DISTINCT id) FILTER (WHERE id < 3) FROM products
#: an aggregate's final function | springs
SELECT trap.agg_final(id) FROM products
#: a view over it | springs
SELECT * FROM trap.v
#: a view over it, one column | springs
SELECT v.t FROM trap.v
#: a view over it, TABLE | springs
TABLE trap.v
#: a view over it, quoted | springs
SELECT * FROM "trap"."v"
#: a view over it, with the database's name | springs
SELECT * FROM corpus.trap.v
#: a view over it, ONLY | springs
SELECT * FROM ONLY trap.v
#: a view over it by the search path | springs
#setup SET search_path = trap
SELECT * FROM v
#: a view over it in a subquery | springs
SELECT (SELECT count(t) FROM trap.v)
#: a view over it in a cte | springs
WITH x AS (SELECT * FROM trap.v) SELECT * FROM x
#: a view over it in an exists | springs
SELECT 1 WHERE EXISTS (SELECT FROM trap.v WHERE t > 0)
#: a view over it, copied | springs
COPY (SELECT * FROM trap.v) TO STDOUT
#: a view over it, explained | springs
EXPLAIN ANALYZE SELECT * FROM trap.v
#: a view over it, prepared | springs
PREPARE v AS TABLE trap.v; EXECUTE v
#: a view over the view | springs
SELECT * FROM trap.vv
#: a view over the view over the view | springs
SELECT * FROM trap.vvv
#: a view over the operator | springs
SELECT * FROM trap.v_operator
#: a view over the cast | springs
SELECT * FROM trap.v_cast
#: a view over the domain | springs
SELECT * FROM trap.v_domain
#: a view over the aggregate | springs
SELECT * FROM trap.v_aggregate
#: a view over it in a cte of its own | springs
SELECT * FROM trap.v_cte
#: a view over it in its where | springs
SELECT * FROM trap.v_where
#: a view over the immutable wrapper | springs
SELECT * FROM trap.v_wrapped
#: a view over the function that runs as its owner | springs
SELECT * FROM trap.v_definer
#: a recursive view | springs
SELECT * FROM trap.v_recursive
#: a rule that made a table a view | springs
SELECT * FROM trap.was_a_table
#: a view over a file of the server
SELECT * FROM trap.v_file
#: a view over a sequence | readonly=refused
SELECT * FROM trap.v_sequence
#: a view over an advisory lock
SELECT * FROM trap.v_lock
#: a view over another server
SELECT * FROM trap.v_dblink
#: a table whose policy calls it
SELECT * FROM trap.guarded
#: a view over the table whose policy calls it
SELECT * FROM trap.v_guarded
#: a foreign table
SELECT * FROM trap.passwd
#: a foreign table of a program | springs
SELECT * FROM trap.program
#: a foreign table, TABLE | springs
TABLE trap.program
#: a foreign table, analysed by explain | springs
EXPLAIN ANALYZE SELECT * FROM trap.program
#: a view over a foreign table | springs
SELECT * FROM trap.v_program
#: a foreign table that is a partition | springs
SELECT * FROM trap.parent
