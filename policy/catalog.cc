#include "policy/catalog.h"

#include <algorithm>

namespace pgmoat::policy {

bool Catalog::AddRow(const CatalogRow& row) {
  // No structured binding: clang before 16 lets no lambda capture one.
  const std::string_view what = row[0], schema = row[1], name = row[2], object = row[3],
                         reached_schema = row[4], reached_name = row[5];
  const Reach reach{{std::string(reached_schema), std::string(reached_name)},
                    what == "foreign"};
  const auto add = [&](ByName<std::vector<Entry>>& map) {
    map[std::string(name)].push_back({std::string(schema), reach});
  };
  const auto add_operand = [&](ByName<std::vector<Operand>>& map) {
    map[std::string(name)].push_back({std::string(schema), std::string(object), reach});
  };
  if (what == "relation") {
    schemas_[std::string(name)].emplace_back(schema);
  } else if (what == "function") {
    if (!AddFunction(row)) return false;
  } else if (what == "operator") {
    add(operators_);
  } else if (what == "operator_name") {
    add(any_operators_);
  } else if (what == "operand") {
    add_operand(type_operands_);
  } else if (what == "operand_in") {
    add_operand(table_operands_);
  } else if (what == "field") {
    Field& field = fields_[FieldNames::Hash(reached_name)];
    field.reach = reach;
    field.of_row |= object == "row";
  } else if (what == "cast") {
    add(casts_);
  } else if (what == "reads" || what == "foreign") {
    add(relations_);
  } else {
    return false;
  }
  ++rows_;
  return true;
}

bool Catalog::AddFunction(const CatalogRow& row) {
  const std::string_view danger = row[3];
  Function function{std::string(row[1]), Trust::kHarmless, !row[5].empty(),
                    row[4] == "shadowed"};
  if (danger == "volatile") {
    function.trust = Trust::kVolatile;
  } else if (danger == "definer") {
    function.trust = Trust::kSecurityDefiner;
  } else if (!danger.empty()) {
    return false;
  }
  functions_[std::string(row[2])].push_back(std::move(function));
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

Catalog::Trust Catalog::TrustOfOverloads(std::string_view function) const {
  const auto found = functions_.find(function);
  Trust worst = Trust::kUnknown;
  if (found == functions_.end()) return worst;
  for (const Function& one : found->second) {
    if (!one.is_shadowed) worst = std::max(worst, one.trust);
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

const Reach* Catalog::Find(const ByName<std::vector<Operand>>& map, std::string_view schema,
                           std::string_view name, std::string_view operator_name) {
  const auto found = map.find(name);
  if (found == map.end()) return nullptr;
  for (const Operand& operand : found->second) {
    if (operand.operator_name != operator_name) continue;
    if (schema.empty() || operand.schema == schema) return &operand.reach;
  }
  return nullptr;
}

const Reach* Catalog::OperatorReach(std::string_view schema, std::string_view name,
                                    const StatementFacts& statement) const {
  if (!schema.empty()) return Find(operators_, schema, name);
  if (const Reach* any = Find(any_operators_, {}, name)) return any;
  return OperandReach(name, statement);
}

const Reach* Catalog::OperandReach(std::string_view name,
                                   const StatementFacts& statement) const {
  if (type_operands_.empty()) return nullptr;
  for (const TypeUse& type : statement.casts) {
    if (const Reach* found = Find(type_operands_, type.schema, type.name, name)) return found;
  }
  for (const RelationUse& use : statement.relations) {
    if (const Reach* found = Find(table_operands_, use.Schema(), use.OwnName(), name)) {
      return found;
    }
  }
  return nullptr;
}

const Reach* Catalog::FieldReach(std::uint32_t hash, bool of_any_value) const {
  const auto found = fields_.find(hash);
  if (found == fields_.end()) return nullptr;
  return found->second.of_row || of_any_value ? &found->second.reach : nullptr;
}

const Reach* Catalog::CastReach(std::string_view schema, std::string_view type) const {
  return Find(casts_, schema, type);
}

const std::vector<std::string>* Catalog::SchemasOf(std::string_view relation) const {
  const auto found = schemas_.find(relation);
  return found == schemas_.end() ? nullptr : &found->second;
}

}  // namespace pgmoat::policy
