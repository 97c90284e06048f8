// Files that are torn, spoilt, of another version, or somebody else's.
#include "proxy/audit/journal/segment.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>

#include "tests/audit/journal/records.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using namespace test;
using session::AuditEvent;
using Kind = JournalEntry::Kind;

constexpr std::size_t kSegmentBytes = 64 << 10;
constexpr std::uint64_t kRecords = 6;

struct Read {
  std::vector<std::uint64_t> records;  // the low half of their ids
  std::vector<std::string> gaps;
  std::size_t lane_ends = 0;
  std::size_t segment_ends = 0;
};

Read ReadAll(JournalSource& source) {
  Read read;
  JournalEntry entry;
  for (int i = 0; i < 10'000 && source.Next(entry); ++i) {
    const bool record = entry.kind == Kind::kRecord || entry.kind == Kind::kBegin;
    if (record && entry.record.event == AuditEvent::kGap) {
      read.gaps.push_back(entry.record.reason);
    } else if (record) {
      read.records.push_back(Low(entry.record.id));
      EXPECT_TRUE(entry.record.subject && entry.record.subject->login == "dev_anna");
      EXPECT_TRUE(entry.record.text && entry.record.text->text.starts_with("SELECT "));
    }
    read.lane_ends += entry.kind == Kind::kLaneEnd ? 1 : 0;
    read.segment_ends += entry.kind == Kind::kSegmentEnd ? 1 : 0;
  }
  return read;
}

class JournalFiles : public ::testing::Test {
 protected:
  JournalOptions Options() {
    JournalOptions options;
    options.directory = directory_ / "journal";
    options.segment_bytes = kSegmentBytes;
    options.sync = JournalSync::kInterval;
    options.on_message = [this](const std::string& message) { messages_.push_back(message); };
    return options;
  }

  // A journal with records that nobody read; its one file.
  std::filesystem::path Leave(std::uint64_t first = 1) {
    {
      Journal journal(Options());
      const auto subject = Subject("s");
      for (std::uint64_t i = first; i < first + kRecords; ++i) {
        journal.Lane(0).Append(Statement(Id(1, i), subject, Text("SELECT " + std::to_string(i)),
                                         i % 2 == 0 ? "Query" : "Execute"));
      }
    }
    const auto files = Files(".segment");
    EXPECT_EQ(files.size(), 1U);
    return files.empty() ? std::filesystem::path() : files.front();
  }

  std::vector<std::filesystem::path> Files(const std::string& suffix) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(directory_ / "journal")) {
      if (file.path().string().ends_with(suffix)) files.push_back(file.path());
    }
    return files;
  }

  Read ReadAgain() {
    JournalOptions options = Options();
    options.sync = JournalSync::kNone;  // quick
    Journal journal(options);
    Read read = ReadAll(journal.source());
    journal.source().Commit();
    return read;
  }

  void Spoil(const std::filesystem::path& file, std::size_t at, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << bytes;
  }

  TemporaryDirectory directory_;
  std::vector<std::string> messages_;
};

// What was read is a beginning of what was written, and what is missing is told.
void ExpectBeginningAndGap(const Read& read, std::size_t at) {
  ASSERT_LE(read.records.size(), kRecords) << at;
  for (std::size_t i = 0; i < read.records.size(); ++i) ASSERT_EQ(read.records[i], i + 1) << at;
  if (read.records.size() < kRecords) {
    ASSERT_FALSE(read.gaps.empty()) << at;
  }
}

TEST_F(JournalFiles, WhatAnOrderlyEndLeftIsReadOnce) {
  Leave();
  const Read read = ReadAgain();
  EXPECT_EQ(read.records, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(read.gaps.empty());
  EXPECT_EQ(read.lane_ends, 1U);
  EXPECT_TRUE(Files(".segment").empty());
  EXPECT_TRUE(ReadAgain().records.empty());
  EXPECT_TRUE(messages_.empty());
}

TEST_F(JournalFiles, AnySpoiltByteGivesABeginningAndAGap) {
  const std::filesystem::path file = Leave();
  const std::string whole = Contents(file);
  const std::size_t end = whole.find_last_not_of('\0') + 1;
  ASSERT_GT(end, 500U);
  for (std::size_t at = 0; at < end; ++at) {
    std::string spoilt = whole;
    spoilt[at] = static_cast<char>(spoilt[at] ^ (1 << at % 8));
    PutContents(file, spoilt);
    const Read read = ReadAgain();
    // The header says by `committed` where to go on (one that is spoilt: at the beginning)
    // and by `boot` when it was written; the words behind it are not used; nor is padding.
    ASSERT_NO_FATAL_FAILURE(ExpectBeginningAndGap(read, at));
    for (const auto& aside : Files(".unreadable")) std::filesystem::remove(aside);
    ASSERT_TRUE(Files(".segment").empty()) << at;
  }
  EXPECT_FALSE(messages_.empty());
}

TEST_F(JournalFiles, ZeroesFromAnyPlaceOnGiveABeginning) {
  const std::filesystem::path file = Leave();
  const std::string whole = Contents(file);
  const std::size_t end = whole.find_last_not_of('\0') + 1;
  for (std::size_t at = kSegmentHeaderBytes; at < end; at += 8) {
    std::string torn = whole;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(at), torn.end(), '\0');
    PutContents(file, torn);
    const Read read = ReadAgain();
    ASSERT_LE(read.records.size(), kRecords);
    for (std::size_t i = 0; i < read.records.size(); ++i) ASSERT_EQ(read.records[i], i + 1);
    ASSERT_EQ(read.lane_ends, 1U);
  }
}

