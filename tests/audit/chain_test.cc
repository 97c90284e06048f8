#include "proxy/audit/chain.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "proxy/audit/json_text.h"
#include "proxy/audit/reading/keys.h"
#include "proxy/audit/reading/trail_line.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

// What README.md says, word for word.
LineHash HashOf(const LineHash& before, const std::string& content) {
  std::string text(before.begin(), before.end());
  text += content;
  LineHash hash;
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return hash;
}

std::string Hex(const LineHash& hash) {
  std::string hex;
  AppendHex(hash.data(), hash.size(), hex);
  return hex;
}

std::string Head(std::uint64_t seq, const std::string& event) {
  return "{\"v\":2,\"seq\":" + std::to_string(seq) +
         ",\"id\":\"01JDQ0000000000000000000AB\",\"time\":\"2026-11-27T19:45:00.123456789Z\","
         "\"event\":\"" +
         event + "\"";
}

TEST(Chain, EachLineHasTheHashOverItselfAndTheOneBefore) {
  Chain chain(LineHash{});
  LineHash before{};
  for (std::uint64_t seq = 1; seq < 20; ++seq) {
    const std::string content = Head(seq, "statement") + std::string(seq * 10, ' ');
    std::string out = "before\n";
    out += content;
    chain.Close(out, 7);
    before = HashOf(before, content);
    EXPECT_EQ(out, "before\n" + content + ",\"hash\":\"" + Hex(before) + "\"}\n");
    EXPECT_EQ(chain.last(), before);
  }
}

TEST(Chain, GoesOnFromALineThatWasReadBack) {
  Chain chain(LineHash{});
  std::string first = Head(1, "statement");
  chain.Close(first, 0);
  first.pop_back();
  const auto read = ReadTrailLine(first);
  ASSERT_TRUE(read);
  Chain again(read->hash);
  std::string second = Head(2, "statement");
  again.Close(second, 0);
  second.pop_back();
  const auto next = ReadTrailLine(second);
  ASSERT_TRUE(next);
  EXPECT_TRUE(ContinuesFrom(*next, read->hash));
  EXPECT_FALSE(ContinuesFrom(*next, LineHash{}));
}

TEST(Chain, ALineOfWhichAnyByteWasChangedDoesNotContinue) {
  Chain chain(LineHash{});
  std::string line = Head(1, "statement") + ",\"login\":\"anna\"";
  chain.Close(line, 0);
  line.pop_back();
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string other = line;
    other[i] ^= 1;
    const auto read = ReadTrailLine(other);
    EXPECT_FALSE(read && ContinuesFrom(*read, LineHash{})) << i;
  }
}

class SignerTest : public testing::Test {
 protected:
  std::string Refusal(const std::filesystem::path& file) const {
    try {
      const Signer signer(file);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  const TemporaryDirectory directory;
  const std::filesystem::path key = directory / "audit.key";
};

TEST_F(SignerTest, ACheckpointIsProvedByThePublicKeyAlone) {
  const std::string id = MakeKeyFiles(key);
  const Signer signer(key);
  Chain chain(LineHash{});
  std::string line = Head(1, "checkpoint") + ",\"lines\":0,\"prev\":\"" + Hex({}) + "\"";
  chain.Close(line, 0);
  signer.Sign(line, chain.last());
  ASSERT_TRUE(line.ends_with("\"}\n"));
  line.pop_back();
  const auto read = ReadTrailLine(line);
  ASSERT_TRUE(read) << line;
  EXPECT_EQ(read->key, id);
  PublicKeys keys;
  keys.Add(key.string() + ".pub");
  EXPECT_EQ(keys.Check(read->key, read->hash, read->signature), PublicKeys::Result::kGood);
  LineHash other = read->hash;
  other[31] ^= 1;
  EXPECT_EQ(keys.Check(read->key, other, read->signature), PublicKeys::Result::kBad);
}

TEST_F(SignerTest, AKeyThatOthersCanReadIsRefused) {
  MakeKeyFiles(key);
  using std::filesystem::perms;
  for (const perms open : {perms::group_read, perms::others_read, perms::group_write}) {
    std::filesystem::permissions(key, perms::owner_read | perms::owner_write | open);
    EXPECT_NE(Refusal(key).find("chmod 600"), std::string::npos) << Refusal(key);
  }
  std::filesystem::permissions(key, perms::owner_read);
  EXPECT_EQ(Refusal(key), "");
}

TEST_F(SignerTest, WhatIsNoKeyIsNamedAndNotShown) {
  EXPECT_NE(Refusal(key).find(key.string()), std::string::npos);
  PutContents(key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
  std::filesystem::permissions(key, std::filesystem::perms::owner_read);
  const std::string why = Refusal(key);
  EXPECT_NE(why.find(key.string()), std::string::npos);
  EXPECT_NE(why.find("keygen"), std::string::npos);
  EXPECT_EQ(why.find("c2Vjcm"), std::string::npos);
}

}  // namespace
}  // namespace pgmoat::audit
