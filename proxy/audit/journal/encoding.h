// What a session told the trail, as the payload of a record, and back.
//
// Numbers are little-endian and of fixed size, strings have their length in front.  What all
// records of a type have is written in words of eight bytes, the small fields together in the
// first: the CRC, which reads words, then need not wait for stores of another size.  The
// fields that most records do not have stand at the end, behind a byte that tells which are
// there.  Subjects and prepared texts are written once in each segment and then referred
// to by number.
//
// Encoding never runs over: the caller asks for the size first, or gives the room there is
// and what does not fit is cut.  Decoding disbelieves every length: payloads have a CRC, but
// a file may have been written by somebody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

enum class RecordType : std::uint8_t {
  kSubject = 1,  // a number, and what it stands for
  kText,         // likewise
  kTextOnce,     // of the record that follows, and of no other
  kWhole,        // AuditTrail::Append
  kBegin,
  kEnd,
  kSegmentEnd,  // the lane goes on in another segment
};

// A reference to a text: its number, or one of these.
inline constexpr std::uint32_t kNoText = 0;
inline constexpr std::uint32_t kTextBefore = 0xFFFF'FFFF;

struct References {
  std::uint32_t subject = 0;  // 0: none
  std::uint32_t text = kNoText;
};

// Each writes at `to` and returns how many bytes it wrote, at most `room`; 0: it does not
// fit, however much is cut.
std::size_t EncodeSubject(const session::SessionSubject& subject, std::uint32_t number,
                          std::byte* to, std::size_t room);
// Cuts relations and text; then it is told as truncated.
// The number is at kTextNumberAt; nothing else depends on it.
inline constexpr std::size_t kTextNumberAt = 8;
std::size_t EncodeText(const session::AuditedText& text, RecordType type, std::uint32_t number,
                       std::byte* to, std::size_t room);
// kWhole or kBegin.  Cuts parameters and reason.
std::size_t EncodeRecord(const session::AuditRecord& record, RecordType type,
                         session::AuditTicket ticket, References references, std::byte* to,
                         std::size_t room);
// Cuts rule and reason; always fits in kMaxEndBytes.
std::size_t EncodeEnd(const session::AuditEnd& end, session::AuditTicket ticket,
                      std::uint32_t text, std::byte* to, std::size_t room);
std::size_t EncodeSegmentEnd(std::byte* to);

// What those above write at most when nothing is cut.
std::size_t SubjectBytes(const session::SessionSubject& subject);
std::size_t TextBytes(const session::AuditedText& text);
std::size_t RecordPayloadBytes(const session::AuditRecord& record);
std::size_t EndBytes(const session::AuditEnd& end);
inline constexpr std::size_t kMaxEndBytes = 256;  // of a cut one: with a reason of some length
inline constexpr std::size_t kSegmentEndBytes = 8;

// --- back; nothing: it makes no sense ---

struct DecodedSubject {
  std::uint32_t number = 0;
  std::shared_ptr<const session::SessionSubject> subject;
};
struct DecodedText {
  std::uint32_t number = 0;
  std::shared_ptr<const session::AuditedText> text;
};
using Payload = std::string_view;

[[nodiscard]] RecordType TypeOf(Payload payload);
[[nodiscard]] std::optional<DecodedSubject> DecodeSubject(Payload payload);
[[nodiscard]] std::optional<DecodedText> DecodeText(Payload payload);
// The same, into memory that is there.  False: it makes no sense, and nor does `text` now.
[[nodiscard]] bool DecodeText(Payload payload, std::uint32_t& number,
                              session::AuditedText& text);
// All but subject and text, which `references` names.
[[nodiscard]] bool DecodeRecord(Payload payload, session::AuditTicket& ticket,
                                References& references, session::AuditRecord& record);
[[nodiscard]] bool DecodeEnd(Payload payload, session::AuditTicket& ticket, std::uint32_t& text,
                             session::AuditEnd& end);

}  // namespace pgmoat::audit
