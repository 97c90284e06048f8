// A conversation as a text file, and what a Session makes of it.
//
//   # A comment.
//   login app                      a login by trust that is not shown; may be left out
//   C->S  Query "SELECT 1"         the client sends it, and the server gets the same
//   C<-S  CommandComplete "…"      the server sends it, and the client gets the same
//   C->   Query "DROP TABLE t"     the client sends it,
//   ->S   Query "pgmoat denied …"    and this reaches the server
//   <-S   ErrorResponse …          the server sends it,
//   C<-   ErrorResponse …            and this reaches the client
//   !     connected                what else happens: connected | connect-failed | tls NAME |
//                                  drain | kill | client-closed | server-closed |
//                                  login-timeout | wait MILLISECONDS | tick |
//                                  cancel-delivered | cancel-failed | audit-down | audit-up |
//                                  reload LOGIN ROLE
//   **    ConnectServer            what the session asks the program to do
//   audit statement Query ok …     the records, at the end
//
// The messages are those of trace_message.h.  <id> stands for the id of an audit record; in
// what the server sends, for the one in the stand-in that it answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/session/conversation.h"
#include "tests/session/trace_message.h"

namespace pgmoat::session::testing {

struct TraceStep {
  enum class Kind { kClient, kServer, kEvent };
  Kind kind;
  std::string line;  // the message or event, without its arrow
};

struct Trace {
  std::string name;
  std::string login;               // empty: the login is part of the trace
  std::vector<TraceStep> steps;    // what goes in
  std::vector<std::string> lines;  // all of it, as Replay writes it
};

// Throws std::invalid_argument for a line that is none.
Trace ParseTrace(std::string_view text);
Trace ReadTrace(const std::filesystem::path& path);
// All *.trace of tests/session/traces, in order of their names.
std::vector<Trace> AllTraces();

// How a trace is fed to the session.  The default: each message in one read.
struct Slices {
  std::size_t split_at = 0;  // each message longer than this comes in two parts
  std::size_t chunk = 0;     // each message comes in reads of this many bytes
  std::size_t merge = 1;     // up to this many messages of one side come in one read
};

// One session that is led through a trace.
class Replay {
 public:
  explicit Replay(const Trace& trace, Slices slices = {});

  // All steps.  Stops where the session ends; the steps left are in the result.
  void Run();
  // The steps up to (not with) the `bytes`th byte of input, counted over both sides.  False:
  // the trace has no more bytes than that.
  bool RunBytes(std::size_t bytes);
  // One thing that happens, as behind `!`.
  void Event(std::string_view words);

  // Line by line, as in a file.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // What reached one side, without regard to when.
  [[nodiscard]] const std::vector<std::string>& to_client() const { return to_client_; }
  [[nodiscard]] const std::vector<std::string>& to_server() const { return to_server_; }
  // The last message to the client is not whole.
  [[nodiscard]] bool client_has_part() const { return client_decoder_.rest() > 0; }
  // Lines of the audit trail, as at the end of a file.
  [[nodiscard]] std::vector<std::string> AuditLines() const;
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] Session& session() { return *session_; }

  FakeTrail trail;
  FakeMetrics metrics;
  FakeRoles roles;

 private:
  void LogIn(std::string_view user);
  std::vector<std::byte> Encode(const TraceStep& step);
  void Offer(bool from_client, const std::vector<std::byte>& bytes);
  void Feed(bool from_client, const std::vector<std::byte>& bytes);
  void Collect();
  void Pair(std::size_t from);

  const Trace& trace_;
  Slices slices_;
  std::unique_ptr<Session> session_;
  Now now_;
  std::uint64_t rules_version_ = 1;
  Output out_;
  bool closed_ = false;
  std::vector<std::byte> pending_[2];  // not taken yet; [1] the client's
  LineDecoder client_decoder_{false};
  LineDecoder server_decoder_{true};
  std::deque<std::string> stand_ins_;  // ids in names that the server will complain about
  std::vector<std::string> lines_, to_client_, to_server_;
};

}  // namespace pgmoat::session::testing
