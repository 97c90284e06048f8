// The server's side of a login: authentication is relayed between server and client until
// the first ReadyForQuery.
//
//   client            pgmoat                         server
//     <────────────────── AuthenticationXXX ───────────────
//     ─────────────────── password, SASL … ───────────────>
//     <────────────────── AuthenticationOk, ParameterStatus …, ReadyForQuery
//
// Passwords pass through here: they are forwarded and never kept, logged or audited.
#include <algorithm>
#include <utility>

#include "protocol/frontend.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using protocol::BackendType;
using protocol::FrontendType;
using protocol::GatherTable;

// The server's bound for authentication tokens (PG_MAX_AUTH_TOKEN_LENGTH).
constexpr std::uint32_t kMaxAuthBytes = 65'535;
// Backend messages that are read are small, but an error may quote a large value.
constexpr std::uint32_t kMaxReadBackendBytes = 32u << 20;

constexpr GatherTable ClientAuthTable() {
  GatherTable table;
  table.Set(FrontendType::kPassword, kMaxAuthBytes);
  return table;
}

constexpr GatherTable ServerTable() {
  GatherTable table;
  for (const BackendType type : {BackendType::kBackendKeyData, BackendType::kCommandComplete,
                                 BackendType::kAuthentication, BackendType::kErrorResponse,
                                 BackendType::kNegotiateProtocolVersion,
                                 BackendType::kParameterStatus, BackendType::kReadyForQuery}) {
    table.Set(type, kMaxReadBackendBytes);
  }
  for (const BackendType type :
       {BackendType::kBindComplete, BackendType::kCloseComplete, BackendType::kCopyBothResponse,
        BackendType::kCopyData, BackendType::kCopyDone, BackendType::kCopyInResponse,
        BackendType::kCopyOutResponse, BackendType::kDataRow, BackendType::kEmptyQueryResponse,
        BackendType::kFunctionCallResponse, BackendType::kNoData, BackendType::kNoticeResponse,
        BackendType::kNotificationResponse, BackendType::kParameterDescription,
        BackendType::kParseComplete, BackendType::kPortalSuspended,
        BackendType::kRowDescription}) {
    table.Set(type, GatherTable::kStream);
  }
  return table;
}

// While the answers are the session's own, each is read whole.
constexpr GatherTable CatalogTable() {
  GatherTable table = ServerTable();
  for (const BackendType type :
       {BackendType::kDataRow, BackendType::kNoticeResponse, BackendType::kNotificationResponse,
        BackendType::kRowDescription}) {
    table.Set(type, kMaxReadBackendBytes);
  }
  return table;
}

// As in pg_hba.conf, as far as the protocol tells it; the audit trail shows it.
std::string_view MethodName(protocol::AuthenticationKind kind) {
  using protocol::AuthenticationKind;
  switch (kind) {
    case AuthenticationKind::kCleartextPassword:
      return "password";  // or ldap, pam, radius, bsd
    case AuthenticationKind::kMd5Password:
      return "md5";
    case AuthenticationKind::kGss:
    case AuthenticationKind::kKerberosV5:
      return "gss";
    case AuthenticationKind::kSspi:
      return "sspi";
    case AuthenticationKind::kSasl:
      return "scram-sha-256";
    default:
      return "";
  }
}

constexpr GatherTable kClientAuthTable = ClientAuthTable();
constexpr GatherTable kServerTable = ServerTable();
constexpr GatherTable kCatalogTable = CatalogTable();

// Of the messages a client sends once it is logged in.
GatherTable ClientTable(std::size_t max_statement_bytes) {
  // Room for the statement's name and the type OIDs of a Parse.
  const auto text_limit = static_cast<std::uint32_t>(
      std::min<std::size_t>(max_statement_bytes + 1024, protocol::kMaxMessageBytes));
  constexpr std::uint32_t kMaxNameBytes = 64 * 1024;
  GatherTable table;
  table.Set(FrontendType::kQuery, text_limit);
  table.Set(FrontendType::kParse, text_limit);
  table.Set(FrontendType::kBind, protocol::Framer::kPrefixBytes);
  table.Set(FrontendType::kFunctionCall, protocol::Framer::kPrefixBytes);
  for (const FrontendType type :
       {FrontendType::kClose, FrontendType::kDescribe, FrontendType::kExecute,
        FrontendType::kCopyDone, FrontendType::kCopyFail, FrontendType::kFlush,
        FrontendType::kSync, FrontendType::kTerminate}) {
    table.Set(type, kMaxNameBytes);
  }
  table.Set(FrontendType::kCopyData, GatherTable::kStream);
  return table;
}

}  // namespace

