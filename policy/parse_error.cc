#include "policy/parse_error.h"

#include "policy/raw_tree.h"

namespace pgmoat::policy {

namespace {

// The parser counts characters.
std::size_t OffsetOfCharacter(std::string_view sql, int position) {
  std::size_t at = 0;
  for (int left = position - 1; left > 0 && at < sql.size(); --left) {
    ++at;
    while (at < sql.size() && (static_cast<unsigned char>(sql[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

}  // namespace

std::optional<ParseError> FindParseError(std::string_view sql) {
  const std::string terminated(sql);
  const RawTree tree(terminated.c_str());
  if (tree.status() == RawParse::kOk) return std::nullopt;
  return ParseError{tree.error(), OffsetOfCharacter(sql, tree.error_position())};
}

}  // namespace pgmoat::policy
