#include "policy/ledgers.h"

#include <algorithm>
#include <iterator>

#include "policy/canonical.h"
#include "policy/ledger_insert.h"
#include "policy/raw_tree.h"

namespace pgmoat::policy {

namespace {

using enum MigrationTool;

enum class Duty : std::uint8_t {
  kLedger,
  kLock,  // who is at work: written as the tool likes
  kOwn,   // the tool's own rows, written behind its migrations
};

struct ToolTable {
  MigrationTool tool;
  std::string_view table;
  Duty duty = Duty::kLedger;
  // Columns of the migration's name, and of what tells its content.
  std::string_view name = {};
  std::string_view checksum = {};
};

constexpr ToolTable kTables[] = {
    {kPrisma, "_prisma_migrations", Duty::kLedger, "migration_name", "checksum"},
    {kDrizzle, "__drizzle_migrations", Duty::kLedger, "", "hash"},
    {kFlyway, "flyway_schema_history", Duty::kLedger, "script", "checksum"},
    {kLiquibase, "databasechangelog", Duty::kLedger, "id", ""},
    {kLiquibase, "databasechangeloglock", Duty::kLock},
    {kAlembic, "alembic_version", Duty::kLedger, "version_num"},
    {kDjango, "django_migrations", Duty::kLedger, "name"},
    {kDjango, "django_content_type", Duty::kOwn},
    {kDjango, "auth_permission", Duty::kOwn},
    {kRails, "schema_migrations", Duty::kLedger, "version"},
    {kRails, "ar_internal_metadata", Duty::kOwn},
    {kKnex, "knex_migrations", Duty::kLedger, "name"},
    {kKnex, "knex_migrations_lock", Duty::kLock},
    {kSequelize, "SequelizeMeta", Duty::kLedger, "name"},
    {kTypeorm, "migrations", Duty::kLedger, "name"},
    {kTypeorm, "typeorm_metadata", Duty::kOwn},
    {kNodePgMigrate, "pgmigrations", Duty::kLedger, "name"},
    {kKysely, "kysely_migration", Duty::kLedger, "name"},
    {kKysely, "kysely_migration_lock", Duty::kLock},
    {kGoose, "goose_db_version", Duty::kLedger, "version_id"},
    {kAtlas, "atlas_schema_revisions", Duty::kLedger, "description", ""},
};

// Schemas that a tool makes for its ledger.
constexpr std::string_view kToolSchemas[] = {"drizzle", "supabase_migrations",
                                             "atlas_schema_revisions"};

constexpr std::string_view kSafeCommands[] = {"prisma migrate deploy",
                                              "drizzle-kit migrate",
                                              "flyway migrate",
                                              "liquibase update",
                                              "alembic upgrade head",
                                              "python manage.py migrate",
                                              "rails db:migrate",
                                              "knex migrate:latest",
                                              "sequelize-cli db:migrate",
                                              "typeorm migration:run",
                                              "node-pg-migrate up",
                                              "kysely migrate:latest",
                                              "dbmate migrate",
                                              "goose up",
                                              "migrate up",
                                              "supabase db push",
                                              "atlas migrate apply",
                                              ""};
static_assert(std::size(kSafeCommands) == static_cast<std::size_t>(kCount));

const ToolTable* FindTable(std::string_view table) {
  const auto* found = std::find_if(std::begin(kTables), std::end(kTables),
                                   [&](const ToolTable& t) { return t.table == table; });
  return found == std::end(kTables) ? nullptr : found;
}

bool WritesTo(const RelationUse& use) {
  return use.access != Access::kRead && use.access != Access::kLock;
}

// The one relation that the statement changes; null when there are several or none.
const RelationUse* OnlyTarget(const StatementFacts& statement) {
  const RelationUse* only = nullptr;
  for (const RelationUse& use : statement.relations) {
    if (!WritesTo(use)) continue;
    if (only != nullptr && only->name != use.name) return nullptr;
    only = &use;
  }
  return only;
}

bool Counts(const MigrationRules& rules, MigrationTool tool) {
  return rules.tools.Empty() || rules.tools.Has(tool);
}

bool IsOwnLedger(const MigrationRules& rules, const RelationUse& use) {
  return std::any_of(rules.own_ledgers.begin(), rules.own_ledgers.end(), [&](const auto& own) {
    return own.table == use.OwnName() && (own.schema.empty() || own.schema == use.Schema());
  });
}

// schema_migrations is the ledger of four tools, who write different rows.
MigrationTool ToolOfSchemaMigrations(const MigrationRules& rules, const RelationUse& use,
                                     const LedgerInsert& insert) {
  if (use.Schema() == "supabase_migrations") return kSupabase;
  if (insert.Has("dirty")) return kGolangMigrate;
  if (rules.tools.Empty() || rules.tools.Has(kRails)) return kRails;
  if (rules.tools.Has(kDbmate)) return kDbmate;
  return rules.tools.Has(kGolangMigrate) && insert.values.empty() ? kGolangMigrate : kRails;
}

bool SetsOnly(const std::vector<std::string>& columns,
              std::initializer_list<std::string_view> allowed) {
  return !columns.empty() &&
         std::all_of(columns.begin(), columns.end(), [&](const std::string& column) {
           return std::find(allowed.begin(), allowed.end(), column) != allowed.end();
         });
}

// Which rows a tool changes later, besides writing new ones.
LedgerAct ActOfUpdate(MigrationTool tool, const std::vector<std::string>& columns) {
  switch (tool) {
    case kPrisma:
      // rolled_back_at: a migration that failed may be tried again.
      if (SetsOnly(columns, {"applied_steps_count", "logs", "rolled_back_at"})) {
        return LedgerAct::kNotes;
      }
      if (SetsOnly(columns, {"finished_at", "applied_steps_count"}))
        return LedgerAct::kFinishes;
      return LedgerAct::kForbidden;
    case kAlembic:
      return SetsOnly(columns, {"version_num"}) ? LedgerAct::kRecords : LedgerAct::kForbidden;
    case kAtlas:  // counts the statements of a file as they are applied
      return LedgerAct::kRecords;
    default:
      return LedgerAct::kForbidden;
  }
}

LedgerAct ActOfInsert(MigrationTool tool, const LedgerInsert& insert) {
  // Whether a row is written must be plain to see.
  const bool is_atlas_way = tool == kAtlas && insert.updates;
  if (!insert.plain && !is_atlas_way) return LedgerAct::kForbidden;
  switch (tool) {
    case kPrisma:  // `migrate resolve --applied` writes rows that are finished already
      return insert.Has("finished_at") || !insert.Has("migration_name") ? LedgerAct::kForbidden
                                                                        : LedgerAct::kBegins;
    case kGolangMigrate:
      return LedgerAct::kByFlag;
    case kGoose:
      return insert.Has("is_applied") ? LedgerAct::kByFlag : LedgerAct::kRecords;
    default:
      return LedgerAct::kRecords;
  }
}

constexpr KindSet kMakesTable = {Kind::kCreate, Kind::kAlterAdditive, Kind::kComment,
                                 Kind::kPrivilege};
constexpr KindSet kRows = {Kind::kRead, Kind::kInsert, Kind::kUpdate, Kind::kDelete};

LedgerUse UseOfLedger(const ToolTable& table, const MigrationRules& rules,
                      const RelationUse& target, const StatementFacts& statement,
                      const LedgerStatement& written) {
  LedgerUse use;
  use.tool = table.tool;
  if (table.table == "schema_migrations") {
    use.tool = ToolOfSchemaMigrations(rules, target, written.insert);
  }
  if (statement.kinds.Has(Kind::kInsert)) {
    use.act = ActOfInsert(use.tool, written.insert);
    use.name = written.insert.ValueOf(table.name);
    use.row = written.insert.row;
    use.checksum = written.insert.ValueOf(table.checksum);
    use.flag = written.insert.ValueOf(use.tool == kGoose ? "is_applied" : "dirty");
  } else if (statement.kinds.Has(Kind::kUpdate)) {
    use.act = ActOfUpdate(use.tool, written.updated_columns);
  } else if (statement.kinds.Has(Kind::kTruncate) && rules.tools.Has(kGolangMigrate) &&
             table.table == "schema_migrations") {
    use.tool = kGolangMigrate;
    use.act = LedgerAct::kRewinds;
  } else {
    use.act = kMakesTable.HasAll(statement.kinds) ? LedgerAct::kNotes : LedgerAct::kForbidden;
  }
  return use;
}

LedgerUse UseOfBookkeeping(const ToolTable& table, const StatementFacts& statement) {
  LedgerUse use;
  use.tool = table.tool;
  const bool rows = kRows.HasAll(statement.kinds) &&
                    (table.duty == Duty::kLock || !statement.kinds.Has(Kind::kDelete));
  // Django's own tables are made by Django's own migrations.
  const bool makes = table.tool != kDjango && kMakesTable.HasAll(statement.kinds);
  if (rows || makes) use.act = LedgerAct::kNotes;
  return use;
}

// A temporary table in a ledger's place: what is written there is gone with the session.
bool IsTemporaryLedger(const StatementFacts& statement, const MigrationRules& rules) {
  const auto is_ledger = [&](const RelationUse& use) {
    const ToolTable* table = FindTable(use.OwnName());
    return (table != nullptr && table->duty == Duty::kLedger) ||
           std::any_of(rules.own_ledgers.begin(), rules.own_ledgers.end(),
                       [&](const OwnLedger& own) { return own.table == use.OwnName(); });
  };
  return std::any_of(
      statement.relations.begin(), statement.relations.end(), [&](const RelationUse& use) {
        const bool temporary = statement.temporary || IsInTemporarySchema(use.name);
        return temporary && WritesTo(use) && is_ledger(use);
      });
}

// Django drops this column of its own, which was never filled, in its first deployment.
constexpr std::string_view kDjangosDrop =
    R"(ALTER TABLE "django_content_type" DROP COLUMN "name" CASCADE)";

}  // namespace

std::vector<MigrationPart> ReadMigrationParts(std::string_view text, const TextFacts& facts,
                                              const MigrationRules& rules) {
  std::optional<std::vector<std::string>> canonical;
  if (facts.status == TextStatus::kUnderstood) canonical = CanonicalStatements(text);
  std::vector<MigrationPart> parts;
  if (!canonical || canonical->size() != facts.statements.size()) return parts;
  parts.resize(facts.statements.size());
  std::vector<LedgerStatement> written;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const StatementFacts& statement = facts.statements[i];
    MigrationPart& part = parts[i];
    part.canonical = std::move((*canonical)[i]);
    part.changes = Changes(statement);
    if (!part.changes) continue;
    if (written.empty()) written = ReadLedgerStatements(text);
    if (i >= written.size()) continue;
    const std::string& schema = written[i].creates_schema;
    if (std::find(std::begin(kToolSchemas), std::end(kToolSchemas), schema) !=
        std::end(kToolSchemas)) {
      part.ledger.act = LedgerAct::kNotes;
    }
    if (IsTemporaryLedger(statement, rules)) {
      part.ledger.act = LedgerAct::kForbidden;
    } else if (const RelationUse* target = OnlyTarget(statement)) {
      const ToolTable* table = FindTable(target->OwnName());
      if (IsOwnLedger(rules, *target)) {
        const ToolTable own{kPlainSql, target->OwnName()};
        part.ledger = UseOfLedger(own, rules, *target, statement, written[i]);
      } else if (table != nullptr && table->duty == Duty::kLedger) {
        part.ledger = UseOfLedger(*table, rules, *target, statement, written[i]);
      } else if (table != nullptr) {
        part.ledger = UseOfBookkeeping(*table, statement);
      }
      if (part.ledger.tool != kPlainSql && !Counts(rules, part.ledger.tool)) part.ledger = {};
    }
    const LedgerAct act = part.ledger.act;
    part.changes = act == LedgerAct::kNone;
    part.is_tools_way = act != LedgerAct::kNone && act != LedgerAct::kForbidden;
    if (part.canonical == kDjangosDrop && Counts(rules, kDjango)) part.is_tools_way = true;
    if (written[i].do_only_creates) part.is_tools_way = true;
  }
  return parts;
}

std::optional<MigrationTool> ToolBehind(const StatementFacts& statement) {
  for (const RelationUse& use : statement.relations) {
    if (use.OwnName() == "schema_migrations" && use.Schema() == "supabase_migrations") {
      return kSupabase;
    }
    if (const ToolTable* table = FindTable(use.OwnName())) return table->tool;
  }
  // Every command of Prisma's begins so.
  const auto calls = [&](std::string_view name) {
    return std::any_of(statement.functions.begin(), statement.functions.end(),
                       [&](const FunctionUse& f) { return f.name == name; });
  };
  const bool asks_for_schema =
      std::any_of(statement.relations.begin(), statement.relations.end(),
                  [](const RelationUse& use) { return use.OwnName() == "pg_namespace"; });
  if (asks_for_schema && calls("version") && calls("current_setting")) return kPrisma;
  return std::nullopt;
}

std::string_view SafeCommand(MigrationTool tool) {
  return kSafeCommands[static_cast<std::size_t>(tool)];
}

}  // namespace pgmoat::policy
