#include "tests/audit/sinks/test_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace pgmoat::audit {
namespace {

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int Listen(const RecorderOptions& options) {
  int listener = -1;
  int bound = -1;
  if (options.port != 0) {
    listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = Loopback(options.port);
    bound = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::unlink(options.socket.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options.socket.c_str(), sizeof address.sun_path - 1);
    bound = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  return bound == 0 && ::listen(listener, 8) == 0 ? listener : -1;
}

void Keep(const RecorderOptions& options, int file, const char* data, ssize_t bytes) {
  if (::write(file, data, static_cast<std::size_t>(bytes)) != bytes) ::_exit(3);
  if (options.busy_microseconds > 0) ::usleep(options.busy_microseconds);
}

void RecordPlain(const RecorderOptions& options, int client, int file,
                 std::vector<char>& buffer) {
  ssize_t got = 0;
  while ((got = ::read(client, buffer.data(), buffer.size())) > 0) {
    Keep(options, file, buffer.data(), got);
  }
}

void RecordTls(const RecorderOptions& options, SSL_CTX* context, int client, int file,
               std::vector<char>& buffer) {
  SSL* tls = SSL_new(context);
  SSL_set_fd(tls, client);
  if (SSL_accept(tls) == 1) {
    int got = 0;
    while ((got = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()))) > 0) {
      Keep(options, file, buffer.data(), got);
    }
    SSL_shutdown(tls);
  }
  SSL_free(tls);
}

[[noreturn]] void Record(const RecorderOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);
  const int listener = Listen(options);
  const int file = ::open(options.file.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  SSL_CTX* context = nullptr;
  if (!options.certificate.empty()) {
    context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
      ::_exit(2);
    }
  }
  if (listener < 0 || file < 0) ::_exit(1);
  std::vector<char> buffer(options.read_bytes);
  while (true) {
    const int client = ::accept(listener, nullptr, nullptr);
    if (client < 0) continue;
    if (context != nullptr) {
      RecordTls(options, context, client, file, buffer);
    } else {
      RecordPlain(options, client, file, buffer);
    }
    ::close(client);
  }
}

}  // namespace

std::uint16_t FreePort(int socket_type) {
  const int probe = ::socket(AF_INET, socket_type, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(probe);
  return ntohs(address.sin_port);
}

TestCertificate::TestCertificate(const std::filesystem::path& directory,
                                 const std::string& name)
    : certificate(directory / (name + ".crt")), key(directory / (name + ".key")) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout '" +
      key.string() + "' -out '" + certificate.string() + "' 2>/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

Process::Process(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  id_ = ::fork();
  if (id_ != 0) return;
  const int output = ::open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

Process::Process(Process&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

void Process::Kill() {
  if (id_ <= 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
  id_ = -1;
}

Process StartRecorder(const RecorderOptions& options) {
  const pid_t id = ::fork();
  if (id == 0) Record(options);
  return Process(id);
}

}  // namespace pgmoat::audit