void SessionImpl::OnServerConnected(bool same_certificate, Now now, Output& out) {
  binds_channel_ = same_certificate && tls_;
  if (!Advance(LoginEvent::kServerConnected))
    return ServerViolation("connected twice", now, out);
  UseServerTable();
  client_framer_.SetTable(kClientAuthTable);
  out.to_server.Own([&](std::vector<std::byte>& bytes) {
    bytes.insert(bytes.end(), server_startup_.begin(), server_startup_.end());
  });
  server_startup_ = {};
}

void SessionImpl::OnServerConnectFailed(std::string_view reason, Now now, Output& out) {
  EndSession({"08006",
              "pgmoat cannot reach the database server of environment " +
                  subject_->environment + ": " + std::string(reason),
              "Check that the server is up and that the environment's upstream in pgmoat's "
              "config is right.",
              ""},
             now, out);
}

void SessionImpl::OnServerConnectStarved(Now now, Output& out) {
  EndSession(
      {"53300", "pgmoat is out of file descriptors", "Try again later.", "login.not-accepting"},
      now, out);
}

void SessionImpl::ReadClientAuth(Bytes& input, Now now, Output& out) {
  const Piece piece = client_framer_.Next(input);
  if (piece.kind == Piece::Kind::kNeedMore) return;
  if (piece.kind != Piece::Kind::kMessage) {
    return ClientViolation("something other than a password message during the login", now,
                           out);
  }
  // With TLS on both sides the server offers channel binding and the proxy takes it away,
  // since the client's TLS ends here.  A client that notes "I could, but you do not offer
  // it" is then refused by the server, who suspects an attack; say what to do instead.
  const auto initial = protocol::DecodeSaslInitialResponse(piece.body());
  if (plus_stripped_ && initial && initial->mechanism == "SCRAM-SHA-256" &&
      protocol::AsText(initial->response).starts_with("y,")) {
    policy::Decision decision;
    decision.allowed = false;
    decision.rule = "login.channel-binding";
    decision.sqlstate = "28000";
    decision.message = "SCRAM channel binding cannot pass through a proxy that ends TLS";
    decision.hint =
        "Add channel_binding=disable to the connection string, or give pgmoat's listener the "
        "database server's certificate, or use sslmode=disable on pgmoat's upstream.";
    return RefuseLogin(decision, now, out);
  }
  Advance(LoginEvent::kClientAnswer);
  Forward(out.to_server, piece.bytes);
}

void SessionImpl::HandleLoginMessage(const Piece& piece, Now now, Output& out) {
  const auto type = static_cast<BackendType>(piece.type);
  if (type == BackendType::kNoticeResponse) {  // streamed; may come at any time
    server_message_open_ = !piece.last;
    return Forward(out.to_client, piece.bytes);
  }
  if (piece.kind != Piece::Kind::kMessage)
    return ServerViolation("data during the login", now, out);
  if (type == BackendType::kErrorResponse) return HandleLoginError(piece, now, out);
  if (type == BackendType::kNegotiateProtocolVersion) return HandleNegotiation(piece, now, out);
  if (type == BackendType::kAuthentication) return HandleAuthentication(piece, now, out);
  if (state_ != State::kStarting)
    return ServerViolation("a message out of place during the login", now, out);
  if (type == BackendType::kParameterStatus) return HandleParameterStatus(piece, now, out);
  if (type == BackendType::kReadyForQuery) {
    OpenCatalog();
    return RefreshCatalog(now, out) ? void() : FinishLogin(piece, now, out);
  }
  if (type == BackendType::kBackendKeyData) {
    const auto key = protocol::DecodeBackendKeyData(piece.body());
    if (!key) return ServerViolation("a malformed BackendKeyData", now, out);
    auto subject = std::make_shared<SessionSubject>(*subject_);
    subject->server_pid = key->process_id;
    server_key_.assign(key->secret_key.begin(), key->secret_key.end());
    subject_ = std::move(subject);
    return Forward(out.to_client,
                   piece.bytes);  // unchanged: a cancel works through any replica
  }
  ServerViolation("a message out of place during the login", now, out);
}

