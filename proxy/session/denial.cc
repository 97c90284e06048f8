#include "proxy/session/denial.h"

#include "protocol/backend.h"
#include "protocol/frontend.h"

namespace pgmoat::session {

namespace {
std::string StandInName(const Denial& denial) { return "pgmoat_denied_" + denial.audit_id; }
std::string StandInText(const Denial& denial) { return "pgmoat denied " + denial.audit_id; }
}  // namespace

Denial MakeDenial(const policy::Decision& decision, const RecordId& id) {
  Denial denial;
  denial.rule = decision.rule;
  denial.sqlstate = decision.sqlstate;
  denial.message = decision.message;
  denial.hint = decision.hint;
  denial.id = id;
  denial.audit_id = id.Text();
  denial.detail = DetailOf(decision.rule, denial.audit_id);
  return denial;
}

std::string DetailOf(std::string_view rule, std::string_view audit_id) {
  return "Rule " + std::string(rule) + "; audit id " + std::string(audit_id) + ".";
}

void EncodeDeniedQuery(std::vector<std::byte>& out, const Denial& denial) {
  protocol::EncodeQuery(out, StandInText(denial));
}

void EncodeDeniedParse(std::vector<std::byte>& out, std::string_view statement,
                       const Denial& denial) {
  protocol::EncodeParse(out, statement, StandInText(denial));
}

void EncodeDeniedBind(std::vector<std::byte>& out, const Denial& denial) {
  protocol::EncodeBind(out, "", StandInName(denial));
}

void EncodeDeniedExecute(std::vector<std::byte>& out, const Denial& denial) {
  protocol::EncodeExecute(out, StandInName(denial), 0);
}

void EncodeDeniedFunctionCall(std::vector<std::byte>& out) {
  protocol::EncodeFunctionCall(out, 0);
}

void EncodeDenialError(std::vector<std::byte>& out, const Denial& denial,
                       std::string_view severity) {
  protocol::ErrorResponse error;
  error.severity = severity;
  error.sqlstate = denial.sqlstate;
  error.message = denial.message;
  error.detail = denial.detail;
  error.hint = denial.hint;
  protocol::EncodeError(out, error);
}

UnknownName MakeUnknownName(std::string_view name, const RecordId& id) {
  return {"pgmoat_unknown_" + id.Text(), std::string(name)};
}

void EncodeUnknownBind(std::vector<std::byte>& out, const UnknownName& unknown) {
  protocol::EncodeBind(out, "", unknown.stand_in);
}

void EncodeUnknownExecute(std::vector<std::byte>& out, const UnknownName& unknown) {
  protocol::EncodeQuery(out, "EXECUTE \"" + unknown.stand_in + "\"");
}

policy::Decision UnknownStatement(std::string_view name) {
  policy::Decision decision;
  decision.allowed = false;
  decision.rule = "any.unknown-statement";
  decision.sqlstate = "26000";
  // The server's own words for it, so that drivers which look for them find them.
  decision.message = name.empty()
                         ? std::string("unnamed prepared statement does not exist")
                         : "prepared statement \"" + std::string(name) + "\" does not exist";
  decision.hint = "Prepare the statement in this session first.";
  return decision;
}

policy::Decision AuditUnavailable(const policy::Rules& rules) {
  policy::Decision decision;
  decision.allowed = false;
  decision.rule = "any.audit-unavailable";
  decision.sqlstate = "53100";
  decision.message = "statements are not allowed for role " + std::string(rules.RoleName()) +
                     " in environment " + rules.environment +
                     " while the audit trail cannot be written";
  decision.hint =
      "Tell the operator of pgmoat: the audit journal cannot take records, because its disk "
      "is full or a sink is too far behind. Statements pass again as soon as it can.";
  return decision;
}

policy::Decision NameTooLong() {
  policy::Decision decision;
  decision.allowed = false;
  decision.rule = "any.name-too-long";
  decision.sqlstate = "54000";
  decision.message = "the name of a prepared statement or portal is too long to be judged";
  decision.hint = "Use names of at most 63 bytes, in ASCII.";
  return decision;
}

bool Add(const policy::Decision& decision, policy::Decision& all) {
  if (!decision.allowed || (decision.would_deny && !all.would_deny)) all = decision;
  return decision.allowed;
}

}  // namespace pgmoat::session
