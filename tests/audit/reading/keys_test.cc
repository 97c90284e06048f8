#include "proxy/audit/reading/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "../temporary_directory.h"
#include "chain.h"

namespace pgmoat::audit {
namespace {

mode_t ModeOf(const std::filesystem::path& file) {
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  return status.st_mode & 07777;
}

TEST(Keys, AKeyPairIsMadeOnce) {
  TemporaryDirectory directory;
  const std::string id = MakeKeyFiles(directory / "key");
  EXPECT_EQ(id.size(), 16U);
  EXPECT_EQ(ModeOf(directory / "key"), 0600U);
  EXPECT_TRUE(Contents(directory / "key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_TRUE(Contents(directory / "key.pub").starts_with("-----BEGIN PUBLIC KEY-----\n"));

  const std::string before = Contents(directory / "key") + Contents(directory / "key.pub");
  EXPECT_THROW(MakeKeyFiles(directory / "key"), std::runtime_error);
  std::filesystem::remove(directory / "key");
  EXPECT_THROW(MakeKeyFiles(directory / "key"), std::runtime_error) << "key.pub is there";
  EXPECT_FALSE(std::filesystem::exists(directory / "key")) << "half a pair";
  EXPECT_TRUE(before.ends_with(Contents(directory / "key.pub")));
}

TEST(Keys, TheIdIsTheOneThatCheckpointsCarry) {
  TemporaryDirectory directory;
  const std::string id = MakeKeyFiles(directory / "key");
  const auto key = ReadPrivateKey(directory / "key");
  TestChain chain(key.get());
  const std::string line = chain.Checkpoint();
  EXPECT_EQ(ReadTrailLine(line)->key, id);
  PublicKeys keys;
  EXPECT_TRUE(keys.empty());
  keys.Add(directory / "key.pub");
  EXPECT_TRUE(keys.Has(id));
}

TEST(Keys, ASignatureIsGoodOnlyInItsOneSpelling) {
  TemporaryDirectory directory;
  MakeKeyFiles(directory / "key");
  const auto key = ReadPrivateKey(directory / "key");
  PublicKeys keys;
  keys.Add(directory / "key.pub");
  TestChain chain(key.get());
  const std::string text = chain.Checkpoint();
  const TrailLine line = *ReadTrailLine(text);
  using Result = PublicKeys::Result;
  EXPECT_EQ(keys.Check(line.key, line.hash, line.signature), Result::kGood);
  EXPECT_EQ(keys.Check("0123456789abcdef", line.hash, line.signature), Result::kBad)
      << "one of ours under a false name";
  for (std::size_t i = 0; i < line.signature.size(); ++i) {
    std::string changed(line.signature);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(keys.Check(line.key, line.hash, changed), Result::kBad) << i;
    EXPECT_EQ(keys.Check("0123456789abcdef", line.hash, changed), Result::kUnknownKey) << i;
    EXPECT_EQ(keys.Check(line.key, line.hash, line.signature.substr(0, i)), Result::kBad) << i;
  }
}

TEST(Keys, APrivateKeyOrJunkIsNoPublicKey) {
  TemporaryDirectory directory;
  MakeKeyFiles(directory / "key");
  PutContents(directory / "junk", "junk");
  PublicKeys keys;
  EXPECT_THROW(keys.Add(directory / "key"), std::runtime_error);
  EXPECT_THROW(keys.Add(directory / "junk"), std::runtime_error);
  EXPECT_THROW(keys.Add(directory / "none"), std::runtime_error);
}

}  // namespace
}  // namespace pgmoat::audit
