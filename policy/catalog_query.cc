// The query of a catalog snapshot.  Each row is (what, schema, name, object, schema, name):
//
//   relation       a table, view … that is there
//   function       one of the database's own; `object` is its danger, if any; the fifth
//                  column is "shadowed" when a built-in function with the same arguments is
//                  found before it, or when it is for types of the database's own; the last is
//                  the extension that it belongs to.  Over all overloads in the same danger
//   field          `object` is "row" when the one argument of the function in the last two
//                  columns may be a row, "scalar" when not
//   operand, operand_in
//                  `object` is an operator, a built-in function's name or, as "::text", a
//                  cast to a built-in type that means the function in the last two columns
//                  for values of a type, or of one of a relation's columns
//   reads, cast, operator, operator_name
//                  that runs the dangerous function in the last two columns; see catalog.h
//   foreign        reading the relation reads the foreign table in the last two columns
//
// How it finds them: `edge` says which function, type or relation runs or reads which;
// `reach` follows the edges backwards from what is dangerous by itself.  Expressions are
// read as they are stored (pg_node_tree), since pg_depend has no entries for what initdb
// made, and a view over pg_read_file() must be found.  The body of a function in SQL or
// PL/pgSQL that is a string is searched for names that stand before a bracket.
#include <string>

#include "policy/catalog.h"
#include "policy/functions.h"

