#include "proxy/lint/forward_part.h"

#include <algorithm>

namespace pgmoat::lint {

namespace {

enum class Mark { kUp, kDown, kWithoutTransaction };

struct Marker {
  std::string_view comment;  // in lower case; what follows does not matter
  Mark mark;
  std::optional<policy::MigrationTool> tool;
};
constexpr Marker kMarkers[] = {
    {"+goose up", Mark::kUp, policy::MigrationTool::kGoose},
    {"+goose down", Mark::kDown, policy::MigrationTool::kGoose},
    {"+goose no transaction", Mark::kWithoutTransaction, policy::MigrationTool::kGoose},
    {"+migrate up notransaction", Mark::kWithoutTransaction, std::nullopt},
    {"+migrate up", Mark::kUp, std::nullopt},
    {"+migrate down", Mark::kDown, std::nullopt},
    {"migrate:up transaction:false", Mark::kWithoutTransaction, policy::MigrationTool::kDbmate},
    {"migrate:up", Mark::kUp, policy::MigrationTool::kDbmate},
    {"migrate:down", Mark::kDown, policy::MigrationTool::kDbmate},
    {"up migration", Mark::kUp, policy::MigrationTool::kNodePgMigrate},
    {"down migration", Mark::kDown, policy::MigrationTool::kNodePgMigrate},
    {"atlas:txmode none", Mark::kWithoutTransaction, policy::MigrationTool::kAtlas},
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// The words of a line that is a comment, each parted by one space.
std::string CommentOf(std::string_view line) {
  std::string words;
  if (!line.starts_with("--")) return words;
  line.remove_prefix(2);
  constexpr std::string_view kSpace = " \t\r";
  while (true) {
    const std::size_t begin = line.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    const std::size_t end = std::min(line.find_first_of(kSpace, begin), line.size());
    if (!words.empty()) words += ' ';
    words += Lower(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

const Marker* MarkerOf(std::string_view line) {
  const std::string comment = CommentOf(line);
  if (comment.empty()) return nullptr;
  const auto* found =
      std::find_if(std::begin(kMarkers), std::end(kMarkers),
                   [&](const Marker& marker) { return comment.starts_with(marker.comment); });
  return found == std::end(kMarkers) ? nullptr : found;
}

void Blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  }
}

}  // namespace

ForwardPart ReadForwardPart(std::string_view file) {
  ForwardPart part;
  part.text = file;
  bool back = false;
  for (std::size_t at = 0; at < file.size();) {
    const std::size_t end = std::min(file.find('\n', at), file.size());
    if (const Marker* marker = MarkerOf(file.substr(at, end - at))) {
      back = marker->mark == Mark::kDown;
      part.without_transaction |= marker->mark == Mark::kWithoutTransaction;
      if (marker->tool) part.tool = marker->tool;
    }
    if (back) Blank(part.text, at, end);
    at = end + 1;
  }
  return part;
}

bool IsWayBack(std::string_view file_name) {
  const std::string name = Lower(file_name);
  if (name == "down.sql" || name.ends_with(".down.sql") || name.ends_with("_down.sql")) {
    return true;
  }
  // Flyway: U, a version, two underscores.
  const std::size_t digits = file_name.find_first_not_of("0123456789._", 1);
  return file_name.size() > 2 && file_name[0] == 'U' && file_name[1] >= '0' &&
         file_name[1] <= '9' && digits != std::string_view::npos && digits >= 4 &&
         file_name.substr(digits - 2, 2) == "__";
}

}  // namespace pgmoat::lint
