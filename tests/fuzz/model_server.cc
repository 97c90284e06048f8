#include "tests/fuzz/model_server.h"

#include <algorithm>

#include "policy/decision.h"
#include "policy/parser.h"
#include "policy/temporary_tables.h"
#include "protocol/backend.h"
#include "protocol/message_writer.h"
#include "tests/fuzz/check.h"

namespace pgmoat::fuzz {

namespace {

using protocol::BackendType;
using protocol::FrontendType;

constexpr std::string_view kStatements[] = {
    "SELECT 1",
    "SELECT generate_series(1, 3)",
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1 WHERE id = 1",
    "CREATE TABLE n ()",
    "DELETE FROM t",
    "DROP TABLE t",
    "TRUNCATE t",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PREPARE a AS SELECT 1",
    "PREPARE a AS INSERT INTO t VALUES (2)",
    "PREPARE b AS UPDATE t SET a = 2 WHERE id = 2",
    "PREPARE b AS DELETE FROM t",
    "EXECUTE a",
    "EXECUTE b",
    "EXECUTE c",
    "DEALLOCATE a",
    "DEALLOCATE b",
    "DEALLOCATE ALL",
    "DISCARD ALL",
    "DECLARE a CURSOR FOR SELECT generate_series(1, 3)",
    "CLOSE a",
    "CLOSE ALL",
    "COPY t FROM STDIN",
    "COPY t TO STDOUT",
    "this is no SQL",
};
constexpr std::string_view kTexts[] = {
    "",
    ";",
    "SELECT 1; INSERT INTO t VALUES (1)",
    "INSERT INTO t VALUES (1); DROP TABLE t; SELECT 1",
    "PREPARE a AS SELECT 1; EXECUTE a",
    "PREPARE b AS INSERT INTO t VALUES (2); EXECUTE a; EXECUTE b",
    "DEALLOCATE a; PREPARE a AS INSERT INTO t VALUES (2); EXECUTE a",
    "BEGIN; INSERT INTO t VALUES (1); COMMIT",
    "COPY t FROM STDIN; SELECT 1; COPY t FROM STDIN",
    "SELECT 1; COPY t TO STDOUT; ROLLBACK",
    "CREATE TEMP TABLE t ()",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE TEMP TABLE t AS SELECT 1; PREPARE a AS SELECT 1",
    "CREATE TEMP TABLE t (); COMMIT; BEGIN",
    "DROP TABLE pg_temp.t",
    "SAVEPOINT s",
    "ROLLBACK TO SAVEPOINT s",
    "FETCH ALL FROM a",
    "MOVE ALL FROM b",
};

// Split at "; ": no literal here has one.
std::deque<std::string> Split(std::string_view text) {
  std::deque<std::string> statements;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (!one.empty()) statements.emplace_back(one);
  }
  return statements;
}

bool IsStandIn(std::string_view text) {
  return text.starts_with("pgmoat denied ") || text.starts_with("EXECUTE \"pgmoat_unknown_");
}

bool IsKnown(std::string_view text) {
  return std::find(std::begin(kTexts), std::end(kTexts), text) != std::end(kTexts) ||
         std::find(std::begin(kStatements), std::end(kStatements), text) !=
             std::end(kStatements);
}

// `temporary`: t is a table of the session's own.
bool IsAllowed(std::string_view text, const policy::Rules& rules, bool temporary) {
  policy::TextFacts facts;
  policy::ReadFacts(text, facts);
  policy::TemporaryTables tables;
  if (temporary) tables.Add("t");
  policy::Circumstances circumstances;
  circumstances.temporary_tables = &tables;
  return policy::Judge(rules, facts, circumstances).allowed;
}

bool EndsTransaction(std::string_view sql) { return sql == "COMMIT" || sql == "ROLLBACK"; }

bool RunsInFailed(std::string_view sql) {
  return EndsTransaction(sql) || sql == "ROLLBACK TO SAVEPOINT s";
}

bool IsPreparable(std::string_view sql) {
  return sql.starts_with("SELECT") || sql.starts_with("INSERT") || sql.starts_with("UPDATE") ||
         sql.starts_with("DELETE");
}

std::string_view Behind(std::string_view sql, std::string_view word) {
  return sql.starts_with(word) ? sql.substr(word.size()) : std::string_view();
}

}  // namespace