namespace pgmoat::policy {

namespace {

// search_path: every name is pg_catalog's.  client_encoding: names in UTF-8, as the facts
// have them.  jit: compiling would take fifty times as long as running.
constexpr std::string_view kBeforeNames = R"_(SET LOCAL search_path TO pg_catalog, pg_temp;
SET LOCAL client_encoding TO 'UTF8';
SET LOCAL statement_timeout TO '10s';
SET LOCAL jit TO off;
/* pgmoat: what this database's own functions, types, operators and views do */
WITH RECURSIVE
own_schema AS MATERIALIZED (
  SELECT oid, nspname::text AS schema FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
),
member AS MATERIALIZED (
  SELECT d.objid AS oid, e.extname::text AS extension
  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass
    AND d.deptype = 'e'
),
own AS MATERIALIZED (
  SELECT p.*, s.schema, coalesce(m.extension, '') AS extension,
         p.provolatile = 'v' AND p.prokind <> 'a' OR p.prosecdef AS is_seed
  FROM pg_proc p JOIN own_schema s ON s.oid = p.pronamespace LEFT JOIN member m ON m.oid = p.oid
),
refused AS MATERIALIZED (
  SELECT oid, proname FROM pg_proc
  WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ('{)_";

constexpr std::string_view kAfterNames = R"_(}'::name[])
),
tree AS MATERIALIZED (
  SELECT 'f' AS kind, oid AS id, prosqlbody::text AS body FROM own WHERE prosqlbody IS NOT NULL
  UNION ALL
  SELECT 'f', oid, proargdefaults::text FROM own WHERE proargdefaults IS NOT NULL
  UNION ALL
  SELECT 't', contypid, conbin::text FROM pg_constraint WHERE contypid <> 0
  UNION ALL
  SELECT 'r', polrelid, polqual::text FROM pg_policy WHERE polcmd IN ('r', '*') AND polqual IS NOT NULL
  UNION ALL
  SELECT 'r', r.ev_class, r.ev_action::text
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    JOIN own_schema s ON s.oid = c.relnamespace
  WHERE r.ev_type = '1' AND c.relkind <> 'm'
),
edge (kind, id, to_kind, to_id) AS MATERIALIZED (
  SELECT DISTINCT t.kind, t.id,
    CASE m[1] WHEN 'relid' THEN 'r' WHEN 'resulttype' THEN 't' ELSE 'f' END, m[2]::oid
  FROM tree t, regexp_matches(t.body,
    ':(relid|funcid|opfuncid|aggfnoid|winfnoid|tsmhandler|resulttype) ([0-9]+)', 'g') m
  UNION
  SELECT 'f', f.oid, 'f', callee.oid
  FROM own f JOIN pg_language l ON l.oid = f.prolang AND l.lanname IN ('sql', 'plpgsql'),
    regexp_matches(lower(f.prosrc), '([a-z_][a-z0-9_$]*)"?[[:space:]]*[(]', 'g') m,
    LATERAL (SELECT oid FROM own WHERE lower(proname) = m[1]
             UNION ALL SELECT oid FROM refused WHERE proname = m[1]) callee
  WHERE NOT f.is_seed AND f.extension = ''
  UNION
  SELECT 'f', oid, 't', unnest(proargtypes) FROM own
  UNION
  SELECT 'f', f.oid, 'f', part
  FROM own f JOIN pg_aggregate a ON a.aggfnoid = f.oid,
    unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                 a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) part
  UNION
  SELECT 't', t.oid, 'f', part FROM pg_type t, unnest(ARRAY[t.typinput, t.typreceive]::oid[]) part
  UNION
  SELECT 't', casttarget, 'f', castfunc FROM pg_cast JOIN pg_type t ON t.oid = casttarget
    JOIN own_schema s ON s.oid = t.typnamespace
  WHERE castfunc <> 0
  UNION
  SELECT 't', t.oid, 't', part FROM pg_type t, unnest(ARRAY[t.typbasetype, t.typelem]) part
  WHERE part <> 0
  UNION
  SELECT 't', c.reltype, 't', a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relkind = 'c'
  UNION
  SELECT 'r', i.inhparent, 'r', i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE c.relkind IN ('r', 'p', 'f')
),
reach (kind, id, is_foreign, seed) AS (
  SELECT 'f', oid, false, oid FROM own WHERE is_seed
  UNION
  SELECT 'f', oid, false, oid FROM refused
  UNION
  SELECT 'r', oid, true, oid FROM pg_class WHERE relkind = 'f'
  UNION
  SELECT e.kind, e.id, r.is_foreign, r.seed FROM edge e JOIN reach r ON (e.to_kind, e.to_id) = (r.kind, r.id)
),
named AS MATERIALIZED (
  SELECT r.kind, r.id, r.is_foreign, n.nspname::text AS schema, coalesce(p.proname, c.relname)::text AS name
  FROM reach r LEFT JOIN pg_proc p ON NOT r.is_foreign AND p.oid = r.seed
    LEFT JOIN pg_class c ON r.is_foreign AND c.oid = r.seed
    JOIN pg_namespace n ON n.oid = coalesce(p.pronamespace, c.relnamespace)
),
own_type AS MATERIALIZED (
  SELECT t.oid, t.typarray, t.typname::text AS name, s.schema
  FROM pg_type t JOIN own_schema s ON s.oid = t.typnamespace
),
dangerous_operator AS MATERIALIZED (
  SELECT o.*, d.schema, d.name, n.nspname::text AS operator_schema,
    ARRAY(SELECT t.oid FROM own_type t WHERE t.oid IN (o.oprleft, o.oprright)) AS own_types
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    JOIN named d ON d.kind = 'f' AND d.id = o.oprcode
                 OR d.kind = 't' AND d.id IN (o.oprleft, o.oprright)
),
operand (used, type, schema, name) AS MATERIALIZED (
  SELECT oprname::text, unnest(own_types), schema, name FROM dangerous_operator
  UNION
  SELECT f.proname::text, t.oid, d.schema, d.name
  FROM own f JOIN named d ON d.kind = 'f' AND d.id = f.oid JOIN own_type t ON t.oid = ANY (f.proargtypes)
  WHERE EXISTS (SELECT FROM pg_proc b
                WHERE b.pronamespace = 'pg_catalog'::regnamespace AND b.proname = f.proname)
  UNION
  SELECT '::' || b.typname, c.castsource, d.schema, d.name
  FROM pg_cast c JOIN named d ON d.kind = 'f' AND d.id = c.castfunc
    JOIN pg_type b ON b.oid = c.casttarget AND b.typnamespace = 'pg_catalog'::regnamespace
)
SELECT 'relation', s.schema, c.relname::text, '', '', ''
FROM pg_class c JOIN own_schema s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
UNION ALL
SELECT 'function', schema, proname::text, danger, CASE WHEN bool_and(shadowed) THEN 'shadowed' ELSE '' END,
  min(extension)
FROM (SELECT schema, proname, extension,
        EXISTS (SELECT FROM pg_proc b WHERE b.pronamespace = 'pg_catalog'::regnamespace
                AND b.proname = own.proname AND b.proargtypes = own.proargtypes)
          OR EXISTS (SELECT FROM own_type t WHERE t.oid = ANY (own.proargtypes)) AS shadowed,
        CASE WHEN prosecdef THEN 'definer'
             WHEN EXISTS (SELECT FROM reach r WHERE r.kind = 'f' AND r.id = own.oid) THEN 'volatile'
             ELSE '' END AS danger FROM own) f
GROUP BY schema, proname, danger
UNION ALL
SELECT 'field', '', '', CASE WHEN t.typtype IN ('c', 'p', 'd') THEN 'row' ELSE 'scalar' END, f.schema, f.proname::text
FROM own f JOIN pg_type t ON t.oid = f.proargtypes[0]
WHERE f.pronargs - f.pronargdefaults <= 1
  AND EXISTS (SELECT FROM reach r WHERE r.kind = 'f' AND r.id = f.oid)
UNION ALL
SELECT CASE WHEN d.is_foreign THEN 'foreign' ELSE 'reads' END, n.nspname::text, c.relname::text, '', d.schema, d.name
FROM named d JOIN pg_class c ON c.oid = d.id AND d.kind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 'cast', n.nspname::text, t.typname::text, '', d.schema, d.name
FROM named d JOIN pg_type t ON t.oid = d.id AND d.kind = 't' JOIN pg_namespace n ON n.oid = t.typnamespace
UNION ALL
SELECT 'operator', operator_schema, oprname::text, '', schema, name FROM dangerous_operator
UNION ALL
SELECT 'operator_name', '', oprname::text, '', schema, name FROM dangerous_operator o
WHERE own_types = '{}' AND NOT EXISTS (
  SELECT FROM pg_operator b WHERE b.oprnamespace = 'pg_catalog'::regnamespace
    AND (b.oprname, b.oprleft, b.oprright) = (o.oprname, o.oprleft, o.oprright))
UNION ALL
SELECT 'operand', t.schema, t.name, o.used, o.schema, o.name
FROM operand o JOIN own_type t ON t.oid = o.type
UNION ALL
SELECT DISTINCT 'operand_in', n.nspname::text, c.relname::text, o.used, o.schema, o.name
FROM operand o JOIN own_type t ON t.oid = o.type
  JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
  JOIN pg_namespace n ON n.oid = c.relnamespace)_";

std::string MakeQuery() {
  // set_config is judged by its arguments, which hide in a view.
  std::string query = std::string(kBeforeNames) + "set_config";
  for (const GivenVerdict& given : GivenVerdicts()) {
    if (given.verdict != FunctionVerdict::kAllow) query.append(",").append(given.name);
  }
  return query.append(kAfterNames);
}

}  // namespace

const std::string& CatalogQuery() {
  static const std::string query = MakeQuery();
  return query;
}

}  // namespace pgmoat::policy
