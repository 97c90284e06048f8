// One session of libpq's with a database: statements one by one, answers as text.
//
// A statement goes as an extended-protocol Parse, which has room for one: nothing that
// stands behind a semicolon is run, whatever the server makes of the text.
//
// Errors:  ServerError: the server refused the statement, the session goes on.
//   ConnectionLost and Interrupted: throw the session away, or Abandon.
// Secrets: an error has the server's primary message, which may quote a value; never its
//   DETAIL or CONTEXT, which quote rows.
// Threads: one.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/migrations/database/database_url.h"
#include "proxy/migrations/database/interrupts.h"

namespace pgmoat::database {

struct ServerError : std::runtime_error {
  ServerError(const std::string& text, std::string state, std::string advice, std::size_t at)
      : std::runtime_error(text),
        sqlstate(std::move(state)),
        hint(std::move(advice)),
        position(at) {}
  std::string sqlstate;
  std::string hint;
  std::size_t position;  // in characters of the statement, from 1; 0: none
};

struct ConnectionLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A signal came (interrupts.h); the statement that ran was cancelled.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Row = std::vector<std::string>;  // NULL: empty

struct Answer {
  std::string tag;                    // "UPDATE 12"
  std::optional<std::uint64_t> rows;  // of the tag
  std::vector<Row> values;            // Ask only
};

class Database {
 public:
  enum class Signals { kEnd, kIgnored };

  // `interrupts` outlives it.  Waits for `patience` at most.
  Database(const DatabaseUrl& url, const Interrupts& interrupts, std::chrono::seconds patience,
           Signals signals = Signals::kEnd);

  // One statement without parameters.  Run drops the rows that it returns, however many.
  Answer Run(const std::string& sql);
  Answer Ask(const std::string& sql, const std::vector<std::string>& parameters = {});
  // The first value of the first row; empty when there is none.
  std::string AskOne(const std::string& sql, const std::vector<std::string>& parameters = {});

  // From now on signals are left alone, and nothing waits past `deadline`: for ROLLBACK.
  void HurryUntil(std::chrono::steady_clock::time_point deadline);

  [[nodiscard]] PGTransactionStatusType TransactionStatus() const {
    return PQtransactionStatus(connection_.get());
  }
  // As the server reports it (ParameterStatus): "client_encoding" …
  [[nodiscard]] std::string Reported(const char* setting) const;
  [[nodiscard]] int ServerVersion() const { return PQserverVersion(connection_.get()); }
  // "127.0.0.1:5432", "/run/postgresql:5432"
  [[nodiscard]] std::string Server() const;
  [[nodiscard]] std::string Name() const { return PQdb(connection_.get()); }
  [[nodiscard]] std::string User() const { return PQuser(connection_.get()); }

  // 'text' and "name", as SQL has them.
  [[nodiscard]] std::string Literal(const std::string& text) const;
  [[nodiscard]] std::string Identifier(const std::string& name) const;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  void Complete(std::chrono::steady_clock::time_point deadline);
  void Send(const std::string& sql, const std::vector<std::string>& parameters);
  Answer Collect(bool keep_rows);
  void AwaitResult();
  void Await(short events);
  void Cancel();
  [[noreturn]] void Fail() const;

  const Interrupts& interrupts_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  Signals signals_;
  bool cancelling_ = false;
};

}  // namespace pgmoat::database
