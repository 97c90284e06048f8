#include "proxy/audit/sinks/cursor_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <limits>
#include <stdexcept>

#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

TEST(CursorFile, NewOneIsEmptyAndForItsOwnerOnly) {
  const TemporaryDirectory directory;
  const CursorFile cursor(directory / "cursors" / "kafka");
  EXPECT_FALSE(cursor.found());
  EXPECT_FALSE(cursor.garbled());
  struct stat status {};
  ASSERT_EQ(::stat((directory / "cursors" / "kafka").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(CursorFile, IsTwentyDigitsAndANewlineAndReadsBack) {
  const TemporaryDirectory directory;
  for (const std::uint64_t position :
       {std::uint64_t{0}, std::uint64_t{16777216}, std::numeric_limits<std::uint64_t>::max()}) {
    CursorFile writer(directory / "c");
    EXPECT_EQ(writer.Write(position), "");
    EXPECT_EQ(Contents(directory / "c").size(), 21U);
    EXPECT_EQ(CursorFile(directory / "c").found(), position);
  }
}

TEST(CursorFile, WhatIsNotANumberIsGarbled) {
  const TemporaryDirectory directory;
  for (const char* text :
       {"1", "00000000000000000012", "000000000000000000x2\n", "-0000000000000000002\n",
        "99999999999999999999\n", "00000000000000000012\n0", "\n"}) {
    PutContents(directory / "c", text);
    const CursorFile cursor(directory / "c");
    EXPECT_TRUE(cursor.garbled()) << text;
    EXPECT_FALSE(cursor.found()) << text;
  }
}

TEST(CursorFile, GarbledOneIsWrittenAnew) {
  const TemporaryDirectory directory;
  PutContents(directory / "c", "a longer text than a cursor has, by far");
  EXPECT_EQ(CursorFile(directory / "c").Write(7), "");
  EXPECT_EQ(Contents(directory / "c"), "00000000000000000007\n");
}

TEST(CursorFile, DirectoryInItsPlaceIsAnErrorThatNamesIt) {
  const TemporaryDirectory directory;
  try {
    const CursorFile cursor(directory.path());
    FAIL() << "opened";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "audit cursor '" + directory.path().string() +
                                "' cannot be opened: Is a directory");
  }
}

}  // namespace
}  // namespace pgmoat::audit
