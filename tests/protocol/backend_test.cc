#include "protocol/backend.h"

#include <limits>

#include "protocol/framer.h"
#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// The body of the one message of `type` that `bytes` are.
std::string BodyOf(BackendType type, const std::vector<std::byte>& bytes) {
  GatherTable table;
  table.Set(type, kMaxMessageBytes);
  Framer framer(table);
  Bytes input(bytes);
  const Piece piece = framer.Next(input);
  EXPECT_EQ(piece.kind, Piece::Kind::kMessage);
  EXPECT_TRUE(input.empty());
  return std::string(AsText(piece.body()));
}

// --- Authentication ---------------------------------------------------------------------

TEST(Authentication, KindsWithoutDataAreTaken) {
  for (const std::uint32_t kind : {0u, 2u, 3u, 7u, 9u}) {
    SCOPED_TRACE(kind);
    ExpectTakesExactly(DecodeAuthentication, Int32(kind));
    EXPECT_EQ(static_cast<std::uint32_t>(DecodeAuthentication(AsBytes(Int32(kind)))->kind),
              kind);
  }
}

TEST(Authentication, Md5HasASaltOfFourBytes) {
  ExpectTakesExactly(DecodeAuthentication, Int32(5) + "\1\0\0\4"s);
}

TEST(Authentication, SaslListsMechanismsInOrder) {
  const std::string body =
      Int32(10) + Str("SCRAM-SHA-256-PLUS") + Str("SCRAM-SHA-256") + Str("");
  ExpectTakesExactly(DecodeAuthentication, body);
  const auto authentication = DecodeAuthentication(AsBytes(body));
  EXPECT_EQ(authentication->kind, AuthenticationKind::kSasl);
  EXPECT_EQ(authentication->mechanisms,
            (std::vector<std::string_view>{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}));
}

TEST(Authentication, OpaqueDataMayBeAnything) {
  for (const std::uint32_t kind : {8u, 11u, 12u}) {
    const std::string body = Int32(kind) + "r=\0\xff"s;
    const auto authentication = DecodeAuthentication(AsBytes(body));
    ASSERT_TRUE(authentication) << kind;
    EXPECT_EQ(static_cast<std::uint32_t>(authentication->kind), kind);
    EXPECT_TRUE(DecodeAuthentication(AsBytes(Int32(kind)))) << kind << " without data";
    EXPECT_FALSE(DecodeAuthentication(AsBytes(body).first(3))) << kind << " cut in the kind";
  }
}

TEST(Authentication, UnknownKindsAreRefused) {
  for (const std::uint32_t kind : {1u, 4u, 6u, 13u, 0xffffffffu}) {
    EXPECT_FALSE(DecodeAuthentication(AsBytes(Int32(kind)))) << kind;
  }
}

TEST(Authentication, SaslRoundTrip) {
  std::vector<std::byte> out;
  EncodeAuthenticationSasl(out, {"SCRAM-SHA-256", "", "OAUTHBEARER"});
  const std::string body = BodyOf(BackendType::kAuthentication, out);
  const auto authentication = DecodeAuthentication(AsBytes(body));
  ASSERT_TRUE(authentication);
  EXPECT_EQ(authentication->mechanisms,
            (std::vector<std::string_view>{"SCRAM-SHA-256", "OAUTHBEARER"}))
      << "an empty name would end the list";
}

// --- ReadyForQuery, ParameterStatus, BackendKeyData -------------------------------------

TEST(ReadyForQuery, OnlyThreeStatusesExist) {
  for (int status = 0; status < 256; ++status) {
    const std::string body(1, static_cast<char>(status));
    const bool known = status == 'I' || status == 'T' || status == 'E';
    EXPECT_EQ(DecodeReadyForQuery(AsBytes(body)).has_value(), known) << status;
  }
  ExpectTakesExactly(DecodeReadyForQuery, "T");
  EXPECT_EQ(DecodeReadyForQuery(AsBytes("I")), TransactionStatus::kIdle);
  EXPECT_EQ(DecodeReadyForQuery(AsBytes("T")), TransactionStatus::kInBlock);
  EXPECT_EQ(DecodeReadyForQuery(AsBytes("E")), TransactionStatus::kFailed);
}

TEST(ParameterStatus, NameAndValueAreRead) {
  ExpectTakesExactly(DecodeParameterStatus, "client_encoding\0UTF8\0"sv);
  const auto status = DecodeParameterStatus(AsBytes("application_name\0\0"sv));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->name, "application_name");
  EXPECT_EQ(status->value, "");
}

