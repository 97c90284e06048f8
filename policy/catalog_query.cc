// The query of a catalog snapshot.  Each row is (what, schema, name, schema, name):
//
//   relation  a table, view … that is there
//   function  one of the database's own; the fourth column is its danger, if any, the fifth
//             the extension that all overloads in the same danger are members of, if any
//   operator, cast, reads   that runs the dangerous function in columns four and five;
//             of a cast, the first two are its target type
//   foreign   reading the relation reads the foreign table in columns four and five
//
// What a view runs is read off its rule as it is stored (pg_rewrite.ev_action): pg_depend
// has no entries for what initdb made, and a view over pg_read_file() must be found.
#include "policy/catalog.h"

namespace pgmoat::policy {

std::string_view CatalogQuery() {
  // search_path: every name below is pg_catalog's.  client_encoding: names in UTF-8, as
  // the facts have them.  jit: compiling would take fifty times as long as running.
  return R"_(SET LOCAL search_path TO pg_catalog, pg_temp;
SET LOCAL client_encoding TO 'UTF8';
SET LOCAL statement_timeout TO '10s';
SET LOCAL jit TO off;
/* pgmoat: what this database's own functions, operators, casts and views do */
WITH RECURSIVE
own_schema AS MATERIALIZED (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
),
own_function AS MATERIALIZED (
  SELECT p.oid, s.nspname, p.proname,
    CASE WHEN p.prosecdef THEN 'definer'
         WHEN p.provolatile = 'v' OR EXISTS (
           SELECT FROM pg_aggregate a JOIN pg_proc part
             ON part.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
                             a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
           WHERE a.aggfnoid = p.oid AND (part.provolatile = 'v' OR part.prosecdef))
           OR p.pronargdefaults > 0 AND EXISTS (
           SELECT FROM regexp_matches(p.proargdefaults::text, ':(funcid|opfuncid) ([0-9]+)', 'g') m
             JOIN pg_proc part ON part.oid = m[2]::oid
           WHERE part.provolatile = 'v' OR part.prosecdef)
         THEN 'volatile' ELSE '' END AS danger,
    coalesce((SELECT e.extname::text FROM pg_depend m JOIN pg_extension e ON e.oid = m.refobjid
              WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid AND m.deptype = 'e'
                AND m.refclassid = 'pg_extension'::regclass), '') AS extension
  FROM pg_proc p JOIN own_schema s ON s.oid = p.pronamespace
),
dangerous AS MATERIALIZED (
  SELECT oid, nspname, proname FROM own_function WHERE danger <> ''
  UNION ALL
  SELECT p.oid, 'pg_catalog', p.proname FROM pg_proc p
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (p.provolatile = 'v' OR
        p.proname ~ '^(query|table|schema|database|cursor)_to_xml|^ts_(stat|rewrite)$|^pg_(read|ls)_')
),
dangerous_type (type, reached) AS (
  SELECT casttarget, d.oid FROM dangerous d JOIN pg_cast ON castfunc = d.oid
  UNION
  SELECT t.oid, d.oid FROM dangerous d JOIN pg_type t ON d.oid = typinput
  UNION
  SELECT t.oid, d.oid FROM dangerous d JOIN pg_type t ON d.oid = typreceive
  UNION
  SELECT contypid, m[2]::oid FROM pg_constraint,
    regexp_matches(conbin::text, ':(funcid|opfuncid) ([0-9]+)', 'g') m
  WHERE contypid <> 0 AND m[2]::oid IN (SELECT oid FROM dangerous)
),
cast_target (type, reached, is_domain) AS (
  SELECT c.type, c.reached, t.typtype = 'd' FROM dangerous_type c JOIN pg_type t ON t.oid = c.type
  UNION
  SELECT t.oid, c.reached, true FROM cast_target c JOIN pg_type t ON t.typbasetype = c.type
),
expression AS MATERIALIZED (
  SELECT r.ev_class AS relation, r.ev_action::text || r.ev_qual::text AS tree
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN own_schema s ON s.oid = c.relnamespace
  WHERE r.ev_type = '1' AND c.relkind = 'v'
  UNION ALL
  SELECT polrelid, coalesce(polqual::text, '') || coalesce(polwithcheck::text, '') FROM pg_policy
),
uses AS MATERIALIZED (
  SELECT DISTINCT e.relation, m[2]::oid AS used, CASE WHEN m[1] IN ('relid', 'resulttype')
    THEN m[1] ELSE 'function' END AS what
  FROM expression e,
    regexp_matches(e.tree, ':(relid|funcid|opfuncid|aggfnoid|winfnoid|tsmhandler|resulttype) ([0-9]+)', 'g') m
),
uses_relation AS MATERIALIZED (
  SELECT relation, used FROM uses WHERE what = 'relid' AND relation <> used
  UNION
  SELECT i.inhparent, i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE c.relkind IN ('r', 'p', 'f')
),
reads (relation, is_foreign, reached) AS (
  SELECT u.relation, false, u.used FROM uses u JOIN dangerous d ON d.oid = u.used
  WHERE u.what = 'function'
  UNION
  SELECT u.relation, false, c.reached FROM uses u JOIN cast_target c ON c.type = u.used
  WHERE c.is_domain AND u.what = 'resulttype'
  UNION
  SELECT c.oid, true, c.oid FROM pg_class c WHERE c.relkind = 'f'
  UNION
  SELECT u.relation, r.is_foreign, r.reached FROM uses_relation u JOIN reads r ON u.used = r.relation
)
SELECT 'relation', s.nspname::text, c.relname::text, '', ''
FROM pg_class c JOIN own_schema s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
UNION ALL
SELECT 'function', nspname::text, proname::text, danger, min(extension)
FROM own_function GROUP BY nspname, proname, danger
UNION ALL
SELECT 'operator', n.nspname::text, o.oprname::text, d.nspname::text, d.proname::text
FROM pg_operator o JOIN dangerous d ON d.oid = o.oprcode JOIN pg_namespace n ON n.oid = o.oprnamespace
UNION ALL
SELECT 'cast', n.nspname::text, t.typname::text, d.nspname::text, d.proname::text
FROM cast_target c JOIN dangerous d ON d.oid = c.reached
  JOIN pg_type t ON t.oid = c.type JOIN pg_namespace n ON n.oid = t.typnamespace
UNION ALL
SELECT 'reads', n.nspname::text, c.relname::text, d.nspname::text, d.proname::text
FROM reads r JOIN dangerous d ON d.oid = r.reached AND NOT r.is_foreign
  JOIN pg_class c ON c.oid = r.relation JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 'foreign', n.nspname::text, c.relname::text, fn.nspname::text, f.relname::text
FROM reads r JOIN pg_class f ON f.oid = r.reached AND r.is_foreign
  JOIN pg_namespace fn ON fn.oid = f.relnamespace
  JOIN pg_class c ON c.oid = r.relation JOIN pg_namespace n ON n.oid = c.relnamespace)_";
}

}  // namespace pgmoat::policy
