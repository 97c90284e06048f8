#include "proxy/audit/sinks/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

PostgresError ErrorOf(const PGresult& result) {
  const char* state = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
  return {message != nullptr ? message : OneLine(PQresultErrorMessage(&result)),
          state != nullptr ? state : ""};
}

}  // namespace

PostgresParameters ParsePostgresUrl(const std::string& url) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(url.c_str(), &problem));
  PQfreemem(problem);  // it would quote the URL
  if (options == nullptr) {
    throw std::runtime_error(
        "the URL of the postgres sink is not one that libpq takes; write "
        "postgres://USER@HOST:5432/DATABASE");
  }
  PostgresParameters parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string keyword = option->keyword;
    if (keyword == "password" || keyword == "sslpassword") {
      throw std::runtime_error(
          "the URL of the postgres sink has a password; name it by password_file or "
          "password_env instead");
    }
    parameters.emplace_back(keyword, option->val);
  }
  return parameters;
}

PostgresConnection::PostgresConnection(const PostgresParameters& parameters,
                                       Deadline deadline) {
  Start(parameters);
  Complete(deadline);
  if (PQsetnonblocking(connection_.get(), 1) != 0) Fail();
}

void PostgresConnection::Start(const PostgresParameters& parameters) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (connection_ == nullptr) throw std::bad_alloc();
  if (PQstatus(connection_.get()) == CONNECTION_BAD) Fail();
  // Notices, and a server's last words, would be written to standard error.
  PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
}

void PostgresConnection::Complete(Deadline deadline) {
  // "Before the first call of PQconnectPoll, behave as if it had asked to write."
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK) {
    Wait(step == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
    step = PQconnectPoll(connection_.get());
    if (step == PGRES_POLLING_FAILED) Fail();
  }
}

std::string PostgresConnection::Query(const std::string& sql, Deadline deadline) {
  Send(sql, deadline);
  return Results(deadline);
}

void PostgresConnection::Copy(const std::string& sql, std::string_view rows,
                              Deadline deadline) {
  Send(sql, deadline);
  AwaitResult(deadline);
  const Result ready(PQgetResult(connection_.get()));
  if (ready == nullptr) Fail();
  if (PQresultStatus(ready.get()) != PGRES_COPY_IN) {
    const PostgresError error = ErrorOf(*ready);
    (void)Results(deadline);
    throw error;
  }
  Feed(rows, deadline);
  (void)Results(deadline);
}

void PostgresConnection::Feed(std::string_view rows, Deadline deadline) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  while (!rows.empty()) {
    const std::string_view piece = rows.substr(0, kPiece);
    const int queued =
        PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size()));
    if (queued < 0) Fail();
    Flush(deadline);
    if (queued > 0) rows.remove_prefix(piece.size());  // 0: its buffer was full
  }
  int ended = 0;
  while ((ended = PQputCopyEnd(connection_.get(), nullptr)) == 0) Flush(deadline);
  if (ended < 0) Fail();
  Flush(deadline);
}

void PostgresConnection::Send(const std::string& sql, Deadline deadline) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) Fail();
  Flush(deadline);
}

void PostgresConnection::Flush(Deadline deadline) {
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) Fail();
    // A server that cannot send does not read either.
    Wait(POLLIN | POLLOUT, deadline);
    if (PQconsumeInput(connection_.get()) == 0) Fail();
  }
}

void PostgresConnection::AwaitResult(Deadline deadline) {
  while (PQisBusy(connection_.get()) != 0) {
    Wait(POLLIN, deadline);
    if (PQconsumeInput(connection_.get()) == 0) Fail();
  }
}

// Until the server is ready for the next query; the first error counts.
std::string PostgresConnection::Results(Deadline deadline) {
  std::string value;
  std::unique_ptr<PostgresError> error;
  while (true) {
    AwaitResult(deadline);
    const Result result(PQgetResult(connection_.get()));
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_TUPLES_OK && PQntuples(result.get()) > 0) {
      value = PQgetvalue(result.get(), 0, 0);
    } else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && error == nullptr) {
      error = std::make_unique<PostgresError>(ErrorOf(*result));
    }
    // A broken connection would give the same result again and again.
    if (PQstatus(connection_.get()) == CONNECTION_BAD) break;
  }
  if (error != nullptr) throw PostgresError(*error);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) Fail();
  return value;
}

void PostgresConnection::Wait(short events, Deadline deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) throw PostgresError("the server did not answer in time", "");
    pollfd descriptor{PQsocket(connection_.get()), events, 0};
    const int ready = ::poll(&descriptor, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) Fail();
  }
}

bool PostgresConnection::Alive() {
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return false;
  pollfd descriptor{PQsocket(connection_.get()), POLLIN, 0};
  if (::poll(&descriptor, 1, 0) <= 0) return true;
  if (PQconsumeInput(connection_.get()) == 0) return false;
  // Its last words ("terminating connection …") are a result of no query: libpq takes
  // them in, and finds the end of the connection with the next look.
  (void)PQisBusy(connection_.get());
  descriptor.revents = 0;
  return ::poll(&descriptor, 1, 0) <= 0 && PQstatus(connection_.get()) != CONNECTION_BAD;
}

std::string PostgresConnection::Literal(const std::string& text) const {
  struct FreeText {
    void operator()(char* literal) const { PQfreemem(literal); }
  };
  const std::unique_ptr<char, FreeText> literal(
      PQescapeLiteral(connection_.get(), text.data(), text.size()));
  if (literal == nullptr) Fail();
  return literal.get();
}

void PostgresConnection::Fail() const {
  throw PostgresError(OneLine(PQerrorMessage(connection_.get())), "");
}

}  // namespace pgmoat::audit
