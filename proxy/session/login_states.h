// The states of a login, as data.  A login goes one way: no row leads back, but for
// the TLS and GSSAPI questions, each of which may be asked once before a startup
// message.
//
// PostgreSQL documentation, section "Start-up"; peers' holes that this closes: a
// second StartupMessage during SCRAM, bytes behind an SSLRequest.
#pragma once

#include <cstdint>
#include <optional>

namespace pgmoat::session {

enum class State : std::uint8_t {
  kAwaitStartup,     // the client speaks: SSLRequest, GSSENCRequest, CancelRequest or
                     // StartupMessage
  kAwaitClientTls,   // TLS handshake; the session sees no bytes
  kConnecting,       // the program connects to the server
  kAwaitServerAuth,  // the server speaks: a challenge, AuthenticationOk or an error
  kAwaitClientAuth,  // the client speaks: one password or SASL message
  kStarting,         // authenticated; the server sends its settings, then ReadyForQuery
  kReady,            // statements; from here on the reply queue tells what may come
  kClosed,           // nothing more is read or written
  kCount,
};

enum class LoginEvent : std::uint8_t {
  kTlsAgreed,          // SSLRequest answered with S
  kEncryptionRefused,  // SSLRequest or GSSENCRequest answered with N
  kTlsReady,
  kStartupMessage,  // known login, accepted settings
  kServerConnected,
  kChallenge,        // the server asks the client for a message
  kServerContinues,  // AuthenticationSASLFinal, NegotiateProtocolVersion: the server goes on
  kClientAnswer,
  kAuthenticationOk,
  kReadyForQuery,
  kEnd,
  kCount,
};

struct Transition {
  State state;
  LoginEvent event;
  State next;
};

// Anything not listed is a protocol violation.
inline constexpr Transition kLoginTransitions[] = {
    {State::kAwaitStartup, LoginEvent::kTlsAgreed, State::kAwaitClientTls},
    {State::kAwaitStartup, LoginEvent::kEncryptionRefused, State::kAwaitStartup},
    {State::kAwaitStartup, LoginEvent::kStartupMessage, State::kConnecting},
    {State::kAwaitClientTls, LoginEvent::kTlsReady, State::kAwaitStartup},
    {State::kConnecting, LoginEvent::kServerConnected, State::kAwaitServerAuth},
    {State::kAwaitServerAuth, LoginEvent::kChallenge, State::kAwaitClientAuth},
    {State::kAwaitServerAuth, LoginEvent::kServerContinues, State::kAwaitServerAuth},
    {State::kAwaitServerAuth, LoginEvent::kAuthenticationOk, State::kStarting},
    {State::kAwaitClientAuth, LoginEvent::kClientAnswer, State::kAwaitServerAuth},
    {State::kStarting, LoginEvent::kReadyForQuery, State::kReady},

    {State::kAwaitStartup, LoginEvent::kEnd, State::kClosed},
    {State::kAwaitClientTls, LoginEvent::kEnd, State::kClosed},
    {State::kConnecting, LoginEvent::kEnd, State::kClosed},
    {State::kAwaitServerAuth, LoginEvent::kEnd, State::kClosed},
    {State::kAwaitClientAuth, LoginEvent::kEnd, State::kClosed},
    {State::kStarting, LoginEvent::kEnd, State::kClosed},
    {State::kReady, LoginEvent::kEnd, State::kClosed},
    {State::kClosed, LoginEvent::kEnd, State::kClosed},
};

[[nodiscard]] constexpr std::optional<State> NextState(State state, LoginEvent event) {
  for (const Transition& t : kLoginTransitions) {
    if (t.state == state && t.event == event) return t.next;
  }
  return std::nullopt;
}

}  // namespace pgmoat::session
