#include "proxy/audit/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace pgmoat::audit {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// Length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7), or 0.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return is_tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && is_tail(2) ? 3 : 0;
  }
  if (lead < 0xF5) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

// Bytes that stand for themselves in a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7F; ++c) plain[c] = true;
  plain['"'] = false;
  plain['\\'] = false;
  return plain;
}();

// True only where all eight bytes are plain: what comes close to one that is not may be told
// as not plain.
bool EightArePlain(const char* at) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHigh = 0x80 * kOnes;
  std::uint64_t bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  // The high bit of x - 1 and not of x: x was zero.
  const auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x; };
  const std::uint64_t control = (bytes - 0x20 * kOnes) & ~bytes;
  const std::uint64_t above = bytes | (bytes + kOnes);  // 0x7F and what has the high bit
  return ((control | above | has_zero(bytes ^ '"' * kOnes) | has_zero(bytes ^ '\\' * kOnes)) &
          kHigh) == 0;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  std::size_t done = 0;
  std::size_t at = 0;
  while (true) {
    while (at + 8 <= text.size() && EightArePlain(text.data() + at)) at += 8;
    while (at < text.size() && kPlain[static_cast<unsigned char>(text[at])]) ++at;
    out.append(text, done, at - done);
    if (at == text.size()) break;
    const char c = text[at];
    std::size_t taken = 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          // DEL needs no escape in JSON; it gets one because terminals act on it.
          out += "\\u00";
          out += kHexDigits[static_cast<unsigned char>(c) >> 4];
          out += kHexDigits[c & 15];
        } else if (const std::size_t length = Utf8Length(text.substr(at)); length > 0) {
          out.append(text, at, length);
          taken = length;
        } else {
          out += "\xEF\xBF\xBD";
        }
    }
    at += taken;
    done = at;
  }
  out += '"';
}

void AppendNumber(std::uint64_t number, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void AppendPadded(std::uint64_t number, int width, std::string& out) {
  char digits[20];
  for (int i = width; i-- > 0; number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  out.append(digits, static_cast<std::size_t>(width));
}

void WriteHex(const void* bytes, std::size_t size, char* to) {
  static constexpr std::array<std::array<char, 2>, 256> kPairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (unsigned i = 0; i < pairs.size(); ++i) {
      pairs[i] = {kHexDigits[i >> 4], kHexDigits[i & 15]};
    }
    return pairs;
  }();
  const auto* at = static_cast<const unsigned char*>(bytes);
  for (std::size_t i = 0; i < size; ++i) std::memcpy(to + 2 * i, kPairs[at[i]].data(), 2);
}

void AppendHex(const void* bytes, std::size_t size, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + 2 * size);
  WriteHex(bytes, size, out.data() + before);
}

void AppendHex64(std::uint64_t number, std::string& out) {
  for (int shift = 60; shift >= 0; shift -= 4) out += kHexDigits[number >> shift & 15];
}

void AppendDateTime(std::chrono::sys_seconds second, std::string& out) {
  using namespace std::chrono;
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss time{second - day};
  AppendPadded(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, out);
  out += '-';
  AppendPadded(static_cast<unsigned>(date.month()), 2, out);
  out += '-';
  AppendPadded(static_cast<unsigned>(date.day()), 2, out);
  out += 'T';
  AppendPadded(static_cast<std::uint64_t>(time.hours().count()), 2, out);
  out += ':';
  AppendPadded(static_cast<std::uint64_t>(time.minutes().count()), 2, out);
  out += ':';
  AppendPadded(static_cast<std::uint64_t>(time.seconds().count()), 2, out);
}

void AppendStringField(std::string_view key, std::string_view value, std::string& out) {
  out += key;
  AppendJsonString(value, out);
}

void AppendWordField(std::string_view key, std::string_view word, std::string& out) {
  out += key;
  out += '"';
  out += word;
  out += '"';
}

void AppendNumberField(std::string_view key, std::uint64_t number, std::string& out) {
  out += key;
  AppendNumber(number, out);
}

void AppendMicroseconds(std::string_view key, std::chrono::nanoseconds duration,
                        std::string& out) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  AppendNumberField(key, ns / 1000, out);
  out += '.';
  AppendPadded(ns % 1000, 3, out);
}

}  // namespace pgmoat::audit
