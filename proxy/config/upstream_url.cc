#include "proxy/config/upstream_url.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "proxy/config/addresses.h"
#include "proxy/config/values.h"

namespace pgmoat::config {
namespace {

constexpr const char* kShape =
    "; write it as postgres://HOST:PORT or "
    "postgres://HOST:PORT?sslmode=verify-full";

// In the order of SslMode.
const std::vector<std::string_view>& SslModes() {
  static const std::vector<std::string_view> modes = {"disable", "prefer", "require",
                                                      "verify-ca", "verify-full"};
  return modes;
}

[[noreturn]] void Fail(const std::string& why) { throw ValueError("upstream " + why + kShape); }

// %41 -> A.  Nothing: a dangling percent sign.
std::optional<std::string> DecodePercent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const char* end = text.data() + i + 3;
    if (std::from_chars(text.data() + i + 1, end, byte, 16).ptr != end || byte == 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

std::size_t Choice(std::string_view parameter, std::string_view value,
                   const std::vector<std::string_view>& names) {
  const auto at = std::find(names.begin(), names.end(), value);
  if (at == names.end()) {
    throw ValueError("upstream has an unknown " + std::string(parameter) + "; choose one of " +
                     Joined(names));
  }
  return static_cast<std::size_t>(at - names.begin());
}

void SetPort(std::string_view text, Upstream& upstream) {
  const auto port = PortNumber(text);
  if (!port || *port == 0) Fail("has a port that is not a number from 1 to 65535");
  upstream.port = *port;
}

struct Parameters {
  bool has_sslmode = false;
};

void ReadParameter(std::string_view parameter, Upstream& upstream, Parameters& seen) {
  const std::size_t equals = parameter.find('=');
  const std::string_view name = parameter.substr(0, equals);
  const auto value = equals == std::string_view::npos
                         ? std::nullopt
                         : DecodePercent(parameter.substr(equals + 1));
  if (!value) {
    throw ValueError(
        "upstream has a malformed parameter after '?'; write "
        "sslmode=verify-full&sslrootcert=FILE");
  }
  if (name == "sslmode") {
    seen.has_sslmode = true;
    upstream.sslmode = static_cast<SslMode>(Choice(name, *value, SslModes()));
  } else if (name == "sslrootcert") {
    // libpq's word for the system's store, which is what an empty path means here.
    upstream.sslrootcert = *value == "system" ? "" : *value;
  } else if (name == "sslcert") {
    upstream.sslcert = *value;
  } else if (name == "sslkey") {
    upstream.sslkey = *value;
  } else if (name == "sslnegotiation") {
    upstream.direct_tls = Choice(name, *value, {"postgres", "direct"}) == 1;
  } else if (name == "host" && value->starts_with('/') && upstream.host.empty()) {
    upstream.host = *value;
  } else if (name == "host") {
    throw ValueError(
        "upstream has a parameter host that is no directory, or has two hosts; a Unix-domain "
        "socket is written as postgres:///?host=/run/postgresql, another host behind "
        "postgres://");
  } else if (name == "port") {
    SetPort(*value, upstream);
  } else if (name == "user" || name == "password" || name == "passfile") {
    throw ValueError("upstream contains login data (" + std::string(name) +
                     "); remove it: clients log in with their own, which the server checks");
  } else {
    // A name of letters only: what stands there otherwise may be a piece of a password.
    const bool is_word = std::all_of(name.begin(), name.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    throw ValueError(
        "upstream has an unknown parameter" + (is_word ? " " + Quoted(name) : std::string()) +
        "; allowed are sslmode, sslrootcert, sslcert, sslkey, sslnegotiation, host "
        "and port");
  }
}

void ReadHost(std::string_view rest, Upstream& upstream) {
  if (rest.find(',') != std::string_view::npos) Fail("names several hosts, but takes one");
  std::string_view port;
  bool has_port = false;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) Fail("has a '[' without its ']'");
    upstream.host = rest.substr(1, close - 1);
    if (!IsIpv6(upstream.host)) Fail("has no IPv6 address between the brackets");
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest.front() != ':') Fail("has text behind the ']'");
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const std::size_t colon = rest.find(':');
    has_port = colon != std::string_view::npos;
    port = has_port ? rest.substr(colon + 1) : "";
    if (port.find(':') != std::string_view::npos) Fail("has an IPv6 address without brackets");
    const auto host = DecodePercent(rest.substr(0, colon));
    if (!host || (!host->starts_with('/') && !IsHostName(*host))) {
      Fail("has a host with a character that hosts cannot have");
    }
    upstream.host = *host;
  }
  if (has_port) SetPort(port, upstream);
}

// As libpq: there is no TLS on a Unix-domain socket.  Asked for all the same, it would be a
// protection that is not there.
void CheckUnixSocket(Upstream& upstream, const Parameters& seen) {
  if (seen.has_sslmode && upstream.sslmode != SslMode::kDisable) {
    throw ValueError(
        "upstream is a Unix-domain socket, which has no TLS; remove sslmode, or write "
        "sslmode=disable");
  }
  upstream.sslmode = SslMode::kDisable;
  if (!FitsUnixAddress(upstream.host, upstream.port)) {
    throw ValueError(
        "upstream has a directory whose socket's path is longer than 107 bytes; choose a "
        "shorter one");
  }
}

void CheckTls(const Upstream& upstream) {
  if (upstream.sslcert.empty() != upstream.sslkey.empty()) {
    throw ValueError(
        "upstream has one of sslcert and sslkey; write both, the certificate and its private "
        "key");
  }
  const bool has_cert = !upstream.sslcert.empty();
  if (has_cert && upstream.sslmode == SslMode::kDisable) {
    throw ValueError("upstream has an sslcert but no TLS; write sslmode=verify-full");
  }
  // As libpq: otherwise a server that answers in plaintext would be taken for a broken one.
  if (upstream.direct_tls &&
      (upstream.sslmode == SslMode::kDisable || upstream.sslmode == SslMode::kPrefer)) {
    throw ValueError(
        "upstream has sslnegotiation=direct, which needs TLS; write sslmode=require or "
        "stricter");
  }
}

}  // namespace

