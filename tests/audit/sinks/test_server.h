// Servers for the sinks to talk to: other processes, so that they can be killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pgmoat::audit {

// A port of 127.0.0.1 that nobody listened on a moment ago.
std::uint16_t FreePort(int socket_type);

// A certificate for "localhost" and 127.0.0.1 that signs itself, and its key.
struct TestCertificate {
  explicit TestCertificate(const std::filesystem::path& directory, const std::string& name);
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// A child process; killed with the object.
class Process {
 public:
  Process() = default;
  explicit Process(pid_t id) : id_(id) {}
  // Runs a program; its output goes to `log`.
  Process(const std::vector<std::string>& command, const std::filesystem::path& log);
  ~Process() { Kill(); }
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  void Kill();  // -9, and waits

 private:
  pid_t id_ = -1;
};

// Accepts one connection after the other and appends what it reads to a file, `read_bytes`
// at a time and no faster than a batch takes to send, so that a kill finds something unread.
struct RecorderOptions {
  std::uint16_t port = 0;        // of 127.0.0.1; 0: `socket`
  std::filesystem::path socket;  // made anew
  std::filesystem::path file;
  std::filesystem::path certificate;  // with `key`: TLS
  std::filesystem::path key;
  std::size_t read_bytes = 4096;
  useconds_t busy_microseconds = 0;  // with what it has read
};
Process StartRecorder(const RecorderOptions& options);

}  // namespace pgmoat::audit
