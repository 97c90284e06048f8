-- Stock is kept by the warehouse now; nothing has read this column since 20261120.
SET LOCAL lock_timeout = '2s';
ALTER TABLE products DROP COLUMN stock;
