#include "proxy/config/values.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>

namespace pgmoat::config {
namespace {

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsHostCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_';
}

bool IsIpv6Character(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

// All of `text` is digits and fits; otherwise nothing.
std::optional<std::uint64_t> Digits(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || !IsDigit(text.front())) return {};
  return number;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// A number and one of `units`, multiplied; nothing when it is not that or too large.
template <std::size_t N>
std::optional<std::uint64_t> WithUnit(std::string_view text, const Unit (&units)[N]) {
  const auto number_end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const auto number_length = static_cast<std::size_t>(number_end - text.begin());
  const auto number = Digits(text.substr(0, number_length));
  std::string_view unit_name = text.substr(number_length);
  while (unit_name.starts_with(' ')) unit_name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != unit_name) continue;
    if (!number || *number > std::numeric_limits<std::int64_t>::max() / unit.factor) return {};
    return *number * unit.factor;
  }
  return {};
}

std::uint16_t ParsePort(std::string_view text, const char* complaint) {
  const auto port = Digits(text);
  if (!port || *port > 65535) throw ValueError(complaint);
  return static_cast<std::uint16_t>(*port);
}

// %41 -> A.  False: a dangling percent sign.
bool DecodePercent(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size()) return false;
    const char* end = text.data() + i + 3;
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != end || byte == 0)
      return false;
    out += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

SslMode ParseSslMode(std::string_view text) {
  static const std::vector<std::string_view> kNames = {"disable", "prefer", "require",
                                                       "verify-ca", "verify-full"};
  const auto at = std::find(kNames.begin(), kNames.end(), text);
  if (at == kNames.end()) {
    throw ValueError("upstream has an unknown sslmode; choose one of " + Joined(kNames));
  }
  return static_cast<SslMode>(at - kNames.begin());
}

void ParseUpstreamParameter(std::string_view parameter, Upstream& upstream) {
  const std::size_t equals = parameter.find('=');
  const std::string_view name = parameter.substr(0, equals);
  std::string value;
  if (equals == std::string_view::npos || !DecodePercent(parameter.substr(equals + 1), value)) {
    throw ValueError(
        "upstream has a malformed parameter after '?'; write "
        "sslmode=verify-full&sslrootcert=FILE");
  }
  if (name == "sslmode") {
    upstream.sslmode = ParseSslMode(value);
  } else if (name == "sslrootcert") {
    // libpq's word for the system's store, which is what an empty path means here.
    upstream.sslrootcert = value == "system" ? "" : value;
  } else if (name == "user" || name == "password" || name == "passfile") {
    throw ValueError("upstream contains login data (" + std::string(name) +
                     "); remove it: clients log in with their own, which the server checks");
  } else {
    // A name of letters only: what stands there otherwise may be a piece of a password.
    const bool is_word = std::all_of(name.begin(), name.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    throw ValueError("upstream has an unknown parameter" +
                     (is_word ? " " + Quoted(name) : std::string()) +
                     "; allowed are sslmode and sslrootcert");
  }
}

// Optimal string alignment: one for an insertion, a deletion, a substitution, or two
// neighbours swapped.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  std::iota(d[0].begin(), d[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::uint64_t ParseNumber(std::string_view text) {
  const auto number = Digits(text);
  if (!number) throw ValueError(Quoted(text) + " is not a whole number; write digits only");
  return *number;
}

std::size_t ParseSize(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1},
                                    {"B", 1},
                                    {"KiB", std::uint64_t{1} << 10},
                                    {"MiB", std::uint64_t{1} << 20},
                                    {"GiB", std::uint64_t{1} << 30}};
  const auto bytes = WithUnit(text, kUnits);
  if (!bytes) throw ValueError(Quoted(text) + " is not a size; write it as 64KiB or 16MiB");
  return *bytes;
}

std::chrono::milliseconds ParseDuration(std::string_view text) {
  static constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}};
  const auto milliseconds = WithUnit(text, kUnits);
  // A year: beyond it timers overflow and nobody means it.
  if (!milliseconds || *milliseconds > 366ULL * 24 * 3'600'000) {
    throw ValueError(Quoted(text) + " is not a duration; write it as 500ms, 30s, 5min or 1h");
  }
  return std::chrono::milliseconds(*milliseconds);
}

