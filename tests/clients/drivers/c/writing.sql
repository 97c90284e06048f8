-- What people write in psql, behind everyday.sql.
COPY notes (slug, weight) FROM STDIN;
one	1
two	2
\.
COPY notes (slug, weight) FROM STDIN;
three	number
\.
INSERT INTO notes (slug) VALUES ('one');
\echo :SQLSTATE :ROW_COUNT
UPDATE notes SET weight = weight * 2 WHERE slug = 'two' RETURNING slug, weight;
\echo :ROW_COUNT
CALL double(21);
\set QUIET on
\lo_import /dev/null
\lo_unlink :LASTOID
\echo lo_unlink :SQLSTATE
\set QUIET off
LISTEN news;
NOTIFY news, 'hello';
BEGIN;
INSERT INTO replies (note_id, body) VALUES (-1, '');
COMMIT;
\echo :SQLSTATE
