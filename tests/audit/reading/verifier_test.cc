// Every way to tamper with one line of a chain of 50 lines in 3 files.
#include "proxy/audit/reading/verifier.h"

#include <gtest/gtest.h>

#include "../temporary_directory.h"
#include "chain.h"
#include "proxy/audit/reading/file_order.h"
#include "proxy/audit/reading/line_reader.h"

namespace pgmoat::audit {
namespace {

using Kind = Fault::Kind;
constexpr std::size_t kLines = 50;

std::string KindText(Kind kind) {
  constexpr const char* kNames[] = {"changed", "removed", "inserted", "reordered", "foreign"};
  return kNames[static_cast<int>(kind)];
}

// "inserted 1:3 seq 20", "none"
std::string Text(const Findings& findings) {
  if (!findings.fault) return "none";
  const Fault& fault = *findings.fault;
  return KindText(fault.kind) + " " + fault.place.file + ":" +
         std::to_string(fault.place.line) + " seq " + std::to_string(fault.seq);
}

class VerifierTest : public testing::Test {
 protected:
  VerifierTest() {
    MakeKeyFiles(directory_ / "key");
    keys_.Add(directory_ / "key.pub");
    key_ = ReadPrivateKey(directory_ / "key");
    chain_ = TestChain(key_.get());
    files_ = FiftyLines(chain_);
    for (const LineList& lines : files_) all_.insert(all_.end(), lines.begin(), lines.end());
  }

  // LineList as they are spread over the files: each file keeps its number of lines, so that
  // what is put in or taken out moves the rest.
  static FileList Spread(const LineList& lines) {
    FileList files(3);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      files[std::min<std::size_t>(i / 17, 2)].push_back(lines[i]);
    }
    return files;
  }
  // Where line `i` (from 0) of all is.
  static std::string PlaceText(std::size_t i) {
    const std::size_t file = std::min<std::size_t>(i / 17, 2);
    return std::to_string(file) + ":" + std::to_string(i - file * 17 + 1);
  }
  std::string Result(const LineList& lines) { return Text(Verify(Spread(lines), keys_, true)); }

  TemporaryDirectory directory_;
  PublicKeys keys_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  TestChain chain_;
  FileList files_;
  LineList all_;
};

TEST_F(VerifierTest, AnUntouchedChainIsWhole) {
  const Findings findings = Verify(files_, keys_, true);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_EQ(findings.lines, kLines);
  EXPECT_EQ(findings.first_seq, 1U);
  EXPECT_EQ(findings.last_seq, 50U);
  EXPECT_TRUE(findings.from_start);
  EXPECT_EQ(findings.first_time, "2026-11-27T19:00:01.123456789Z");
  EXPECT_EQ(findings.last_time, "2026-11-27T19:00:50.123456789Z");
  ASSERT_EQ(findings.verified.size(), 1U);
  EXPECT_EQ(findings.verified.begin()->second, 2U);
  EXPECT_EQ(findings.uncovered, 15U) << "behind the checkpoint with seq 35";
}

TEST_F(VerifierTest, EachChangedByteIsNamed) {
  const PublicKeys none;  // signatures take their time, and only checkpoints have them
  for (std::size_t i = 0; i < kLines; ++i) {
    for (std::size_t byte = 0; byte < all_[i].size(); ++byte) {
      LineList lines = all_;
      lines[i][byte] = static_cast<char>(lines[i][byte] ^ 1);
      const std::string result = Text(Verify(Spread(lines), i % 17 == 0 ? keys_ : none, true));
      const std::string place = PlaceText(i);
      // Nothing stands behind the last line that would tell what it was.
      if (i + 1 == kLines && result == "foreign " + place + " seq 0") continue;
      if (i + 1 == kLines && result.starts_with("removed " + place)) continue;
      ASSERT_EQ(result, "changed " + place + " seq " + std::to_string(i + 1))
          << "byte " << byte << ": " << lines[i];
    }
  }
}

TEST_F(VerifierTest, EachRemovedLineIsNamed) {
  for (std::size_t i = 0; i + 1 < kLines; ++i) {
    LineList lines = all_;
    lines.erase(lines.begin() + static_cast<long>(i));
    ASSERT_EQ(Result(lines), "removed " + PlaceText(i) + " seq " + std::to_string(i + 1));
  }
}

TEST_F(VerifierTest, RemovedLinesAtTheEndOnlyShowInWhatIsProved) {
  LineList lines = all_;
  lines.pop_back();
  const Findings findings = Verify(Spread(lines), keys_, true);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_EQ(findings.last_seq, 49U);
}

TEST_F(VerifierTest, EachRunOfRemovedLinesIsNamedWhole) {
  for (std::size_t i = 0; i + 3 < kLines; ++i) {
    LineList lines = all_;
    lines.erase(lines.begin() + static_cast<long>(i), lines.begin() + static_cast<long>(i) + 3);
    const Findings findings = Verify(Spread(lines), keys_, true);
    ASSERT_EQ(Text(findings), "removed " + PlaceText(i) + " seq " + std::to_string(i + 1));
    ASSERT_EQ(findings.fault->last_seq, i + 3);
  }
}

TEST_F(VerifierTest, EachLineOfAnotherTrailThatIsPutInIsNamed) {
  TestChain other;
  other.Start("0.2.0");
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::string line = other.Statement("DROP TABLE users");
    LineList lines = all_;
    lines.insert(lines.begin() + static_cast<long>(i), line);
    ASSERT_EQ(Result(lines), "inserted " + PlaceText(i) + " seq " + std::to_string(i + 2));
  }
}

