#include "tests/session/conversation.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <utility>

#include "proxy/session/judged_text.h"
#include "tests/session/message_text.h"

namespace pgmoat::session::testing {

namespace {

void Require(bool sound, const char* what) {
  if (sound) return;
  std::fprintf(stderr, "audit trail: %s\n", what);
  std::abort();
}

RecordId IdOf(std::uint64_t number) {
  RecordId id;
  for (std::size_t i = 16; i-- > 8; number >>= 8)
    id.bytes[i] = static_cast<std::uint8_t>(number);
  return id;
}

}  // namespace

RecordId FakeTrail::NewId(std::chrono::system_clock::time_point) { return IdOf(++ids_); }

std::string FakeTrail::LastId() const { return IdOf(ids_).Text(); }

void FakeTrail::Append(const AuditRecord& record) {
  if (record.event == AuditEvent::kDisconnect) Require(begun.empty(), "begun and never ended");
  Require(record.outcome != Outcome::kRunning, "appended while it runs");
  Require(!record.id.IsNull(), "no id");
  records.push_back(record);
}

AuditTicket FakeTrail::Begin(const AuditRecord& record) {
  Require(record.outcome == Outcome::kRunning && !record.id.IsNull(), "not a beginning");
  begun.emplace(++tickets_, record);
  return tickets_;
}

void FakeTrail::End(AuditTicket ticket, const AuditEnd& end) {
  const auto found = begun.find(ticket);
  Require(found != begun.end(), "ended and never begun");
  AuditRecord record = found->second;
  Complete(record, end);
  records.push_back(std::move(record));
  if (end.last) begun.erase(found);
}

namespace {

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kError:
      return "error";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kSkipped:
      return "skipped";
    case Outcome::kLost:
      return "lost";
    case Outcome::kRunning:
    case Outcome::kCount:
      break;
  }
  return "?";
}

}  // namespace

std::string FakeTrail::Lines() const {
  std::string lines;
  for (const AuditRecord& record : records) {
    std::string line;
    switch (record.event) {
      case AuditEvent::kLogin:
        line = "login";
        break;
      case AuditEvent::kStatement:
        line = "statement";
        break;
      case AuditEvent::kDisconnect:
        line = "disconnect";
        break;
      case AuditEvent::kGrant:
        line = "grant";
        break;
      default:  // not a session's
        break;
    }
    if (record.event == AuditEvent::kStatement)
      line += " " + std::string(record.protocol_event);
    line += " " + std::string(OutcomeName(record.outcome));
    if (!record.rule.empty()) line += " " + std::string(record.rule);
    if (!record.sqlstate.empty()) line += " " + record.sqlstate;
    // audit_test.cc tells them apart.
    const std::uint64_t rows =
        record.rows_affected > 0 ? record.rows_affected : record.rows_returned;
    if (rows > 0) line += " rows=" + std::to_string(rows);
    if (record.text) line += " «" + record.text->text + "»";
    lines += line + "\n";
  }
  return lines;
}

std::shared_ptr<const auth::Directory> MakeDirectory(
    std::uint64_t version, std::vector<std::pair<std::string, policy::BuiltinRole>> overrides,
    std::size_t max_statement_bytes, policy::RoleLimits limits) {
  auto directory = std::make_shared<auth::Directory>();
  directory->version = version;
  auth::Environment environment;
  environment.name = "production";
  environment.match.databases = {"shop"};
  // They have a test of their own, and are in the way of others.
  environment.application_name = "";
  environment.actor_setting = false;
  for (const char* name : {"readonly", "app", "deploy", "admin"}) {
    auto rules = std::make_shared<policy::Rules>();
    policy::ParseRoleName(name, rules->role);
    for (const auto& [login, role] : overrides) {
      if (login == name) rules->role = role;
    }
    rules->audit.required = rules->role != policy::BuiltinRole::kApp;
    rules->environment = "production";
    rules->version = version;
    rules->max_statement_bytes = max_statement_bytes;
    rules->limits = limits;
    environment.logins.push_back({name, std::move(rules)});
  }
  directory->environments.push_back(std::move(environment));
  return directory;
}

std::shared_ptr<const auth::Directory> MakeChangedDirectory(
    const std::function<void(policy::Rules&)>& change, std::uint64_t version) {
  auto directory = std::make_shared<auth::Directory>(*MakeDirectory(version));
  for (auto& login : directory->environments[0].logins) {
    auto rules = std::make_shared<policy::Rules>(*login.rules);
    change(*rules);
    login.rules = std::move(rules);
  }
  return directory;
}

namespace {

thread_local std::string log_of_this_thread;

}  // namespace

Conversation::Conversation(SessionOptions options,
                           std::shared_ptr<const auth::Directory> directory,
                           CatalogStore* catalogs) {
  options.client_address = "127.0.0.1:50000";
  Surroundings surroundings{&trail, &metrics, catalogs, &roles, &migrations};
  log_of_this_thread.clear();
  surroundings.log = [](const std::string& line) { log_of_this_thread += line + "\n"; };
  session_ = std::make_unique<Session>(surroundings, std::move(options), std::move(directory));
}

