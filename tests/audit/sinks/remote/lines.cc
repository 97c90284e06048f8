#include "tests/audit/sinks/remote/lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace pgmoat::audit {
namespace {

std::string Padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string Head(std::uint64_t seq, const char* event) {
  return R"({"v":2,"seq":)" + std::to_string(seq) + R"(,"id":")" + IdOf(seq) +
         R"(","time":"2026-11-27T19:45:00.)" + Padded(seq, 9) + R"(Z","event":")" + event + '"';
}

std::string Tail() { return R"(,"hash":")" + std::string(64, 'a') + "\"}\n"; }

}  // namespace

std::string IdOf(std::uint64_t seq) { return "01KB0000000000" + Padded(seq, 12); }

std::string StatementLine(std::uint64_t seq, const std::string& session,
                          const std::string& members) {
  return Head(seq, "statement") + R"(,"environment":"production","session":")" + session +
         R"(","login":"dev_ro","role":"readonly","client_address":"192.0.2.7:51000",)" +
         R"("application_name":"psql","database":"shop","server_pid":4711,)" +
         R"("protocol_event":"Query")" + (members.empty() ? "" : "," + members) + Tail();
}

std::string StartLine(std::uint64_t seq) {
  return Head(seq, "start") + R"(,"prev":")" + std::string(64, '0') + '"' + Tail();
}

std::string StatementLines(std::uint64_t first_seq, std::size_t count, std::size_t sessions) {
  std::string lines;
  for (std::uint64_t seq = first_seq; seq < first_seq + count; ++seq) {
    lines += StatementLine(
        seq, "session-" + std::to_string(seq % sessions),
        R"("statement":"SELECT * FROM orders WHERE id = )" + std::to_string(seq) +
            R"(","statement_bytes":40,"fingerprint":"0123456789abcdef","kinds":["read"],)" +
            R"("relations":[{"name":"public.orders","access":"read"}],"decision":"allow",)" +
            R"("outcome":"ok","rows_affected":0,"rows_returned":1,"duration_us":123.456)");
  }
  return lines;
}

std::size_t DeliverAll(Sink& sink, std::string_view lines, std::size_t batch_bytes,
                       std::chrono::seconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::size_t failures = 0;
  while (!lines.empty()) {
    std::size_t end = lines.rfind('\n', std::min(batch_bytes, lines.size()) - 1);
    if (end == std::string_view::npos) end = lines.find('\n');
    const std::string_view batch = lines.substr(0, end + 1);
    const Sink::Result result = sink.Deliver(batch);
    EXPECT_EQ(result.error.empty(), result.bytes == batch.size()) << result.error;
    EXPECT_TRUE(result.bytes == 0 || lines[result.bytes - 1] == '\n') << "not a whole line";
    lines.remove_prefix(result.bytes);
    if (!result.error.empty()) {
      ++failures;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the runner's back-off
    }
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << lines.size() << " bytes left after " << failures
                    << " failures, the last: " << result.error;
      break;
    }
  }
  return failures;
}

std::chrono::seconds Patience() {
  return std::chrono::seconds(std::getenv("PGMOAT_SANITIZED") != nullptr ? 180 : 60);
}

bool Until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + Patience();
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace pgmoat::audit
