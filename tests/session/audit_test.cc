// Which statements are on record, and what of them.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "protocol/message_writer.h"
#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

using policy::Recorded;
using policy::RecordedParameters;

class Audit : public ::testing::Test {
 protected:
  // `change` the rules, then log in.
  void Start(const std::string& login, const std::function<void(policy::Rules&)>& change) {
    SessionOptions options;
    options.max_audited_bytes = 64;
    c = std::make_unique<Conversation>(options, MakeChangedDirectory(change));
    c->LogIn(login);
    c->trail.records.clear();
  }
  // A Query that the server runs; `tag` may be empty for one that it refuses.
  void Run(const std::string& sql, const std::string& tag) {
    c->Run("client Query \"" + sql + "\"");
    c->Run(tag.empty() ? "server Error ERROR 42P01 \"no\""
                       : "server CommandComplete \"" + tag + "\"");
    c->Run("server ReadyForQuery I");
  }
  [[nodiscard]] const AuditRecord& Last() const { return c->trail.records.back(); }

  std::unique_ptr<Conversation> c;
};

// --- record ---

struct Recording {
  Recorded record;
  const char* on_record;
};

class AuditRecording : public Audit, public ::testing::WithParamInterface<Recording> {};

TEST_P(AuditRecording, KeepsWhatTheRoleSays) {
  Start("deploy", [](policy::Rules& rules) { rules.audit.record = GetParam().record; });
  Run("SELECT 1", "SELECT 1");
  Run("BEGIN", "BEGIN");
  Run("SHOW all", "SHOW");
  Run("UPDATE t SET a = 1 WHERE b = 2", "UPDATE 1");
  Run("WITH d AS (DELETE FROM t WHERE a = 1 RETURNING a) SELECT a FROM d", "SELECT 1");
  Run("SELECT app.f()", "SELECT 1");
  Run("SELECT 1; CREATE TABLE n (a int)", "SELECT 1");
  Run("SELECT nothing FROM nowhere", "");
  EXPECT_EQ(c->trail.Lines(), GetParam().on_record);
}

INSTANTIATE_TEST_SUITE_P(
    Each, AuditRecording,
    ::testing::Values(
        Recording{Recorded::kAll,
                  "statement Query ok rows=1 «SELECT 1»\nstatement Query ok «BEGIN»\n"
                  "statement Query ok «SHOW all»\n"
                  "statement Query ok rows=1 «UPDATE t SET a = 1 WHERE b = 2»\n"
                  "statement Query ok rows=1 «WITH d AS (DELETE FROM t WHERE a = 1 RETURNING "
                  "a) SELECT a FROM »\n"
                  "statement Query ok rows=1 «SELECT app.f()»\n"
                  "statement Query ok rows=1 «SELECT 1»\n"
                  "statement Query skipped «CREATE TABLE n (a int)»\n"
                  "statement Query error 42P01 «SELECT nothing FROM nowhere»\n"},
        Recording{Recorded::kWrites,
                  "statement Query ok rows=1 «UPDATE t SET a = 1 WHERE b = 2»\n"
                  "statement Query ok rows=1 «WITH d AS (DELETE FROM t WHERE a = 1 RETURNING "
                  "a) SELECT a FROM »\n"
                  "statement Query ok rows=1 «SELECT app.f()»\n"
                  "statement Query ok rows=1 «SELECT 1»\n"
                  "statement Query skipped «CREATE TABLE n (a int)»\n"},
        Recording{Recorded::kDdl,
                  "statement Query ok rows=1 «SELECT 1»\n"
                  "statement Query skipped «CREATE TABLE n (a int)»\n"},
        Recording{Recorded::kDenied, ""}, Recording{Recorded::kNone, ""}));

TEST_F(Audit, ARefusalIsAlwaysOnRecord) {
  for (const Recorded record :
       {Recorded::kWrites, Recorded::kDdl, Recorded::kDenied, Recorded::kNone}) {
    Start("readonly", [&](policy::Rules& rules) { rules.audit.record = record; });
    c->Run("client Query \"DELETE FROM t\"");
    EXPECT_EQ(c->trail.Lines(),
              "statement Query denied readonly.write 25006 «DELETE FROM t»\n");
  }
}

TEST_F(Audit, WhatShadowModeLetsPassIsOnRecordUnlessNothingIs) {
  for (const auto& [record, lines] :
       {std::pair{Recorded::kDenied, "statement Query ok readonly.write «DELETE FROM t»\n"},
        std::pair{Recorded::kNone, ""}}) {
    Start("readonly", [&](policy::Rules& rules) {
      rules.enforce = false;
      rules.audit.record = record;
    });
    Run("DELETE FROM t", "DELETE");
    Run("SELECT 1", "SELECT 1");
    EXPECT_EQ(c->trail.Lines(), lines);
  }
}

