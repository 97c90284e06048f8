// A newer libpg_query brings node types that no walk knows.  Each T_ name of
// PostgreSQL's nodes.h must be named in the walk's sources or stand here as one that
// the raw grammar never makes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace pgmoat::policy {
namespace {

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::set<std::string> TagsIn(const std::string& text) {
  static const std::regex kTag("\\bT_[A-Za-z_]+");
  std::set<std::string> tags;
  for (std::sregex_iterator it(text.begin(), text.end(), kTag), end; it != end; ++it) {
    tags.insert(it->str());
  }
  return tags;
}

std::string LowerUntil(const std::string& text, const std::string& from,
                       const std::string& to) {
  const std::size_t begin = text.find(from);
  const std::size_t end = text.find(to, begin);
  return begin == std::string::npos || end == std::string::npos
             ? std::string()
             : text.substr(begin, end - begin);
}

// Whole sections of nodes.h hold nothing that a grammar makes.
std::set<std::string> UnreachableSections(const std::string& nodes) {
  std::set<std::string> tags;
  const char* sections[][2] = {
      {"T_Invalid", "TAGS FOR PRIMITIVE NODES"},  // executor, plans, plan states
      {"TAGS FOR EXPRESSION STATE NODES", "TAGS FOR VALUE NODES"},  // states, planner, memory
      {"TAGS FOR REPLICATION GRAMMAR", "} NodeTag"},  // another grammar, and support
  };
  for (const auto& [from, to] : sections) {
    const std::string section = LowerUntil(nodes, from, to);
    EXPECT_FALSE(section.empty()) << from;
    tags.merge(TagsIn(section));
  }
  return tags;
}

// Made by parse analysis, the planner or PL/pgSQL's parser, never by the raw grammar.
const std::set<std::string>& NotRaw() {
  static const std::set<std::string> tags = {
      "T_TableFunc", "T_Var", "T_Const", "T_Param", "T_Aggref", "T_WindowFunc",
      "T_SubscriptingRef", "T_FuncExpr", "T_OpExpr", "T_DistinctExpr", "T_NullIfExpr",
      "T_ScalarArrayOpExpr", "T_SubPlan", "T_AlternativeSubPlan", "T_FieldSelect",
      "T_FieldStore", "T_RelabelType", "T_CoerceViaIO", "T_ArrayCoerceExpr",
      "T_ConvertRowtypeExpr", "T_CollateExpr", "T_CaseTestExpr", "T_ArrayExpr",
      "T_RowCompareExpr", "T_CoerceToDomain", "T_CoerceToDomainValue", "T_NextValueExpr",
      "T_InferenceElem", "T_TargetEntry", "T_RangeTblRef", "T_FromExpr", "T_OnConflictExpr",
      "T_IntList", "T_OidList", "T_ExtensibleNode", "T_Query", "T_PlannedStmt",
      "T_SetOperationStmt", "T_RangeTblEntry", "T_RangeTblFunction", "T_TableSampleClause",
      "T_WithCheckOption", "T_SortGroupClause", "T_WindowClause", "T_RowMarkClause",
      "T_RawStmt",       // the list that RawTree hands out; parser.cc unwraps it
      "T_PLAssignStmt",  // only in PL/pgSQL's parse mode
      // Children of statements whose lists the walk reads itself.
      "T_AlterTableCmd"};
  return tags;
}

TEST(NodeTags, EveryTagIsWalkedOrKnownToBeUnreachable) {
  const std::string nodes = ReadAll(PGMOAT_NODES_H);
  ASSERT_FALSE(nodes.empty()) << PGMOAT_NODES_H;
  // Only the enum.
  const std::string tags_enum =
      LowerUntil(nodes, "typedef enum NodeTag", "} NodeTag;") + "} NodeTag";
  const std::set<std::string> unreachable = UnreachableSections(tags_enum);

  std::set<std::string> walked;
  for (const char* file :
       {"children.cc", "walk_query.cc", "walk_utility.cc", "walk_ddl.cc", "walk_create.cc",
        "walk_code.cc", "walk_names.cc", "walk_server.cc", "walk.cc"}) {
    walked.merge(TagsIn(ReadAll(std::filesystem::path(PGMOAT_POLICY_SOURCE) / file)));
  }
  int seen = 0;
  for (const std::string& tag : TagsIn(tags_enum)) {
    ++seen;
    const bool known =
        walked.contains(tag) || unreachable.contains(tag) || NotRaw().contains(tag);
    EXPECT_TRUE(known) << tag << " is new: let children.cc or a walk_*.cc handle it";
    EXPECT_FALSE(walked.contains(tag) && NotRaw().contains(tag)) << tag << " is in both lists";
  }
  EXPECT_GT(seen, 300);
}

}  // namespace
}  // namespace pgmoat::policy
