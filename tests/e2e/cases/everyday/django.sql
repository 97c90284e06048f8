# Django 3.2: inspectdb, showmigrations and the ORM over its own tables.
# Recorded from the server's log, of a real run.

#for readonly=ok app=ok deploy=ok
#setup SET search_path = orm, public
#: 1: SET TIME ZONE 'UTC'
SET TIME ZONE 'UTC'
#: 2: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
            SELECT c.relname,
            CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
#: 3: select … from pg_constraint con LEFT JOIN pg_class c1 ON
            SELECT a1.attname, c2.relname, a2.attname
            FROM pg_constraint con
            LEFT JOIN pg_class c1 ON con.conrelid = c1.oid
            LEFT JOIN pg_class c2 ON con.confrelid = c2.oid
            LEFT JOIN pg_attribute a1 ON c1.oid = a1.attrelid AND a1.attnum = con.conkey[1]
            LEFT JOIN pg_attribute a2 ON c2.oid = a2.attrelid AND a2.attnum = con.confkey[1]
            WHERE
                c1.relname = 'customers' AND
                con.contype = 'f' AND
                c1.relnamespace = c2.relnamespace AND
                pg_catalog.pg_table_is_visible(c1.oid)
#: 4: select … from unnest(c.conkey) WITH ORDINALITY cols(coli
            SELECT
                c.conname,
                array(
                    SELECT attname
                    FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx)
                    JOIN pg_attribute AS ca ON cols.colid = ca.attnum
                    WHERE ca.attrelid = c.conrelid
                    ORDER BY cols.arridx
                ),
                c.contype,
                (SELECT fkc.relname || '.' || fka.attname
                FROM pg_attribute AS fka
                JOIN pg_class AS fkc ON fka.attrelid = fkc.oid
                WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]),
                cl.reloptions
            FROM pg_constraint AS c
            JOIN pg_class AS cl ON c.conrelid = cl.oid
            WHERE cl.relname = 'customers' AND pg_catalog.pg_table_is_visible(cl.oid)
#: 5: select … from ( SELECT c2.relname as indexname, idx.*, a
            SELECT
                indexname, array_agg(attname ORDER BY arridx), indisunique, indisprimary,
                array_agg(ordering ORDER BY arridx), amname, exprdef, s2.attoptions
            FROM (
                SELECT
                    c2.relname as indexname, idx.*, attr.attname, am.amname,
                    CASE
                        WHEN idx.indexprs IS NOT NULL THEN
                            pg_get_indexdef(idx.indexrelid)
                    END AS exprdef,
                    CASE am.amname
                        WHEN 'btree' THEN
                            CASE (option & 1)
                                WHEN 1 THEN 'DESC' ELSE 'ASC'
                            END
                    END as ordering,
                    c2.reloptions as attoptions
                FROM (
                    SELECT *
                    FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)
                ) idx
                LEFT JOIN pg_class c ON idx.indrelid = c.oid
                LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid
                LEFT JOIN pg_am am ON c2.relam = am.oid
                LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
                WHERE c.relname = 'customers' AND pg_catalog.pg_table_is_visible(c.oid)
            ) s2
            GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions;
