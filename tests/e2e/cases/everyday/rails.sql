# ActiveRecord 6.1: schema dump and models.
# Recorded from the server's log, of a real run.

#for readonly=ok app=ok deploy=ok
#setup SET search_path = orm, public
#: 1: SET client_min_messages TO 'warning'
SET client_min_messages TO 'warning'
#: 2: SET standard_conforming_strings = on
SET standard_conforming_strings = on
#: 3: SET intervalstyle = iso_8601
SET intervalstyle = iso_8601
#: 4: SET SESSION timezone TO 'UTC'
SET SESSION timezone TO 'UTC'
#: 5: select … from pg_type as t WHERE t.typname IN ('int2', '
SELECT t.oid, t.typname
FROM pg_type as t
WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool', 'timestamp', 'timestamptz')
#: 6: select … from pg_type as t LEFT JOIN pg_range as r ON oi
SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype
FROM pg_type as t
LEFT JOIN pg_range as r ON oid = rngtypid
WHERE
  t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'text', 'varchar', 'char', 'name', 'bpchar', 'bool', 'bit', 'varbit', 'timestamptz', 'date', 'money', 'bytea', 'point', 'hstore', 'json', 'jsonb', 'cidr', 'inet', 'uuid', 'xml', 'tsvector', 'macaddr', 'citext', 'ltree', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'time', 'timestamp', 'numeric', 'interval')
  OR t.typtype IN ('r', 'e', 'd')
  OR t.typinput = 'array_in(cstring,oid,integer)'::regprocedure
  OR t.typelem != 0
#: 7: SHOW TIME ZONE
SHOW TIME ZONE
#: 8: SELECT 1
SELECT 1
#: 9: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','v','m','p','f')
#: 10: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','v','m','p','f')
#: 11: SELECT extname FROM pg_extension
SELECT extname FROM pg_extension
#: 12: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r','p')
#: 13: select … from pg_attribute a LEFT JOIN pg_attrdef d ON a
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
       pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod,
       c.collname, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  LEFT JOIN pg_type t ON a.atttypid = t.oid
  LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation
 WHERE a.attrelid = '"customers"'::regclass
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
#: 14: select … from ( SELECT indrelid, indkey, generate_subscr
SELECT a.attname
  FROM (
         SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx
           FROM pg_index
          WHERE indrelid = '"customers"'::regclass
            AND indisprimary
       ) i
  JOIN pg_attribute a
    ON a.attrelid = i.indrelid
   AND a.attnum = i.indkey[i.idx]
 ORDER BY i.idx
#: 15: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
SELECT pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'customers'
  AND c.relkind IN ('r','p')
  AND n.nspname = ANY (current_schemas(false))
#: 16: select … from pg_class t INNER JOIN pg_index d ON t.oid
SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,
                pg_catalog.obj_description(i.oid, 'pg_class') AS comment
FROM pg_class t
INNER JOIN pg_index d ON t.oid = d.indrelid
INNER JOIN pg_class i ON d.indexrelid = i.oid
LEFT JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relkind IN ('i', 'I')
  AND d.indisprimary = 'f'
  AND t.relname = 'customers'
  AND n.nspname = ANY (current_schemas(false))
ORDER BY i.relname
#: 17: select … from pg_attribute a WHERE a.attrelid = 16396 AN
SELECT a.attnum, a.attname
FROM pg_attribute a
WHERE a.attrelid = 16396
AND a.attnum IN (3)
#: 18: select … from pg_constraint c JOIN pg_class t ON c.conre
            SELECT conname, pg_get_constraintdef(c.oid) AS constraintdef, c.convalidated AS valid
            FROM pg_constraint c
            JOIN pg_class t ON c.conrelid = t.oid
            WHERE c.contype = 'c'
              AND t.relname = 'customers'
#: 19: select … from pg_constraint c JOIN pg_class t1 ON c.conr
SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid
FROM pg_constraint c
JOIN pg_class t1 ON c.conrelid = t1.oid
JOIN pg_class t2 ON c.confrelid = t2.oid
JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid
JOIN pg_attribute a2 ON a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid
JOIN pg_namespace t3 ON c.connamespace = t3.oid
WHERE c.contype = 'f'
  AND t1.relname = 'customers'
  AND t3.nspname = ANY (current_schemas(false))
