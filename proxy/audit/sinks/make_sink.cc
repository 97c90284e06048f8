#include "proxy/audit/sinks/make_sink.h"

#include <utility>
#include <variant>

#include "proxy/audit/sinks/file_sink.h"
#include "proxy/audit/sinks/http_sink.h"
#include "proxy/audit/sinks/kafka_sink.h"
#include "proxy/audit/sinks/postgres_sink.h"
#include "proxy/audit/sinks/stdout_sink.h"
#include "proxy/audit/sinks/stream_sink.h"
#include "proxy/audit/sinks/syslog_sink.h"

namespace pgmoat::audit {
namespace {

struct Maker {
  std::function<void()> request_checkpoint;

  std::unique_ptr<Sink> operator()(const FileSinkOptions& options) {
    return MakeFileSink(options, std::move(request_checkpoint));
  }
  std::unique_ptr<Sink> operator()(const StdoutSinkOptions& options) {
    return MakeStdoutSink(options);
  }
  std::unique_ptr<Sink> operator()(const SyslogSinkOptions& options) {
    return MakeSyslogSink(options);
  }
  std::unique_ptr<Sink> operator()(const StreamSinkOptions& options) {
    return MakeStreamSink(options);
  }
  std::unique_ptr<Sink> operator()(const KafkaSinkOptions& options) {
    return MakeKafkaSink(options);
  }
  std::unique_ptr<Sink> operator()(const HttpSinkOptions& options) {
    return MakeHttpSink(options);
  }
  std::unique_ptr<Sink> operator()(const PostgresSinkOptions& options) {
    return MakePostgresSink(options);
  }
};

}  // namespace

std::unique_ptr<Sink> MakeSink(const SinkOptions& options,
                               std::function<void()> request_checkpoint) {
  return std::visit(Maker{std::move(request_checkpoint)}, options.options);
}

}  // namespace pgmoat::audit
