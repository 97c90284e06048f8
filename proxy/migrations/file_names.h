// What the names of migration files say.
//
// Private to proxy/migrations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::migrations {

// "V1.2__add_users.sql": {1, 2}.  "R__views.sql", repeatable, has no version.
struct FlywayName {
  char kind = 'V';  // 'V', 'U' (undo), 'R', 'B' (baseline)
  std::vector<std::uint64_t> version;
};
std::optional<FlywayName> ParseFlywayName(std::string_view name);

// The digits that a name begins with, as a number: "0042_add_users.sql", "20240102…".
std::optional<std::uint64_t> LeadingNumber(std::string_view name);

// CRC-32 over the lines without their ends, as Flyway's ledger has it.
std::int32_t FlywayChecksum(std::string_view text);

}  // namespace pgmoat::migrations
