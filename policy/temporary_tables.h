// The temporary tables that a session made and still has, as far as that is certain.
//
// An `app` may drop, truncate and alter its own.  Their names hide permanent tables of the
// same name only while they exist, so a name is here only from the moment on which the
// server confirmed it until anything that may have removed it.
//
// What it cannot see: a function or trigger that drops the table from within; a search_path
// with pg_temp behind other schemas that the server sets by itself (ALTER ROLE … SET)
// before PostgreSQL 18, which reports it; a pooler behind pgmoat that gives the session
// another server connection.
//
// Threads: one session.
// PostgreSQL documentation: CREATE TABLE, "TEMPORARY", "ON COMMIT"; search_path.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::policy {

class TemporaryTables {
 public:
  void Add(std::string_view name) {
    if (!distrusted_ && IsSureName(name)) names_.emplace(name);
  }
  // By IF NOT EXISTS: what has the name may be an index or a partition, which hides the
  // permanent table as well, but goes along with another table.
  void AddUnsure(std::string_view name) {
    if (!distrusted_ && IsSureName(name) && !Has(name)) unsure_.emplace(name);
  }
  void ForgetUnsure() { unsure_.clear(); }
  void Remove(std::string_view name) {
    if (const auto found = names_.find(name); found != names_.end()) names_.erase(found);
    if (const auto found = unsure_.find(name); found != unsure_.end()) unsure_.erase(found);
  }
  void Clear() {
    names_.clear();
    unsure_.clear();
  }
  // The search_path may put pg_temp behind other schemas: from now on a name without
  // schema tells nothing.
  void Distrust() {
    distrusted_ = true;
    Clear();
  }
  [[nodiscard]] bool Distrusted() const { return distrusted_; }
  [[nodiscard]] bool Has(std::string_view name) const {
    return names_.contains(name) || unsure_.contains(name);
  }
  [[nodiscard]] bool Empty() const { return names_.empty() && unsure_.empty(); }

 private:
  // The server folds and cuts names in the database's encoding, the parser in UTF-8: what
  // is one name here may be two there, a temporary table's and a permanent one's.  Cut to 63
  // bytes without half a character, a name has 60 at least.
  static bool IsSureName(std::string_view name) {
    return name.size() < 60 && std::all_of(name.begin(), name.end(), [](char c) {
             return static_cast<unsigned char>(c) < 0x80;
           });
  }

  std::set<std::string, std::less<>> unsure_;
  std::set<std::string, std::less<>> names_;
  bool distrusted_ = false;
};

// --- what statements do to them ---

// It makes a table of which the session may be sure once the statement is done: a
// temporary one that goes only when it is dropped itself, not along with a parent.
bool MakesTemporaryTable(const StatementFacts& statement);

// It may end the transaction or undo a part of it.
bool MayUndo(const StatementFacts& statement);

// It may remove temporary tables without naming them.
bool MayRemoveUnnamed(const StatementFacts& statement);

// It may remove what goes along with a table: indexes, partitions.
bool MayRemoveAlong(const StatementFacts& statement);

// Calls f(std::string_view) for each table that may go, be called otherwise, or go along
// with another from now on.
template <typename F>
void ForEachRemoved(const StatementFacts& statement, F f) {
  for (const RelationUse& use : statement.relations) {
    const bool changes = statement.joins_parent || statement.renames;
    const bool goes = use.access == Access::kDrop || (changes && use.access == Access::kAlter);
    if (goes) f(use.OwnName());
  }
}

// The value of search_path names pg_temp, which may so be behind other schemas.
bool NamesTemporarySchema(std::string_view search_path);
bool MovesTemporarySchema(const StatementFacts& statement);

// Follows the statements of one text, where the server runs one only after the one before
// it succeeded: what CREATE made is there for the DROP behind it, and what DROP removed is
// gone for the next one.
class TemporaryTablesInText {
 public:
  // `session`: as of before the text; null: nothing is known.
  explicit TemporaryTablesInText(const TemporaryTables* session) {
    if (session != nullptr) tables_ = *session;
  }
  void Done(const StatementFacts& statement);
  [[nodiscard]] const TemporaryTables& tables() const { return tables_; }

 private:
  void Undo(const StatementFacts& statement);

  TemporaryTables tables_;
  std::vector<std::string> made_;  // by this text, and COMMIT keeps them
};

}  // namespace pgmoat::policy
