#include "policy/canonical.h"

#include <algorithm>
#include <cstddef>

#include "policy/parser.h"
#include "policy/raw_tree.h"
#include "policy/tokens.h"

namespace pgmoat::policy {

std::optional<std::vector<std::string>> CanonicalStatements(std::string_view text) {
  TextFacts facts;
  ReadFacts(text, facts);
  if (facts.status != TextStatus::kUnderstood) return std::nullopt;
  const std::string sql(text);
  const RawTree tree(sql.c_str());
  if (tree.status() != RawParse::kOk) return std::nullopt;
  std::vector<Token> tokens;
  ReadTokens(tree, sql.c_str(), tokens);

  std::vector<std::string> canonical;
  canonical.reserve(facts.statements.size());
  auto token = tokens.begin();
  for (const StatementFacts& statement : facts.statements) {
    const std::size_t end = statement.offset + statement.length;
    std::string& out = canonical.emplace_back();
    token = std::find_if(token, tokens.end(),
                         [&](const Token& t) { return t.begin >= statement.offset; });
    for (; token != tokens.end() && token->end <= end; ++token) {
      if (!out.empty()) out += ' ';
      out.append(sql, token->begin, token->end - token->begin);
    }
  }
  return canonical;
}

}  // namespace pgmoat::policy
