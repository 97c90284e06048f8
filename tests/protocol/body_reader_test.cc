#include "protocol/body_reader.h"

#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_view_literals;

TEST(BodyReader, FieldsAreReadInNetworkOrder) {
  const std::string body = "\x7f" + Int16(0x8001) + Int32(0xfffffffe) + Str("name");
  BodyReader reader(AsBytes(body));
  EXPECT_EQ(reader.Byte1(), 0x7f);
  EXPECT_EQ(reader.Int16(), -0x7fff);
  EXPECT_EQ(reader.Int32(), -2);
  EXPECT_EQ(reader.String(), "name");
  EXPECT_TRUE(reader.Done());
}

TEST(BodyReader, EmptyBodyIsDone) { EXPECT_TRUE(BodyReader(Bytes{}).Done()); }

TEST(BodyReader, LeftoverBytesAreNotDone) {
  BodyReader reader(AsBytes("ab"));
  reader.Byte1();
  EXPECT_FALSE(reader.failed());
  EXPECT_FALSE(reader.Done());
}

TEST(BodyReader, StringWithoutNulFails) {
  BodyReader reader(AsBytes("name"));
  EXPECT_EQ(reader.String(), "");
  EXPECT_TRUE(reader.failed());
}

TEST(BodyReader, FieldsAfterAFailureAreEmpty) {
  const std::string body = "x" + Str("name") + Int32(7);
  BodyReader reader(AsBytes(body));
  reader.Take(1'000);
  EXPECT_EQ(reader.Byte1(), 0);
  EXPECT_EQ(reader.Int16(), 0);
  EXPECT_EQ(reader.Int32(), 0);
  EXPECT_EQ(reader.String(), "");
  EXPECT_TRUE(reader.Take(1).empty());
  EXPECT_TRUE(reader.Value().empty());
  EXPECT_EQ(reader.Count16(1), 0u);
  EXPECT_FALSE(reader.Done());
}

TEST(BodyReader, StringAfterABadValueIsEmpty) {
  const std::string body = Int32(0x80000000) + Str("name");
  BodyReader reader(AsBytes(body));
  reader.Value();
  EXPECT_EQ(reader.String(), "");
  EXPECT_FALSE(reader.Done());
}

TEST(BodyReader, ValueOfMinusOneHasNoBytes) {
  const std::string body = Int32(0xffffffff) + Int32(2) + "ab" + Int32(0);
  BodyReader reader(AsBytes(body));
  EXPECT_TRUE(reader.Value().empty());
  EXPECT_EQ(AsText(reader.Value()), "ab");
  EXPECT_TRUE(reader.Value().empty());
  EXPECT_TRUE(reader.Done());
}

TEST(BodyReader, ValueBelowMinusOneFails) {
  for (const std::uint32_t length : {0xfffffffeu, 0x80000000u}) {
    const std::string body = Int32(length);
    BodyReader reader(AsBytes(body));
    reader.Value();
    EXPECT_TRUE(reader.failed()) << length;
  }
}

TEST(BodyReader, ValueLongerThanTheBodyFails) {
  for (const std::uint32_t length : {3u, 0x7fffffffu}) {
    const std::string body = Int32(length) + "ab";
    BodyReader reader(AsBytes(body));
    reader.Value();
    EXPECT_TRUE(reader.failed()) << length;
  }
}

TEST(BodyReader, CountAboveWhatTheBodyCanHoldFails) {
  const std::string body = Int16(3) + std::string(11, 'x');
  BodyReader reader(AsBytes(body));
  EXPECT_EQ(reader.Count16(4), 0u);
  EXPECT_TRUE(reader.failed());
}

TEST(BodyReader, Count16IsReadWithoutSign) {
  const std::string body = Int16(0xffff) + std::string(0xffff, 'x');
  BodyReader reader(AsBytes(body));
  EXPECT_EQ(reader.Count16(1), 0xffffu);
  EXPECT_FALSE(reader.failed());
}

TEST(BodyReader, NegativeCount32Fails) {
  const std::string body = Int32(0xffffffff) + "xxxx";
  BodyReader reader(AsBytes(body));
  EXPECT_EQ(reader.Count32(1), 0u);
  EXPECT_TRUE(reader.failed());
}

TEST(BodyReader, CountTimesSizeDoesNotWrap) {
  // 0x40000000 items of 4 bytes are 2^32 bytes: none, in 32 bits.
  const std::string body = Int32(0x40000000);
  BodyReader reader(AsBytes(body));
  EXPECT_EQ(reader.Count32(4), 0u);
  EXPECT_TRUE(reader.failed());
}

}  // namespace
}  // namespace pgmoat::protocol
