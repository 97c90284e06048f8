// An audit record as one line of JSON.  The schema is the table in README.md; it only
// grows, and `v` changes when a field changes its meaning.
//
// Knows no files and no queues.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

inline constexpr int kSchemaVersion = 1;

// Appends `text` as a JSON string with its quotes.  Bytes that are not UTF-8 (also
// surrogates and overlong forms) become U+FFFD, one for each byte: a line is always
// valid JSON, whatever a client sent.
void AppendJsonString(std::string_view text, std::string& out);

// Appends "2026-11-21T07:03:56.123456Z".
void AppendRfc3339(std::chrono::system_clock::time_point time, std::string& out);

// Turns records into lines.  Remembers what recurs (a session's subject, a prepared
// statement's text) in its JSON form, since most records differ only in their numbers.
//
// Lifetime: keeps up to kRemembered subjects and texts alive.
// Threads:  one.
class LineMaker {
 public:
  // Appends one line, '\n' included.  In a kGap record `rows` is the number of lost
  // records.
  void Append(const session::AuditRecord& record, std::string& out);

 private:
  static constexpr std::size_t kRemembered = 256;
  // Longer texts are formed anew each time, so that memory stays bounded.
  static constexpr std::size_t kRememberedTextBytes = 4096;

  template <typename T>
  struct Remembered {
    std::shared_ptr<const T> key;  // held, so that its address cannot come to mean another
    std::string json;
  };

  void AppendSubject(const std::shared_ptr<const session::SessionSubject>& subject,
                     std::string& out);
  void AppendText(const std::shared_ptr<const session::AuditedText>& text, std::string& out);
  void AppendTime(std::chrono::system_clock::time_point time, std::string& out);

  std::array<Remembered<session::SessionSubject>, kRemembered> subjects_;
  std::array<Remembered<session::AuditedText>, kRemembered> texts_;
  std::chrono::sys_seconds second_{std::chrono::sys_seconds::min()};
  std::string second_text_;  // "2026-11-21T07:03:56" of second_
};

}  // namespace pgmoat::audit