TEST_F(Audit, ALimitThatEndsAStatementIsOnRecordWhateverTheRoleKeeps) {
  Start("readonly", [](policy::Rules& rules) {
    rules.audit.record = Recorded::kNone;
    rules.limits.max_rows = 1;
  });
  c->Run(
      "client Query \"SELECT a FROM t\"\nserver RowDescription a\nserver DataRow 1\n"
      "server DataRow 2\ncancel-delivered\nserver Error ERROR 57014 \"x\"\n"
      "server ReadyForQuery I");
  EXPECT_EQ(c->trail.Lines(),
            "statement Query error limit.max-rows 54000 rows=1 «SELECT a FROM t»\n");
}

TEST_F(Audit, WhatIsExecutedByNameCountsAsWhatItNames) {
  Start("app", [](policy::Rules& rules) { rules.audit.record = Recorded::kWrites; });
  Run("PREPARE r AS SELECT 1", "PREPARE");
  Run("PREPARE w AS UPDATE t SET a = 1 WHERE b = 2", "PREPARE");
  c->trail.records.clear();
  Run("EXECUTE r", "SELECT 1");
  EXPECT_EQ(c->trail.Lines(), "");
  Run("EXECUTE w", "UPDATE 1");
  EXPECT_EQ(c->trail.Lines(), "statement Query ok rows=1 «EXECUTE w»\n");
}

// … and of what stood beside it, the trail says nothing.
TEST_F(Audit, WhatWasPreparedInATextIsOneStatementWhenItRuns) {
  Start("app", [](policy::Rules&) {});
  c->Run(R"_(client Query "DELETE FROM t WHERE a = 1; PREPARE p AS SELECT 2"
           server CommandComplete "DELETE 1"
           server CommandComplete PREPARE
           server ReadyForQuery I)_");
  c->trail.records.clear();
  c->Run(R"_(client Bind "" p
           client Execute ""
           client Sync
           server BindComplete
           server CommandComplete "SELECT 1"
           server ReadyForQuery I)_");
  EXPECT_EQ(c->trail.Lines(), "statement Execute ok rows=1 «PREPARE p AS SELECT 2»\n");
  EXPECT_TRUE(c->trail.begun.empty());
}

// standard_conforming_strings = off: the server reads one statement where we read two.
TEST_F(Audit, AnExecuteIsOneStatementHoweverManyWeRead) {
  Start("admin", [](policy::Rules&) {});
  const char* const sql = R"_(SELECT 'a\'; SELECT 1 --')_";
  c->Run(std::string("client Parse \"\" \"") + sql + R"_("
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CommandComplete "SELECT 1"
           server ReadyForQuery I)_");
  EXPECT_EQ(c->trail.Lines(), std::string("statement Execute ok rows=1 «") + sql + "»\n");
  EXPECT_TRUE(c->trail.begun.empty());
}