std::size_t TextCount() { return std::size(kStatements) + std::size(kTexts); }
std::string TextAt(std::size_t at) {
  at %= TextCount();
  return std::string(at < std::size(kStatements) ? kStatements[at]
                                                 : kTexts[at - std::size(kStatements)]);
}

std::string OneStatement(std::string_view text) {
  const std::deque<std::string> statements = Split(text);
  return statements.empty() ? std::string() : statements.front();
}

void ModelServer::Receive(protocol::Bytes bytes, RulesPtr rules) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  while (bytes_.size() >= protocol::kHeaderBytes) {
    const std::size_t total = std::size_t{protocol::LoadUint32(bytes_.data() + 1)} + 1;
    if (bytes_.size() < total) return;
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(total);
    queue_.push_back({static_cast<FrontendType>(bytes_[0]),
                      {bytes_.begin() + protocol::kHeaderBytes, end},
                      rules});
    bytes_.erase(bytes_.begin(), end);
  }
}

bool ModelServer::Process(bool fail, std::vector<std::byte>& out) {
  if (queue_.empty() || gone_) return false;
  const Message message = std::move(queue_.front());
  queue_.pop_front();
  out_ = &out;
  const FrontendType type = message.type;
  if (copy_ != Copy::kNone) {
    InCopy(message, fail);
    return true;
  }
  if (skipping_ && type != FrontendType::kSync) return true;
  switch (type) {
    case FrontendType::kQuery:
      Simple(message, fail);
      break;
    case FrontendType::kParse:
      Parse(message, fail);
      break;
    case FrontendType::kBind:
      Bind(message, fail);
      break;
    case FrontendType::kDescribe:
      Describe(message);
      break;
    case FrontendType::kExecute:
      Execute(message, fail);
      break;
    case FrontendType::kClose:
      Close(message);
      break;
    case FrontendType::kSync:
      Sync();
      break;
    case FrontendType::kFunctionCall:
      Call(message, fail);
      break;
    default:
      break;  // Flush; COPY messages outside a COPY
  }
  return true;
}

// --- messages ---

void ModelServer::Simple(const Message& message, bool fail) {
  const std::string text(protocol::DecodeQuery(message.body)->text);
  statements_.erase("");
  portals_.erase("");
  if (!IsStandIn(text)) {
    PGMOAT_CHECK(IsKnown(text));
    PGMOAT_CHECK(IsAllowed(text, *message.rules, true));
  } else if (text.starts_with("pgmoat")) {
    Fail("42601", "syntax error at or near \"pgmoat\"");
    return Ready();
  }
  rest_ = Split(text);
  if (rest_.empty()) {
    Send(BackendType::kEmptyQueryResponse);
    ran_.emplace_back();
  }
  RunRest(message.rules, fail);
}

// The statements left of a Query, up to its end or a COPY.
void ModelServer::RunRest(const RulesPtr& rules, bool fail) {
  while (!rest_.empty()) {
    const std::string sql = rest_.front();
    rest_.pop_front();
    const bool last = rest_.empty();
    if (!Run({sql, sql}, *rules, fail && last, true, nullptr, 0)) {
      rest_.clear();
    } else if (copy_ != Copy::kNone) {
      return;
    }
  }
  Ready();
}

void ModelServer::Parse(const Message& message, bool fail) {
  const auto parse = protocol::DecodeParse(message.body);
  const std::string name(parse->statement);
  const std::string text(parse->text);
  if (name.empty()) statements_.erase("");
  if (text.starts_with("pgmoat denied ")) {
    Fail("42601", "syntax error at or near \"pgmoat\"");
    return ExtendedError();
  }
  PGMOAT_CHECK(IsKnown(text));
  PGMOAT_CHECK(IsAllowed(text, *message.rules, true));
  const std::deque<std::string> statements = Split(text);
  if (statements.size() > 1) {
    Fail("42601", "cannot insert multiple commands into a prepared statement");
  } else if (status_ == 'E' && (statements.empty() || !RunsInFailed(statements[0]))) {
    Fail("25P02", "current transaction is aborted");
  } else if (fail) {
    Fail("42703", "no such column");
  } else if (statements_.contains(name)) {
    Fail("42P05", "prepared statement already exists");
  } else {
    const std::string own = statements.empty() ? "" : statements[0];
    statements_[name] = {own, own};
    return Send(BackendType::kParseComplete);
  }
  ExtendedError();
}

