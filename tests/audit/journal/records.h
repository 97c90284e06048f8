// What the journal's tests put into it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/audit/journal/journal.h"
#include "tests/audit/some_subject.h"

namespace pgmoat::audit::test {

inline std::shared_ptr<const session::SessionSubject> Subject(const std::string& session) {
  auto subject = Anna();
  subject->session_id = session;
  return subject;
}

inline std::shared_ptr<const session::AuditedText> Text(std::string statement) {
  auto text = std::make_shared<session::AuditedText>();
  text->full_bytes = statement.size();
  text->text = std::move(statement);
  text->kinds = {policy::Kind::kInsert};
  return text;
}

inline session::RecordId Id(std::uint64_t high, std::uint64_t low) {
  session::RecordId id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.bytes[7 - i] = static_cast<std::uint8_t>(high >> (8 * i));
    id.bytes[15 - i] = static_cast<std::uint8_t>(low >> (8 * i));
  }
  return id;
}

inline std::uint64_t Low(const session::RecordId& id) {
  std::uint64_t low = 0;
  for (std::size_t i = 8; i < 16; ++i) low = low << 8 | id.bytes[i];
  return low;
}

// `event`: "Query": its text is written with it; "Execute": once in a segment.
inline session::AuditRecord Statement(session::RecordId id,
                                      std::shared_ptr<const session::SessionSubject> subject,
                                      std::shared_ptr<const session::AuditedText> text,
                                      std::string_view event = "Query") {
  session::AuditRecord record;
  record.id = id;
  record.time = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  record.subject = std::move(subject);
  record.text = std::move(text);
  record.protocol_event = event;
  record.transaction_status = 'I';
  return record;
}

inline session::AuditEnd EndOf(std::uint64_t rows, bool last = true) {
  session::AuditEnd end;
  end.last = last;
  end.rows_returned = rows;
  end.transaction_status = 'I';
  return end;
}

}  // namespace pgmoat::audit::test
