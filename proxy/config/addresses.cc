#include "proxy/config/addresses.h"

#include <algorithm>
#include <charconv>

namespace pgmoat::config {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void Fail(std::string_view text, const std::string& why) {
  throw ValueError(Quoted(text) + " is not an address: " + why);
}

// Takes the host off `text`; what is left is the port.
std::string TakeBracketedHost(std::string_view& text, std::string_view whole) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos || !text.substr(close + 1).starts_with(':')) {
    Fail(whole, "the port is missing; write it as [::1]:6432");
  }
  const std::string host(text.substr(1, close - 1));
  if (!IsIpv6(host)) {
    Fail(whole, "no IPv6 address between the brackets; write it as [::1]:6432");
  }
  text.remove_prefix(close + 2);
  return host;
}

std::string TakePlainHost(std::string_view& text, std::string_view whole) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    Fail(whole, "the port is missing; write it as 127.0.0.1:6432");
  }
  if (text.find(':', colon + 1) != std::string_view::npos) {
    Fail(whole, "an IPv6 address stands in brackets; write it as [::1]:6432");
  }
  const std::string host(text.substr(0, colon));
  if (host.empty() || host == "*") {
    Fail(whole,
         "the host is missing; write 0.0.0.0 or [::] for all of the machine's addresses");
  }
  if (!IsHostName(host)) {
    Fail(whole, "the host has a character that hosts cannot have; write it as 127.0.0.1:6432");
  }
  text.remove_prefix(colon + 1);
  return host;
}

}  // namespace

bool IsHostName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || IsLetter(c) || c == '.' || c == '-' || c == '_';
  });
}

bool IsIpv6(std::string_view text) {
  return text.find(':') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
                  c == '.';
         });
}

std::optional<std::uint16_t> PortNumber(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return port;
}

bool FitsUnixAddress(std::string_view directory, std::uint16_t port) {
  constexpr std::size_t kMost = 107;
  return directory.size() + std::string_view("/.s.PGSQL.").size() +
             std::to_string(port).size() <=
         kMost;
}

Address ParseAddress(std::string_view text) {
  Address address;
  std::string_view port = text;
  address.host =
      text.starts_with('[') ? TakeBracketedHost(port, text) : TakePlainHost(port, text);
  const auto number = PortNumber(port);
  if (!number) {
    Fail(text, "the port is not a number from 0 to 65535; write it as 127.0.0.1:6432");
  }
  address.port = *number;
  return address;
}

Address ParseListenAddress(std::string_view text) {
  if (!text.starts_with('/')) return ParseAddress(text);
  constexpr std::string_view kName = "/.s.PGSQL.";
  const std::size_t name = text.rfind('/');
  const auto port = text.substr(name).starts_with(kName)
                        ? PortNumber(text.substr(name + kName.size()))
                        : std::nullopt;
  // Clients make the file's name of the port and would not find another.
  if (!port || *port == 0 || name == 0) {
    Fail(text,
         "a Unix-domain socket is called .s.PGSQL. and a port, in a directory; write it as "
         "/run/pgmoat/.s.PGSQL.6432");
  }
  if (!FitsUnixAddress(text.substr(0, name), *port)) {
    Fail(text, "a Unix-domain socket's path has at most 107 bytes; choose a shorter directory");
  }
  return {std::string(text.substr(0, name)), *port};
}

}  // namespace pgmoat::config
