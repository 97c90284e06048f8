#include "protocol/frontend.h"

#include "protocol/framer.h"
#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_view_literals;

// The body of the one message that `encode` writes, as a framer hands it on.
template <typename Encode>
std::string BodyOf(char type, Encode encode) {
  std::vector<std::byte> out;
  encode(out);
  GatherTable table;
  table.Set(static_cast<FrontendType>(type), kMaxMessageBytes);
  Framer framer(table);
  Bytes input(out);
  const Piece piece = framer.Next(input);
  EXPECT_EQ(piece.kind, Piece::Kind::kMessage);
  EXPECT_TRUE(input.empty());
  return std::string(AsText(piece.body()));
}

TEST(Query, TextIsRead) {
  ExpectTakesExactly(DecodeQuery, "SELECT 1\0"sv);
  EXPECT_EQ(DecodeQuery(AsBytes("SELECT 1\0"sv))->text, "SELECT 1");
  EXPECT_EQ(DecodeQuery(AsBytes("\0"sv))->text, "");
}

TEST(Query, TextBehindTheNulIsRefused) {
  EXPECT_FALSE(DecodeQuery(AsBytes("SELECT 1\0; DROP TABLE users\0"sv)));
}

TEST(Query, RoundTrip) {
  const std::string body = BodyOf('Q', [](auto& out) { EncodeQuery(out, "SELECT 'ü'"); });
  EXPECT_EQ(DecodeQuery(AsBytes(body))->text, "SELECT 'ü'");
}

TEST(Parse, NamesAndCountAreRead) {
  const std::string body = Str("s1") + Str("SELECT $1, $2") + Int16(2) + Int32(23) + Int32(0);
  ExpectTakesExactly(DecodeParse, body);
  const auto parse = DecodeParse(AsBytes(body));
  EXPECT_EQ(parse->statement, "s1");
  EXPECT_EQ(parse->text, "SELECT $1, $2");
  EXPECT_EQ(parse->parameter_types, 2u);
}

TEST(Parse, UnnamedWithoutTypesIsTaken) {
  ExpectTakesExactly(DecodeParse, "\0SELECT 1\0\0\0"sv);
}

TEST(Parse, ParameterCountHasNoSign) {
  // 65,535 parameters: what libpq and the server allow.
  const std::string body = Str("") + Str("x") + Int16(0xffff) + std::string(0xffff * 4, '\0');
  const auto parse = DecodeParse(AsBytes(body));
  ASSERT_TRUE(parse);
  EXPECT_EQ(parse->parameter_types, 0xffffu);
  EXPECT_FALSE(DecodeParse(AsBytes(body).first(body.size() - 1)));
}

TEST(Parse, RoundTrip) {
  const std::string body = BodyOf('P', [](auto& out) { EncodeParse(out, "s", "SELECT 1"); });
  const auto parse = DecodeParse(AsBytes(body));
  ASSERT_TRUE(parse);
  EXPECT_EQ(parse->statement, "s");
  EXPECT_EQ(parse->text, "SELECT 1");
  EXPECT_EQ(parse->parameter_types, 0u);
}

// Portal p, statement s, a text and a NULL and an empty value, results in binary.
std::string FullBind() {
  return Str("p") + Str("s") + Int16(3) + Int16(0) + Int16(1) + Int16(0) + Int16(3) + Int32(3) +
         "abc" + Int32(0xffffffff) + Int32(0) + Int16(1) + Int16(1);
}

TEST(Bind, NamesAreReadAndValuesChecked) {
  ExpectTakesExactly(DecodeBind, FullBind());
  const std::string body = FullBind();
  const auto bind = DecodeBind(AsBytes(body));
  EXPECT_EQ(bind->portal, "p");
  EXPECT_EQ(bind->statement, "s");
}

TEST(Bind, EmptyBindIsTaken) { ExpectTakesExactly(DecodeBind, "\0\0\0\0\0\0\0\0"sv); }

