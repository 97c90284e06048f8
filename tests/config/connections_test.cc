// How clients come in and how the server is reached and told: sockets, TLS to the server,
// keepalives, names.
#include <gtest/gtest.h>

#include "proxy/config/addresses.h"
#include "proxy/config/config.h"
#include "proxy/config/upstream_url.h"
#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

using namespace std::chrono_literals;

template <typename F>
std::string Complaint(F f) {
  try {
    f();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

class ConnectionsTest : public ConfigTest {
 protected:
  // listen on line 1, upstream on line 4, `of_environment` from line 6, `more` from there on.
  std::string With(const std::string& listen, const std::string& upstream = "postgres://h",
                   const std::string& of_environment = "", const std::string& more = "") {
    return "listen: [" + listen + "]\nenvironments:\n  production:\n    upstream: \"" +
           upstream + "\"\n    logins: {dev: readonly}\n" + of_environment +
           "audit: {file: \"-\"}\n" + more;
  }
};

constexpr const char* kTcp = "{address: \"127.0.0.1:6432\"}";

TEST(ParseListenAddress, UnixDomainSocketIsADirectoryAndAPort) {
  const Address address = ParseListenAddress("/run/pgmoat/.s.PGSQL.6432");
  EXPECT_EQ(address.host, "/run/pgmoat");
  EXPECT_EQ(address.port, 6432);
  EXPECT_EQ(ParseListenAddress("[::1]:6432").host, "::1");
}

TEST(ParseListenAddress, WhatLibpqWouldNotFindIsRefused) {
  for (const char* text : {"/run/pgmoat.sock", "/run/.s.PGSQL.", "/run/.s.PGSQL.0",
                           "/run/.s.PGSQL.65536", "/run/.s.PGSQL.64x", "/.s.PGSQL.6432", "/"}) {
    EXPECT_EQ(
        Complaint([&] { ParseListenAddress(text); }),
        "'" + std::string(text) +
            "' is not an address: a Unix-domain socket is called .s.PGSQL. and a port, in "
            "a directory; write it as /run/pgmoat/.s.PGSQL.6432");
  }
}

TEST(ParseListenAddress, PathMustFitASocketsAddress) {
  const std::string most(107 - std::string("/.s.PGSQL.6432").size(), 'd');
  EXPECT_EQ(ParseListenAddress("/" + most.substr(1) + "/.s.PGSQL.6432").port, 6432);
  EXPECT_NE(Complaint([&] { ParseListenAddress("/" + most + "/.s.PGSQL.6432"); }), "");
}

TEST(ParseUpstream, UnixDomainSocketInBothOfLibpqsSpellings) {
  for (const char* text :
       {"postgres://%2Frun%2Fpostgresql:6000", "postgres:///?host=/run/postgresql&port=6000",
        "postgresql://?host=/run/postgresql&port=6000&sslmode=disable"}) {
    const Upstream upstream = ParseUpstream(text);
    EXPECT_TRUE(upstream.is_unix_socket()) << text;
    EXPECT_EQ(upstream.host, "/run/postgresql");
    EXPECT_EQ(upstream.port, 6000);
    EXPECT_EQ(upstream.sslmode, SslMode::kDisable);
  }
}

TEST(ParseUpstream, TlsAskedOfAUnixDomainSocketIsAnErrorNotIgnored) {
  EXPECT_EQ(Complaint([] { ParseUpstream("postgres:///?host=/run&sslmode=verify-full"); }),
            "upstream is a Unix-domain socket, which has no TLS; remove sslmode, or write "
            "sslmode=disable");
  EXPECT_EQ(Complaint([] { ParseUpstream("postgres:///?host=/run&sslcert=c&sslkey=k"); }),
            "upstream has an sslcert but no TLS; write sslmode=verify-full");
}

TEST(ParseUpstream, HostParameterIsForDirectoriesOnly) {
  for (const char* text :
       {"postgres:///?host=db.example.org", "postgres://h?host=/run", "postgres:///?host="}) {
    EXPECT_NE(Complaint([&] { ParseUpstream(text); }).find("parameter host"), std::string::npos)
        << text;
  }
}

TEST(ParseUpstream, CertificateAndKeyComeTogether) {
  const Upstream upstream =
      ParseUpstream("postgres://h?sslmode=verify-full&sslcert=/c.pem&sslkey=/k.pem");
  EXPECT_EQ(upstream.sslcert, "/c.pem");
  EXPECT_EQ(upstream.sslkey, "/k.pem");
  for (const char* text : {"postgres://h?sslcert=/c.pem", "postgres://h?sslkey=/k.pem"}) {
    EXPECT_EQ(Complaint([&] { ParseUpstream(text); }),
              "upstream has one of sslcert and sslkey; write both, the certificate and its "
              "private key");
  }
}

TEST(ParseUpstream, DirectTlsNeedsTls) {
  EXPECT_TRUE(ParseUpstream("postgres://h?sslmode=require&sslnegotiation=direct").direct_tls);
  EXPECT_FALSE(ParseUpstream("postgres://h?sslnegotiation=postgres").direct_tls);
  EXPECT_EQ(Complaint([] { ParseUpstream("postgres://h?sslnegotiation=direct"); }),
            "upstream has sslnegotiation=direct, which needs TLS; write sslmode=require or "
            "stricter");
  EXPECT_EQ(Complaint([] { ParseUpstream("postgres://h?sslnegotiation=x"); }),
            "upstream has an unknown sslnegotiation; choose one of postgres, direct");
}

TEST_F(ConnectionsTest, UnixListenerHasPermissions) {
  const std::string path = directory_.string() + "/.s.PGSQL.6432";
  Config config = LoadText(With("{address: \"" + path + "\"}"));
  EXPECT_TRUE(config.listen.at(0).is_unix_socket());
  EXPECT_EQ(config.listen.at(0).permissions, 0777U);
  config = LoadText(With("{address: \"" + path + "\", permissions: 0770}"));
  EXPECT_EQ(config.listen.at(0).permissions, 0770U);
  for (const char* wrong : {"777x", "9", "01777", "rw", "0888"}) {
    EXPECT_EQ(ErrorOf(With("{address: \"" + path + "\", permissions: " + wrong + "}")),
              "pgmoat.yaml:1: 'listen[0].permissions': '" + std::string(wrong) +
                  "' is not a file's permissions; write it as 0770");
  }
}

TEST_F(ConnectionsTest, WhatDoesNotFitTheKindOfListenerIsAnError) {
  const std::string path = directory_.string() + "/.s.PGSQL.6432";
  EXPECT_EQ(ErrorOf(With("{address: \"" + path + "\", tls: {mode: allow}}")),
            "pgmoat.yaml:1: 'listen[0].tls': a Unix-domain socket has no TLS; remove the tls "
            "section");
  EXPECT_EQ(
      ErrorOf(With("{address: \"127.0.0.1:6432\", permissions: 0770}")),
      "pgmoat.yaml:1: 'listen[0].permissions': only a Unix-domain socket has permissions; "
      "remove it");
  EXPECT_EQ(ErrorOf(With("{address: /nowhere/at/all/.s.PGSQL.1}")),
            "pgmoat.yaml:1: 'listen[0].address': there is no directory '/nowhere/at/all'; make "
            "it, or choose another");
}

TEST_F(ConnectionsTest, FilesOfTheUpstreamMustBeReadable) {
  const std::string key = Put("k.pem", "key");
  EXPECT_EQ(
      ErrorOf(With(kTcp, "postgres://h?sslmode=require&sslcert=/nowhere.pem&sslkey=" + key)),
      "pgmoat.yaml:4: environment 'production': sslcert '/nowhere.pem' cannot be read: No such "
      "file or directory; check path and permissions");
}

TEST_F(ConnectionsTest, TcpOptionsHavePostgresqlsNames) {
  EXPECT_EQ(LoadText(With(kTcp)).tcp.user_timeout, 0ms);
  const TcpOptions tcp =
      LoadText(With(kTcp, "postgres://h", "",
                    "tcp: {keepalives_idle: 1min, keepalives_interval: 10s, keepalives_count: "
                    "4, user_timeout: 90s}\n"))
          .tcp;
  EXPECT_EQ(tcp.keepalives_idle, 60s);
  EXPECT_EQ(tcp.keepalives_interval, 10s);
  EXPECT_EQ(tcp.keepalives_count, 4U);
  EXPECT_EQ(tcp.user_timeout, 90s);
  EXPECT_EQ(ErrorOf(With(kTcp, "postgres://h", "", "tcp: {keepalives_count: 128}\n")),
            "pgmoat.yaml:7: 'tcp.keepalives_count': '128' is out of range; choose 1 to 127");
  EXPECT_EQ(ErrorOf(With(kTcp, "postgres://h", "", "tcp: {user_timeout: 10ms}\n")),
            "pgmoat.yaml:7: 'tcp.user_timeout': '10ms' is out of range; choose 1s to 24h");
}

TEST_F(ConnectionsTest, ServerIsToldWhoCameThroughUnlessTheConfigSaysNo) {
  const auto environment = [&](const std::string& keys) {
    return LoadText(With(kTcp, "postgres://h", keys)).directory.environments.at(0);
  };
  EXPECT_EQ(environment("").application_name, "{name} [{login}@{address} via pgmoat]");
  EXPECT_TRUE(environment("").actor_setting);
  EXPECT_EQ(environment("    application_name: none\n").application_name, "");
  EXPECT_EQ(environment("    application_name: \"{login}: {name}\"\n").application_name,
            "{login}: {name}");
  EXPECT_FALSE(environment("    actor_setting: false\n").actor_setting);
}

TEST_F(ConnectionsTest, FormatOfTheNameIsChecked) {
  const auto error = [&](const std::string& format) {
    return ErrorOf(With(kTcp, "postgres://h", "    application_name: \"" + format + "\"\n"));
  };
  const std::string begin = "pgmoat.yaml:6: 'environments.production.application_name': ";
  const std::string end = "; write it as '{name} [{login}@{address} via pgmoat]', or none";
  EXPECT_EQ(error("{login}"), begin + "{name} must stand in it once" + end);
  EXPECT_EQ(error("{name}{name}"), begin + "{name} must stand in it once" + end);
  EXPECT_EQ(error("{name} {who}"),
            begin +
                "it has braces around something else than name, login, address or environment" +
                end);
  EXPECT_EQ(error("{name} über pgmoat"),
            begin + "it has a character that is not printable ASCII" + end);
}

}  // namespace
}  // namespace pgmoat::config
