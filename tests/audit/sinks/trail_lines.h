// Lines as the trail makes them, and waiting for what other threads and programs do.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace pgmoat::audit {

inline std::string Digits(std::uint64_t number, std::size_t count) {
  std::string text = std::to_string(number);
  return text.size() < count ? std::string(count - text.size(), '0') + text : text;
}

// With its newline.  `statement` is JSON's inside of a string already.
inline std::string StatementLine(std::uint64_t seq, const std::string& statement = "SELECT 1",
                                 const std::string& more = "") {
  return "{\"v\":2,\"seq\":" + std::to_string(seq) + ",\"id\":\"01" + Digits(seq, 24) +
         "\",\"time\":\"2026-11-27T19:45:00.123456789Z\",\"event\":\"statement\",\"server_"
         "pid\":4711,"
         "\"statement\":\"" +
         statement + "\"" + more + ",\"hash\":\"" + Digits(seq, 64) + "\"}\n";
}

inline std::string CheckpointLine(std::uint64_t seq,
                                  const std::string& time = "2026-11-27T19:45:00.123456789Z") {
  return "{\"v\":2,\"seq\":" + std::to_string(seq) + ",\"id\":\"01" + Digits(seq, 24) +
         "\",\"time\":\"" + time + "\",\"event\":\"checkpoint\",\"lines\":3,\"hash\":\"" +
         Digits(seq, 64) + "\"}\n";
}

inline std::string StatementLines(std::uint64_t first, std::uint64_t count) {
  std::string lines;
  for (std::uint64_t i = 0; i < count; ++i) lines += StatementLine(first + i);
  return lines;
}

// False: it did not come to pass in a time that is long on any machine.
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::seconds at_most = std::chrono::seconds{60}) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace pgmoat::audit
