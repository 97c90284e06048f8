#include "proxy/audit/reading/verify_report.h"

#include <gtest/gtest.h>

namespace pgmoat::audit {
namespace {

Findings Whole() {
  Findings findings;
  findings.lines = 50;
  findings.first_seq = 1;
  findings.last_seq = 50;
  findings.first_time = "2026-11-27T19:00:01Z";
  findings.last_time = "2026-11-27T19:00:50Z";
  findings.from_start = findings.first_proved = true;
  findings.uncovered = 50;
  return findings;
}

TEST(VerifyReport, AnUnsignedChainIsCalledSo) {
  EXPECT_TRUE(IsProved(Whole(), false));
  EXPECT_EQ(Report(Whole(), 3, false),
            "50 lines in 3 files, seq 1–50, 2026-11-27T19:00:01Z to 2026-11-27T19:00:50Z: the "
            "chain is whole\n"
            "  from the very first line of the chain\n"
            "  unsigned: whoever can write the file can recompute the chain\n");
}

TEST(VerifyReport, ASignedChainSaysWhatIsCovered) {
  Findings findings = Whole();
  findings.verified["00112233aabbccdd"] = 2;
  findings.uncovered = 15;
  findings.repeated = 1;
  EXPECT_TRUE(IsProved(findings, true));
  EXPECT_EQ(Report(findings, 1, true),
            "50 lines in 1 file, seq 1–50, 2026-11-27T19:00:01Z to 2026-11-27T19:00:50Z: the "
            "chain is whole\n"
            "  from the very first line of the chain\n"
            "  2 checkpoints signed by key 00112233aabbccdd, verified\n"
            "  15 lines after the last signed checkpoint: not covered by a signature\n"
            "  1 line delivered more than once, unchanged (delivery is at least once)\n");
}

TEST(VerifyReport, KeysThatSignedNothingProveNothing) {
  Findings findings = Whole();
  findings.unverified["00112233aabbccdd"] = 2;
  EXPECT_FALSE(IsProved(findings, true));
  EXPECT_TRUE(IsProved(findings, false));
  EXPECT_NE(Report(findings, 1, true).find("no checkpoint is signed by a key that was given"),
            std::string::npos);
}

TEST(VerifyReport, AFaultComesFirst) {
  Findings findings = Whole();
  findings.fault = Fault{Fault::Kind::kRemoved, {"a.jsonl", 7}, 51, 53, ""};
  EXPECT_FALSE(IsProved(findings, false));
  EXPECT_TRUE(Report(findings, 1, false)
                  .starts_with("a.jsonl:7: seq 51–53 were removed before this line\n"
                               "before it: 50 lines in 1 file, "));
  findings.fault = Fault{Fault::Kind::kForeign, {"a.jsonl", 7}, 0, 0, ""};
  EXPECT_TRUE(
      Report(findings, 1, false).starts_with("a.jsonl:7: this is no line of pgmoat's trail\n"));
}

TEST(VerifyReport, NoLinesAreNoProof) {
  EXPECT_FALSE(IsProved({}, false));
  EXPECT_EQ(Report({}, 1, false), "no lines\n");
}

}  // namespace
}  // namespace pgmoat::audit
