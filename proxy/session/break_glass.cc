// The life of a grant (break_glass.h).
#include "policy/break_glass.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "policy/setting_rules.h"
#include "protocol/frontend.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using protocol::FrontendType;

// Of a reason on record; the statement itself is on record, too.
constexpr std::size_t kMaxReasonBytes = 1024;

std::string Utc(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

// One line for the log: a client chose it.
std::string Printable(std::string_view text) {
  std::string printable(text);
  std::replace_if(
      printable.begin(), printable.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return printable;
}

std::string_view Cut(std::string_view text) {
  if (text.size() <= kMaxReasonBytes) return text;
  std::size_t size = kMaxReasonBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

bool RunsSomething(FrontendType type) {
  switch (type) {
    case FrontendType::kQuery:
    case FrontendType::kParse:
    case FrontendType::kBind:
    case FrontendType::kExecute:
    case FrontendType::kFunctionCall:
      return true;
    default:
      return false;
  }
}

}  // namespace

const policy::Rules& SessionImpl::OwnRules() const { return grant_ ? *grant_->own : *rules_; }

// --- the beginning ---

// CommandComplete came for `reply`.
void SessionImpl::OpenGrantAskedBy(const ExpectedReply& reply, std::string_view command_tag,
                                   Now now, Output& out) {
  // It was sent before the grant was there: both in one pipeline.
  if (grant_ && EndsGrant(reply)) EndGrant("reset", now, out);
  if (command_tag != "SET" || reply.texts.size() != 1 || reply.settled) return;
  const std::string_view reason = policy::ReasonOf(reply.texts.front()->facts());
  if (reason.empty()) return;
  OpenGrant(reason, reply.kind == ReplyKind::kQuery ? "Query" : "Execute", now, out);
}

void SessionImpl::OpenGrantAskedAtLogin(Now now, Output& out) {
  if (!reason_at_login_.empty()) OpenGrant(reason_at_login_, "StartupMessage", now, out);
  reason_at_login_ = {};
}

void SessionImpl::OpenGrant(std::string_view reason, std::string_view protocol_event, Now now,
                            Output& out) {
  const policy::BreakGlass& permission = OwnRules().break_glass;
  // Let through all the same: an admin needs none, and in shadow mode nothing is refused.
  if (permission.max.count() == 0) return;
  if (grant_) {
    return Notice("the glass is broken already, until " + UntilText(now) +
                      "; this SET does not prolong it",
                  "", "RESET pgmoat.break_glass ends it; then another one may begin.", out);
  }
  if (!surroundings_.audit->Healthy()) {
    return Notice("the glass is not broken: the audit trail cannot take records now",
                  "Without a record nothing is granted.",
                  "Free the audit trail's disk or sinks; then send the SET again.", out);
  }
  const auto granted = auth::FindRole(Environment(), permission.role);
  if (granted == nullptr) return;  // the config was checked: only in a test

  auto grant = std::make_unique<Grant>();
  grant->id = NewId(now);
  grant->reason = Cut(reason);
  grant->role = subject_->role;
  grant->own = rules_;
  grant->opened = now.steady;
  grant->until = now.steady + permission.max;
  grant_ = std::move(grant);
  UseRules(std::make_shared<const policy::Rules>(policy::GrantedRules(*rules_, *granted)));
  NameGrant(grant_->id.Text(), permission.role);

  AuditRecord record = NewRecord(AuditEvent::kGrant, protocol_event, now);
  record.id = grant_->id;
  record.rule = "break-glass.opened";
  record.reason = grant_->reason;
  record.duration = permission.max;
  surroundings_.audit->Append(record);
  surroundings_.metrics->GrantOpened(subject_->environment, grant_->role);
  LogGrant("opened until " + UntilText(now) + " as role " + subject_->granted_role + ": \"" +
           Printable(grant_->reason) + "\"");
  out.timed = true;
  WarnOfGrant(now, out);
}

void SessionImpl::WarnOfGrant(Now now, Output& out) {
  std::string hint = "RESET pgmoat.break_glass ends it.";
  if (grant_->own->ReadOnlyWall()) {
    hint +=
        "  To write, SET default_transaction_read_only = off first; this session ends with "
        "the grant.";
  }
  Notice("the glass is broken: until " + UntilText(now) + " you are role " +
             subject_->granted_role + " in environment " + subject_->environment,
         "Everything is on record, as grant " + subject_->grant + ".", hint, out);
}

// --- while it is open ---

bool SessionImpl::EndsGrant(const ExpectedReply& reply) {
  if (reply.kind != ReplyKind::kQuery && reply.kind != ReplyKind::kExecute) return false;
  return std::any_of(reply.texts.begin(), reply.texts.end(), [](const JudgedTextPtr& text) {
    return policy::EndsGrant(text->facts());
  });
}

// `reply` is about to be owed: its message goes to the server.
void SessionImpl::NoteUnderGrant(const ExpectedReply& reply, Output& out) {
  // A FunctionCall's text is ours.
  if (!grant_ || reply.kind == ReplyKind::kFunctionCall) return;
  for (const JudgedTextPtr& text : reply.texts) {
    if (grant_->outlived) break;
    grant_->outlived = policy::OutlivesGrant(*grant_->own, text->facts());
  }
  if (EndsGrant(reply)) EndGrant("reset", reply.arrived, out);
}

// The server reports a setting (ParameterStatus), however it came about.
void SessionImpl::NoteReportedUnderGrant(std::string_view name, std::string_view value) {
  if (!grant_) return;
  const bool other_user = name == "session_authorization" && value != session_authorization_;
  if (other_user || !policy::JudgeReportedSetting(*grant_->own, name, value).allowed) {
    grant_->outlived = true;
  }
}

// --- the end ---

void SessionImpl::ExpireGrant(Now now, Output& out) {
  if (!grant_ || now.steady < grant_->until) return;
  EndGrant("expired", now, out);
  EndBehindGrant(now, out);
}

// ApplyDirectory has put the new config's rules of the login into place.
void SessionImpl::KeepGrant(Now now, Output& out) {
  if (!grant_) return;
  grant_->own = rules_;
  const policy::BreakGlass& permission = rules_->break_glass;
  const auto granted = auth::FindRole(Environment(), permission.role);
  if (permission.max.count() == 0 || granted == nullptr || grant_->role != subject_->role ||
      permission.role != subject_->granted_role) {
    EndGrant("reload", now, out);
    return EndBehindGrant(now, out);
  }
  grant_->until = std::min(grant_->until, grant_->opened + permission.max);
  UseRules(std::make_shared<const policy::Rules>(policy::GrantedRules(*rules_, *granted)));
}

void SessionImpl::EndGrant(std::string_view cause, Now now, Output& out) {
  const policy::Rules& own = *grant_->own;
  ends_behind_grant_ = own.Restricted() && (own.ReadOnlyWall() || grant_->outlived);
  grant_over_ = "The break-glass grant of this session is over since " + Utc(now.system) +
                " (" + std::string(cause) + ").";
  UseRules(grant_->own);
  temporary_.ForwardedByOtherRules();
  // Nobody has followed what belongs to a migration meanwhile, nor how its transaction ended.
  window_ = MigrationWindow();
  window_.SetInTransaction(transaction_ != protocol::TransactionStatus::kIdle);
  CloseGrant(cause, now);
  if (server_message_open_) return;
  Notice("the glass is whole again (" + std::string(cause) + "): you are role " +
             subject_->role + " in environment " + subject_->environment,
         "", ends_behind_grant_ ? "This session ends now: connect again." : "", out);
}

// The records of what ran under it come before.
void SessionImpl::CloseGrant(std::string_view cause, Now now) {
  if (!grant_) return;
  constexpr std::string_view kRules[] = {"break-glass.expired", "break-glass.reset",
                                         "break-glass.reload", "break-glass.session-end"};
  AuditRecord record = NewRecord(AuditEvent::kGrant, "", now);
  record.id = NewId(now);
  record.rule = *std::find_if(std::begin(kRules), std::end(kRules),
                              [&](std::string_view rule) { return rule.ends_with(cause); });
  record.reason = grant_->reason;
  record.duration = now.steady - grant_->opened;
  surroundings_.audit->Append(record);
  surroundings_.metrics->GrantEnded(subject_->environment, grant_->role, cause);
  LogGrant("ended (" + std::string(cause) + ")");
  NameGrant("", "");
  grant_.reset();
}

void SessionImpl::EndBehindGrant(Now now, Output& out) {
  if (!ends_behind_grant_ || state_ != State::kReady || !replies_.Idle()) return;
  EndForGrant(now, out);
}

// True: the message is not looked at, the session ends.
bool SessionImpl::EndsBehindGrant(FrontendType type, Now now, Output& out) {
  if (!ends_behind_grant_ || !RunsSomething(type)) return false;
  EndForGrant(now, out);
  return true;
}

void SessionImpl::EndForGrant(Now now, Output& out) {
  EndSession({"57P01", "terminating connection because its break-glass grant is over",
              "Connect again; what the grant let into this session must not stay.  An open "
              "transaction was rolled back.",
              "break-glass.over"},
             now, out);
}

// --- what people are told ---

policy::Decision SessionImpl::WithGrantOver(policy::Decision decision) const {
  if (grant_over_.empty() || grant_) return decision;
  decision.hint += (decision.hint.empty() ? "" : "  ") + grant_over_;
  return decision;
}

std::string SessionImpl::UntilText(Now now) const {
  return Utc(now.system + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                              grant_->until - now.steady));
}

void SessionImpl::Notice(std::string_view message, std::string_view detail,
                         std::string_view hint, Output& out) const {
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeNotice(bytes, {"WARNING", "01000", message, detail, hint});
  });
}

void SessionImpl::LogGrant(const std::string& what) const {
  if (surroundings_.log == nullptr) return;
  surroundings_.log("break glass by login " + Printable(subject_->login) + " from " +
                    subject_->client_address + " in environment " + subject_->environment +
                    ", grant " + subject_->grant + ": " + what);
}

// --- who the session is meanwhile ---

void SessionImpl::NameGrant(std::string id, std::string granted_role) {
  auto subject = std::make_shared<SessionSubject>(*subject_);
  subject->grant = std::move(id);
  subject->granted_role = std::move(granted_role);
  subject_ = std::move(subject);
}

void SessionImpl::UseRules(std::shared_ptr<const policy::Rules> rules) {
  KeepLimitsOfSent();
  rules_ = std::move(rules);
  ++circumstances_version_;
  UseStatementLimit();
}

}  // namespace pgmoat::session
