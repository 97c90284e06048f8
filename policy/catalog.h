// What a database's own functions, operators, casts and views do, as far as `readonly`
// must know it (design 3.5): the rows of one query over the system catalogs.
//
// Lifetime: immutable once built; shared between the sessions of a database.
// Threads:  any.
// What it cannot see: what the body of a function does (its owner declares it volatile
// or not, and the label is believed), and casts that nobody wrote (implicit ones).
//
// PostgreSQL documentation: "System Catalogs" (pg_proc, pg_operator, pg_cast, pg_rewrite,
// pg_policy, pg_constraint), "Function Volatility Categories".
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::policy {

// The text of the query: SET LOCAL, and a SELECT of five text columns.  It is one protocol
// message, and so one transaction, which writes nothing.
std::string_view CatalogQuery();
inline constexpr std::size_t kCatalogColumns = 5;
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

  // Null: nothing known against it.  An empty `schema` stands for all.
  [[nodiscard]] const Reach* OperatorReach(std::string_view schema,
                                           std::string_view name) const;
  [[nodiscard]] const Reach* CastReach(std::string_view schema, std::string_view type) const;

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
  };
  static const Reach* Find(const ByName<std::vector<Entry>>& map, std::string_view schema,
                           std::string_view name);

  ByName<std::vector<Function>> functions_;
  ByName<std::vector<Entry>> operators_;
  ByName<std::vector<Entry>> casts_;  // by target type
  ByName<std::vector<Entry>> relations_;
  ByName<std::vector<std::string>> schemas_;
  std::size_t rows_ = 0;
};

}  // namespace pgmoat::policy
