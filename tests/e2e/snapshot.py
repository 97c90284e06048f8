"""What a database holds, as a value that changes when anything in it does.

Every row knows the transaction that wrote it (xmin).  A table's row count and newest xmin
together change with any INSERT, UPDATE or DELETE that was committed, and reading them is
cheap enough to do after each of several hundred attacks.
"""
import os

CATALOGS = """
  pg_class pg_attribute pg_proc pg_type pg_namespace pg_trigger pg_rewrite pg_constraint pg_index
  pg_inherits pg_authid pg_auth_members pg_database pg_db_role_setting pg_tablespace pg_extension
  pg_foreign_server pg_foreign_data_wrapper pg_user_mapping pg_publication pg_subscription
  pg_largeobject pg_largeobject_metadata pg_language pg_cast pg_operator pg_event_trigger pg_policy
  pg_default_acl pg_description pg_shdescription pg_seclabel pg_depend pg_shdepend pg_enum
  pg_collation pg_conversion pg_aggregate pg_statistic_ext pg_statistic pg_transform
""".split()
TABLES = ["customers", "products", "orders", "order_items"]

QUERY = " UNION ALL ".join(
    [f"SELECT '{name}', count(*)::text || ' ' || coalesce(max(xmin::text::bigint), 0) FROM {name}"
     for name in TABLES + [f"pg_catalog.{c}" for c in CATALOGS]] +
    ["SELECT 'sequence ' || sequencename, coalesce(last_value::text, 'unused') FROM pg_sequences",
     "SELECT 'advisory locks', count(*)::text FROM pg_locks WHERE locktype = 'advisory'",
     "SELECT 'prepared transactions', count(*)::text FROM pg_prepared_xacts",
     "SELECT 'replication slots', count(*)::text FROM pg_replication_slots",
     "SELECT 'ALTER SYSTEM', pg_read_file('postgresql.auto.conf')"])


class Snapshots:
    """Takes them over one connection, which also is the victim of pg_terminate_backend."""

    def __init__(self, postgres):
        self.connection = postgres.connect()
        self.loot = postgres.loot

    @property
    def pid(self) -> int:
        return self.connection.info.backend_pid

    def take(self) -> dict:
        found = dict(self.connection.execute(QUERY).fetchall())
        found["files"] = sorted(os.listdir(self.loot))
        return found
