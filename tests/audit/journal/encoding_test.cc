// Every field there and back, at every room, and what nonsense does.
#include "proxy/audit/journal/encoding.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>

#include "tests/audit/journal/records.h"
#include "tests/session/same_text.h"

namespace pgmoat::audit {
namespace {

using namespace test;
using session::AuditedParameter;
using session::AuditedParameters;
using session::AuditedText;
using session::AuditEnd;
using session::AuditEvent;
using session::AuditRecord;
using session::AuditTicket;
using session::Outcome;
using session::SessionSubject;
using session::TextForm;
using std::chrono::nanoseconds;

constexpr auto kMost64 = std::numeric_limits<std::uint64_t>::max();
constexpr auto kMost32 = std::numeric_limits<std::uint32_t>::max();
const std::string kBytes = std::string("a\0b\xFF\n\"\\", 7);

// Exactly `room` bytes, so that the address sanitizer sees one more.
template <typename Encode>
std::string Encoded(std::size_t room, Encode encode) {
  const std::unique_ptr<std::byte[]> memory(new std::byte[room]);
  const std::size_t bytes = encode(memory.get(), room);
  EXPECT_LE(bytes, room);
  return {reinterpret_cast<const char*>(memory.get()), bytes};
}

SessionSubject ExtremeSubject() {
  SessionSubject subject;
  subject.session_id = kBytes;
  subject.environment = std::string(70'000, 'e');
  subject.login = "ä";
  subject.identity = "gss; unix uid 0 pid 1";
  subject.role = "r";
  subject.client_address = "[2001:db8::1]:65535";
  subject.application_name = "";
  subject.database = kBytes + kBytes;
  subject.grant = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  subject.granted_role = kBytes;
  subject.server_pid = std::numeric_limits<std::int32_t>::min();
  return subject;
}

AuditedText ExtremeText() {
  AuditedText text;
  text.text = "SELECT " + kBytes + std::string(3'000, 't');
  text.full_bytes = kMost64;
  text.form = TextForm::kRedacted;
  text.truncated = true;
  text.has_sha256 = true;
  for (std::size_t i = 0; i < text.sha256.size(); ++i) {
    text.sha256[i] = static_cast<std::uint8_t>(255 - i);
  }
  for (unsigned kind = 0; kind < static_cast<unsigned>(policy::Kind::kCount); kind += 3) {
    text.kinds.Add(static_cast<policy::Kind>(kind));
  }
  text.relations.push_back({"db.\"a.b\".t", policy::Access::kLock, 3, 9});
  text.relations.push_back({"", policy::Access::kRead, 0, 0});
  text.relations.push_back({std::string(300, 'r'), policy::Access::kWrite, 0, 300});
  return text;
}

AuditRecord ExtremeRecord() {
  AuditRecord record;
  record.id = Id(kMost64, kMost64 - 1);
  record.time = std::chrono::system_clock::time_point::max();
  record.event = AuditEvent::kGrant;
  record.protocol_event = "FunctionCall";
  record.policy_version = kMost64;
  record.outcome = Outcome::kSkipped;
  record.rule = "limits.statement_timeout";
  record.would_deny = true;
  record.reason = kBytes + std::string(500, 'r');
  record.transaction_status = 'E';
  record.transaction = kMost64 - 2;
  record.rows_affected = kMost64 - 3;
  record.rows_returned = kMost64 - 4;
  record.bytes_returned = kMost64 - 5;
  record.duration = nanoseconds::max();
  record.proxy_time = nanoseconds(std::numeric_limits<std::int64_t>::max() - 1);
  record.sqlstate = "XX000";
  auto parameters = std::make_shared<AuditedParameters>();
  using Form = AuditedParameter::Form;
  parameters->push_back({Form::kNull, 0, ""});
  parameters->push_back({Form::kText, kMost64, kBytes + std::string(2'000, 'p')});
  parameters->push_back({Form::kBinary, 3, std::string("\0\1\2", 3)});
  parameters->push_back({Form::kWithheld, 12, ""});
  parameters->push_back({Form::kUnseen, 0, ""});
  record.parameters = parameters;
  return record;
}

AuditEnd ExtremeEnd() {
  AuditEnd end;
  end.statement = kMost32;
  end.last = true;
  end.id = Id(1, kMost64);
  end.outcome = Outcome::kLost;
  end.rule = "limits.rows";
  end.reason = "A reason, which is " + kBytes;
  end.transaction_status = 'T';
  end.transaction = kMost64;
  end.rows_affected = kMost64 - 1;
  end.rows_returned = kMost64 - 2;
  end.bytes_returned = kMost64 - 3;
  end.duration = nanoseconds::max();
  end.sqlstate = "53100";
  return end;
}

void ExpectSame(const AuditRecord& a, const AuditRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.event, b.event);
  EXPECT_EQ(a.protocol_event, b.protocol_event);
  EXPECT_EQ(a.policy_version, b.policy_version);
  EXPECT_EQ(a.rule, b.rule);
  EXPECT_EQ(a.would_deny, b.would_deny);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.transaction_status, b.transaction_status);
  EXPECT_EQ(a.transaction, b.transaction);
  EXPECT_EQ(a.proxy_time, b.proxy_time);
  ASSERT_EQ(a.parameters != nullptr, b.parameters != nullptr);
  if (!a.parameters) return;
  ASSERT_EQ(a.parameters->size(), b.parameters->size());
  for (std::size_t i = 0; i < a.parameters->size(); ++i) {
    EXPECT_EQ((*a.parameters)[i].form, (*b.parameters)[i].form);
    EXPECT_EQ((*a.parameters)[i].full_bytes, (*b.parameters)[i].full_bytes);
    EXPECT_EQ((*a.parameters)[i].value, (*b.parameters)[i].value);
  }
}

template <typename T>
void ExpectSameOutcome(const T& a, const T& b) {
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.sqlstate, b.sqlstate);
  EXPECT_EQ(a.rows_affected, b.rows_affected);
  EXPECT_EQ(a.rows_returned, b.rows_returned);
  EXPECT_EQ(a.bytes_returned, b.bytes_returned);
  EXPECT_EQ(a.duration, b.duration);
}

std::string EncodedSubject(const SessionSubject& subject, std::size_t room) {
  return Encoded(
      room, [&](auto* to, auto most) { return EncodeSubject(subject, kMost32, to, most); });
}
std::string EncodedText(const AuditedText& text, std::size_t room) {
  return Encoded(room, [&](auto* to, auto most) {
    return EncodeText(text, RecordType::kText, 7, to, most);
  });
}
std::string EncodedRecord(const AuditRecord& record, RecordType type, std::size_t room) {
  return Encoded(room, [&](auto* to, auto most) {
    return EncodeRecord(record, type, kMost64, {kMost32, 5}, to, most);
  });
}
std::string EncodedEnd(const AuditEnd& end, std::size_t room) {
  return Encoded(room,
                 [&](auto* to, auto most) { return EncodeEnd(end, kMost64, 9, to, most); });
}

// --- there and back ---

TEST(JournalEncoding, SubjectComesBackWhole) {
  const SessionSubject subject = ExtremeSubject();
  const std::string payload = EncodedSubject(subject, SubjectBytes(subject));
  ASSERT_EQ(TypeOf(payload), RecordType::kSubject);
  const auto decoded = DecodeSubject(payload);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->number, kMost32);
  const SessionSubject& back = *decoded->subject;
  EXPECT_EQ(back.session_id, subject.session_id);
  EXPECT_EQ(back.environment, subject.environment);
  EXPECT_EQ(back.login, subject.login);
  EXPECT_EQ(back.identity, subject.identity);
  EXPECT_EQ(back.role, subject.role);
  EXPECT_EQ(back.client_address, subject.client_address);
  EXPECT_EQ(back.application_name, subject.application_name);
  EXPECT_EQ(back.database, subject.database);
  EXPECT_EQ(back.grant, subject.grant);
  EXPECT_EQ(back.granted_role, subject.granted_role);
  EXPECT_EQ(back.server_pid, subject.server_pid);
}

TEST(JournalEncoding, TextComesBackWhole) {
  const AuditedText text = ExtremeText();
  const std::string payload = EncodedText(text, TextBytes(text));
  ASSERT_EQ(TypeOf(payload), RecordType::kText);
  const auto decoded = DecodeText(payload);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->number, 7U);
  ASSERT_TRUE(text.has_sha256);
  session::ExpectSame(*decoded->text, text);
}

TEST(JournalEncoding, ATextThatIsShorterThanItsRelationsComesBackWhole) {
  AuditedText text;
  for (const std::string_view shown : {"", "TABLE orders", "SELECT * FROM a, b, c"}) {
    text.text = shown;
    text.relations.clear();
    for (int i = 0; i < 20; ++i) {
      const std::string payload = EncodedText(text, TextBytes(text));
      const auto decoded = DecodeText(payload);
      ASSERT_TRUE(decoded);
      session::ExpectSame(*decoded->text, text);
      text.relations.push_back({"public.orders", policy::Access::kDrop, 0, 7});
    }
  }
}

TEST(JournalEncoding, RecordComesBackWhole) {
  for (const RecordType type : {RecordType::kWhole, RecordType::kBegin}) {
    const AuditRecord record = ExtremeRecord();
    const std::string payload = EncodedRecord(record, type, RecordPayloadBytes(record));
    ASSERT_EQ(TypeOf(payload), type);
    AuditTicket ticket = 0;
    References references;
    AuditRecord back;
    ASSERT_TRUE(DecodeRecord(payload, ticket, references, back));
    EXPECT_EQ(ticket, kMost64);
    EXPECT_EQ(references.subject, kMost32);
    EXPECT_EQ(references.text, 5U);
    ExpectSame(back, record);
    if (type == RecordType::kWhole) {
      ExpectSameOutcome(back, record);
    }
    if (type == RecordType::kBegin) {
      EXPECT_EQ(back.outcome, Outcome::kRunning);
    }
  }
}

TEST(JournalEncoding, EmptyRecordComesBackWhole) {
  const AuditRecord record;
  const std::string payload =
      EncodedRecord(record, RecordType::kWhole, RecordPayloadBytes(record));
  AuditTicket ticket = 0;
  References references;
  AuditRecord back = ExtremeRecord();  // nothing of it may stay
  ASSERT_TRUE(DecodeRecord(payload, ticket, references, back));
  ExpectSame(back, record);
  ExpectSameOutcome(back, record);
}

TEST(JournalEncoding, FewAndSmallParametersComeBack) {
  using Form = AuditedParameter::Form;
  for (std::size_t count = 0; count < 4; ++count) {
    for (const std::string& reason : {std::string(), std::string(200, 'r')}) {
      AuditRecord record;
      record.reason = reason;
      record.parameters =
          std::make_shared<AuditedParameters>(count, AuditedParameter{Form::kText, 1, "7"});
      for (const RecordType type : {RecordType::kWhole, RecordType::kBegin}) {
        const std::string payload = EncodedRecord(record, type, RecordPayloadBytes(record));
        AuditTicket ticket = 0;
        References references;
        AuditRecord back;
        ASSERT_TRUE(DecodeRecord(payload, ticket, references, back));
        ExpectSame(back, record);
      }
    }
  }
}

TEST(JournalEncoding, EveryEventOfTheProtocolThatSessionsNameComesBack) {
  for (const std::string_view event :
       {"Query", "Parse", "Bind", "Execute", "FunctionCall", "StartupMessage", "Terminate"}) {
    AuditRecord record;
    record.protocol_event = event;
    const std::string payload =
        EncodedRecord(record, RecordType::kBegin, RecordPayloadBytes(record));
    AuditTicket ticket = 0;
    References references;
    AuditRecord back;
    ASSERT_TRUE(DecodeRecord(payload, ticket, references, back));
    EXPECT_EQ(back.protocol_event, event);
  }
}

TEST(JournalEncoding, EndComesBackWhole) {
  for (const bool last : {true, false}) {
    AuditEnd end = ExtremeEnd();
    end.last = last;
    const std::string payload = EncodedEnd(end, EndBytes(end));
    ASSERT_EQ(TypeOf(payload), RecordType::kEnd);
    AuditTicket ticket = 0;
    std::uint32_t text = 0;
    AuditEnd back;
    ASSERT_TRUE(DecodeEnd(payload, ticket, text, back));
    EXPECT_EQ(ticket, kMost64);
    EXPECT_EQ(text, 9U);
    EXPECT_EQ(back.statement, end.statement);
    EXPECT_EQ(back.last, last);
    EXPECT_EQ(back.id, end.id);
    EXPECT_EQ(back.rule, end.rule);
    EXPECT_EQ(back.reason, end.reason);
    EXPECT_EQ(back.transaction, end.transaction);
    EXPECT_EQ(back.transaction_status, end.transaction_status);
    ExpectSameOutcome(back, end);
  }
}

// --- cut ---

TEST(JournalEncoding, TextIsCutToAnyRoomAndSaysSo) {
  AuditedText text = ExtremeText();
  text.truncated = false;
  for (std::size_t room = 0; room < TextBytes(text); ++room) {
    const std::string payload = EncodedText(text, room);
    if (payload.empty()) {
      ASSERT_LT(room, 100U);
      continue;
    }
    const auto decoded = DecodeText(payload);
    ASSERT_TRUE(decoded) << room;
    ASSERT_TRUE(text.text.starts_with(decoded->text->text));
    ASSERT_LE(decoded->text->relations.size(), text.relations.size());
    const bool whole = decoded->text->text == text.text &&
                       decoded->text->relations.size() == text.relations.size();
    ASSERT_TRUE(decoded->text->truncated || whole) << room;
  }
}

TEST(JournalEncoding, RecordIsCutToAnyRoomAndSaysSo) {
  const AuditRecord record = ExtremeRecord();
  for (std::size_t room = 0; room < RecordPayloadBytes(record); ++room) {
    const std::string payload = EncodedRecord(record, RecordType::kWhole, room);
    if (payload.empty()) {
      ASSERT_LT(room, 200U);
      continue;
    }
    AuditTicket ticket = 0;
    References references;
    AuditRecord back;
    ASSERT_TRUE(DecodeRecord(payload, ticket, references, back)) << room;
    ASSERT_EQ(back.id, record.id);
    ASSERT_EQ(back.rule, record.rule);
    ASSERT_TRUE(record.reason.starts_with(back.reason));
    if (room < 512) continue;
    ASSERT_TRUE(back.parameters) << room;
    ASSERT_EQ(back.parameters->size(), record.parameters->size()) << room;
    const AuditedParameter& second = (*back.parameters)[1];
    ASSERT_TRUE((*record.parameters)[1].value.starts_with(second.value));
    ASSERT_EQ(second.full_bytes, kMost64);
  }
}

TEST(JournalEncoding, MoreParametersThanHaveRoomEndInOneThatIsUnseen) {
  AuditRecord record;
  record.parameters = std::make_shared<AuditedParameters>(
      65'535, AuditedParameter{AuditedParameter::Form::kText, 1, "x"});
  const std::string payload = EncodedRecord(record, RecordType::kBegin, 16 << 10);
  AuditTicket ticket = 0;
  References references;
  AuditRecord back;
  ASSERT_TRUE(DecodeRecord(payload, ticket, references, back));
  ASSERT_GT(back.parameters->size(), 1'000U);
  EXPECT_EQ(back.parameters->back().form, AuditedParameter::Form::kUnseen);
  EXPECT_EQ(back.parameters->front().form, AuditedParameter::Form::kText);
}

TEST(JournalEncoding, LongReasonLeavesRoomForParameters) {
  AuditRecord record = ExtremeRecord();
  record.reason = std::string(50'000, 'r');
  const std::string payload = EncodedRecord(record, RecordType::kWhole, 16 << 10);
  AuditTicket ticket = 0;
  References references;
  AuditRecord back;
  ASSERT_TRUE(DecodeRecord(payload, ticket, references, back));
  ASSERT_TRUE(back.parameters);
  EXPECT_EQ(back.parameters->size(), record.parameters->size());
  EXPECT_EQ((*back.parameters)[1].value, (*record.parameters)[1].value);
}

TEST(JournalEncoding, EndAlwaysFitsInItsRoomWhateverIsInIt) {
  for (const std::size_t rule : {0, 1, 100, 160, 175, 180, 70'000}) {
    for (const std::size_t reason : {0, 1, 100, 200, 300, 70'000}) {
      AuditEnd end = ExtremeEnd();
      const std::string long_rule(rule, 'u');
      end.rule = long_rule;
      end.reason = std::string(reason, 'r');
      const std::string payload = EncodedEnd(end, kMaxEndBytes);
      AuditTicket ticket = 0;
      std::uint32_t text = 0;
      AuditEnd back;
      ASSERT_FALSE(payload.empty()) << rule << " " << reason;
      ASSERT_TRUE(DecodeEnd(payload, ticket, text, back)) << rule << " " << reason;
      EXPECT_EQ(back.rows_returned, end.rows_returned);
      EXPECT_TRUE(end.rule.starts_with(back.rule));
      EXPECT_TRUE(end.reason.starts_with(back.reason));
    }
  }
}

// --- nonsense ---

void DecodeAnything(const std::string& bytes) {
  // A copy of its own: a read beyond it is seen.
  const std::unique_ptr<char[]> memory(new char[bytes.size()]);
  bytes.copy(memory.get(), bytes.size());
  const Payload payload(memory.get(), bytes.size());
  AuditTicket ticket = 0;
  std::uint32_t text = 0;
  References references;
  AuditRecord record;
  AuditEnd end;
  (void)DecodeSubject(payload);
  (void)DecodeText(payload);
  (void)DecodeRecord(payload, ticket, references, record);
  (void)DecodeEnd(payload, ticket, text, end);
}

std::vector<std::string> Payloads() {
  SessionSubject subject = ExtremeSubject();
  subject.environment = "production";
  AuditRecord record = ExtremeRecord();
  const AuditedText text = ExtremeText();
  return {EncodedSubject(subject, SubjectBytes(subject)), EncodedText(text, TextBytes(text)),
          EncodedRecord(record, RecordType::kWhole, RecordPayloadBytes(record)),
          EncodedRecord(record, RecordType::kBegin, RecordPayloadBytes(record)),
          EncodedEnd(ExtremeEnd(), EndBytes(ExtremeEnd()))};
}

TEST(JournalEncoding, NoTruncationIsTakenForTheWhole) {
  for (const std::string& payload : Payloads()) {
    for (std::size_t size = 1; size < payload.size(); ++size) {
      const std::string cut = payload.substr(0, size);
      DecodeAnything(cut);
      AuditTicket ticket = 0;
      std::uint32_t text = 0;
      References references;
      AuditRecord record;
      AuditEnd end;
      switch (TypeOf(payload)) {
        case RecordType::kSubject:
          ASSERT_FALSE(DecodeSubject(cut)) << size;
          break;
        case RecordType::kText:
          ASSERT_FALSE(DecodeText(cut)) << size;
          break;
        case RecordType::kEnd:
          ASSERT_FALSE(DecodeEnd(cut, ticket, text, end)) << size;
          break;
        default:
          ASSERT_FALSE(DecodeRecord(cut, ticket, references, record)) << size;
      }
    }
  }
}

TEST(JournalEncoding, FlippedBitsAreHarmless) {
  std::mt19937 random(5);
  for (const std::string& payload : Payloads()) {
    for (int i = 0; i < 4'000; ++i) {
      std::string flipped = payload;
      for (unsigned flips = 1 + random() % 4; flips > 0; --flips) {
        // Most are where the numbers are, not in the long strings.
        const std::size_t at = random() % (i % 2 == 0 ? flipped.size() : 160) % flipped.size();
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
      }
      DecodeAnything(flipped);
    }
  }
}

}  // namespace
}  // namespace pgmoat::audit
