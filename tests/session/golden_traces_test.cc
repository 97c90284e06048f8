// The conversations of traces/*.trace, each led through a session in every way that the
// network may bring it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/session/trace.h"

namespace pgmoat::session::testing {
namespace {

using Lines = std::vector<std::string>;

const std::vector<Trace>& Traces() {
  static const std::vector<Trace> kTraces = AllTraces();
  return kTraces;
}

std::string Text(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string Replayed(const Trace& trace, Slices slices = {}) {
  Replay replay(trace, slices);
  replay.Run();
  EXPECT_FALSE(replay.client_has_part());
  return Text(replay.lines()) + Text(replay.AuditLines());
}

// Only the lines that tell what one side got, or of one other kind, in order.
std::string Seen(const std::string& text, std::string_view by) {
  std::string seen;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const bool passed = (by == "->S" && line.starts_with("C->S ")) ||
                        (by == "C<-" && line.starts_with("C<-S "));
    if (passed || line.starts_with(by)) seen += line.substr(6) + "\n";
  }
  return seen;
}

std::size_t LongestMessage(const Trace& trace) {
  std::size_t longest = 0;
  for (const TraceStep& step : trace.steps) {
    if (step.kind == TraceStep::Kind::kEvent) continue;
    const bool client = step.kind == TraceStep::Kind::kClient;
    longest = std::max(longest, EncodeLine(step.line, client).size());
  }
  return longest;
}

TEST(GoldenTraces, AreThere) { EXPECT_GE(Traces().size(), 40u); }

TEST(GoldenTraces, GoAsWritten) {
  for (const Trace& trace : Traces()) {
    SCOPED_TRACE(trace.name);
    EXPECT_EQ(Replayed(trace), Text(trace.lines));
  }
}

TEST(GoldenTraces, GoTheSameWithEveryMessageSplitAtEveryByte) {
  for (const Trace& trace : Traces()) {
    SCOPED_TRACE(trace.name);
    const std::size_t longest = std::min<std::size_t>(LongestMessage(trace), 2'000);
    for (std::size_t at = 1; at < longest; ++at) {
      ASSERT_EQ(Replayed(trace, {.split_at = at}), Text(trace.lines)) << "split at " << at;
    }
    for (const std::size_t chunk : {1, 2, 3, 5, 7}) {
      ASSERT_EQ(Replayed(trace, {.chunk = chunk}), Text(trace.lines)) << "reads of " << chunk;
    }
  }
}

TEST(GoldenTraces, ReachBothSidesTheSameWithSeveralMessagesInOneRead) {
  for (const Trace& trace : Traces()) {
    SCOPED_TRACE(trace.name);
    const std::string written = Text(trace.lines);
    for (const std::size_t merge : {2, 3, 4, 1'000}) {
      const std::string replayed = Replayed(trace, {.merge = merge});
      for (const char* what : {"->S", "C<-", "** ", "audit "}) {
        ASSERT_EQ(Seen(replayed, what), Seen(written, what)) << merge << " messages";
      }
    }
  }
}

// NoticeResponse, NotificationResponse and ParameterStatus between any two messages of the
// server ("Asynchronous Operations").
TEST(GoldenTraces, TakeAsynchronousMessagesAnywhere) {
  int inserted = 0;
  for (const Trace& trace : Traces()) {
    SCOPED_TRACE(trace.name);
    bool logged_in = !trace.login.empty();
    std::size_t line = 0;
    for (std::size_t step = 0; step < trace.steps.size(); ++step) {
      if (trace.steps[step].kind != TraceStep::Kind::kServer) continue;
      const auto from_server = [](const std::string& l) {
        return l.starts_with("C<-S") || l.starts_with("<-S");
      };
      while (!from_server(trace.lines[line])) ++line;
      if (logged_in) {
        for (const char* message : {"NoticeResponse S \"NOTICE\" C \"00000\" M \"hello\"",
                                    "NotificationResponse 4711 \"channel\" \"payload\"",
                                    "ParameterStatus \"TimeZone\" \"Asia/Tokyo\""}) {
          Trace more = trace;
          const auto at = static_cast<std::ptrdiff_t>(step);
          more.steps.insert(more.steps.begin() + at, {TraceStep::Kind::kServer, message});
          more.lines.insert(more.lines.begin() + static_cast<std::ptrdiff_t>(line),
                            std::string("C<-S  ") + message);
          ASSERT_EQ(Replayed(more), Text(more.lines)) << message << " at step " << step;
          ++inserted;
        }
      }
      logged_in = logged_in || trace.steps[step].line.starts_with("ReadyForQuery");
      ++line;
    }
  }
  EXPECT_GT(inserted, 500);
}

}  // namespace
}  // namespace pgmoat::session::testing
