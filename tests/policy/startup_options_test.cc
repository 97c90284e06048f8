#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

std::string Split(std::string_view options) {
  std::vector<StartupOption> out;
  if (!SplitStartupOptions(options, out)) return "refused";
  std::string text;
  for (const StartupOption& option : out) text += "[" + option.name + "=" + option.value + "]";
  return text;
}

TEST(StartupOptions, EverySpellingOfASettingIsRead) {
  EXPECT_EQ(Split(""), "");
  EXPECT_EQ(Split("  "), "");
  EXPECT_EQ(Split("-c a=b"), "[a=b]");
  EXPECT_EQ(Split("-ca=b"), "[a=b]");
  EXPECT_EQ(Split("--a=b"), "[a=b]");
  EXPECT_EQ(Split(" -c\ta=b --c-d=e\n-cf=g "), "[a=b][c_d=e][f=g]");
  EXPECT_EQ(Split("--Default-Transaction_READ-only=OFF"),
            "[default_transaction_read_only=OFF]");
}

TEST(StartupOptions, ValuesAreKeptAsTheyAre) {
  EXPECT_EQ(Split("-c a="), "[a=]");
  EXPECT_EQ(Split("-c a=b=c"), "[a=b=c]");
  EXPECT_EQ(Split("-c search_path=a\\ b,\\\\c"), "[search_path=a b,\\c]");
}

TEST(StartupOptions, OtherSwitchesAreRefused) {
  for (const char* options :
       {"-c", "-c a", "-e", "-ec a=b", "-d 5", "--", "--a", "-c =b", "--=b", "a=b", "-c a=b x",
        "-N", "-W 1", "-r file", "-", "\\-c a=b x"}) {
    EXPECT_EQ(Split(options), "refused") << options;
  }
}

TEST(StartupOptions, BackslashHidesNothing) {
  // The server takes "\-c" for "-c".
  EXPECT_EQ(Split("\\-c a=b"), "[a=b]");
  EXPECT_EQ(Split("-\\c default_\\transaction_read_only=off"),
            "[default_transaction_read_only=off]");
}

TEST(StartupOptions, SettingsAreTakenOutAndTheRestStays) {
  const auto take = [](std::string_view options) {
    std::vector<StartupOption> taken;
    std::string rest = TakeStartupOptions(options, {"x.y", "z"}, taken);
    for (const StartupOption& one : taken) rest += "|" + one.name + "=" + one.value;
    return rest;
  };
  EXPECT_EQ(take("-c x.y=1"), "|x.y=1");
  EXPECT_EQ(take("-cX.Y=1 --z=a\\ b"), "|x.y=1|z=a b");
  EXPECT_EQ(take("-c a=b  -c x.y=1 -d 5 --c=d\\ e\\\\"), "-c a=b -d 5 --c=d\\ e\\\\|x.y=1");
  EXPECT_EQ(take("-c x.y=1 -c x.y=2"), "|x.y=1|x.y=2");
  // Nothing to take: byte for byte.
  EXPECT_EQ(take("  -c  a=b\\c "), "  -c  a=b\\c ");
  EXPECT_EQ(take("-c a=-cx.y=1 x.y=1 -c"), "-c a=-cx.y=1 x.y=1 -c");
}

}  // namespace
}  // namespace pgmoat::policy