TEST(Bind, ValueLengthBelowMinusOneIsRefused) {
  for (const std::uint32_t length : {0xfffffffeu, 0x80000000u}) {
    const std::string body = Str("") + Str("") + Int16(0) + Int16(1) + Int32(length) + Int16(0);
    EXPECT_FALSE(DecodeBind(AsBytes(body))) << length;
  }
}

TEST(Bind, ValueRunningOverTheEndIsRefused) {
  for (const std::uint32_t length : {3u, 0x7fffffffu}) {
    const std::string body = Str("") + Str("") + Int16(0) + Int16(1) + Int32(length) + Int16(0);
    EXPECT_FALSE(DecodeBind(AsBytes(body))) << length;
  }
}

TEST(Bind, ManyValuesAreTaken) {
  std::string body = Str("") + Str("") + Int16(0) + Int16(0xffff);
  for (int i = 0; i < 0xffff; ++i) body += Int32(0xffffffff);
  body += Int16(0);
  EXPECT_TRUE(DecodeBind(AsBytes(body)));
}

TEST(Bind, RoundTrip) {
  const std::string body = BodyOf('B', [](auto& out) { EncodeBind(out, "p", "s"); });
  const auto bind = DecodeBind(AsBytes(body));
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->portal, "p");
  EXPECT_EQ(bind->statement, "s");
}

TEST(BindPrefix, NamesAreEnough) {
  const std::string body = FullBind();
  for (std::size_t size = 0; size <= body.size(); ++size) {
    const ExactCopy prefix(std::string_view(body).substr(0, size));
    const auto bind = DecodeBindPrefix(prefix.bytes());
    ASSERT_EQ(bind.has_value(), size >= 4) << "cut after " << size << " bytes";
    if (!bind) continue;
    EXPECT_EQ(bind->portal, "p");
    EXPECT_EQ(bind->statement, "s");
  }
}

TEST(ObjectName, StatementAndPortalAreToldApart) {
  ExpectTakesExactly(DecodeObjectName, "Ss1\0"sv);
  ExpectTakesExactly(DecodeObjectName, "P\0"sv);
  const auto statement = DecodeObjectName(AsBytes("Ss1\0"sv));
  EXPECT_EQ(statement->kind, ObjectKind::kStatement);
  EXPECT_EQ(statement->name, "s1");
  EXPECT_EQ(DecodeObjectName(AsBytes("P\0"sv))->kind, ObjectKind::kPortal);
}

TEST(ObjectName, OtherKindsAreRefused) {
  for (int kind = 0; kind < 256; ++kind) {
    const std::string body = static_cast<char>(kind) + Str("x");
    EXPECT_EQ(DecodeObjectName(AsBytes(body)).has_value(), kind == 'S' || kind == 'P') << kind;
  }
}

TEST(Execute, PortalAndRowsAreRead) {
  const std::string body = Str("p") + Int32(50);
  ExpectTakesExactly(DecodeExecute, body);
  const auto execute = DecodeExecute(AsBytes(body));
  EXPECT_EQ(execute->portal, "p");
  EXPECT_EQ(execute->max_rows, 50);
}

TEST(Execute, RoundTrip) {
  const std::string body = BodyOf('E', [](auto& out) { EncodeExecute(out, "portal", -1); });
  const auto execute = DecodeExecute(AsBytes(body));
  ASSERT_TRUE(execute);
  EXPECT_EQ(execute->portal, "portal");
  EXPECT_EQ(execute->max_rows, -1);
}

