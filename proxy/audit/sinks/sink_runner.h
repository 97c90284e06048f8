// Carries the spool's lines to one sink: reads, delivers, moves the sink's cursor on disk,
// backs off while it fails (100 ms doubling up to 30 s, with jitter).
//
// Threads:  has one of its own.  Callbacks are called on it and must not throw.
// Memory:   one piece of the spool (kBatchBytes) at a time.
// Lifetime: the spool outlives it.  The destructor gives the sink `StopWithin` to take
//   what is in the spool; what it does not take stays for the next start.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/spool.h"

namespace pgmoat::audit {

struct SinkRunnerOptions {
  std::string name;
  std::filesystem::path cursor_file;  // made when it is not there; beginning: spool.begin()
  std::chrono::milliseconds stop_within{5'000};
  std::function<void(std::uint64_t)> on_position;      // all before it is delivered
  std::function<void(std::size_t)> on_delivered;       // lines
  std::function<void()> on_failure;                    // each failed attempt
  std::function<void(const std::string&)> on_message;  // for the log; when it begins to fail
                                                       // and when it works again
};

class SinkRunner {
 public:
  // Throws std::runtime_error naming the cursor file when it cannot be opened.
  SinkRunner(Spool& spool, std::unique_ptr<Sink> sink, SinkRunnerOptions options);
  ~SinkRunner();
  SinkRunner(const SinkRunner&) = delete;
  SinkRunner& operator=(const SinkRunner&) = delete;

  // Any thread: what the sink has, and how far behind it is.
  [[nodiscard]] std::uint64_t position() const;
  // Since when it has lines that it has not delivered; zero: it has all.
  [[nodiscard]] std::chrono::milliseconds lag() const;
  [[nodiscard]] std::uint64_t lag_lines() const;
  [[nodiscard]] bool failing() const;

  // Blocks until the sink has reopened; returns why it could not, or nothing.
  std::string Reopen();
  // Blocks until everything that is in the spool now is delivered, or an attempt that
  // began after the call has failed.
  void Flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::audit
