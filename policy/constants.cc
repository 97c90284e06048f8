#include "policy/constants.h"

namespace pgmoat::policy {

namespace {

// Terms of one concatenation that are looked at.
constexpr int kLongestConcatenation = 32;

bool AppendText(const Node* node, int& terms_left, std::string& text) {
  if (node == nullptr || --terms_left < 0) return false;
  if (Tag(node) == T_A_Expr) {
    const auto* expression = As<A_Expr>(node);
    return expression->kind == AEXPR_OP && LastName(expression->name) == "||" &&
           AppendText(expression->lexpr, terms_left, text) &&
           AppendText(expression->rexpr, terms_left, text);
  }
  if (Tag(node) == T_FuncCall) {
    const auto* call = As<FuncCall>(node);
    if (LastName(call->funcname) != "concat") return false;
    for (int i = 0; i < Length(call->args); ++i) {
      if (!AppendText(Item(call->args, i), terms_left, text)) return false;
    }
    return true;
  }
  const Constant constant = PlainConstant(node);
  if (constant.type != Constant::Type::kString) return false;
  text.append(constant.text);
  return true;
}

}  // namespace

std::string_view LastName(const List* names) {
  const int count = Length(names);
  return count == 0 ? std::string_view() : StringOf(Item(names, count - 1));
}

Constant PlainConstant(const Node* node) {
  if (node == nullptr) return {};
  if (Tag(node) != T_TypeCast) return ConstantOf(node);
  const auto* cast = As<TypeCast>(node);
  const Constant constant = ConstantOf(cast->arg);
  if (Length(cast->typeName->arrayBounds) > 0) return {};
  const std::string_view type = LastName(cast->typeName->names);
  const bool keeps =
      constant.type == Constant::Type::kNull ||
      (constant.type == Constant::Type::kInteger &&
       (type == "int2" || type == "int4" || type == "int8" || type == "numeric")) ||
      (constant.type == Constant::Type::kString && type == "text") ||
      (constant.type == Constant::Type::kBoolean && type == "bool");
  return keeps ? constant : Constant{};
}

std::optional<std::string> PlainText(const Node* node) {
  std::string text;
  int terms_left = kLongestConcatenation;
  if (!AppendText(node, terms_left, text)) return std::nullopt;
  return text;
}

std::optional<bool> CompareConstants(const Constant& left, std::string_view op,
                                     const Constant& right) {
  if (left.type != right.type) return std::nullopt;
  switch (left.type) {
    case Constant::Type::kInteger:
    case Constant::Type::kBoolean:
      if (op == "=") return left.integer == right.integer;
      if (op == "<>") return left.integer != right.integer;
      if (op == "<") return left.integer < right.integer;
      if (op == "<=") return left.integer <= right.integer;
      if (op == ">") return left.integer > right.integer;
      if (op == ">=") return left.integer >= right.integer;
      return std::nullopt;
    case Constant::Type::kString:
    case Constant::Type::kFloat: {
      const bool same = left.text == right.text;
      if (same && (op == "=" || op == "<=" || op == ">=")) return true;
      if (same && (op == "<>" || op == "<" || op == ">")) return false;
      if (left.type == Constant::Type::kFloat) return std::nullopt;
      if (op == "=") return false;
      if (op == "<>") return true;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<int> SignOf(const Constant& constant) {
  if (constant.type == Constant::Type::kInteger) {
    return constant.integer < 0 ? -1 : constant.integer > 0 ? 1 : 0;
  }
  if (constant.type != Constant::Type::kFloat) return std::nullopt;
  if (!constant.text.empty() && constant.text.front() == '-') return -1;
  return constant.text.find_first_of("123456789") == std::string_view::npos ? 0 : 1;
}

bool IsEmptyArray(const Node* node) {
  while (node != nullptr && Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  if (node == nullptr) return false;
  if (Tag(node) == T_A_ArrayExpr) return Length(As<A_ArrayExpr>(node)->elements) == 0;
  const Constant constant = ConstantOf(node);
  return constant.type == Constant::Type::kString &&
         (constant.text == "{}" || constant.text == "[]");
}

}  // namespace pgmoat::policy
