// The names of the operators that a statement uses.
//
// Every name is kept, also "=": a user may have an operator of that name for a type of
// their own, and a catalog tells.  The names that everybody uses cost one bit; only the
// others are strings, so that most statements allocate nothing.
//
// What operators the server picks by itself (ORDER BY, GROUP BY, DISTINCT, ON CONFLICT) have no
// name in the text and are not here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::policy {

struct OperatorUse {
  std::string schema;
  std::string name;
};

// The most frequent first.
inline constexpr std::array<std::string_view, 48> kWellKnownOperators = {
    "=",   "<>",  ">=",  "<=", ">",   "<",   "+",  "-",   "*",   "/",    "||", "~~",
    "->",  "->>", "@>",  "<@", "&&",  "%",   "~",  "~~*", "!~~", "!~~*", "!~", "~*",
    "!~*", "#>",  "#>>", "?",  "?|",  "?&",  "@@", "&",   "|",   "#",    "^",  "<<",
    ">>",  "^@",  "@?",  "#-", "<->", "-|-", "&<", "&>",  "@",   "|/",   "~=", "!"};

class OperatorSet {
 public:
  // Once each; past a bound, which no honest statement reaches, perhaps more often.
  // Linear in all.
  void Add(std::string_view schema, std::string_view name);
  void Clear() {
    well_known_ = 0;
    others_.clear();
  }
  [[nodiscard]] bool Empty() const { return well_known_ == 0 && others_.empty(); }
  // Calls f(schema, name); an empty schema: not qualified.
  template <typename F>
  void ForEach(F f) const {
    for (std::size_t i = 0; i < kWellKnownOperators.size(); ++i) {
      if ((well_known_ >> i) & 1U) f(std::string_view(), kWellKnownOperators[i]);
    }
    for (const OperatorUse& use : others_) {
      f(std::string_view(use.schema), std::string_view(use.name));
    }
  }

 private:
  std::uint64_t well_known_ = 0;
  std::vector<OperatorUse> others_;
};
static_assert(kWellKnownOperators.size() <= 64);

}  // namespace pgmoat::policy
