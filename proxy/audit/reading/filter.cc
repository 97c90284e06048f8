#include "proxy/audit/reading/filter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "policy/glob.h"

namespace pgmoat::audit {
namespace {

using policy::GlobMatches;

bool Contains(std::string_view text, std::string_view needle) {
  return ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

// Characters that every JSON writer leaves as they are, so that one finds them in the line
// also when something on the way has written it anew.
bool IsLiteral(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-. :,$@").find(c) != std::string_view::npos;
}

// What a line that matches the pattern must have: the whole value in its quotes, or the
// longest run of literal characters.  Empty: nothing certain.
std::string NeedleOf(std::string_view pattern, bool whole) {
  if (whole && std::all_of(pattern.begin(), pattern.end(), IsLiteral)) {
    return '"' + std::string(pattern) + '"';
  }
  std::string_view longest;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= pattern.size(); ++i) {
    if (i < pattern.size() && IsLiteral(pattern[i])) continue;
    if (i - begin > longest.size()) longest = pattern.substr(begin, i - begin);
    begin = i + 1;
  }
  return std::string(longest);
}

bool AnyMatches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [text](const std::string& pattern) { return GlobMatches(pattern, text); });
}

bool RelationMatches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [name](const std::string& pattern) {
    const std::size_t dot = name.rfind('.');
    const bool any_schema = pattern.find('.') == std::string::npos;
    return GlobMatches(pattern, name) || (any_schema && dot != std::string_view::npos &&
                                          GlobMatches(pattern, name.substr(dot + 1)));
  });
}

template <typename Matches>
bool AnyElement(const Json& record, const char* field, Matches matches) {
  const auto found = record.find(field);
  return found != record.end() && found->is_array() &&
         std::any_of(found->begin(), found->end(), matches);
}

std::string_view WithoutZone(std::string_view time) {
  if (time.ends_with('Z')) time.remove_suffix(1);
  return time;
}

bool Within(std::string_view time, const FilterOptions& options) {
  time = WithoutZone(time);
  return (options.since.empty() || time >= options.since) &&
         (options.until.empty() || time < options.until);
}

}  // namespace

std::string_view FieldText(const Json& record, const char* field) {
  const auto found = record.find(field);
  if (found == record.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

Filter::Filter(FilterOptions options, std::vector<std::string> fields)
    : options_(std::move(options)), fields_(std::move(fields)) {
  const auto criterion = [this](const char* field, const std::vector<std::string>& patterns) {
    if (patterns.empty()) return;
    criteria_.push_back({field, patterns});
    fields_.emplace_back(field);
    Need(patterns, true);
  };
  criterion("login", options_.logins);
  criterion("role", options_.roles);
  criterion("environment", options_.environments);
  criterion("database", options_.databases);
  criterion("session", options_.sessions);
  criterion("event", options_.events);
  criterion("decision", options_.decisions);
  criterion("outcome", options_.outcomes);
  criterion("rule", options_.rules);
  criterion("id", options_.ids);
  Need(options_.kinds, true);
  Need(options_.relations, false);
  if (!options_.kinds.empty()) fields_.emplace_back("kinds");
  if (!options_.relations.empty()) fields_.emplace_back("relations");
  if (!options_.since.empty() || !options_.until.empty()) fields_.emplace_back("time");
  if (options_.denied) {
    needles_.push_back({"\"deny\"", "\"denied\""});
    fields_.insert(fields_.end(), {"decision", "outcome"});
  }
  // The rarest first, as far as one can guess: the longest.
  std::stable_sort(needles_.begin(), needles_.end(), [](const auto& a, const auto& b) {
    return a.front().size() > b.front().size();
  });
}

void Filter::Need(const std::vector<std::string>& patterns, bool whole) {
  std::vector<std::string> needles;
  for (const std::string& pattern : patterns) {
    needles.push_back(NeedleOf(pattern, whole));
    if (needles.back().empty()) return;
  }
  if (!needles.empty()) needles_.push_back(std::move(needles));
}

bool Filter::MayMatch(std::string_view line) const {
  if (!options_.since.empty() || !options_.until.empty()) {
    // Where pgmoat puts it.  A line that something has rearranged is parsed.
    constexpr std::string_view kName = R"("time":")";
    const std::size_t at = line.substr(0, 128).find(kName);
    if (at != std::string_view::npos) {
      const std::string_view rest = line.substr(at + kName.size(), 40);
      if (!Within(rest.substr(0, rest.find('"')), options_)) return false;
    }
  }
  return std::all_of(needles_.begin(), needles_.end(), [line](const auto& needles) {
    return std::any_of(needles.begin(), needles.end(),
                       [line](const std::string& needle) { return Contains(line, needle); });
  });
}

bool Filter::Matches(const Json& record) const {
  if ((!options_.since.empty() || !options_.until.empty()) &&
      !Within(FieldText(record, "time"), options_)) {
    return false;
  }
  if (options_.denied && FieldText(record, "outcome") != "denied" &&
      FieldText(record, "decision") != "deny") {
    return false;
  }
  for (const Criterion& criterion : criteria_) {
    const auto found = record.find(criterion.field);
    if (found == record.end() || !found->is_string() ||
        !AnyMatches(criterion.patterns, found->get_ref<const std::string&>())) {
      return false;
    }
  }
  if (!options_.kinds.empty() && !AnyElement(record, "kinds", [this](const Json& kind) {
        return kind.is_string() &&
               AnyMatches(options_.kinds, kind.get_ref<const std::string&>());
      })) {
    return false;
  }
  return options_.relations.empty() ||
         AnyElement(record, "relations", [this](const Json& relation) {
           return relation.is_object() &&
                  RelationMatches(options_.relations, FieldText(relation, "name"));
         });
}

std::optional<Json> Filter::Pick(std::string_view line) {
  if (!MayMatch(line)) return {};
  std::optional<Json> record = ReadFields(line, fields_);
  if (!record) ++damaged_;
  if (!record || !Matches(*record)) return {};
  return record;
}

}  // namespace pgmoat::audit
