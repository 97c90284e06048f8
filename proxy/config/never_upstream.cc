#include "proxy/config/never_upstream.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "policy/glob.h"
#include "proxy/config/addresses.h"
#include "proxy/config/rule_values.h"
#include "proxy/config/scalars.h"

namespace pgmoat::config {
namespace {

using policy::IpAddress;
using policy::Network;

// Names of hosts have no case and may end in a dot (RFC 4343, RFC 1034).
std::string HostName(std::string_view host) {
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name.ends_with('.')) name.pop_back();
  return name;
}

bool IsLocalName(std::string_view name) {
  // The last are Debian's and Red Hat's in /etc/hosts.
  constexpr std::string_view kNames[] = {"localhost", "localhost.localdomain", "ip6-localhost",
                                         "ip6-loopback", "localhost6"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         name.ends_with(".localhost");
}

// As getaddrinfo reads it: "127.1" and "0x7f000001" are 127.0.0.1, too; and to connect to
// 0.0.0.0 or :: is to connect to oneself.
std::optional<IpAddress> AddressOf(const std::string& host) {
  IpAddress address{};
  in_addr v4{};
  if (IsIpv6(host)) {
    if (::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), address.data()) != 1) {
      return std::nullopt;
    }
  } else if (::inet_aton(host.c_str(), &v4) != 0) {
    address[10] = address[11] = 0xFF;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&v4.s_addr);
    std::copy_n(bytes, 4, address.begin() + 12);
  } else {
    return std::nullopt;
  }
  if (address == IpAddress{}) return ParseIpAddress("::1");
  if (address == ParseIpAddress("0.0.0.0")) return ParseIpAddress("127.0.0.1");
  return address;
}

bool IsLoopback(const IpAddress& address) {
  static const Network kLoopback = ParseNetwork("127.0.0.0/8");
  return kLoopback.Contains(address) || address == ParseIpAddress("::1");
}

bool LooksLikeNetwork(std::string_view text) {
  return text.find_first_of("/:") != std::string_view::npos ||
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool IsLocal(const Upstream& upstream) {
  if (upstream.is_unix_socket() || IsLocalName(HostName(upstream.host))) return true;
  const auto address = AddressOf(upstream.host);
  return address && IsLoopback(*address);
}

bool IsIn(const Network& network, const Upstream& upstream) {
  if (upstream.is_unix_socket()) return false;
  if (IsLocalName(HostName(upstream.host))) {
    return network.Contains(ParseIpAddress("127.0.0.1")) ||
           network.Contains(ParseIpAddress("::1"));
  }
  const auto address = AddressOf(upstream.host);
  return address && network.Contains(*address);
}

bool Forbids(const Item& item, const Upstream& upstream) {
  const std::string text = HostName(item.Text());
  if (IsLocalName(text)) return IsLocal(upstream);
  if (LooksLikeNetwork(text)) return IsIn(ParseAt(item, ParseNetwork), upstream);
  std::string letters = text;
  std::replace_if(
      letters.begin(), letters.end(), [](char c) { return c == '*' || c == '?'; }, 'x');
  if (!IsHostName(letters)) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(item.Text()) +
                    " is neither a host's name, nor a pattern of one, nor a network; write it "
                    "as localhost, \"*.dev.example\" or 127.0.0.0/8");
  }
  return !upstream.is_unix_socket() && policy::GlobMatches(text, HostName(upstream.host));
}

}  // namespace

void CheckNeverUpstream(const Item& never, const Item& upstream_item, const Upstream& upstream,
                        const std::string& environment) {
  const std::vector<Item> items = never.List();
  const Item* hit = nullptr;
  for (const Item& item : items) {
    if (Forbids(item, upstream) && hit == nullptr) hit = &item;  // the others are checked, too
  }
  if (hit == nullptr) return;
  upstream_item.place.Fail("environment " + Quoted(environment) + ": the upstream's host " +
                           Quoted(upstream.host) + " is one that it must never have (" +
                           hit->place.name + ": " + hit->Text() +
                           "); write the right host, or remove it from never_upstream");
}

}  // namespace pgmoat::config
