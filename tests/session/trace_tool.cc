// Makes golden traces.
//
//   pgmoat_trace record PORT FILE   plays the lines that go to the server (C->S, ->S) to a real
//                                   one, of 127.0.0.1, and writes the trace with its answers
//   pgmoat_trace replay FILE        leads a session through the trace and writes what it did
//   pgmoat_trace seed FILE          the same as input for session_fuzz
//
// `record` reads one message of the server for each that the file has (C<-S, <-S), so that a
// trace can be recorded anew.  A new one says where the answers are to be read:
//
//   read ReadyForQuery              up to and with a message of this name
//   read end                        to the end of the connection
//
// The login of a trace that begins with `login` is made before, and is not shown.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <regex>
#include <stdexcept>
#include <string>

#include "tests/session/trace.h"

namespace {

using namespace pgmoat::session::testing;

class Server {
 public:
  explicit Server(const std::string& port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("cannot connect to port " + port);
  }
  ~Server() { ::close(fd_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void Send(std::string_view line) {
    const std::vector<std::byte> bytes = EncodeLine(line, true);
    if (line == "SSLRequest" || line == "GSSENCRequest") decoder_.ExpectAnswerByte();
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("cannot send");
  }
  // Empty: the end.
  std::string Read() {
    while (lines_.empty()) {
      std::vector<std::byte> bytes(65'536);
      const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
      if (got <= 0) return "";
      bytes.resize(static_cast<std::size_t>(got));
      for (std::string& line : decoder_.Decode(bytes)) lines_.push_back(std::move(line));
    }
    std::string line = lines_.front();
    lines_.pop_front();
    return line;
  }

 private:
  int fd_;
  LineDecoder decoder_{false};
  std::deque<std::string> lines_;
};

void Record(const std::string& port, const std::string& path) {
  Server server(port);
  std::ifstream file(path);
  const std::string id(26, '7');
  const auto read = [&] {
    std::string line = server.Read();
    // Where in its source the server found an error differs from release to release.
    line = std::regex_replace(line, std::regex(" F \"[^\"]*\" L \"[0-9]*\" R \"[^\"]*\""), "");
    line = std::regex_replace(line, std::regex(id), "<id>");
    if (!line.empty()) std::cout << "C<-S  " << line << "\n";
    return line.substr(0, line.find(' '));
  };
  for (std::string line; std::getline(file, line);) {
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest =
        line.substr(std::min(line.find_first_not_of(' ', word.size()), line.size()));
    if (word == "read") {
      for (std::string got = "?"; !got.empty() && got != rest;) got = read();
      continue;
    }
    if (word == "C<-S" || word == "<-S") read();
    if (word == "C<-S" || word == "<-S" || word == "C<-" || word == "audit") continue;
    std::cout << line << "\n";
    if (word == "login") {
      server.Send("StartupMessage 3 0 \"user\" \"" + rest + "\" \"database\" \"shop\"");
      while (server.Read() != "ReadyForQuery I") {
      }
    } else if (word == "C->S" || word == "->S") {
      server.Send(std::regex_replace(rest, std::regex("<id>"), id));
    }
  }
}

void Print(const std::string& path) {
  // The comments are kept.
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && line.starts_with('#');)
    std::cout << line << "\n";
  const Trace trace = ReadTrace(path);
  if (!trace.login.empty()) std::cout << "login " << trace.login << "\n";
  Replay replay(trace);
  try {
    replay.Run();
  } catch (const std::logic_error& e) {
    std::cerr << path << ": " << e.what() << "\n";
  }
  for (const std::string& line : replay.lines()) std::cout << line << "\n";
  for (const std::string& line : replay.AuditLines()) std::cout << line << "\n";
}

// Operations of session_fuzz that are raw bytes of one side: selector, length, bytes.
void Seed(const std::string& path) {
  const Trace trace = ReadTrace(path);
  static constexpr std::string_view kRoles[] = {"readonly", "app", "deploy"};
  const auto* role = std::find(std::begin(kRoles), std::end(kRoles), trace.login);
  if (role == std::end(kRoles)) return;
  std::string out(1, static_cast<char>(role - std::begin(kRoles)));
  for (const TraceStep& step : trace.steps) {
    if (step.kind == TraceStep::Kind::kEvent) continue;
    const bool client = step.kind == TraceStep::Kind::kClient;
    const std::vector<std::byte> bytes = EncodeLine(step.line, client);
    for (std::size_t at = 0; at < bytes.size(); at += 255) {
      const std::size_t size = std::min<std::size_t>(255, bytes.size() - at);
      out += static_cast<char>(client ? 0x20 : 0xa0);
      out += static_cast<char>(size);
      out.append(reinterpret_cast<const char*>(bytes.data()) + at, size);
    }
  }
  std::cout << out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 3 && words[0] == "record") return Record(words[1], words[2]), 0;
    if (words.size() == 2 && words[0] == "replay") return Print(words[1]), 0;
    if (words.size() == 2 && words[0] == "seed") return Seed(words[1]), 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
  std::cerr << "pgmoat_trace record PORT FILE | replay FILE | seed FILE\n";
  return 2;
}
