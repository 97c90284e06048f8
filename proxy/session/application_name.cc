// The server is told who came through: by the setting pgmoat.actor, and by the
// application_name, which carries pgmoat's part behind the client's own.
//
// Clients do not see that part in ParameterStatus: they are told the name they chose.  When
// a client chooses another (SET, set_config), the server tells, and pgmoat's part is put
// back as soon as the session is idle: with a SET of pgmoat's own, between two messages of
// the client, whose answers stay here.  RESET and DISCARD return to the startup packet's
// value, which has it.
#include "policy/setting_rules.h"
#include "protocol/frontend.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using protocol::BackendType;

constexpr std::string_view kSetting = "application_name";
// A pooler behind pgmoat may insist on its own name.
constexpr int kMostAttempts = 3;

bool IsApplicationName(std::string_view setting) {
  return policy::FoldSettingName(setting) == kSetting;
}

// An escape string means the same whatever standard_conforming_strings is.
std::string SetNameText(std::string_view name) {
  std::string text = "SET application_name = E'";
  for (const char c : name) {
    if (c == '\'' || c == '\\') text += c;
    text += c;
  }
  return text + "'";
}

}  // namespace

void SessionImpl::TellServerWho(protocol::StartupMessage& message) {
  const auth::Environment& environment = Environment();
  if (environment.actor_setting) {
    message.parameters.emplace_back("pgmoat.actor", subject_->login);
  }
  // A standby is known to its primary by this name (synchronous_standby_names).
  if (!message.Parameter("replication").empty()) return;
  application_name_ =
      auth::ApplicationName(environment.application_name, subject_->login,
                            auth::WithoutPort(subject_->client_address), subject_->environment);
  if (!application_name_.on()) return;
  std::string name;
  for (const auto& [parameter, value] : message.parameters) {
    if (parameter != "options") continue;
    std::vector<policy::StartupOption> options;
    policy::SplitStartupOptions(value, options);
    for (const policy::StartupOption& option : options) {
      if (IsApplicationName(option.name)) name = option.value;
    }
  }
  // The packet's own parameters win over its options.
  std::erase_if(message.parameters, [&](const auto& parameter) {
    if (!IsApplicationName(parameter.first)) return false;
    name = parameter.second;
    return true;
  });
  message.parameters.emplace_back(kSetting, application_name_.Decorate(name));
  RenameClient(name);
}

void SessionImpl::RenameClient(std::string_view name) {
  if (name == subject_->application_name) return;
  auto subject = std::make_shared<SessionSubject>(*subject_);
  subject->application_name = name;
  subject_ = std::move(subject);
  ++circumstances_version_;
}

// The server reports a name.
void SessionImpl::HandleApplicationName(const Piece& piece, std::string_view reported,
                                        Output& out) {
  if (!application_name_.on()) {
    RenameClient(reported);
    return Forward(out.to_client, piece.bytes);
  }
  const std::string known = subject_->application_name;
  const auto stripped = application_name_.Strip(reported);
  // The client's part may have been cut to make room for pgmoat's.
  if (reported != application_name_.Decorate(known)) RenameClient(stripped.value_or(reported));
  name_lost_ = !stripped;
  if (std::exchange(name_reported_, true) && subject_->application_name == known) return;
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeParameterStatus(bytes, kSetting,
                                    auth::AsServerHasName(subject_->application_name));
  });
}

void SessionImpl::RestoreApplicationName(Output& out) {
  if (!name_lost_ || draining_ || terminating_ || !Idle()) return;
  if (++name_attempts_ > kMostAttempts) {
    application_name_ = {};
    name_lost_ = false;
    return;
  }
  name_lost_ = false;
  setting_name_ = true;
  UseServerTable();
  out.to_server.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeQuery(bytes,
                          SetNameText(application_name_.Decorate(subject_->application_name)));
  });
}

// An answer to pgmoat's SET.  If it failed (a late cancel), the next change is the next try.
void SessionImpl::HandleNamePiece(const Piece& piece, Now now, Output& out) {
  if (EndsSession(piece)) return HandleError(piece, now, out);
  switch (static_cast<BackendType>(piece.type)) {
    case BackendType::kCommandComplete:
    case BackendType::kErrorResponse:
      return;
    case BackendType::kParameterStatus:
      return HandleParameterStatus(piece, now, out);
    case BackendType::kNoticeResponse:
    case BackendType::kNotificationResponse:
      return Forward(out.to_client, piece.bytes);
    case BackendType::kReadyForQuery:
      break;
    default:
      return ServerViolation("an answer to nothing that was asked", now, out);
  }
  const auto status = protocol::DecodeReadyForQuery(piece.body());
  if (!status) return ServerViolation("a malformed ReadyForQuery", now, out);
  transaction_ = *status;
  setting_name_ = false;
  if (!name_lost_) name_attempts_ = 0;
  UseServerTable();
}

}  // namespace pgmoat::session
