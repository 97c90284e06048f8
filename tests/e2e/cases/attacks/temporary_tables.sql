# A temporary table's name must not open a door to a permanent one.

#for app=42501 deploy=42501
#: of the same name, rolled back, then truncated
#setup BEGIN
#setup CREATE TEMP TABLE order_items (a int)
#setup ROLLBACK
TRUNCATE order_items
#: of the same name, rolled back to a savepoint, then dropped
#setup BEGIN
#setup SAVEPOINT a
#setup CREATE TEMP TABLE order_items (a int)
#setup ROLLBACK TO a
DROP TABLE order_items
#: of the same name, never made: its type does not exist
#setup CREATE TEMP TABLE order_items (a nosuchtype)
DROP TABLE order_items
#: of the same name, never made: in a failed transaction
#setup BEGIN
#setup SELECT 1/0
#setup CREATE TEMP TABLE order_items (a int)
#setup ROLLBACK
TRUNCATE order_items
#: of the same name, never made: as a select that fails
#setup CREATE TEMP TABLE order_items AS SELECT 1/0 AS a
TRUNCATE order_items
#: of the same name, gone at the commit
#setup BEGIN
#setup CREATE TEMP TABLE order_items (a int) ON COMMIT DROP
#setup COMMIT
TRUNCATE order_items
#: of the same name, dropped before
#setup CREATE TEMP TABLE order_items (a int)
#setup DROP TABLE order_items
DROP TABLE order_items
#: of the same name, discarded before
#setup CREATE TEMP TABLE order_items (a int)
#setup DISCARD TEMP
TRUNCATE order_items
#: of the same name, all discarded before
#setup CREATE TEMP TABLE order_items (a int)
#setup DISCARD ALL
TRUNCATE order_items
#: of the same name, the permanent one by its schema
#setup CREATE TEMP TABLE order_items (a int)
TRUNCATE public.order_items
#: of the same name, the permanent one by its quoted schema
#setup CREATE TEMP TABLE order_items (a int)
DROP TABLE "public"."order_items"
#: of the same name, the permanent one by its database
#setup CREATE TEMP TABLE order_items (a int)
DROP TABLE corpus.public.order_items
#: of the same name, the search path looks there last
#setup CREATE TEMP TABLE order_items (a int)
#setup SET search_path = public, pg_temp
TRUNCATE order_items
#: of the same name, the search path looks there last, by set_config
#setup CREATE TEMP TABLE order_items (a int)
#setup SELECT set_config('search_path', 'public, pg_temp', false)
DROP TABLE order_items
#: of the same name, the search path is set in the same text
#setup CREATE TEMP TABLE order_items (a int)
SET search_path = public, pg_temp; DROP TABLE order_items
#: of the same name, renamed away
#setup CREATE TEMP TABLE order_items (a int)
#setup ALTER TABLE order_items RENAME TO away
TRUNCATE order_items
#: made and gone in the same text
BEGIN; CREATE TEMP TABLE order_items (a int); ROLLBACK; TRUNCATE order_items
#: dropped twice in the same text
#setup CREATE TEMP TABLE order_items (a int)
DROP TABLE order_items; DROP TABLE order_items
#: its own and another's
#setup CREATE TEMP TABLE mine (a int)
TRUNCATE mine, order_items
#: another's and its own
#setup CREATE TEMP TABLE mine (a int)
DROP TABLE order_items, mine
#: in another case, quoted: another name
#setup CREATE TEMP TABLE "Order_Items" (a int)
TRUNCATE order_items
#: not temporary at all: unlogged
#setup CREATE TEMP TABLE mine (a int)
TRUNCATE products
#: prepared, not made
#setup PREPARE p AS SELECT 1
DROP TABLE order_items
#: planned, not made
#setup EXPLAIN CREATE TEMP TABLE order_items AS SELECT 1
TRUNCATE order_items
#: if not exists says nothing of where it is
#setup CREATE TEMP TABLE IF NOT EXISTS mine (a int)
TRUNCATE order_items
#: a view is no table | deploy=-
CREATE TEMP VIEW v AS SELECT * FROM customers
#: an index of a permanent table of the same name by its schema | deploy=-
#setup CREATE TEMP TABLE orders (id int)
CREATE INDEX ON public.orders (id)
#: an index after a rollback | deploy=-
#setup BEGIN
#setup CREATE TEMP TABLE orders (id int)
#setup ROLLBACK
CREATE INDEX ON orders (status)
