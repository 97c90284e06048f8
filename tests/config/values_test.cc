#include "proxy/config/values.h"

#include <gtest/gtest.h>

#include "proxy/config/addresses.h"
#include "proxy/config/upstream_url.h"

namespace pgmoat::config {
namespace {

using namespace std::chrono_literals;

template <typename F>
std::string Complaint(F parse) {
  try {
    parse();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseSize, NumbersWithBinaryUnits) {
  EXPECT_EQ(ParseSize("0"), 0U);
  EXPECT_EQ(ParseSize("4096"), 4096U);
  EXPECT_EQ(ParseSize("17B"), 17U);
  EXPECT_EQ(ParseSize("64KiB"), 65536U);
  EXPECT_EQ(ParseSize("16 MiB"), std::size_t{16} << 20);
  EXPECT_EQ(ParseSize("1GiB"), std::size_t{1} << 30);
}

TEST(ParseSize, AnythingElseIsRefused) {
  for (const char* text : {"", "KiB", "-1", "+1", "1.5MiB", "1mib", "1KB", "1kB", "0x10",
                           "99999999999999999999", "9999999999GiB", "1KiBx", " 1", "١"}) {
    EXPECT_EQ(Complaint([&] { ParseSize(text); }),
              "'" + std::string(text) + "' is not a size; write it as 64KiB or 16MiB");
  }
}

TEST(ParseDuration, NumbersWithUnits) {
  EXPECT_EQ(ParseDuration("500ms"), 500ms);
  EXPECT_EQ(ParseDuration("30s"), 30s);
  EXPECT_EQ(ParseDuration("5min"), 5min);
  EXPECT_EQ(ParseDuration("1h"), 1h);
  EXPECT_EQ(ParseDuration("0s"), 0s);
}

TEST(ParseDuration, NumberWithoutUnitIsRefused) {
  EXPECT_EQ(Complaint([] { ParseDuration("30"); }),
            "'30' is not a duration; write it as 500ms, 30s, 5min, 1h or 90d");
}

TEST(ParseDuration, AnythingElseIsRefused) {
  for (const char* text :
       {"", "s", "-1s", "1.5s", "1S", "1D", "99999999h", "1ss", "99999999999999999999999s"}) {
    EXPECT_NE(Complaint([&] { ParseDuration(text); }), "") << text;
  }
}

TEST(ParseNumber, DigitsOnly) {
  EXPECT_EQ(ParseNumber("42"), 42U);
  for (const char* text : {"", "-1", "+1", "1e3", "forty", "18446744073709551616"}) {
    EXPECT_NE(Complaint([&] { ParseNumber(text); }), "") << text;
  }
}

TEST(ParseAddress, HostsOfEveryKind) {
  EXPECT_EQ(ParseAddress("127.0.0.1:6432").host, "127.0.0.1");
  EXPECT_EQ(ParseAddress("127.0.0.1:6432").port, 6432);
  EXPECT_EQ(ParseAddress("[::1]:6432").host, "::1");
  EXPECT_EQ(ParseAddress("[::1]:6432").port, 6432);
  EXPECT_EQ(ParseAddress("[::ffff:10.0.0.1]:1").host, "::ffff:10.0.0.1");
  EXPECT_EQ(ParseAddress("localhost:0").host, "localhost");
}

TEST(ParseAddress, EveryMistakeHasItsRemedy) {
  const struct {
    const char* text;
    const char* complaint;
  } kCases[] = {
      {"127.0.0.1", "the port is missing; write it as 127.0.0.1:6432"},
      {"6432", "the port is missing; write it as 127.0.0.1:6432"},
      {"[::1]", "the port is missing; write it as [::1]:6432"},
      {"[::1", "the port is missing; write it as [::1]:6432"},
      {"[::1]6432", "the port is missing; write it as [::1]:6432"},
      {"::1:6432", "an IPv6 address stands in brackets; write it as [::1]:6432"},
      {"[localhost]:6432", "no IPv6 address between the brackets; write it as [::1]:6432"},
      {":6432",
       "the host is missing; write 0.0.0.0 or [::] for all of the machine's addresses"},
      {"*:6432",
       "the host is missing; write 0.0.0.0 or [::] for all of the machine's addresses"},
      {"a b:6432",
       "the host has a character that hosts cannot have; write it as 127.0.0.1:6432"},
      {"h:", "the port is not a number from 0 to 65535; write it as 127.0.0.1:6432"},
      {"h:65536", "the port is not a number from 0 to 65535; write it as 127.0.0.1:6432"},
      {"h:-1", "the port is not a number from 0 to 65535; write it as 127.0.0.1:6432"},
      {"h:http", "the port is not a number from 0 to 65535; write it as 127.0.0.1:6432"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Complaint([&] { ParseAddress(c.text); }),
              "'" + std::string(c.text) + "' is not an address: " + c.complaint);
  }
}

TEST(ParseUpstream, HostPortAndDefaults) {
  const Upstream plain = ParseUpstream("postgres://db.example.org");
  EXPECT_EQ(plain.host, "db.example.org");
  EXPECT_EQ(plain.port, 5432);
  EXPECT_EQ(plain.sslmode, SslMode::kPrefer);
  EXPECT_TRUE(plain.sslrootcert.empty());
  EXPECT_EQ(ParseUpstream("postgresql://h:6000/").port, 6000);
  EXPECT_EQ(ParseUpstream("postgres://[::1]:6000").host, "::1");
  EXPECT_EQ(ParseUpstream("postgres://[::1]").port, 5432);
}

TEST(ParseUpstream, SslmodesAreLibpqs) {
  EXPECT_EQ(ParseUpstream("postgres://h?sslmode=disable").sslmode, SslMode::kDisable);
  EXPECT_EQ(ParseUpstream("postgres://h?sslmode=prefer").sslmode, SslMode::kPrefer);
  EXPECT_EQ(ParseUpstream("postgres://h?sslmode=require").sslmode, SslMode::kRequire);
  EXPECT_EQ(ParseUpstream("postgres://h?sslmode=verify-ca").sslmode, SslMode::kVerifyCa);
  EXPECT_EQ(ParseUpstream("postgres://h/?sslmode=verify-full").sslmode, SslMode::kVerifyFull);
}

TEST(ParseUpstream, RootCertificatePathIsPercentDecoded) {
  const Upstream upstream =
      ParseUpstream("postgres://h:1?sslmode=verify-full&sslrootcert=/etc/my%20ca.pem");
  EXPECT_EQ(upstream.sslrootcert, "/etc/my ca.pem");
  EXPECT_TRUE(ParseUpstream("postgres://h?sslrootcert=system").sslrootcert.empty());
}

TEST(ParseUpstream, EveryMistakeHasItsRemedy) {
  const std::string shape =
      "; write it as postgres://HOST:PORT or postgres://HOST:PORT?sslmode=verify-full";
  const struct {
    const char* text;
    std::string complaint;
  } kCases[] = {
      {"127.0.0.1:5432", "upstream does not begin with postgres://" + shape},
      {"mysql://h", "upstream does not begin with postgres://" + shape},
      {"postgres://", "upstream names no host" + shape},
      {"postgres://:5432", "upstream names no host" + shape},
      {"postgres://h:0", "upstream has a port that is not a number from 1 to 65535" + shape},
      {"postgres://h:", "upstream has a port that is not a number from 1 to 65535" + shape},
      {"postgres://h:99999",
       "upstream has a port that is not a number from 1 to 65535" + shape},
      {"postgres://::1:5432", "upstream has an IPv6 address without brackets" + shape},
      {"postgres://[::1", "upstream has a '[' without its ']'" + shape},
      {"postgres://[::1]5432", "upstream has text behind the ']'" + shape},
      {"postgres://a,b:1", "upstream names several hosts, but takes one" + shape},
      {"postgres://h%20",
       "upstream has a host with a character that hosts cannot have" + shape},
      {"postgres://h?sslmode=allow",
       "upstream has an unknown sslmode; choose one of disable, prefer, require, verify-ca, "
       "verify-full"},
      {"postgres://h?sslmdoe=prefer",
       "upstream has an unknown parameter 'sslmdoe'; allowed are sslmode, sslrootcert, "
       "sslcert, "
       "sslkey, sslnegotiation, host and port"},
      {"postgres://h?sslmode",
       "upstream has a malformed parameter after '?'; write "
       "sslmode=verify-full&sslrootcert=FILE"},
      {"postgres://h/shop",
       "upstream names a database; remove it: clients name theirs, and match.databases tells "
       "which belong to this environment"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Complaint([&] { ParseUpstream(c.text); }), c.complaint) << c.text;
  }
}

TEST(ParseUpstream, NoErrorRepeatsASecret) {
  for (const char* text : {
           "postgres://u:hunter2@h:5432/shop",
           "postgres://u:hunter2@h:99999",
           "postgres:/u:hunter2@h",
           "u:hunter2@h",
           "hunter2",
           "postgres://hunter2@",
           "postgres://h?password=hunter2",
           "postgres://h?sslmode=hunter2",
           "postgres://h?hunter2",
           "postgres://h?hunter2=x",
           "postgres://h?sslrootcert=%hunter2",
           "postgres://h:hunter2",
           "postgres://h/hunter2",
           "postgres://u:hun#ter2",
           "postgres://u:p?hunter2@h",
           "postgres://u:hunter2/@h",
       }) {
    const std::string complaint = Complaint([&] { ParseUpstream(text); });
    EXPECT_NE(complaint, "") << text;
    EXPECT_EQ(complaint.find("hunter2"), std::string::npos) << complaint;
    EXPECT_NE(complaint.find(';'), std::string::npos) << "no remedy: " << complaint;
  }
}

TEST(Nearest, SlipsOfTheFingerAreFound) {
  const std::vector<std::string_view> names = {"upstream", "match", "logins"};
  EXPECT_EQ(Nearest("upsteam", names), "upstream");
  EXPECT_EQ(Nearest("upstraem", names), "upstream");
  EXPECT_EQ(Nearest("login", names), "logins");
  EXPECT_EQ(Nearest("Match", names), "match");
}

TEST(Nearest, OtherWordsAreNot) {
  const std::vector<std::string_view> names = {"upstream", "match", "logins"};
  EXPECT_EQ(Nearest("password", names), "");
  EXPECT_EQ(Nearest("", names), "");
  EXPECT_EQ(Nearest(std::string(1'000'000, 'x'), names), "");
}

}  // namespace
}  // namespace pgmoat::config
