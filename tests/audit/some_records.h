// Records to make lines of.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "proxy/session/audit_trail.h"
#include "tests/audit/some_subject.h"

namespace pgmoat::audit {

inline session::RecordId SomeId(std::uint8_t number = 1) {
  session::RecordId id;
  id.bytes[0] = 1;
  id.bytes[15] = number;
  return id;
}

// 2026-11-27T19:45:00.123456789Z
inline std::chrono::system_clock::time_point SomeTime() {
  return std::chrono::sys_days{std::chrono::year{2026} / 11 / 27} + std::chrono::hours(19) +
         std::chrono::minutes(45) + std::chrono::nanoseconds(123'456'789);
}

inline std::shared_ptr<session::AuditedText> Text(std::string text) {
  auto audited = std::make_shared<session::AuditedText>();
  audited->full_bytes = text.size();
  audited->text = std::move(text);
  audited->kinds = {policy::Kind::kRead};
  audited->relations = {{"public.orders", policy::Access::kRead}};
  return audited;
}

inline session::AuditRecord Statement(std::string text = "SELECT * FROM orders WHERE id = 7") {
  session::AuditRecord record;
  record.id = SomeId();
  record.time = SomeTime();
  record.event = session::AuditEvent::kStatement;
  record.subject = Anna();
  record.protocol_event = "Query";
  record.text = Text(std::move(text));
  record.policy_version = 0x0123456789abcdef;
  record.outcome = session::Outcome::kOk;
  record.transaction_status = 'I';
  record.transaction = 3;
  record.rows_returned = 1;
  record.bytes_returned = 20;
  record.duration = std::chrono::nanoseconds(1'234'567);
  record.proxy_time = std::chrono::nanoseconds(8'900);
  return record;
}

}  // namespace pgmoat::audit
