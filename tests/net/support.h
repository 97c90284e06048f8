// Sockets, certificates and a scripted server for the tests of proxy/net.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "proxy/net/stream.h"
#include "proxy/net/unique_fd.h"

namespace pgmoat::net::test {

// Both ends of a connection.  Small kernel buffers, so that writes fall short soon.
std::pair<UniqueFd, UniqueFd> SocketPair();

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};
// A self-signed certificate for `dns_name` and 127.0.0.1, made at test time.
CertificateFiles MakeCertificate(const std::filesystem::path& directory,
                                 const std::string& dns_name);

// Accepts one connection after the other on 127.0.0.1 and runs `script` on each with
// a blocking descriptor, on a thread of its own; `connections` of them.
class ScriptedServer {
 public:
  using Script = std::function<void(int fd)>;
  ScriptedServer(int connections, Script script);
  ~ScriptedServer();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// A port of 127.0.0.1 where nobody listens.
std::uint16_t DeadPort();
// A blocking connection to 127.0.0.1.
UniqueFd ConnectTo(std::uint16_t port);

// Blocking, whole.
void SendAll(int fd, std::string_view bytes);
std::string ReceiveExactly(int fd, std::size_t n);
std::string ReceiveUntilEnd(int fd);

std::span<const std::byte> Bytes(std::string_view text);

}  // namespace pgmoat::net::test