TEST_F(VerifierTest, EachInsertedLineThatChainsIsNamed) {
  // Whoever can write the file can compute hashes, too.
  TestChain chain;
  for (std::size_t i = 0; i < kLines; ++i) {
    LineList lines = all_;
    TestChain forger = chain;
    lines.insert(lines.begin() + static_cast<long>(i),
                 i == 0 ? forger.Start() + " " : forger.Statement("SELECT 'forged'"));
    if (i == 0) {
      ASSERT_EQ(Result(lines), "foreign 0:1 seq 0");
    } else {
      // Of two last lines with the same seq none is followed: the second is named.
      const std::size_t named = i + 1 == kLines ? i + 1 : i;
      ASSERT_EQ(Result(lines),
                "inserted " + PlaceText(named) + " seq " + std::to_string(i + 1));
    }
    chain.seq = i + 1;
    chain.hash = ReadTrailLine(all_[i])->hash;
  }
}

TEST_F(VerifierTest, EachLineThatIsNoneOfOursIsNamed) {
  for (const std::string& junk :
       {std::string(), std::string("junk"), std::string(R"({"v":2,"seq":3})"),
        all_[3].substr(0, all_[3].size() / 2), all_[3] + all_[4].substr(1)}) {
    for (std::size_t i = 0; i < kLines; ++i) {
      LineList lines = all_;
      lines.insert(lines.begin() + static_cast<long>(i), junk);
      const std::string result = Result(lines);
      // Two lines in one have a head and a tail of ours, but no content that fits.
      if (result.starts_with("inserted " + PlaceText(i)) && junk.size() > 500) continue;
      ASSERT_EQ(result, "foreign " + PlaceText(i) + " seq 0") << junk;
    }
  }
}

TEST_F(VerifierTest, EachCopyOfALaterLineIsInserted) {
  for (std::size_t i = 0; i < kLines; ++i) {
    for (std::size_t from = i + 1; from < kLines; ++from) {
      LineList lines = all_;
      lines.insert(lines.begin() + static_cast<long>(i), all_[from]);
      ASSERT_EQ(Result(lines), "inserted " + PlaceText(i) + " seq " + std::to_string(from + 1));
    }
  }
}

TEST_F(VerifierTest, EachCopyOfAnEarlierLineIsARepetition) {
  for (std::size_t i = 0; i < kLines; ++i) {
    for (std::size_t from = 0; from <= i; ++from) {
      LineList lines = all_;
      lines.insert(lines.begin() + static_cast<long>(i) + 1, all_[from]);
      const Findings findings = Verify(Spread(lines), keys_, true);
      ASSERT_EQ(Text(findings), "none");
      ASSERT_EQ(findings.repeated, 1U);
      ASSERT_EQ(findings.lines, kLines);
    }
  }
}

TEST_F(VerifierTest, ABatchThatComesTwiceIsNoFault) {
  LineList lines = all_;
  lines.insert(lines.begin() + 30, all_.begin() + 12, all_.begin() + 30);
  const Findings findings = Verify(Spread(lines), keys_, true);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_EQ(findings.repeated, 18U);
  EXPECT_EQ(findings.last_seq, 50U);
}

TEST_F(VerifierTest, EachRepetitionWithOtherContentIsNamed) {
  for (std::size_t i = 1; i < 16; ++i) {
    LineList lines = all_;
    std::string copy = all_[i];
    copy.replace(copy.find("SELECT"), 6, "DELETE");
    lines.insert(lines.begin() + 30, {copy, all_[i + 1]});
    ASSERT_EQ(Result(lines), "changed " + PlaceText(30) + " seq " + std::to_string(i + 1));
  }
}

TEST_F(VerifierTest, EachSwapIsNamed) {
  for (std::size_t i = 0; i < kLines; ++i) {
    for (std::size_t j = i + 1; j < kLines; ++j) {
      LineList lines = all_;
      std::swap(lines[i], lines[j]);
      ASSERT_EQ(Result(lines), "reordered " + PlaceText(i) + " seq " + std::to_string(j + 1));
    }
  }
}

