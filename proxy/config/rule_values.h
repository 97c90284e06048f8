// The scalars of a role's rules: networks, times of day, days, kinds of statements; and of
// what `explain` tries them with.
//
// Knows no YAML and no lines.  Errors: ValueError, "what; remedy".
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "policy/rules.h"

namespace pgmoat::config {

// "192.0.2.7", "2001:db8::1".
policy::IpAddress ParseIpAddress(std::string_view text);

// CIDR, "192.0.2.0/24", "2001:db8::/32", or one address.
policy::Network ParseNetwork(std::string_view text);

// "08:00"; "24:00" only where `end_of_day`.
std::chrono::minutes ParseTimeOfDay(std::string_view text, bool end_of_day);

// RFC 3339 in UTC: "2026-11-21T18:30:00Z".  A fraction of a second is dropped.
std::chrono::sys_seconds ParseUtc(std::string_view text);

// "mon" … "sun", "weekdays", "weekend", as bits of policy::TimeWindow.
std::uint8_t ParseDays(std::string_view text);

// A kind's name as facts have it ("read", "alter_additive"), or a group: "write", "alter",
// "ddl".
policy::KindSet ParseKind(std::string_view text);

}  // namespace pgmoat::config
