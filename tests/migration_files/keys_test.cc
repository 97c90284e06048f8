// Keys and signatures.
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

using Result = signing::PublicKeys::Result;
constexpr signing::Digest kDigest = {1, 2, 3};

using SigningTest = Workspace;

TEST_F(SigningTest, ASignatureCountsForItsKeyPurposeAndDigestOnly) {
  const signing::SigningKey alice = Key("alice");
  const std::string signature = alice.Sign("a purpose", kDigest);
  const signing::PublicKeys keys = PublicKeys({"alice", "bob"});
  EXPECT_EQ(signature.size(), 88U);
  EXPECT_EQ(alice.id().size(), 16U);
  EXPECT_EQ(keys.Check(alice.id(), "a purpose", kDigest, signature), Result::kGood);
  EXPECT_EQ(keys.Check(alice.id(), "another", kDigest, signature), Result::kBad);
  EXPECT_EQ(keys.Check(alice.id(), "a purpose", {1, 2, 4}, signature), Result::kBad);
  EXPECT_EQ(keys.Check(Key("bob").id(), "a purpose", kDigest, signature), Result::kBad);
}

TEST_F(SigningTest, AKnownKeyUnderAFalseNameIsFound) {
  const std::string signature = Key("alice").Sign("p", kDigest);
  EXPECT_EQ(PublicKeys({"alice"}).Check("0000000000000000", "p", kDigest, signature),
            Result::kBad);
  EXPECT_EQ(PublicKeys({"bob"}).Check("0000000000000000", "p", kDigest, signature),
            Result::kUnknownKey);
}

TEST_F(SigningTest, EveryChangedCharacterOfASignatureIsNoticed) {
  const signing::SigningKey alice = Key("alice");
  const std::string signature = alice.Sign("p", kDigest);
  const signing::PublicKeys keys = PublicKeys({"alice"});
  for (std::size_t i = 0; i < signature.size(); ++i) {
    for (const char other : {'A', 'B', '/', '=', '\n'}) {
      std::string changed = signature;
      if (changed[i] == other) continue;
      changed[i] = other;
      EXPECT_EQ(keys.Check(alice.id(), "p", kDigest, changed), Result::kBad) << i;
    }
  }
  EXPECT_EQ(keys.Check(alice.id(), "p", kDigest, signature + "A"), Result::kBad);
  EXPECT_EQ(keys.Check(alice.id(), "p", kDigest, ""), Result::kBad);
}

TEST_F(SigningTest, APrivateKeyThatOthersMayReadIsRefused) {
  Key("alice");
  std::filesystem::permissions(In("alice.key"), std::filesystem::perms(0640));
  EXPECT_EQ(ErrorOf([&] { signing::SigningKey key(In("alice.key")); }),
            In("alice.key").string() + ": the signing key can be read by others; chmod 600 it");
}

TEST_F(SigningTest, WhatIsNoKeyIsNamed) {
  Key("alice");
  Put("text", "no key");
  std::filesystem::permissions(In("text"), std::filesystem::perms(0600));
  EXPECT_EQ(ErrorOf([&] { signing::SigningKey key(In("text")); }),
            In("text").string() +
                ": is no private Ed25519 key in PEM; `pgmoat audit keygen` or `pgmoat "
                "migrations keygen` makes one");
  // The wrong one of the two.
  EXPECT_EQ(
      ErrorOf([&] { signing::PublicKeys().Add(In("alice.key")); }),
      In("alice.key").string() +
          ": is no public Ed25519 key in PEM; `pgmoat audit keygen` or `pgmoat migrations "
          "keygen` makes one, in the file that ends in .pub");
  EXPECT_NE(ErrorOf([&] { signing::SigningKey key(In("none")); }).find("cannot be read"),
            std::string::npos);
}

TEST_F(SigningTest, OneKeyInTwoFilesIsNotTwoPeople) {
  const std::string id = Key("alice").id();
  std::filesystem::copy_file(PublicKey("alice"), In("copy.pub"));
  signing::PublicKeys keys = PublicKeys({"alice"});
  EXPECT_EQ(ErrorOf([&] { keys.Add(In("copy.pub")); }),
            In("copy.pub").string() + ": is key " + id +
                ", which another file has, too; keep one of them");
}

TEST_F(SigningTest, AKeyIsNeverWrittenOver) {
  Put("alice.key.pub", "something else");
  EXPECT_EQ(ErrorOf([&] { signing::MakeKeyFiles(In("alice.key")); }),
            In("alice.key.pub").string() + ": is there already; a key is never written over");
  EXPECT_FALSE(std::filesystem::exists(In("alice.key")));
  EXPECT_EQ(Read(In("alice.key.pub")), "something else");
}

}  // namespace
}  // namespace pgmoat::migrations
