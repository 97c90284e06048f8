// What SET, RESET, BEGIN's modes and set_config set.
#pragma once

#include <string_view>

#include "policy/facts.h"
#include "policy/raw_tree.h"

namespace pgmoat::policy {

// SET, SET LOCAL, RESET, SET TRANSACTION, SET SESSION CHARACTERISTICS; the SET clause of
// functions, roles and databases.
void AddVariableSet(const VariableSetStmt* statement, SettingScope scope,
                    StatementFacts& facts);

// Modes of BEGIN, START TRANSACTION, SET TRANSACTION: DefElems.
void AddTransactionModes(const List* modes, StatementFacts& facts);

// A call of the server's set_config (not of one in a user's schema).
bool IsSetConfig(const FuncCall* call);
// `pinned_name`: what the first argument is sure to be although it is a column; or
// empty.
void AddSetConfig(const FuncCall* call, std::string_view pinned_name, StatementFacts& facts);

// Something is set, and nobody can tell what.
void AddUnknownSetting(StatementFacts& facts);

}  // namespace pgmoat::policy
