#include "policy/creating_block.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "policy/parser.h"

namespace pgmoat::policy {

namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

void TrimFront(std::string_view& text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
}

void TrimBack(std::string_view& text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
}

// Takes `word` off the end, whatever its case, with the white space around it.
bool TakeBack(std::string_view& text, std::string_view word) {
  TrimBack(text);
  if (text.size() < word.size() || Lower(text.substr(text.size() - word.size())) != word) {
    return false;
  }
  text.remove_suffix(word.size());
  TrimBack(text);
  return true;
}

// EXCEPTION WHEN duplicate_object THEN null; END;  read from its end.  What is not written
// exactly so, with comments for one, is somebody else's block.
bool TakeHandler(std::string_view& text) {
  TakeBack(text, ";");
  return TakeBack(text, "end") && TakeBack(text, ";") && TakeBack(text, "null") &&
         TakeBack(text, "then") && TakeBack(text, "duplicate_object") &&
         TakeBack(text, "when") && TakeBack(text, "exception");
}

}  // namespace

bool OnlyCreates(std::string_view body) {
  TrimFront(body);
  constexpr std::string_view kBegin = "begin";
  if (Lower(body.substr(0, kBegin.size())) != kBegin) return false;
  body.remove_prefix(kBegin.size());
  if (body.empty() || !IsSpace(body.front()) || !TakeHandler(body)) return false;
  // PL/pgSQL knows more statements than SQL does; the SQL ones mean the same to both.
  TextFacts facts;
  ReadFacts(body, facts);
  static constexpr KindSet kCreates = {Kind::kCreate, Kind::kAlterAdditive};
  return facts.status == TextStatus::kUnderstood && !facts.statements.empty() &&
         std::all_of(
             facts.statements.begin(), facts.statements.end(),
             [](const StatementFacts& statement) {
               return kCreates.HasAll(statement.kinds) && statement.functions.empty() &&
                      (statement.tag == "CREATE TYPE" || statement.tag == "ALTER TABLE");
             });
}

}  // namespace pgmoat::policy
