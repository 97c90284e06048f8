#include "policy/migration_lint_names.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "policy/constants.h"
#include "policy/functions.h"
#include "policy/statement_parts.h"

namespace pgmoat::policy {

namespace {

template <std::size_t N>
bool IsOneOf(std::string_view text, const std::string_view (&all)[N]) {
  return std::find(std::begin(all), std::end(all), text) != std::end(all);
}

std::pair<std::string_view, std::string_view> Split(std::string_view qualified) {
  const std::size_t dot = qualified.rfind('.');
  if (dot == std::string_view::npos) return {{}, qualified};
  return {qualified.substr(0, dot), qualified.substr(dot + 1)};
}

bool IsVolatileCall(const FuncCall* call) {
  const std::string_view name = LastName(call->funcname);
  const bool builtin =
      Length(call->funcname) == 1 || StringOf(Item(call->funcname, 0)) == "pg_catalog";
  return !builtin || BuiltinVolatilityOf(name) != BuiltinVolatility::kSafe;
}

}  // namespace

std::string NameOf(const RangeVar* relation) {
  if (relation == nullptr) return {};
  std::string name;
  if (relation->schemaname != nullptr) name.append(relation->schemaname).append(".");
  return name.append(View(relation->relname));
}

std::string NameOf(const List* parts) {
  std::string name;
  for (int i = 0; i < Length(parts); ++i) {
    if (i > 0) name += '.';
    name += StringOf(Item(parts, i));
  }
  return name;
}

void NameSet::Add(std::string_view schema, std::string_view name) {
  Schemas& schemas = by_name_[std::string(name)];
  if (schema.empty()) {
    schemas.unknown = true;
  } else {
    schemas.known.emplace(schema);
  }
}

void NameSet::Add(std::string_view qualified) {
  const auto [schema, name] = Split(qualified);
  Add(schema, name);
}

bool NameSet::Has(std::string_view schema, std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  if (found == by_name_.end()) return false;
  return schema.empty() || found->second.unknown ||
         found->second.known.contains(std::string(schema));
}

bool NameSet::Has(std::string_view qualified) const {
  const auto [schema, name] = Split(qualified);
  return Has(schema, name);
}

std::string_view BuiltinTypeName(const TypeName* type) {
  if (type == nullptr || Length(type->arrayBounds) != 0 || type->setof) return {};
  const bool builtin =
      Length(type->names) == 1 || StringOf(Item(type->names, 0)) == "pg_catalog";
  return builtin ? LastName(type->names) : std::string_view();
}

bool IsSerial(std::string_view type) {
  constexpr std::string_view kSerials[] = {"smallserial", "serial2",   "serial",
                                           "serial4",     "bigserial", "serial8"};
  return IsOneOf(type, kSerials);
}

bool IsSmallInteger(std::string_view type) {
  constexpr std::string_view kSmall[] = {"int2",    "int4",   "smallserial",
                                         "serial2", "serial", "serial4"};
  return IsOneOf(type, kSmall);
}

const Constraint* FindConstraint(const ColumnDef* column, ConstrType kind) {
  for (int i = 0; i < Length(column->constraints); ++i) {
    const Node* item = Item(column->constraints, i);
    if (item == nullptr || Tag(item) != T_Constraint) continue;
    if (As<Constraint>(item)->contype == kind) return As<Constraint>(item);
  }
  return nullptr;
}

bool NamesAnOwner(std::string_view column) {
  constexpr std::string_view kOwners[] = {
      "userid", "ownerid",     "tenantid", "accountid", "organizationid", "organisationid",
      "orgid",  "workspaceid", "teamid",   "companyid", "customerid"};
  std::string plain;
  for (const char c : column) {
    if (c == '_') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return IsOneOf(plain, kOwners);
}

bool MayBeVolatile(const Node* expression) {
  std::vector<const void*> stack = {expression};
  while (!stack.empty()) {
    const void* node = stack.back();
    stack.pop_back();
    if (node == nullptr) continue;
    if (Tag(node) == T_List) {
      const List* list = As<List>(node);
      for (int i = 0; i < list->length; ++i) stack.push_back(Item(list, i));
      continue;
    }
    if (Tag(node) == T_FuncCall && IsVolatileCall(As<FuncCall>(node))) return true;
    Children parts;
    if (!PartsOf(static_cast<const Node*>(node), parts)) continue;
    for (int i = 0; i < parts.size(); ++i) stack.push_back(parts[i]);
  }
  return false;
}

}  // namespace pgmoat::policy