Address ParseAddress(std::string_view text) {
  const auto fail = [&](const std::string& why) {
    throw ValueError(Quoted(text) + " is not an address: " + why);
  };
  Address address;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !text.substr(close + 1).starts_with(':')) {
      fail("the port is missing; write it as [::1]:6432");
    }
    address.host = text.substr(1, close - 1);
    port = text.substr(close + 2);
    if (address.host.find(':') == std::string::npos ||
        !std::all_of(address.host.begin(), address.host.end(), IsIpv6Character)) {
      fail("no IPv6 address between the brackets; write it as [::1]:6432");
    }
  } else {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
      fail("the port is missing; write it as 127.0.0.1:6432");
    if (text.find(':', colon + 1) != std::string_view::npos) {
      fail("an IPv6 address stands in brackets; write it as [::1]:6432");
    }
    address.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (address.host.empty() || address.host == "*") {
      fail("the host is missing; write 0.0.0.0 or [::] for all of the machine's addresses");
    }
    if (!std::all_of(address.host.begin(), address.host.end(), IsHostCharacter)) {
      fail("the host has a character that hosts cannot have; write it as 127.0.0.1:6432");
    }
  }
  const std::string complaint = Quoted(text) +
                                " is not an address: the port is not a number from 0 to 65535; "
                                "write it as 127.0.0.1:6432";
  address.port = ParsePort(port, complaint.c_str());
  return address;
}

Upstream ParseUpstream(std::string_view text) {
  constexpr const char* kShape =
      "; write it as postgres://HOST:PORT or "
      "postgres://HOST:PORT?sslmode=verify-full";
  const auto fail = [&](const std::string& why) {
    throw ValueError("upstream " + why + kShape);
  };
  // First of all, and wherever it stands: no later error may be about a piece of it.
  if (text.find('@') != std::string_view::npos) {
    throw ValueError(
        "upstream contains a user or a password (something before '@'); remove it: clients log "
        "in with their own, which the server checks");
  }
  std::string_view rest = text;
  if (rest.starts_with("postgres://")) {
    rest.remove_prefix(11);
  } else if (rest.starts_with("postgresql://")) {
    rest.remove_prefix(13);
  } else {
    fail("does not begin with postgres://");
  }
  if (rest.find('#') != std::string_view::npos) fail("contains a '#'");
  std::string_view parameters;
  if (const std::size_t question = rest.find('?'); question != std::string_view::npos) {
    parameters = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 < rest.size()) {
      throw ValueError(
          "upstream names a database; remove it: clients name theirs, and match.databases "
          "tells "
          "which belong to this environment");
    }
    rest = rest.substr(0, slash);
  }
  if (rest.find(',') != std::string_view::npos) fail("names several hosts, but takes one");

  Upstream upstream;
  std::string_view port;
  bool has_port = false;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) fail("has a '[' without its ']'");
    upstream.host = rest.substr(1, close - 1);
    if (upstream.host.find(':') == std::string::npos ||
        !std::all_of(upstream.host.begin(), upstream.host.end(), IsIpv6Character)) {
      fail("has no IPv6 address between the brackets");
    }
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest.front() != ':') fail("has text behind the ']'");
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const std::size_t colon = rest.find(':');
    has_port = colon != std::string_view::npos;
    upstream.host = rest.substr(0, colon);
    port = has_port ? rest.substr(colon + 1) : "";
    if (port.find(':') != std::string_view::npos) fail("has an IPv6 address without brackets");
  }
  if (upstream.host.empty()) fail("names no host");
  if (upstream.host.find(':') == std::string::npos &&
      !std::all_of(upstream.host.begin(), upstream.host.end(), IsHostCharacter)) {
    fail("has a host with a character that hosts cannot have");
  }
  if (has_port) {
    const std::string complaint =
        std::string("upstream has a port that is not a number from 1 to 65535") + kShape;
    upstream.port = ParsePort(port, complaint.c_str());
    if (upstream.port == 0) throw ValueError(complaint);
  }
  while (!parameters.empty()) {
    const std::size_t ampersand = parameters.find('&');
    ParseUpstreamParameter(parameters.substr(0, ampersand), upstream);
    parameters = ampersand == std::string_view::npos ? "" : parameters.substr(ampersand + 1);
  }
  return upstream;
}

std::string_view Nearest(std::string_view wrong, const std::vector<std::string_view>& names) {
  // A key of a thousand letters is near to nothing, and the table would be large.
  if (wrong.size() > 64) return "";
  std::string_view nearest;
  std::size_t least = 0;
  for (const std::string_view name : names) {
    const std::size_t distance = EditDistance(wrong, name);
    const std::size_t tolerated = std::max<std::size_t>(1, name.size() / 3);
    if (distance <= tolerated && (nearest.empty() || distance < least)) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

std::string Joined(const std::vector<std::string_view>& names) {
  std::string joined;
  for (const std::string_view name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

std::string Suggestion(std::string_view wrong, const std::vector<std::string_view>& names) {
  const std::string_view nearest = Nearest(wrong, names);
  if (!nearest.empty()) return "did you mean " + Quoted(nearest) + "?";
  return "choose one of " + Joined(names);
}

}  // namespace pgmoat::config
