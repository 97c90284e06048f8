// The connection of either side breaks, or the operator ends the session, behind every single
// byte of every golden trace: the other side is told, the audit trail has the end and every
// statement that was sent, and nothing stays counted.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/session/trace.h"

namespace pgmoat::session::testing {
namespace {

enum class Cut { kClient, kServer, kKill };

const char* Name(Cut cut) {
  return cut == Cut::kClient   ? "client-closed reset"
         : cut == Cut::kServer ? "server-closed"
                               : "kill";
}

std::ptrdiff_t CountMessages(const std::vector<std::string>& lines, std::string_view message) {
  return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return line == message || line.starts_with(std::string(message) + " ");
  });
}

std::ptrdiff_t CountRecords(const FakeTrail& trail, AuditEvent event,
                            std::string_view protocol_event = "") {
  return std::count_if(trail.records.begin(), trail.records.end(), [&](const AuditRecord& r) {
    return r.event == event && (protocol_event.empty() || r.protocol_event == protocol_event);
  });
}

bool IsFatal(const std::string& line) { return line.starts_with("ErrorResponse S \"FATAL\""); }

// That the record of every statement is there, whatever became of it.
void ExpectAllRecorded(const Replay& replay) {
  for (const char* message : {"Query", "Execute", "FunctionCall"}) {
    EXPECT_GE(CountRecords(replay.trail, AuditEvent::kStatement, message),
              CountMessages(replay.to_server(), message))
        << message;
  }
}

// That the login or the session has exactly one end, and it is the last thing on record.
void ExpectOneEnd(const Replay& replay, bool logged_in) {
  const auto logins = CountRecords(replay.trail, AuditEvent::kLogin);
  const auto ends = CountRecords(replay.trail, AuditEvent::kDisconnect);
  EXPECT_EQ(ends, logged_in ? 1 : 0);
  EXPECT_LE(logins, 1);
  if (ends > 0) {
    EXPECT_EQ(replay.trail.records.back().event, AuditEvent::kDisconnect);
  }
}

void ExpectNothingCounted(const Replay& replay) {
  EXPECT_EQ(replay.metrics.sessions, 0);
  for (const auto& [role, counter] : replay.roles.counters) EXPECT_EQ(counter, 0u) << role;
}

// False: the trace has no more bytes.
bool CutBehind(const Trace& trace, std::size_t bytes, Cut cut) {
  Replay replay(trace);
  if (!replay.RunBytes(bytes)) return false;
  const bool logged_in =
      !trace.login.empty() || CountMessages(replay.to_client(), "ReadyForQuery") > 0;
  if (replay.closed()) {
    // It had ended before.
    ExpectNothingCounted(replay);
    return true;
  }
  const bool server_is_there = !trace.login.empty() || !replay.to_server().empty();
  if (cut == Cut::kServer && !server_is_there) return true;
  const bool in_a_message = replay.client_has_part();
  const bool terminating = CountMessages(replay.to_server(), "Terminate") > 0;
  const std::size_t told = replay.to_client().size();
  replay.Event(Name(cut));

  EXPECT_TRUE(replay.closed());
  if (cut == Cut::kClient || in_a_message || (terminating && cut == Cut::kServer)) {
    EXPECT_EQ(replay.to_client().size(), told);
  } else {
    EXPECT_EQ(replay.to_client().size(), told + 1);
    EXPECT_TRUE(IsFatal(replay.to_client().back())) << replay.to_client().back();
  }
  ExpectAllRecorded(replay);
  ExpectOneEnd(replay, logged_in);
  ExpectNothingCounted(replay);
  return true;
}

class CutConnections : public ::testing::TestWithParam<Cut> {};

INSTANTIATE_TEST_SUITE_P(All, CutConnections,
                         ::testing::Values(Cut::kClient, Cut::kServer, Cut::kKill),
                         [](const auto& cut) {
                           return cut.param == Cut::kClient   ? "Client"
                                  : cut.param == Cut::kServer ? "Server"
                                                              : "Kill";
                         });

TEST_P(CutConnections, BehindEveryByteOfEveryTrace) {
  const std::vector<Trace> traces = AllTraces();
  std::size_t cuts = 0;
  for (const Trace& trace : traces) {
    for (std::size_t bytes = 0; CutBehind(trace, bytes, GetParam()); ++bytes) {
      ++cuts;
      ASSERT_FALSE(HasFailure()) << trace.name << ", " << Name(GetParam()) << " behind "
                                 << bytes << " bytes";
    }
  }
  EXPECT_GT(cuts, 20'000u);
}

}  // namespace
}  // namespace pgmoat::session::testing
