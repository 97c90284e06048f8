// A database as people name it: a URL as libpq takes it, and as the tools write it.
//
// Secrets: a password may be in it.  It is in the parameters then, and in no error.
// Threads: any.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pgmoat::database {

struct DatabaseUrl {
  // Keywords of libpq's and their values.  What is not said libpq takes from where it
  // always does: PGUSER, PGPASSWORD, the password file …
  std::vector<std::pair<std::string, std::string>> parameters;
  // Prisma's ?schema=…; empty: none.
  std::string schema;

  // Instead of what it says, or besides.
  void Set(const std::string& keyword, const std::string& value);
};

// "postgres://USER@HOST:5432/DATABASE", or "host=… dbname=…".  Parameters that only Prisma
// knows (connection_limit, pgbouncer …) are left out, and SQLAlchemy's name of a driver
// ("postgresql+psycopg2://").
//
// Throws std::runtime_error when libpq does not take it; without quoting it.
[[nodiscard]] DatabaseUrl ParseDatabaseUrl(const std::string& url);

}  // namespace pgmoat::database
