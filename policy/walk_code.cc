// Definitions that bring code: functions, rules, and what operators and aggregates call.
#include "policy/setting_facts.h"
#include "policy/walk.h"

namespace pgmoat::policy {

void Walk::NoteReplaced(bool replaces) {
  if (!replaces) return;
  facts_.or_replace = true;
  AddKind(Kind::kAlterChanging);  // what exists behaves otherwise
}

void Walk::VisitFunction(const CreateFunctionStmt* function) {
  AddStatement(Kind::kCreate, function->is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION");
  NoteReplaced(function->replace);
  VisitFunctionOptions(function->options);
  Push(function->sql_body);
  Push(function->options);
  Push(function->parameters);
}

// Options of CREATE and ALTER FUNCTION, and of DO.
void Walk::VisitFunctionOptions(const List* options) {
  for (int i = 0; i < Length(options); ++i) {
    const auto* option = As<DefElem>(Item(options, i));
    const std::string_view name = View(option->defname);
    if (option->arg == nullptr) continue;
    if (name == "language") {
      facts_.language = StringOf(option->arg);
    } else if (name == "security") {
      facts_.security_definer |= ConstantOf(option->arg).integer != 0;
    } else if (name == "set" && Tag(option->arg) == T_VariableSetStmt) {
      AddVariableSet(As<VariableSetStmt>(option->arg), SettingScope::kFunction, facts_);
    } else if (name == "support" && Tag(option->arg) == T_List) {
      AddFunction(As<List>(option->arg));
    }
  }
}

void Walk::VisitRule(const RuleStmt* rule) {
  AddStatement(Kind::kCreate, "CREATE RULE");
  NoteReplaced(rule->replace);
  AddRelation(rule->relation, Access::kAlter);
  if (rule->instead) {
    // DO INSTEAD NOTHING: what is written from now on is lost, without a word.
    const bool nothing = Length(rule->actions) == 0 && rule->event != CMD_SELECT;
    AddKind(nothing ? Kind::kAlterDestructive : Kind::kAlterChanging);
    facts_.loses_data |= nothing;
  }
  Push(rule->actions);
  Push(rule->whereClause);
}

// CREATE OPERATOR, AGGREGATE, TYPE: the functions that the object will call, or that see
// its values.  Other options are types and numbers.
void Walk::AddSupportFunctions(const List* definition) {
  for (int i = 0; i < Length(definition); ++i) {
    const auto* option = As<DefElem>(Item(definition, i));
    const std::string_view name = View(option->defname);
    bool function = false;
    for (const std::string_view known :
         {"function",   "procedure",    "sfunc",    "sfunc1",   "finalfunc",  "combinefunc",
          "serialfunc", "deserialfunc", "msfunc",   "minvfunc", "mfinalfunc", "restrict",
          "join",       "input",        "output",   "receive",  "send",       "typmod_in",
          "typmod_out", "analyze",      "subscript"}) {
      function |= name == known;
    }
    if (!function || option->arg == nullptr) continue;
    if (Tag(option->arg) == T_TypeName) AddFunction(As<TypeName>(option->arg)->names);
    if (Tag(option->arg) == T_String)
      facts_.functions.emplace_back().name = StringOf(option->arg);
  }
}

}  // namespace pgmoat::policy
