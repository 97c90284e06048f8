#include "policy/secrets.h"

#include <algorithm>
#include <array>

#include "policy/redaction.h"

namespace pgmoat::policy {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `lower` is in lower case.
bool Contains(std::string_view text, std::string_view lower) {
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(),
                     [](char c, char l) { return Lower(c) == l; }) != text.end();
}

constexpr std::array<std::string_view, 6> kSettingWords = {"password", "passphrase", "conninfo",
                                                           "secret",   "token",      "key"};

// Not "key": PRIMARY KEY is in every other function's body.
constexpr std::array<std::string_view, 13> kTextWords = {
    "password", "passphrase", "passwd", "conninfo", "secret", "token", "dblink",
    "options",  "connection", "_key",   "apikey",   "crypt",  "pgp_",
};

// Statements that can hold a password, a connection string, OPTIONS, or code; of most one
// would have to look inside.  None of them is run a thousand times a second.
constexpr KindSet kLookInside = {
    Kind::kRoleManagement, Kind::kForeignServer,    Kind::kReplication,
    Kind::kServerControl,  Kind::kDatabase,         Kind::kDo,
    Kind::kCreate,         Kind::kAlterAdditive,    Kind::kAlterChanging,
    Kind::kNotUnderstood,  Kind::kAlterDestructive,
};

}  // namespace

bool IsSecretSetting(std::string_view name) {
  return std::any_of(kSettingWords.begin(), kSettingWords.end(),
                     [name](std::string_view word) { return Contains(name, word); });
}

bool IsSecretFunction(std::string_view name) {
  return name.starts_with("dblink") || name.starts_with("pgp_") || name == "crypt";
}

bool IsConnectionString(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) return text.find('@', scheme) != std::string_view::npos;
  return Contains(text, "password") && text.find('=') != std::string_view::npos;
}

bool MayHoldSecrets(const StatementFacts& statement) {
  if (statement.kinds.HasAny(kLookInside) || statement.planned_kinds.HasAny(kLookInside)) {
    return true;
  }
  // What it executes may be a dblink_connect($1).
  if (!statement.executes.empty()) return true;
  for (const SettingChange& setting : statement.settings) {
    if (IsSecretSetting(setting.name)) return true;
  }
  for (const FunctionUse& function : statement.functions) {
    // Which setting is set may be hard to tell.
    if (IsSecretFunction(function.name) || function.name == "set_config") return true;
  }
  return false;
}

bool MentionsSecrets(std::string_view text) {
  return std::any_of(kTextWords.begin(), kTextWords.end(),
                     [text](std::string_view word) { return Contains(text, word); });
}

}  // namespace pgmoat::policy
