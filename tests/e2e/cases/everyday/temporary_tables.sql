# A session's own temporary tables: what was created in it may be changed, emptied and dropped by it.

#for app=ok deploy=-
#setup CREATE TEMP TABLE mine (a int, b text)
#: insert
INSERT INTO mine VALUES (1, 'x')
#: truncate
TRUNCATE mine
#: truncate table
TRUNCATE TABLE mine
#: truncate by the schema
TRUNCATE pg_temp.mine
#: truncate in capitals
TRUNCATE MINE
#: truncate in quotes
TRUNCATE "mine"
#: drop
DROP TABLE mine
#: drop if exists
DROP TABLE IF EXISTS mine
#: drop by the schema
DROP TABLE pg_temp.mine
#: drop cascade
DROP TABLE mine CASCADE
#: create an index
CREATE INDEX ON mine (a)
#: create a unique index with a name
CREATE UNIQUE INDEX mine_a ON mine (a)
#: create an index by the schema
CREATE INDEX ON pg_temp.mine (a)
#: copy into it
#stdin 1\tx
COPY mine FROM STDIN
#: join with it
SELECT * FROM mine m JOIN products p ON p.id = m.a
#: insert from it
INSERT INTO orm.ky (n) SELECT b FROM mine
#: update from it
UPDATE products SET stock = 1 FROM mine WHERE mine.a = products.id
#: delete where
DELETE FROM mine WHERE a = 1
#: create another like it
CREATE TEMP TABLE other (LIKE mine)
#: drop and create again in one text
DROP TABLE mine; CREATE TEMP TABLE mine (c int)
#: drop two of its own
#setup CREATE TEMP TABLE mine_too (a int)
DROP TABLE mine, mine_too
#: truncate two of its own
#setup CREATE TEMP TABLE mine_too (a int)
TRUNCATE mine, mine_too

#for app=ok deploy=-
#: created as, then truncated
#setup CREATE TEMP TABLE made AS SELECT 1 AS a
TRUNCATE made
#: selected into, then dropped
#setup SELECT 1 AS a INTO TEMP made
DROP TABLE made
#: created by its schema, then dropped
#setup CREATE TABLE pg_temp.made (a int)
DROP TABLE made
#: created and dropped in one text
CREATE TEMP TABLE made (a int); DROP TABLE made
#: created, used and dropped in one text
CREATE TEMP TABLE made (a int); INSERT INTO made VALUES (1); TRUNCATE made; CREATE INDEX ON made (a); DROP TABLE made
#: created with a quoted name
#setup CREATE TEMP TABLE "Made Of" (a int)
DROP TABLE "Made Of"
#: discard temp | alone
#setup CREATE TEMP TABLE made (a int)
DISCARD TEMP
#: outside of a transaction | alone
#setup CREATE TEMP TABLE made (a int)
TRUNCATE made
#: dropped after a commit | alone
#setup BEGIN
#setup CREATE TEMP TABLE made (a int)
#setup COMMIT
DROP TABLE made
