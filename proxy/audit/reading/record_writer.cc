#include "proxy/audit/reading/record_writer.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "proxy/audit/reading/printable.h"
#include "proxy/audit/reading/table.h"

namespace pgmoat::audit {

RecordWriter::RecordWriter(std::FILE* out, Format format)
    : out_(out), format_(format), terminal_(::isatty(::fileno(out)) == 1) {}

// Asked for each line: a window may change while a trail is being followed.
std::size_t RecordWriter::Width() const {
  winsize size{};
  if (!terminal_ || ::ioctl(::fileno(out_), TIOCGWINSZ, &size) != 0) return kAnyWidth;
  return size.ws_col;
}

void RecordWriter::Put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out_);
}

std::vector<std::string> RecordWriter::Fields() const {
  switch (format_) {
    case Format::kTable:
      return TableFields();
    case Format::kCsv:
      return CsvColumns();
    case Format::kJson:
      break;
  }
  return {};  // the line as it is
}

void RecordWriter::Header() {
  if (format_ == Format::kTable) Put(TableHeader(Width()));
  if (format_ == Format::kCsv) Put(CsvRow(CsvColumns()));
}

void RecordWriter::Write(std::string_view line, const Json& record) {
  switch (format_) {
    case Format::kTable:
      return Put(TableRow(record, Width()));
    case Format::kJson:
      if (terminal_) {
        Put(PrintableJson(line));
      } else {
        Put(line);
      }
      return Put("\n");
    case Format::kCsv: {
      std::vector<std::string> cells = CsvCells(record);
      if (terminal_) {
        for (std::string& cell : cells) cell = Printable(cell);
      }
      return Put(CsvRow(cells));
    }
  }
}

void RecordWriter::WriteText(std::string_view lines) {
  if (!terminal_) return Put(lines);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    Put(format_ == Format::kJson ? PrintableJson(line) : Printable(line));
    Put("\n");
  }
}

bool RecordWriter::Flush(int milliseconds) {
  if (std::fflush(out_) != 0) return false;
  pollfd other_end{::fileno(out_), 0, 0};
  ::poll(&other_end, 1, milliseconds);
  return (other_end.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

}  // namespace pgmoat::audit
