# SQLAlchemy 1.4 with psycopg2: reflection and the ORM.
# Recorded from the server's log, of a real run.

#for readonly=ok app=ok deploy=ok
#setup SET search_path = orm, public
#: 1: select … from pg_type t JOIN pg_namespace ns ON typnames
SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';
#: 2: select version()
select pg_catalog.version()
#: 3: select current_schema()
select current_schema()
#: 4: show transaction isolation level
show transaction isolation level
#: 5: show standard_conforming_strings
show standard_conforming_strings
#: 6: select … from pg_class c JOIN pg_namespace n ON n.oid =
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind in ('r', 'p')
#: 7: select … from pg_class c JOIN pg_namespace n ON n.oid =
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm')
#: 8: select … from pg_class c LEFT JOIN pg_namespace n ON n.o
            SELECT c.oid
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE (pg_catalog.pg_table_is_visible(c.oid))
            AND c.relname = 'customers' AND c.relkind in
            ('r', 'v', 'm', 'f', 'p')
#: 9: select … from pg_attrdef d WHERE d.adrelid = a.attrelid
            SELECT a.attname,
              pg_catalog.format_type(a.atttypid, a.atttypmod),
              (
                SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                FROM pg_catalog.pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
                AND a.atthasdef
              ) AS DEFAULT,
              a.attnotnull,
              a.attrelid as table_oid,
              pgd.description as comment,
              a.attgenerated as generated,
                              (SELECT json_build_object(
                    'always', a.attidentity = 'a',
                    'start', s.seqstart,
                    'increment', s.seqincrement,
                    'minvalue', s.seqmin,
                    'maxvalue', s.seqmax,
                    'cache', s.seqcache,
                    'cycle', s.seqcycle)
                FROM pg_catalog.pg_sequence s
                JOIN pg_catalog.pg_class c on s.seqrelid = c."oid"
                WHERE c.relkind = 'S'
                AND a.attidentity != ''
                AND s.seqrelid = pg_catalog.pg_get_serial_sequence(
                    a.attrelid::regclass::text, a.attname
                )::regclass::oid
                ) as identity_options
            FROM pg_catalog.pg_attribute a
            LEFT JOIN pg_catalog.pg_description pgd ON (
                pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum)
            WHERE a.attrelid = 16396
            AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
#: 10: select … from pg_type t LEFT JOIN pg_namespace n ON n.oi
            SELECT t.typname as "name",
               pg_catalog.format_type(t.typbasetype, t.typtypmod) as "attype",
               not t.typnotnull as "nullable",
               t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema"
            FROM pg_catalog.pg_type t
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE t.typtype = 'd'
#: 11: select … from pg_type t LEFT JOIN pg_namespace n ON n.oi
            SELECT t.typname as "name",
               -- no enum defaults in 8.4 at least
               -- t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema",
               e.enumlabel as "label"
            FROM pg_catalog.pg_type t
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid
            WHERE t.typtype = 'e'
        ORDER BY "schema", "name", e.oid
#: 12: select … from pg_attribute a JOIN ( SELECT unnest(ix.ind
                SELECT a.attname
                FROM pg_attribute a JOIN (
                    SELECT unnest(ix.indkey) attnum,
                           generate_subscripts(ix.indkey, 1) ord
                    FROM pg_index ix
                    WHERE ix.indrelid = 16396 AND ix.indisprimary
                    ) k ON a.attnum=k.attnum
                WHERE a.attrelid = 16396
                ORDER BY k.ord
#: 13: select … from pg_constraint r WHERE r.conrelid = 16396 A
        SELECT conname
           FROM  pg_catalog.pg_constraint r
           WHERE r.conrelid = 16396 AND r.contype = 'p'
           ORDER BY 1
#: 14: select … from pg_constraint r, pg_namespace n, pg_class
          SELECT r.conname,
                pg_catalog.pg_get_constraintdef(r.oid, true) as condef,
                n.nspname as conschema
          FROM  pg_catalog.pg_constraint r,
                pg_namespace n,
                pg_class c
          WHERE r.conrelid = 16396 AND
                r.contype = 'f' AND
                c.oid = confrelid AND
                n.oid = c.relnamespace
          ORDER BY 1
#: 15: select … from pg_class t join pg_index ix on t.oid = ix.
              SELECT
                  i.relname as relname,
                  ix.indisunique, ix.indexprs,
                  a.attname, a.attnum, c.conrelid, ix.indkey::varchar,
                  ix.indoption::varchar, i.reloptions, am.amname,
                  pg_get_expr(ix.indpred, ix.indrelid),
                  ix.indnkeyatts as indnkeyatts
              FROM
                  pg_class t
                        join pg_index ix on t.oid = ix.indrelid
                        join pg_class i on i.oid = ix.indexrelid
                        left outer join
                            pg_attribute a
                            on t.oid = a.attrelid and a.attnum = ANY(ix.indkey)
                        left outer join
                            pg_constraint c
                            on (ix.indrelid = c.conrelid and
                                ix.indexrelid = c.conindid and
                                c.contype in ('p', 'u', 'x'))
                        left outer join
                            pg_am am
                            on i.relam = am.oid
              WHERE
                  t.relkind IN ('r', 'v', 'f', 'm', 'p')
                  and t.oid = 16396
                  and ix.indisprimary = 'f'
              ORDER BY
                  t.relname,
                  i.relname
