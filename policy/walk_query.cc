// Queries and expressions.
#include <algorithm>

#include "policy/children.h"
#include "policy/effective_where.h"
#include "policy/setting_facts.h"
#include "policy/walk.h"

namespace pgmoat::policy {

namespace {

// UPDATE pg_settings is set_config in disguise: the view has a rule.
bool IsPgSettings(const RangeVar* relation) {
  return View(relation->relname) == "pg_settings" &&
         (relation->schemaname == nullptr || View(relation->schemaname) == "pg_catalog");
}

std::string_view UnqualifiedColumn(const Node* node) {
  if (node == nullptr || Tag(node) != T_ColumnRef) return {};
  const List* fields = As<ColumnRef>(node)->fields;
  return Length(fields) == 1 ? StringOf(Item(fields, 0)) : std::string_view();
}

RowLock RowLockOf(LockClauseStrength strength) {
  switch (strength) {
    case LCS_NONE:
      return RowLock::kNone;
    case LCS_FORKEYSHARE:
      return RowLock::kKeyShare;
    case LCS_FORSHARE:
      return RowLock::kShare;
    case LCS_FORNOKEYUPDATE:
      return RowLock::kNoKeyUpdate;
    case LCS_FORUPDATE:
      return RowLock::kUpdate;
  }
  return RowLock::kUpdate;
}

}  // namespace

bool Walk::VisitQuery(const Node* node) {
  switch (Tag(node)) {
    case T_A_Expr:  // the most frequent nodes of all
      AddOperators(As<A_Expr>(node));
      PushChildren(node);
      return true;
    case T_BoolExpr:
    case T_ResTarget:
      PushChildren(node);
      return true;
    case T_TypeCast:
    case T_SubLink:
    case T_CaseExpr:
    case T_JoinExpr:
    case T_SortBy:
    case T_RangeFunction:
    case T_RangeTableFuncCol:
    case T_XmlSerialize:
      NoteNames(node);
      PushChildren(node);
      return true;
    case T_RangeVar:
      if (!IsCteName(As<RangeVar>(node))) AddRelation(As<RangeVar>(node), Access::kRead);
      return true;
    case T_ColumnRef: {
      // x.f is f(x) where x is a function in FROM that returns a scalar.
      const List* fields = As<ColumnRef>(node)->fields;
      if (Length(fields) > 1) AddFieldCall(StringOf(Item(fields, Length(fields) - 1)));
      return true;
    }
    case T_A_Indirection: {
      // ('PG_VERSION'::text).pg_read_file is a call, whatever the type.
      const List* steps = As<A_Indirection>(node)->indirection;
      for (int i = 0; i < Length(steps); ++i) AddFieldCall(StringOf(Item(steps, i)));
      PushChildren(node);
      return true;
    }
    case T_FuncCall:
      VisitCall(As<FuncCall>(node));
      return true;
    case T_SelectStmt:
      VisitSelect(As<SelectStmt>(node));
      return true;
    case T_InsertStmt: {
      const auto* insert = As<InsertStmt>(node);
      AddStatement(Kind::kInsert, "INSERT");
      AddRelation(insert->relation, Access::kWrite);
      if (!UpsertIsEffective(insert, *this)) AddUnfiltered(Kind::kUpdate);
      PushChildrenInScope(node, insert->withClause);
      return true;
    }
    case T_OnConflictClause:
      // ON CONFLICT DO UPDATE touches only rows that the INSERT ran into: an update, of
      // the whole table only where the INSERT reads the table it writes.
      if (As<OnConflictClause>(node)->action == ONCONFLICT_UPDATE) AddKind(Kind::kUpdate);
      PushChildren(node);
      return true;
    case T_UpdateStmt: {
      const auto* update = As<UpdateStmt>(node);
      AddStatement(Kind::kUpdate, "UPDATE");
      AddRelation(update->relation, Access::kWrite);
      if (IsPgSettings(update->relation)) AddUnknownSetting(facts_);
      if (!WhereIsEffective(update, *this)) AddUnfiltered(Kind::kUpdate);
      PushChildrenInScope(node, update->withClause);
      return true;
    }
    case T_DeleteStmt: {
      const auto* removal = As<DeleteStmt>(node);
      AddStatement(Kind::kDelete, "DELETE");
      AddRelation(removal->relation, Access::kWrite);
      if (!WhereIsEffective(removal, *this)) AddUnfiltered(Kind::kDelete);
      PushChildrenInScope(node, removal->withClause);
      return true;
    }
    case T_MergeStmt:
      VisitMerge(As<MergeStmt>(node));
      return true;
    case T_IntoClause:
      VisitInto(As<IntoClause>(node));
      return true;
    case T_LockingClause:
      AddKind(Kind::kRowLock);
      if (!planned_) {
        facts_.row_lock =
            std::max(facts_.row_lock, RowLockOf(As<LockingClause>(node)->strength));
      }
      // Its names are aliases of this query's FROM items, which are listed already.
      return true;
    case T_RangeTableSample:
      AddFunction(As<RangeTableSample>(node)->method);
      PushChildren(node);
      return true;
    default:
      return false;
  }
}

void Walk::VisitSelect(const SelectStmt* select) {
  AddStatement(Kind::kRead, select->valuesLists != nullptr ? "VALUES" : "SELECT");
  PinSettingName(select);
  PushChildrenInScope(As<Node>(select), select->withClause);
}

void Walk::PinSettingName(const SelectStmt* select) {
  if (Length(select->targetList) != 1 || Length(select->fromClause) != 1) return;
  const Node* value = As<ResTarget>(Item(select->targetList, 0))->val;
  const Node* where = select->whereClause;
  if (Tag(value) != T_FuncCall || where == nullptr || Tag(where) != T_A_Expr) return;
  const auto* call = As<FuncCall>(value);
  const auto* equality = As<A_Expr>(where);
  if (!IsSetConfig(call) || Length(call->args) == 0 || equality->kind != AEXPR_OP ||
      Length(equality->name) != 1 || StringOf(Item(equality->name, 0)) != "=") {
    return;
  }
  const std::string_view column = UnqualifiedColumn(Item(call->args, 0));
  const Constant name = ConstantOf(equality->rexpr);
  if (column.empty() || column != UnqualifiedColumn(equality->lexpr) ||
      name.type != Constant::Type::kString) {
    return;
  }
  pinned_call_ = call;
  pinned_name_ = name.text;
}

void Walk::VisitInto(const IntoClause* into) {
  // SELECT … INTO.  In a set operation the INTO is in the leftmost SELECT, so the
  // depth does not tell whether it is the outermost statement's.
  AddKind(Kind::kSelectInto);
  if (facts_.tag == "SELECT") facts_.tag = "SELECT INTO";
  if (into->rel == nullptr) return;
  NoteCreated(into->rel, into->onCommit);
}

void Walk::VisitMerge(const MergeStmt* merge) {
  AddStatement(Kind::kMerge, "MERGE");
  AddRelation(merge->relation, Access::kWrite);
  if (!MergeIsEffective(merge, *this)) AddUnfiltered(Kind::kMerge);
  PushChildrenInScope(As<Node>(merge), merge->withClause);
}

void Walk::VisitCall(const FuncCall* call) {
  AddFunction(call->funcname);
  if (IsSetConfig(call)) {
    AddKind(Kind::kSetting);
    AddSetConfig(call, call == pinned_call_ ? pinned_name_ : std::string_view(), facts_);
  }
  PushChildren(As<Node>(call));
}

}  // namespace pgmoat::policy