void SessionImpl::HandleAuthentication(const Piece& piece, Now now, Output& out) {
  const auto message = protocol::DecodeAuthentication(piece.body());
  if (!message) return ServerViolation("a malformed authentication message", now, out);
  if (negotiation_owed_) AnswerNegotiation(out);
  if (message->kind == protocol::AuthenticationKind::kOk &&
      !TakePlace(Limits().max_connections)) {
    return RefuseFullRole(now, out);
  }

  using protocol::AuthenticationKind;
  const LoginEvent event =
      message->kind == AuthenticationKind::kOk          ? LoginEvent::kAuthenticationOk
      : message->kind == AuthenticationKind::kSaslFinal ? LoginEvent::kServerContinues
                                                        : LoginEvent::kChallenge;
  if (!Advance(event))
    return ServerViolation("an authentication message out of place", now, out);
  if (const std::string_view method = MethodName(message->kind); !method.empty()) {
    asked_for_ = method;
  }
  if (event == LoginEvent::kAuthenticationOk) {
    auto subject = std::make_shared<SessionSubject>(*subject_);
    // trust, peer, ident, or a certificate of pgmoat's own
    subject->identity = asked_for_.empty() ? "trust" : asked_for_;
    subject_ = std::move(subject);
  }
  if (message->kind != AuthenticationKind::kSasl) return Forward(out.to_client, piece.bytes);

  // Channel binding ties the login to the certificate that the server showed
  // (tls-server-end-point, RFC 5929), which is not what the client has seen, unless pgmoat
  // has the same.
  if (binds_channel_) return Forward(out.to_client, piece.bytes);
  std::vector<std::string_view> mechanisms;
  for (const std::string_view mechanism : message->mechanisms) {
    if (mechanism.ends_with("-PLUS")) {
      plus_stripped_ = true;
    } else {
      mechanisms.push_back(mechanism);
    }
  }
  if (!plus_stripped_) return Forward(out.to_client, piece.bytes);
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeAuthenticationSasl(bytes, mechanisms);
  });
}

void SessionImpl::HandleLoginError(const Piece& piece, Now now, Output& out) {
  const auto error = protocol::DecodeError(piece.body());
  if (!error) return ServerViolation("a malformed ErrorResponse", now, out);
  if (negotiation_owed_) AnswerNegotiation(out);
  Forward(out.to_client, piece.bytes);
  ReportLogin(Outcome::kError, "", "the database server refused the login", error->sqlstate,
              now);
  Advance(LoginEvent::kEnd);
  out.action = Action::kClose;
}

void SessionImpl::HandleNegotiation(const Piece& piece, Now now, Output& out) {
  const auto message = protocol::DecodeNegotiateProtocolVersion(piece.body());
  if (!message || !Advance(LoginEvent::kServerContinues)) {
    return ServerViolation("a malformed NegotiateProtocolVersion or one out of place", now,
                           out);
  }
  protocol::NegotiateProtocolVersion answer = *message;
  answer.unrecognized_options.insert(answer.unrecognized_options.end(),
                                     refused_options_.begin(), refused_options_.end());
  negotiation_owed_ = false;
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeNegotiateProtocolVersion(bytes, answer);
  });
}

// The server agreed to what it was asked, but the client had asked for more.
void SessionImpl::AnswerNegotiation(Output& out) {
  negotiation_owed_ = false;
  protocol::NegotiateProtocolVersion answer;
  answer.newest_minor = (std::int32_t{sent_version_.major} << 16) | sent_version_.minor;
  answer.unrecognized_options.assign(refused_options_.begin(), refused_options_.end());
  out.to_client.Own([&](std::vector<std::byte>& bytes) {
    protocol::EncodeNegotiateProtocolVersion(bytes, answer);
  });
}

void SessionImpl::FinishLogin(const Piece& piece, Now now, Output& out) {
  const auto status = protocol::DecodeReadyForQuery(piece.body());
  if (!status || !Advance(LoginEvent::kReadyForQuery)) {
    return ServerViolation("a malformed ReadyForQuery", now, out);
  }
  transaction_ = *status;
  UseStatementLimit();
  client_framer_.SetTable(client_table_);
  refused_options_ = {};
  Greet(out);
  ReportLogin(Outcome::kOk, "", "", "", now);
  OpenGrantAskedAtLogin(now, out);
  Forward(out.to_client, piece.bytes);
}

void SessionImpl::UseServerTable() {
  server_framer_.SetTable(Asking() ? kCatalogTable : kServerTable);
}

// For the messages that begin from now on.
void SessionImpl::UseStatementLimit() {
  client_table_ = ClientTable(rules_->max_statement_bytes);
}

}  // namespace pgmoat::session