TEST_F(Audit, ARoleOfWhichNothingIsKeptRunsWithoutATrail) {
  Start("readonly", [](policy::Rules& rules) { rules.audit.record = Recorded::kNone; });
  c->trail.healthy = false;
  EXPECT_EQ(c->Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
}

// --- what a record has ---

TEST_F(Audit, RowsThatWentOutAndRowsThatChangedAreToldApart) {
  Start("deploy", [](policy::Rules&) {});
  const auto rows = [&] { return std::pair(Last().rows_affected, Last().rows_returned); };
  c->Run(
      "client Query \"SELECT a FROM t\"\nserver RowDescription a\nserver DataRow 1\n"
      "server DataRow 2\nserver CommandComplete \"SELECT 2\"\nserver ReadyForQuery I");
  EXPECT_EQ(rows(), std::pair(0UL, 2UL));
  EXPECT_GT(Last().bytes_returned, 0U);
  c->Run(
      "client Query \"UPDATE t SET a = 1 WHERE b = 2 RETURNING a\"\nserver RowDescription a\n"
      "server DataRow 1\nserver CommandComplete \"UPDATE 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(rows(), std::pair(1UL, 1UL));
  Run("CREATE TABLE n AS SELECT 1", "SELECT 5");
  EXPECT_EQ(rows(), std::pair(5UL, 0UL));
}

TEST_F(Audit, TransactionsOfASessionAreCounted) {
  Start("app", [](policy::Rules&) {});
  const auto where = [&] {
    return std::to_string(Last().transaction) + Last().transaction_status;
  };
  Run("SELECT 1", "SELECT 1");
  EXPECT_EQ(where(), "1I");
  c->Run("client Query \"BEGIN\"\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  EXPECT_EQ(where(), "2I");
  c->Run(
      "client Query \"SELECT 2\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery T");
  EXPECT_EQ(where(), "2T");
  // Pipelined: the second is sent before the first is answered.
  c->Run(
      "client Query \"COMMIT\"\nclient Query \"SELECT 3\"\nserver CommandComplete COMMIT\n"
      "server ReadyForQuery I");
  EXPECT_EQ(where(), "2T");
  c->Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(where(), "3I");
}

TEST_F(Audit, TheConfigThatDecidedIsNamed) {
  Start("app", [](policy::Rules& rules) { rules.content_hash = 4711; });
  Run("SELECT 1", "SELECT 1");
  EXPECT_EQ(Last().policy_version, 4711U);
}

TEST_F(Audit, HowTheServerMadeSureOfTheLoginIsNamed) {
  Start("app", [](policy::Rules&) {});
  Run("SELECT 1", "SELECT 1");
  EXPECT_EQ(Last().subject->identity, "trust");
}

// The journal has put down the one, not the other.
TEST_F(Audit, ACopyOfASubjectIsAnotherSubject) {
  SessionSubject subject;
  subject.mark.Set(3, 4);
  const SessionSubject copy = subject;
  EXPECT_EQ(copy.mark.segment, 0U);
  EXPECT_EQ(subject.mark.segment, 3U);
}

TEST_F(Audit, ALongTextIsCutAndHashed) {
  Start("app", [](policy::Rules&) {});
  Run("SELECT 1 -- " + std::string(100, 'x'), "SELECT 1");
  const AuditedText& text = *Last().text;
  EXPECT_TRUE(text.truncated);
  EXPECT_EQ(text.text.size(), 64U);
  EXPECT_EQ(text.full_bytes, 112U);
  EXPECT_TRUE(text.has_sha256);
  Run("SELECT 1", "SELECT 1");
  EXPECT_FALSE(Last().text->truncated);
  EXPECT_FALSE(Last().text->has_sha256);
}

// --- redaction ---

TEST_F(Audit, LiteralsAreRedactedWhereTheRoleSaysSo) {
  Start("app", [](policy::Rules& rules) { rules.audit.redact_literals = true; });
  Run("SELECT 'Ada' /* Ada */", "SELECT 1");
  EXPECT_EQ(Last().text->form, TextForm::kRedacted);
  EXPECT_EQ(Last().text->text.find("Ada"), std::string::npos);
  EXPECT_NE(Last().text->text.find("SELECT"), std::string::npos);
}

TEST_F(Audit, WhatCannotBeReadIsWithheldWhereLiteralsAre) {
  Start("admin", [](policy::Rules& rules) { rules.audit.redact_literals = true; });
  Run("SELEC 'Ada'", "");
  EXPECT_EQ(Last().text->form, TextForm::kWithheld);
  EXPECT_EQ(Last().text->text, "");
  EXPECT_EQ(Last().text->full_bytes, 11U);
  EXPECT_TRUE(Last().text->has_sha256);
}

TEST_F(Audit, PasswordsAreNeverOnRecord) {
  Start("admin", [](policy::Rules&) {});
  for (const char* sql :
       {"CREATE ROLE a PASSWORD 'hush'", "SELECT 1; ALTER ROLE a PASSWORD 'hush'",
        "ALTER ROLE a PASSWORD 'hush' nonsense"}) {
    Run(sql, "OK");
    for (const AuditRecord& record : c->trail.records) {
      EXPECT_EQ(record.text->text.find("hush"), std::string::npos) << record.text->text;
    }
  }
}

// What an error made the server skip is not read here.
TEST_F(Audit, WhatIsSkippedUnreadShowsNoPassword) {
  Start("admin", [](policy::Rules&) {});
  c->Run(
      "client Parse \"\" \"SELECT broken\"\nclient Describe S \"\"\n"
      "server Error ERROR 42703 \"no\"\n"
      "client Query \"ALTER ROLE a PASSWORD 'hush'\"");
  EXPECT_EQ(Last().outcome, Outcome::kSkipped);
  EXPECT_EQ(Last().text->form, TextForm::kWithheld);
  EXPECT_FALSE(Last().text->has_sha256) << "a way to guess the password";
}

TEST_F(Audit, AReloadThatAsksForRedactionHoldsForWhatIsPrepared) {
  Start("app", [](policy::Rules&) {});
  c->Run(
      "client Parse s \"SELECT 'Ada'\"\nclient Bind \"\" s\nclient Execute \"\"\nclient Sync\n"
      "server ParseComplete\nserver BindComplete\nserver CommandComplete \"SELECT 1\"\n"
      "server ReadyForQuery I");
  EXPECT_EQ(Last().text->text, "SELECT 'Ada'");
  c->session().SetDirectory(
      MakeChangedDirectory([](policy::Rules& rules) { rules.audit.redact_literals = true; }, 2),
      c->now, c->out);
  c->Run(
      "client Bind \"\" s\nclient Execute \"\"\nclient Sync\nserver BindComplete\n"
      "server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(Last().text->form, TextForm::kWithheld);
  EXPECT_EQ(Last().text->text, "");
  EXPECT_TRUE(Last().text->has_sha256);
}

// --- parameters ---

class AuditParameters : public Audit {
 protected:
  // Bind (text "Ada", NULL, binary 01 02), Execute, Sync.
  void Execute() {
    std::vector<std::byte> bytes;
    const auto message = [&](char type, const std::string& body) {
      bytes.push_back(static_cast<std::byte>(type));
      const auto size = static_cast<std::uint32_t>(body.size() + 4);
      for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::byte>(size >> shift & 0xFF));
      }
      for (const char byte : body) bytes.push_back(static_cast<std::byte>(byte));
    };
    using namespace std::string_literals;
    message('B', "\0\0\0\3\0\0\0\0\0\1\0\3\0\0\0\3Ada\xFF\xFF\xFF\xFF\0\0\0\2\1\2\0\0"s);
    message('E', "\0\0\0\0\0"s);
    message('S', "");
    c->session().OnClientBytes(bytes, c->now, c->out);
    c->TakeOutput();
  }
  void Answer() {
    c->Run("server BindComplete\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  }
  void Prepare() {
    c->Run(
        "client Parse \"\" \"SELECT $1, $2, $3\"\nclient Sync\nserver ParseComplete\n"
        "server ReadyForQuery I");
  }
  // "text 3:Ada", "null", "binary 2:..", "withheld 3", one after another.
  [[nodiscard]] std::string Shown() const {
    if (!Last().parameters) return "none";
    std::string shown;
    for (const AuditedParameter& parameter : *Last().parameters) {
      constexpr const char* kForms[] = {"null", "text", "binary", "withheld", "unseen"};
      shown += kForms[static_cast<std::size_t>(parameter.form)];
      shown += " " + std::to_string(parameter.full_bytes) + ":" + parameter.value + ";";
    }
    return shown;
  }
};

TEST_F(AuditParameters, AreNotKeptUnlessAskedFor) {
  Start("app", [](policy::Rules&) {});
  Prepare();
  Execute();
  Answer();
  EXPECT_EQ(Shown(), "none");
}

TEST_F(AuditParameters, AreKeptInFull) {
  Start("app", [](policy::Rules& r) { r.audit.parameters = RecordedParameters::kFull; });
  Prepare();
  Execute();
  Answer();
  EXPECT_EQ(Shown(), "text 3:Ada;null 0:;binary 2:\1\2;");
}

TEST_F(AuditParameters, AreKeptAsLengths) {
  Start("app", [](policy::Rules& r) { r.audit.parameters = RecordedParameters::kRedacted; });
  Prepare();
  Execute();
  Answer();
  EXPECT_EQ(Shown(), "withheld 3:;null 0:;withheld 2:;");
}

TEST_F(AuditParameters, ABindWithoutAnyIsOfAnExecuteWithoutAny) {
  Start("app", [](policy::Rules& r) { r.audit.parameters = RecordedParameters::kRedacted; });
  Prepare();
  Execute();
  Answer();
  c->Run(
      "client Parse \"\" \"SELECT 1\"\nclient Bind \"\" \"\"\nclient Execute \"\" 0\nclient "
      "Sync\n"
      "server ParseComplete");
  Answer();
  EXPECT_EQ(Shown(), "none");
}

TEST_F(AuditParameters, OfAStatementThatMayHoldSecretsAreLengths) {
  Start("admin", [](policy::Rules& r) { r.audit.parameters = RecordedParameters::kFull; });
  c->Run(
      "client Parse \"\" \"SELECT dblink_connect($1), $2, $3\"\nclient Sync\nserver "
      "ParseComplete\n"
      "server ReadyForQuery I");
  Execute();
  Answer();
  EXPECT_EQ(Shown(), "withheld 3:;null 0:;withheld 2:;");
}

TEST_F(AuditParameters, OfARefusedExecuteAreKeptToo) {
  Start("readonly", [](policy::Rules& r) { r.audit.parameters = RecordedParameters::kFull; });
  Prepare();
  c->trail.healthy = false;
  Execute();
  ASSERT_EQ(c->trail.records.back().outcome, Outcome::kDenied);
  EXPECT_EQ(Shown(), "text 3:Ada;null 0:;binary 2:\1\2;");
}

}  // namespace
}  // namespace pgmoat::session::testing
