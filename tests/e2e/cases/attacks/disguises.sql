# One intention in many spellings.  All of it is refused to all: the statement is a TRUNCATE, a
# DROP or a DELETE of everything.

#for readonly=write app=42501 deploy=42501
#: lower case
drop table order_items
#: mixed case
dRoP tAbLe order_items
#: line breaks
DROP

TABLE
  order_items
#: tabs
DROP{tab}TABLE{tab}order_items
#: form feed
DROP{ff}TABLE{ff}order_items
#: carriage returns
DROP{cr}TABLE{cr}order_items
#: comments for spaces
DROP/**/TABLE/**/order_items
#: no space at all
DELETE/**/FROM"order_items"
#: a leading comment
/* harmless */ DROP TABLE order_items
#: a leading line comment
-- SELECT 1
DROP TABLE order_items
#: a comment ended by a carriage return
-- harmless{cr}DELETE FROM order_items
#: nested comments
/* /* SELECT */ */ DELETE FROM order_items
#: nested comments that end late
/* /* */ SELECT 1; */ DROP TABLE order_items
#: a comment that looks like its end
/*/ */ DROP TABLE order_items
#: a comment that looks like a hint
/*+ SeqScan(x) */ DROP TABLE order_items
#: a comment between every two words
DROP /* x */ TABLE /* y */ IF /* z */ EXISTS order_items /* SELECT */
#: MySQL's executable comment is a comment, what follows is not
/*! SELECT 1 */ DROP TABLE order_items
#: a sqlcommenter tag
DROP TABLE order_items /*controller='read',traceparent='00-0-0-01'*/
#: a pgmoat allow that nobody reads
/* pgmoat: allow */ DROP TABLE order_items
#: a role in a comment
/* role=admin */ DROP TABLE order_items -- pgmoat:admin
#: an empty statement before
; DROP TABLE order_items
#: empty statements around
;;; DROP TABLE order_items ;;;
#: a second statement
SELECT 1; DROP TABLE order_items
#: the first of two
DROP TABLE order_items; SELECT 1
#: the last of many
SELECT 1; SELECT 2; SELECT 3; SELECT 4; SELECT 5; SELECT 6; SELECT 7; SELECT 8; TRUNCATE order_items
#: after a commit
SELECT 1; COMMIT; DROP TABLE order_items
#: after a rollback
BEGIN; ROLLBACK; DROP TABLE order_items
#: in a transaction
BEGIN; DROP TABLE order_items; COMMIT
#: after a savepoint
BEGIN; SAVEPOINT a; DROP TABLE order_items; ROLLBACK TO a; COMMIT
#: between strings that hold comment marks
SELECT '/*'; DROP TABLE order_items; SELECT '*/'
#: after a string that holds a line comment
SELECT '--'; DROP TABLE order_items
#: after a string with two quotes
SELECT ''''; DROP TABLE order_items; SELECT ''''
#: after a string that ends in a backslash
SELECT '\'; DROP TABLE order_items; SELECT '\'
#: after an escape string with a quote in it
SELECT E'\''; DROP TABLE order_items; SELECT E'\''
#: after an escape string with two backslashes
SELECT E'\\'; DROP TABLE order_items; SELECT ''
#: after a dollar quote
SELECT $a$ text $a$; DROP TABLE order_items; SELECT $a$ text $a$
#: after a dollar quote with another inside
SELECT $a$ $b$ $a$; DROP TABLE order_items; SELECT $b$ $a$ $b$
#: after an empty dollar quote
SELECT $$$$; DROP TABLE order_items; SELECT $$$$
#: after a bit string
SELECT B'101', X'1F'; DROP TABLE order_items
#: after a national string
SELECT N'a'; DROP TABLE order_items
#: after strings that go on in the next line
SELECT 'a'
'b'; DROP TABLE order_items
#: after a unicode string with its own escape
SELECT U&'d!0061t' UESCAPE '!'; DROP TABLE order_items
#: after a quoted identifier with a quote
SELECT 1 AS "a""; SELECT"; DROP TABLE order_items
#: after an identifier with a dollar
SELECT 1 AS a$a$; DROP TABLE order_items; SELECT 1 AS b$a$
#: an operator that looks like a comment, with a space
SELECT 1 - -1; DROP TABLE order_items
#: a cast that looks like two statements
SELECT '1; SELECT 2'::text; DROP TABLE order_items
#: a unicode identifier
DROP TABLE U&"\006frder_items"
#: a unicode identifier with six digits
DROP TABLE U&"\+00006frder_items"
#: a unicode identifier with its own escape
DROP TABLE U&"!006frder_items" UESCAPE '!'
#: a delete by a unicode identifier
DELETE FROM U&"order\005fitems"
#: quoted
DELETE FROM "order_items"
#: with the schema in quotes
DELETE FROM "public"."order_items"
#: with the database's name
DELETE FROM corpus.public.order_items
#: with a star
DELETE FROM order_items *
#: with an alias that is a keyword
DELETE FROM order_items AS "select"
#: explain analyze in capitals, options in brackets
EXPLAIN (analyze TRUE, costs FALSE) DELETE FROM order_items
#: explain analyze verbose
EXPLAIN ANALYZE VERBOSE DELETE FROM order_items
#: explain analyse
EXPLAIN ANALYSE DELETE FROM order_items
#: explain (analyze 1)
EXPLAIN (COSTS off, ANALYZE 1) UPDATE products SET stock = 0
#: explain (analyze 'on')
EXPLAIN (ANALYZE 'on') DELETE FROM order_items
#: explain (analyze off, analyze on): the last one counts
EXPLAIN (ANALYZE off, ANALYZE on) UPDATE products SET stock = 0
#: explain ("analyze")
EXPLAIN ("analyze") DELETE FROM order_items
#: explain analyze of a cte
EXPLAIN ANALYZE WITH d AS (DELETE FROM order_items RETURNING *) SELECT * FROM d
#: explain analyze behind a select
SELECT 1; EXPLAIN ANALYZE DELETE FROM order_items
#: prepare with types
PREPARE d (int, text) AS DELETE FROM order_items
#: prepare a cte
PREPARE d AS WITH x AS (DELETE FROM order_items RETURNING *) SELECT * FROM x
#: prepare under a quoted name
PREPARE "select 1" AS DELETE FROM order_items
#: copy of a cte
COPY (WITH d AS (DELETE FROM order_items RETURNING *) SELECT * FROM d) TO STDOUT
#: copy (merge …) is not grammar in 15; copy (delete) in csv
COPY (DELETE FROM order_items RETURNING *) TO STDOUT WITH (FORMAT csv)
#: a cte of a cte of a cte
WITH a AS (WITH b AS (WITH c AS (DELETE FROM order_items RETURNING 1) SELECT * FROM c) SELECT * FROM b) SELECT * FROM a
#: a cte under an insert
WITH d AS (DELETE FROM order_items RETURNING order_id) INSERT INTO orders (customer_id) SELECT order_id FROM d
#: a cte inside a subquery
SELECT * FROM (WITH gone AS (DELETE FROM order_items RETURNING 1) SELECT * FROM gone) AS t
#: a cte inside an exists
SELECT EXISTS (WITH gone AS (DELETE FROM order_items RETURNING 1) SELECT * FROM gone)
#: a cte under a union
(WITH gone AS (DELETE FROM order_items RETURNING 1) SELECT 1) UNION SELECT 2
#: a cte under values
WITH gone AS (DELETE FROM order_items) VALUES (1)
#: a cte under table
WITH gone AS (DELETE FROM order_items RETURNING *) TABLE gone
#: a cursor over a cte
DECLARE c CURSOR FOR WITH gone AS (DELETE FROM order_items RETURNING *) SELECT * FROM gone
#: a temporary table over a cte
CREATE TEMP TABLE t AS WITH d AS (DELETE FROM order_items RETURNING *) SELECT * FROM d
#: a rule of a temporary view is DDL and no way round
CREATE TEMP TABLE t (a int); CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM order_items
#: merge in explain analyze in a cte
EXPLAIN ANALYZE WITH a AS (SELECT 1) MERGE INTO products p USING a ON true WHEN MATCHED THEN UPDATE SET stock = 0
#: a dollar quote in a dollar quote, run by do | readonly=42501
DO $outer$ BEGIN EXECUTE $inner$DELETE FROM order_items$inner$; END $outer$
