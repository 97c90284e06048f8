// Which records of a trail one wants to see.
//
// A line is first looked at as bytes: what cannot match is not parsed.  That is what makes a
// selective question about gigabytes fast, and why a damaged line is only found among those
// that could match.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/record_fields.h"

namespace pgmoat::audit {

// Empty: all.  Several values: one of them.  Between criteria: all of them.  Values are
// patterns, '*' any run of characters, '?' one.
struct FilterOptions {
  bool denied = false;
  std::vector<std::string> logins;
  std::vector<std::string> roles;
  std::vector<std::string> environments;
  std::vector<std::string> databases;
  std::vector<std::string> relations;  // without a dot: in whatever schema
  std::vector<std::string> kinds;
  std::vector<std::string> sessions;
  std::vector<std::string> events;
  std::vector<std::string> decisions;
  std::vector<std::string> outcomes;
  std::vector<std::string> rules;
  std::vector<std::string> ids;
  std::string since;  // as TimeBound has it; inclusive
  std::string until;  // … exclusive
};

class Filter {
 public:
  // `fields`: what is to be read of a record besides what the filter itself needs.
  explicit Filter(FilterOptions options, std::vector<std::string> fields = {});

  // Its fields, if it is one of those.  Damaged lines are counted and are none.
  std::optional<Json> Pick(std::string_view line);
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

  [[nodiscard]] bool MayMatch(std::string_view line) const;
  [[nodiscard]] bool Matches(const Json& record) const;

 private:
  struct Criterion {
    const char* field;
    std::vector<std::string> patterns;
  };
  void Need(const std::vector<std::string>& patterns, bool whole);

  FilterOptions options_;
  std::vector<Criterion> criteria_;
  // Of each inner list, the line must have one.
  std::vector<std::vector<std::string>> needles_;
  std::vector<std::string> fields_;
  std::uint64_t damaged_ = 0;
};

// The text of a field, empty when there is none.  Valid as long as the record.
std::string_view FieldText(const Json& record, const char* field);

}  // namespace pgmoat::audit
