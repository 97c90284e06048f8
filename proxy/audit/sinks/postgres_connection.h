// A connection of libpq's that never waits beyond a deadline.
//
// Errors:  PostgresError.  After one that is not of a query (sqlstate empty), and when
//   unsure, throw the connection away.  Texts have the server's primary message only: its
//   CONTEXT would quote the data.
// Threads: one.
// Private to postgres_sink.cc.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmoat::audit {

struct PostgresError : std::runtime_error {
  PostgresError(const std::string& text, std::string state)
      : std::runtime_error(text), sqlstate(std::move(state)) {}
  std::string sqlstate;  // empty: not the server's judgement of a query
};

// Keywords of libpq's and their values.
using PostgresParameters = std::vector<std::pair<std::string, std::string>>;

// Of a URL.  Throws std::runtime_error when libpq does not take it, and for a password in
// it; without quoting it.
[[nodiscard]] PostgresParameters ParsePostgresUrl(const std::string& url);

class PostgresConnection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  PostgresConnection(const PostgresParameters& parameters, Deadline deadline);

  // Statements without results but for the last one's, whose first value is returned.
  std::string Query(const std::string& sql, Deadline deadline);
  // `sql` is a COPY … FROM STDIN, `rows` all of its data.
  void Copy(const std::string& sql, std::string_view rows, Deadline deadline);

  // False: the server has closed it.  Reads what has arrived; does not wait.
  [[nodiscard]] bool Alive();

  [[nodiscard]] std::string Literal(const std::string& text) const;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  void Start(const PostgresParameters& parameters);
  void Complete(Deadline deadline);
  void Send(const std::string& sql, Deadline deadline);
  void Flush(Deadline deadline);
  void Wait(short events, Deadline deadline);
  void Feed(std::string_view rows, Deadline deadline);
  std::string Results(Deadline deadline);
  void AwaitResult(Deadline deadline);
  [[noreturn]] void Fail() const;

  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace pgmoat::audit