TEST_F(VerifierTest, EachSwapIsNamedAlsoWhereTheBeginningIsNotAsked) {
  for (std::size_t i = 0; i < kLines; ++i) {
    for (std::size_t j = i + 1; j < kLines; ++j) {
      LineList lines = all_;
      std::swap(lines[i], lines[j]);
      const std::string result = Text(Verify(Spread(lines), keys_, false));
      // The start behind the second line: which of the two was moved is a matter of words.
      if (i == 0 && j == 1 && result == "reordered 0:2 seq 1") continue;
      ASSERT_EQ(result, "reordered " + PlaceText(i) + " seq " + std::to_string(j + 1));
    }
  }
}

TEST_F(VerifierTest, EachMoveIsNamed) {
  for (std::size_t from = 0; from < kLines; ++from) {
    for (std::size_t to = 0; to < kLines; ++to) {
      if (from == to) continue;
      LineList lines = all_;
      lines.erase(lines.begin() + static_cast<long>(from));
      lines.insert(lines.begin() + static_cast<long>(to), all_[from]);
      const std::size_t first = std::min(from, to);
      const std::string seq = std::to_string((from < to ? from + 1 : from) + 1);
      ASSERT_EQ(Result(lines), "reordered " + PlaceText(first) + " seq " + seq)
          << from << " to " << to;
    }
  }
}

TEST_F(VerifierTest, EachLineInAnothersPlaceIsAChange) {
  TestChain other;
  other.Start("0.2.0");
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::string line = other.Statement();
    LineList lines = all_;
    lines[i] = line;
    if (i + 1 == kLines) {
      ASSERT_EQ(Result(lines), "removed " + PlaceText(i) + " seq 50") << "nothing is behind it";
    } else {
      ASSERT_TRUE(Result(lines).starts_with("changed " + PlaceText(i))) << Result(lines);
    }
  }
}

TEST_F(VerifierTest, ALineReplacedWithItsHashShowsInTheNextOne) {
  TestChain chain;
  for (std::size_t i = 0; i + 1 < kLines; ++i) {
    LineList lines = all_;
    TestChain forger = chain;
    lines[i] = forger.Statement("SELECT 'forged'");
    // A checkpoint says what it follows, so that it is the line before that is blamed.
    const bool checkpoint = (i + 1) % 17 == 0;
    const std::string place = PlaceText(checkpoint ? i : i + 1);
    ASSERT_EQ(Result(lines),
              "changed " + place + " seq " + std::to_string(checkpoint ? i + 1 : i + 2));
    chain.seq = i + 1;
    chain.hash = ReadTrailLine(all_[i])->hash;
  }
}

TEST_F(VerifierTest, ARecomputedChainFailsAtTheFirstSignature) {
  MakeKeyFiles(directory_ / "other");
  const auto other = ReadPrivateKey(directory_ / "other");
  FileList files = FiftyLines(TestChain(other.get()));
  Findings findings = Verify(files, keys_, true);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_TRUE(findings.verified.empty()) << "signed by whoever, but not by our key";
  EXPECT_EQ(findings.unverified.size(), 1U);
  EXPECT_EQ(findings.uncovered, kLines);

  // Its signatures under our key's name.
  const std::string ours = std::string(ReadTrailLine(all_[17])->key);
  for (LineList& lines : files) {
    for (std::string& line : lines) {
      const auto read = ReadTrailLine(line);
      if (!read->key.empty()) line.replace(line.find(read->key), read->key.size(), ours);
    }
  }
  EXPECT_EQ(Text(Verify(files, keys_, true)), "changed 1:1 seq 18");
}

TEST_F(VerifierTest, CompressedFilesAreProvedInTheOrderOfTheirNames) {
  WriteZstd(directory_ / "a.20261125T000000Z.zst", Joined(files_[0]));
  WriteGzip(directory_ / "a.20261126T000000Z.gz", Joined(files_[1]));
  PutContents(directory_ / "a", Joined(files_[2]));
  std::vector<std::filesystem::path> files = RotatedFilesOf(directory_ / "a");
  files.insert(files.begin(), directory_ / "a");
  Verifier verifier(keys_, true);
  for (const auto& file : InOrder(files)) {
    LineReader reader(file);
    std::string_view line;
    while (reader.Next(line)) {
      verifier.Take(line, file.string(), reader.number(), reader.complete());
    }
  }
  const Findings findings = verifier.Finish();
  EXPECT_EQ(Text(findings), "none");
  EXPECT_EQ(findings.lines, kLines);
}

