#include "proxy/migrations/sections.h"

#include <algorithm>
#include <string>
#include <utility>

namespace pgmoat::migrations {
namespace {

constexpr std::string_view kSpaces = " \t\r\f\v";

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// What stands behind "-- " and `marker` on a line: "up", "statementbegin".  Empty: it is none
// of the marker's lines.
std::string_view Command(std::string_view line, std::string_view marker) {
  line = Trimmed(line);
  if (!line.starts_with("--")) return {};
  line = Trimmed(line.substr(2));
  if (!line.starts_with(marker)) return {};
  return Trimmed(line.substr(marker.size()));
}

// Calls `f(line without its end, its number)` for each line.
template <typename F>
void EachLine(std::string_view text, F f) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    f(text.substr(0, end), number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

bool HasMarker(std::string_view text, std::string_view marker) {
  bool found = false;
  EachLine(text, [&](std::string_view line, std::size_t) {
    found = found || !Command(line, marker).empty();
  });
  return found;
}

[[noreturn]] void FailAt(std::size_t line, const std::string& what) {
  throw FormatError("line " + std::to_string(line) + ": " + what);
}

// Scripts that grow line by line.
class Collector {
 public:
  void Begin(std::size_t line) { scripts_.push_back({"", line}); }
  void Add(std::string_view line) {
    scripts_.back().sql += line;
    scripts_.back().sql += '\n';
  }
  std::vector<Script> Take() {
    std::erase_if(scripts_, [](const Script& script) {
      return script.sql.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
    });
    return std::move(scripts_);
  }

 private:
  std::vector<Script> scripts_;
};

}  // namespace

Sections GooseSections(std::string_view text) {
  enum class In { kBefore, kUp, kUpStatement, kDown } in = In::kBefore;
  bool has_up = false;
  Sections sections;
  Collector scripts;
  EachLine(text, [&](std::string_view line, std::size_t number) {
    const std::string command = Lower(Command(line, "+goose"));
    if (command.empty()) {
      if (in == In::kUp || in == In::kUpStatement) scripts.Add(line);
    } else if (command == "up") {
      if (std::exchange(has_up, true)) {
        FailAt(number, "a second '-- +goose Up'; keep one of them");
      }
      in = In::kUp;
      scripts.Begin(number + 1);
    } else if (command == "down") {
      if (in == In::kUpStatement) FailAt(number, "'-- +goose StatementEnd' is missing above");
      in = In::kDown;
    } else if (command == "statementbegin" || command == "statementend") {
      const bool begins = command == "statementbegin";
      if (in == (begins ? In::kUp : In::kUpStatement)) {
        in = begins ? In::kUpStatement : In::kUp;
        scripts.Begin(number + 1);
      } else if (in != In::kDown) {
        FailAt(number, "a '-- +goose " +
                           std::string(begins ? "StatementBegin" : "StatementEnd") +
                           "' that nothing belongs to; remove it");
      }
    } else if (command == "no transaction") {
      sections.in_transaction = false;
      if (in == In::kUp) scripts.Add("");  // lines below keep their numbers
    } else if (command.starts_with("envsub")) {
      FailAt(number,
             "goose puts environment variables into what follows, so that what runs is not "
             "what would be approved; write the values out");
    } else {
      FailAt(number,
             "this '-- +goose' is not known; approve the file with --tool sql, or "
             "remove it");
    }
  });
  if (!has_up) throw FormatError("has no '-- +goose Up'; add it, or name another --tool");
  if (in == In::kUpStatement) throw FormatError("has no '-- +goose StatementEnd' at its end");
  sections.forward = scripts.Take();
  return sections;
}

Sections DbmateSections(std::string_view text) {
  enum class In { kBefore, kUp, kDown } in = In::kBefore;
  bool has_up = false;
  Sections sections;
  Collector scripts;
  EachLine(text, [&](std::string_view line, std::size_t number) {
    const std::string command = Lower(Command(line, "migrate:"));
    const std::string_view word = std::string_view(command).substr(0, command.find(' '));
    if (word == "up") {
      if (std::exchange(has_up, true)) {
        FailAt(number, "a second '-- migrate:up'; keep one of them");
      }
      in = In::kUp;
      sections.in_transaction = command.find("transaction:false") == std::string::npos;
      scripts.Begin(number + 1);
    } else if (word == "down") {
      in = In::kDown;
    } else if (in == In::kUp) {
      scripts.Add(line);
    }
  });
  if (!has_up) throw FormatError("has no '-- migrate:up'; add it, or name another --tool");
  sections.forward = scripts.Take();
  return sections;
}

Sections DrizzleSections(std::string_view text) {
  constexpr std::string_view kBreakpoint = "--> statement-breakpoint";
  Sections sections;
  std::size_t line = 1;
  while (true) {
    const std::size_t end = text.find(kBreakpoint);
    const std::string_view one = text.substr(0, end);
    if (one.find_first_not_of(" \t\r\n\f\v") != std::string_view::npos) {
      sections.forward.push_back({std::string(one), line});
    }
    if (end == std::string_view::npos) return sections;
    line += static_cast<std::size_t>(std::count(one.begin(), one.end(), '\n'));
    text.remove_prefix(end + kBreakpoint.size());
  }
}

bool HasGooseMarker(std::string_view text) { return HasMarker(text, "+goose"); }
bool HasDbmateMarker(std::string_view text) { return HasMarker(text, "migrate:"); }

}  // namespace pgmoat::migrations
