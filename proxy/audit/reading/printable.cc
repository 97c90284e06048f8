#include "proxy/audit/reading/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace pgmoat::audit {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Besides C0, DEL and C1: soft hyphen, Arabic letter mark, Hangul fillers, zero-width
// characters and marks of direction, line and paragraph separators, embeddings, overrides and
// isolates, other invisible formats, the byte order mark, tags, private use, noncharacters.
constexpr auto kHidden = std::to_array<Range>({
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},        {0x61c, 0x61c},
    {0x115f, 0x1160},   {0x180b, 0x180f},   {0x200b, 0x200f},    {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x3164, 0x3164},   {0xe000, 0xf8ff},    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},    {0xfffe, 0xffff},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
});

// East Asian wide ones and emoji, roughly.
constexpr auto kWide = std::to_array<Range>({
    {0x1100, 0x115e},
    {0x2e80, 0x303e},
    {0x3041, 0xa4cf},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff},
    {0x1f900, 0x1faff},
    {0x20000, 0x3fffd},
});

// Marks that stand over the character before.
constexpr auto kCombining = std::to_array<Range>({
    {0x300, 0x36f},
    {0x483, 0x489},
    {0x591, 0x5bd},
    {0x610, 0x61a},
    {0x64b, 0x65f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
});

template <std::size_t kSize>
bool In(const std::array<Range, kSize>& ranges, std::uint32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The first of `text`, which is not empty.
Character First(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {lead, 1, false};
  std::uint32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool valid =
      code >= kLeast[bytes] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return valid ? Character{code, bytes, true} : Character{lead, 1, false};
}

std::string Formatted(const char* format, std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string Escape(const Character& c) {
  if (c.valid && c.code == '\n') return "\\n";
  if (c.valid && c.code == '\t') return "\\t";
  if (c.valid && c.code == '\r') return "\\r";
  return Formatted(c.code < 0x100 ? "\\x%02x" : "\\u{%x}", c.code);
}

std::string JsonEscape(const Character& c) {
  if (!c.valid) return "\\ufffd";
  if (c.code < 0x10000) return Formatted("\\u%04x", c.code);
  return Formatted("\\u%04x", 0xd800 + ((c.code - 0x10000) >> 10)) +
         Formatted("\\u%04x", 0xdc00 + ((c.code - 0x10000) & 0x3ff));
}

std::size_t Width(std::uint32_t code) {
  if (code < 0x300) return 1;
  return In(kCombining, code) ? 0 : In(kWide, code) ? 2 : 1;
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7f; }

template <typename Replace>
std::string Replaced(std::string_view text, Replace replace) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), IsPlain);
    const auto plain = static_cast<std::size_t>(end - text.begin());
    result.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Character c = First(text);
    const bool kept = c.valid && !In(kHidden, c.code);
    result += kept ? std::string(text.substr(0, c.bytes)) : replace(c);
    text.remove_prefix(c.bytes);
  }
  return result;
}

}  // namespace

std::string Printable(std::string_view text) { return Replaced(text, Escape); }

std::string PrintableJson(std::string_view json) { return Replaced(json, JsonEscape); }

std::size_t Columns(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character c = First(text);
    columns += Width(c.code);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string Cut(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  std::size_t at = 0;
  std::size_t fits = 0;  // bytes that leave room for "…"
  while (at < text.size()) {
    const Character c = First(text.substr(at));
    used += Width(c.code);
    if (used > columns) {
      return columns == 0 ? "" : std::string(text.substr(0, fits)) + "…";
    }
    at += c.bytes;
    if (used < columns) fits = at;
  }
  return std::string(text);
}

}  // namespace pgmoat::audit
