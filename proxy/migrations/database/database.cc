#include "proxy/migrations/database/database.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <new>

namespace pgmoat::database {
namespace {

using Clock = std::chrono::steady_clock;

// How long a cancelled statement may take to end.
constexpr std::chrono::seconds kCancelPatience{10};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

struct FreeMemory {
  void operator()(char* text) const { PQfreemem(text); }
};

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string Field(const PGresult& result, int code) {
  const char* value = PQresultErrorField(&result, code);
  return value != nullptr ? value : "";
}

template <typename Number>
std::optional<Number> ToNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

ServerError ErrorOf(const PGresult& result) {
  std::string message = Field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = PQresultErrorMessage(&result);
  return {OneLine(std::move(message)), Field(result, PG_DIAG_SQLSTATE),
          OneLine(Field(result, PG_DIAG_MESSAGE_HINT)),
          ToNumber<std::size_t>(Field(result, PG_DIAG_STATEMENT_POSITION)).value_or(0)};
}

void AppendRows(const PGresult& result, std::vector<Row>& rows) {
  for (int i = 0; i < PQntuples(&result); ++i) {
    Row& row = rows.emplace_back();
    for (int j = 0; j < PQnfields(&result); ++j) row.emplace_back(PQgetvalue(&result, i, j));
  }
}

// The server's last words before it ends a session.
bool EndsTheSession(std::string_view sqlstate) {
  return sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
         sqlstate == "57P05" || sqlstate == "25P03";
}

}  // namespace

Database::Database(const DatabaseUrl& url, const Interrupts& interrupts,
                   std::chrono::seconds patience, Signals signals)
    : interrupts_(interrupts), signals_(signals) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  const auto add = [&](const std::string& keyword, const std::string& value) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  };
  for (const auto& [keyword, value] : url.parameters) add(keyword, value);
  // The last one of a keyword counts.
  static const std::string kEncoding[] = {"client_encoding", "UTF8"};
  add(kEncoding[0], kEncoding[1]);
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (connection_ == nullptr) throw std::bad_alloc();
  if (PQstatus(connection_.get()) == CONNECTION_BAD) Fail();
  // Notices would be written to standard error.
  PQsetNoticeReceiver(
      connection_.get(), [](void*, const PGresult*) {}, nullptr);
  Complete(Clock::now() + patience);
  if (PQsetnonblocking(connection_.get(), 1) != 0) Fail();
}

void Database::Complete(Clock::time_point deadline) {
  deadline_ = deadline;
  // "Before the first call of PQconnectPoll, behave as if it had asked to write."
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK) {
    Await(step == PGRES_POLLING_READING ? POLLIN : POLLOUT);
    step = PQconnectPoll(connection_.get());
    if (step == PGRES_POLLING_FAILED) Fail();
  }
  deadline_.reset();
}

Answer Database::Run(const std::string& sql) {
  Send(sql, {});
  PQsetSingleRowMode(connection_.get());
  return Collect(false);
}

Answer Database::Ask(const std::string& sql, const std::vector<std::string>& parameters) {
  Send(sql, parameters);
  return Collect(true);
}

std::string Database::AskOne(const std::string& sql,
                             const std::vector<std::string>& parameters) {
  const Answer answer = Ask(sql, parameters);
  if (answer.values.empty() || answer.values.front().empty()) return {};
  return answer.values.front().front();
}

void Database::Send(const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                        nullptr, values.data(), nullptr, nullptr, 0) == 0) {
    Fail();
  }
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) Fail();
    // A server that cannot send does not read either.
    Await(POLLIN | POLLOUT);
    if (PQconsumeInput(connection_.get()) == 0) Fail();
  }
}

// Until the server is ready for the next statement; the first error counts.
Answer Database::Collect(bool keep_rows) {
  Answer answer;
  std::optional<ServerError> error;
  while (true) {
    AwaitResult();
    const Result result(PQgetResult(connection_.get()));
    if (result == nullptr) break;
    switch (PQresultStatus(result.get())) {
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        answer.tag = PQcmdStatus(result.get());
        answer.rows = ToNumber<std::uint64_t>(PQcmdTuples(result.get()));
        [[fallthrough]];
      case PGRES_SINGLE_TUPLE:
        if (keep_rows) AppendRows(*result, answer.values);
        break;
      case PGRES_EMPTY_QUERY:
        break;
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        throw ConnectionLost("the server began a COPY with us, which nobody had asked for");
      default:
        if (!error) error = ErrorOf(*result);
        break;
    }
    // A broken connection would give the same result again and again.
    if (PQstatus(connection_.get()) == CONNECTION_BAD) break;
  }
  if (error && EndsTheSession(error->sqlstate)) throw ConnectionLost(error->what());
  if (PQstatus(connection_.get()) == CONNECTION_BAD) Fail();
  if (cancelling_) throw Interrupted(std::string("ended by ") + Interrupts::Came());
  if (error) throw ServerError(*error);
  return answer;
}

void Database::AwaitResult() {
  while (PQisBusy(connection_.get()) != 0) {
    Await(POLLIN);
    if (PQconsumeInput(connection_.get()) == 0) Fail();
  }
}

void Database::Await(short events) {
  constexpr std::chrono::milliseconds kAWhile{1000};
  while (true) {
    if (signals_ == Signals::kEnd && !cancelling_ && Interrupts::Came() != nullptr) Cancel();
    std::chrono::milliseconds time = kAWhile;
    if (deadline_) {
      time = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline_ - Clock::now());
      if (time.count() <= 0) throw ConnectionLost("the server did not answer in time");
    }
    if (interrupts_.Wait(PQsocket(connection_.get()), events, time)) return;
  }
}

void Database::HurryUntil(Clock::time_point deadline) {
  deadline_ = deadline;
  signals_ = Signals::kIgnored;
  cancelling_ = false;
}

// Asks the server to end what it does.  The answer comes as the statement's; Collect
// throws then.
void Database::Cancel() {
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw Interrupted(std::string("ended by ") + Interrupts::Came());
  cancelling_ = true;
  deadline_ = Clock::now() + kCancelPatience;
  struct FreeCancel {
    void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
  };
  const std::unique_ptr<PGcancel, FreeCancel> cancel(PQgetCancel(connection_.get()));
  char problem[256];
  if (cancel == nullptr || PQcancel(cancel.get(), problem, sizeof problem) == 0) {
    throw ConnectionLost("the statement could not be cancelled");
  }
}

std::string Database::Reported(const char* setting) const {
  const char* value = PQparameterStatus(connection_.get(), setting);
  return value != nullptr ? value : "";
}

std::string Database::Server() const {
  const std::string host = PQhost(connection_.get());
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
         PQport(connection_.get());
}

std::string Database::Literal(const std::string& text) const {
  const std::unique_ptr<char, FreeMemory> literal(
      PQescapeLiteral(connection_.get(), text.data(), text.size()));
  if (literal == nullptr) Fail();
  return literal.get();
}

std::string Database::Identifier(const std::string& name) const {
  const std::unique_ptr<char, FreeMemory> identifier(
      PQescapeIdentifier(connection_.get(), name.data(), name.size()));
  if (identifier == nullptr) Fail();
  return identifier.get();
}

void Database::Fail() const {
  throw ConnectionLost(OneLine(PQerrorMessage(connection_.get())));
}

}  // namespace pgmoat::database
