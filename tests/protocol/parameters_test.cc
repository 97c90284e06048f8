#include "protocol/parameters.h"

#include <gtest/gtest.h>

#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_view_literals;

// One line a value: "text abc", "binary 2: ..", "null", "unseen".
std::string Shown(const std::vector<ParameterValue>& values) {
  std::string lines;
  for (const ParameterValue& value : values) {
    if (value.unseen) {
      lines += "unseen";
    } else if (value.null) {
      lines += "null";
    } else {
      lines += (value.binary ? "binary " : "text ") + std::to_string(value.full_bytes) + ":" +
               std::string(value.value);
    }
    lines += '\n';
  }
  return lines;
}

const std::string kValues =
    Int16(4) + Int32(3) + "abc" + Int32(0xffffffff) + Int32(0) + Int32(2) + "xy" + Int16(0);

TEST(BindParameters, TextNullEmptyAndBinaryAreTold) {
  const std::string body =
      Str("p") + Str("s") + Int16(4) + Int16(0) + Int16(0) + Int16(1) + Int16(1) + kValues;
  EXPECT_EQ(Shown(BindParameters(AsBytes(body), 100)),
            "text 3:abc\nnull\nbinary 0:\nbinary 2:xy\n");
}

TEST(BindParameters, NoFormatIsTextAndOneIsForAll) {
  const std::string text = Str("") + Str("") + Int16(0) + kValues;
  EXPECT_EQ(Shown(BindParameters(AsBytes(text), 100)),
            "text 3:abc\nnull\ntext 0:\ntext 2:xy\n");
  const std::string binary = Str("") + Str("") + Int16(1) + Int16(1) + kValues;
  EXPECT_EQ(Shown(BindParameters(AsBytes(binary), 100)),
            "binary 3:abc\nnull\nbinary 0:\nbinary 2:xy\n");
}

TEST(BindParameters, MoreThanWantedEndsUnseen) {
  const std::string body = Str("") + Str("") + Int16(0) + kValues;
  EXPECT_EQ(Shown(BindParameters(AsBytes(body), 3)), "text 3:abc\nnull\nunseen\n");
  EXPECT_EQ(Shown(BindParameters(AsBytes(body), 5)), "text 3:abc\nnull\ntext 0:\ntext 2:xy\n");
}

// Every beginning of a Bind tells what it has of each value, and that there are more.
TEST(BindParameters, CutAtEveryByte) {
  const std::string body = Str("p") + Str("s") + Int16(1) + Int16(0) + kValues;
  const auto whole = BindParameters(AsBytes(body), 100);
  ASSERT_EQ(whole.size(), 4U);
  constexpr std::size_t kResultFormats = 2;
  for (std::size_t length = 0; length < body.size(); ++length) {
    SCOPED_TRACE(length);
    const auto cut = BindParameters(AsBytes(body).first(length), 100);
    ASSERT_FALSE(cut.empty());
    std::size_t known = 0;
    for (; known < cut.size() && !cut[known].unseen; ++known) {
      EXPECT_EQ(cut[known].null, whole.at(known).null);
      EXPECT_EQ(cut[known].full_bytes, whole[known].full_bytes);
      EXPECT_TRUE(whole[known].value.starts_with(cut[known].value));
    }
    const bool cut_in_the_last = known == whole.size();
    EXPECT_EQ(cut_in_the_last, length + kResultFormats + 2 >= body.size());
    EXPECT_EQ(cut.size(), cut_in_the_last ? known : known + 1);
  }
}

TEST(FunctionCallArguments, AreTold) {
  const std::string body = Int32(1598) + Int16(0) + kValues;
  EXPECT_EQ(Shown(FunctionCallArguments(AsBytes(body), 100)),
            "text 3:abc\nnull\ntext 0:\ntext 2:xy\n");
  EXPECT_EQ(Shown(FunctionCallArguments(AsBytes("\0\0"sv), 100)), "unseen\n");
}

}  // namespace
}  // namespace pgmoat::protocol
