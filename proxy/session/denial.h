// A denial is made by the server (design 3.2): the refused message is replaced, in
// place and in order, by one that the server is sure to refuse, and the server's
// ErrorResponse is rewritten into ours on the way back.  The server's own state
// machine does the rest: skipping until Sync, failing the transaction, rolling back
// the implicit transaction of a pipeline.
//
//   refused       sent instead                                  the server says
//   Query, Parse  text "pgmoat denied <id>", a syntax error     42601
//   Bind          of a statement that does not exist            26000
//   Describe      Bind of a statement that does not exist       26000
//   Execute       of a portal that does not exist               34000
//   FunctionCall  of function OID 0                             42883
//
// The names and the text carry the audit id, so the server's log shows the refusal
// too; ids are unguessable, so no client can have made such a name first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "protocol/message.h"
#include "proxy/session/audit_trail.h"

namespace pgmoat::session {

// What the client is told.
struct Denial {
  RecordId id;
  std::string audit_id;   // its text
  std::string_view rule;  // static storage
  std::string_view sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
};

Denial MakeDenial(const policy::Decision& decision, const RecordId& id);

// The DETAIL of every refusal.
std::string DetailOf(std::string_view rule, std::string_view audit_id);

// The stand-ins.
void EncodeDeniedQuery(std::vector<std::byte>& out, const Denial& denial);
// Keeps the statement's name: a Parse that fails drops the unnamed statement.
void EncodeDeniedParse(std::vector<std::byte>& out, std::string_view statement,
                       const Denial& denial);
void EncodeDeniedBind(std::vector<std::byte>& out, const Denial& denial);
void EncodeDeniedExecute(std::vector<std::byte>& out, const Denial& denial);
void EncodeDeniedFunctionCall(std::vector<std::byte>& out);

// The ErrorResponse that the client gets.
void EncodeDenialError(std::vector<std::byte>& out, const Denial& denial,
                       std::string_view severity = "ERROR");

// A prepared statement that does not exist is the server's to complain about, in its own
// words.  So that no name unknown to us is ever used, it is asked for one that cannot
// exist, and its ErrorResponse gets the client's name back.
struct UnknownName {
  std::string stand_in;
  std::string name;
};
UnknownName MakeUnknownName(std::string_view name, const RecordId& id);
void EncodeUnknownBind(std::vector<std::byte>& out, const UnknownName& unknown);
void EncodeUnknownExecute(std::vector<std::byte>& out, const UnknownName& unknown);

// Refusals that come from the session's own state, not from a statement's facts.
policy::Decision UnknownStatement(std::string_view name);
policy::Decision AuditUnavailable(const policy::Rules& rules);
policy::Decision NameTooLong();

// Of several decisions the first refusal counts, or else the first that shadow mode or a
// `log` rule let through.  False: refused.
bool Add(const policy::Decision& decision, policy::Decision& all);

}  // namespace pgmoat::session
