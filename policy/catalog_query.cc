// The query of a catalog snapshot.  Each row is (what, schema, name, schema, name):
//
//   relation  a table, view … that is there
//   function  one of the database's own; the fourth column is its danger, if any
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
         THEN 'volatile' ELSE '' END AS danger
  FROM pg_proc p JOIN own_schema s ON s.oid = p.pronamespace
),
dangerous AS MATERIALIZED (
  SELECT oid, nspname, proname FROM own_function WHERE danger <> ''
  UNION ALL
  SELECT p.oid, 'pg_catalog', p.proname FROM pg_proc p
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND (p.provolatile = 'v' OR
        p.proname ~ '^(query|table|schema|database|cursor)_to_xml|^ts_(stat|rewrite)$|^pg_(read|ls)_')
),
expression AS MATERIALIZED (
  SELECT r.ev_class AS relation, r.ev_action::text || r.ev_qual::text AS tree
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN own_schema s ON s.oid = c.relnamespace
  WHERE r.ev_type = '1'
  UNION ALL
  SELECT polrelid, coalesce(polqual::text, '') || coalesce(polwithcheck::text, '') FROM pg_policy
),
uses AS MATERIALIZED (
  SELECT DISTINCT e.relation, m[1] = 'relid' AS is_relation, m[2]::oid AS used
  FROM expression e,
    regexp_matches(e.tree, ':(relid|funcid|opfuncid|aggfnoid|winfnoid|tsmhandler) (\d+)', 'g') m
),
reads (relation, is_foreign, reached) AS (
  SELECT u.relation, false, u.used FROM uses u JOIN dangerous d ON d.oid = u.used
  WHERE NOT u.is_relation
  UNION
  SELECT c.oid, true, c.oid FROM pg_class c WHERE c.relkind = 'f'
  UNION
  SELECT u.relation, r.is_foreign, r.reached FROM uses u JOIN reads r ON u.used = r.relation
  WHERE u.is_relation AND u.relation <> u.used
)
SELECT 'relation', s.nspname::text, c.relname::text, '', ''
FROM pg_class c JOIN own_schema s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
UNION ALL
SELECT 'function', nspname::text, proname::text, max(danger), '' FROM own_function GROUP BY nspname, proname
UNION ALL
SELECT 'operator', n.nspname::text, o.oprname::text, d.nspname::text, d.proname::text
FROM pg_operator o JOIN dangerous d ON d.oid = o.oprcode JOIN pg_namespace n ON n.oid = o.oprnamespace
UNION ALL
SELECT 'cast', n.nspname::text, t.typname::text, d.nspname::text, d.proname::text
FROM dangerous d JOIN LATERAL (
    SELECT casttarget AS type FROM pg_cast WHERE castfunc = d.oid
    UNION
    SELECT oid FROM pg_type WHERE d.oid IN (typinput, typreceive)
    UNION
    SELECT contypid FROM pg_constraint
    WHERE contypid <> 0 AND conbin::text ~ (':(funcid|opfuncid) ' || d.oid || '\y')
  ) target ON true
  JOIN pg_type t ON t.oid = target.type JOIN pg_namespace n ON n.oid = t.typnamespace
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
