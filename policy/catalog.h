// What a database's own functions, operators, casts and views do, as far as `readonly`
// must know it (design 3.5): the rows of one query over the system catalogs.
//
// Lifetime: immutable once built; shared between the sessions of a database.
// Threads:  any.
// What it cannot see: what a function written in C or another procedural language does
// (its owner declares it volatile or not, and the label is believed), and SQL that a body
// puts together as text.
//
// PostgreSQL documentation: "System Catalogs" (pg_proc, pg_operator, pg_cast, pg_rewrite,
// pg_policy, pg_constraint), "Function Volatility Categories".
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::policy {

// The text of the query: SET LOCAL, and a SELECT of six text columns.  It is one protocol
// message, and so one transaction, which writes nothing.  For servers from 14 on.
const std::string& CatalogQuery();
inline constexpr std::size_t kCatalogColumns = 6;
using CatalogRow = std::array<std::string_view, kCatalogColumns>;

// Something of the database's own that runs a function which nobody may use unasked.
struct Reach {
  FunctionUse function;  // volatile or SECURITY DEFINER; or the foreign table
  bool is_foreign_table = false;
};

class Catalog {
 public:
  enum class Trust : std::uint8_t {
    kUnknown,   // no such function
    kHarmless,  // immutable or stable, and runs with its caller's privileges
    kVolatile,
    kSecurityDefiner,
  };

  // False: a row that CatalogQuery does not make.
  bool AddRow(const CatalogRow& row);

  // Over all overloads, and over all schemas when `schema` is empty: the worst.
  [[nodiscard]] Trust TrustOf(std::string_view schema, std::string_view function) const;

  // Likewise, of those that a call without schema can mean although there is a built-in
  // function of that name.
  [[nodiscard]] Trust TrustOfOverloads(std::string_view function) const;

  // All functions of the name that are volatile are members of extensions.
  [[nodiscard]] bool BelongsToExtension(std::string_view schema,
                                        std::string_view function) const;

  [[nodiscard]] bool HasOperators() const { return !operators_.empty() || HasOperands(); }
  // What the operator may run in this statement; null: nothing known against it.  Written
  // with its schema it is that one.  Without, it may be one of the database's own where no
  // built-in one takes the same types, or where a value of the type that it is for is at
  // hand: in a relation's column, or by a cast.
  [[nodiscard]] const Reach* OperatorReach(std::string_view schema, std::string_view name,
                                           const StatementFacts& statement) const;
  [[nodiscard]] bool HasOperands() const { return !type_operands_.empty(); }
  // The name, of an operator, a built-in function or (as "::text") a cast, may mean one of the
  // database's own here, since a value of the type that that is for is at hand.
  [[nodiscard]] const Reach* OperandReach(std::string_view name,
                                          const StatementFacts& statement) const;
  // Null: nothing known against it.  An empty `schema` stands for all.
  [[nodiscard]] const Reach* CastReach(std::string_view schema, std::string_view type) const;

  // A call in the shape of a field: hash as in FieldNames.  Of a value that is no row only
  // where that may be.  Null: none that matters.
  [[nodiscard]] const Reach* FieldReach(std::uint32_t hash, bool of_any_value) const;

  // Calls f(const Reach&) for each dangerous thing that reading the relation runs.
  // An empty `schema` stands for all.
  template <typename F>
  void ForEachReach(std::string_view schema, std::string_view name, F f) const {
    const auto found = relations_.find(name);
    if (found == relations_.end()) return;
    for (const Entry& entry : found->second) {
      if (schema.empty() || entry.schema == schema) f(entry.reach);
    }
  }

  // Schemas that have a relation of this name; null when none has.
  [[nodiscard]] const std::vector<std::string>* SchemasOf(std::string_view relation) const;

  [[nodiscard]] std::size_t rows() const { return rows_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <typename T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;
  struct Entry {
    std::string schema;  // of the operator, type or relation
    Reach reach;
  };
  struct Function {
    std::string schema;
    Trust trust;
    bool is_extensions;  // a member of an extension
    bool is_shadowed;    // without its schema a built-in one is meant
  };
  // An operator or function that is for a type of the database's own.
  struct Operand {
    std::string schema;  // of the type, or of a relation with a column of it
    std::string operator_name;
    Reach reach;
  };
  bool AddFunction(const CatalogRow& row);
  static const Reach* Find(const ByName<std::vector<Entry>>& map, std::string_view schema,
                           std::string_view name);
  static const Reach* Find(const ByName<std::vector<Operand>>& map, std::string_view schema,
                           std::string_view name, std::string_view operator_name);

  ByName<std::vector<Function>> functions_;
  ByName<std::vector<Entry>> operators_;         // by their own schema
  ByName<std::vector<Entry>> any_operators_;     // whatever the operands
  ByName<std::vector<Operand>> type_operands_;   // by the name of a type
  ByName<std::vector<Operand>> table_operands_;  // by the name of a relation
  ByName<std::vector<Entry>> casts_;             // by target type
  ByName<std::vector<Entry>> relations_;
  struct Field {
    Reach reach;
    bool of_row = false;  // its argument may be a row
  };
  std::unordered_map<std::uint32_t, Field> fields_;
  ByName<std::vector<std::string>> schemas_;
  std::size_t rows_ = 0;
};

}  // namespace pgmoat::policy
