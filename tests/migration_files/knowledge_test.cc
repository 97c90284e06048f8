// What an environment knows: files that appear, change, break and heal.
#include "proxy/migrations/knowledge.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "proxy/migrations/digests.h"
#include "proxy/migrations/manifest.h"
#include "proxy/migrations/proofs.h"
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KnowledgeTest : public Workspace {
 protected:
  KnowledgeTest() {
    std::filesystem::create_directory(In("proofs"));
    production_.name = "production";
    production_.files.manifest = In("m.json");
    production_.files.public_keys = {PublicKey("alice"), PublicKey("bob")};
    production_.files.proofs = {In("proofs"), {PublicKey("staging")}, {"staging"}};
    staging_.name = "staging";
    staging_.files.record_proofs = {In("proofs"), In("staging.key")};
  }

  // A manifest with migrations of these names, signed by these people.
  void Approve(const std::vector<std::string>& migrations,
               const std::vector<std::string>& people) {
    Manifest manifest;
    for (const std::string& name : migrations) {
      ManifestMigration& migration = manifest.migrations.emplace_back();
      migration.name = name;
      migration.content = ContentOf({});
    }
    for (const std::string& person : people) SignManifest(manifest, Key(person));
    WriteManifest(manifest, In("m.json"));
  }
  std::unique_ptr<Knowledge> Start(const std::vector<Environment>& environments) {
    return std::make_unique<Knowledge>(
        environments,
        ProofCallbacks{[this](const std::string& message) {
                         const std::lock_guard lock(mutex_);
                         messages_.push_back(message);
                       },
                       [this](std::uint64_t count) {
                         const std::lock_guard lock(mutex_);
                         written_ += count;
                       },
                       [](std::uint64_t) { FAIL() << "a proof is lost"; }},
        milliseconds(5));
  }
  std::unique_ptr<Knowledge> Start() { return Start({production_, staging_}); }

  // Asks until it is so.
  static bool Becomes(const std::function<bool()>& so) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    while (!so()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  static std::size_t Approved(const Knowledge& knowledge) {
    const auto known = knowledge.Known("production");
    return known == nullptr ? 0 : known->approvals.migrations.size();
  }
  std::string LastMessage() {
    const std::lock_guard lock(mutex_);
    return messages_.empty() ? "" : messages_.back();
  }
  std::uint64_t Written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }
  std::size_t Messages() {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }
  static session::MigrationSuccess Success(const policy::Digest& content) {
    session::MigrationSuccess success;
    success.environment = "staging";
    success.name = "001_init";
    success.content = content;
    success.finished = std::chrono::system_clock::now();
    success.duration = milliseconds(3);
    return success;
  }

  Environment production_;
  Environment staging_;
  std::mutex mutex_;
  std::vector<std::string> messages_;
  std::uint64_t written_ = 0;
};

TEST_F(KnowledgeTest, IsThereFromTheBeginning) {
  Approve({"a", "b"}, {"alice", "bob"});
  const auto knowledge = Start();
  const auto known = knowledge->Known("production");
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->approvals.migrations.size(), 2U);
  EXPECT_EQ(known->approvals.signatures, 2U);
  EXPECT_TRUE(known->proven.empty());
  EXPECT_EQ(knowledge->Known("staging"), nullptr);
  EXPECT_EQ(knowledge->Known("elsewhere"), nullptr);
  EXPECT_EQ(Messages(), 0U);
}

TEST_F(KnowledgeTest, AReplacedManifestIsTakenUp) {
  Approve({"a"}, {"alice"});
  const auto knowledge = Start();
  const auto before = knowledge->Known("production");
  Approve({"a", "b"}, {"alice"});
  EXPECT_TRUE(Becomes([&] { return Approved(*knowledge) == 2; }));
  EXPECT_EQ(before->approvals.migrations.size(), 1U);  // a session keeps what it has
}

TEST_F(KnowledgeTest, AManifestSignedByOthersApprovesNothing) {
  Approve({"a"}, {"carol"});
  const auto knowledge = Start();
  EXPECT_EQ(knowledge->Known("production"), nullptr);
  EXPECT_EQ(LastMessage(),
            "environment 'production' approves no migration until this is right: " +
                In("m.json").string() +
                ": is signed by none of the public_keys; sign it with `pgmoat migrations "
                "approve --sign-only --signing-key FILE`");
  Approve({"a"}, {"carol", "bob"});
  EXPECT_TRUE(Becomes([&] { return Approved(*knowledge) == 1; }));
  EXPECT_EQ(knowledge->Known("production")->approvals.signatures, 1U);
}

