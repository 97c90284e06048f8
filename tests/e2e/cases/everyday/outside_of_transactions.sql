# What cannot run in a transaction, and so is not undone: the database is copied anew afterwards.

#for readonly=refused app=42501 deploy=ok
#: create index concurrently | alone lasting
#cleanup DROP INDEX IF EXISTS customers_name_x
CREATE INDEX CONCURRENTLY customers_name_x ON customers (name)
#: vacuum | alone lasting
VACUUM customers
#: vacuum with options | alone lasting
VACUUM (ANALYZE, SKIP_LOCKED) orm.ky
#: reindex concurrently | alone lasting
REINDEX INDEX CONCURRENTLY orders_customer_id_idx
#: reindex the schema | alone lasting
REINDEX SCHEMA orm
#: vacuum freeze | alone lasting
VACUUM (FREEZE, VERBOSE false) products
#: create unique index concurrently if not exists | alone lasting
#cleanup DROP INDEX IF EXISTS orm.dz_users_name
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS dz_users_name ON orm.dz_users (name)
