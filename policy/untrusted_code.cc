// Languages and extensions through which code leaves the database.
#include <algorithm>
#include <iterator>

#include "policy/functions.h"

namespace pgmoat::policy {

namespace {

// Trusted ones, whose functions can do only what SQL can.  Everything else is not known
// to be: internal, c, plpython3u, plperlu, pltclu, plsh, plr, plproxy …
constexpr std::string_view kTrustedLanguages[] = {
    "sql", "plpgsql", "plperl", "pltcl", "plv8", "plls", "pllua", "java", "plcoffee", "plrust"};

constexpr std::string_view kDangerousExtensions[] = {
    // files and programs of the server
    "adminpack", "file_fdw", "log_fdw", "ogr_fdw", "orafce", "plsh", "multicorn",
    // languages; those whose names end in "u" are told below
    "pljava", "plr", "plproxy",
    // other servers
    "amqp", "aws_lambda", "aws_s3", "azure_ai", "azure_storage", "dblink",
    "google_ml_integration", "http", "oracle_fdw", "pg_net", "pgmemcache",
    // code that runs later, elsewhere or as somebody else
    "pg_background", "pg_cron", "pg_tle", "pgagent", "pglogical", "set_user",
    // tables
    "pg_surgery"};

}  // namespace

bool IsUntrustedLanguage(std::string_view language) {
  return std::find(std::begin(kTrustedLanguages), std::end(kTrustedLanguages), language) ==
         std::end(kTrustedLanguages);
}

bool IsDangerousExtension(std::string_view extension) {
  // plpython3u, and hstore_plpython3u, which brings it along with CASCADE.
  for (const std::string_view language :
       {"plpythonu", "plpython2u", "plpython3u", "plperlu", "pltclu", "plluau"}) {
    if (extension.ends_with(language)) return true;
  }
  return std::find(std::begin(kDangerousExtensions), std::end(kDangerousExtensions),
                   extension) != std::end(kDangerousExtensions);
}

}  // namespace pgmoat::policy
