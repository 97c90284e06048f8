#include "policy/system_catalogs.h"

#include <algorithm>
#include <iterator>

namespace pgmoat::policy {

namespace {

constexpr std::string_view kCatalogs[] = {
#define PGMOAT_CATALOG(name) name,
#include "policy/builtin_functions.inc"
#undef PGMOAT_CATALOG
};
static_assert(std::is_sorted(std::begin(kCatalogs), std::end(kCatalogs)));

}  // namespace

bool IsSystemCatalog(std::string_view relation) {
  // database.schema.name names the same as schema.name.
  const std::size_t last = relation.rfind('.');
  if (last == std::string_view::npos) {
    return std::binary_search(std::begin(kCatalogs), std::end(kCatalogs), relation);
  }
  std::string_view schema = relation.substr(0, last);
  const std::size_t before = schema.rfind('.');
  if (before != std::string_view::npos) schema.remove_prefix(before + 1);
  return schema == "pg_catalog" || schema == "information_schema";
}

}  // namespace pgmoat::policy
