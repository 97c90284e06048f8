#include "policy/parser.h"

#include <string>
#include <vector>

#include "policy/raw_tree.h"
#include "policy/utf8.h"
#include "policy/walk.h"

namespace pgmoat::policy {

namespace {

// Scratch space per thread.  A 10 MB statement's share is given back afterwards.
constexpr std::size_t kKeptBytes = std::size_t{256} << 10;

constexpr std::size_t kKeptNames = 16;

struct Scratch {
  std::string text;  // NUL-terminated, as libpg_query wants it
  WalkScratch walk;
};

Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

// Empties `statement` but keeps the capacity of its vectors, and of names.
void Reset(StatementFacts& statement, std::vector<std::string>& names) {
  for (RelationUse& use : statement.relations) {
    if (names.size() == kKeptNames) break;
    names.push_back(std::move(use.name));
  }
  StatementFacts fresh;
  fresh.relations.swap(statement.relations);
  fresh.functions.swap(statement.functions);
  fresh.casts.swap(statement.casts);
  fresh.settings.swap(statement.settings);
  fresh.relations.clear();
  fresh.functions.clear();
  fresh.casts.clear();
  fresh.settings.clear();
  statement = std::move(fresh);
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Where the statement stands, without the space around it.  A comment before it is
// left in: finding its end is the lexer's business.
void Locate(std::string_view text, const RawStmt* raw, StatementFacts& statement) {
  std::size_t begin = raw->stmt_location > 0 ? static_cast<std::size_t>(raw->stmt_location) : 0;
  std::size_t end =
      raw->stmt_len > 0 ? begin + static_cast<std::size_t>(raw->stmt_len) : text.size();
  if (end > text.size()) end = text.size();
  while (begin < end && IsSpace(text[begin])) ++begin;
  while (end > begin && IsSpace(text[end - 1])) --end;
  statement.offset = begin;
  statement.length = end - begin;
}

void ReadStatements(std::string_view text, const List* list, Scratch& scratch,
                    TextFacts& facts) {
  const auto count = static_cast<std::size_t>(Length(list));
  if (facts.statements.size() > count) facts.statements.resize(count);
  facts.statements.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i < facts.statements.size()) {
      Reset(facts.statements[i], scratch.walk.names);
    } else {
      facts.statements.emplace_back();
    }
    StatementFacts& statement = facts.statements[i];
    const auto* raw = As<RawStmt>(Item(list, static_cast<int>(i)));
    Locate(text, raw, statement);
    if (Walk(statement, scratch.walk).Run(raw->stmt) == WalkResult::kTooDeep) {
      facts.statements.clear();
      facts.status = TextStatus::kTooDeep;
      return;
    }
  }
  if (count == 0) {
    StatementFacts& statement = facts.statements.emplace_back();
    statement.kinds.Add(Kind::kEmpty);
    statement.tag = "empty query";
  }
}

}  // namespace

void ReadFacts(std::string_view text, TextFacts& facts) {
  facts.status = TextStatus::kUnderstood;
  if (!IsReadableUtf8(text)) {
    facts.statements.clear();
    facts.status = TextStatus::kInvalidEncoding;
    return;
  }
  Scratch& scratch = ThreadScratch();
  scratch.text.assign(text);
  {
    const RawTree tree(scratch.text.c_str());
    switch (tree.status()) {
      case RawParse::kOk:
        ReadStatements(text, tree.statements(), scratch, facts);
        break;
      case RawParse::kSyntaxError:
        facts.statements.clear();
        facts.status = TextStatus::kSyntaxError;
        break;
      case RawParse::kTooDeep:
        facts.statements.clear();
        facts.status = TextStatus::kTooDeep;
        break;
    }
  }
  if (scratch.text.capacity() > kKeptBytes) std::string().swap(scratch.text);
  if (scratch.walk.stack.capacity() > kKeptBytes / sizeof(WorkItem)) {
    std::vector<WorkItem>().swap(scratch.walk.stack);
  }
}

std::string_view GrammarVersion() { return PG_VERSION; }

}  // namespace pgmoat::policy