#: 16: select … from pg_constraint cons join pg_attribute a on
            SELECT
                cons.conname as name,
                cons.conkey as key,
                a.attnum as col_num,
                a.attname as col_name
            FROM
                pg_catalog.pg_constraint cons
                join pg_attribute a
                  on cons.conrelid = a.attrelid AND
                    a.attnum = ANY(cons.conkey)
            WHERE
                cons.conrelid = 16396 AND
                cons.contype = 'u'
#: 17: select … from pg_constraint cons WHERE cons.conrelid = 1
            SELECT
                cons.conname as name,
                pg_get_constraintdef(cons.oid) as src
            FROM
                pg_catalog.pg_constraint cons
            WHERE
                cons.conrelid = 16396 AND
                cons.contype = 'c'
#: 18: select … from pg_description pgd WHERE pgd.objsubid = 0
            SELECT
                pgd.description as table_comment
            FROM
                pg_catalog.pg_description pgd
            WHERE
                pgd.objsubid = 0 AND
                pgd.objoid = 16396
#: 19: select … from pg_namespace WHERE nspname NOT LIKE 'pg_%'
SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_%' ORDER BY nspname
#: 20: select … from pg_class c join pg_namespace n on n.oid=c.
SELECT relname FROM pg_class c join pg_namespace n on n.oid=c.relnamespace where relkind='S' and n.nspname='public'
#: 21: select … from pg_type t LEFT JOIN pg_namespace n ON n.oi
            SELECT t.typname as "name",
               -- no enum defaults in 8.4 at least
               -- t.typdefault as "default",
               pg_catalog.pg_type_is_visible(t.oid) as "visible",
               n.nspname as "schema",
               e.enumlabel as "label"
            FROM pg_catalog.pg_type t
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 LEFT JOIN pg_catalog.pg_enum e ON t.oid = e.enumtypid
            WHERE t.typtype = 'e'
        AND n.nspname = 'public' ORDER BY "schema", "name", e.oid
#: 22: select … from pg_class c JOIN pg_namespace n ON n.oid =
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'f'
#: 23: select … from pg_class c JOIN pg_namespace n ON n.oid =
SELECT pg_get_viewdef(c.oid) view_def FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname = 'order_totals' AND c.relkind IN ('v', 'm')
#: 24: select … from pg_class c join pg_namespace n on n.oid=c.
select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='x'
#: 25: select … from pg_type t WHERE t.typname = 'kind_sa' AND
            SELECT EXISTS (
                SELECT * FROM pg_catalog.pg_type t
                WHERE t.typname = 'kind_sa'
                AND pg_type_is_visible(t.oid)
                )
#: 26: INSERT INTO widgets_sa (name, k) VALUES ('a', 'a') RETUR | readonly=write
INSERT INTO widgets_sa (name, k) VALUES ('a', 'a') RETURNING widgets_sa.id
#: 27: INSERT INTO widgets_sa (name, data, k) VALUES ('b', '{"x | readonly=write
INSERT INTO widgets_sa (name, data, k) VALUES ('b', '{"x": 1}', NULL) RETURNING widgets_sa.id
#: 28: select … from widgets_sa WHERE widgets_sa.name = 'a' FOR | readonly=write
SELECT widgets_sa.id AS widgets_sa_id, widgets_sa.name AS widgets_sa_name, widgets_sa.data AS widgets_sa_data, widgets_sa.at AS widgets_sa_at, widgets_sa.k AS widgets_sa_k
FROM widgets_sa
WHERE widgets_sa.name = 'a' FOR UPDATE
#: 29: UPDATE widgets_sa SET name='c' WHERE widgets_sa.id = 1 | readonly=write
UPDATE widgets_sa SET name='c' WHERE widgets_sa.id = 1
#: 30: select … from (SELECT widgets_sa.id AS widgets_sa_id, wi
SELECT count(*) AS count_1
FROM (SELECT widgets_sa.id AS widgets_sa_id, widgets_sa.name AS widgets_sa_name, widgets_sa.data AS widgets_sa_data, widgets_sa.at AS widgets_sa_at, widgets_sa.k AS widgets_sa_k
FROM widgets_sa) AS anon_1
#: 31: INSERT INTO widgets_sa (name) VALUES ('b') ON CONFLICT ( | readonly=write
INSERT INTO widgets_sa (name) VALUES ('b') ON CONFLICT (name) DO NOTHING RETURNING widgets_sa.id
#: 32: DELETE FROM widgets_sa WHERE widgets_sa.name IN ('b', 'c | readonly=write
DELETE FROM widgets_sa WHERE widgets_sa.name IN ('b', 'c')
#: 33: INSERT INTO alembic_version (version_num) VALUES ('0d832 | readonly=write
INSERT INTO alembic_version (version_num) VALUES ('0d83209ff640') RETURNING alembic_version.version_num
#: 34: SELECT alembic_version.version_num FROM alembic_version
SELECT alembic_version.version_num
FROM alembic_version
