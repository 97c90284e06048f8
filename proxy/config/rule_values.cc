#include "proxy/config/rule_values.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>
#include <vector>

#include "proxy/config/values.h"

namespace pgmoat::config {
namespace {

namespace ip = boost::asio::ip;
using policy::Kind;
using policy::KindSet;

// Bits of ::ffff:0:0, behind which an IPv4 address stands.
constexpr unsigned kMappedBits = 96;

policy::IpAddress Bytes(const ip::address_v6& address) {
  policy::IpAddress bytes;
  const ip::address_v6::bytes_type raw = address.to_bytes();
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return bytes;
}

policy::IpAddress Bytes(const ip::address_v4& address) {
  return Bytes(ip::make_address_v6(ip::v4_mapped, address));
}

// Who writes an address with bits behind the prefix meant another prefix, or that one
// address; nobody can tell which.
template <typename IpNetwork>
void CheckHostBits(std::string_view text, const IpNetwork& network) {
  if (network == network.canonical()) return;
  throw ValueError(Quoted(text) + " has bits set behind its prefix; write " +
                   network.canonical().to_string() + " for the network, or " +
                   network.address().to_string() + " for the one address");
}

struct Day {
  std::string_view name;
  std::uint8_t bits;
};
constexpr Day kDays[] = {{"mon", 0x01}, {"tue", 0x02},      {"wed", 0x04},
                         {"thu", 0x08}, {"fri", 0x10},      {"sat", 0x20},
                         {"sun", 0x40}, {"weekdays", 0x1F}, {"weekend", 0x60}};

struct Group {
  std::string_view name;
  KindSet kinds;
};
constexpr Group kGroups[] = {
    {"write",
     {Kind::kInsert, Kind::kUpdate, Kind::kDelete, Kind::kMerge, Kind::kTruncate,
      Kind::kCopyIn}},
    {"alter",
     {Kind::kAlterAdditive, Kind::kAlterChanging, Kind::kAlterDestructive, Kind::kRename}},
    {"ddl",
     {Kind::kCreate, Kind::kAlterAdditive, Kind::kAlterChanging, Kind::kAlterDestructive,
      Kind::kRename, Kind::kDrop, Kind::kSelectInto, Kind::kComment, Kind::kExtension}},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Two digits, or a value that no hour and no minute has.
unsigned TwoDigits(std::string_view text) {
  if (text.size() != 2 || !IsDigit(text[0]) || !IsDigit(text[1])) return 100;
  return static_cast<unsigned>((text[0] - '0') * 10 + (text[1] - '0'));
}

// What stands behind the seconds: ".123Z", "Z", "+00:00".
bool IsUtcSuffix(std::string_view text) {
  if (text.starts_with('.')) {
    const auto end = std::find_if_not(text.begin() + 1, text.end(), IsDigit);
    if (end == text.begin() + 1) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  return text == "Z" || text == "+00:00";
}

}  // namespace

policy::IpAddress ParseIpAddress(std::string_view text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  // A zone ("fe80::1%eth0") belongs to one machine; an address of ours has none.
  if (error || text.find('%') != std::string_view::npos) {
    throw ValueError(Quoted(text) +
                     " is not an IP address; write it as 192.0.2.7 or 2001:db8::1");
  }
  return address.is_v4() ? Bytes(address.to_v4()) : Bytes(address.to_v6());
}

policy::Network ParseNetwork(std::string_view text) {
  const std::string complaint =
      Quoted(text) + " is not a network; write it as 192.0.2.0/24 or 2001:db8::/32";
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    try {
      return {ParseIpAddress(text), 128};
    } catch (const ValueError&) {
      throw ValueError(complaint);
    }
  }
  // Asio reads the prefix by atoi, which wraps.
  if (text.size() - slash > 4 || text.find('%') != std::string_view::npos) {
    throw ValueError(complaint);
  }
  const std::string cidr(text);
  boost::system::error_code error;
  if (const ip::network_v4 network = ip::make_network_v4(cidr, error); !error) {
    CheckHostBits(text, network);
    return {Bytes(network.address()), kMappedBits + network.prefix_length()};
  }
  const ip::network_v6 network = ip::make_network_v6(cidr, error);
  if (error) throw ValueError(complaint);
  CheckHostBits(text, network);
  return {Bytes(network.address()), network.prefix_length()};
}

std::chrono::minutes ParseTimeOfDay(std::string_view text, bool end_of_day) {
  const unsigned hour = TwoDigits(text.substr(0, text.find(':')));
  const unsigned minute = text.size() == 5 && text[2] == ':' ? TwoDigits(text.substr(3)) : 100;
  const bool is_end = end_of_day && hour == 24 && minute == 0;
  if ((hour > 23 || minute > 59) && !is_end) {
    throw ValueError(Quoted(text) + " is not a time of day; write it in UTC, as 08:00 or " +
                     (end_of_day ? "24:00" : "18:30"));
  }
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::chrono::sys_seconds ParseUtc(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  const auto fits = [](char shape, char c) { return shape == '0' ? IsDigit(c) : shape == c; };
  if (text.size() > kShape.size() &&
      std::equal(kShape.begin(), kShape.end(), text.begin(), fits) &&
      IsUtcSuffix(text.substr(kShape.size()))) {
    const auto pair = [&](std::size_t at) { return TwoDigits(text.substr(at, 2)); };
    const auto year = static_cast<int>(pair(0) * 100 + pair(2));
    const std::chrono::year_month_day day{std::chrono::year(year), std::chrono::month(pair(5)),
                                          std::chrono::day(pair(8))};
    // The system's clock counts nanoseconds, and to 2262 only.
    if (day.ok() && year >= 1970 && year < 2200 && pair(11) < 24 && pair(14) < 60 &&
        pair(17) < 60) {
      return std::chrono::sys_days(day) + std::chrono::hours(pair(11)) +
             std::chrono::minutes(pair(14)) + std::chrono::seconds(pair(17));
    }
  }
  throw ValueError(Quoted(text) +
                   " is not a time of 1970 to 2199; write it in UTC, as 2026-11-21T18:30:00Z");
}

std::uint8_t ParseDays(std::string_view text) {
  std::vector<std::string_view> names;
  for (const Day& day : kDays) {
    if (day.name == text) return day.bits;
    names.push_back(day.name);
  }
  throw ValueError(Quoted(text) + " is not a day; " + Suggestion(text, names));
}

policy::KindSet ParseKind(std::string_view text) {
  std::vector<std::string_view> names;
  for (const Group& group : kGroups) {
    if (group.name == text) return group.kinds;
    names.push_back(group.name);
  }
  for (unsigned i = 0; i < static_cast<unsigned>(Kind::kCount); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (policy::KindName(kind) == text) return {kind};
    names.push_back(policy::KindName(kind));
  }
  throw ValueError(Quoted(text) + " is not a kind of statement; " + Suggestion(text, names));
}

}  // namespace pgmoat::config
