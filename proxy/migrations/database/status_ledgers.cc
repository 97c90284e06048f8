#include "proxy/migrations/database/status_ledgers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

namespace pgmoat::database {
namespace {

using enum policy::MigrationTool;

struct Kind {
  policy::MigrationTool tool;
  std::string_view table;
  std::string_view needs;  // columns, each between blanks
  LedgerNames names;
  bool last_only;
  // name, checksum, state (a: applied, f: failed, r: rolled back), time; FROM what, ORDER BY.
  // $ is the table.
  std::string_view query;
};

// The first that fits.  A version that is a number becomes text, so that all have strings.
constexpr Kind kKinds[] = {
    {kPrisma, "_prisma_migrations", " migration_name checksum finished_at rolled_back_at ",
     LedgerNames::kWhole, false,
     "SELECT migration_name, checksum, CASE WHEN rolled_back_at IS NOT NULL THEN 'r'"
     " WHEN finished_at IS NULL THEN 'f' ELSE 'a' END, coalesce(finished_at, started_at)"
     " FROM $ ORDER BY started_at, migration_name"},
    {kDrizzle, "__drizzle_migrations", " hash created_at ", LedgerNames::kChecksum, false,
     "SELECT '', hash, 'a', pg_catalog.to_timestamp(created_at / 1000.0) FROM $"
     " ORDER BY created_at, id"},
    // What is no migration has no checksum: the schema that Flyway makes, a baseline.
    {kFlyway, "flyway_schema_history", " script checksum success installed_rank type ",
     LedgerNames::kWhole, false,
     "SELECT script, checksum, CASE WHEN NOT success THEN 'f'"
     " WHEN type IN ('DELETE', 'UNDO_SQL', 'UNDO_JDBC') THEN 'r' ELSE 'a' END, installed_on"
     " FROM $ WHERE type NOT IN ('SCHEMA', 'BASELINE') ORDER BY installed_rank"},
    {kLiquibase, "databasechangelog", " id author filename md5sum exectype ",
     LedgerNames::kWhole, false,
     "SELECT id, md5sum, CASE WHEN exectype = 'FAILED' THEN 'f' ELSE 'a' END, dateexecuted"
     " FROM $ ORDER BY orderexecuted, id"},
    {kAlembic, "alembic_version", " version_num ", LedgerNames::kVersion, true,
     "SELECT version_num, '', 'a', '' FROM $ ORDER BY version_num"},
    {kDjango, "django_migrations", " app name applied ", LedgerNames::kWhole, false,
     "SELECT app || '.' || name, '', 'a', applied FROM $ ORDER BY id"},
    {kGolangMigrate, "schema_migrations", " version dirty ", LedgerNames::kVersion, true,
     "SELECT version, '', CASE WHEN dirty THEN 'f' ELSE 'a' END, '' FROM $ ORDER BY version"},
    // Rails, dbmate and the Supabase CLI: see ToolOf.
    {kSupabase, "schema_migrations", " version statements ", LedgerNames::kVersion, false,
     "SELECT version, '', 'a', '' FROM $ ORDER BY version"},
    {kRails, "schema_migrations", " version ", LedgerNames::kVersion, false,
     "SELECT version, '', 'a', '' FROM $ ORDER BY version"},
    {kKnex, "knex_migrations", " name batch migration_time ", LedgerNames::kWhole, false,
     "SELECT name, '', 'a', migration_time FROM $ ORDER BY id"},
    {kSequelize, "SequelizeMeta", " name ", LedgerNames::kWhole, false,
     "SELECT name, '', 'a', '' FROM $ ORDER BY name"},
    {kTypeorm, "migrations", " id timestamp name ", LedgerNames::kWhole, false,
     "SELECT name, '', 'a', pg_catalog.to_timestamp(timestamp / 1000.0) FROM $ ORDER BY id"},
    {kNodePgMigrate, "pgmigrations", " name run_on ", LedgerNames::kWhole, false,
     "SELECT name, '', 'a', run_on FROM $ ORDER BY id"},
    {kKysely, "kysely_migration", " name timestamp ", LedgerNames::kWhole, false,
     "SELECT name, '', 'a', timestamp FROM $ ORDER BY timestamp, name"},
    // A row for each up and down; 0 is the table's own.
    {kGoose, "goose_db_version", " version_id is_applied tstamp ", LedgerNames::kVersion, false,
     "SELECT version_id, '', CASE WHEN is_applied THEN 'a' ELSE 'r' END, tstamp FROM $"
     " WHERE version_id > 0 ORDER BY id"},
    {kAtlas, "atlas_schema_revisions", " version hash executed_at error applied total ",
     LedgerNames::kVersion, false,
     "SELECT version, hash, CASE WHEN coalesce(error, '') <> '' OR applied < total THEN 'f'"
     " ELSE 'a' END, executed_at FROM $ ORDER BY version"},
};

// Columns by which people name a migration in a ledger of their own.
constexpr std::string_view kNameColumns[] = {"name",   "migration", "migration_name",
                                             "file",   "filename",  "file_name",
                                             "script", "version",   "id"};

// Ordinary tables, with the columns of each between blanks.
constexpr const char* kTables =
    "SELECT n.nspname, c.relname,"
    "       ' ' || (SELECT pg_catalog.string_agg(a.attname, ' ') FROM pg_catalog.pg_attribute a"
    "                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) || ' '"
    "  FROM pg_catalog.pg_class c"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384"
    "   AND c.relname = ANY ($1) ORDER BY 1, 2";

struct Table {
  std::string schema;
  std::string name;
  std::string columns;

