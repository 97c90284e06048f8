// A connection that a sink makes: TCP, UDP or a Unix socket, with TLS where asked for.
// Never blocks for longer than the stall limit without the peer taking something.
//
// Acknowledged: what the peer's kernel has told that it has (TCP), what the peer has read
//   (a Unix socket).  UDP acknowledges nothing.
//
// Threads: one.
// Secrets: a key is read from its file for the handshake; no error quotes it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/audit/sinks/sink_options.h"
#include "proxy/audit/sinks/tls_client.h"

namespace pgmoat::audit {

struct Endpoint {
  enum class Kind { kTcp, kUdp, kUnixStream, kUnixDatagram };
  Kind kind = Kind::kTcp;
  std::string host;
  std::uint16_t port = 0;
  std::filesystem::path socket;
  SinkTls tls;  // of TCP and Unix streams

  // For people: "logs.example.org:6514", "/dev/log".
  [[nodiscard]] std::string Name() const;
};

class Connection {
 public:
  static constexpr std::chrono::milliseconds kStall{5'000};

  struct Opened {
    std::unique_ptr<Connection> connection;  // null: see error
    std::string error;                       // names the endpoint
    int code = 0;                            // errno of the socket, where there is one
  };
  [[nodiscard]] static Opened Open(const Endpoint& endpoint);

  // Closes so that what was sent still arrives: says goodbye, and waits a moment for the
  // peer to do the same when all was acknowledged.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // All of these return why not, or nothing.  After an error the connection is of no use.

  // A stream: all bytes.  A datagram: one.
  [[nodiscard]] std::string Send(std::string_view bytes);
  // Waits until all that was sent is acknowledged.
  [[nodiscard]] std::string AwaitAcknowledged();
  // Reads and drops what the peer says; notices that it has gone.
  [[nodiscard]] std::string Check();

 private:
  Connection(const Endpoint& endpoint, int descriptor);
  std::string Handshake();
  std::string Flush();
  std::string SendRaw(std::string_view bytes);
  std::string ReadInput();
  std::string TlsProblem(int result) const;
  void Farewell();

  const Endpoint endpoint_;
  const int descriptor_;
  TlsClient tls_;
  bool broken_ = false;
  bool in_handshake_ = false;
};

}  // namespace pgmoat::audit