void ModelServer::Bind(const Message& message, bool fail) {
  const auto bind = protocol::DecodeBind(message.body);
  const auto statement = statements_.find(std::string(bind->statement));
  const std::string portal(bind->portal);
  if (statement == statements_.end()) {
    Fail("26000", "prepared statement \"" + std::string(bind->statement) + "\" does not exist");
  } else if (status_ == 'E' && !RunsInFailed(statement->second.text)) {
    Fail("25P02", "current transaction is aborted");
  } else if (!portal.empty() && portals_.contains(portal)) {
    Fail("42P03", "cursor already exists");
  } else if (fail) {
    Fail("22P02", "invalid input");
  } else {
    portals_[portal] = {statement->second};
    return Send(BackendType::kBindComplete);
  }
  ExtendedError();
}

void ModelServer::Describe(const Message& message) {
  const auto object = protocol::DecodeObjectName(message.body);
  const std::string name(object->name);
  const bool statement = object->kind == protocol::ObjectKind::kStatement;
  if (statement ? !statements_.contains(name) : !portals_.contains(name)) {
    Fail(statement ? "26000" : "34000", "does not exist");
    return ExtendedError();
  }
  if (statement) Send(BackendType::kParameterDescription, std::string_view("\0\0", 2));
  const std::string& text = statement ? statements_[name].text : portals_[name].statement.text;
  if (text.starts_with("SELECT")) {
    Send(BackendType::kRowDescription, std::string_view("\0\0", 2));
  } else {
    Send(BackendType::kNoData);
  }
}

void ModelServer::Execute(const Message& message, bool fail) {
  const auto execute = protocol::DecodeExecute(message.body);
  const auto portal = portals_.find(std::string(execute->portal));
  if (portal == portals_.end()) {
    Fail("34000", "portal \"" + std::string(execute->portal) + "\" does not exist");
    return ExtendedError();
  }
  // A cursor of DECLARE was judged when it was declared.
  const std::string text = portal->second.statement.text;
  if (!portal->second.declared) PGMOAT_CHECK(IsAllowed(text, *message.rules, true));
  if (text.empty()) {
    ran_.emplace_back();
    return Send(BackendType::kEmptyQueryResponse);
  }
  if (status_ == 'E' && !RunsInFailed(text)) {
    Fail("25P02", "current transaction is aborted");
    return ExtendedError();
  }
  // What it runs may drop the portal.
  Portal running = portal->second;
  if (!Run(running.statement, *message.rules, fail, false, &running, execute->max_rows))
    return ExtendedError();
  const auto still = portals_.find(std::string(execute->portal));
  if (still != portals_.end()) still->second.row = running.row;
}

void ModelServer::Close(const Message& message) {
  const auto object = protocol::DecodeObjectName(message.body);
  if (object->kind == protocol::ObjectKind::kStatement) {
    statements_.erase(std::string(object->name));
  } else {
    portals_.erase(std::string(object->name));
  }
  Send(BackendType::kCloseComplete);
}

void ModelServer::Sync() {
  skipping_ = false;
  Ready();
}

void ModelServer::Call(const Message& message, bool fail) {
  const std::uint32_t oid = protocol::DecodeFunctionCall(message.body)->function_oid;
  PGMOAT_CHECK(oid == 0 || policy::JudgeFunctionCall(*message.rules, oid).allowed);
  if (status_ == 'E') {
    Fail("25P02", "current transaction is aborted");
  } else if (oid == 0 || fail) {
    Fail("42883", "function does not exist");
  } else {
    Send(BackendType::kFunctionCallResponse, std::string_view("\xff\xff\xff\xff", 4));
  }
  Ready();
}

