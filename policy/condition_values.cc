// `left op right` where the two are not plainly the same: constants in disguise, shifted
// values, bounds that every row keeps.
#include "policy/condition.h"
#include "policy/constants.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

Truth FromBool(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

std::string_view Turned(std::string_view op) {
  if (op == "<") return ">";
  if (op == "<=") return ">=";
  if (op == ">") return "<";
  if (op == ">=") return "<=";
  return op;
}

bool HoldsForEqual(std::string_view op) { return op == "=" || op == "<=" || op == ">="; }

bool IsInteger(const Node* node, long value) {
  const Constant constant = PlainConstant(node);
  return constant.type == Constant::Type::kInteger && constant.integer == value;
}

// Of functions that count or measure.
bool IsNeverNegative(const Node* node, const Target& target) {
  if (Tag(node) == T_A_Expr) {
    const auto* expression = As<A_Expr>(node);
    return expression->kind == AEXPR_OP && OperatorName(expression) == "*" &&
           expression->lexpr != nullptr &&
           SameExpression(expression->lexpr, expression->rexpr, target);
  }
  if (Tag(node) != T_FuncCall) return false;
  const std::string_view name = LastName(As<FuncCall>(node)->funcname);
  for (const std::string_view known :
       {"length", "char_length", "character_length", "octet_length", "bit_length", "abs",
        "cardinality", "json_array_length", "jsonb_array_length", "strpos", "position",
        "num_nulls", "num_nonnulls", "pg_column_size", "ascii", "levenshtein"}) {
    if (name == known) return true;
  }
  return false;
}

bool IsCtid(const Node* node) {
  return Tag(node) == T_ColumnRef && LastName(As<ColumnRef>(node)->fields) == "ctid";
}

std::string_view TextOf(const Node* node) {
  if (Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  const Constant constant = ConstantOf(node);
  return constant.type == Constant::Type::kString ? constant.text : std::string_view();
}

// Items are numbered from 1, so (0,0) is before the first row and (0,1) is the first;
// no table has a block 4294967295.
bool EveryCtidIs(std::string_view op, const Node* bound) {
  const std::string_view text = TextOf(bound);
  if (op == ">" || op == "<>") return text == "(0,0)";
  if (op == ">=") return text == "(0,0)" || text == "(0,1)";
  return (op == "<" || op == "<=") &&
         (text.substr(0, 12) == "(4294967295," || text.substr(0, 12) == "(4294967294,");
}

// x of `x + shift` and `x - shift`, where the shift is the same for every row.
struct Shifted {
  const Node* base;
  const Node* shift = nullptr;
  bool minus = false;
};

}  // namespace

Constant Condition::ValueOf(const Node* node) const {
  const Constant constant = PlainConstant(node);
  if (constant.type != Constant::Type::kNone || Tag(node) != T_A_Expr) return constant;
  const auto* expression = As<A_Expr>(node);
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  if (left == nullptr || right == nullptr) return {};
  if (expression->kind == AEXPR_NULLIF && Same(left, right)) {
    return {.type = Constant::Type::kNull, .text = {}};
  }
  if (expression->kind != AEXPR_OP) return {};
  const std::string_view op = OperatorName(expression);
  const bool zero = (op == "-" && Same(left, right)) || (op == "%" && IsInteger(right, 1)) ||
                    ((op == "*" || op == "&") && (IsInteger(left, 0) || IsInteger(right, 0)));
  if (zero) return {.type = Constant::Type::kInteger, .integer = 0, .text = {}};
  if (op == "/" && Same(left, right)) {
    return {.type = Constant::Type::kInteger, .integer = 1, .text = {}};
  }
  return {};
}

std::optional<Truth> Condition::Compare(const Node* left, std::string_view op,
                                        const Node* right, int depth) {
  if (Same(left, right)) return FromBool(HoldsForEqual(op));
  const Constant a = ValueOf(left);
  const Constant b = ValueOf(right);
  if (a.type == Constant::Type::kNull || b.type == Constant::Type::kNull) return Truth::kNull;
  if (a.type != Constant::Type::kNone && b.type != Constant::Type::kNone) {
    const auto holds = CompareConstants(a, op, b);
    return holds ? FromBool(*holds) : Truth::kDoubt;
  }
  // (x = x) = true, false <> (1 = 1)
  const bool left_boolean = a.type == Constant::Type::kBoolean;
  if ((op == "=" || op == "<>") && (left_boolean || b.type == Constant::Type::kBoolean)) {
    const bool wanted = (left_boolean ? a : b).integer != 0;
    const Truth truth = Fold(left_boolean ? right : left, depth);
    return wanted == (op == "=") ? truth : Not(truth);
  }
  if (Tag(left) == T_RowExpr && Tag(right) == T_RowExpr) {
    if (const auto truth = CompareRows(left, op, right, depth)) return truth;
  }
  if (const auto truth = CompareShifted(left, op, right)) return truth;
  if (HoldsForEqual(op)) {
    if (const auto truth = CompareWithChoice(left, right)) return truth;
    if (const auto truth = CompareWithChoice(right, left)) return truth;
  }
  if (IsAlways(left, op, right, depth) || IsAlways(right, Turned(op), left, depth)) {
    return Truth::kTrue;
  }
  return std::nullopt;
}

// (a, b) = (c, d) is a = c AND b = d; an ordering is decided by the first that differ.
std::optional<Truth> Condition::CompareRows(const Node* left, std::string_view op,
                                            const Node* right, int depth) {
  const List* ours = As<RowExpr>(left)->args;
  const List* theirs = As<RowExpr>(right)->args;
  if (Length(ours) != Length(theirs) || Length(ours) == 0 || depth > 100) return std::nullopt;
  if (op != "=" && op != "<>") {
    const auto first = CompareConstants(PlainConstant(Item(ours, 0)), op.substr(0, 1),
                                        PlainConstant(Item(theirs, 0)));
    const auto equal =
        CompareConstants(PlainConstant(Item(ours, 0)), "=", PlainConstant(Item(theirs, 0)));
    if (!first || !equal || *equal) return std::nullopt;
    return FromBool(*first);
  }
  Truth truth = Truth::kTrue;
  for (int i = 0; i < Length(ours); ++i) {
    const auto next = Compare(Item(ours, i), "=", Item(theirs, i), depth + 1);
    if (!next) return std::nullopt;
    truth = And(truth, *next);
  }
  return op == "=" ? truth : Not(truth);
}

std::optional<Truth> Condition::CompareShifted(const Node* left, std::string_view op,
                                               const Node* right) {
  const auto read = [&](const Node* node) -> Shifted {
    node = WithoutDisguise(node, target_);
    if (Tag(node) != T_A_Expr) return {node};
    const auto* expression = As<A_Expr>(node);
    const std::string_view name = OperatorName(expression);
    if (expression->kind != AEXPR_OP || expression->lexpr == nullptr) return {node};
    if (name != "+" && name != "-") return {node};
    if (ByDependence(expression->rexpr) != Truth::kVaries) {
      return {expression->lexpr, expression->rexpr, name == "-"};
    }
    if (name == "+" && ByDependence(expression->lexpr) != Truth::kVaries) {
      return {expression->rexpr, expression->lexpr, false};
    }
    return {node};
  };
  const auto amount = [](const Shifted& shifted) -> std::optional<long> {
    if (shifted.shift == nullptr) return 0;
    const Constant constant = PlainConstant(shifted.shift);
    if (constant.type != Constant::Type::kInteger) return std::nullopt;
    return shifted.minus ? -constant.integer : constant.integer;
  };
  const Shifted a = read(left);
  const Shifted b = read(right);
  if ((a.shift == nullptr && b.shift == nullptr) || !Same(a.base, b.base)) return std::nullopt;
  const auto ours = amount(a);
  const auto theirs = amount(b);
  // x < x + interval '1 day', x = x + $1: the same for every row.
  if (!ours || !theirs) return Truth::kDoubt;
  const auto holds =
      CompareConstants({.type = Constant::Type::kInteger, .integer = *ours, .text = {}}, op,
                       {.type = Constant::Type::kInteger, .integer = *theirs, .text = {}});
  return holds ? std::optional(FromBool(*holds)) : std::nullopt;
}

// x = coalesce($1, x), x = CASE WHEN $1 THEN x END: every row, unless $1 says otherwise.
std::optional<Truth> Condition::CompareWithChoice(const Node* value, const Node* choice) {
  choice = WithoutDisguise(choice, target_);
  if (Tag(choice) == T_CoalesceExpr) {
    const List* args = As<CoalesceExpr>(choice)->args;
    Truth before = Truth::kDoubt;
    for (int i = 0; i < Length(args); ++i) {
      if (Same(value, Item(args, i))) return before;
      before = ByDependence(Item(args, i));
      if (before == Truth::kVaries) return std::nullopt;
    }
    return std::nullopt;
  }
  if (Tag(choice) != T_CaseExpr) return std::nullopt;
  const auto* expression = As<CaseExpr>(choice);
  if (expression->arg != nullptr && ByDependence(expression->arg) == Truth::kVaries) {
    return std::nullopt;
  }
  for (int i = 0; i < Length(expression->args); ++i) {
    const auto* when = As<CaseWhen>(Item(expression->args, i));
    if (ByDependence(when->expr) == Truth::kVaries) return std::nullopt;
    if (Same(value, As<Node>(when->result))) return Truth::kDoubt;
  }
  const bool otherwise =
      expression->defresult != nullptr && Same(value, As<Node>(expression->defresult));
  return otherwise ? std::optional(Truth::kDoubt) : std::nullopt;
}

// A bound that every row keeps.
bool Condition::IsAlways(const Node* left, std::string_view op, const Node* right, int depth) {
  const auto sign = SignOf(PlainConstant(right));
  if (sign && IsNeverNegative(left, target_)) {
    if (op == ">=") return *sign <= 0;
    if (op == ">" || op == "<>") return *sign < 0;
  }
  if (IsCtid(left) && EveryCtidIs(op, right)) return true;
  if (op == ">=" && TextOf(right) == "-infinity") return true;
  if (op == "<=" && TextOf(right) == "infinity") return true;
  if (Tag(left) == T_MinMaxExpr) {
    const auto* extreme = As<MinMaxExpr>(left);
    if (op == (extreme->op == IS_GREATEST ? ">=" : "<=")) {
      for (int i = 0; i < Length(extreme->args); ++i) {
        if (Same(Item(extreme->args, i), right)) return true;
      }
    }
  }
  const Node* query = right;
  while (Tag(query) == T_TypeCast) query = As<TypeCast>(query)->arg;
  if (Tag(query) != T_SubLink || As<SubLink>(query)->subLinkType != EXPR_SUBLINK) return false;
  query = As<SubLink>(query)->subselect;
  if (op == ">=" && IsExtreme(query, "min", left, depth)) return true;
  if (op == "<=" && IsExtreme(query, "max", left, depth)) return true;
  return HoldsForEqual(op) && SelectsWholeColumn(query, left, depth);
}

}  // namespace pgmoat::policy
