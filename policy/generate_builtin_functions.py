#!/usr/bin/python3
"""Writes policy/builtin_functions.inc from a real server's pg_catalog.

    generate_builtin_functions.py DSN > policy/builtin_functions.inc

Rows: name, provolatile of the least stable overload, and the OIDs of all
overloads.  Only OIDs below 10000 are taken: those are assigned by hand in
PostgreSQL's sources and mean the same function in every release.  Names of
base types are added ('T'): "date('2024-01-01')" is a cast in a function's
clothes.  So are the names of the system catalogs and views, which nobody may write.  Verdicts are no part of this file: see function_verdicts.cc.
"""

import sys

import psycopg

FUNCTIONS = """
SELECT p.proname, p.provolatile, p.oid::int
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid < 10000
"""

# Functions that initdb's SQL scripts create have OIDs from 10000 on, and differ
# between releases, so only their names are kept.
SCRIPTED_FUNCTIONS = """
SELECT p.proname, p.provolatile
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
  AND p.oid >= 10000 AND p.oid < 16384
"""

TYPES = """
SELECT t.typname
FROM pg_catalog.pg_type t
WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
  AND t.typtype IN ('b', 'r', 'm') AND t.typname !~ '^_' AND t.oid < 10000
"""

RELATIONS = """
SELECT c.relname
FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind IN ('r', 'v')
"""

LEAST_STABLE_FIRST = "vsi"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    names = {}
    oids = {}
    with psycopg.connect(sys.argv[1]) as connection:
        version = connection.execute("SHOW server_version").fetchone()[0].split()[0]
        rows = connection.execute(FUNCTIONS).fetchall()
        scripted = connection.execute(SCRIPTED_FUNCTIONS).fetchall()
        relations = [row[0] for row in connection.execute(RELATIONS)]
        types = [row[0] for row in connection.execute(TYPES)]
    for name, volatility, oid in rows:
        names.setdefault(name, set()).add(volatility)
        oids[oid] = name
    for name, volatility in scripted:
        names.setdefault(name, set()).add(volatility)

    print(f"// Written by generate_builtin_functions.py from PostgreSQL {version}.  Do not edit.")
    print("// FUNCTION(name, volatility of the least stable overload; T: a type's name)")
    print("#ifdef PGMOAT_FUNCTION")
    for name in sorted(set(names) | set(types), key=lambda n: n.encode()):
        volatility = min(names[name], key=LEAST_STABLE_FIRST.index) if name in names else "T"
        print(f"PGMOAT_FUNCTION(\"{name}\", '{volatility}')")
    print("#endif")
    print("// CATALOG(name)")
    print("#ifdef PGMOAT_CATALOG")
    for name in sorted(relations, key=lambda n: n.encode()):
        print(f'PGMOAT_CATALOG("{name}")')
    print("#endif")
    print("// OID(pg_proc.oid, name)")
    print("#ifdef PGMOAT_OID")
    for oid in sorted(oids):
        print(f'PGMOAT_OID({oid}, "{oids[oid]}")')
    print("#endif")


if __name__ == "__main__":
    main()
