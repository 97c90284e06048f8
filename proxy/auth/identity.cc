#include "proxy/auth/identity.h"

#include <algorithm>

namespace pgmoat::auth {
namespace {

// Bytes of the UTF-8 character at the front of `text`; a byte that begins none counts
// as one, so that names in other encodings still have characters.
std::size_t CharacterBytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t claimed = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::size_t bytes = 1;
  while (bytes < claimed && bytes < text.size() &&
         (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) {
    ++bytes;
  }
  return bytes;
}

bool AnyGlobMatches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return GlobMatches(pattern, text); });
}

// Names of hosts have no case (RFC 4343); names of databases and roles do.
std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool Matches(const Match& match, const ConnectionFacts& facts) {
  if (!match.databases.empty() && !AnyGlobMatches(match.databases, facts.database))
    return false;
  if (!match.listeners.empty() && std::find(match.listeners.begin(), match.listeners.end(),
                                            facts.listener) == match.listeners.end()) {
    return false;
  }
  if (!match.server_names.empty()) {
    // A client that named no server is in no list of servers, not even in "*".
    if (facts.server_name.empty()) return false;
    const std::string server_name = LowerAscii(facts.server_name);
    return std::any_of(match.server_names.begin(), match.server_names.end(),
                       [&](const std::string& pattern) {
                         return GlobMatches(LowerAscii(pattern), server_name);
                       });
  }
  return true;
}

}  // namespace

// Greedy, and backtracks to the last star only: an earlier star need never take more
// than it did, because the later one can take the rest.  So time is at most
// |pattern| * |text|, and linear for a single star; "a*a*a*a*b" is no attack.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;  // where the last star of the pattern stands
  std::size_t resume = 0;    // where the text goes on once that star takes one byte more
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += CharacterBytes(text.substr(t));
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      resume += CharacterBytes(text.substr(resume));
      t = resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Identity Identify(const Directory& directory, const ConnectionFacts& facts) {
  Identity identity;
  for (const Environment& environment : directory.environments) {
    if (!Matches(environment.match, facts)) continue;
    // The environment is settled here.  Going on to the next one when the login is not
    // in this one would let a misspelt login land in another database.
    identity.environment = &environment;
    identity.status = Identity::Status::kNoLogin;
    for (const LoginRule& login : environment.logins) {
      if (!GlobMatches(login.pattern, facts.user)) continue;
      identity.status = Identity::Status::kKnown;
      identity.rules = login.rules;
      break;
    }
    return identity;
  }
  return identity;
}

}  // namespace pgmoat::auth
