#include "proxy/audit/sinks/make_sink.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

TEST(MakeSink, FileGetsTheLinesAndAsksForItsCheckpoint) {
  const TemporaryDirectory directory;
  std::size_t requests = 0;
  const auto sink =
      MakeSink({.name = "trail",
                .options = FileSinkOptions{.path = directory / "a", .rotate_bytes = 10}},
               [&] { ++requests; });
  EXPECT_EQ(sink->Deliver(StatementLines(1, 2)).error, "");
  EXPECT_EQ(Contents(directory / "a"), StatementLines(1, 2));
  EXPECT_EQ(requests, 1U);
}

TEST(MakeSink, ServerThatIsAwayIsNoReasonToThrow) {
  const TemporaryDirectory directory;
  SyslogSinkOptions syslog;
  syslog.socket = directory / "nobody";
  const auto log = MakeSink({.name = "log", .options = syslog}, nullptr);
  EXPECT_EQ(log->Deliver(StatementLine(1)).error,
            "cannot connect to " + syslog.socket.string() + ": No such file or directory");
  StreamSinkOptions nobody;
  nobody.socket = directory / "nobody";
  const auto stream = MakeSink({.name = "vector", .options = nobody}, nullptr);
  EXPECT_NE(stream->Deliver(StatementLine(1)).error, "");
}

TEST(MakeSink, FacilityThatIsNoneIsNamed) {
  SyslogSinkOptions options;
  options.facility = "local8";
  try {
    const auto sink = MakeSink({.name = "log", .options = options}, nullptr);
    FAIL() << "made";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("'local8'"), std::string::npos);
  }
}

}  // namespace
}  // namespace pgmoat::audit
