// Manifests: what is signed cannot be changed.
#include "proxy/migrations/manifest.h"

#include "proxy/migrations/digests.h"
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

Manifest Example() {
  ManifestStatement create;
  create.line = 2;
  create.digest = Sha256("CREATE TABLE a ( )");
  create.fingerprint = "0123456789abcdef";
  create.changes = true;
  create.lint_accepted = {"table-without-primary-key"};
  ManifestStatement drop;
  drop.line = 4;
  drop.digest = Sha256("DROP TABLE b");
  drop.changes = true;
  drop.destroys = {"drops table b"};
  drop.accepted = true;
  ManifestStatement show;
  show.line = 9;
  show.digest = Sha256("SHOW x");
  ManifestMigration migration;
  migration.name = "20240101_grün";
  migration.tool = policy::MigrationTool::kPrisma;
  migration.file = "prisma/migrations/20240101_grün/migration.sql";
  migration.checksum = "abc";
  migration.text = Sha256("text");
  migration.content = ContentOf({create.digest, drop.digest});
  migration.statements = {create, drop, show};
  return {{migration}, {}};
}

class ManifestTest : public Workspace {
 protected:
  Manifest Signed(const std::vector<std::string>& names) {
    Manifest manifest = Example();
    for (const std::string& name : names) SignManifest(manifest, Key(name));
    return manifest;
  }
};

TEST_F(ManifestTest, ComesBackAsItWasWritten) {
  const Manifest manifest = Signed({"alice"});
  WriteManifest(manifest, In("m.json"));
  const Manifest read = ReadManifest(In("m.json"));
  EXPECT_EQ(read.migrations, manifest.migrations);
  EXPECT_EQ(ManifestDigest(read), ManifestDigest(manifest));
  EXPECT_EQ(ManifestText(read), Read(In("m.json")));
  EXPECT_EQ(SignersOf(read, PublicKeys({"alice"})),
            std::vector<std::string>{Key("alice").id()});
}

TEST_F(ManifestTest, WhatSessionsGetIsWhatIsWritten) {
  const policy::Approvals approvals = ApprovalsOf(Example(), 2);
  EXPECT_EQ(approvals.signatures, 2U);
  ASSERT_EQ(approvals.migrations.size(), 1U);
  const policy::ApprovedMigration& migration = approvals.migrations[0];
  EXPECT_EQ(migration.name, "20240101_grün");
  EXPECT_EQ(migration.tool, policy::MigrationTool::kPrisma);
  EXPECT_EQ(migration.checksum, "abc");
  EXPECT_EQ(migration.text, Sha256("text"));
  EXPECT_EQ(migration.content, Example().migrations[0].content);
  ASSERT_EQ(migration.statements.size(), 3U);
  EXPECT_EQ(migration.statements[1].digest, Sha256("DROP TABLE b"));
  EXPECT_FALSE(migration.statements[0].destruction_accepted);
  EXPECT_TRUE(migration.statements[1].destruction_accepted);
  EXPECT_FALSE(migration.statements[2].changes);
  EXPECT_EQ(migration.statements[0].accepted_findings,
            std::vector<std::string>{"table-without-primary-key"});
}

// Four bits of every byte: refused, or white space that says the same.
TEST_F(ManifestTest, EveryFlippedBitIsRefused) {
  const Manifest manifest = Signed({"alice"});
  const std::string text = ManifestText(manifest);
  const signing::PublicKeys keys = PublicKeys({"alice"});
  std::size_t refused = 0;
  std::size_t same = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int bit : {0, 2, 5, 7}) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      try {
        const Manifest read = ParseManifest(changed);
        if (SignersOf(read, keys).empty()) {
          ++refused;
          continue;
        }
        ASSERT_EQ(ManifestText(read), text) << "byte " << i << " bit " << bit;
        ++same;
      } catch (const FormatError&) {
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused + same, text.size() * 4);
  EXPECT_GT(refused, text.size() * 3);
}

TEST_F(ManifestTest, EveryTruncationIsRefused) {
  std::string text = ManifestText(Signed({"alice"}));
  while (text.back() != '}') text.pop_back();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THROW(ParseManifest(text.substr(0, size)), FormatError) << size;
  }
}

TEST_F(ManifestTest, LayoutIsFree) {
  std::string text = ManifestText(Signed({"alice"}));
  std::string spread;
  for (const char c : text) {
    spread += c;
    if (c == '\n') spread += "\r\n\t";
  }
  EXPECT_EQ(SignersOf(ParseManifest(spread), PublicKeys({"alice"})).size(), 1U);
}

TEST_F(ManifestTest, TwoPeopleSignOneAfterTheOther) {
  Manifest manifest = Signed({"alice"});
  manifest = ParseManifest(ManifestText(manifest));
  SignManifest(manifest, Key("bob"));
  const Manifest read = ParseManifest(ManifestText(manifest));
  EXPECT_EQ(SignersOf(read, PublicKeys({"alice", "bob"})).size(), 2U);
  // Only those whom the reader believes count.
  EXPECT_EQ(SignersOf(read, PublicKeys({"bob", "carol"})),
            std::vector<std::string>{Key("bob").id()});
  EXPECT_TRUE(SignersOf(read, PublicKeys({"carol"})).empty());
}