Upstream ParseUpstream(std::string_view text) {
  // First of all, and wherever it stands: no later error may be about a piece of it.
  if (text.find('@') != std::string_view::npos) {
    throw ValueError(
        "upstream contains a user or a password (something before '@'); remove it: clients log "
        "in with their own, which the server checks");
  }
  std::string_view rest = text;
  if (rest.starts_with("postgres://")) {
    rest.remove_prefix(11);
  } else if (rest.starts_with("postgresql://")) {
    rest.remove_prefix(13);
  } else {
    Fail("does not begin with postgres://");
  }
  if (rest.find('#') != std::string_view::npos) Fail("contains a '#'");
  std::string_view parameters;
  if (const std::size_t question = rest.find('?'); question != std::string_view::npos) {
    parameters = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 < rest.size()) {
      throw ValueError(
          "upstream names a database; remove it: clients name theirs, and match.databases "
          "tells "
          "which belong to this environment");
    }
    rest = rest.substr(0, slash);
  }

  Upstream upstream;
  ReadHost(rest, upstream);
  Parameters seen;
  while (!parameters.empty()) {
    const std::size_t ampersand = parameters.find('&');
    ReadParameter(parameters.substr(0, ampersand), upstream, seen);
    parameters = ampersand == std::string_view::npos ? "" : parameters.substr(ampersand + 1);
  }
  if (upstream.host.empty()) Fail("names no host");
  if (upstream.is_unix_socket()) CheckUnixSocket(upstream, seen);
  CheckTls(upstream);
  return upstream;
}

std::string_view SslModeName(SslMode mode) {
  return SslModes().at(static_cast<std::size_t>(mode));
}

}  // namespace pgmoat::config
