// Everything that is neither a query nor a definition: the session, transactions,
// cursors, prepared statements, COPY, EXPLAIN, maintenance.
#include "policy/setting_facts.h"
#include "policy/walk.h"

namespace pgmoat::policy {

namespace {

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char folded = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (folded != lower[i]) return false;
  }
  return true;
}

// As defGetBoolean reads it, and nothing beyond doubt.
bool PlainlyFalse(const Node* value) {
  const Constant constant = ConstantOf(value);
  if (constant.type == Constant::Type::kInteger) return constant.integer == 0;
  if (constant.type == Constant::Type::kBoolean) return constant.integer == 0;
  return constant.type == Constant::Type::kString &&
         (EqualsIgnoringCase(constant.text, "false") ||
          EqualsIgnoringCase(constant.text, "off"));
}

// EXPLAIN (ANALYZE false, ANALYZE true): the last one wins on today's servers.  One
// that is not plainly false, or more than one, and the statement counts as run.
bool ExplainRuns(const List* options) {
  int mentions = 0;
  bool runs = false;
  for (int i = 0; i < Length(options); ++i) {
    const auto* option = As<DefElem>(Item(options, i));
    const std::string_view name = View(option->defname);
    if (!EqualsIgnoringCase(name, "analyze") && !EqualsIgnoringCase(name, "analyse")) continue;
    ++mentions;
    if (option->arg == nullptr || !PlainlyFalse(option->arg)) runs = true;
  }
  return runs || mentions > 1;
}

}  // namespace

bool Walk::VisitUtility(const Node* node) {
  switch (Tag(node)) {
    case T_ExplainStmt:
      VisitExplain(As<ExplainStmt>(node));
      return true;
    case T_CopyStmt:
      VisitCopy(As<CopyStmt>(node));
      return true;
    case T_PrepareStmt: {
      const auto* prepare = As<PrepareStmt>(node);
      AddStatement(Kind::kPrepare, "PREPARE");
      facts_.prepares = View(prepare->name);
      for (int i = 0; i < Length(prepare->argtypes); ++i) {
        AddCast(As<TypeName>(Item(prepare->argtypes, i)));  // of EXECUTE's values
      }
      Push(prepare->query);
      return true;
    }
    case T_ExecuteStmt:
      AddStatement(Kind::kExecute, "EXECUTE");
      facts_.executes.emplace_back(View(As<ExecuteStmt>(node)->name));
      Push(As<ExecuteStmt>(node)->params);
      return true;
    case T_DeallocateStmt:
      AddStatement(Kind::kDeallocate, "DEALLOCATE");
      facts_.deallocates = View(As<DeallocateStmt>(node)->name);
      facts_.deallocates_all |= As<DeallocateStmt>(node)->name == nullptr;
      return true;
    case T_DeclareCursorStmt: {
      const auto* declare = As<DeclareCursorStmt>(node);
      AddStatement(Kind::kCursor, "DECLARE CURSOR");
      facts_.holds_cursor |= (declare->options & CURSOR_OPT_HOLD) != 0;
      // EXPLAIN shows its plan and makes no cursor.
      if (facts_.tag == "DECLARE CURSOR") facts_.declares_cursor = View(declare->portalname);
      Push(declare->query);
      return true;
    }
    case T_FetchStmt:
      AddStatement(Kind::kCursor, As<FetchStmt>(node)->ismove ? "MOVE" : "FETCH");
      facts_.fetches = View(As<FetchStmt>(node)->portalname);
      return true;
    case T_ClosePortalStmt:
      AddStatement(Kind::kCursor, "CLOSE CURSOR");
      facts_.closes_cursor = View(As<ClosePortalStmt>(node)->portalname);
      facts_.closes_all_cursors |= As<ClosePortalStmt>(node)->portalname == nullptr;
      return true;
    case T_DoStmt:
      AddStatement(Kind::kDo, "DO");
      VisitFunctionOptions(As<DoStmt>(node)->args);
      return true;
    case T_CallStmt:
      AddStatement(Kind::kCall, "CALL");
      Push(As<CallStmt>(node)->funccall);
      return true;
    case T_LockStmt: {
      const auto* lock = As<LockStmt>(node);
      AddStatement(Kind::kLock, "LOCK TABLE");
      AddRelations(lock->relations, Access::kLock);
      if (lock->mode != AccessShareLock) facts_.strong_lock = true;
      return true;
    }
    case T_VacuumStmt: {
      const auto* vacuum = As<VacuumStmt>(node);
      AddStatement(Kind::kMaintenance, vacuum->is_vacuumcmd ? "VACUUM" : "ANALYZE");
      for (int i = 0; i < Length(vacuum->rels); ++i) {
        AddRelation(As<VacuumRelation>(Item(vacuum->rels, i))->relation, Access::kWrite);
      }
      return true;
    }
    case T_ClusterStmt:
      AddStatement(Kind::kMaintenance, "CLUSTER");
      AddRelation(As<ClusterStmt>(node)->relation, Access::kWrite);
      return true;
    case T_ReindexStmt:
      AddStatement(Kind::kMaintenance, "REINDEX");
      AddRelation(As<ReindexStmt>(node)->relation, Access::kWrite);
      return true;
    case T_RefreshMatViewStmt: {
      const auto* refresh = As<RefreshMatViewStmt>(node);
      AddStatement(Kind::kMaintenance, "REFRESH MATERIALIZED VIEW");
      AddRelation(refresh->relation, Access::kWrite);
      facts_.concurrently |= refresh->concurrent;
      if (refresh->skipData) {  // WITH NO DATA empties it
        AddKind(Kind::kAlterDestructive);
        facts_.loses_data = true;
      }
      return true;
    }
    default:
      return VisitSession(node);
  }
}

