#include "proxy/audit/sinks/postgres_sink.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "proxy/audit/sinks/postgres_connection.h"
#include "proxy/audit/sinks/postgres_rows.h"
#include "proxy/audit/sinks/remote_secret.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;
using Deadline = PostgresConnection::Deadline;

constexpr std::string_view kUniqueViolation = "23505";
constexpr const char* kStaging = "pgmoat_audit_staging";

// "audit.trail" -> "\"audit\".\"trail\"": the name as it is written, no case folded.
std::string QuotedTable(const std::string& table) {
  std::string quoted;
  int parts = 0;
  for (std::size_t begin = 0; begin <= table.size(); ++parts) {
    const std::size_t end = std::min(table.find('.', begin), table.size());
    const std::string part = table.substr(begin, end - begin);
    constexpr std::size_t kNameDataLength = 64;  // PostgreSQL's, with the ending zero
    const bool good = !part.empty() && part.size() < kNameDataLength && parts < 2 &&
                      part.find_first_of(std::string_view("\"\0", 2)) == std::string::npos;
    if (!good) {
      throw std::runtime_error("'" + table +
                               "' is no table's name; write TABLE or SCHEMA.TABLE");
    }
    quoted += (parts > 0 ? ".\"" : "\"") + part + '"';
    begin = end + 1;
  }
  return quoted;
}

std::string ValueOf(const PostgresParameters& parameters, std::string_view keyword,
                    const std::string& otherwise) {
  for (const auto& [name, value] : parameters) {
    if (name == keyword) return value;
  }
  return otherwise;
}

class PostgresSink final : public Sink {
 public:
  explicit PostgresSink(const PostgresSinkOptions& options)
      : options_(options),
        url_parameters_(ParsePostgresUrl(options.url)),
        table_(QuotedTable(options.table)),
        name_("table " + options.table + " at " +
              ValueOf(url_parameters_, "host", "localhost") + ":" +
              ValueOf(url_parameters_, "port", "5432")) {
    (void)Password();
  }

  Result Deliver(std::string_view lines) override {
    const Deadline deadline = Clock::now() + options_.timeout;
    try {
      if (connection_ != nullptr && !connection_->Alive()) connection_.reset();
      if (connection_ == nullptr) Connect(deadline);
      Insert(PostgresRows(lines), deadline);
      return {lines.size(), {}};
    } catch (const std::exception& error) {
      // Whatever state it is in: a new one begins from a known one.
      connection_.reset();
      return {0, name_ + ": " + error.what()};
    }
  }

  // A server that was restarted meanwhile is no failure of the next delivery.
  std::string Idle() override {
    if (connection_ != nullptr && !connection_->Alive()) connection_.reset();
    return {};
  }

 private:
  // Empty: none is named; libpq then looks where it always does.
  [[nodiscard]] std::string Password() const {
    if (!options_.password_file.empty()) return ReadSecretFile(options_.password_file);
    if (options_.password_env.empty()) return {};
    const char* value = std::getenv(options_.password_env.c_str());
    if (value == nullptr || *value == '\0') {
      throw std::runtime_error("the variable " + options_.password_env +
                               " of the environment, which has the password, is not set");
    }
    return value;
  }

  [[nodiscard]] PostgresParameters Parameters() const {
    // The last one of a keyword counts, so what the URL says goes before our wishes …
    PostgresParameters parameters = {
        {"fallback_application_name", "pgmoat-audit"},
        {"tcp_user_timeout", std::to_string(options_.timeout.count())}};
    parameters.insert(parameters.end(), url_parameters_.begin(), url_parameters_.end());
    // … and after what must be so.
    parameters.emplace_back("client_encoding", "UTF8");
    if (std::string password = Password(); !password.empty()) {
      parameters.emplace_back("password", std::move(password));
    }
    return parameters;
  }

  void Connect(Deadline deadline) {
    auto connection = std::make_unique<PostgresConnection>(Parameters(), deadline);
    // By SET, since a pooler in between may refuse it as a startup parameter.
    const std::string encoding = connection->Query(
        "SET statement_timeout = " + std::to_string(options_.timeout.count()) +
            "; SELECT current_setting('server_encoding')",
        deadline);
    if (encoding != "UTF8" && encoding != "SQL_ASCII") {
      throw std::runtime_error("the database's encoding is " + encoding +
                               ", which cannot keep every character; use one with UTF8");
    }
    MakeTable(*connection, deadline);
    connection_ = std::move(connection);
  }

  // Looks first, so that a login that may only INSERT is enough where the table is there.
  void MakeTable(PostgresConnection& connection, Deadline deadline) const {
    const std::string known = connection.Query(
        "SELECT to_regclass(" + connection.Literal(table_) + ") IS NOT NULL", deadline);
    if (known == "t") return;
    (void)connection.Query("CREATE TABLE " + table_ + " (" + PostgresColumnDefinitions() +
                               ", PRIMARY KEY (id, seq)); CREATE INDEX ON " + table_ +
                               " USING brin (time)",
                           deadline);
  }

  // COPY straight into the table is one transaction by itself.  Only a batch that comes
  // again, for the most part after a lost answer, meets its own rows.
  void Insert(const std::string& rows, Deadline deadline) {
    try {
      connection_->Copy(CopyInto(table_), rows, deadline);
    } catch (const PostgresError& error) {
      if (error.sqlstate != kUniqueViolation) throw;
      InsertWhatIsNew(rows, deadline);
    }
  }

  // ON CONFLICT names no columns: a partitioned table's key has more of them.
  void InsertWhatIsNew(const std::string& rows, Deadline deadline) {
    (void)connection_->Query("BEGIN; CREATE TEMPORARY TABLE " + std::string(kStaging) + " (" +
                                 PostgresColumnDefinitions() + ") ON COMMIT DROP",
                             deadline);
    connection_->Copy(CopyInto("pg_temp." + std::string(kStaging)), rows, deadline);
    const std::string& columns = PostgresColumnNames();
    (void)connection_->Query("INSERT INTO " + table_ + " (" + columns + ") SELECT " + columns +
                                 " FROM pg_temp." + kStaging +
                                 " ORDER BY seq ON CONFLICT DO NOTHING; COMMIT",
                             deadline);
  }

  [[nodiscard]] static std::string CopyInto(const std::string& table) {
    return "COPY " + table + " (" + PostgresColumnNames() + ") FROM STDIN";
  }

  const PostgresSinkOptions options_;
  const PostgresParameters url_parameters_;
  const std::string table_;  // quoted
  const std::string name_;   // for errors
  std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace

std::unique_ptr<Sink> MakePostgresSink(const PostgresSinkOptions& options) {
  return std::make_unique<PostgresSink>(options);
}

}  // namespace pgmoat::audit