#: 6: select … from pg_attribute a LEFT JOIN pg_attrdef ad ON
            SELECT
                a.attname AS column_name,
                NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) AS is_nullable,
                pg_get_expr(ad.adbin, ad.adrelid) AS column_default,
                CASE WHEN collname = 'default' THEN NULL ELSE collname END AS collation
            FROM pg_attribute a
            LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
            LEFT JOIN pg_collation co ON a.attcollation = co.oid
            JOIN pg_type t ON a.atttypid = t.oid
            JOIN pg_class c ON a.attrelid = c.oid
            JOIN pg_namespace n ON c.relnamespace = n.oid
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND c.relname = 'customers'
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
#: 7: SELECT * FROM "customers" LIMIT 1
SELECT * FROM "customers" LIMIT 1
#: 8: select … from pg_constraint con LEFT JOIN pg_class c1 ON
            SELECT a1.attname, c2.relname, a2.attname
            FROM pg_constraint con
            LEFT JOIN pg_class c1 ON con.conrelid = c1.oid
            LEFT JOIN pg_class c2 ON con.confrelid = c2.oid
            LEFT JOIN pg_attribute a1 ON c1.oid = a1.attrelid AND a1.attnum = con.conkey[1]
            LEFT JOIN pg_attribute a2 ON c2.oid = a2.attrelid AND a2.attnum = con.confkey[1]
            WHERE
                c1.relname = 'order_items' AND
                con.contype = 'f' AND
                c1.relnamespace = c2.relnamespace AND
                pg_catalog.pg_table_is_visible(c1.oid)
#: 9: select … from unnest(c.conkey) WITH ORDINALITY cols(coli
            SELECT
                c.conname,
                array(
                    SELECT attname
                    FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx)
                    JOIN pg_attribute AS ca ON cols.colid = ca.attnum
                    WHERE ca.attrelid = c.conrelid
                    ORDER BY cols.arridx
                ),
                c.contype,
                (SELECT fkc.relname || '.' || fka.attname
                FROM pg_attribute AS fka
                JOIN pg_class AS fkc ON fka.attrelid = fkc.oid
                WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]),
                cl.reloptions
            FROM pg_constraint AS c
            JOIN pg_class AS cl ON c.conrelid = cl.oid
            WHERE cl.relname = 'order_items' AND pg_catalog.pg_table_is_visible(cl.oid)
#: 10: select … from ( SELECT c2.relname as indexname, idx.*, a
            SELECT
                indexname, array_agg(attname ORDER BY arridx), indisunique, indisprimary,
                array_agg(ordering ORDER BY arridx), amname, exprdef, s2.attoptions
            FROM (
                SELECT
                    c2.relname as indexname, idx.*, attr.attname, am.amname,
                    CASE
                        WHEN idx.indexprs IS NOT NULL THEN
                            pg_get_indexdef(idx.indexrelid)
                    END AS exprdef,
                    CASE am.amname
                        WHEN 'btree' THEN
                            CASE (option & 1)
                                WHEN 1 THEN 'DESC' ELSE 'ASC'
                            END
                    END as ordering,
                    c2.reloptions as attoptions
                FROM (
                    SELECT *
                    FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)
                ) idx
                LEFT JOIN pg_class c ON idx.indrelid = c.oid
                LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid
                LEFT JOIN pg_am am ON c2.relam = am.oid
                LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
                WHERE c.relname = 'order_items' AND pg_catalog.pg_table_is_visible(c.oid)
            ) s2
            GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions;
#: 11: select … from pg_attribute a LEFT JOIN pg_attrdef ad ON
            SELECT
                a.attname AS column_name,
                NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) AS is_nullable,
                pg_get_expr(ad.adbin, ad.adrelid) AS column_default,
                CASE WHEN collname = 'default' THEN NULL ELSE collname END AS collation
            FROM pg_attribute a
            LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
            LEFT JOIN pg_collation co ON a.attcollation = co.oid
            JOIN pg_type t ON a.atttypid = t.oid
            JOIN pg_class c ON a.attrelid = c.oid
            JOIN pg_namespace n ON c.relnamespace = n.oid
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND c.relname = 'order_items'
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
#: 12: SELECT * FROM "order_items" LIMIT 1
SELECT * FROM "order_items" LIMIT 1
#: 13: select … from pg_constraint con LEFT JOIN pg_class c1 ON
            SELECT a1.attname, c2.relname, a2.attname
            FROM pg_constraint con
            LEFT JOIN pg_class c1 ON con.conrelid = c1.oid
            LEFT JOIN pg_class c2 ON con.confrelid = c2.oid
            LEFT JOIN pg_attribute a1 ON c1.oid = a1.attrelid AND a1.attnum = con.conkey[1]
            LEFT JOIN pg_attribute a2 ON c2.oid = a2.attrelid AND a2.attnum = con.confkey[1]
            WHERE
                c1.relname = 'orders' AND
                con.contype = 'f' AND
                c1.relnamespace = c2.relnamespace AND
                pg_catalog.pg_table_is_visible(c1.oid)
