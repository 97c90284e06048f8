// A server that keeps to the protocol, as far as a few statements go: it knows what is
// prepared and bound, skips to Sync, reads COPY data, fails transactions, and has a table t
// that a temporary one may hide.
//
// So it can tell what truly runs, which a server of arbitrary bytes cannot: every statement
// that it runs, directly, through a portal or through EXECUTE, is judged by the rules that
// held when the session sent the message, and by what t is when it runs.  It aborts when one
// is not allowed.  And it tells what the audit trail is to say.
//
// PostgreSQL documentation, "Message Flow"; tcop/postgres.c and commands/prepare.c tell the
// rest.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"
#include "protocol/frontend.h"
#include "protocol/message.h"

namespace pgmoat::fuzz {

// The texts that clients send here; the server knows no others.
[[nodiscard]] std::size_t TextCount();
[[nodiscard]] std::string TextAt(std::size_t at);
// Without the semicolon and what is blank.
[[nodiscard]] std::string OneStatement(std::string_view text);

class ModelServer {
 public:
  using RulesPtr = std::shared_ptr<const policy::Rules>;

  // What the session sent while `rules` held.  Waits for Process.
  void Receive(protocol::Bytes bytes, RulesPtr rules);
  // Reads one message and appends its answers to `out`.  `fail`: what can fail does.
  // False: there is none, or the server has ended the session.
  bool Process(bool fail, std::vector<std::byte>& out);

  // What ran to its end, in order, as the trail is to have it.  Not function calls.
  [[nodiscard]] const std::vector<std::string>& ran() const { return ran_; }

 private:
  struct Message {
    protocol::FrontendType type;
    std::vector<std::byte> body;
    RulesPtr rules;
  };
  struct Statement {
    std::string text;
    std::string on_record;  // the PREPARE that gave it its name
  };
  struct Portal {
    Statement statement;
    bool declared = false;  // by SQL, and judged there
    std::size_t row = 0;
  };
  enum class Copy { kNone, kSimple, kExtended };

  void Simple(const Message& message, bool fail);
  void RunRest(const RulesPtr& rules, bool fail);
  void Parse(const Message& message, bool fail);
  void Bind(const Message& message, bool fail);
  void Describe(const Message& message);
  void Execute(const Message& message, bool fail);
  void Close(const Message& message);
  void Sync();
  void Call(const Message& message, bool fail);
  void InCopy(const Message& message, bool fail);

  // One statement; false: it failed, and the error was sent.
  bool Run(const Statement& statement, const policy::Rules& rules, bool fail, bool simple,
           Portal* portal, std::int32_t max_rows);
  bool RunText(std::string_view sql, const policy::Rules& rules, bool fail, bool simple,
               Portal* portal, std::int32_t max_rows);
  bool Fetch(const std::string& cursor);
  bool RunExecute(std::string_view name, const policy::Rules& rules);
  bool EndTransaction(std::string_view sql);
  void Settle(bool committed);
  void SendError(std::string_view severity, std::string_view sqlstate,
                 std::string_view message);
  bool Fail(std::string_view sqlstate, std::string_view message);
  void ExtendedError();
  void Ready();
  void Send(protocol::BackendType type, std::string_view body = {});
  void Complete(std::string_view tag);

  std::vector<std::byte> bytes_;
  std::deque<Message> queue_;
  std::vector<std::byte>* out_ = nullptr;
  std::map<std::string, Statement> statements_;
  std::map<std::string, Portal> portals_;
  char status_ = 'I';
  bool temporary_ = false;  // t is a temporary table …
  bool committed_temporary_ = false;
  std::optional<bool> temporary_at_savepoint_;
  bool skipping_ = false;
  bool gone_ = false;
  Copy copy_ = Copy::kNone;
  std::string copying_;           // on record
  std::deque<std::string> rest_;  // of the text of a Query
  std::vector<std::string> ran_;
};

}  // namespace pgmoat::fuzz