std::string FullFunctionCall() {
  return Int32(4'000'000'000) + Int16(1) + Int16(1) + Int16(2) + Int32(2) + "ab" +
         Int32(0xffffffff) + Int16(1);
}

TEST(FunctionCall, OidIsReadAndArgumentsChecked) {
  ExpectTakesExactly(DecodeFunctionCall, FullFunctionCall());
  EXPECT_EQ(DecodeFunctionCall(AsBytes(FullFunctionCall()))->function_oid, 4'000'000'000u);
}

TEST(FunctionCall, ArgumentLengthBelowMinusOneIsRefused) {
  const std::string body = Int32(1) + Int16(0) + Int16(1) + Int32(0xfffffffe) + Int16(0);
  EXPECT_FALSE(DecodeFunctionCall(AsBytes(body)));
}

TEST(FunctionCall, RoundTrip) {
  const std::string body = BodyOf('F', [](auto& out) { EncodeFunctionCall(out, 0xfffffffe); });
  ASSERT_TRUE(DecodeFunctionCall(AsBytes(body)));
  EXPECT_EQ(DecodeFunctionCall(AsBytes(body))->function_oid, 0xfffffffeu);
}

TEST(FunctionCallPrefix, OidIsEnough) {
  const std::string body = FullFunctionCall();
  for (std::size_t size = 0; size <= body.size(); ++size) {
    const ExactCopy prefix(std::string_view(body).substr(0, size));
    const auto call = DecodeFunctionCallPrefix(prefix.bytes());
    ASSERT_EQ(call.has_value(), size >= 4) << "cut after " << size << " bytes";
    if (call) {
      EXPECT_EQ(call->function_oid, 4'000'000'000u);
    }
  }
}

TEST(SaslInitialResponse, MechanismAndResponseAreRead) {
  const std::string body = Str("SCRAM-SHA-256") + Int32(8) + "n,,n=,r=";
  ExpectTakesExactly(DecodeSaslInitialResponse, body);
  const auto response = DecodeSaslInitialResponse(AsBytes(body));
  EXPECT_EQ(response->mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(AsText(response->response), "n,,n=,r=");
}

TEST(SaslInitialResponse, NoResponseIsTaken) {
  const std::string body = Str("EXTERNAL") + Int32(0xffffffff);
  ExpectTakesExactly(DecodeSaslInitialResponse, body);
  EXPECT_TRUE(DecodeSaslInitialResponse(AsBytes(body))->response.empty());
}

TEST(SaslInitialResponse, ResponseMayHoldNul) {
  const std::string body = Str("X") + Int32(3) + std::string("a\0b"sv);
  EXPECT_EQ(AsText(DecodeSaslInitialResponse(AsBytes(body))->response), "a\0b"sv);
}

TEST(SaslInitialResponse, BadLengthIsRefused) {
  for (const std::uint32_t length : {0xfffffffeu, 0x80000000u, 0x7fffffffu, 3u, 1u}) {
    const std::string body = Str("X") + Int32(length) + "ab";
    EXPECT_FALSE(DecodeSaslInitialResponse(AsBytes(body))) << length;
  }
}

TEST(CopyFail, ReasonIsRead) {
  ExpectTakesExactly(DecodeCopyFail, "no more\0"sv);
  EXPECT_EQ(DecodeCopyFail(AsBytes("no more\0"sv)), "no more");
}

TEST(Empty, AnyByteIsTooMany) {
  EXPECT_TRUE(DecodeEmpty({}));
  EXPECT_FALSE(DecodeEmpty(AsBytes("\0"sv)));
}

TEST(Terminate, IsFiveBytes) {
  std::vector<std::byte> out;
  EncodeTerminate(out);
  EXPECT_EQ(TextOf(out), "X\0\0\0\4"sv);
}

TEST(FrontendEncoders, NulInTextMakesNoSecondField) {
  const std::string query = BodyOf('Q', [](auto& out) { EncodeQuery(out, "a\0b"sv); });
  EXPECT_TRUE(DecodeQuery(AsBytes(query)));
  const std::string parse =
      BodyOf('P', [](auto& out) { EncodeParse(out, "s\0t"sv, "a\0b"sv); });
  EXPECT_TRUE(DecodeParse(AsBytes(parse)));
}

}  // namespace
}  // namespace pgmoat::protocol