TEST_F(JournalFiles, RubbishNeitherCrashesNorInvents) {
  const std::filesystem::path file = Leave();
  const std::string whole = Contents(file);
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string rubbish = whole;
    const std::size_t from = random() % 1'500;
    for (std::size_t at = from; at < from + 1 + random() % 600; ++at) {
      rubbish[at] = static_cast<char>(random());
    }
    PutContents(file, rubbish);
    const Read read = ReadAgain();
    const std::set<std::uint64_t> known(read.records.begin(), read.records.end());
    ASSERT_EQ(known.size(), read.records.size());
    ASSERT_TRUE(known.empty() || *known.rbegin() <= kRecords);
    for (const auto& aside : Files(".unreadable")) std::filesystem::remove(aside);
  }
}

TEST_F(JournalFiles, TornInFrontOfTheCursorIsAGapAndNoHang) {
  const std::filesystem::path file = Leave();
  {
    Journal journal(Options());
    JournalEntry entry;
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(journal.source().Next(entry));
    journal.source().Commit();
  }
  Spoil(file, kSegmentHeaderBytes + 12, "\x7F\x7F\x7F");
  const Read read = ReadAgain();
  EXPECT_EQ(read.gaps.size(), 1U);
  EXPECT_EQ(read.segment_ends, 1U);
  EXPECT_EQ(read.lane_ends, 1U);
}

