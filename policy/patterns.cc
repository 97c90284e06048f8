#include "policy/patterns.h"

#include <cstddef>

namespace pgmoat::policy {

namespace {

// Groups inside groups; past this nobody wrote the pattern by hand.
constexpr int kDeepest = 10;

// Reads the part of PostgreSQL's regular expressions ("POSIX Regular Expressions") that
// can be satisfied by an empty match, and stops at everything else.
class RegexReader {
 public:
  explicit RegexReader(std::string_view pattern) : rest_(pattern) {}

  bool MatchesAnything() {
    const bool matches = Alternatives(0);
    return matches && understood_ && rest_.empty();
  }

 private:
  // One alternative that matches anything is enough.
  bool Alternatives(int depth) {
    bool any = Branch(depth);
    while (Take('|')) any |= Branch(depth);
    return any;
  }

  bool Branch(int depth) {
    const bool from_start = Take('^');
    bool empty_will_do = true;
    bool takes_all = false;  // .* somewhere
    bool to_end = false;
    while (understood_ && !rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      if (Take('$')) {
        to_end = true;
        continue;
      }
      const bool dot = rest_.front() == '.';
      const bool empty_atom = Atom(depth);
      const char quantifier = Quantifier();
      if (!empty_atom && quantifier != '*' && quantifier != '?') empty_will_do = false;
      takes_all |= dot && quantifier == '*';
    }
    // Held at both ends, nothing is not enough.
    return empty_will_do && (!(from_start && to_end) || takes_all);
  }

  // True: the atom can be empty without a quantifier.
  bool Atom(int depth) {
    if (Take('(')) {
      if (depth >= kDeepest) return Stop();
      if (Take('?') && !Take(':')) return Stop();
      const bool empty = Alternatives(depth + 1);
      return Take(')') ? empty : Stop();
    }
    if (Take('[')) {
      Take('^');
      Take(']');
      const std::size_t end = rest_.find(']');
      if (end == std::string_view::npos) return Stop();
      // [[:alpha:]] ends later; the "]" that is left over then counts as an atom.
      rest_.remove_prefix(end + 1);
      return false;
    }
    if (Take('\\') && rest_.empty()) return Stop();
    if (rest_.front() == '*' || rest_.front() == '+' || rest_.front() == '?') return Stop();
    rest_.remove_prefix(1);
    return false;
  }

  // '*' none or more, '?' none or a bounded number, '+' at least one, 0 no quantifier.
  char Quantifier() {
    char quantifier = 0;
    if (Take('*')) {
      quantifier = '*';
    } else if (Take('?')) {
      quantifier = '?';
    } else if (Take('+')) {
      quantifier = '+';
    } else if (Take('{')) {
      const std::size_t end = rest_.find('}');
      if (end == std::string_view::npos) {
        Stop();
        return 0;
      }
      const std::string_view bounds = rest_.substr(0, end);
      quantifier = bounds == "0,"                                 ? '*'
                   : bounds == "0" || bounds.substr(0, 2) == "0," ? '?'
                                                                  : '+';
      rest_.remove_prefix(end + 1);
    }
    if (quantifier != 0) Take('?');  // not greedy: matches the same
    return quantifier;
  }

  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Stop() {
    understood_ = false;
    rest_ = {};
    return false;
  }

  std::string_view rest_;
  bool understood_ = true;
};

}  // namespace

bool LikeMatchesAnything(std::string_view pattern) {
  return !pattern.empty() && pattern.find_first_not_of('%') == std::string_view::npos;
}

bool RegexMatchesAnything(std::string_view pattern) {
  return RegexReader(pattern).MatchesAnything();
}

}  // namespace pgmoat::policy