TEST_F(KnowledgeTest, ABrokenManifestApprovesNothingAndAHealedOneDoesAgain) {
  Approve({"a"}, {"alice"});
  const std::string good = Read(In("m.json"));
  const auto knowledge = Start();
  std::string changed = good;
  changed[changed.find("\"a\"") + 1] = 'b';
  Put("m.json", changed);
  EXPECT_TRUE(Becomes([&] { return knowledge->Known("production") == nullptr; }));
  EXPECT_TRUE(Becomes([&] {
    return LastMessage().find(" is not over this content; ") != std::string::npos;
  })) << LastMessage();
  std::filesystem::remove(In("m.json"));
  EXPECT_TRUE(Becomes([&] {
    return LastMessage().find("cannot be read: No such file") != std::string::npos;
  })) << LastMessage();
  EXPECT_EQ(knowledge->Known("production"), nullptr);
  Put("m.json", good);
  EXPECT_TRUE(Becomes([&] { return Approved(*knowledge) == 1; }));
  EXPECT_TRUE(Becomes([&] {
    return LastMessage() == "environment 'production' has manifest and proofs again";
  }));
}

// Same size, and as far as the clock goes the same time.
TEST_F(KnowledgeTest, AChangeRightAfterReadingIsSeen) {
  Approve({"a"}, {"alice"});
  const auto knowledge = Start();
  for (const char* name : {"b", "c", "d", "e"}) {
    Approve({name}, {"alice"});
    EXPECT_TRUE(Becomes([&] {
      const auto known = knowledge->Known("production");
      return known != nullptr && known->approvals.migrations.at(0).name == name;
    })) << name;
  }
}

TEST_F(KnowledgeTest, ASuccessOnStagingIsAProofInProduction) {
  Approve({}, {"alice"});
  const auto knowledge = Start();
  const policy::Digest content = Sha256("a migration");
  knowledge->Succeeded(Success(content));
  EXPECT_TRUE(Becomes([&] {
    const auto known = knowledge->Known("production");
    return known != nullptr && known->proven == std::vector{content};
  }));
  // It is told behind the file.
  EXPECT_TRUE(Becomes([&] { return Written() == 1; }));
  // Where nothing is recorded, nothing happens.
  session::MigrationSuccess elsewhere = Success(content);
  elsewhere.environment = "production";
  knowledge->Succeeded(elsewhere);
}

TEST_F(KnowledgeTest, ProofsOfOtherEnvironmentsAndKeysDoNotCount) {
  Approve({}, {"alice"});
  Proof proof;
  proof.environment = "laptop";
  Put("proofs/laptop.jsonl", ProofLine(proof, Key("staging")));
  proof.environment = "staging";
  Put("proofs/forged.jsonl", ProofLine(proof, Key("mallory")));
  const auto knowledge = Start();
  ASSERT_NE(knowledge->Known("production"), nullptr);
  EXPECT_TRUE(knowledge->Known("production")->proven.empty());
  EXPECT_NE(LastMessage().find("a proof does not count: " + In("proofs/forged.jsonl").string() +
                               ":1: it is signed by key "),
            std::string::npos);
  proof.content = Sha256("x");
  Put("proofs/good.jsonl", ProofLine(proof, Key("staging")));
  EXPECT_TRUE(Becomes([&] { return knowledge->Known("production")->proven.size() == 1; }));
  // What is wrong and stays so is told once.
  EXPECT_EQ(Messages(), 1U);
}

TEST_F(KnowledgeTest, AnotherConfigIsPreparedThenUsed) {
  Approve({"a"}, {"bob"});
  const auto knowledge = Start();
  ASSERT_EQ(Approved(*knowledge), 1U);
  Environment only_alice = production_;
  only_alice.files.public_keys = {PublicKey("alice")};
  const auto use = knowledge->Prepare({only_alice});
  EXPECT_EQ(Approved(*knowledge), 1U);
  use();
  EXPECT_EQ(knowledge->Known("production"), nullptr);
  knowledge->Succeeded(Success({}));  // staging is gone, and records nothing
  EXPECT_EQ(Written(), 0U);

  Environment broken = production_;
  broken.files.public_keys = {In("none.pub")};
  EXPECT_NE(ErrorOf([&] { (void)knowledge->Prepare({broken}); }).find("none.pub"),
            std::string::npos);
  knowledge->Prepare({production_, staging_})();
  EXPECT_EQ(Approved(*knowledge), 1U);
}

TEST_F(KnowledgeTest, ProofsGivenBeforeAnotherConfigAreWritten) {
  Approve({}, {"alice"});
  auto knowledge = Start();
  for (int i = 0; i < 20; ++i) {
    knowledge->Succeeded(Success(Sha256(std::to_string(i))));
    knowledge->Prepare({production_, staging_})();
  }
  knowledge.reset();
  EXPECT_EQ(Written(), 20U);
}

}  // namespace
}  // namespace pgmoat::migrations
