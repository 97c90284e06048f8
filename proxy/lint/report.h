// What `lint` found, before it is written in one format or another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migration_lint.h"
#include "policy/migrations.h"
#include "proxy/lint/positions.h"

namespace pgmoat::lint {

enum class Outcome {
  kAllowed,
  kRefused,
  kWouldBeRefused,  // shadow mode, or a rule that only logs
};
std::string_view OutcomeName(Outcome outcome);  // "allow", "deny", "would_deny"

struct FoundOne {
  const policy::FindingKind* kind = nullptr;
  policy::FindingEffect effect = policy::FindingEffect::kWarn;  // never kIgnore
  std::string object;
};

struct StatementReport {
  Place begin;
  Place end;
  std::string tag;  // "DROP TABLE"
  bool parsed = true;
  Outcome outcome = Outcome::kAllowed;
  // The decision's; empty when it is allowed.
  std::string rule;
  std::string sqlstate;
  std::string message;
  std::string hint;
  std::vector<std::string> destroys;
  std::vector<std::string> locks;  // "ACCESS EXCLUSIVE on users"
  std::vector<FoundOne> findings;
};

struct NoteReport {
  Place place;
  std::string text;
};

struct FileReport {
  std::string file;  // as named, or as found below a folder
  std::vector<StatementReport> statements;
  std::vector<NoteReport> notes;
};

struct Report {
  std::string role;
  std::string environment;
  std::vector<FileReport> files;
};

}  // namespace pgmoat::lint