TEST_F(ManifestTest, SigningTwiceIsOneSignature) {
  Manifest manifest = Signed({"alice", "alice"});
  EXPECT_EQ(manifest.signatures.size(), 1U);
  // Neither is one that somebody has copied.
  manifest.signatures.push_back(manifest.signatures[0]);
  EXPECT_EQ(SignersOf(manifest, PublicKeys({"alice"})).size(), 1U);
}

TEST_F(ManifestTest, ASignatureOverOtherContentIsAnErrorNotIgnored) {
  Manifest manifest = Signed({"alice", "bob"});
  manifest.migrations[0].statements[0].lint_accepted.clear();
  SignManifest(manifest, Key("bob"));
  EXPECT_EQ(ErrorOf([&] {
              SignersOf(manifest, PublicKeys({"alice", "bob"}));
            }),
            "the signature of key " + Key("alice").id() +
                " is not over this content; sign the manifest anew");
}

TEST_F(ManifestTest, ASignatureForTheAuditTrailDoesNotCount) {
  Manifest manifest = Example();
  const signing::SigningKey alice = Key("alice");
  manifest.signatures.push_back(
      {alice.id(), alice.Sign("pgmoat audit checkpoint v1", ManifestDigest(manifest))});
  EXPECT_THROW(SignersOf(manifest, PublicKeys({"alice"})), FormatError);
}

TEST_F(ManifestTest, AcceptedByHandIsNoticed) {
  Manifest manifest = Example();
  manifest.migrations[0].statements[1].accepted = false;
  SignManifest(manifest, Key("alice"));
  std::string text = ManifestText(manifest);
  const std::string before = "\"changes\": true,\n          \"destroys\"";
  ASSERT_NE(text.find(before), std::string::npos);
  text.replace(text.find(before), before.size(), "\"accepted\": true, " + before);
  const Manifest read = ParseManifest(text);
  EXPECT_TRUE(read.migrations[0].statements[1].accepted);
  EXPECT_THROW(SignersOf(read, PublicKeys({"alice"})), FormatError);
}

TEST_F(ManifestTest, ContentIsHeldAgainstItsStatements) {
  Manifest manifest = Example();
  manifest.migrations[0].content = Sha256("something else");
  EXPECT_EQ(ErrorOf([&] { ParseManifest(ManifestText(manifest)); }),
            "migrations[0] has a 'content' that is not that of its statements");
}

TEST_F(ManifestTest, WhatIsUnknownOrTwiceIsRefused) {
  const std::string text = ManifestText(Example());
  const auto with = [&](const std::string& before, const std::string& after) {
    std::string changed = text;
    EXPECT_NE(changed.find(before), std::string::npos);
    changed.replace(changed.find(before), before.size(), after);
    return ErrorOf([&] { ParseManifest(changed); });
  };
  EXPECT_EQ(with("\"line\": 2", "\"line\": 2, \"lines\": 3"),
            "migrations[0].statements[0] has 'lines', which this pgmoat does not know");
  EXPECT_EQ(with("\"line\": 2", "\"line\": 2, \"line\": 3"), "has 'line' twice in one object");
  EXPECT_EQ(with("\"line\": 2", "\"line\": -2"),
            "migrations[0].statements[0] has a 'line' that is no count");
  EXPECT_EQ(with("\"prisma\"", "\"prism\""),
            "migrations[0] has the tool 'prism', which this pgmoat does not know");
  EXPECT_EQ(with("\"version\": 1", "\"version\": 2"),
            "it has a version that this pgmoat does not know; use a newer pgmoat");
  EXPECT_EQ(with("\"signatures\": []", "\"signatures\": [[[[[[[[[[]]]]]]]]]]"),
            "is nested deeper than it ever is");
  EXPECT_EQ(with("\"version\": 1", "\"version\": 1e999"), "has a number out of range");
}

TEST_F(ManifestTest, FileAndRemedyAreNamed) {
  Put("m.json", "{\"version\": 1, ");
  EXPECT_EQ(ErrorOf([&] { ReadManifest(In("m.json")); }),
            In("m.json").string() +
                ": is no manifest of migrations: is not JSON at byte 16; write it anew with "
                "`pgmoat migrations approve`");
  EXPECT_EQ(ErrorOf([&] { ReadManifest(In("none.json")); }),
            In("none.json").string() +
                ": cannot be read: No such file or directory; check path and permissions");
}

TEST_F(ManifestTest, ANameThatIsNoTextIsRefused) {
  Manifest manifest = Example();
  manifest.migrations[0].name = "\xFF";
  EXPECT_EQ(ErrorOf([&] { ManifestText(manifest); }),
            "a migration's name or file is not UTF-8; rename it");
}

TEST_F(ManifestTest, WritingKeepsPermissionsAndLeavesNothingBeside) {
  WriteManifest(Example(), In("m.json"));
  std::filesystem::permissions(In("m.json"), std::filesystem::perms(0640));
  WriteManifest(Signed({"alice"}), In("m.json"));
  EXPECT_EQ(std::filesystem::status(In("m.json")).permissions(), std::filesystem::perms(0640));
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("m.json."));
  }
}

}  // namespace
}  // namespace pgmoat::migrations
