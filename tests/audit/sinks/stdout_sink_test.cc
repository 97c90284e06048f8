#include "proxy/audit/sinks/stdout_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

// Standard output is `descriptor` while this lives; then it is closed.
class AsStandardOutput {
 public:
  explicit AsStandardOutput(int descriptor) : before_(::dup(STDOUT_FILENO)) {
    ::dup2(descriptor, STDOUT_FILENO);
    ::close(descriptor);
  }
  ~AsStandardOutput() {
    ::dup2(before_, STDOUT_FILENO);
    ::close(before_);
  }
  AsStandardOutput(const AsStandardOutput&) = delete;
  AsStandardOutput& operator=(const AsStandardOutput&) = delete;

 private:
  int before_;
};

std::string Drain(int pipe) {
  std::string text(std::size_t{4} << 20, '\0');
  const ssize_t bytes = ::read(pipe, text.data(), text.size());
  text.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  return text;
}

TEST(StdoutSink, LinesGoToAFileBehindIt) {
  const TemporaryDirectory directory;
  std::unique_ptr<Sink> sink;
  {
    const AsStandardOutput file(::open((directory / "out").c_str(), O_WRONLY | O_CREAT, 0600));
    sink = MakeStdoutSink({});
  }
  const std::string lines = StatementLines(1, 3);
  const Sink::Result result = sink->Deliver(lines);
  EXPECT_EQ(result.bytes, lines.size());
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(Contents(directory / "out"), lines);
}

TEST(StdoutSink, StalledReaderIsAnErrorAndLaterTheLineGoesOnWhereItStopped) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::unique_ptr<Sink> sink;
  {
    const AsStandardOutput pipe(ends[1]);
    sink = MakeStdoutSink({});
  }
  const std::string lines = StatementLines(1, 1) + StatementLine(2, std::string(100'000, 'x')) +
                            StatementLines(3, 400);
  std::size_t delivered = 0;
  std::string read;
  std::size_t stalls = 0;
  while (delivered < lines.size()) {
    const Sink::Result result = sink->Deliver(std::string_view(lines).substr(delivered));
    delivered += result.bytes;
    ASSERT_TRUE(delivered == 0 || lines[delivered - 1] == '\n');
    if (delivered < lines.size()) {
      ++stalls;
      EXPECT_EQ(result.error, "whoever reads standard output has stalled");
    }
    read += Drain(ends[0]);
  }
  EXPECT_GE(stalls, 2U);
  EXPECT_EQ(read, lines);
  ::close(ends[0]);
}

TEST(StdoutSink, FullDeviceIsAnErrorWithTheReason) {
  std::unique_ptr<Sink> sink;
  {
    const AsStandardOutput full(::open("/dev/full", O_WRONLY));
    sink = MakeStdoutSink({});
  }
  const Sink::Result result = sink->Deliver(StatementLine(1));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_EQ(result.error, "standard output cannot be written: No space left on device");
}

}  // namespace
}  // namespace pgmoat::audit
