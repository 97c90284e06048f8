// The client's side of a login: from the first byte to the StartupMessage that the server
// will get.  authentication.cc goes on from there.
//
//   client            pgmoat                         server
//     SSLRequest  ─────>
//     <───── S or N
//     StartupMessage ──> identify, judge settings
//                        ── StartupMessage (walls added) ──>
#include <algorithm>
#include <utility>

#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

std::string_view Explain(protocol::StartupError error) {
  switch (error) {
    case protocol::StartupError::kLength:
      return "the first packet has an impossible length";
    case protocol::StartupError::kUnsupportedMajor:
      return "the first packet asks for a protocol other than version 3";
    case protocol::StartupError::kMalformed:
      return "the startup packet is malformed";
    case protocol::StartupError::kNoUser:
      return "the startup packet names no user";
  }
  return "the first packet is malformed";
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool IsProtocolOption(std::string_view name) { return name.starts_with("_pq_."); }

// Any spelling of false that the server knows; "database" and everything else asks for
// replication.
bool AsksForReplication(std::string_view value) {
  for (const std::string_view no : {"false", "off", "no", "0"}) {
    if (EqualsIgnoringCase(value, no)) return false;
  }
  return true;
}

}  // namespace

void SessionImpl::ReadStartup(Bytes& input, Now now, Output& out) {
  // Only as much is kept as a first packet may have; the rest stays where it is.
  const std::size_t kept_before = startup_bytes_.size();
  const std::size_t take =
      std::min<std::size_t>(input.size(), protocol::kMaxStartupBytes - kept_before);
  startup_bytes_.insert(startup_bytes_.end(), input.begin(),
                        input.begin() + static_cast<std::ptrdiff_t>(take));
  protocol::StartupResult result = protocol::DecodeStartup(startup_bytes_);
  if (result.status == protocol::StartupResult::Status::kNeedMore) {
    input = input.subspan(take);
    return;
  }
  if (result.status == protocol::StartupResult::Status::kViolation) {
    input = {};
    const bool no_user = result.error == protocol::StartupError::kNoUser;
    EndSession({no_user ? "28000" : "08P01", std::string(Explain(result.error)),
                "Check that the program speaks the PostgreSQL protocol, version 3.",
                "login.malformed"},
               now, out);
    return;
  }
  input = input.subspan(result.consumed - kept_before);
  if (std::holds_alternative<protocol::CancelRequest>(result.packet)) {
    out.cancel_request.assign(
        startup_bytes_.begin(),
        startup_bytes_.begin() + static_cast<std::ptrdiff_t>(result.consumed));
    out.action = Action::kForwardCancel;
    Advance(LoginEvent::kEnd);
    return;
  }
  startup_bytes_.clear();
  startup_bytes_.shrink_to_fit();
  if (std::holds_alternative<protocol::SslRequest>(result.packet)) {
    AnswerEncryptionRequest(true, input, now, out);
  } else if (std::holds_alternative<protocol::GssEncRequest>(result.packet)) {
    AnswerEncryptionRequest(false, input, now, out);
  } else {
    AcceptStartup(std::get<protocol::StartupMessage>(std::move(result.packet)), now, out);
  }
}

void SessionImpl::AnswerEncryptionRequest(bool tls, Bytes rest, Now now, Output& out) {
  bool& asked = tls ? asked_tls_ : asked_gss_;
  if (asked || tls_) return ClientViolation("encryption was asked for twice", now, out);
  asked = true;
  const bool agree = tls && options_.client_tls != ClientTls::kDisable;
  // Bytes that came in plain text behind the request would later pass for encrypted ones
  // (CVE-2021-23214 and its kin).
  if (agree && !rest.empty()) {
    return ClientViolation("unencrypted bytes behind the SSLRequest", now, out);
  }
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    bytes.push_back(agree ? std::byte{'S'} : std::byte{'N'});
  });
  if (agree) {
    Advance(LoginEvent::kTlsAgreed);
    out.action = Action::kStartClientTls;
  } else {
    Advance(LoginEvent::kEncryptionRefused);
  }
}

