#include "proxy/explain_verb.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "policy/circumstances.h"
#include "proxy/config/config.h"
#include "proxy/config/rule_values.h"
#include "proxy/config/values.h"
#include "proxy/explain.h"
#include "proxy/role_choice.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;

template <typename Parse>
auto ParseOption(const char* option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const config::ValueError& error) {
    throw OptionError(std::string(option) + ": " + error.what());
  }
}

// A rule about databases does not match when nobody says which; without a word that would
// look as if it were not there.
void TellWhatWasNotTried(const policy::Rules& rules, const ExplainOptions& options) {
  const auto tell = [&](const std::string& given, const auto& criterion, const char* about,
                        const char* option) {
    const bool matters = given.empty() && std::any_of(rules.own.begin(), rules.own.end(),
                                                      [&](const policy::OwnRule& rule) {
                                                        return !criterion(rule).empty();
                                                      });
    if (!matters) return;
    std::fprintf(stderr, "pgmoat: the role has rules for some %s, not tried; give %s\n", about,
                 option);
  };
  using policy::OwnRule;
  tell(
      options.database, [](const OwnRule& rule) { return rule.match.databases; }, "databases",
      "--database");
  tell(
      options.application_name,
      [](const OwnRule& rule) { return rule.match.application_names; }, "application_names",
      "--application-name");
  tell(
      options.client, [](const OwnRule& rule) { return rule.match.networks; }, "networks",
      "--client");
}

std::string ReadStandardInput() {
  std::string text;
  char chunk[65536];
  std::size_t got = 0;
  while ((got = std::fread(chunk, 1, sizeof chunk, stdin)) > 0) text.append(chunk, got);
  if (text.find('\0') != std::string::npos) {
    throw OptionError("the SQL has a NUL byte, which the protocol cannot carry");
  }
  return text;
}

Explanation ExplainWith(ExplainOptions& options) {
  const auto rules = ChooseRole({options.config, options.environment, options.role}).rules;
  policy::Circumstances circumstances;
  circumstances.database = options.database;
  circumstances.application_name = options.application_name;
  policy::IpAddress client;
  if (!options.client.empty()) {
    client = ParseOption("--client", options.client, config::ParseIpAddress);
    circumstances.client = &client;
  }
  circumstances.time = options.time.empty()
                           ? std::chrono::system_clock::now()
                           : ParseOption("--time", options.time, config::ParseUtc);
  if (options.sql == "-") options.sql = ReadStandardInput();
  TellWhatWasNotTried(*rules, options);
  return Explain(*rules, options.sql, circumstances);
}

}  // namespace

int ExplainSql(ExplainOptions options) {
  try {
    const Explanation explanation = ExplainWith(options);
    const std::string& out = options.format == "json" ? explanation.json : explanation.text;
    std::fwrite(out.data(), 1, out.size(), stdout);
    return explanation.allowed ? 0 : 1;
  } catch (const config::ConfigError& error) {
    std::fprintf(stderr, "%s\n", error.what());
  } catch (const OptionError& error) {
    std::fprintf(stderr, "pgmoat: %s\n", error.what());
  }
  return kUsage;
}

}  // namespace pgmoat::cli