TEST_F(VerifierTest, EachFileVerifiesByItself) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const Findings findings = Verify({files_[i]}, keys_, false);
    EXPECT_EQ(Text(findings), "none");
    EXPECT_TRUE(findings.first_proved);
    EXPECT_EQ(findings.from_start, i == 0);
  }
}

TEST_F(VerifierTest, AFileThatBeginsAnywhereDoesNotProveItsFirstLine) {
  const LineList lines(all_.begin() + 5, all_.end());
  const Findings findings = Verify({lines}, keys_, false);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_FALSE(findings.first_proved);
  EXPECT_EQ(findings.first_seq, 6U);
  EXPECT_EQ(Text(Verify({lines}, keys_, true)), "removed 0:1 seq 1");
}

TEST_F(VerifierTest, EachMissingFileIsNamed) {
  EXPECT_EQ(Text(Verify({files_[0], files_[2]}, keys_, true)), "removed 1:1 seq 18");
  EXPECT_EQ(Text(Verify({files_[1], files_[2]}, keys_, true)), "removed 0:1 seq 1");
}

TEST_F(VerifierTest, FilesOutOfOrderAreNamed) {
  EXPECT_EQ(Text(Verify({files_[0], files_[2], files_[1]}, keys_, true)),
            "reordered 1:1 seq 35");
  EXPECT_EQ(Text(Verify({files_[1], files_[0], files_[2]}, keys_, true)),
            "reordered 0:1 seq 18");
  EXPECT_EQ(Text(Verify({files_[2], files_[1]}, keys_, false)), "reordered 1:1 seq 18");
}

TEST_F(VerifierTest, AChainThatBeginsAnewIsToldAndKeepsWhatWasNotCovered) {
  TestChain second(key_.get());
  LineList lines = all_;
  lines.push_back(second.Start("0.2.0"));
  lines.push_back(second.Statement());
  lines.push_back(second.Checkpoint());
  const Findings findings = Verify({lines}, keys_, true);
  EXPECT_EQ(Text(findings), "none");
  ASSERT_EQ(findings.beginnings.size(), 1U);
  EXPECT_EQ(findings.beginnings[0].line, 51U);
  EXPECT_EQ(findings.lines, 53U);
  EXPECT_EQ(findings.uncovered, 15U) << "of the first chain";

  lines.resize(51);
  EXPECT_EQ(Verify({lines}, keys_, true).beginnings.size(), 1U) << "as the last line, too";
}

TEST_F(VerifierTest, EachForgedBeginningInTheMiddleIsInserted) {
  for (std::size_t i = 1; i < kLines; ++i) {
    LineList lines = all_;
    lines.insert(lines.begin() + static_cast<long>(i), TestChain().Start("0.2.0"));
    ASSERT_EQ(Result(lines), "inserted " + PlaceText(i) + " seq 1");
  }
}

TEST_F(VerifierTest, EachTruncationInTheLastLineIsUnfinished) {
  const std::string& last = all_.back();
  for (std::size_t size = 1; size <= last.size(); ++size) {
    Verifier verifier(keys_, true);
    for (std::size_t i = 0; i + 1 < kLines; ++i) verifier.Take(all_[i], "a", i + 1, true);
    verifier.Take(std::string_view(last).substr(0, size), "a", kLines, false);
    const Findings findings = verifier.Finish();
    ASSERT_EQ(Text(findings), "none");
    ASSERT_EQ(findings.unfinished.has_value(), size < last.size());
    ASSERT_EQ(findings.lines, size < last.size() ? kLines - 1 : kLines);
  }
}

TEST_F(VerifierTest, ATruncatedLineAtTheEndOfAnEarlierFileIsAFault) {
  Verifier verifier(keys_, true);
  for (std::size_t i = 0; i < 16; ++i) verifier.Take(all_[i], "a", i + 1, true);
  verifier.Take(std::string_view(all_[16]).substr(0, 40), "a", 17, false);
  for (std::size_t i = 17; i < kLines; ++i) verifier.Take(all_[i], "b", i - 16, true);
  EXPECT_EQ(Text(verifier.Finish()), "changed a:17 seq 17");
}

TEST_F(VerifierTest, NoKeysMeanThatNothingIsSaidOfSignatures) {
  const PublicKeys none;
  const Findings findings = Verify(files_, none, true);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_TRUE(findings.verified.empty());
  ASSERT_EQ(findings.unverified.size(), 1U);
  EXPECT_EQ(findings.unverified.begin()->second, 2U);
}

TEST_F(VerifierTest, AnUnsignedChainIsCountedAsSuch) {
  const Findings findings = Verify(FiftyLines(TestChain()), keys_, true);
  EXPECT_EQ(Text(findings), "none");
  EXPECT_EQ(findings.unsigned_checkpoints, 2U);
  EXPECT_EQ(findings.uncovered, kLines);
}

}  // namespace
}  // namespace pgmoat::audit
