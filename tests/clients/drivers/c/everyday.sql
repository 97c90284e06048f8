-- What people do in psql; its variables tell what came of it.
\set VERBOSITY verbose
\pset pager off
SELECT 1 AS simple;
SELECT 'żółw' AS a, NULL AS b \gx
SELECT 1 AS one \; SELECT 2 AS two;
SELECT 1 / 0;
\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE
SELECT fail_with_everything();
\errverbose
SELECT notice_with_everything();
SELECT 'x' AS y \gset
\echo :y
SELECT 1 AS a, 'b' AS c \gdesc
SELECT format('SELECT %s', n) FROM generate_series(1, 3) n \gexec
\set FETCH_COUNT 100
SELECT sum(length(name)) OVER (ORDER BY id) FROM customers;
\set FETCH_COUNT 0
\d notes
\d+ orders
\dt
\df fail*
\dn
\l shop
\copy (SELECT id, name FROM customers ORDER BY id LIMIT 3) TO STDOUT WITH (FORMAT csv, HEADER)
COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) n) TO STDOUT;
BEGIN;
SELECT nope;
\echo :SQLSTATE
SELECT 1;
\echo :SQLSTATE
ROLLBACK;
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT nope;
SELECT 'goes on';
COMMIT;
\set ON_ERROR_ROLLBACK off
\c -
SELECT 'again' AS connected;
SET client_encoding TO LATIN1;
\encoding UTF8
SELECT 'ż' AS back;