void ModelServer::InCopy(const Message& message, bool fail) {
  const bool extended = copy_ == Copy::kExtended;
  switch (message.type) {
    case FrontendType::kFlush:
    case FrontendType::kSync:
      return;
    case FrontendType::kCopyData:
      if (!fail) return;
      Fail("22P02", "invalid input");
      break;
    case FrontendType::kCopyDone:
      copy_ = Copy::kNone;
      Complete("COPY 1");
      ran_.push_back(copying_);
      if (!extended) RunRest(message.rules, fail);
      return;
    case FrontendType::kCopyFail:
      Fail("57014", "COPY from stdin failed");
      break;
    default:
      // It has not read the message, and does not know where the next one begins.
      Fail("08P01", "unexpected message type during COPY from stdin");
      SendError("FATAL", "08P01",
                "terminating connection because protocol synchronization was lost");
      gone_ = true;
      return;
  }
  copy_ = Copy::kNone;
  rest_.clear();
  if (extended) return ExtendedError();
  Ready();
}

// --- statements ---

bool ModelServer::Run(const Statement& statement, const policy::Rules& rules, bool fail,
                      bool simple, Portal* portal, std::int32_t max_rows) {
  if (!RunText(statement.text, rules, fail, simple, portal, max_rows)) return false;
  if (copy_ == Copy::kNone) {
    ran_.push_back(statement.on_record);
  } else {
    copying_ = statement.on_record;
  }
  return true;
}

bool ModelServer::RunText(std::string_view sql, const policy::Rules& rules, bool fail,
                          bool simple, Portal* portal, std::int32_t max_rows) {
  if (status_ == 'E' && !RunsInFailed(sql))
    return Fail("25P02", "current transaction is aborted");
  if (fail) return Fail("22012", "division by zero");
  // Of a text, others may have been sent before the server told what t is now.
  if (portal == nullptr || !portal->declared) PGMOAT_CHECK(IsAllowed(sql, rules, temporary_));
  if (sql.starts_with("SELECT")) {
    if (simple) Send(BackendType::kRowDescription, std::string_view("\0\0", 2));
    const std::size_t rows = sql == "SELECT 1" ? 1 : 3;
    std::size_t row = portal != nullptr ? portal->row : 0;
    for (std::int32_t sent = 0; row < rows; ++row, ++sent) {
      if (max_rows > 0 && sent == max_rows) break;
      Send(BackendType::kDataRow, std::string_view("\0\0", 2));
    }
    if (portal != nullptr) portal->row = row;
    if (max_rows > 0 && row < rows) {
      Send(BackendType::kPortalSuspended);
    } else {
      Complete("SELECT 1");
    }
    return true;
  }
  if (sql == "BEGIN") {
    status_ = 'T';
  } else if (EndsTransaction(sql)) {
    return EndTransaction(sql);
  } else if (sql == "SAVEPOINT s") {
    if (status_ != 'T') return Fail("25P01", "SAVEPOINT outside a transaction block");
    temporary_at_savepoint_ = temporary_;
  } else if (sql == "ROLLBACK TO SAVEPOINT s") {
    if (status_ == 'I') return Fail("25P01", "ROLLBACK TO SAVEPOINT outside a transaction");
    if (!temporary_at_savepoint_) return Fail("3B001", "savepoint does not exist");
    temporary_ = *temporary_at_savepoint_;
    status_ = 'T';
  } else if (sql.starts_with("CREATE TEMP")) {
    if (temporary_) return Fail("42P07", "relation already exists");
    temporary_ = true;
    Complete(sql.ends_with("SELECT 1") ? "SELECT 1" : "CREATE TABLE");
    return true;
  } else if (sql == "DROP TABLE t") {
    temporary_ = false;
  } else if (sql == "DROP TABLE pg_temp.t") {
    if (!temporary_) return Fail("42P01", "table does not exist");
    temporary_ = false;
  } else if (const auto prepare = Behind(sql, "PREPARE "); !prepare.empty()) {
    const std::string name(prepare.substr(0, 1));
    if (statements_.contains(name)) return Fail("42P05", "prepared statement already exists");
    statements_[name] = {std::string(prepare.substr(std::string_view("a AS ").size())),
                         std::string(sql)};
  } else if (const auto name = Behind(sql, "EXECUTE "); !name.empty()) {
    if (!RunExecute(name, rules)) return false;
  } else if (sql == "DEALLOCATE ALL") {
    std::erase_if(statements_, [](const auto& entry) { return !entry.first.empty(); });
  } else if (const auto dropped = Behind(sql, "DEALLOCATE "); !dropped.empty()) {
    if (statements_.erase(std::string(dropped)) == 0) return Fail("26000", "does not exist");
  } else if (sql == "DISCARD ALL") {
    if (status_ != 'I') return Fail("25001", "cannot run inside a transaction block");
    statements_.clear();
    portals_.clear();
    temporary_ = false;
  } else if (sql.starts_with("DECLARE")) {
    if (status_ != 'T') return Fail("25P01", "DECLARE CURSOR outside a transaction block");
    if (portals_.contains("a")) return Fail("42P03", "cursor already exists");
    portals_["a"] = {{"SELECT generate_series(1, 3)", std::string(sql)}, true};
  } else if (sql == "FETCH ALL FROM a" || sql == "MOVE ALL FROM b") {
    if (!Fetch(std::string(1, sql.back()))) return false;
  } else if (sql == "CLOSE ALL") {
    portals_.clear();
  } else if (sql == "CLOSE a") {
    if (portals_.erase("a") == 0) return Fail("34000", "cursor does not exist");
  } else if (sql == "COPY t FROM STDIN") {
    Send(BackendType::kCopyInResponse, std::string_view("\0\0\0", 3));
    copy_ = simple ? Copy::kSimple : Copy::kExtended;
    return true;
  } else if (sql == "COPY t TO STDOUT") {
    Send(BackendType::kCopyOutResponse, std::string_view("\0\0\0", 3));
    Send(BackendType::kCopyData, "1\n");
    Send(BackendType::kCopyDone);
  }
  Complete(sql.substr(0, sql.find(' ')));
  return true;
}

