// The walk over one statement's raw tree that gathers its facts.  Private to
// policy/.
//
//   stack of (node or list, depth, CTE scope, planned or run)
//     pop -> a List: take its next item
//            a node that says something: its Visit function, by area
//            any other node: its children (children.h)
//            a node nobody knows: the statement is not understood
//
// Memory grows with nesting, not with length: a list on the stack is one entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/raw_tree.h"
#include "policy/row_dependence.h"

namespace pgmoat::policy {

enum class WalkResult { kDone, kTooDeep };

struct WorkItem {
  const void* node;   // a Node or a List
  std::int32_t next;  // of a List: the item to visit next
  std::int32_t depth;
  std::int32_t scope;  // index into the walk's scopes, -1: none
  bool planned;        // under EXPLAIN without ANALYZE
};

// Scratch space of one thread, which keeps its memory from statement to statement.
struct WalkScratch {
  std::vector<WorkItem> stack;
  std::vector<std::string> names;  // of relations that nobody asks for any more: their memory
};

// CREATE TEMPORARY …, or CREATE … pg_temp.name.
bool IsTemporary(const RangeVar* relation);

class Walk final : private CteLookup {
 public:
  Walk(StatementFacts& facts, WalkScratch& scratch)
      : facts_(facts), stack_(scratch.stack), names_(scratch.names) {}

  WalkResult Run(const Node* statement);

 private:
  // The names that one WITH clause makes visible.  `visible` of its CTEs, from the
  // first: a CTE that is not recursive sees only those before it.
  struct Scope {
    const List* ctes;
    std::int32_t visible;
    std::int32_t outer;
  };

  // --- what to do next ---
  void Push(const void* node) { PushIn(node, scope_, planned_); }
  void PushIn(const void* node, std::int32_t scope, bool planned);
  void PushChildren(const Node* node);
  // All but the WITH clause, which OpenScope has pushed.
  void PushChildrenInScope(const Node* node, const WithClause* with);

  // --- what was seen ---
  void AddKind(Kind kind) { (planned_ ? facts_.planned_kinds : facts_.kinds).Add(kind); }
  // Kind and tag of a statement; the tag only of the outermost.
  void AddStatement(Kind kind, std::string_view tag);
  RelationUse UseOf(const RangeVar* relation, Access access);
  void AddRelation(const RangeVar* relation, Access access);
  void ListOnce(RelationUse&& use);
  // The first `count` parts of a name; -1: all.
  void AddRelationName(const List* name, Access access, int count = -1);
  void AddObjectRelation(ObjectType type, const Node* object, Access access);
  void AddRelations(const List* relations, Access access);
  void AddFunction(const List* name);
  void AddFieldCall(std::string_view field, bool of_value);
  void AddOperator(const List* name);
  void AddOperators(const A_Expr* expression);
  void AddCast(const TypeName* type);
  void NoteNames(const Node* node);
  void NoteReplaced(bool replaces);
  void NoteCreated(const RangeVar* relation, OnCommitAction on_commit);
  void AddUnfiltered(Kind kind);
  void NoteDropBehavior(DropBehavior behavior);
  [[nodiscard]] bool IsCteName(const RangeVar* relation) const;
  [[nodiscard]] const CommonTableExpr* Find(std::string_view name) const override;

  void Visit(const Node* node);

  // walk_query.cc; false: not of this area.
  bool VisitQuery(const Node* node);
  void VisitSelect(const SelectStmt* select);
  void PinSettingName(const SelectStmt* select);
  void VisitInto(const IntoClause* into);
  void VisitMerge(const MergeStmt* merge);
  void VisitCall(const FuncCall* call);

  // walk_ddl.cc, walk_create.cc, walk_code.cc, walk_server.cc
  bool VisitDefinition(const Node* node);
  bool VisitCreate(const Node* node);
  bool VisitCreateOther(const Node* node);
  bool VisitAlter(const Node* node);
  bool VisitServerObject(const Node* node);
  void VisitFunction(const CreateFunctionStmt* function);
  void VisitFunctionOptions(const List* options);
  void VisitRule(const RuleStmt* rule);
  void AddSupportFunctions(const List* definition);
  void VisitAlterTable(const AlterTableStmt* alter);
  void VisitAlterSequence(const AlterSeqStmt* alter);
  void VisitAlterPolicy(const AlterPolicyStmt* policy);
  void VisitDrop(const DropStmt* drop);
  void VisitGrant(const GrantStmt* grant);

  // walk_utility.cc
  bool VisitUtility(const Node* node);
  bool VisitSession(const Node* node);
  void VisitTransaction(const TransactionStmt* transaction);
  void VisitExplain(const ExplainStmt* explain);
  void VisitCopy(const CopyStmt* copy);

  StatementFacts& facts_;
  std::vector<WorkItem>& stack_;
  std::vector<std::string>& names_;
  std::vector<Scope> scopes_;
  // Of the node being visited.
  std::int32_t depth_ = 0;
  std::int32_t scope_ = -1;
  bool planned_ = false;
  // SELECT set_config(name, …) FROM pg_settings WHERE name = 'x', as pg_dump has it:
  // the call, and the literal that its first argument is sure to be.
  const FuncCall* pinned_call_ = nullptr;
  std::string_view pinned_name_;
  // Looking up CTE names may not make the walk quadratic; when this is used up, a
  // CTE's name is listed as a relation, which is harmless.
  mutable std::int32_t cte_lookups_left_ = 100'000;
};

}  // namespace pgmoat::policy