void Conversation::LogIn(std::string_view user) {
  Run("client Startup user=" + std::string(user) + " database=shop");
  Run(R"_(connected
         server AuthenticationOk
         server ParameterStatus "client_encoding" "UTF8"
         server ParameterStatus "standard_conforming_strings" "on"
         server BackendKeyData 4711
         server ReadyForQuery I)_");
  trail.records.clear();
}

std::string Conversation::log() { return log_of_this_thread; }

std::string Conversation::Run(std::string_view script) {
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    std::string_view line = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty()) RunLine(line);
  }
  return std::exchange(transcript_, {});
}

void Conversation::RunLine(std::string_view line) {
  const std::vector<std::string> words = SplitWords(line);
  const std::string& what = words[0];
  if (what == "client" || what == "server") {
    return Feed(what == "client",
                EncodeMessage({words.begin() + 1, words.end()}, what == "client"));
  }
  out.Clear();
  if (what == "connected") {
    session_->OnServerConnected(words.size() > 1 && words.at(1) == "same-certificate", now,
                                out);
  } else if (what == "connect-failed") {
    session_->OnServerConnectFailed(words.at(1), now, out);
  } else if (what == "connect-starved") {
    session_->OnServerConnectStarved(now, out);
  } else if (what == "direct-tls") {
    session_->OnDirectTls(now, out);
  } else if (what == "tls") {
    session_->OnClientTls(words.at(1), words.size() > 2 && words.at(2) == "alpn");
  } else if (what == "drain") {
    session_->Drain(now, out);
  } else if (what == "kill") {
    session_->Kill(now, out);
  } else if (what == "client-closed") {
    session_->OnClientClosed(words.size() > 1 ? words[1] : "", now, out);
  } else if (what == "server-closed") {
    session_->OnServerClosed("", now, out);
  } else if (what == "wait") {
    now.steady += std::chrono::milliseconds(std::stoi(words.at(1)));
  } else if (what == "tick") {
    session_->OnTick(now, out);
  } else if (what == "cancel-delivered" || what == "cancel-failed") {
    session_->OnCancelSent(what == "cancel-delivered", now, out);
    Collect();
    FeedRests();
    return;
  } else if (what == "login-timeout") {
    session_->OnLoginTimeout(now, out);
  } else {
    throw std::invalid_argument("unknown script line: " + std::string(line));
  }
  Collect();
}

void Conversation::Feed(bool from_client, std::vector<std::byte> bytes) {
  std::vector<std::byte>& rest = from_client ? client_rest_ : server_rest_;
  const std::size_t step = chunk_ == 0 ? bytes.size() : chunk_;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::size_t take = std::min(step, bytes.size() - at);
    rest.insert(rest.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                bytes.begin() + static_cast<std::ptrdiff_t>(at + take));
    FeedRests();
  }
}

// Both sides, since what one brings may let the session read on from the other.
void Conversation::FeedRests() {
  for (bool progress = true; progress && !closed;) {
    progress = false;
    for (const bool client : {true, false}) {
      std::vector<std::byte>& input = client ? client_rest_ : server_rest_;
      const bool wanted = client ? session_->WantsClientBytes() : session_->WantsServerBytes();
      if (input.empty() || !wanted) continue;
      out.Clear();
      const std::size_t taken = client ? session_->OnClientBytes(input, now, out)
                                       : session_->OnServerBytes(input, now, out);
      Collect();
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
      progress = progress || taken > 0;
    }
  }
}

std::string Conversation::TakeOutput() {
  Collect();
  return std::exchange(transcript_, {});
}

void Conversation::Collect() {
  out.to_server.ForEach([&](protocol::Bytes bytes) {
    to_server_.insert(to_server_.end(), bytes.begin(), bytes.end());
  });
  out.to_client.ForEach([&](protocol::Bytes bytes) {
    to_client_.insert(to_client_.end(), bytes.begin(), bytes.end());
  });
  transcript_ += DescribeMessages(to_server_, /*to_server=*/true, &server_got_startup_);
  bool no_startup = true;
  transcript_ += DescribeMessages(to_client_, /*to_server=*/false, &no_startup);
  switch (out.action) {
    case Action::kNone:
      break;
    case Action::kStartClientTls:
      transcript_ += "** StartClientTls\n";
      break;
    case Action::kConnectServer:
      transcript_ += "** ConnectServer\n";
      break;
    case Action::kForwardCancel:
      transcript_ += "** ForwardCancel\n";
      break;
    case Action::kCancelServer:
      transcript_ += "** CancelServer\n";
      break;
    case Action::kClose:
      transcript_ += "** Close\n";
      closed = true;
      break;
    case Action::kJudge: {
      std::shared_ptr<JudgedText> text = out.judge_work();
      out.Clear();
      session_->OnJudged(std::move(text), now, out);
      Collect();
      break;
    }
  }
  out.Clear();
}

}  // namespace pgmoat::session::testing
