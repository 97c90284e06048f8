#include "proxy/migrations/file_names.h"

#include <charconv>
#include <system_error>

namespace pgmoat::migrations {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Of ISO 3309 and zlib.
std::uint32_t Crc32(std::uint32_t crc, std::string_view bytes) {
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return crc;
}

}  // namespace

std::optional<FlywayName> ParseFlywayName(std::string_view name) {
  const std::size_t separator = name.find("__");
  if (name.empty() || separator == std::string_view::npos || !name.ends_with(".sql")) {
    return std::nullopt;
  }
  FlywayName parsed;
  parsed.kind = name.front();
  std::string_view version = name.substr(1, separator - 1);
  if (parsed.kind == 'R') {
    return version.empty() ? std::optional(parsed) : std::nullopt;
  }
  if (parsed.kind != 'V' && parsed.kind != 'U' && parsed.kind != 'B') return std::nullopt;
  while (!version.empty()) {
    std::uint64_t part = 0;
    const auto [stop, error] =
        std::from_chars(version.data(), version.data() + version.size(), part);
    if (error != std::errc() || !IsDigit(version.front())) return std::nullopt;
    parsed.version.push_back(part);
    version.remove_prefix(static_cast<std::size_t>(stop - version.data()));
    // Flyway takes both as separators.
    if (version.starts_with('.') || version.starts_with('_')) {
      version.remove_prefix(1);
      if (version.empty()) return std::nullopt;
    } else if (!version.empty()) {
      return std::nullopt;
    }
  }
  return parsed.version.empty() ? std::nullopt : std::optional(parsed);
}

std::optional<std::uint64_t> LeadingNumber(std::string_view name) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || stop == name.data() || !IsDigit(name.front())) {
    return std::nullopt;
  }
  return number;
}

std::int32_t FlywayChecksum(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::uint32_t crc = ~0U;
  while (!text.empty()) {
    // Lines end as Java reads them: "\n", "\r", "\r\n"; none of it counts.
    const std::size_t end = text.find_first_of("\r\n");
    crc = Crc32(crc, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return static_cast<std::int32_t>(~crc);
}

}  // namespace pgmoat::migrations
