// A real PostgreSQL in a directory of its own, reached over a Unix socket, so that no port
// is needed.  As root it runs as user postgres: PostgreSQL refuses root.
//
// PGMOAT_TEST_PG_BINDIR: where its programs are; /usr/lib/postgresql/15/bin otherwise.
#pragma once

#include <libpq-fe.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/audit/sinks/remote/scratch.h"

namespace pgmoat::audit {

class PostgresServer {
 public:
  // Made by initdb and started; with database "audit" and logins "postgres" (trust) and
  // "audit" (password "open-sesame").  Throws std::runtime_error when that fails.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Returns when it answers.  The server ends with the thread that calls this.
  void Start();
  // As `pg_ctl stop -m immediate`: all sessions break off; commits are kept.
  void Break();
  // The postmaster's children that serve sessions stand still, or go on.
  void SignalSessions(int signal);

  [[nodiscard]] std::string Url(const std::string& user = "postgres",
                                const std::string& database = "audit") const;

  // As superuser, over a connection of its own; rows of values joined by '|'.
  std::vector<std::string> Rows(const std::string& sql, const std::string& database = "audit");
  // The one value.
  std::string Value(const std::string& sql, const std::string& database = "audit");

 private:
  void Run(const std::string& command) const;

  Scratch scratch_;
  std::filesystem::path data_;
  pid_t postmaster_ = -1;
};

}  // namespace pgmoat::audit
