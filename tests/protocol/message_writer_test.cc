#include "protocol/message_writer.h"

#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_view_literals;

TEST(MessageWriter, TypeAndLengthStandInFront) {
  std::vector<std::byte> out;
  MessageWriter(out, BackendType::kReadyForQuery).Byte1('I');
  EXPECT_EQ(TextOf(out), "Z\0\0\0\5I"sv);
}

TEST(MessageWriter, WithoutTypeByteTheLengthStandsInFront) {
  std::vector<std::byte> out;
  MessageWriter(out).Int32(0x01020304);
  EXPECT_EQ(TextOf(out), "\0\0\0\10\1\2\3\4"sv);
}

TEST(MessageWriter, EmptyBodyHasLengthFour) {
  std::vector<std::byte> out;
  MessageWriter(out, FrontendType::kSync);
  EXPECT_EQ(TextOf(out), "S\0\0\0\4"sv);
}

TEST(MessageWriter, MessagesAreAppended) {
  std::vector<std::byte> out;
  MessageWriter(out, FrontendType::kFlush);
  MessageWriter(out, FrontendType::kQuery).String("x");
  MessageWriter(out, FrontendType::kSync);
  EXPECT_EQ(TextOf(out), "H\0\0\0\4Q\0\0\0\6x\0S\0\0\0\4"sv);
}

TEST(MessageWriter, FieldsAreWrittenInNetworkOrder) {
  std::vector<std::byte> out;
  MessageWriter(out, FrontendType::kBind).Int16(-2).Int32(-3).Append(AsBytes("ab")).String("");
  EXPECT_EQ(TextOf(out),
            "B\0\0\0\15\xff\xfe\xff\xff\xff\xfd"
            "ab\0"sv);
}

TEST(MessageWriter, NulInsideAStringDoesNotEndIt) {
  std::vector<std::byte> out;
  MessageWriter(out, FrontendType::kParse).String("a\0b"sv).String("\0"sv);
  EXPECT_EQ(TextOf(out), Message('P', "a?b\0?\0"sv));
}

TEST(MessageWriter, NulInAppendedBytesStays) {
  std::vector<std::byte> out;
  MessageWriter(out, FrontendType::kCopyData).Append(AsBytes("a\0b"sv)).String("c");
  EXPECT_EQ(TextOf(out), Message('d', "a\0bc\0"sv));
}

}  // namespace
}  // namespace pgmoat::protocol
