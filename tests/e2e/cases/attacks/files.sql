# Files and programs of the server.  No role but admin may reach them.

#for readonly=refused app=42501 deploy=42501
#: copy to file
COPY customers TO '{loot}/customers'
#: copy to file, in lower case
copy customers to '{loot}/customers'
#: copy to file, a column list and options
COPY customers (id, name) TO '{loot}/customers' WITH (FORMAT csv, HEADER, FORCE_QUOTE *)
#: copy to file, binary
COPY customers TO '{loot}/customers' (FORMAT binary)
#: copy to file, the old syntax
COPY BINARY customers TO '{loot}/customers'
#: copy to file by an escape string
COPY customers TO E'{loot}/\x63ustomers'
#: copy to file by a unicode escape
COPY customers TO U&'{loot}/\0063ustomers'
#: copy to file by a dollar quote
COPY customers TO $$ {loot}/customers$$
#: copy query to file
COPY (SELECT 1) TO '{loot}/one'
#: copy query over a cte to file
COPY (WITH x AS (SELECT * FROM customers) SELECT * FROM x) TO '{loot}/x'
#: copy values to file
COPY (VALUES (1), (2)) TO '{loot}/values'
#: copy from file
COPY order_items FROM '/etc/passwd'
#: copy from file with where
COPY order_items FROM '/etc/passwd' WHERE order_id = 1
#: copy from file, csv
COPY order_items FROM '/etc/passwd' DELIMITER ':' CSV
#: copy to program
COPY customers TO PROGRAM 'cat > {loot}/customers'
#: copy to program, in mixed case with comments
CoPy/**/customers/**/tO/**/pRoGrAm/**/'cat > {loot}/customers'
#: copy query to program
COPY (SELECT 'x') TO PROGRAM 'touch {loot}/touched'
#: copy from program
COPY customers FROM PROGRAM 'touch {loot}/touched'
#: copy from program behind another statement
SELECT 1; COPY customers FROM PROGRAM 'touch {loot}/touched'
#: copy from stdin, then to a program
COPY (SELECT 1) TO STDOUT; COPY (SELECT 1) TO PROGRAM 'touch {loot}/touched'
#: a file named stdout
COPY customers TO 'stdout'
#: a file named STDIN
COPY customers FROM 'STDIN'
#: pg_read_file
SELECT pg_read_file('PG_VERSION')
#: pg_read_file, qualified
SELECT pg_catalog.pg_read_file('PG_VERSION')
#: pg_read_file with a range
SELECT pg_read_file('/etc/passwd', 0, 100)
#: pg_read_file in capitals
SELECT PG_READ_FILE('PG_VERSION')
#: pg_read_file in quotes
SELECT "pg_read_file"('PG_VERSION')
#: pg_read_file by unicode escapes
SELECT U&"pg\005fread\005ffile"('PG_VERSION')
#: pg_read_file by unicode escapes of its own escape character
SELECT U&"pg!005fread_file" UESCAPE '!' ('PG_VERSION')
#: pg_read_file as a table
SELECT * FROM pg_read_file('PG_VERSION') AS f
#: pg_read_file as a field
SELECT ('PG_VERSION'::text).pg_read_file
#: pg_read_file as a column
SELECT x.pg_read_file FROM unnest(ARRAY['PG_VERSION']) AS x
#: pg_read_file as a column of a subquery
SELECT s.pg_read_file FROM (SELECT 'PG_VERSION'::text) AS s(t), LATERAL (SELECT s.t) AS u
#: pg_read_file in a lateral join
SELECT * FROM customers, LATERAL pg_read_file('PG_VERSION')
#: pg_read_file in a where
SELECT 1 FROM customers WHERE length(pg_read_file('PG_VERSION')) > 0
#: pg_read_file in an order by
SELECT 1 ORDER BY pg_read_file('PG_VERSION')
#: pg_read_file in a group by
SELECT 1 GROUP BY pg_read_file('PG_VERSION')
#: pg_read_file in a having
SELECT count(*) FROM customers HAVING pg_read_file('PG_VERSION') <> ''
#: pg_read_file in a limit
SELECT 1 LIMIT length(pg_read_file('PG_VERSION'))
#: pg_read_file in an offset
SELECT 1 OFFSET length(pg_read_file('PG_VERSION'))
#: pg_read_file in a copy to the client
COPY (SELECT pg_read_file('PG_VERSION')) TO STDOUT
#: pg_read_file in explain analyze
EXPLAIN ANALYZE SELECT pg_read_file('PG_VERSION')
#: pg_read_file in a cursor
DECLARE c CURSOR WITH HOLD FOR SELECT pg_read_file('PG_VERSION')
#: pg_read_file prepared
PREPARE f AS SELECT pg_read_file('PG_VERSION')
#: pg_read_file with a parameter
#bind ["PG_VERSION"]
SELECT pg_read_file($1)
#: pg_read_file in values
VALUES (pg_read_file('PG_VERSION'))
#: pg_read_file in an array
SELECT ARRAY[pg_read_file('PG_VERSION')]
#: pg_read_file in a row
SELECT ROW(1, pg_read_file('PG_VERSION'))
#: pg_read_file in a case
SELECT CASE WHEN true THEN pg_read_file('PG_VERSION') END
#: pg_read_file in coalesce
SELECT coalesce(NULL, pg_read_file('PG_VERSION'))
#: pg_read_file in an aggregate's filter
SELECT count(*) FILTER (WHERE pg_read_file('PG_VERSION') <> '')
#: pg_read_file in an aggregate's order by
SELECT string_agg(name, ',' ORDER BY pg_read_file('PG_VERSION')) FROM customers
#: pg_read_file in a window
SELECT count(*) OVER w FROM customers WINDOW w AS (PARTITION BY pg_read_file('PG_VERSION'))
#: pg_read_file in a recursive cte
WITH RECURSIVE r(a) AS (SELECT pg_read_file('PG_VERSION') UNION SELECT a FROM r) SELECT * FROM r
#: pg_read_file in a subscript
SELECT (ARRAY[1])[length(pg_read_file('PG_VERSION'))]
#: pg_read_file in a grouping set
SELECT count(*) FROM customers GROUP BY GROUPING SETS ((pg_read_file('PG_VERSION')), ())
#: pg_read_file in xml
SELECT xmlelement(name a, pg_read_file('PG_VERSION'))
#: pg_read_file in xmltable
SELECT * FROM xmltable('/a' PASSING xmlparse(document '<a/>') COLUMNS b text DEFAULT pg_read_file('PG_VERSION'))
#: pg_read_file with a variadic call
SELECT concat(VARIADIC ARRAY[pg_read_file('PG_VERSION')])
#: pg_read_file in rows from
SELECT * FROM ROWS FROM (generate_series(1, 2), pg_read_file('PG_VERSION')) AS t(a, b)
#: pg_read_file with a named argument
SELECT pg_read_file(filename => 'PG_VERSION')
#: pg_read_binary_file
SELECT pg_read_binary_file('PG_VERSION')
#: pg_read_binary_file, encoded
SELECT encode(pg_read_binary_file('base/1/pg_filenode.map', 0, 8), 'hex')
#: pg_ls_dir
SELECT * FROM pg_ls_dir('.')
#: pg_ls_waldir
SELECT * FROM pg_ls_waldir()
#: pg_ls_logdir
SELECT * FROM pg_ls_logdir()
#: pg_ls_tmpdir
SELECT * FROM pg_ls_tmpdir()
#: pg_ls_archive_statusdir
SELECT * FROM pg_ls_archive_statusdir()
#: pg_stat_file
SELECT * FROM pg_stat_file('PG_VERSION')
#: a file of the server behind a view
SELECT * FROM pg_hba_file_rules
#: … behind a view, qualified
SELECT * FROM pg_catalog.pg_hba_file_rules
#: … pg_file_settings
TABLE pg_file_settings
#: … pg_ident_file_mappings in a subquery
SELECT (SELECT count(*) FROM pg_ident_file_mappings)
#: lo_import
SELECT lo_import('/etc/passwd')
#: lo_import with an oid
SELECT lo_import('/etc/passwd', 777)
#: lo_export
SELECT lo_export(4242, '{loot}/large')
#: lo_export of what was just made
SELECT lo_export(lo_from_bytea(0, 'x'), '{loot}/large')
#: pg_file_write of adminpack
SELECT pg_file_write('x', 'y', false)
#: pg_file_unlink of adminpack
SELECT pg_catalog.pg_file_unlink('x')
#: pg_current_logfile's content
SELECT pg_read_file(pg_current_logfile())
#: load a library
LOAD 'auto_explain'
#: load by a path
LOAD '$libdir/plugins/x'
#: create a tablespace
CREATE TABLESPACE loot LOCATION '{loot}'