#: 14: select … from unnest(c.conkey) WITH ORDINALITY cols(coli
            SELECT
                c.conname,
                array(
                    SELECT attname
                    FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx)
                    JOIN pg_attribute AS ca ON cols.colid = ca.attnum
                    WHERE ca.attrelid = c.conrelid
                    ORDER BY cols.arridx
                ),
                c.contype,
                (SELECT fkc.relname || '.' || fka.attname
                FROM pg_attribute AS fka
                JOIN pg_class AS fkc ON fka.attrelid = fkc.oid
                WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]),
                cl.reloptions
            FROM pg_constraint AS c
            JOIN pg_class AS cl ON c.conrelid = cl.oid
            WHERE cl.relname = 'orders' AND pg_catalog.pg_table_is_visible(cl.oid)
#: 15: select … from ( SELECT c2.relname as indexname, idx.*, a
            SELECT
                indexname, array_agg(attname ORDER BY arridx), indisunique, indisprimary,
                array_agg(ordering ORDER BY arridx), amname, exprdef, s2.attoptions
            FROM (
                SELECT
                    c2.relname as indexname, idx.*, attr.attname, am.amname,
                    CASE
                        WHEN idx.indexprs IS NOT NULL THEN
                            pg_get_indexdef(idx.indexrelid)
                    END AS exprdef,
                    CASE am.amname
                        WHEN 'btree' THEN
                            CASE (option & 1)
                                WHEN 1 THEN 'DESC' ELSE 'ASC'
                            END
                    END as ordering,
                    c2.reloptions as attoptions
                FROM (
                    SELECT *
                    FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)
                ) idx
                LEFT JOIN pg_class c ON idx.indrelid = c.oid
                LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid
                LEFT JOIN pg_am am ON c2.relam = am.oid
                LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
                WHERE c.relname = 'orders' AND pg_catalog.pg_table_is_visible(c.oid)
            ) s2
            GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions;