bool Walk::VisitSession(const Node* node) {
  switch (Tag(node)) {
    case T_TransactionStmt:
      VisitTransaction(As<TransactionStmt>(node));
      return true;
    case T_VariableSetStmt: {
      const auto* set = As<VariableSetStmt>(node);
      const bool reset = set->kind == VAR_RESET || set->kind == VAR_RESET_ALL;
      AddStatement(Kind::kSetting, reset ? "RESET" : "SET");
      AddVariableSet(set, set->is_local ? SettingScope::kTransaction : SettingScope::kSession,
                     facts_);
      return true;
    }
    case T_VariableShowStmt:
      AddStatement(Kind::kShow, "SHOW");
      return true;
    case T_ConstraintsSetStmt:
      AddStatement(Kind::kTransaction, "SET CONSTRAINTS");
      return true;
    case T_DiscardStmt:
      AddStatement(Kind::kDeallocate, "DISCARD");
      facts_.deallocates_all |= As<DiscardStmt>(node)->target == DISCARD_ALL;
      return true;
    case T_ListenStmt:
      AddStatement(Kind::kListen, "LISTEN");
      return true;
    case T_UnlistenStmt:
      AddStatement(Kind::kListen, "UNLISTEN");
      return true;
    case T_NotifyStmt:
      AddStatement(Kind::kNotify, "NOTIFY");
      return true;
    case T_CheckPointStmt:
      AddStatement(Kind::kServerControl, "CHECKPOINT");
      return true;
    case T_LoadStmt:
      AddStatement(Kind::kServerControl, "LOAD");
      return true;
    case T_AlterSystemStmt:
      AddStatement(Kind::kServerControl, "ALTER SYSTEM");
      AddVariableSet(As<AlterSystemStmt>(node)->setstmt, SettingScope::kDefault, facts_);
      return true;
    default:
      return false;
  }
}

void Walk::VisitTransaction(const TransactionStmt* transaction) {
  facts_.begins_transaction = transaction->kind == TRANS_STMT_BEGIN ||
                              transaction->kind == TRANS_STMT_START || transaction->chain;
  switch (transaction->kind) {
    case TRANS_STMT_BEGIN:
      AddStatement(Kind::kTransaction, "BEGIN");
      AddTransactionModes(transaction->options, facts_);
      return;
    case TRANS_STMT_START:
      AddStatement(Kind::kTransaction, "START TRANSACTION");
      AddTransactionModes(transaction->options, facts_);
      return;
    case TRANS_STMT_COMMIT:
      AddStatement(Kind::kTransaction, "COMMIT");
      return;
    case TRANS_STMT_ROLLBACK_TO:
      facts_.rolls_back_to_savepoint = true;
      [[fallthrough]];
    case TRANS_STMT_ROLLBACK:
      AddStatement(Kind::kTransaction, "ROLLBACK");
      return;
    case TRANS_STMT_SAVEPOINT:
      AddStatement(Kind::kTransaction, "SAVEPOINT");
      return;
    case TRANS_STMT_RELEASE:
      AddStatement(Kind::kTransaction, "RELEASE");
      return;
    case TRANS_STMT_PREPARE:
      AddStatement(Kind::kTwoPhase, "PREPARE TRANSACTION");
      return;
    case TRANS_STMT_COMMIT_PREPARED:
      AddStatement(Kind::kTwoPhase, "COMMIT PREPARED");
      return;
    case TRANS_STMT_ROLLBACK_PREPARED:
      AddStatement(Kind::kTwoPhase, "ROLLBACK PREPARED");
      return;
  }
  AddKind(Kind::kNotUnderstood);
}

void Walk::VisitExplain(const ExplainStmt* explain) {
  const bool runs = ExplainRuns(explain->options);
  AddStatement(runs ? Kind::kExplainAnalyze : Kind::kExplain, "EXPLAIN");
  PushIn(explain->query, scope_, planned_ || !runs);
}

void Walk::VisitCopy(const CopyStmt* copy) {
  Kind kind = copy->is_from ? Kind::kCopyIn : Kind::kCopyOut;
  if (copy->filename != nullptr) kind = copy->is_program ? Kind::kCopyProgram : Kind::kCopyFile;
  // COPY … TO PROGRAM without a name cannot be written; do not rely on it.
  if (copy->is_program) kind = Kind::kCopyProgram;
  AddStatement(kind, "COPY");
  facts_.copy_from = copy->is_from;
  facts_.copy_target = kind == Kind::kCopyProgram ? CopyTarget::kProgram
                       : kind == Kind::kCopyFile  ? CopyTarget::kFile
                                                  : CopyTarget::kClient;
  // A file's content goes into the table, whichever file it is.
  if (copy->is_from) AddRelation(copy->relation, Access::kWrite);
  if (!copy->is_from) AddRelation(copy->relation, Access::kRead);
  Push(copy->whereClause);
  Push(copy->query);
}

}  // namespace pgmoat::policy