// PostgreSQL documentation, "SSL Session Encryption": a client may save the question.
void SessionImpl::OnDirectTls(Now now, Output& out) {
  if (!Advance(LoginEvent::kTlsAgreed)) return ClientViolation("TLS begins twice", now, out);
  direct_tls_ = true;
  out.action = Action::kStartClientTls;
}

void SessionImpl::OnClientTls(std::string_view server_name, bool has_alpn) {
  if (!Advance(LoginEvent::kTlsReady)) return;
  tls_ = true;
  server_name_ = server_name;
  // As the server: who did not ask for PostgreSQL may be a browser that was led here.
  if (direct_tls_ && !has_alpn && !refusal_) {
    refusal_ = End{"08P01", "direct TLS without ALPN, which PostgreSQL's protocol requires",
                   "Use a driver that knows sslnegotiation=direct, or sslnegotiation=postgres.",
                   "login.no-alpn"};
  }
}

void SessionImpl::AcceptStartup(protocol::StartupMessage message, Now now, Output& out) {
  NameSubject(message);
  // As a server that shuts down says it: libpq then tries its next host.
  if (draining_) RefuseConnection("57P03", "pgmoat is shutting down and takes no new logins");
  if (refusal_) return EndSession(*refusal_, now, out);
  if (!IdentifyLogin(now, out)) return;
  if (options_.client_tls == ClientTls::kRequire && !tls_) {
    policy::Decision decision;
    decision.allowed = false;
    decision.rule = "login.tls-required";
    decision.sqlstate = "28000";
    decision.message = "logins without TLS are not allowed here";
    decision.hint = "Add sslmode=require (or stricter) to the connection string.";
    return RefuseLogin(decision, now, out);
  }
  if (!UseOwnSettings(message, now, out)) return;
  if (!JudgeStartup(message, now, out)) return;
  if (RoleIsFull()) return RefuseFullRole(now, out);  // the server is spared the login
  PrepareServerStartup(std::move(message));
  Advance(LoginEvent::kStartupMessage);
  out.action = Action::kConnectServer;
  out.environment_index =
      static_cast<std::size_t>(&Environment() - directory_->environments.data());
}

const auth::Environment& SessionImpl::Environment() const {
  return *std::find_if(
      directory_->environments.begin(), directory_->environments.end(),
      [&](const auth::Environment& e) { return e.name == subject_->environment; });
}

void SessionImpl::NameSubject(const protocol::StartupMessage& message) {
  const std::string_view user = message.Parameter("user");
  const std::string_view asked_database = message.Parameter("database");
  auto subject = std::make_shared<SessionSubject>(*subject_);
  subject->login = user;
  subject->database = asked_database.empty() ? user : asked_database;
  subject->application_name = message.Parameter("application_name");
  subject_ = std::move(subject);
}

bool SessionImpl::IdentifyLogin(Now now, Output& out) {
  const auth::Identity identity = auth::Identify(
      *directory_, {subject_->login, subject_->database, server_name_, options_.listener});
  auto subject = std::make_shared<SessionSubject>(*subject_);
  if (identity.environment != nullptr) subject->environment = identity.environment->name;
  if (identity.rules) subject->role = identity.rules->RoleName();
  subject_ = std::move(subject);
  if (identity.status == auth::Identity::Status::kKnown) {
    rules_ = identity.rules;
    return true;
  }
  policy::Decision decision;
  decision.allowed = false;
  decision.sqlstate = "28000";
  if (identity.status == auth::Identity::Status::kNoEnvironment) {
    decision.rule = "login.no-environment";
    decision.message =
        "no environment of pgmoat serves database \"" + subject_->database + "\"";
    decision.hint =
        "Check the database name, or add it to an environment's match in pgmoat's config.";
  } else {
    decision.rule = "login.unknown";
    decision.message =
        "login \"" + subject_->login + "\" has no role in environment " + subject_->environment;
    decision.hint = "Add the login to logins of this environment in pgmoat's config.";
  }
  RefuseLogin(decision, now, out);
  return false;
}

