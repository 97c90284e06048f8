#include "policy/setting_facts.h"

#include <optional>
#include <string>

#include "policy/setting_rules.h"

namespace pgmoat::policy {

namespace {

// The text of a constant as the server would read it for a setting.
std::optional<std::string> SettingText(const Node* node) {
  const Constant constant = ConstantOf(node);
  switch (constant.type) {
    case Constant::Type::kInteger:
      return std::to_string(constant.integer);
    case Constant::Type::kBoolean:
      return constant.integer != 0 ? "true" : "false";
    case Constant::Type::kFloat:
    case Constant::Type::kString:
      return std::string(constant.text);
    default:
      return std::nullopt;
  }
}

void NoteReadOnlySwitch(const SettingChange& change, StatementFacts& facts) {
  // Of a function, or of sessions to come: not of this one.
  if (change.scope != SettingScope::kSession && change.scope != SettingScope::kTransaction) {
    return;
  }
  if (change.name != "transaction_read_only" &&
      change.name != "default_transaction_read_only") {
    return;
  }
  if (!change.is_default && !(change.is_constant && IsPlainlyTrue(change.value))) {
    facts.asks_read_write = true;
  }
}

// 'x', or 'x'::text, which changes nothing.  Another cast may: 'offset'::char(3).
const Node* WithoutTextCast(const Node* node) {
  if (Tag(node) != T_TypeCast) return node;
  const TypeName* type = As<TypeCast>(node)->typeName;
  const int count = Length(type->names);
  const bool text = count >= 1 && StringOf(Item(type->names, count - 1)) == "text" &&
                    (count == 1 || StringOf(Item(type->names, 0)) == "pg_catalog") &&
                    Length(type->typmods) == 0 && Length(type->arrayBounds) == 0;
  return text ? As<TypeCast>(node)->arg : node;
}

}  // namespace

void AddVariableSet(const VariableSetStmt* statement, SettingScope scope,
                    StatementFacts& facts) {
  if (statement->kind == VAR_SET_MULTI) {
    // TRANSACTION, SESSION CHARACTERISTICS: modes.  TRANSACTION SNAPSHOT: a constant.
    AddTransactionModes(statement->args, facts);
    return;
  }
  SettingChange& change = facts.settings.emplace_back();
  change.scope = scope;
  if (statement->kind == VAR_RESET_ALL) {
    change.is_reset_all = true;
    change.is_default = true;
    return;
  }
  change.name = FoldSettingName(View(statement->name));
  change.is_default = statement->kind == VAR_SET_DEFAULT || statement->kind == VAR_RESET;
  if (statement->kind == VAR_SET_CURRENT) change.is_constant = false;  // SET … FROM CURRENT
  for (int i = 0; i < Length(statement->args); ++i) {
    const Node* argument = Item(statement->args, i);
    // SET TIME ZONE INTERVAL '1' HOUR is a cast of a constant.
    if (Tag(argument) == T_TypeCast) argument = As<TypeCast>(argument)->arg;
    const std::optional<std::string> text = SettingText(argument);
    if (!text) {
      change.is_constant = false;
      change.value.clear();
      break;
    }
    if (i > 0) change.value += ',';
    change.value += *text;
  }
  NoteReadOnlySwitch(change, facts);
}

void AddTransactionModes(const List* modes, StatementFacts& facts) {
  for (int i = 0; i < Length(modes); ++i) {
    const Node* mode = Item(modes, i);
    if (mode == nullptr || Tag(mode) != T_DefElem) continue;
    const auto* option = As<DefElem>(mode);
    if (View(option->defname) != "transaction_read_only") continue;
    const Constant value = ConstantOf(option->arg);
    const bool read_only = value.type == Constant::Type::kInteger && value.integer != 0;
    (read_only ? facts.asks_read_only : facts.asks_read_write) = true;
  }
}

bool IsSetConfig(const FuncCall* call) {
  const int count = Length(call->funcname);
  if (count == 0 || StringOf(Item(call->funcname, count - 1)) != "set_config") return false;
  return count == 1 || StringOf(Item(call->funcname, count - 2)) == "pg_catalog";
}

void AddSetConfig(const FuncCall* call, std::string_view pinned_name, StatementFacts& facts) {
  // set_config(setting_name, new_value, is_local), by position or by name.
  const Node* name = nullptr;
  const Node* value = nullptr;
  const Node* is_local = nullptr;
  for (int i = 0; i < Length(call->args); ++i) {
    const Node* argument = Item(call->args, i);
    if (Tag(argument) == T_NamedArgExpr) {
      const auto* named = As<NamedArgExpr>(argument);
      if (View(named->name) == "setting_name") name = As<Node>(named->arg);
      if (View(named->name) == "new_value") value = As<Node>(named->arg);
      if (View(named->name) == "is_local") is_local = As<Node>(named->arg);
    } else if (i == 0) {
      name = argument;
    } else if (i == 1) {
      value = argument;
    } else if (i == 2) {
      is_local = argument;
    }
  }
  if (name == nullptr || value == nullptr || call->func_variadic) {
    AddUnknownSetting(facts);
    return;
  }
  const Constant name_constant = ConstantOf(WithoutTextCast(name));
  if (name_constant.type == Constant::Type::kString) pinned_name = name_constant.text;
  if (pinned_name.empty()) {
    AddUnknownSetting(facts);
    return;
  }
  SettingChange& change = facts.settings.emplace_back();
  change.name = FoldSettingName(pinned_name);
  const Constant local = ConstantOf(is_local);
  if (local.type == Constant::Type::kBoolean && local.integer != 0) {
    change.scope = SettingScope::kTransaction;
  }
  const Constant value_constant = ConstantOf(WithoutTextCast(value));
  if (value_constant.type == Constant::Type::kString) {
    change.value = value_constant.text;
  } else if (value_constant.type == Constant::Type::kNull) {
    change.is_default = true;  // the server resets the setting
  } else {
    change.is_constant = false;
  }
  NoteReadOnlySwitch(change, facts);
}

void AddUnknownSetting(StatementFacts& facts) {
  facts.settings.emplace_back().is_constant = false;
}

}  // namespace pgmoat::policy
