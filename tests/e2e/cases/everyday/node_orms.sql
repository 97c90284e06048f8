# Knex 3, Sequelize 6, TypeORM and Kysely: introspection and queries.
# Recorded from the server's log, of a real run.

#for readonly=ok app=ok deploy=ok
#setup SET search_path = orm, public
#: 1: select version();
select version();
#: 2: select … from information_schema.tables where table_name
#bind ["knex_migrations"]
select * from information_schema.tables where table_name = $1 and table_schema = current_schema()
#: 3: select * from "knex_migrations_lock"
select * from "knex_migrations_lock"
#: 4: insert into "knex_migrations_lock" ("is_locked") values | readonly=write
#bind ["0"]
insert into "knex_migrations_lock" ("is_locked") values ($1)
#: 5: select "name" from "knex_migrations" order by "id" asc
select "name" from "knex_migrations" order by "id" asc
#: 6: update "knex_migrations_lock" set "is_locked" = $1 where | readonly=write
#bind ["1", "0"]
update "knex_migrations_lock" set "is_locked" = $1 where "is_locked" = $2
#: 7: select max("batch") as "max_batch" from "knex_migrations
select max("batch") as "max_batch" from "knex_migrations"
#: 8: insert into "knex_migrations" ("batch", "migration_time" | readonly=write
#bind ["1", "2026-11-21 10:10:51.886+00", "1"]
insert into "knex_migrations" ("batch", "migration_time", "name") values ($1, $2, $3)
#: 9: update "knex_migrations_lock" set "is_locked" = $1 | readonly=write app=42501 deploy=42501
#bind ["0"]
update "knex_migrations_lock" set "is_locked" = $1
#: 10: select … from information_schema.columns where table_nam
#bind ["kx"]
select * from information_schema.columns where table_name = $1 and table_catalog = current_database() and table_schema = current_schema()
#: 11: select … from information_schema.columns where table_nam
#bind ["kx", "n"]
select * from information_schema.columns where table_name = $1 and column_name = $2 and table_schema = current_schema()
#: 12: insert into "kx" ("n") values ($1), ($2) returning "id" | readonly=write
#bind ["a", "b"]
insert into "kx" ("n") values ($1), ($2) returning "id"
#: 13: insert into "kx" ("id", "n") values ($1, $2) on conflict | readonly=write
#bind ["1", "x"]
insert into "kx" ("id", "n") values ($1, $2) on conflict ("id") do update set "id" = excluded."id", "n" = excluded."n"
#: 14: delete from "kx" where "id" > $1 | readonly=write
#bind ["5"]
delete from "kx" where "id" > $1
#: 15: select * from "kx" where "id" = $1 limit $2 for update | readonly=write
#bind ["1", "1"]
select * from "kx" where "id" = $1 limit $2 for update
#: 16: select count(*) from "kx"
select count(*) from "kx"
#: 17: with "w" as (select * from "kx" where "id" = $1) select
#bind ["1"]
with "w" as (select * from "kx" where "id" = $1) select * from "w"
#: 18: select … from "kx" where "id" in ($1, $2) or "d" is null
#bind ["1", "2", "3", "1"]
select * from "kx" where "id" in ($1, $2) or "d" is null order by "n" asc limit $3 offset $4
#: 19: SET client_min_messages TO warning;SET TIME ZONE INTERVA
SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;
#: 20: WITH ranges AS ( SELECT pg_range.rngtypid, pg_type.typna
WITH ranges AS (  SELECT pg_range.rngtypid, pg_type.typname AS rngtypname,         pg_type.typarray AS rngtyparray, pg_range.rngsubtype    FROM pg_range LEFT OUTER JOIN pg_type ON pg_type.oid = pg_range.rngtypid)SELECT pg_type.typname, pg_type.typtype, pg_type.oid, pg_type.typarray,       ranges.rngtypname, ranges.rngtypid, ranges.rngtyparray  FROM pg_type LEFT OUTER JOIN ranges ON pg_type.oid = ranges.rngsubtype WHERE (pg_type.typtype IN('b', 'e'));
#: 21: SELECT 1+1 AS result
SELECT 1+1 AS result
#: 22: select … from information_schema.tables WHERE table_sche
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE '%TABLE' AND table_name != 'spatial_ref_sys';
#: 23: select … from information_schema.schemata WHERE schema_n
SELECT schema_name FROM information_schema.schemata WHERE schema_name <> 'information_schema' AND schema_name != 'public' AND schema_name !~ E'^pg_';
#: 24: select … from pg_type t JOIN pg_enum e ON t.oid=e.enumty
SELECT pk.constraint_type as "Constraint",c.column_name as "Field", c.column_default as "Default",c.is_nullable as "Null", (CASE WHEN c.udt_name = 'hstore' THEN c.udt_name ELSE c.data_type END) || (CASE WHEN c.character_maximum_length IS NOT NULL THEN '(' || c.character_maximum_length || ')' ELSE '' END) as "Type", (SELECT array_agg(e.enumlabel) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_enum e ON t.oid=e.enumtypid WHERE t.typname=c.udt_name) AS "special", (SELECT pgd.description FROM pg_catalog.pg_statio_all_tables AS st INNER JOIN pg_catalog.pg_description pgd on (pgd.objoid=st.relid) WHERE c.ordinal_position=pgd.objsubid AND c.table_name=st.relname) AS "Comment" FROM information_schema.columns c LEFT JOIN (SELECT tc.table_schema, tc.table_name, cu.column_name, tc.constraint_type FROM information_schema.TABLE_CONSTRAINTS tc JOIN information_schema.KEY_COLUMN_USAGE  cu ON tc.table_schema=cu.table_schema and tc.table_name=cu.table_name and tc.constraint_name=cu.constraint_name and tc.constraint_type='PRIMARY KEY') pk ON pk.table_schema=c.table_schema AND pk.table_name=c.table_name AND pk.column_name=c.column_name WHERE c.table_name = 'customers' AND c.table_schema = 'public'
#: 25: select … from pg_class t, pg_class i, pg_index ix, pg_at
SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'customers' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname;
#: 26: select … from information_schema.table_constraints AS tc
SELECT DISTINCT tc.constraint_name as constraint_name, tc.constraint_schema as constraint_schema, tc.constraint_catalog as constraint_catalog, tc.table_name as table_name,tc.table_schema as table_schema,tc.table_catalog as table_catalog,tc.initially_deferred as initially_deferred,tc.is_deferrable as is_deferrable,kcu.column_name as column_name,ccu.table_schema  AS referenced_table_schema,ccu.table_catalog  AS referenced_table_catalog,ccu.table_name  AS referenced_table_name,ccu.column_name AS referenced_column_name FROM information_schema.table_constraints AS tc JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name WHERE constraint_type = 'FOREIGN KEY' AND tc.table_name = 'orders' AND tc.table_catalog = 'shop'
#: 27: select … from information_schema.tables WHERE table_sche
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'x'
#: 28: select … from pg_type t JOIN pg_enum e ON t.oid = e.enum
SELECT t.typname enum_name, array_agg(e.enumlabel ORDER BY enumsortorder) enum_value FROM pg_type t JOIN pg_enum e ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = 'public' AND t.typname='enum_sq_ts_k' GROUP BY 1
#: 29: INSERT INTO "sq_ts" ("id","n","k","createdAt","updatedAt | readonly=write
#bind ["a", "a", "2026-11-21 10:10:53.021+00", "2026-11-21 10:10:53.021+00"]
INSERT INTO "sq_ts" ("id","n","k","createdAt","updatedAt") VALUES (DEFAULT,$1,$2,$3,$4) RETURNING "id","n","k","d","createdAt","updatedAt";
#: 30: INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") V | readonly=write
INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") VALUES (DEFAULT,'b','2026-11-21 10:10:53.033 +00:00','2026-11-21 10:10:53.033 +00:00'),(DEFAULT,'c','2026-11-21 10:10:53.033 +00:00','2026-11-21 10:10:53.033 +00:00') ON CONFLICT DO NOTHING RETURNING "id","n","k","d","createdAt","updatedAt";
#: 31: INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") V | readonly=write
#bind ["1", "z", "2026-11-21 10:10:53.042+00", "2026-11-21 10:10:53.042+00"]
INSERT INTO "sq_ts" ("id","n","createdAt","updatedAt") VALUES ($1,$2,$3,$4) ON CONFLICT ("id") DO UPDATE SET "id"=EXCLUDED."id","n"=EXCLUDED."n","updatedAt"=EXCLUDED."updatedAt" RETURNING "id","n","k","d","createdAt","updatedAt";
#: 32: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."n" = 'b';
SELECT "id", "n", "k", "d", "createdAt", "updatedAt" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."n" = 'b';
#: 33: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE '
SELECT count(*) AS "count" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE '%b%';
#: 34: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE '
SELECT "id", "n", "k", "d", "createdAt", "updatedAt" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."n" ILIKE '%b%' LIMIT 2;
#: 35: UPDATE "sq_ts" SET "id"="id"+ 1,"updatedAt"='2026-11-21 | readonly=write
UPDATE "sq_ts" SET "id"="id"+ 1,"updatedAt"='2026-11-21 10:10:53.068 +00:00' WHERE "id" = 1 RETURNING *
#: 36: select … from "sq_ts" AS "sq_t" WHERE "sq_t"."id" = 1 FO | readonly=write
SELECT "id", "n", "k", "d", "createdAt", "updatedAt" FROM "sq_ts" AS "sq_t" WHERE "sq_t"."id" = 1 FOR UPDATE SKIP LOCKED;
#: 37: UPDATE "sq_ts" SET "n"=$1,"updatedAt"=$2 WHERE "id" = $3 | readonly=write
#bind ["y", "2026-11-21 10:10:53.08+00", "1"]
UPDATE "sq_ts" SET "n"=$1,"updatedAt"=$2 WHERE "id" = $3
#: 38: DELETE FROM "sq_ts" WHERE "n" = 'b' | readonly=write
DELETE FROM "sq_ts" WHERE "n" = 'b'
#: 39: SELECT version()
SELECT version()
#: 40: SELECT * FROM current_schema()
SELECT * FROM current_schema()
#: 41: select … from "information_schema"."tables" WHERE "table
#bind ["public", "migrations"]
SELECT * FROM "information_schema"."tables" WHERE "table_schema" = $1 AND "table_name" = $2
#: 42: SELECT * FROM current_database()
SELECT * FROM current_database()
#: 43: select … from "information_schema"."tables" WHERE ("tabl
SELECT "table_schema", "table_name", obj_description((quote_ident("table_schema") || '.' || quote_ident("table_name"))::regclass, 'pg_class') AS table_comment FROM "information_schema"."tables" WHERE ("table_schema" = 'public' AND "table_name" = 'ty_a')
#: 44: select … from "pg_type" "t" INNER JOIN "pg_namespace" "n
SELECT "n"."nspname", "t"."typname" FROM "pg_type" "t" INNER JOIN "pg_namespace" "n" ON "n"."oid" = "t"."typnamespace" WHERE "n"."nspname" = 'public' AND "t"."typname" = 'ty_a_k_enum'
#: 45: select … from information_schema.columns WHERE table_nam
SELECT TRUE FROM information_schema.columns WHERE table_name = 'pg_class' and column_name = 'relispartition'
#: 46: select … from "information_schema"."columns" LEFT JOIN "
SELECT columns.*, pg_catalog.col_description((quote_ident(table_catalog) || '.' || quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass::oid, ordinal_position) AS description, ('"' || "udt_schema" || '"."' || "udt_name" || '"')::"regtype"::text AS "regtype", pg_catalog.format_type("col_attr"."atttypid", "col_attr"."atttypmod") AS "format_type" FROM "information_schema"."columns" LEFT JOIN "pg_catalog"."pg_attribute" AS "col_attr" ON "col_attr"."attname" = "columns"."column_name" AND "col_attr"."attrelid" = ( SELECT "cls"."oid" FROM "pg_catalog"."pg_class" AS "cls" LEFT JOIN "pg_catalog"."pg_namespace" AS "ns" ON "ns"."oid" = "cls"."relnamespace" WHERE "cls"."relname" = "columns"."table_name" AND "ns"."nspname" = "columns"."table_schema" ) WHERE ("table_schema" = 'public' AND "table_name" = 'ty_a')
#: 47: select … from "pg_constraint" "cnst" INNER JOIN "pg_clas
SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "cnst"."conname" AS "constraint_name", pg_get_constraintdef("cnst"."oid") AS "expression", CASE "cnst"."contype" WHEN 'p' THEN 'PRIMARY' WHEN 'u' THEN 'UNIQUE' WHEN 'c' THEN 'CHECK' WHEN 'x' THEN 'EXCLUDE' END AS "constraint_type", "a"."attname" AS "column_name" FROM "pg_constraint" "cnst" INNER JOIN "pg_class" "t" ON "t"."oid" = "cnst"."conrelid" INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "cnst"."connamespace" LEFT JOIN "pg_attribute" "a" ON "a"."attrelid" = "cnst"."conrelid" AND "a"."attnum" = ANY ("cnst"."conkey") WHERE "t"."relkind" IN ('r', 'p') AND (("ns"."nspname" = 'public' AND "t"."relname" = 'ty_a'))
#: 48: select … from "pg_class" "t" INNER JOIN "pg_index" "ix"
SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "i"."relname" AS "constraint_name", "a"."attname" AS "column_name", CASE "ix"."indisunique" WHEN 't' THEN 'TRUE' ELSE'FALSE' END AS "is_unique", pg_get_expr("ix"."indpred", "ix"."indrelid") AS "condition", "types"."typname" AS "type_name", "am"."amname" AS "index_type" FROM "pg_class" "t" INNER JOIN "pg_index" "ix" ON "ix"."indrelid" = "t"."oid" INNER JOIN "pg_attribute" "a" ON "a"."attrelid" = "t"."oid"  AND "a"."attnum" = ANY ("ix"."indkey") INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "t"."relnamespace" INNER JOIN "pg_class" "i" ON "i"."oid" = "ix"."indexrelid" INNER JOIN "pg_type" "types" ON "types"."oid" = "a"."atttypid" INNER JOIN "pg_am" "am" ON "i"."relam" = "am"."oid" LEFT JOIN "pg_constraint" "cnst" ON "cnst"."conname" = "i"."relname" WHERE "t"."relkind" IN ('r', 'p') AND "cnst"."contype" IS NULL AND (("ns"."nspname" = 'public' AND "t"."relname" = 'ty_a'))
#: 49: select … from ( SELECT UNNEST ("con1"."conkey") AS "pare
SELECT "con"."conname" AS "constraint_name", "con"."nspname" AS "table_schema", "con"."relname" AS "table_name", "att2"."attname" AS "column_name", "ns"."nspname" AS "referenced_table_schema", "cl"."relname" AS "referenced_table_name", "att"."attname" AS "referenced_column_name", "con"."confdeltype" AS "on_delete", "con"."confupdtype" AS "on_update", "con"."condeferrable" AS "deferrable", "con"."condeferred" AS "deferred" FROM ( SELECT UNNEST ("con1"."conkey") AS "parent", UNNEST ("con1"."confkey") AS "child", "con1"."confrelid", "con1"."conrelid", "con1"."conname", "con1"."contype", "ns"."nspname", "cl"."relname", "con1"."condeferrable", CASE WHEN "con1"."condeferred" THEN 'INITIALLY DEFERRED' ELSE 'INITIALLY IMMEDIATE' END as condeferred, CASE "con1"."confdeltype" WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END as "confdeltype", CASE "con1"."confupdtype" WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END as "confupdtype" FROM "pg_class" "cl" INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_constraint" "con1" ON "con1"."conrelid" = "cl"."oid" WHERE "con1"."contype" = 'f' AND (("ns"."nspname" = 'public' AND "cl"."relname" = 'ty_a')) ) "con" INNER JOIN "pg_attribute" "att" ON "att"."attrelid" = "con"."confrelid" AND "att"."attnum" = "con"."child" INNER JOIN "pg_class" "cl" ON "cl"."oid" = "con"."confrelid"  AND "cl"."relispartition" = 'f'INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_attribute" "att2" ON "att2"."attrelid" = "con"."conrelid" AND "att2"."attnum" = "con"."parent"
#: 50: select … from "information_schema"."columns" WHERE "tabl
SELECT "udt_schema", "udt_name" FROM "information_schema"."columns" WHERE "table_schema" = 'public' AND "table_name" = 'ty_a' AND "column_name"='k'
#: 51: select … from "pg_enum" "e" INNER JOIN "pg_type" "t" ON
SELECT "e"."enumlabel" AS "value" FROM "pg_enum" "e" INNER JOIN "pg_type" "t" ON "t"."oid" = "e"."enumtypid" INNER JOIN "pg_namespace" "n" ON "n"."oid" = "t"."typnamespace" WHERE "n"."nspname" = 'public' AND "t"."typname" = 'ty_a_k_enum' ORDER BY "e"."enumsortorder"
#: 52: INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) RETURN | readonly=write
#bind ["a"]
INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) RETURNING "id", "k"
#: 53: select … from "ty_a" "TyA" WHERE "TyA"."id" = $1
#bind ["1"]
SELECT "TyA"."id" AS "TyA_id", "TyA"."n" AS "TyA_n", "TyA"."k" AS "TyA_k" FROM "ty_a" "TyA" WHERE "TyA"."id" = $1
#: 54: UPDATE "ty_a" SET "n" = $1 WHERE "id" = $2 | readonly=write
#bind ["b", "1"]
UPDATE "ty_a" SET "n" = $1 WHERE "id" = $2
#: 55: select … from "ty_a" "TyA" WHERE (("TyA"."n" = $1)) ORDE
#bind ["b"]
SELECT "TyA"."id" AS "TyA_id", "TyA"."n" AS "TyA_n", "TyA"."k" AS "TyA_k" FROM "ty_a" "TyA" WHERE (("TyA"."n" = $1)) ORDER BY "TyA"."id" DESC LIMIT 2
#: 56: INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) ON CON | readonly=write
#bind ["q"]
INSERT INTO "ty_a"("n", "k") VALUES ($1, DEFAULT) ON CONFLICT ( "id" ) DO UPDATE SET "id" = EXCLUDED."id", "n" = EXCLUDED."n" RETURNING "id", "k"
#: 57: select … from "ty_a" "TyA"
SELECT "TyA"."id" AS "TyA_id", "TyA"."n" AS "TyA_n", "TyA"."k" AS "TyA_k" FROM "ty_a" "TyA"
#: 58: DELETE FROM "ty_a" WHERE "id" = $1 | readonly=write
#bind ["7"]
DELETE FROM "ty_a" WHERE "id" = $1
#: 59: select … from "information_schema"."tables" WHERE ("tabl
SELECT "table_schema", "table_name", obj_description((quote_ident("table_schema") || '.' || quote_ident("table_name"))::regclass, 'pg_class') AS table_comment FROM "information_schema"."tables" WHERE ("table_schema" = 'public' AND "table_name" = 'customers') OR ("table_schema" = 'public' AND "table_name" = 'orders')
#: 60: select … from "pg_catalog"."pg_attribute" as "a" inner j
#bind ["r", "v", "p", "^pg_", "information_schema", "crdb_internal", "0", "t", "kysely_migration", "kysely_migration_lock"]
select "a"."attname" as "column", "a"."attnotnull" as "not_null", "a"."atthasdef" as "has_default", "c"."relname" as "table", "c"."relkind" as "table_type", "ns"."nspname" as "schema", "typ"."typname" as "type", "dtns"."nspname" as "type_schema", col_description(a.attrelid, a.attnum) as "column_description", pg_get_serial_sequence(quote_ident(ns.nspname) || '.' || quote_ident(c.relname), a.attname) as "auto_incrementing" from "pg_catalog"."pg_attribute" as "a" inner join "pg_catalog"."pg_class" as "c" on "a"."attrelid" = "c"."oid" inner join "pg_catalog"."pg_namespace" as "ns" on "c"."relnamespace" = "ns"."oid" inner join "pg_catalog"."pg_type" as "typ" on "a"."atttypid" = "typ"."oid" inner join "pg_catalog"."pg_namespace" as "dtns" on "typ"."typnamespace" = "dtns"."oid" where "c"."relkind" in ($1, $2, $3) and "ns"."nspname" !~ $4 and "ns"."nspname" != $5 and "ns"."nspname" != $6 and has_schema_privilege(ns.nspname, 'USAGE') and "a"."attnum" >= $7 and "a"."attisdropped" != $8 and "c"."relname" != $9 and "c"."relname" != $10 order by "ns"."nspname", "c"."relname", "a"."attnum"
#: 61: select "nspname" from "pg_catalog"."pg_namespace"
select "nspname" from "pg_catalog"."pg_namespace"
#: 62: select … from "pg_catalog"."pg_attribute" as "a" inner j
#bind ["r", "v", "p", "^pg_", "information_schema", "crdb_internal", "0", "t"]
select "a"."attname" as "column", "a"."attnotnull" as "not_null", "a"."atthasdef" as "has_default", "c"."relname" as "table", "c"."relkind" as "table_type", "ns"."nspname" as "schema", "typ"."typname" as "type", "dtns"."nspname" as "type_schema", col_description(a.attrelid, a.attnum) as "column_description", pg_get_serial_sequence(quote_ident(ns.nspname) || '.' || quote_ident(c.relname), a.attname) as "auto_incrementing" from "pg_catalog"."pg_attribute" as "a" inner join "pg_catalog"."pg_class" as "c" on "a"."attrelid" = "c"."oid" inner join "pg_catalog"."pg_namespace" as "ns" on "c"."relnamespace" = "ns"."oid" inner join "pg_catalog"."pg_type" as "typ" on "a"."atttypid" = "typ"."oid" inner join "pg_catalog"."pg_namespace" as "dtns" on "typ"."typnamespace" = "dtns"."oid" where "c"."relkind" in ($1, $2, $3) and "ns"."nspname" !~ $4 and "ns"."nspname" != $5 and "ns"."nspname" != $6 and has_schema_privilege(ns.nspname, 'USAGE') and "a"."attnum" >= $7 and "a"."attisdropped" != $8 order by "ns"."nspname", "c"."relname", "a"."attnum"
#: 63: with set_timeout as ( select set_config('lock_timeout', | readonly=42501
    with set_timeout as (
      select set_config('lock_timeout', '3600000', true) as config_val
    )
    select pg_advisory_lock(3853314791062309107)
    from set_timeout
#: 64: select pg_advisory_unlock(3853314791062309107) | readonly=42501
select pg_advisory_unlock(3853314791062309107)
#: 65: insert into "ky" ("n") values ($1) on conflict ("id") do | readonly=write
#bind ["a", "b"]
insert into "ky" ("n") values ($1) on conflict ("id") do update set "n" = $2 returning *
#: 66: delete from "ky" where "id" = $1 | readonly=write
#bind ["9"]
delete from "ky" where "id" = $1
