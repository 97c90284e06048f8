#include "policy/ledger_insert.h"

#include <algorithm>

#include "policy/creating_block.h"
#include "policy/raw_tree.h"

namespace pgmoat::policy {

namespace {

// $1, 'text', 5, true, and casts of these.
LedgerValue ValueOfExpression(const Node* node, bool& is_null) {
  LedgerValue value;
  while (node != nullptr && Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  if (node == nullptr) return value;
  if (Tag(node) == T_ParamRef) {
    value.parameter = As<ParamRef>(node)->number;
    return value;
  }
  const Constant constant = ConstantOf(node);
  switch (constant.type) {
    case Constant::Type::kNull:
      is_null = true;
      break;
    case Constant::Type::kInteger:
      value.constant = std::to_string(constant.integer);
      break;
    case Constant::Type::kBoolean:
      value.constant = constant.integer != 0 ? "true" : "false";
      break;
    case Constant::Type::kFloat:
    case Constant::Type::kString:
      value.constant = constant.text;
      break;
    default:
      break;
  }
  return value;
}

LedgerInsert ReadInsert(const InsertStmt* insert) {
  LedgerInsert read;
  const Node* source = insert->selectStmt;
  if (source == nullptr || Tag(source) != T_SelectStmt || insert->withClause != nullptr) {
    return read;
  }
  const List* rows = As<SelectStmt>(source)->valuesLists;
  const bool may_conflict = insert->onConflictClause != nullptr;
  const bool one_row = Length(rows) == 1;
  read.plain = one_row && !may_conflict;
  read.updates =
      one_row && may_conflict && insert->onConflictClause->action == ONCONFLICT_UPDATE;
  if (Length(rows) == 0) return read;
  const auto* row = As<List>(Item(rows, 0));
  for (int i = 0; i < Length(row); ++i) {
    bool is_null = false;
    LedgerValue value = ValueOfExpression(Item(row, i), is_null);
    if (i < Length(insert->cols) && !is_null) {
      read.values.emplace_back(View(As<ResTarget>(Item(insert->cols, i))->name), value);
    }
    read.row.push_back(std::move(value));
  }
  return read;
}

// Empty for another language than plpgsql.
std::string DoBody(const DoStmt* statement) {
  std::string body;
  for (int i = 0; i < Length(statement->args); ++i) {
    const auto* option = As<DefElem>(Item(statement->args, i));
    const std::string_view value = StringOf(option->arg);
    if (View(option->defname) == "as") body = value;
    if (View(option->defname) == "language" && value != "plpgsql") return {};
  }
  return body;
}

LedgerStatement ReadStatement(const Node* node) {
  LedgerStatement read;
  switch (Tag(node)) {
    case T_InsertStmt:
      read.insert = ReadInsert(As<InsertStmt>(node));
      break;
    case T_UpdateStmt: {
      const List* targets = As<UpdateStmt>(node)->targetList;
      for (int i = 0; i < Length(targets); ++i) {
        read.updated_columns.emplace_back(View(As<ResTarget>(Item(targets, i))->name));
      }
      break;
    }
    case T_CreateSchemaStmt: {
      const auto* create = As<CreateSchemaStmt>(node);
      if (Length(create->schemaElts) == 0) read.creates_schema = View(create->schemaname);
      break;
    }
    default:
      break;
  }
  return read;
}

}  // namespace

bool LedgerInsert::Has(std::string_view column) const {
  return std::any_of(values.begin(), values.end(),
                     [&](const auto& value) { return value.first == column; });
}

LedgerValue LedgerInsert::ValueOf(std::string_view column) const {
  const auto found = std::find_if(values.begin(), values.end(), [&](const auto& value) {
    return !column.empty() && value.first == column;
  });
  return found == values.end() ? LedgerValue() : found->second;
}

std::vector<LedgerStatement> ReadLedgerStatements(std::string_view text) {
  std::vector<LedgerStatement> read;
  std::vector<std::pair<std::size_t, std::string>> blocks;
  {
    const std::string sql(text);
    const RawTree tree(sql.c_str());
    if (tree.status() != RawParse::kOk) return read;
    for (int i = 0; i < Length(tree.statements()); ++i) {
      const Node* node = As<RawStmt>(Item(tree.statements(), i))->stmt;
      read.push_back(ReadStatement(node));
      if (Tag(node) == T_DoStmt) blocks.emplace_back(i, DoBody(As<DoStmt>(node)));
    }
  }
  // Only now: what is in a block is a text of its own, and a thread has one tree at a time.
  for (const auto& [index, body] : blocks) read[index].do_only_creates = OnlyCreates(body);
  return read;
}

}  // namespace pgmoat::policy
