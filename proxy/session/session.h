// One client session and its one server session (design 3.6): protocol meets
// policy.  A state machine, bytes in -> bytes out.
//
// Deliberately does not know sockets, TLS, threads or clocks: the program gives it
// bytes and the time, and carries out the Action it asks for.
//
//            OnClientBytes                      to_server
//   client ------------------>  +---------+ ------------------> server
//                               | Session |
//          <------------------  +---------+ <------------------
//            to_client                          OnServerBytes
//
// Lifetime: created per accepted connection; when an Output says kClose, or
//   OnClientClosed/OnServerClosed returned, only destruction may follow.
// Threads:  one worker thread; no locking.  The Directory it reads is immutable.
// Errors:   bytes of either peer never throw; a violation is an error on the wire
//   and kClose.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policy/parser.h"
#include "proxy/auth/identity.h"
#include "proxy/session/audit_trail.h"
#include "proxy/session/catalog_store.h"
#include "proxy/session/metrics.h"
#include "proxy/session/migration_record.h"
#include "proxy/session/output.h"
#include "proxy/session/role_counters.h"

namespace pgmoat::session {

struct Now {
  std::chrono::steady_clock::time_point steady;
  std::chrono::system_clock::time_point system;
};

enum class ClientTls { kDisable, kAllow, kRequire };

// What the program around it lends a session.  Outlives it.
struct Surroundings {
  AuditTrail* audit = nullptr;
  Metrics* metrics = nullptr;
  CatalogStore* catalogs = nullptr;  // null: decisions do without
  RoleCounters* roles = nullptr;     // null: nobody counts, and max_connections is not kept
  MigrationRecord* migrations = nullptr;  // null: nothing is approved
  // One line for the operator, without secrets; any thread.  Null: nobody listens.
  void (*log)(const std::string& line) = nullptr;
};

struct SessionOptions {
  ClientTls client_tls = ClientTls::kDisable;
  std::string listener;        // address as in the config
  std::string client_address;  // "127.0.0.1:53212"
  std::optional<policy::IpAddress> client_ip;
  // A snapshot of the catalogs that is older is read anew.
  std::chrono::milliseconds catalog_max_age{60'000};
  std::size_t max_audited_bytes = std::size_t{64} << 10;
  // Statements above this are read on another thread (Action::kJudge), so that one
  // client's long statement does not stall the others.
  std::size_t judge_inline_bytes = std::size_t{32} << 10;
  // For AuditRecord::proxy_time; null: nobody measures.
  std::chrono::steady_clock::time_point (*steady_clock)() = nullptr;
};

class SessionImpl;

class Session {
 public:
  Session(Surroundings surroundings, SessionOptions options,
          std::shared_ptr<const auth::Directory> directory);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // --- events.  Each appends to `out`, which the caller cleared. ---

  // Returns how many bytes of `input` were taken.  The rest is to be offered again,
  // with what follows it, once WantsClientBytes() is true; after other sessions had their
  // turn, if `out` says so (a read may hold thousands of messages).
  std::size_t OnClientBytes(protocol::Bytes input, Now now, Output& out);
  std::size_t OnServerBytes(protocol::Bytes input, Now now, Output& out);

  // The client's first byte is that of a TLS handshake (sslnegotiation=direct), which was
  // not read.  Only on a listener with TLS.
  void OnDirectTls(Now now, Output& out);

  // After kStartClientTls.  `server_name` is the TLS server name (SNI) or empty; `has_alpn`:
  // the client and we agreed on PostgreSQL's protocol.
  void OnClientTls(std::string_view server_name, bool has_alpn);

  // After kConnectServer.  `same_certificate`: both sides have TLS, and the server's
  // certificate is the one that we showed the client.
  void OnServerConnected(bool same_certificate, Now now, Output& out);
  // `reason` is for the log and the client: "connection refused".  No secrets.
  void OnServerConnectFailed(std::string_view reason, Now now, Output& out);
  // No descriptor is left for it: one connection too many, and not the server's fault.
  void OnServerConnectStarved(Now now, Output& out);

  // After kJudge.  The last to hold a long text frees it, which takes time: the pointer
  // should do that on another thread.
  void OnJudged(std::shared_ptr<JudgedText> text, Now now, Output& out);

  // After kCancelServer.  `delivered`: the server took the request and closed the
  // connection it came on; otherwise it may or may not have.
  void OnCancelSent(bool delivered, Now now, Output& out);

  // Every 100 ms or so while HasTimeLimits().
  void OnTick(Now now, Output& out);

  // End of stream or a broken connection; `reason` as above, empty for a plain end.
  // A client's plain end is the server's to find, behind what came before (see
  // EndsServerStream): the session goes on while answers are owed.
  void OnClientClosed(std::string_view reason, Now now, Output& out);
  void OnServerClosed(std::string_view reason, Now now, Output& out);

  // The login took longer than limits.login_timeout.
  void OnLoginTimeout(Now now, Output& out);

  // Before anything was read: the startup message, when it comes, is answered with this
  // error (53300, too many connections).  Cancel requests still pass.
  void RefuseConnection(std::string_view sqlstate, std::string_view message);

  // From now on the session ends, with 57P01, where no transaction is open.
  void Drain(Now now, Output& out);
  // Ends it at once, with 57P01.
  void Kill(Now now, Output& out);

  // A newer config.  Every statement from now on is judged by it.
  void SetDirectory(std::shared_ptr<const auth::Directory> directory, Now now, Output& out);

  // --- state ---
  [[nodiscard]] bool WantsClientBytes() const;
  [[nodiscard]] bool WantsServerBytes() const;
  // Everything that the client sent was taken, its stream has ended: so may the server's.
  [[nodiscard]] bool EndsServerStream() const;
  [[nodiscard]] bool LoggedIn() const;
  // Logged in, and the role has a limit in time, or a grant is open.  Changes at the login, by
  // SetDirectory, where Output::timed says so, and (to false) at the end of a statement.
  [[nodiscard]] bool HasTimeLimits() const;
  // No transaction is open and no answer is owed.
  [[nodiscard]] bool Idle() const;
  [[nodiscard]] std::string_view environment() const;  // empty before login
  [[nodiscard]] std::string_view role() const;

 private:
  std::unique_ptr<SessionImpl> impl_;
};

}  // namespace pgmoat::session
