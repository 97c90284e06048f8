"""What a database holds, as a value that changes when anything in it does.

Every row knows the transaction that wrote it (xmin).  A table's row count and newest xmin
together change with any INSERT, UPDATE or DELETE that was committed, and reading them is
cheap enough to do after each of several hundred attacks.
"""
import os

import psycopg

from servers import until

CATALOGS = """
  pg_class pg_attribute pg_proc pg_type pg_namespace pg_trigger pg_rewrite pg_constraint pg_index
  pg_inherits pg_authid pg_auth_members pg_database pg_db_role_setting pg_tablespace pg_extension
  pg_foreign_server pg_foreign_data_wrapper pg_user_mapping pg_publication pg_subscription
  pg_largeobject pg_largeobject_metadata pg_language pg_cast pg_operator pg_event_trigger pg_policy
  pg_default_acl pg_description pg_shdescription pg_seclabel pg_depend pg_shdepend pg_enum
  pg_collation pg_conversion pg_aggregate pg_statistic_ext pg_statistic pg_transform
""".split()
# Of every table that is the user's own.  Toasted values are seen through their row.
TABLES = """
  SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
  AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
"""
ROWS = "SELECT '{0}', count(*)::text || ' ' || coalesce(max(xmin::text::bigint), 0) FROM {0}"
# The schemas of temporary tables stay behind the session that first needed them.
NOT_TEMPORARY = {"pg_namespace": r" WHERE nspname !~ '^pg_(toast_)?temp_'"}
OTHERS = [
    "SELECT 'sequence ' || schemaname || '.' || sequencename, coalesce(last_value::text, 'unused') FROM pg_sequences",
    "SELECT 'advisory locks', count(*)::text FROM pg_locks WHERE locktype = 'advisory'",
    "SELECT 'prepared transactions', count(*)::text FROM pg_prepared_xacts",
    "SELECT 'replication slots', count(*)::text FROM pg_replication_slots",
    "SELECT 'ALTER SYSTEM', pg_read_file('postgresql.auto.conf')"]


class Snapshots:
    """Takes them over one connection, which also is the victim of pg_terminate_backend."""

    def __init__(self, postgres, dbname="shop"):
        self.connection = postgres.connect(dbname=dbname)
        self.loot = postgres.loot

    @property
    def pid(self) -> int:
        return self.connection.info.backend_pid

    def close(self):
        self.connection.close()

    def take(self) -> dict:
        tables = [name for (name,) in self.connection.execute(TABLES).fetchall()]
        parts = [ROWS.format(name) for name in tables]
        parts += [ROWS.format(f"pg_catalog.{name}") + NOT_TEMPORARY.get(name, "") for name in CATALOGS]
        found = dict(self.connection.execute(" UNION ALL ".join(parts + OTHERS)).fetchall())
        found["files"] = sorted(os.listdir(self.loot))
        return found

    def changes(self, before, besides="nothing") -> dict:
        """What differs from `before`, except what is named so.  Waits a little: a session that ends
        tidies up behind its client's back."""
        found = {}

        def same():
            after = self.take()
            found.clear()
            found.update({k: (before.get(k), after.get(k)) for k in {**before, **after}
                          if after.get(k) != before.get(k) and not k.startswith(besides)})
            return not found
        try:
            until(same, seconds=1)
        except AssertionError:
            pass  # they stay
        except psycopg.Error as e:
            found["the session that looks"] = str(e)
        return found
