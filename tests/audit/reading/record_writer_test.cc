#include "proxy/audit/reading/record_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "proxy/audit/reading/printable.h"
#include "proxy/audit/reading/table.h"

namespace pgmoat::audit {
namespace {

using Format = RecordWriter::Format;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// What one writes to, and the other end of it.
class Wire {
 public:
  static Wire Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    return {ends[0], ends[1]};
  }
  static Wire Terminal(unsigned short columns) {
    int master = -1;
    int slave = -1;
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, &size), 0);
    return {master, slave};
  }
  Wire(int reader, int writer) : out(::fdopen(writer, "w")), reader_(reader) {}
  Wire(Wire&& other) noexcept
      : out(std::move(other.out)), reader_(std::exchange(other.reader_, -1)) {}
  Wire& operator=(Wire&&) = delete;
  ~Wire() { CloseReader(); }

  void CloseReader() {
    if (reader_ >= 0) ::close(reader_);
    reader_ = -1;
  }
  // All that was written and flushed; at least a byte.
  std::string Text() {
    std::array<char, 65536> text{};
    const ssize_t got = ::read(reader_, text.data(), text.size());
    return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  std::unique_ptr<std::FILE, CloseFile> out;

 private:
  int reader_;
};

const std::string kLine =
    "{\"time\":\"2026-11-27T19:45:00.123456789Z\",\"event\":\"statement\",\"login\":\"a\x7f\","
    "\"statement\":\"SELECT \u009b2J\u202e \\u001b[2J " +
    std::string(200, 'x') + "\"}";

std::string Written(Wire wire, Format format) {
  RecordWriter writer(wire.out.get(), format);
  writer.Write(kLine, Json::parse(kLine));
  EXPECT_TRUE(writer.Flush(0));
  return wire.Text();
}

TEST(RecordWriter, JsonAndCsvToAPipeAreAsInTheTrail) {
  EXPECT_EQ(Written(Wire::Pipe(), Format::kJson), kLine + "\n");
  EXPECT_EQ(Written(Wire::Pipe(), Format::kCsv), CsvRow(CsvCells(Json::parse(kLine))));
}

TEST(RecordWriter, ATableToAPipeIsNotCutButPrintable) {
  const std::string row = Written(Wire::Pipe(), Format::kTable);
  EXPECT_EQ(row, TableRow(Json::parse(kLine), kAnyWidth));
  EXPECT_GT(row.size(), 200U);
}

TEST(RecordWriter, ATerminalGetsNoControlCharacters) {
  for (const Format format : {Format::kTable, Format::kJson, Format::kCsv}) {
    std::string text = Written(Wire::Terminal(80), format);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    EXPECT_EQ(Printable(text), text);
    EXPECT_FALSE(text.empty());
  }
  Wire wire = Wire::Terminal(80);
  RecordWriter writer(wire.out.get(), Format::kCsv);
  writer.WriteText("login,count\r\na\x1b,1\r\n");
  EXPECT_TRUE(writer.Flush(0));
  EXPECT_EQ(wire.Text(), "login,count\r\na\\x1b,1\r\n") << "the line ends are the terminal's";
}

TEST(RecordWriter, ATableIsAsWideAsTheTerminal) {
  for (const unsigned short columns : std::to_array<unsigned short>({40, 80, 132})) {
    std::string text = Written(Wire::Terminal(columns), Format::kTable);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    EXPECT_EQ(Columns(text), columns);
  }
}

TEST(RecordWriter, TellsThatNobodyReadsAPipeAnyMore) {
  Wire wire = Wire::Pipe();
  RecordWriter writer(wire.out.get(), Format::kJson);
  EXPECT_TRUE(writer.Flush(0));
  wire.CloseReader();
  EXPECT_FALSE(writer.Flush(60'000)) << "and at once";
}

TEST(RecordWriter, TellsThatNothingCanBeWritten) {
  const std::unique_ptr<std::FILE, CloseFile> full(std::fopen("/dev/full", "w"));
  RecordWriter writer(full.get(), Format::kJson);
  writer.Write(kLine, {});
  EXPECT_FALSE(writer.Flush(0));
}

TEST(RecordWriter, NamesTheFieldsThatItShows) {
  Wire wire = Wire::Pipe();
  for (const Format format : {Format::kTable, Format::kJson, Format::kCsv}) {
    const RecordWriter writer(wire.out.get(), format);
    Wire some = Wire::Pipe();
    RecordWriter other(some.out.get(), format);
    other.Write(kLine, *ReadFields(kLine, writer.Fields()));
    EXPECT_TRUE(other.Flush(0));
    EXPECT_EQ(some.Text(), Written(Wire::Pipe(), format));
  }
}

}  // namespace
}  // namespace pgmoat::audit
