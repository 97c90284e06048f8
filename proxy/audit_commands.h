// What the verbs of `audit` do, from their options to their output.
//
// Errors: std::exception, "what; remedy"; a config's as its loader has them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "proxy/audit/reading/filter.h"

namespace pgmoat::cli {

struct FilterArguments {
  audit::FilterOptions options;  // but for the times, and kinds may be groups
  std::string since;
  std::string until;
};

struct VerifyArguments {
  std::vector<std::string> public_keys;
  std::vector<std::string> files;
  bool from_start = false;
  bool rotated = false;
};

struct TailArguments {
  FilterArguments filter;
  std::vector<std::string> files;
  std::string config;
  std::string journal_dir;
  std::string format = "table";
  std::optional<std::size_t> lines;  // none: 20, or all where times bound them
  bool follow = false;
};

struct QueryArguments {
  FilterArguments filter;
  std::vector<std::string> files;
  std::vector<std::string> count_by;
  std::vector<std::string> sums;
  std::string format = "table";
  std::size_t top = 0;
  bool rotated = false;
};

// Each returns the exit code (audit_verb.h).
int AuditVerify(const VerifyArguments& arguments);
int AuditTail(const TailArguments& arguments);
int AuditQuery(const QueryArguments& arguments);
int AuditKeygen(const std::string& file);
int AuditSchema();

}  // namespace pgmoat::cli
