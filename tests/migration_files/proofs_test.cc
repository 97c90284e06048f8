// Proofs: what is read is what somebody signed.
#include "proxy/migrations/proofs.h"

#include <condition_variable>
#include <mutex>

#include "proxy/migrations/digests.h"
#include "proxy/migrations/proof_writer.h"
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

using std::chrono::milliseconds;
using Texts = std::vector<std::string>;

Proof Example(const std::string& name = "001_init") {
  Proof proof;
  proof.tool = policy::MigrationTool::kDrizzle;
  proof.name = name;
  proof.checksum = "abc";
  proof.content = Sha256(name);
  proof.environment = "staging";
  proof.time = std::chrono::sys_time<milliseconds>(milliseconds(1'795'821'557'042));
  proof.duration = milliseconds(12);
  proof.rows = 34;
  proof.statements = 5;
  proof.locks = {"ACCESS EXCLUSIVE on users"};
  return proof;
}

class ProofsTest : public Workspace {
 protected:
  ProofsTest() { std::filesystem::create_directory(In("proofs")); }
  std::vector<Proof> ReadAll(Texts* complaints = nullptr) {
    return ReadProofs(In("proofs"), PublicKeys({"staging"}), [&](const std::string& what) {
      if (complaints != nullptr) complaints->push_back(what);
    });
  }
  std::string Line(const std::string& name = "001_init") {
    return ProofLine(Example(name), Key("staging"));
  }
};

TEST_F(ProofsTest, ComesBackAsItWasWritten) {
  const std::string line = Line();
  EXPECT_NE(line.find("\"time\":\"2026-11-27T23:19:17.042Z\""), std::string::npos) << line;
  ASSERT_TRUE(line.ends_with("}\n"));
  const Proof proof = ParseProof(line, PublicKeys({"staging"}));
  EXPECT_EQ(proof.tool, policy::MigrationTool::kDrizzle);
  EXPECT_EQ(proof.name, "001_init");
  EXPECT_EQ(proof.checksum, "abc");
  EXPECT_EQ(proof.content, Sha256("001_init"));
  EXPECT_EQ(proof.environment, "staging");
  EXPECT_EQ(proof.time, Example().time);
  EXPECT_EQ(proof.duration, milliseconds(12));
  EXPECT_EQ(proof.rows, 34U);
  EXPECT_EQ(proof.statements, 5U);
  EXPECT_EQ(proof.locks, Texts{"ACCESS EXCLUSIVE on users"});
}

TEST_F(ProofsTest, EveryFlippedBitIsRefused) {
  std::string line = Line();
  line.pop_back();
  const signing::PublicKeys keys = PublicKeys({"staging"});
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const int bit : {0, 2, 5, 7}) {
      std::string changed = line;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_THROW(ParseProof(changed, keys), FormatError)
          << "byte " << i << " bit " << bit << ": " << changed;
    }
  }
}

TEST_F(ProofsTest, OnlyKeysThatCountCount) {
  EXPECT_EQ(ErrorOf([&] { ParseProof(Line(), PublicKeys({"other"})); }),
            "it is signed by key " + Key("staging").id() + ", which does not count here");
}

TEST_F(ProofsTest, ANameThatIsNoTextIsStillSigned) {
  EXPECT_EQ(ParseProof(Line("\xFF"), PublicKeys({"staging"})).name, "\uFFFD");
}

TEST_F(ProofsTest, OneBadLineCostsOnlyItself) {
  const std::string other = ProofLine(Example("other"), Key("other"));
  Put("proofs/a.jsonl", Line("a") + "no proof\n" + other + Line("b"));
  Put("proofs/b.jsonl", Line("c"));
  Put("proofs/notes.txt", "no proof");
  Texts complaints;
  std::string names;
  for (const Proof& proof : ReadAll(&complaints)) names += proof.name;
  EXPECT_EQ(names, "abc");
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_EQ(complaints[0], In("proofs/a.jsonl").string() + ":2: is not JSON at byte 2");
  EXPECT_NE(complaints[1].find("a.jsonl:3: it is signed by key "), std::string::npos);
}

