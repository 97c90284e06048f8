#include "proxy/audit/sinks/stdout_sink.h"

#include <cerrno>
#include <system_error>

#include "proxy/audit/sinks/file_appender.h"

namespace pgmoat::audit {
namespace {

class StdoutSink final : public Sink {
 public:
  Result Deliver(std::string_view lines) override {
    const auto [bytes, error] = output_.Append(lines);
    if (error == 0) return {bytes, {}};
    return {bytes, error == ETIMEDOUT ? "whoever reads standard output has stalled"
                                      : "standard output cannot be written: " +
                                            std::generic_category().message(error)};
  }

 private:
  FileAppender output_ = FileAppender::StandardOutput();
};

}  // namespace

std::unique_ptr<Sink> MakeStdoutSink(const StdoutSinkOptions& /*options*/) {
  return std::make_unique<StdoutSink>();
}

}  // namespace pgmoat::audit
