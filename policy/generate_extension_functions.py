#!/usr/bin/python3
"""Writes policy/extension_functions.inc from the extensions of real servers.

    generate_extension_functions.py DSN… > policy/extension_functions.inc

The DSNs are superusers of scratch servers that have the extensions below (Debian's
postgresql-contrib, postgis, hypopg, hll, ip4r, tdigest, semver, q3c).  Each extension
is created in a transaction that is rolled back.  An extension that no server has is an
error; one that some server lacks is not.

A row: a function that SQL can call, with the volatility of its least stable overload
in any release (of an aggregate, that of the functions it is made of, as catalog_query.cc
has it), the extension, and the schema that the extension insists on, if any.
Only extensions whose stable and immutable functions somebody has read through are in
the list; what is not harmless among them has a verdict in extension_verdicts.cc.
"""

import sys

import psycopg

EXTENSIONS = """
address_standardizer amcheck bloom btree_gin btree_gist citext cube earthdistance
fuzzystrmatch hll hstore hypopg intagg intarray ip4r isn lo ltree pageinspect
pg_buffercache pg_freespacemap pg_stat_statements pg_trgm pg_visibility pg_walinspect
pgcrypto pgrowlocks pgstattuple postgis postgis_raster postgis_sfcgal postgis_topology
q3c seg semver sslinfo tablefunc tdigest unaccent uuid-ossp xml2
""".split()

# Not by name: a function of somebody's own that is called like this is not harmless.
LEFT_OUT = {"delete"}

# Support functions take internal or cstring; no statement can call them.
FUNCTIONS = """
SELECT p.proname, CASE WHEN EXISTS (
    SELECT FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc part ON part.oid IN
      (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
       a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
    WHERE a.aggfnoid = p.oid AND part.provolatile = 'v') THEN 'v' ELSE p.provolatile END,
  CASE WHEN e.extrelocatable THEN '' ELSE n.nspname END
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_depend d ON d.deptype = 'e' AND d.refobjid = e.oid
  AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
  AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
JOIN pg_catalog.pg_proc p ON p.oid = d.objid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE e.extname = %s
  AND p.prorettype NOT IN (SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'p'
    AND t.typname IN ('internal', 'cstring', 'trigger', 'event_trigger', 'index_am_handler'))
  AND NOT p.proargtypes::pg_catalog.oid[] && ARRAY['internal'::pg_catalog.regtype,
    'cstring'::pg_catalog.regtype, 'cstring[]'::pg_catalog.regtype]::pg_catalog.oid[]
"""

LEAST_STABLE_FIRST = "vsi"


def functions_of(connection, extension):
    connection.execute("SET LOCAL client_min_messages = error")
    connection.execute(f'CREATE EXTENSION "{extension}" CASCADE')
    rows = connection.execute(FUNCTIONS, (extension,)).fetchall()
    connection.rollback()
    return rows


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found, versions = {}, {}
    for dsn in sys.argv[1:]:
        with psycopg.connect(dsn) as connection:
            release = connection.execute("SHOW server_version").fetchone()[0].split()[0]
            available = dict(connection.execute(
                "SELECT name, default_version FROM pg_catalog.pg_available_extensions"))
            connection.rollback()
            for extension in EXTENSIONS:
                if extension not in available:
                    continue
                versions.setdefault(extension, []).append(f"{available[extension]} on {release}")
                for name, volatility, schema in functions_of(connection, extension):
                    if name in LEFT_OUT:
                        continue
                    # PostGIS cannot be moved, yet lives wherever it was created.
                    schema = "" if schema == "public" else schema
                    found.setdefault((name, extension, schema), set()).add(volatility)
    missing = [extension for extension in EXTENSIONS if extension not in versions]
    if missing:
        sys.exit(f"no server has: {' '.join(missing)}")

    print("// Written by generate_extension_functions.py.  Do not edit.")
    for extension in EXTENSIONS:
        print(f"// {extension} {', '.join(versions[extension])}")
    print("// EXTENSION(name, extension, its fixed schema, volatility)")
    for name, extension, schema in sorted(found, key=lambda key: [part.encode() for part in key]):
        volatility = min(found[name, extension, schema], key=LEAST_STABLE_FIRST.index)
        row = f'PGMOAT_EXTENSION("{name}", "{extension}", "{schema}",'
        # Broken where clang-format would.
        gap = " " if len(row) + 5 <= 96 else "\n" + " " * len("PGMOAT_EXTENSION(")
        print(f"{row}{gap}'{volatility}')")


if __name__ == "__main__":
    main()
