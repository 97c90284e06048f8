// An audit record as one line of JSON, version 2 of the schema (README.md, schema.json): it
// only grows, and `v` changes when a field changes its meaning.
//
// Makes a line but for its end: the chain closes it (chain.h).
//
//   {"v":2,"seq":17,"id":"…","time":"…","event":"statement", …
//
// Knows no files and no queues.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/audit/fingerprints.h"
#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

class LinePart;

inline constexpr int kSchemaVersion = 2;

// Remembers what recurs (a session's subject, a prepared statement's text with its
// fingerprint) in its JSON form, since most records differ only in their numbers.
//
// Lifetime: keeps up to kRemembered subjects and texts alive.
// Threads:  one, which parses (policy/parser.h).
class LineMaker {
 public:
  // In a kGap record `rows_affected` is the number of lost records; 0: nobody knows it.
  void Append(const session::AuditRecord& record, std::uint64_t seq, std::string& out);

  // The beginning that every line has.
  void AppendHead(const session::RecordId& id, std::chrono::system_clock::time_point time,
                  std::string_view event, std::uint64_t seq, std::string& out);

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
  void AppendText(const session::AuditRecord& record, std::string& out);
  void FormText(const session::AuditedText& text, std::string& out);
  void PutTime(std::chrono::system_clock::time_point time, LinePart& part);

  Fingerprints fingerprints_;
  std::array<Remembered<session::SessionSubject>, kRemembered> subjects_;
  std::array<Remembered<session::AuditedText>, kRemembered> texts_;
  std::chrono::sys_seconds second_{std::chrono::sys_seconds::min()};
  std::string second_text_;  // "2026-11-21T07:03:56" of second_
};

}  // namespace pgmoat::audit
