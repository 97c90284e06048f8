# Transactions, savepoints, cursors, prepared statements: for everybody.

#for all=ok
#: begin | alone
BEGIN
#: begin work | alone
BEGIN WORK
#: start transaction | alone
START TRANSACTION
#: begin read only | alone
BEGIN READ ONLY
#: begin transaction isolation level | alone
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ
#: begin serializable read only deferrable | alone
BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE
#: start transaction isolation level read committed | alone
START TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY
#: commit | alone
#setup BEGIN
COMMIT
#: commit work | alone
#setup BEGIN
COMMIT WORK
#: commit and chain | alone
#setup BEGIN
COMMIT AND CHAIN
#: end | alone
#setup BEGIN
END
#: rollback | alone
#setup BEGIN
ROLLBACK
#: abort | alone
#setup BEGIN
ABORT
#: commit without a transaction is a warning | alone
COMMIT
#: rollback without a transaction is a warning | alone
ROLLBACK
#: a transaction in one text | alone
BEGIN; SELECT 1; COMMIT
#: a transaction with savepoints in one text | alone
BEGIN; SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE a; ROLLBACK
#: savepoint
SAVEPOINT a
#: savepoint, quoted
SAVEPOINT "s1; DROP"
#: release
#setup SAVEPOINT a
RELEASE SAVEPOINT a
#: rollback to
#setup SAVEPOINT a
ROLLBACK TO SAVEPOINT a
#: rollback transaction to
#setup SAVEPOINT a
ROLLBACK TRANSACTION TO a
#: set transaction isolation level | alone
#setup BEGIN
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
#: set transaction read only | alone
#setup BEGIN
SET TRANSACTION READ ONLY
#: set local transaction | alone
#setup BEGIN
SET LOCAL TRANSACTION ISOLATION LEVEL REPEATABLE READ
#: set session characteristics | alone
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED
#: set session characteristics read only | alone
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
#: export a snapshot, as pg_dump -j | alone varies
#setup BEGIN ISOLATION LEVEL REPEATABLE READ
SELECT pg_export_snapshot()
#: set constraints
SET CONSTRAINTS ALL DEFERRED
#: declare
DECLARE c CURSOR FOR SELECT * FROM orders
#: declare scroll
DECLARE c SCROLL CURSOR FOR SELECT * FROM orders
#: declare binary no scroll
DECLARE c BINARY NO SCROLL CURSOR FOR SELECT id FROM orders
#: declare insensitive
DECLARE c INSENSITIVE CURSOR FOR SELECT id FROM orders
#: declare with hold
DECLARE held CURSOR WITH HOLD FOR SELECT * FROM orders; CLOSE held
#: declare over a cte
DECLARE c CURSOR FOR WITH x AS (SELECT 1) SELECT * FROM x
#: declare with values
DECLARE c CURSOR FOR VALUES (1), (2)
#: fetch
#setup DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id
FETCH 2 FROM c
#: fetch forward all
#setup DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id
FETCH FORWARD ALL IN c
#: fetch backward
#setup DECLARE c SCROLL CURSOR FOR SELECT id FROM orders ORDER BY id
FETCH LAST c
#: fetch absolute
#setup DECLARE c SCROLL CURSOR FOR SELECT id FROM orders ORDER BY id
FETCH ABSOLUTE 3 FROM c
#: move
#setup DECLARE c SCROLL CURSOR FOR SELECT id FROM orders ORDER BY id
MOVE 3 IN c
#: move relative
#setup DECLARE c SCROLL CURSOR FOR SELECT id FROM orders ORDER BY id
MOVE RELATIVE 2 FROM c
#: close
#setup DECLARE c CURSOR FOR SELECT 1
CLOSE c
#: close all
CLOSE ALL
#: a cursor's life in one text
DECLARE c CURSOR FOR SELECT 1; FETCH ALL FROM c; CLOSE c
#: prepare | alone
PREPARE city(text) AS SELECT count(*) FROM customers WHERE city = $1
#: prepare without types | alone
PREPARE city AS SELECT count(*) FROM customers WHERE city = $1
#: prepare values | alone
PREPARE v AS VALUES ($1::int)
#: execute | alone
#setup PREPARE city(text) AS SELECT count(*) FROM customers WHERE city = $1
EXECUTE city('Oslo')
#: execute, quoted | alone
#setup PREPARE "Ci Ty" AS SELECT 1
EXECUTE "Ci Ty"
#: explain execute | alone
#setup PREPARE city(text) AS SELECT count(*) FROM customers WHERE city = $1
EXPLAIN EXECUTE city('Oslo')
#: explain analyze execute | alone varies
#setup PREPARE city(text) AS SELECT count(*) FROM customers WHERE city = $1
EXPLAIN ANALYZE EXECUTE city('Oslo')
#: prepare, execute, deallocate in one text | alone
PREPARE p AS SELECT 1; EXECUTE p; DEALLOCATE p
#: deallocate | alone
#setup PREPARE p AS SELECT 1
DEALLOCATE p
#: deallocate prepare | alone
#setup PREPARE p AS SELECT 1
DEALLOCATE PREPARE p
#: deallocate all | alone
DEALLOCATE ALL
#: discard all | alone
DISCARD ALL
#: discard plans
DISCARD PLANS
#: discard sequences
DISCARD SEQUENCES
#: discard temporary
DISCARD TEMPORARY
#: what a pooler resets with | alone
CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES
#: listen
LISTEN jobs
#: listen, quoted
LISTEN "Jobs of the day"
#: unlisten
UNLISTEN jobs
#: unlisten all
UNLISTEN *
#: lock in access share mode
LOCK TABLE products IN ACCESS SHARE MODE
#: lock several in access share mode
LOCK TABLE public.products, ONLY orders IN ACCESS SHARE MODE NOWAIT
#: an empty text
;
#: nothing but space
   
#: nothing but a comment
-- nothing
#: nothing but a block comment
/* ping */
#: several empty statements
;;;