TEST(BackendKeyData, ProcessAndKeyAreRead) {
  const std::string body = Int32(0xfffffff0) + "\xa4\x17\0\xbe"s;
  const auto key = DecodeBackendKeyData(AsBytes(body));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->process_id, -16);
  EXPECT_EQ(AsText(key->secret_key), "\xa4\x17\0\xbe"sv);
}

TEST(BackendKeyData, KeyIsFourTo256Bytes) {
  for (std::size_t size = 0; size < 300; ++size) {
    const ExactCopy body(Int32(1) + std::string(size, 'k'));
    EXPECT_EQ(DecodeBackendKeyData(body.bytes()).has_value(), size >= 4 && size <= 256) << size;
  }
  for (std::size_t size = 0; size < 4; ++size) {
    EXPECT_FALSE(DecodeBackendKeyData(ExactCopy(std::string(size, 'p')).bytes()));
  }
}

// --- NegotiateProtocolVersion -----------------------------------------------------------

TEST(NegotiateProtocolVersion, OptionsAreRead) {
  const std::string body = Int32(0x00030002) + Int32(2) + Str("_pq_.a") + Str("_pq_.b");
  ExpectTakesExactly(DecodeNegotiateProtocolVersion, body);
  const auto message = DecodeNegotiateProtocolVersion(AsBytes(body));
  EXPECT_EQ(message->newest_minor, 0x00030002);
  EXPECT_EQ(message->unrecognized_options, (std::vector<std::string_view>{"_pq_.a", "_pq_.b"}));
}

TEST(NegotiateProtocolVersion, WithoutOptionsIsTaken) {
  ExpectTakesExactly(DecodeNegotiateProtocolVersion, Int32(0x00030000) + Int32(0));
}

TEST(NegotiateProtocolVersion, CountThatLiesIsRefused) {
  for (const std::uint32_t count : {0u, 1u, 3u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    const std::string body = Int32(0x00030000) + Int32(count) + Str("_pq_.a") + Str("_pq_.b");
    EXPECT_FALSE(DecodeNegotiateProtocolVersion(AsBytes(body))) << count;
  }
}

TEST(NegotiateProtocolVersion, RoundTrip) {
  std::vector<std::byte> out;
  EncodeNegotiateProtocolVersion(out,
                                 {.newest_minor = 0x00030002, .unrecognized_options = {"x"}});
  const std::string body = BodyOf(BackendType::kNegotiateProtocolVersion, out);
  const auto message = DecodeNegotiateProtocolVersion(AsBytes(body));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->newest_minor, 0x00030002);
  EXPECT_EQ(message->unrecognized_options, (std::vector<std::string_view>{"x"}));
}

TEST(NegotiateProtocolVersion, BytesAreThoseOfPostgreSql15) {
  std::vector<std::byte> out;
  EncodeNegotiateProtocolVersion(
      out, {.newest_minor = 0x00030000, .unrecognized_options = {"_pq_.foo"}});
  EXPECT_EQ(TextOf(out), "v\0\0\0\x15\0\3\0\0\0\0\0\1_pq_.foo\0"sv);
}

// --- ErrorResponse and NoticeResponse ---------------------------------------------------

// As PostgreSQL 15 sent it.
constexpr std::string_view kSyntaxError =
    "SERROR\0VERROR\0C42601\0Msyntax error at or near \"SELEC\"\0P1\0Fscan.l\0L1188\0"
    "Rscanner_yyerror\0\0"sv;

TEST(Error, FieldsAreRead) {
  ExpectTakesExactly(DecodeError, kSyntaxError);
  const auto fields = DecodeError(AsBytes(kSyntaxError));
  EXPECT_EQ(fields->severity, "ERROR");
  EXPECT_EQ(fields->sqlstate, "42601");
  EXPECT_EQ(fields->message, "syntax error at or near \"SELEC\"");
}

TEST(Error, SeverityIsTheOneNotTranslated) {
  for (const std::string_view body : {"SFEHLER\0VERROR\0\0"sv, "VERROR\0SFEHLER\0\0"sv}) {
    EXPECT_EQ(DecodeError(AsBytes(body))->severity, "ERROR");
  }
  EXPECT_EQ(DecodeError(AsBytes("SFATAL\0\0"sv))->severity, "FATAL") << "before PostgreSQL 9.6";
}

TEST(Error, WithoutSqlstateIsTolerated) {
  const auto fields = DecodeError(AsBytes("SERROR\0Mno code\0\0"sv));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->sqlstate, "");
  EXPECT_EQ(fields->message, "no code");
  EXPECT_TRUE(DecodeError(AsBytes("\0"sv))) << "no field at all";
}