#: 16: select … from pg_attribute a LEFT JOIN pg_attrdef ad ON
            SELECT
                a.attname AS column_name,
                NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) AS is_nullable,
                pg_get_expr(ad.adbin, ad.adrelid) AS column_default,
                CASE WHEN collname = 'default' THEN NULL ELSE collname END AS collation
            FROM pg_attribute a
            LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
            LEFT JOIN pg_collation co ON a.attcollation = co.oid
            JOIN pg_type t ON a.atttypid = t.oid
            JOIN pg_class c ON a.attrelid = c.oid
            JOIN pg_namespace n ON c.relnamespace = n.oid
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND c.relname = 'orders'
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
#: 17: SELECT * FROM "orders" LIMIT 1
SELECT * FROM "orders" LIMIT 1
#: 18: SET TIME ZONE 'UTC'
SET TIME ZONE 'UTC'
#: 19: select … from "auth_user" LIMIT 5
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" LIMIT 5
#: 20: SELECT COUNT(*) AS "__count" FROM "auth_user"
SELECT COUNT(*) AS "__count" FROM "auth_user"
#: 21: select … from "auth_user" WHERE UPPER("auth_user"."usern
SELECT (1) AS "a" FROM "auth_user" WHERE UPPER("auth_user"."username"::text) LIKE UPPER('%a%') LIMIT 1
#: 22: INSERT INTO "auth_user" ("password", "last_login", "is_s | readonly=write
INSERT INTO "auth_user" ("password", "last_login", "is_superuser", "username", "first_name", "last_name", "email", "is_staff", "is_active", "date_joined") VALUES ('pbkdf2_sha256$260000$T7BEsShVuQCsWYKHPMXOEV$MjvPpCm9tH8/mYa3aphpEfITFhig4JnuKu9ni1KmKx4=', NULL, false, 'a', '', '', 'a@x.y', false, true, '2026-11-21T10:08:35.205532+00:00'::timestamptz) RETURNING "auth_user"."id"
#: 23: UPDATE "auth_user" SET "password" = 'pbkdf2_sha256$26000 | readonly=write
UPDATE "auth_user" SET "password" = 'pbkdf2_sha256$260000$T7BEsShVuQCsWYKHPMXOEV$MjvPpCm9tH8/mYa3aphpEfITFhig4JnuKu9ni1KmKx4=', "last_login" = NULL, "is_superuser" = false, "username" = 'a', "first_name" = 'B', "last_name" = '', "email" = 'a@x.y', "is_staff" = false, "is_active" = true, "date_joined" = '2026-11-21T10:08:35.205532+00:00'::timestamptz WHERE "auth_user"."id" = 1
#: 24: select … from "auth_group" WHERE "auth_group"."name" = '
SELECT "auth_group"."id", "auth_group"."name" FROM "auth_group" WHERE "auth_group"."name" = 'g' LIMIT 21
#: 25: INSERT INTO "auth_group" ("name") VALUES ('g') RETURNING | readonly=write
INSERT INTO "auth_group" ("name") VALUES ('g') RETURNING "auth_group"."id"
#: 26: INSERT INTO "auth_user_groups" ("user_id", "group_id") V | readonly=write
INSERT INTO "auth_user_groups" ("user_id", "group_id") VALUES (1, 1) ON CONFLICT DO NOTHING
#: 27: select … from "auth_user"
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user"
#: 28: select … from "auth_group" INNER JOIN "auth_user_groups"
SELECT ("auth_user_groups"."user_id") AS "_prefetch_related_val_user_id", "auth_group"."id", "auth_group"."name" FROM "auth_group" INNER JOIN "auth_user_groups" ON ("auth_group"."id" = "auth_user_groups"."group_id") WHERE "auth_user_groups"."user_id" IN (1)
#: 29: select … from "auth_permission" INNER JOIN "django_conte
SELECT "django_content_type"."app_label", COUNT("auth_permission"."id") AS "n" FROM "auth_permission" INNER JOIN "django_content_type" ON ("auth_permission"."content_type_id" = "django_content_type"."id") GROUP BY "django_content_type"."app_label" ORDER BY "n" DESC
#: 30: select … from "auth_user" WHERE "auth_user"."id" = 1 LIM | readonly=write
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE "auth_user"."id" = 1 LIMIT 21 FOR UPDATE
#: 31: UPDATE "auth_user" SET "last_name" = "auth_user"."first_ | readonly=write
UPDATE "auth_user" SET "last_name" = "auth_user"."first_name" WHERE "auth_user"."id" = 1
#: 32: INSERT INTO "auth_group" ("name") VALUES ('h'), ('i') ON | readonly=write
INSERT INTO "auth_group" ("name") VALUES ('h'), ('i') ON CONFLICT DO NOTHING
#: 33: (SELECT "auth_group"."id", "auth_group"."name" FROM "aut
(SELECT "auth_group"."id", "auth_group"."name" FROM "auth_group" WHERE "auth_group"."name" IN ('h', 'i')) UNION (SELECT "auth_group"."id", "auth_group"."name" FROM "auth_group" WHERE "auth_group"."id" = 1)
#: 34: select … from "auth_user" WHERE "auth_user"."id" IN (1,
SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", "auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", "auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" WHERE "auth_user"."id" IN (1, 2)
#: 35: select … from "auth_user" WHERE ("auth_user"."date_joine
SELECT DISTINCT DATE_TRUNC('month', "auth_user"."date_joined" AT TIME ZONE 'America/Chicago') AS "datefield" FROM "auth_user" WHERE ("auth_user"."date_joined" BETWEEN '2026-01-01T00:00:00-06:00'::timestamptz AND '2026-12-31T23:59:59.999999-06:00'::timestamptz AND "auth_user"."date_joined" IS NOT NULL) ORDER BY "datefield" ASC LIMIT 1
#: 36: select … from "django_session" WHERE "django_session"."s
SELECT (1) AS "a" FROM "django_session" WHERE "django_session"."session_key" = 'xvrw6i61s1pye303r49jluzvyb9be6eu' LIMIT 1
#: 37: INSERT INTO "django_session" ("session_key", "session_da | readonly=write
INSERT INTO "django_session" ("session_key", "session_data", "expire_date") VALUES ('xvrw6i61s1pye303r49jluzvyb9be6eu', 'eyJhIjoxfQ:1xUi1L:J2MxMEZUMA7MJiU02kTMSUfmkzGHZ-BUYL8X3zZ6McY', '2026-12-05T10:08:35.415551+00:00'::timestamptz)
#: 38: select … from "django_session" WHERE "django_session"."s
SELECT "django_session"."session_key", "django_session"."session_data", "django_session"."expire_date" FROM "django_session" WHERE "django_session"."session_key" = 'xvrw6i61s1pye303r49jluzvyb9be6eu' LIMIT 21
#: 39: DELETE FROM "django_session" WHERE "django_session"."ses | readonly=write
DELETE FROM "django_session" WHERE "django_session"."session_key" IN ('xvrw6i61s1pye303r49jluzvyb9be6eu')
#: 40: DELETE FROM "auth_user_groups" WHERE "auth_user_groups". | readonly=write
DELETE FROM "auth_user_groups" WHERE "auth_user_groups"."user_id" = 1
#: 41: DELETE FROM "auth_user_groups" WHERE "auth_user_groups". | readonly=write
DELETE FROM "auth_user_groups" WHERE "auth_user_groups"."user_id" IN (1)
#: 42: DELETE FROM "auth_user_user_permissions" WHERE "auth_use | readonly=write
DELETE FROM "auth_user_user_permissions" WHERE "auth_user_user_permissions"."user_id" IN (1)
#: 43: select … from "auth_group" WHERE "auth_group"."name" IN
SELECT "auth_group"."id", "auth_group"."name" FROM "auth_group" WHERE "auth_group"."name" IN ('g', 'h', 'i')
#: 44: DELETE FROM "auth_group_permissions" WHERE "auth_group_p | readonly=write
DELETE FROM "auth_group_permissions" WHERE "auth_group_permissions"."group_id" IN (1, 2, 3)
#: 45: DELETE FROM "auth_user_groups" WHERE "auth_user_groups". | readonly=write
DELETE FROM "auth_user_groups" WHERE "auth_user_groups"."group_id" IN (1, 2, 3)
#: 46: DELETE FROM "auth_group" WHERE "auth_group"."id" IN (3, | readonly=write
DELETE FROM "auth_group" WHERE "auth_group"."id" IN (3, 2, 1)
#: 47: select … from pg_class s JOIN pg_namespace sn ON sn.oid
            SELECT s.relname as sequence_name, col.attname
            FROM pg_class s
                JOIN pg_namespace sn ON sn.oid = s.relnamespace
                JOIN pg_depend d ON d.refobjid = s.oid AND d.refclassid = 'pg_class'::regclass
                JOIN pg_attrdef ad ON ad.oid = d.objid AND d.classid = 'pg_attrdef'::regclass
                JOIN pg_attribute col ON col.attrelid = ad.adrelid AND col.attnum = ad.adnum
                JOIN pg_class tbl ON tbl.oid = ad.adrelid
            WHERE s.relkind = 'S'
              AND d.deptype in ('a', 'n')
              AND pg_catalog.pg_table_is_visible(tbl.oid)
              AND tbl.relname = 'auth_user'
