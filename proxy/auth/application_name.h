// The application_name that the server is told, so that its log and pg_stat_activity say
// who came through: "psql [dev_ro@192.0.2.7 via pgmoat]".
//
// Threads: immutable once made.
// Limits:  the server cuts names at 63 bytes (NAMEDATALEN - 1) and replaces what is not
//   printable ASCII; both are done here, at the cost of the client's own part, so that what
//   the server reports can be recognised.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pgmoat::auth {

// {name} is the client's own; {login}, {address} and {environment} are pgmoat's knowledge.
inline constexpr std::string_view kDefaultApplicationName =
    "{name} [{login}@{address} via pgmoat]";

// What is wrong with a format, for people, or empty.
std::string WhyNoApplicationName(std::string_view format);

// As the server keeps a name, before anything is put around it.
std::string AsServerHasName(std::string_view name);

class ApplicationName {
 public:
  ApplicationName() = default;  // leaves names alone
  // `address`: without port.  An empty format leaves names alone.
  ApplicationName(std::string_view format, std::string_view login, std::string_view address,
                  std::string_view environment);

  [[nodiscard]] bool on() const { return on_; }
  [[nodiscard]] std::string Decorate(std::string_view name) const;
  // The client's own part of what Decorate made; nothing when it did not make it.
  [[nodiscard]] std::optional<std::string_view> Strip(std::string_view reported) const;

 private:
  bool on_ = false;
  std::string before_;  // {name}
  std::string behind_;
  std::string alone_;  // the decoration of no name at all
};

// "127.0.0.1:53212" -> "127.0.0.1"; "[::1]:53212" -> "::1"; "[local] …" -> "[local]".
std::string_view WithoutPort(std::string_view address);

}  // namespace pgmoat::auth