TEST_F(JournalFiles, CursorThatFitsNoRecordMeansFromTheFront) {
  const std::filesystem::path file = Leave();
  for (const std::uint64_t cursor : {std::uint64_t{0}, std::uint64_t{80}, std::uint64_t{9'999},
                                     std::uint64_t{40'000}, ~std::uint64_t{0}}) {
    const std::string whole = Contents(file);
    Spoil(file, 40, std::string(reinterpret_cast<const char*>(&cursor), sizeof cursor));
    const Read read = ReadAgain();
    EXPECT_EQ(read.records.size(), kRecords) << cursor;
    PutContents(file, whole);
  }
}

TEST_F(JournalFiles, ReadingGoesOnBehindTheCommit) {
  Leave();
  {
    Journal journal(Options());
    JournalEntry entry;
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(journal.source().Next(entry));
    journal.source().Commit();
    ASSERT_TRUE(journal.source().Next(entry));  // and is given again
  }
  EXPECT_EQ(ReadAgain().records, (std::vector<std::uint64_t>{5, 6}));
}

TEST_F(JournalFiles, OtherVersionIsPutAsideAndToldInTheTrail) {
  const std::filesystem::path file = Leave();
  Spoil(file, 8, "\x63");
  const std::string whole = Contents(file);
  const Read read = ReadAgain();
  EXPECT_TRUE(read.records.empty());
  ASSERT_EQ(read.gaps.size(), 1U);
  EXPECT_EQ(read.lane_ends, 1U);
  EXPECT_NE(read.gaps[0].find("another version"), std::string::npos);
  const auto aside = Files(".unreadable");
  ASSERT_EQ(aside.size(), 1U);
  EXPECT_EQ(Contents(aside[0]), whole);
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_NE(messages_[0].find(aside[0].string()), std::string::npos) << messages_[0];
}

TEST_F(JournalFiles, FileThatWasPutAsideIsNeverReplaced) {
  std::set<std::string> kept;
  for (int i = 0; i < 4; ++i) {
    Spoil(Leave(), 8, "\x63");
    ReadAgain();
    for (const auto& aside : Files(".unreadable")) kept.insert(aside.string());
    EXPECT_EQ(kept.size(), static_cast<std::size_t>(i + 1));
    EXPECT_EQ(Files(".unreadable").size(), kept.size());
  }
}

TEST_F(JournalFiles, TooShortOrForeignFilesArePutAside) {
  const std::filesystem::path file = Leave();
  for (const std::string& content : {std::string(), std::string(70, 'x'),
                                     std::string(4'096, 'x'), Contents(file).substr(0, 79)}) {
    PutContents(file, content);
    const Read read = ReadAgain();
    EXPECT_TRUE(read.records.empty());
    EXPECT_EQ(read.gaps.size(), 1U);
    const auto aside = Files(".unreadable");
    ASSERT_EQ(aside.size(), 1U);
    EXPECT_EQ(Contents(aside[0]), content);
    std::filesystem::remove(aside[0]);
  }
}

TEST_F(JournalFiles, CutFileGivesABeginningAndNeverMore) {
  const std::filesystem::path file = Leave();
  const std::string whole = Contents(file);
  const std::size_t end = whole.find_last_not_of('\0') + 1;
  for (std::size_t size = 80; size < end; size += 13) {
    PutContents(file, whole.substr(0, size));
    const Read read = ReadAgain();
    ASSERT_LE(read.records.size(), kRecords);
    for (std::size_t i = 0; i < read.records.size(); ++i) ASSERT_EQ(read.records[i], i + 1);
  }
}

TEST_F(JournalFiles, HalfMadeSegmentOfAKilledProcessIsRemovedInSilence) {
  Leave();
  PutContents(directory_ / "journal" / "00000000000000000009.segment.new", "half");
  EXPECT_EQ(ReadAgain().records.size(), kRecords);
  EXPECT_TRUE(Files(".new").empty());
  EXPECT_TRUE(messages_.empty());
}

TEST_F(JournalFiles, RecordsOfAnEarlierUseAreNotRead) {
  std::filesystem::create_directory(directory_ / "journal");
  const auto file = directory_ / "journal" / "1.segment";
  {
    const auto segment = Segment::Make(file, kSegmentBytes, 1, 77, 0);
    for (int i = 0; i < 20; ++i) {
      std::memset(segment->Payload(), 'a', 40);
      segment->Publish(40);
    }
    segment->Reuse(file, 2, 0);
    Segment::Record record;
    EXPECT_EQ(segment->Read(kSegmentHeaderBytes, record), Segment::Found::kNothingYet);
    std::memset(segment->Payload(), 'b', 40);
    segment->Publish(40);
    ASSERT_EQ(segment->Read(kSegmentHeaderBytes, record), Segment::Found::kRecord);
    EXPECT_EQ(segment->Read(record.next, record), Segment::Found::kNothingYet);
  }
  // The machine went down, and the zero behind the record did not reach the disk.
  const std::uint32_t stale = 0x8000'0000 | 40;
  Spoil(file, kSegmentHeaderBytes + 48, std::string(reinterpret_cast<const char*>(&stale), 4));
  const auto again = Segment::Open(file);
  Segment::Record record;
  ASSERT_EQ(again->Read(kSegmentHeaderBytes, record), Segment::Found::kRecord);
  EXPECT_EQ(record.payload[0], std::byte{'b'});
  EXPECT_EQ(again->Read(record.next, record), Segment::Found::kTorn);
}

TEST_F(JournalFiles, RecordsOfAnotherRunOfTheMachineAreReadBehindAGap) {
  const std::filesystem::path file = Leave();
  const std::string closed = Contents(file);
  Spoil(file, 36, "\x01\x02\x03\x04");
  const Read read = ReadAgain();
  EXPECT_EQ(read.records.size(), kRecords);
  ASSERT_EQ(read.gaps.size(), 1U);
  EXPECT_NE(read.gaps[0].find("machine went down"), std::string::npos);
  // Closed in order, it has nothing to tell.
  PutContents(file, closed);
  EXPECT_TRUE(ReadAgain().gaps.empty());
}

TEST_F(JournalFiles, SecondProcessIsRefused) {
  const Journal journal(Options());
  try {
    const Journal second(Options());
    FAIL() << "two journals have one directory";
  } catch (const std::runtime_error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find((directory_ / "journal").string()), std::string::npos) << what;
    EXPECT_NE(what.find("in use by another pgmoat"), std::string::npos) << what;
  }
}

TEST_F(JournalFiles, DirectoryAndFilesAreTheOwnersAlone) {
  const std::filesystem::path file = Leave();
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file.parent_path()).permissions(), perms::owner_all);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            perms::owner_read | perms::owner_write);
}

}  // namespace
}  // namespace pgmoat::audit
