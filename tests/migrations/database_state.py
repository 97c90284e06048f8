"""What a database holds, column for column and row for row, as a value that can be compared.

    before = state_of(connection)
    …
    assert not differences(before, state_of(connection))

`alike` compares two databases that the same migration made at two moments: what a tool writes
anew each time (a time, a random id) is levelled.
"""
import re

# The user's own: not the server's, not an extension's.
OWN = """n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {0}.oid AND d.deptype = 'e')"""
COLUMNS = f"""
  SELECT format('%I.%I', n.nspname, c.relname), a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
         a.attidentity::text, a.attgenerated::text, pg_get_expr(e.adbin, e.adrelid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'm') AND {OWN.format('c')} ORDER BY 1, a.attnum"""
# (what it is, its name, its definition) of everything else that a migration makes.
OBJECTS = f"""
  SELECT 'schema', n.nspname, '' FROM pg_namespace n WHERE {OWN.format('n')}
  UNION ALL SELECT 'index', format('%I.%I', n.nspname, c.relname), pg_get_indexdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('i', 'I') AND {OWN.format('c')}
  UNION ALL SELECT 'constraint', format('%s on %s', o.conname, o.conrelid::regclass), pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE {OWN.format('o')}
  UNION ALL SELECT 'view', format('%I.%I', n.nspname, c.relname), pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {OWN.format('c')}
  UNION ALL SELECT 'sequence', format('%I.%I', n.nspname, c.relname), coalesce(pg_sequence_last_value(c.oid)::text, 'unused')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND {OWN.format('c')}
  UNION ALL SELECT 'enum', format('%I.%I', n.nspname, t.typname),
                   (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND {OWN.format('t')}
  UNION ALL SELECT 'function', p.oid::regprocedure::text, md5(pg_get_functiondef(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind <> 'a' AND {OWN.format('p')}
  UNION ALL SELECT 'trigger', t.tgname || ' on ' || t.tgrelid::regclass, pg_get_triggerdef(t.oid)
    FROM pg_trigger t WHERE NOT t.tgisinternal
  UNION ALL SELECT 'extension', extname, extversion FROM pg_extension
  UNION ALL SELECT 'comment', classoid::regclass || ' ' || objoid || ' ' || objsubid, description
    FROM pg_description WHERE objoid >= 16384"""
NEW_EACH_TIME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?\S*")


def state_of(connection) -> dict:
    """{("table", name): (columns, rows), ("enum", name): labels, …}.  Rows are tuples of texts, sorted."""
    state = {(kind, name): text for kind, name, text in connection.execute(OBJECTS).fetchall()}
    tables = {}
    for table, *column in connection.execute(COLUMNS).fetchall():
        tables.setdefault(table, []).append(tuple(column))
    for table, columns in tables.items():
        columns = [] if columns[0][0] is None else columns
        names = [column[0] for column in columns]
        texts = ", ".join('"' + name.replace('"', '""') + '"::text' for name in names)
        rows = connection.execute(f"SELECT {texts} FROM {table}").fetchall()
        state["table", table] = tuple(columns), sorted(rows, key=lambda row: [(v is not None, v or "") for v in row])
    return state


def databases_of(connection) -> list:
    """Those of the whole server: a shadow database that was made, or one that was dropped, is seen."""
    return sorted(name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall())


def rows_of(state, table) -> list:
    """The rows of a table as dictionaries of texts."""
    columns, rows = state["table", table]
    return [dict(zip((column[0] for column in columns), row)) for row in rows]


def differences(before, after) -> dict:
    """{(kind, name): (before, after)} of what is not the same."""
    return {key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}


def alike(state) -> dict:
    """The same state without what is new at each run."""
    def level(value):
        if value is None:
            return None
        return NEW_EACH_TIME.sub("…", value)

    levelled = {}
    for (kind, name), content in state.items():
        if kind == "table":
            columns, rows = content
            content = columns, sorted((tuple(map(level, row)) for row in rows), key=repr)
        if kind != "comment":  # they name an oid
            levelled[kind, name] = content
    return levelled
