#include "policy/glob.h"

#include <gtest/gtest.h>

namespace pgmoat::policy {
namespace {

TEST(GlobMatches, TextWithoutWildcardsMatchesOnlyItself) {
  EXPECT_TRUE(GlobMatches("dev_ro", "dev_ro"));
  EXPECT_FALSE(GlobMatches("dev_ro", "dev_r"));
  EXPECT_FALSE(GlobMatches("dev_ro", "dev_ro2"));
  EXPECT_FALSE(GlobMatches("dev_ro", ""));
}

TEST(GlobMatches, CaseMatters) { EXPECT_FALSE(GlobMatches("Admin", "admin")); }

TEST(GlobMatches, EmptyPatternMatchesOnlyEmptyText) {
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_FALSE(GlobMatches("", "a"));
}

TEST(GlobMatches, StarMatchesAnyRun) {
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("*", "anything"));
  EXPECT_TRUE(GlobMatches("dev_*", "dev_"));
  EXPECT_TRUE(GlobMatches("dev_*", "dev_anna"));
  EXPECT_TRUE(GlobMatches("*@example.org", "anna@example.org"));
  EXPECT_TRUE(GlobMatches("a*b*c", "a__b__b__c"));
  EXPECT_FALSE(GlobMatches("a*b*c", "a__c__b"));
  EXPECT_TRUE(GlobMatches("**", ""));
}

TEST(GlobMatches, QuestionMarkMatchesOneCharacter) {
  EXPECT_TRUE(GlobMatches("dev?", "dev1"));
  EXPECT_FALSE(GlobMatches("dev?", "dev"));
  EXPECT_FALSE(GlobMatches("dev?", "dev12"));
  EXPECT_TRUE(GlobMatches("?*?", "ab"));
  EXPECT_FALSE(GlobMatches("?*?", "a"));
}

TEST(GlobMatches, QuestionMarkTakesAWholeUtf8Character) {
  EXPECT_TRUE(GlobMatches("Ren?", "René"));
  EXPECT_TRUE(GlobMatches("?", "\xF0\x9F\x90\x98"));
  EXPECT_FALSE(GlobMatches("??", "é"));
}

TEST(GlobMatches, BytesThatAreNotUtf8CountAsOneCharacterEach) {
  EXPECT_TRUE(GlobMatches("a??", "a\xFF\xFE"));
  EXPECT_TRUE(GlobMatches("a?b",
                          "a\xE9"
                          "b"));  // Latin-1 é: claims three bytes, has one
  EXPECT_TRUE(GlobMatches("?", "\xE9"));
}

TEST(GlobMatches, WildcardsInTheTextAreData) {
  EXPECT_FALSE(GlobMatches("admin", "*"));
  EXPECT_TRUE(GlobMatches("*n", "a*n"));
  EXPECT_FALSE(GlobMatches("a*b", "a*c"));
}

TEST(GlobMatches, ManyStarsDoNotBlowUp) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a*";
  pattern += "b";
  // Exponential matchers need 2^30 steps and more here.
  EXPECT_FALSE(GlobMatches(pattern, std::string(10'000, 'a')));
}

}  // namespace
}  // namespace pgmoat::policy