bool SessionImpl::JudgeStartup(const protocol::StartupMessage& message, Now now, Output& out) {
  for (const auto& [name, value] : message.parameters) {
    const policy::Decision decision = JudgeStartupParameter(name, value);
    if (!decision.allowed) {
      RefuseLogin(decision, now, out);
      return false;
    }
    // What RESET returns to; the escapes of `options` can spell it in many ways.
    if (EqualsIgnoringCase(name, "search_path") || name == "options")
      NoteSearchPath(name, value);
  }
  return true;
}

void SessionImpl::NoteSearchPath(std::string_view name, std::string_view value) {
  if (name != "options") return temporary_.SearchPath(value);
  std::vector<policy::StartupOption> options;
  if (!policy::SplitStartupOptions(value, options)) temporary_.ForwardedUnread();
  for (const policy::StartupOption& option : options) {
    if (option.name == "search_path") temporary_.SearchPath(option.value);
  }
}

policy::Decision SessionImpl::JudgeStartupParameter(std::string_view name,
                                                    std::string_view value) const {
  if (name == "user" || name == "database" || IsProtocolOption(name)) return {};
  if (name == "replication") {
    return AsksForReplication(value) ? policy::JudgeReplication(*rules_) : policy::Decision{};
  }
  if (name != "options") return policy::JudgeStartupSetting(*rules_, name, value);

  std::vector<policy::StartupOption> options;
  if (!policy::SplitStartupOptions(value, options) && rules_->Restricted()) {
    policy::Decision decision;
    decision.allowed = false;
    decision.rule = "any.startup-options";
    decision.sqlstate = "42501";
    decision.message = "startup options other than settings are not allowed for role " +
                       subject_->role + " in environment " + subject_->environment;
    decision.hint = "Use options='-c name=value' only.";
    return decision;
  }
  for (const policy::StartupOption& option : options) {
    policy::Decision decision = policy::JudgeStartupSetting(*rules_, option.name, option.value);
    if (!decision.allowed) return decision;
  }
  return {};
}

// The walls of the role go last, where they win over what the client asked for, and
// become what RESET and DISCARD return to.  Versions and options newer than we are
// stay here: the server must not agree to what we cannot read.
void SessionImpl::PrepareServerStartup(protocol::StartupMessage message) {
  if (message.version > protocol::kNewestProtocol) {
    message.version = protocol::kNewestProtocol;
    negotiation_owed_ = true;
  }
  sent_version_ = message.version;
  std::erase_if(message.parameters, [&](const auto& parameter) {
    if (!IsProtocolOption(parameter.first)) return false;
    refused_options_.push_back(parameter.first);
    negotiation_owed_ = true;
    return true;
  });
  for (const policy::ForcedSetting& forced : policy::ForcedSettings(*rules_)) {
    std::erase_if(message.parameters, [&](const auto& parameter) {
      return EqualsIgnoringCase(parameter.first, forced.name);
    });
    message.parameters.emplace_back(forced.name, forced.value);
  }
  TellServerWho(message);
  protocol::EncodeStartup(server_startup_, message);
}

void SessionImpl::RefuseFullRole(Now now, Output& out) {
  const policy::Decision decision = TooManyConnections(*rules_);
  CountLimit(decision.rule);
  RefuseLogin(decision, now, out);
}

void SessionImpl::RefuseLogin(const policy::Decision& decision, Now now, Output& out) {
  const Denial denial = MakeDenial(decision, NewId(now));
  out.to_client.Own(
      [&](std::vector<std::byte>& bytes) { EncodeDenialError(bytes, denial, "FATAL"); });
  AuditRecord record = NewRecord(AuditEvent::kLogin, "StartupMessage", now);
  record.id = denial.id;
  record.outcome = Outcome::kDenied;
  record.rule = denial.rule;
  record.reason = denial.message;
  record.sqlstate = denial.sqlstate;
  surroundings_.audit->Append(record);
  surroundings_.metrics->LoginRefused(denial.rule);
  reported_login_ = true;
  Advance(LoginEvent::kEnd);
  out.action = Action::kClose;
}

}  // namespace pgmoat::session
