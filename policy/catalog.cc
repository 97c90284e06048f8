#include "policy/catalog.h"

#include <algorithm>

namespace pgmoat::policy {

bool Catalog::AddRow(const CatalogRow& row) {
  // No structured binding: clang before 16 lets no lambda capture one.
  const std::string_view what = row[0], schema = row[1], name = row[2], other = row[3],
                         detail = row[4];
  const auto add = [&](ByName<std::vector<Entry>>& map, bool is_foreign_table = false) {
    map[std::string(name)].push_back(
        {std::string(schema),
         Reach{{std::string(other), std::string(detail)}, is_foreign_table}});
  };
  if (what == "relation") {
    schemas_[std::string(name)].emplace_back(schema);
  } else if (what == "function") {
    Trust trust = Trust::kHarmless;
    if (other == "volatile") trust = Trust::kVolatile;
    if (other == "definer") trust = Trust::kSecurityDefiner;
    if (trust == Trust::kHarmless && !other.empty()) return false;
    functions_[std::string(name)].push_back({std::string(schema), trust, !detail.empty()});
  } else if (what == "operator") {
    add(operators_);
  } else if (what == "cast") {
    add(casts_);
  } else if (what == "reads") {
    add(relations_);
  } else if (what == "foreign") {
    add(relations_, true);
  } else {
    return false;
  }
  ++rows_;
  return true;
}

Catalog::Trust Catalog::TrustOf(std::string_view schema, std::string_view function) const {
  const auto found = functions_.find(function);
  Trust worst = Trust::kUnknown;
  if (found == functions_.end()) return worst;
  for (const Function& one : found->second) {
    if (schema.empty() || one.schema == schema) worst = std::max(worst, one.trust);
  }
  return worst;
}

bool Catalog::BelongsToExtension(std::string_view schema, std::string_view function) const {
  const auto found = functions_.find(function);
  if (found == functions_.end()) return false;
  return std::all_of(found->second.begin(), found->second.end(), [&](const Function& one) {
    const bool asked = schema.empty() || one.schema == schema;
    return !asked || one.trust <= Trust::kHarmless || one.is_extensions;
  });
}

const Reach* Catalog::Find(const ByName<std::vector<Entry>>& map, std::string_view schema,
                           std::string_view name) {
  const auto found = map.find(name);
  if (found == map.end()) return nullptr;
  for (const Entry& entry : found->second) {
    if (schema.empty() || entry.schema == schema) return &entry.reach;
  }
  return nullptr;
}

const Reach* Catalog::OperatorReach(std::string_view schema, std::string_view name) const {
  return Find(operators_, schema, name);
}

const Reach* Catalog::CastReach(std::string_view schema, std::string_view type) const {
  return Find(casts_, schema, type);
}

const std::vector<std::string>* Catalog::SchemasOf(std::string_view relation) const {
  const auto found = schemas_.find(relation);
  return found == schemas_.end() ? nullptr : &found->second;
}

}  // namespace pgmoat::policy