// What the name stands for is run with the permission of this message.
bool ModelServer::RunExecute(std::string_view name, const policy::Rules& rules) {
  for (int depth = 0; depth < 10; ++depth) {
    const auto statement = statements_.find(std::string(name));
    if (statement == statements_.end())
      return Fail("26000", "prepared statement \"" + std::string(name) + "\" does not exist");
    PGMOAT_CHECK(IsAllowed(statement->second.text, rules, temporary_));
    const std::string_view next = Behind(statement->second.text, "EXECUTE ");
    // It does nothing to the session.
    if (next.empty()) {
      PGMOAT_CHECK(IsPreparable(statement->second.text));
      return true;
    }
    name = next;
  }
  return Fail("54001", "stack depth limit exceeded");
}

// What was bound would run, if it is another portal.
bool ModelServer::Fetch(const std::string& cursor) {
  const auto portal = portals_.find(cursor);
  if (portal == portals_.end()) return Fail("34000", "cursor does not exist");
  const Portal& found = portal->second;
  PGMOAT_CHECK(found.declared || found.statement.text.starts_with("SELECT"));
  return true;
}

// Also one that no BEGIN began.
bool ModelServer::EndTransaction(std::string_view sql) {
  const bool committed = sql == "COMMIT" && status_ != 'E';
  status_ = 'I';
  portals_.clear();
  Settle(committed);
  Complete(committed ? "COMMIT" : "ROLLBACK");
  return true;
}

void ModelServer::Settle(bool committed) {
  (committed ? committed_temporary_ : temporary_) =
      committed ? temporary_ : committed_temporary_;
  temporary_at_savepoint_.reset();
}

// --- answers ---

void ModelServer::SendError(std::string_view severity, std::string_view sqlstate,
                            std::string_view message) {
  protocol::ErrorResponse error;
  error.severity = severity;
  error.sqlstate = sqlstate;
  error.message = message;
  protocol::EncodeError(*out_, error);
}

bool ModelServer::Fail(std::string_view sqlstate, std::string_view message) {
  SendError("ERROR", sqlstate, message);
  if (status_ == 'T') {
    status_ = 'E';
  } else if (status_ == 'I') {
    Settle(false);
  }
  return false;
}

void ModelServer::ExtendedError() { skipping_ = true; }

void ModelServer::Ready() {
  if (status_ == 'I') {
    portals_.clear();
    Settle(true);
  }
  Send(BackendType::kReadyForQuery, std::string_view(&status_, 1));
}

void ModelServer::Send(BackendType type, std::string_view body) {
  protocol::MessageWriter(*out_, type).Append(protocol::AsBytes(body));
}

void ModelServer::Complete(std::string_view tag) {
  protocol::MessageWriter(*out_, BackendType::kCommandComplete).String(tag);
}

}  // namespace pgmoat::fuzz