TEST(Error, UnknownFieldsArePassedOver) {
  ExpectTakesExactly(DecodeError, "zfuture\0\xffmore\0C42501\0\0"sv);
  EXPECT_EQ(DecodeError(AsBytes("zfuture\0\xffmore\0C42501\0\0"sv))->sqlstate, "42501");
}

TEST(Error, LastOfRepeatedFieldsCounts) {
  EXPECT_EQ(DecodeError(AsBytes("C11111\0C22222\0\0"sv))->sqlstate, "22222");
}

TEST(Error, RoundTrip) {
  std::vector<std::byte> out;
  EncodeError(out, {.severity = "FATAL", .sqlstate = "57P01", .message = "m"});
  const std::string body = BodyOf(BackendType::kErrorResponse, out);
  const auto fields = DecodeError(AsBytes(body));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->severity, "FATAL");
  EXPECT_EQ(fields->sqlstate, "57P01");
  EXPECT_EQ(fields->message, "m");
}

TEST(Error, EmptyDetailAndHintAreLeftOut) {
  std::vector<std::byte> out;
  EncodeError(out, {.sqlstate = "42501", .message = "no"});
  EXPECT_EQ(TextOf(out), Message('E', "SERROR\0VERROR\0C42501\0Mno\0\0"sv));
  out.clear();
  EncodeError(out, {.sqlstate = "42501", .message = "no", .detail = "d", .hint = "h"});
  EXPECT_EQ(TextOf(out), Message('E', "SERROR\0VERROR\0C42501\0Mno\0Dd\0Hh\0\0"sv));
}

TEST(Error, NulInTextDoesNotEndTheField) {
  std::vector<std::byte> out;
  EncodeError(out, {.sqlstate = "42501", .message = "a\0C00000\0"sv, .detail = "\0"sv});
  const std::string body = BodyOf(BackendType::kErrorResponse, out);
  const auto fields = DecodeError(AsBytes(body));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->sqlstate, "42501");
  EXPECT_EQ(fields->message, "a?C00000?");
}

// --- CommandComplete --------------------------------------------------------------------

TEST(CommandComplete, TagIsRead) {
  ExpectTakesExactly(DecodeCommandComplete, "INSERT 0 5\0"sv);
  EXPECT_EQ(DecodeCommandComplete(AsBytes("INSERT 0 5\0"sv)), "INSERT 0 5");
}

TEST(RowsOfCommandTag, LastNumberIsRows) {
  EXPECT_EQ(RowsOfCommandTag("INSERT 0 5"), 5u);
  EXPECT_EQ(RowsOfCommandTag("SELECT 3"), 3u);
  EXPECT_EQ(RowsOfCommandTag("COPY 1000000"), 1'000'000u);
  EXPECT_EQ(RowsOfCommandTag("UPDATE 0"), 0u);
}

TEST(RowsOfCommandTag, TagWithoutNumberHasNone) {
  for (const std::string_view tag : {"CREATE TABLE", "BEGIN", "", " ", "SELECT ", "SELECT -1",
                                     "SELECT 1x", "SELECT x1", "SELECT 1.5", "5"}) {
    EXPECT_EQ(RowsOfCommandTag(tag), 0u) << tag;
  }
}

TEST(RowsOfCommandTag, NumberAboveTheRangeStaysAtItsEnd) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(RowsOfCommandTag("SELECT 18446744073709551614"), kMax - 1);
  EXPECT_EQ(RowsOfCommandTag("SELECT 18446744073709551615"), kMax);
  EXPECT_EQ(RowsOfCommandTag("SELECT 18446744073709551616"), kMax);
  EXPECT_EQ(RowsOfCommandTag("SELECT " + std::string(1'000, '9')), kMax);
  EXPECT_EQ(RowsOfCommandTag("SELECT 0000000000000000000000000000007"), 7u);
}

TEST(EncodeErrorReplacing, ChangesTheMessageAndKeepsEveryOtherField) {
  std::vector<std::byte> body;
  for (const std::string_view field : {"SERROR", "Mno such x here", "Dabout x", "Ff.c"}) {
    const Bytes bytes = AsBytes(field);
    body.insert(body.end(), bytes.begin(), bytes.end());
    body.push_back(std::byte{0});
  }
  body.push_back(std::byte{0});
  std::vector<std::byte> out;
  EncodeErrorReplacing(out, body, "x", "\"name\"");
  std::string expected;
  for (const std::string_view field :
       {"SERROR", "Mno such \"name\" here", "Dabout x", "Ff.c", ""}) {
    expected.append(field).push_back('\0');
  }
  EXPECT_EQ(AsText(Bytes(out).subspan(kHeaderBytes)), expected);
}

}  // namespace
}  // namespace pgmoat::protocol
