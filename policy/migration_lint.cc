#include "policy/migration_lint.h"

#include <cstdlib>
#include <utility>

#include "policy/first_word.h"
#include "policy/lock_levels.h"
#include "policy/migration_linter.h"
#include "policy/utf8.h"

namespace pgmoat::policy {

namespace {

// Modes that keep others from writing.
bool Blocks(std::string_view mode) {
  return mode == "SHARE" || mode == "SHARE ROW EXCLUSIVE" || mode == "EXCLUSIVE" ||
         mode == "ACCESS EXCLUSIVE";
}

// Maintenance is left out: VACUUM without FULL takes no such lock, which facts do not tell.
constexpr KindSet kSchemaChanges = {
    Kind::kCreate, Kind::kAlterAdditive, Kind::kAlterChanging, Kind::kAlterDestructive,
    Kind::kRename, Kind::kDrop,          Kind::kTruncate,      Kind::kLock};

}  // namespace

std::vector<Finding> LintMigration(std::string_view text, LintContext& context) {
  if (!IsReadableUtf8(text)) return {};
  const std::string sql(text);
  const RawTree tree(sql.c_str());
  if (tree.status() != RawParse::kOk) return {};
  return MigrationLinter(text, tree.statements(), context).Run();
}

MigrationLinter::MigrationLinter(std::string_view sql, const List* statements,
                                 LintContext& context)
    : text_(sql), statements_(statements), context_(context), whole_(statements) {
  for (const std::string& table : context.new_tables) new_tables_.Add(table);
}

std::vector<Finding> MigrationLinter::Run() {
  for (int i = 0; i < Length(statements_); ++i) {
    const auto* raw = As<RawStmt>(Item(statements_, i));
    if (raw->stmt == nullptr) continue;
    statement_ = static_cast<std::size_t>(i);
    // A RawStmt begins where the one before it ended.
    offset_ =
        FirstWord(text_, raw->stmt_location > 0 ? static_cast<std::size_t>(raw->stmt_location)
                                                : std::size_t{0});
    StatementFacts facts;
    const bool read = Walk(facts, scratch_).Run(raw->stmt) == WalkResult::kDone;
    if (read) CheckDataChange(facts);
    Check(raw->stmt);
    if (read) {
      CheckLocks(raw->stmt, facts);
      FollowSettings(facts);
    }
    FollowTransaction(raw->stmt);
  }
  return std::move(findings_);
}

void MigrationLinter::Report(Lint lint, std::string object) {
  findings_.push_back({KindOf(lint), statement_, offset_, std::move(object)});
}

bool MigrationLinter::IsNew(const RangeVar* relation) const {
  return relation != nullptr &&
         (IsTemporary(relation) ||
          new_tables_.Has(View(relation->schemaname), View(relation->relname)));
}

void MigrationLinter::NoteNewTable(const RangeVar* relation) {
  if (relation == nullptr ||
      new_tables_.Has(View(relation->schemaname), View(relation->relname))) {
    return;
  }
  context_.new_tables.push_back(NameOf(relation));
  new_tables_.Add(context_.new_tables.back());
}

void MigrationLinter::Check(const Node* statement) {
  switch (Tag(statement)) {
    case T_CreateStmt:
      CheckCreateTable(As<CreateStmt>(statement));
      return;
    case T_CreateTableAsStmt:
      NoteNewTable(As<CreateTableAsStmt>(statement)->into->rel);
      return;
    case T_SelectStmt:
      if (As<SelectStmt>(statement)->intoClause != nullptr) {
        NoteNewTable(As<SelectStmt>(statement)->intoClause->rel);
      }
      return;
    case T_CreateSchemaStmt: {
      const List* elements = As<CreateSchemaStmt>(statement)->schemaElts;
      // What stands there is no CREATE SCHEMA itself.
      for (int i = 0; i < Length(elements); ++i) Check(Item(elements, i));
      return;
    }
    case T_AlterTableStmt:
      CheckAlterTable(As<AlterTableStmt>(statement));
      return;
    case T_AlterDomainStmt:
      CheckAlterDomain(As<AlterDomainStmt>(statement));
      return;
    case T_CreateFunctionStmt:
      CheckFunction(As<CreateFunctionStmt>(statement));
      return;
    default:
      if (CheckIndexes(statement) || CheckMaintenance(statement)) return;
      CheckNames(statement);
  }
}

// One finding for a statement, however many tables it locks.
void MigrationLinter::CheckLocks(const Node* statement, const StatementFacts& facts) {
  if (LetsOthersWrite(statement) || !facts.kinds.HasAny(kSchemaChanges)) return;
  std::string without_timeout;
  for (const TableLock& lock : LocksOf(facts)) {
    if (!Blocks(lock.mode) || new_tables_.Has(lock.relation) ||
        new_indexes_.Has(lock.relation) || IsInTemporarySchema(lock.relation)) {
      continue;
    }
    if (without_timeout.empty()) without_timeout = lock.relation;
    if (lock.mode == "ACCESS EXCLUSIVE" && context_.in_transaction) locked_.Add(lock.relation);
  }
  if (!without_timeout.empty() && !context_.has_lock_timeout) {
    Report(Lint::kNoLockTimeout, std::move(without_timeout));
  }
}

void MigrationLinter::CheckDataChange(const StatementFacts& facts) {
  if (facts.unfiltered.Empty()) return;
  for (const RelationUse& use : facts.relations) {
    if (use.access == Access::kWrite && locked_.Has(use.name)) {
      Report(Lint::kDataChangeUnderLock, use.name);
      return;
    }
  }
}

void MigrationLinter::FollowSettings(const StatementFacts& facts) {
  for (const SettingChange& change : facts.settings) {
    if (change.scope != SettingScope::kSession && change.scope != SettingScope::kTransaction) {
      continue;
    }
    if (!change.is_reset_all && change.name != "lock_timeout") continue;
    const bool off = change.is_default || change.is_reset_all ||
                     (change.is_constant && std::atof(change.value.c_str()) <= 0);
    context_.has_lock_timeout = !off;
    // Outside of a transaction it would hold for nothing; but a text may be sent whole, and
    // is one then.
    context_.lock_timeout_is_local = change.scope == SettingScope::kTransaction;
  }
}

void MigrationLinter::FollowTransaction(const Node* statement) {
  if (Tag(statement) != T_TransactionStmt) return;
  const auto* transaction = As<TransactionStmt>(statement);
  switch (transaction->kind) {
    case TRANS_STMT_BEGIN:
    case TRANS_STMT_START:
      context_.in_transaction = true;
      return;
    case TRANS_STMT_COMMIT:
    case TRANS_STMT_ROLLBACK:
    case TRANS_STMT_PREPARE:
      EndTransaction();
      context_.in_transaction = transaction->chain;
      return;
    default:
      return;
  }
}

void MigrationLinter::EndTransaction() {
  locked_ = NameSet();
  if (context_.lock_timeout_is_local) {
    context_.has_lock_timeout = false;
    context_.lock_timeout_is_local = false;
  }
}

}  // namespace pgmoat::policy
