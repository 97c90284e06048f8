#include "proxy/session/migration_rows.h"

#include <algorithm>

namespace pgmoat::session {

namespace {

using policy::LedgerAct;
using policy::MigrationTool;

// As PostgreSQL's drivers write a boolean, in text and in binary.
std::optional<bool> ResolveFlag(const policy::LedgerValue& value,
                                const MigrationValues* values) {
  const std::optional<std::string> text = Resolve(value, values);
  if (!text) return std::nullopt;
  if (*text == "t" || *text == "true" || *text == "1" || *text == std::string(1, '\1')) {
    return true;
  }
  if (*text == "f" || *text == "false" || *text == "0" || *text == std::string(1, '\0')) {
    return false;
  }
  return std::nullopt;
}

// Of a version, or of a file's name that begins with one: the number, without zeros in front.
std::string_view NumberOf(std::string_view text) {
  if (text.starts_with('V')) text.remove_prefix(1);  // Flyway's
  text = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text;
}

}  // namespace

std::optional<std::string> Resolve(const policy::LedgerValue& value,
                                   const MigrationValues* values) {
  if (value.constant) return value.constant;
  const auto index = static_cast<std::size_t>(value.parameter);
  if (index == 0 || values == nullptr || index > values->size()) return std::nullopt;
  return (*values)[index - 1];
}

LedgerAct ActByFlag(const policy::LedgerUse& use, const MigrationValues* values) {
  const std::optional<bool> flag = ResolveFlag(use.flag, values);
  if (!flag) return LedgerAct::kForbidden;
  if (use.tool == MigrationTool::kGoose) {
    return *flag ? LedgerAct::kRecords : LedgerAct::kForbidden;
  }
  return *flag ? LedgerAct::kBegins : LedgerAct::kFinishes;
}

bool IsNamed(const policy::ApprovedMigration& migration, std::string_view name) {
  if (migration.tool != MigrationTool::kGolangMigrate) return migration.name == name;
  return NumberOf(migration.name) == NumberOf(name);
}

bool IsRowOf(const policy::ApprovedMigration& migration, const policy::LedgerUse& use,
             const MigrationValues* values) {
  if (use.tool == MigrationTool::kDrizzle) return true;  // which has no name; the hash counts
  bool readable = false;
  for (const policy::LedgerValue& value : use.row) {
    const std::optional<std::string> text = Resolve(value, values);
    if (!text || text->empty() || static_cast<unsigned char>(text->front()) < 0x20) continue;
    readable = true;
    const bool version = text->find_first_not_of("0123456789") == std::string::npos;
    if (*text == migration.name || *text == migration.name + ".sql" ||
        (version && !NumberOf(*text).empty() && NumberOf(*text) == NumberOf(migration.name))) {
      return true;
    }
  }
  return !readable;  // a version in binary
}

}  // namespace pgmoat::session
