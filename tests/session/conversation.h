// Drives a Session by a script of readable lines and returns what it did as readable
// lines, so that a failing test reads as a dialogue.
//
//   client Query "DROP TABLE t"        the client sends …
//   server Error ERROR 42601 "…"       the server sends …
//   server Row "a" "b"                 a DataRow of text columns
//   connected | connect-failed "…"     the upstream connection
//   direct-tls | tls "name" [alpn] | drain | kill | login-timeout
//   client-closed ["reason"] | server-closed
//   wait 250 | tick                    that many milliseconds pass; the clock is told
//   cancel-delivered | cancel-failed   what became of a CancelServer
//
// and back
//
//   -> Query "…"                       what reached the server
//   <- ErrorResponse ERROR 42501 "…"   what reached the client
//   ** ConnectServer                   what the session asked the program to do
//
// Ids (26 characters) are shown as <id>.  Offloaded judging is answered at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/session/session.h"

namespace pgmoat::session::testing {

class FakeTrail final : public AuditTrail {
 public:
  RecordId NewId(std::chrono::system_clock::time_point now) override;
  std::string LastId() const;
  bool Healthy() const override { return healthy; }
  // What was begun must have ended when the session does: anything else ends the test.
  void Append(const AuditRecord& record) override;
  AuditTicket Begin(const AuditRecord& record) override;
  void End(AuditTicket ticket, const AuditEnd& end) override;
  bool WaitDurable(std::function<void()>) override { return false; }

  // One line a record: "statement Query denied readonly.write 25006 «DROP TABLE t»".
  std::string Lines() const;

  bool healthy = true;
  std::vector<AuditRecord> records;          // that are whole
  std::map<AuditTicket, AuditRecord> begun;  // and have not ended

 private:
  std::uint64_t ids_ = 0;
  AuditTicket tickets_ = 0;
};

class FakeMetrics final : public Metrics {
 public:
  void LoginAccepted(std::string_view, std::string_view) override { ++sessions; }
  void LoginRefused(std::string_view) override { ++refused_logins; }
  void SessionEnded(std::string_view, std::string_view) override { --sessions; }
  void Allowed(std::string_view, std::string_view) override { ++allowed; }
  void Denied(std::string_view, std::string_view, std::string_view) override { ++denied; }
  void LimitHit(std::string_view, std::string_view, std::string_view rule) override {
    limits += std::string(rule) + "\n";
  }
  std::string limits;  // the rules, one a line
  void WouldDeny(std::string_view, std::string_view, std::string_view) override {
    ++would_deny;
  }
  void GrantOpened(std::string_view environment, std::string_view role) override {
    grants += "opened " + std::string(environment) + " " + std::string(role) + "\n";
  }
  void GrantEnded(std::string_view environment, std::string_view role,
                  std::string_view cause) override {
    grants +=
        std::string(cause) + " " + std::string(environment) + " " + std::string(role) + "\n";
  }
  std::string grants;  // what became of them, one a line
  void CatalogRead(std::string_view, bool success, std::chrono::nanoseconds) override {
    ++(success ? catalog_reads : failed_catalog_reads);
  }
  int sessions = 0;
  int refused_logins = 0;
  int allowed = 0;
  int denied = 0;
  int would_deny = 0;
  int catalog_reads = 0;
  int failed_catalog_reads = 0;
};

// One environment "production", logins named after their roles: readonly, app, deploy,
// admin.  `overrides` gives a login another role.
class FakeRoles final : public RoleCounters {
 public:
  Counter& Sessions(std::string_view environment, std::string_view role) override {
    return counters[std::string(environment) + " " + std::string(role)];
  }
  std::map<std::string, Counter> counters;
};

class FakeMigrations final : public MigrationRecord {
 public:
  std::shared_ptr<const policy::MigrationKnowledge> Known(std::string_view) const override {
    return known;
  }
  void Succeeded(const MigrationSuccess& success) override { successes.push_back(success); }
  std::shared_ptr<const policy::MigrationKnowledge> known;
  std::vector<MigrationSuccess> successes;
};

std::shared_ptr<const auth::Directory> MakeDirectory(
    std::uint64_t version = 1,
    std::vector<std::pair<std::string, policy::BuiltinRole>> overrides = {},
    std::size_t max_statement_bytes = 1 << 20, policy::RoleLimits limits = {});

// The same with other rules for every login.
std::shared_ptr<const auth::Directory> MakeChangedDirectory(
    const std::function<void(policy::Rules&)>& change, std::uint64_t version = 1);

class Conversation {
 public:
  explicit Conversation(SessionOptions options = {},
                        std::shared_ptr<const auth::Directory> directory = MakeDirectory(),
                        CatalogStore* catalogs = nullptr);

  // Bytes are fed at most this many at a time; 0: each message whole.
  void SetChunk(std::size_t bytes) { chunk_ = bytes; }
  // Runs the script and returns what came out, one line each.
  std::string Run(std::string_view script);
  // A login by trust, up to the first ReadyForQuery; its output is not returned.
  void LogIn(std::string_view user);

  Session& session() { return *session_; }
  // What the operator was told by the newest conversation of this thread.
  static std::string log();
  FakeTrail trail;
  FakeMetrics metrics;
  FakeRoles roles;
  FakeMigrations migrations;
  Output out;
  bool closed = false;
  Now now;

  // Takes what a direct call into the session put into `out`, as lines.
  std::string TakeOutput();

 private:
  void RunLine(std::string_view line);
  void Feed(bool from_client, std::vector<std::byte> bytes);
  void FeedRests();
  void Collect();

  std::unique_ptr<Session> session_;
  std::size_t chunk_ = 0;
  std::vector<std::byte> client_rest_;
  std::vector<std::byte> server_rest_;
  // Bytes that reached either side and are not a whole message yet.
  std::vector<std::byte> to_client_;
  std::vector<std::byte> to_server_;
  bool server_got_startup_ = false;
  std::string transcript_;
};

}  // namespace pgmoat::session::testing
