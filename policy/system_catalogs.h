// The tables and views of pg_catalog and information_schema.
#pragma once

#include <string_view>

namespace pgmoat::policy {

// `relation` as written: "pg_class", "pg_catalog.pg_class".  pg_catalog is searched
// first, so an unqualified name of a catalog is the catalog.
bool IsSystemCatalog(std::string_view relation);

}  // namespace pgmoat::policy
