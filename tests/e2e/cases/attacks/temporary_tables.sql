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
#: of the same name, made in a text that failed behind it
#setup CREATE TEMP TABLE order_items (a int); SELECT 1/0
TRUNCATE order_items
#: of the same name, in a transaction that failed and was "committed"
#setup BEGIN
#setup CREATE TEMP TABLE order_items (a int)
#setup SELECT 1/0
#setup COMMIT
DROP TABLE order_items
#: of the same name, its savepoint released, then rolled back
#setup BEGIN
#setup SAVEPOINT a
#setup CREATE TEMP TABLE order_items (a int)
#setup RELEASE a
#setup ROLLBACK
TRUNCATE order_items
#: of the same name, rolled back and chained
#setup BEGIN
#setup CREATE TEMP TABLE order_items (a int)
#setup ROLLBACK AND CHAIN
TRUNCATE order_items
#: of the same name, gone at the commit that chains
#setup BEGIN
#setup CREATE TEMP TABLE order_items ON COMMIT DROP AS SELECT 1 AS a
#setup COMMIT AND CHAIN
TRUNCATE order_items
#: of the same name, a transaction that could not be prepared
#setup BEGIN
#setup CREATE TEMP TABLE order_items (a int)
#setup PREPARE TRANSACTION 'of the corpus'
TRUNCATE order_items
#: of the same name, an outer savepoint rolled back
#setup BEGIN
#setup SAVEPOINT a
#setup SAVEPOINT b
#setup CREATE TEMP TABLE order_items (a int)
#setup ROLLBACK TO a
#setup COMMIT
TRUNCATE order_items
#: of the same name, a savepoint of the same name twice
#setup BEGIN
#setup SAVEPOINT a
#setup CREATE TEMP TABLE order_items (a int)
#setup SAVEPOINT a
#setup RELEASE a
#setup ROLLBACK TO a
TRUNCATE order_items
#: a rule on its own table | deploy=-
#setup CREATE TEMP TABLE mine (a int)
CREATE RULE r AS ON INSERT TO mine DO ALSO DELETE FROM order_items WHERE order_id = new.a
#: a trigger on its own table | deploy=-
#setup CREATE TEMP TABLE mine (a int)
CREATE TRIGGER t AFTER INSERT ON mine EXECUTE FUNCTION suppress_redundant_updates_trigger()
#: an index on its own table over a file of the server
#setup CREATE TEMP TABLE mine (a int)
CREATE INDEX ON mine ((length(pg_read_file('PG_VERSION'))))
#: a delete of everything in its own table is none in another's
#setup CREATE TEMP TABLE mine (a int)
DELETE FROM mine; DELETE FROM order_items
