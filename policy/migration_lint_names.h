// Names and types as the checks of migrations compare them.  Private to policy/.
//
// A name written without schema may mean any: what is created as app.users and altered as
// users is taken for the same table.  A finding less is better than one about a table that
// nobody uses yet.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// "app.users", "users".
std::string NameOf(const RangeVar* relation);
// Of a list of parts.
std::string NameOf(const List* parts);

class NameSet {
 public:
  void Add(std::string_view schema, std::string_view name);
  // As NameOf writes it.
  void Add(std::string_view qualified);
  [[nodiscard]] bool Has(std::string_view schema, std::string_view name) const;
  [[nodiscard]] bool Has(std::string_view qualified) const;

 private:
  struct Schemas {
    bool unknown = false;  // one was written without schema
    std::unordered_set<std::string> known;
  };
  std::unordered_map<std::string, Schemas> by_name_;
};

// The type's own name where it is a built-in one: "int4", "timestamp", "serial"; empty for
// arrays and for what another schema has.
std::string_view BuiltinTypeName(const TypeName* type);
// smallserial, serial, bigserial and their other names.
bool IsSerial(std::string_view type);
// With at most 32 bits.
bool IsSmallInteger(std::string_view type);

// The column's constraint of that kind; null: none.
const Constraint* FindConstraint(const ColumnDef* column, ConstrType kind);

// user_id, "tenantId", organization_id …: who a row belongs to.
bool NamesAnOwner(std::string_view column);

// The expression calls something whose result may differ from row to row: a volatile
// function, or one that nobody here knows.
bool MayBeVolatile(const Node* expression);

}  // namespace pgmoat::policy
