#!/usr/bin/python3
"""Writes policy/builtin_functions.inc from the pg_catalog of real servers.

    generate_builtin_functions.py DSN… > policy/builtin_functions.inc

One server per PostgreSQL release, oldest first.  A name that any of them has is
known, with the volatility of its least stable overload in any release.  Rows of
functions also give the OIDs of all overloads: only those below 10000, which are
assigned by hand in PostgreSQL's sources.  Few of them mean another function in
another release; such an OID has a row for each name, and functions.cc takes the
strictest.

Names of base types are added ('T'): "date('2024-01-01')" is a cast in a function's
clothes.  So are the names of the system catalogs and views, which nobody may write.
Verdicts are no part of this file: see function_verdicts.cc.
"""

import sys

import psycopg

# Functions that initdb's SQL scripts create have OIDs from 10000 on, and differ
# between releases: only their names are kept.
FUNCTIONS = """
SELECT p.proname, p.provolatile, p.oid::int
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid < 16384
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
  AND c.oid < 16384
"""

LEAST_STABLE_FIRST = "vsi"


def in_byte_order(names):
    return sorted(names, key=lambda name: name.encode())


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    versions, volatilities, oids, types, relations = [], {}, set(), set(), set()
    for dsn in sys.argv[1:]:
        with psycopg.connect(dsn) as connection:
            versions.append(connection.execute("SHOW server_version").fetchone()[0].split()[0])
            for name, volatility, oid in connection.execute(FUNCTIONS):
                volatilities.setdefault(name, set()).add(volatility)
                if oid < 10000:
                    oids.add((oid, name))
            types.update(row[0] for row in connection.execute(TYPES))
            relations.update(row[0] for row in connection.execute(RELATIONS))

    print("// Written by generate_builtin_functions.py.  Do not edit.")
    print(f"// From PostgreSQL {', '.join(versions)}.")
    print("// FUNCTION(name, volatility of the least stable overload; T: a type's name)")
    print("#ifdef PGMOAT_FUNCTION")
    for name in in_byte_order(set(volatilities) | types):
        volatility = min(volatilities.get(name, "T"), key=(LEAST_STABLE_FIRST + "T").index)
        print(f"PGMOAT_FUNCTION(\"{name}\", '{volatility}')")
    print("#endif")
    print("// CATALOG(name)")
    print("#ifdef PGMOAT_CATALOG")
    for name in in_byte_order(relations):
        print(f'PGMOAT_CATALOG("{name}")')
    print("#endif")
    print("// OID(pg_proc.oid, name); two rows where releases differ")
    print("#ifdef PGMOAT_OID")
    for oid, name in sorted(oids):
        print(f'PGMOAT_OID({oid}, "{name}")')
    print("#endif")


if __name__ == "__main__":
    main()
