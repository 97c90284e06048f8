#include "policy/raw_tree.h"

#include <cstdlib>

// The library exports it in every release, but Debian installs no header that says so.
extern "C" std::uint64_t pg_query_fingerprint_node(const void* node);

namespace pgmoat::policy {

namespace {

PgQueryInternalParsetreeAndError Parse(const char* sql) {
#if PG_VERSION_NUM >= 170000
  return pg_query_raw_parse(sql, PG_QUERY_PARSE_DEFAULT);
#else
  return pg_query_raw_parse(sql);
#endif
}

}  // namespace

RawTree::RawTree(const char* sql) : context_(pg_query_enter_memory_context()) {
  PgQueryInternalParsetreeAndError result = Parse(sql);
  // Neither of these two is in the memory context.
  std::free(result.stderr_buffer);
  if (result.error != nullptr) {
    // bison's stack is exhausted by nesting ("memory exhausted"); PostgreSQL's own
    // guard says "stack depth limit exceeded".
    const std::string_view message = View(result.error->message);
    const bool deep = message.find("memory exhausted") != std::string_view::npos ||
                      message.find("stack depth") != std::string_view::npos;
    error_ = message;
    error_position_ = result.error->cursorpos;
    status_ = deep ? RawParse::kTooDeep : RawParse::kSyntaxError;
    pg_query_free_error(result.error);
    return;
  }
  statements_ = result.tree;
}

RawTree::~RawTree() { pg_query_exit_memory_context(context_); }

std::string_view StringOf(const Node* node) {
  if (node == nullptr || Tag(node) != T_String) return {};
  return View(As<String>(node)->sval);
}

Constant ConstantOf(const Node* node) {
  if (node == nullptr) return {};
  if (Tag(node) == T_A_Const) {
    const auto* constant = As<A_Const>(node);
    if (constant->isnull) return {.type = Constant::Type::kNull, .text = {}};
    node = &constant->val.node;
  }
  switch (Tag(node)) {
    case T_Integer:
      return {.type = Constant::Type::kInteger, .integer = As<Integer>(node)->ival, .text = {}};
    case T_Float:
      return {.type = Constant::Type::kFloat, .text = View(As<Float>(node)->fval)};
    case T_Boolean:
      return {
          .type = Constant::Type::kBoolean, .integer = As<Boolean>(node)->boolval, .text = {}};
    case T_String:
      return {.type = Constant::Type::kString, .text = View(As<String>(node)->sval)};
    case T_BitString:
      return {.type = Constant::Type::kBitString, .text = View(As<BitString>(node)->bsval)};
    default:
      return {};
  }
}

std::uint64_t FingerprintOf(const RawTree& tree) {
  return pg_query_fingerprint_node(tree.statements());
}

bool HasOption(const List* options, std::string_view name) {
  for (int i = 0; i < Length(options); ++i) {
    const Node* option = Item(options, i);
    if (option != nullptr && Tag(option) == T_DefElem &&
        View(As<DefElem>(option)->defname) == name) {
      return true;
    }
  }
  return false;
}

bool ChangesTargetRows(const MergeWhenClause* when) {
#if PG_VERSION_NUM >= 170000
  if (when->matchKind == MERGE_WHEN_NOT_MATCHED_BY_TARGET) return false;
#else
  if (!when->matched) return false;
#endif
  return when->commandType == CMD_UPDATE || when->commandType == CMD_DELETE;
}

bool IsForUnjoinedTargetRows([[maybe_unused]] const MergeWhenClause* when) {
#if PG_VERSION_NUM >= 170000
  return when->matchKind == MERGE_WHEN_NOT_MATCHED_BY_SOURCE;
#else
  return false;
#endif
}

}  // namespace pgmoat::policy
