#include "proxy/session/limits.h"

#include <algorithm>

namespace pgmoat::session {

namespace {

std::string OfRole(const policy::Rules& rules) {
  return " of role " + std::string(rules.RoleName()) + " in environment " + rules.environment;
}

policy::Decision Reached(std::string_view rule, std::string_view sqlstate, std::string message,
                         std::string hint) {
  policy::Decision decision;
  decision.allowed = false;
  decision.rule = rule;
  decision.sqlstate = sqlstate;
  decision.message = std::move(message);
  decision.hint = std::move(hint);
  return decision;
}

}  // namespace

std::string DurationText(std::chrono::milliseconds duration) {
  const auto ms = duration.count();
  if (ms % 60'000 == 0) return std::to_string(ms / 60'000) + "min";
  if (ms % 1000 == 0) return std::to_string(ms / 1000) + "s";
  return std::to_string(ms) + "ms";
}

std::string BytesText(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && bytes > 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kUnits[unit]);
}

policy::Decision StatementTooSlow(const policy::Rules& rules,
                                  std::chrono::milliseconds statement_timeout) {
  return Reached("limit.statement-timeout", "57014",
                 "statement was cancelled: it ran longer than statement_timeout " +
                     DurationText(statement_timeout) + OfRole(rules),
                 "Let it do less at a time, or ask for a role with a longer "
                 "statement_timeout.");
}

policy::Decision IdleInTransaction(const policy::Rules& rules,
                                   std::chrono::milliseconds idle_in_transaction_timeout) {
  return Reached("limit.idle-in-transaction-timeout", "25P03",
                 "terminating the session: idle in a transaction longer than "
                 "idle_in_transaction_timeout " +
                     DurationText(idle_in_transaction_timeout) + OfRole(rules),
                 "Connect again; end transactions before you wait for something else.");
}

policy::Decision TooManyRows(const policy::Rules& rules, std::uint64_t max_rows) {
  return Reached(
      "limit.max-rows", "54000",
      "the result has more rows than max_rows " + std::to_string(max_rows) + OfRole(rules),
      "Add a LIMIT, fetch or COPY in parts, or ask for a role with a larger "
      "max_rows.");
}

policy::Decision ResultTooLarge(const policy::Rules& rules, std::uint64_t max_result_bytes) {
  return Reached("limit.max-result-bytes", "54000",
                 "the result is larger than max_result_bytes " + BytesText(max_result_bytes) +
                     OfRole(rules),
                 "Add a LIMIT, fetch or COPY in parts, or ask for a role with a larger "
                 "max_result_bytes.");
}

policy::Decision TooManyConnections(const policy::Rules& rules) {
  return Reached("limit.max-connections", "53300",
                 "too many connections for role " + std::string(rules.RoleName()) +
                     " in environment " + rules.environment + " (max_connections " +
                     std::to_string(rules.limits.max_connections) + ")",
                 "Close sessions that are not in use, or try again later.");
}

policy::Decision CancelledWithAnother(const policy::Rules& rules, std::string_view rule) {
  return Reached(rule, "57014",
                 "statement was cancelled together with an earlier one that reached a limit" +
                     OfRole(rules),
                 "Send it again, and not before the earlier one was answered.");
}

bool OnlyReads(const policy::TextFacts& facts, std::size_t statement, policy::KindSet besides) {
  using policy::Kind;
  constexpr policy::KindSet kReads = {Kind::kRead,           Kind::kShow,    Kind::kExplain,
                                      Kind::kExplainAnalyze, Kind::kCopyOut, Kind::kCursor,
                                      Kind::kExecute,        Kind::kEmpty};
  static const policy::Rules kReadonly;  // the built-in role, with nothing added
  if (statement >= facts.statements.size()) return false;
  besides.AddAll(kReads);
  if (!besides.HasAll(facts.statements[statement].kinds)) return false;
  if (facts.statements.size() == 1) return policy::Judge(kReadonly, facts).allowed;
  const policy::TextFacts alone{facts.status, {facts.statements[statement]}};
  return policy::Judge(kReadonly, alone).allowed;
}

}  // namespace pgmoat::session
