// What the verbs `migrations approve` and `show` do, from their options to their output.
//
// Errors: std::exception, "what; remedy".
#pragma once

#include <string>
#include <vector>

namespace pgmoat::cli {

struct ApproveArguments {
  std::vector<std::string> folders;
  std::string tool;  // empty: as the folders look
  std::string manifest = "migrations.json";
  std::vector<std::string> signing_keys;
  std::vector<std::string> accept_destruction;
  std::vector<std::string> accept_finding;
  std::vector<std::string> ledgers;
  std::vector<std::string> public_keys;
  bool check = false;
  bool sign_only = false;
};

struct ShowArguments {
  std::string manifest;
  std::vector<std::string> public_keys;
};

// Both return the exit code, as migrations_verb.h has it.
int MigrationsApprove(const ApproveArguments& arguments);
int MigrationsShow(const ShowArguments& arguments);

}  // namespace pgmoat::cli
