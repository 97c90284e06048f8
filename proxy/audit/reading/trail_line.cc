#include "proxy/audit/reading/trail_line.h"

#include <openssl/evp.h>

#include <charconv>
#include <memory>

namespace pgmoat::audit {
namespace {

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// 64 lower-case digits, as pgmoat writes them: another spelling is another line.
std::optional<LineHash> ReadHash(std::string_view hex) {
  LineHash hash{};
  if (hex.size() != 2 * hash.size()) return {};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = Nibble(hex[2 * i]);
    const int low = Nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return {};
    hash[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return hash;
}

bool Take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// Up to the next quote.  None of the fields that are read here is ever escaped.
bool TakeQuoted(std::string_view& text, std::string_view& value) {
  const std::size_t quote = text.find('"');
  if (quote == std::string_view::npos) return false;
  value = text.substr(0, quote);
  text.remove_prefix(quote + 1);
  return value.find('\\') == std::string_view::npos;
}

bool TakeNumber(std::string_view& text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || *text.data() == '0') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool ReadHead(std::string_view body, TrailLine& line) {
  std::string_view id;
  return Take(body, R"({"v":2,"seq":)") && TakeNumber(body, line.seq) &&
         Take(body, R"(,"id":")") && TakeQuoted(body, id) && Take(body, R"(,"time":")") &&
         TakeQuoted(body, line.time) && Take(body, R"(,"event":")") &&
         TakeQuoted(body, line.event);
}

bool ReadTail(std::string_view tail, TrailLine& line) {
  std::string_view hex;
  if (!TakeQuoted(tail, hex)) return false;
  const auto hash = ReadHash(hex);
  if (!hash) return false;
  line.hash = *hash;
  if (line.event == "checkpoint" && Take(tail, R"(,"key":")")) {
    return TakeQuoted(tail, line.key) && Take(tail, R"(,"signature":")") &&
           TakeQuoted(tail, line.signature) && tail == "}";
  }
  return tail == "}";
}

// Neither kind of line holds anything that a client sent, so that the name is the field.
bool ReadPrev(TrailLine& line) {
  constexpr std::string_view kName = R"("prev":")";
  if (line.event != "start" && line.event != "checkpoint") return true;
  const std::size_t at = line.body.rfind(kName);
  if (at == std::string_view::npos) return false;
  std::string_view rest = line.body.substr(at + kName.size());
  std::string_view hex;
  if (!TakeQuoted(rest, hex)) return false;
  line.prev = ReadHash(hex);
  return line.prev.has_value();
}

}  // namespace

std::optional<TrailLine> ReadTrailLine(std::string_view text) {
  constexpr std::string_view kHash = R"(,"hash":")";
  const std::size_t at = text.rfind(kHash);
  if (at == std::string_view::npos) return {};
  TrailLine line;
  line.body = text.substr(0, at);
  if (!ReadHead(line.body, line) || !ReadTail(text.substr(at + kHash.size()), line) ||
      !ReadPrev(line)) {
    return {};
  }
  return line;
}

bool ContinuesFrom(const TrailLine& line, const LineHash& previous) {
  // Made once a thread: each costs as much as hashing a line.
  static thread_local const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  LineHash hash{};
  return sha256 != nullptr && context != nullptr &&
         EVP_DigestInit_ex2(context.get(), sha256.get(), nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), previous.data(), previous.size()) == 1 &&
         EVP_DigestUpdate(context.get(), line.body.data(), line.body.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1 && hash == line.hash;
}

}  // namespace pgmoat::audit