  [[nodiscard]] bool Has(std::string_view column) const {
    return columns.find(" " + std::string(column) + " ") != std::string::npos;
  }
};

bool HasAll(const Table& table, std::string_view columns) {
  while (columns.size() > 1) {
    columns.remove_prefix(1);
    const std::string_view column = columns.substr(0, columns.find(' '));
    if (!table.Has(column)) return false;
    columns.remove_prefix(column.size());
  }
  return true;
}

const Kind* KindOf(const Table& table) {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
    return kind.table == table.name && HasAll(table, kind.needs);
  });
  return found == std::end(kKinds) ? nullptr : found;
}

// Four tools have a schema_migrations; Rails keeps ar_internal_metadata beside it.
policy::MigrationTool ToolOf(const Kind& kind, const Table& table,
                             const std::vector<Table>& tables) {
  if (kind.tool != kRails) return kind.tool;
  if (table.schema == "supabase_migrations") return kSupabase;
  const bool rails = std::any_of(tables.begin(), tables.end(), [&](const Table& other) {
    return other.schema == table.schema && other.name == "ar_internal_metadata";
  });
  return rails ? kRails : kDbmate;
}

EntryState StateOf(std::string_view letter) {
  if (letter == "f") return EntryState::kFailed;
  return letter == "r" ? EntryState::kRolledBack : EntryState::kApplied;
}

// The newest row about a migration counts: goose writes one for each up and down.
void KeepNewest(std::vector<LedgerEntry>& entries) {
  std::vector<LedgerEntry> kept;
  for (LedgerEntry& entry : entries) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const LedgerEntry& other) {
      return other.name == entry.name &&
             (!entry.name.empty() || other.checksum == entry.checksum);
    });
    if (same != kept.end()) kept.erase(same);
    kept.push_back(std::move(entry));
  }
  entries = std::move(kept);
}

std::string Quoted(Database& database, const Table& table) {
  return database.Identifier(table.schema) + "." + database.Identifier(table.name);
}

void ReadEntries(Database& database, const std::string& query, Ledger& ledger) {
  for (const Row& row : database.Ask(query).values) {
    ledger.entries.push_back({row[0], row[1], StateOf(row[2]), row[3]});
  }
  KeepNewest(ledger.entries);
}

Ledger ReadOne(Database& database, const Kind& kind, const Table& table,
               const std::vector<Table>& tables) {
  Ledger ledger;
  ledger.tool = ToolOf(kind, table, tables);
  ledger.table = table.schema + "." + table.name;
  ledger.names = kind.names;
  ledger.last_only = kind.last_only;
  std::string query(kind.query);
  query.replace(query.find('$'), 1, Quoted(database, table));
  ReadEntries(database, query, ledger);
  return ledger;
}

std::optional<Ledger> ReadOwn(Database& database, const Table& table) {
  Ledger ledger;
  ledger.table = table.schema + "." + table.name;
  const auto* name = std::find_if(std::begin(kNameColumns), std::end(kNameColumns),
                                  [&](std::string_view column) { return table.Has(column); });
  if (name == std::end(kNameColumns)) return std::nullopt;
  if (*name == "version" || *name == "id") ledger.names = LedgerNames::kVersion;
  const std::string column = database.Identifier(std::string(*name));
  ReadEntries(database,
              "SELECT " + column + ", '', 'a', '' FROM " + Quoted(database, table) +
                  " ORDER BY " + column,
              ledger);
  return ledger;
}

// '{"a","b"}'
std::string ArrayOf(const std::vector<std::string>& names) {
  std::string array = "{";
  for (const std::string& name : names) {
    array += array.size() > 1 ? ",\"" : "\"";
    for (const char c : name) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return array + "}";
}

std::vector<Table> FindTables(Database& database, const std::vector<policy::OwnLedger>& own) {
  std::vector<std::string> names = {"ar_internal_metadata"};
  for (const Kind& kind : kKinds) names.emplace_back(kind.table);
  for (const policy::OwnLedger& ledger : own) names.push_back(ledger.table);
  std::vector<Table> tables;
  for (const Row& row : database.Ask(kTables, {ArrayOf(names)}).values) {
    tables.push_back({row[0], row[1], row[2]});
  }
  return tables;
}

bool IsOwn(const Table& table, const std::vector<policy::OwnLedger>& own) {
  return std::any_of(own.begin(), own.end(), [&](const policy::OwnLedger& ledger) {
    return ledger.table == table.name &&
           (ledger.schema.empty() || ledger.schema == table.schema);
  });
}

}  // namespace

std::vector<Ledger> ReadLedgers(Database& database, const std::vector<policy::OwnLedger>& own) {
  (void)database.Run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const std::vector<Table> tables = FindTables(database, own);
  std::vector<Ledger> ledgers;
  for (const Table& table : tables) {
    if (IsOwn(table, own)) {
      if (auto ledger = ReadOwn(database, table)) ledgers.push_back(std::move(*ledger));
    } else if (const Kind* kind = KindOf(table)) {
      ledgers.push_back(ReadOne(database, *kind, table, tables));
    }
  }
  (void)database.Run("ROLLBACK");
  return ledgers;
}

}  // namespace pgmoat::database