TEST_F(ProofsTest, ALineThatIsStillBeingWrittenIsLeftForLater) {
  const std::string whole = Line("a");
  const std::string line = Line("b");
  for (std::size_t size = 0; size < line.size(); size += 7) {
    Put("proofs/a.jsonl", whole + line.substr(0, size));
    Texts complaints;
    EXPECT_EQ(ReadAll(&complaints).size(), 1U) << size;
    EXPECT_TRUE(complaints.empty()) << size;
  }
}

TEST_F(ProofsTest, ADirectoryThatIsGoneIsAnError) {
  std::filesystem::remove(In("proofs"));
  EXPECT_EQ(ErrorOf([&] { ReadAll(); }),
            In("proofs").string() +
                ": the directory of proofs cannot be read: No such file or "
                "directory; check path and permissions");
}

class ProofWriterTest : public ProofsTest {
 protected:
  ProofCallbacks Callbacks() {
    return {[this](const std::string& message) {
              const std::lock_guard lock(mutex_);
              messages_.push_back(message);
            },
            [this](std::uint64_t count) {
              const std::lock_guard lock(mutex_);
              written_ += count;
            },
            [this](std::uint64_t count) {
              const std::lock_guard lock(mutex_);
              lost_ += count;
            }};
  }
  std::unique_ptr<ProofWriter> Writer() {
    Key("staging");
    return std::make_unique<ProofWriter>("staging", In("proofs"), In("staging.key"),
                                         Callbacks());
  }
  std::filesystem::path TheFile() {
    return std::filesystem::directory_iterator(In("proofs"))->path();
  }

  std::mutex mutex_;
  Texts messages_;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
};

TEST_F(ProofWriterTest, WritesWhatWaitsBeforeItEnds) {
  auto writer = Writer();
  for (int i = 0; i < 50; ++i) writer->Add(Example(std::to_string(i)));
  writer.reset();
  EXPECT_EQ(written_, 50U);
  EXPECT_EQ(lost_, 0U);
  const auto proofs = ReadAll();
  ASSERT_EQ(proofs.size(), 50U);
  EXPECT_EQ(proofs[49].name, "49");
  EXPECT_TRUE(TheFile().filename().string().starts_with("staging-"));
}

TEST_F(ProofWriterTest, BehindAHalfLineANewOneBegins) {
  Writer().reset();
  std::ofstream(TheFile(), std::ios::app) << R"({"version":1,"tool)";
  auto writer = Writer();
  writer->Add(Example("after"));
  writer.reset();
  Texts complaints;
  const auto proofs = ReadAll(&complaints);
  ASSERT_EQ(proofs.size(), 1U);
  EXPECT_EQ(proofs[0].name, "after");
  EXPECT_EQ(complaints.size(), 1U);
}

TEST_F(ProofWriterTest, WhatCannotBeWrittenIsToldAndCounted) {
  auto writer = Writer();
  std::filesystem::remove_all(In("proofs"));
  writer->Add(Example("gone"));
  writer.reset();
  EXPECT_EQ(lost_, 1U);
  EXPECT_EQ(written_, 0U);
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_NE(messages_[0].find("the proof of migration 'gone' is lost: No such file"),
            std::string::npos)
      << messages_[0];
}

TEST_F(ProofWriterTest, APlaceThatCannotBeWrittenIsAnErrorAtOnce) {
  Key("staging");
  EXPECT_NE(ErrorOf([&] {
              ProofWriter("staging", In("nowhere"), In("staging.key"), Callbacks());
            }).find("proofs cannot be written there: No such file or directory"),
            std::string::npos);
}

}  // namespace
}  // namespace pgmoat::migrations