ORDER BY c.conname
#: 20: SHOW search_path
SHOW search_path
#: 21: select … from "customers" ORDER BY "customers"."id" ASC
#bind ["1"]
SELECT "customers".* FROM "customers" ORDER BY "customers"."id" ASC LIMIT $1
#: 22: select … from "customers" WHERE "customers"."city" = $1
#bind ["Oslo", "3"]
SELECT "customers".* FROM "customers" WHERE "customers"."city" = $1 ORDER BY "customers"."id" ASC LIMIT $2
#: 23: select … from "customers" WHERE "customers"."id" IN ($1,
#bind ["1", "2"]
SELECT "customers".* FROM "customers" WHERE "customers"."id" IN ($1, $2)
#: 24: SHOW max_identifier_length
SHOW max_identifier_length
#: 25: select … from "customers" INNER JOIN "orders" ON "orders
SELECT COUNT(*) AS count_all, "customers"."city" AS customers_city FROM "customers" INNER JOIN "orders" ON "orders"."customer_id" = "customers"."id" GROUP BY "customers"."city"
#: 26: select … from "orders" WHERE "orders"."id" > $1 ORDER BY
#bind ["200", "200"]
SELECT "orders".* FROM "orders" WHERE "orders"."id" > $1 ORDER BY "orders"."id" ASC LIMIT $2
#: 27: select … from "customers" WHERE "customers"."id" = $1 LI
#bind ["1", "1"]
SELECT 1 AS one FROM "customers" WHERE "customers"."id" = $1 LIMIT $2
#: 28: SELECT "customers"."id", "customers"."name" FROM "custom
SELECT "customers"."id", "customers"."name" FROM "customers"
#: 29: SELECT COUNT(*) FROM "customers" WHERE (name ILIKE 'A%')
SELECT COUNT(*) FROM "customers" WHERE (name ILIKE 'A%')
#: 30: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','p')
#: 31: SELECT 'jsonb'::regtype::oid
SELECT 'jsonb'::regtype::oid
#: 32: UPDATE "ar_things" SET "qty"=0 WHERE "qty" IS NULL | readonly=write
UPDATE "ar_things" SET "qty"=0 WHERE "qty" IS NULL
#: 33: INSERT INTO "schema_migrations" ("version") VALUES ($1) | readonly=write
#bind ["1"]
INSERT INTO "schema_migrations" ("version") VALUES ($1) RETURNING "version"
#: 34: INSERT INTO "ar_things" ("name", "created_at", "updated_ | readonly=write
#bind ["a", "2026-11-21 10:08:42.803347", "2026-11-21 10:08:42.803347"]
INSERT INTO "ar_things" ("name", "created_at", "updated_at") VALUES ($1, $2, $3) RETURNING "id"
#: 35: UPDATE "ar_things" SET "updated_at" = $1, "qty" = $2 WHE | readonly=write
#bind ["2026-11-21 10:08:42.805629", "3", "1"]
UPDATE "ar_things" SET "updated_at" = $1, "qty" = $2 WHERE "ar_things"."id" = $3
#: 36: INSERT INTO "ar_things" ("name","created_at","updated_at | readonly=write
INSERT INTO "ar_things" ("name","created_at","updated_at") VALUES ('a', '2026-11-21 10:08:42.807816', '2026-11-21 10:08:42.807817') ON CONFLICT ("name") DO UPDATE SET "created_at"=excluded."created_at","updated_at"=excluded."updated_at" RETURNING "id"
#: 37: INSERT INTO "ar_things" ("name","created_at","updated_at | readonly=write
INSERT INTO "ar_things" ("name","created_at","updated_at") VALUES ('b', '2026-11-21 10:08:42.816631', '2026-11-21 10:08:42.816632') ON CONFLICT  DO NOTHING RETURNING "id"
#: 38: select … from "ar_things" WHERE "ar_things"."id" = $1 LI | readonly=write
#bind ["1", "1"]
SELECT "ar_things".* FROM "ar_things" WHERE "ar_things"."id" = $1 LIMIT $2 FOR UPDATE
#: 39: UPDATE "ar_things" SET "updated_at" = $1 WHERE "ar_thing | readonly=write
#bind ["2026-11-21 10:08:42.81883", "1"]
UPDATE "ar_things" SET "updated_at" = $1 WHERE "ar_things"."id" = $2
#: 40: DELETE FROM "ar_things" WHERE "ar_things"."name" = $1 | readonly=write
#bind ["b"]
DELETE FROM "ar_things" WHERE "ar_things"."name" = $1
#: 41: UPDATE "ar_things" SET qty = qty + 1 WHERE "ar_things"." | readonly=write
#bind ["1"]
UPDATE "ar_things" SET qty = qty + 1 WHERE "ar_things"."id" = $1
