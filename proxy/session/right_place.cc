// Where a client is, and where it believes to be: the settings of pgmoat's own in a startup
// packet, and the greeting.
//
//   pgmoat.expect_environment=staging   the login is refused anywhere else
//   pgmoat.break_glass=INC-123: why     break_glass.h
//
// Both as a parameter of the packet or in its `options`; neither goes on to the server: a
// pooler there would refuse what it does not know.
#include <algorithm>
#include <utility>

#include "policy/break_glass.h"
#include "policy/setting_rules.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

constexpr std::string_view kExpectEnvironment = "pgmoat.expect_environment";

// A client's word in an error: what an environment's name can have, and not more of it.
std::string Shown(std::string_view name) {
  std::string shown(name.substr(0, 63));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return shown;
}

std::vector<policy::StartupOption> TakeOwnSettings(protocol::StartupMessage& message) {
  std::vector<policy::StartupOption> taken;
  for (auto& [name, value] : message.parameters) {
    const std::string folded = policy::FoldSettingName(name);
    if (folded == kExpectEnvironment || folded == policy::kBreakGlassSetting) {
      taken.push_back({folded, value});
    } else if (name == "options") {
      value = policy::TakeStartupOptions(
          value, {kExpectEnvironment, policy::kBreakGlassSetting}, taken);
    }
  }
  if (taken.empty()) return taken;
  std::erase_if(message.parameters, [](const auto& parameter) {
    const std::string folded = policy::FoldSettingName(parameter.first);
    return folded == kExpectEnvironment || folded == policy::kBreakGlassSetting ||
           (parameter.first == "options" && parameter.second.empty());
  });
  return taken;
}

std::string_view Recording(const policy::AuditOptions& audit) {
  switch (audit.record) {
    case policy::Recorded::kAll:
      return "every statement is on record";
    case policy::Recorded::kWrites:
      return "everything that may write is on record";
    case policy::Recorded::kDdl:
      return "changes of the schema are on record, as is everything that is refused";
    case policy::Recorded::kDenied:
    case policy::Recorded::kNone:
      break;
  }
  return "everything that is refused is on record";
}

}  // namespace

bool SessionImpl::UseOwnSettings(protocol::StartupMessage& message, Now now, Output& out) {
  for (const policy::StartupOption& setting : TakeOwnSettings(message)) {
    if (setting.name == policy::kBreakGlassSetting) {
      const policy::Decision decision =
          policy::JudgeStartupSetting(*rules_, setting.name, setting.value);
      if (!decision.allowed) {
        RefuseLogin(decision, now, out);
        return false;
      }
      reason_at_login_ = setting.value;
    } else if (setting.value != subject_->environment) {
      RefuseWrongEnvironment(setting.value, now, out);
      return false;
    }
  }
  return true;
}

void SessionImpl::RefuseWrongEnvironment(std::string_view expected, Now now, Output& out) {
  policy::Decision decision;
  decision.allowed = false;
  decision.rule = "login.wrong-environment";
  decision.sqlstate = "28000";
  decision.message = "this is environment " + subject_->environment +
                     ", and pgmoat.expect_environment says \"" + Shown(expected) + "\"";
  decision.hint =
      "Check host, port and database of the connection string: it leads somewhere else than "
      "it was meant to.";
  RefuseLogin(decision, now, out);
}

void SessionImpl::Greet(Output& out) const {
  const std::string& greeting = Environment().greeting;
  if (greeting.empty()) return;
  std::string where = "you are in environment " + subject_->environment + ", as login " +
                      subject_->login + " with role " + subject_->role + ": ";
  where += Recording(rules_->audit);
  if (!rules_->enforce) where += "; this environment is in shadow mode, nothing is refused";
  const bool own_text = greeting != auth::kDefaultGreeting;
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeNotice(bytes,
                           {"NOTICE", "00000", own_text ? greeting : where,
                            own_text ? std::string_view(where) : std::string_view(), ""});
  });
}

}  // namespace pgmoat::session
