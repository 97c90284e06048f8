// The verb `explain`, from its options to its output: which rules, which circumstances.
#pragma once

#include <string>

namespace pgmoat::cli {

// As given on the command line; empty: not given.
struct ExplainOptions {
  std::string config;
  std::string role;
  std::string environment;
  std::string format = "text";
  std::string sql;  // "-": standard input
  std::string database;
  std::string application_name;
  std::string client;
  std::string time;
};

// Exit codes: 0 allowed, 1 denied, 2 a mistake in the options or the config, which is told
// on standard error.
int ExplainSql(ExplainOptions options);

}  // namespace pgmoat::cli
