// Constants as conditions meet them: behind casts, in arithmetic, compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// A constant, also behind a cast that keeps its value: 1::int, 'a'::text.
Constant PlainConstant(const Node* node);

// A text constant put together of constants: 'a' || 'b', concat('a', 'b').
std::optional<std::string> PlainText(const Node* node);

// `left op right` for constants; nothing where types, collations or precision would
// have a say.
std::optional<bool> CompareConstants(const Constant& left, std::string_view op,
                                     const Constant& right);

// A number that is below zero, or zero; nothing for what is no number.
std::optional<int> SignOf(const Constant& constant);

// ARRAY[], '{}', '[]', whatever they are cast to.
bool IsEmptyArray(const Node* node);

// Last component of a name: "f" of pg_catalog.f.
std::string_view LastName(const List* names);

}  // namespace pgmoat::policy
