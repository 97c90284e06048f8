// What pgmoat writes is what the verifier proves.
#include <gtest/gtest.h>

#include "../temporary_directory.h"
#include "chain.h"
#include "proxy/audit/chain.h"

namespace pgmoat::audit {
namespace {

std::string Hex(const LineHash& hash) {
  std::string text;
  char digits[3];
  for (const std::uint8_t byte : hash) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

TEST(WrittenByPgmoat, IsProved) {
  TemporaryDirectory directory;
  const std::string id = MakeKeyFiles(directory / "key");
  PublicKeys keys;
  keys.Add(directory / "key.pub");
  const Signer signer(directory / "key");
  Chain chain(LineHash{});
  std::string text;
  std::uint64_t seq = 0;
  const auto add = [&](const std::string& event, const std::string& fields) {
    const std::size_t begin = text.size();
    text += R"({"v":2,"seq":)" + std::to_string(++seq) +
            R"(,"id":"01","time":"2026-11-27T19:45:00.123456789Z","event":")" + event + '"' +
            fields;
    chain.Close(text, begin);
  };
  const auto prev = [&] { return R"(,"prev":")" + Hex(chain.last()) + '"'; };
  add("start", prev());
  for (int i = 0; i < 20; ++i) {
    // Nothing that a client writes may pass for a part of the line.
    add("statement", R"(,"statement":"',\"hash\":\"\",\"event\":\"checkpoint\"\u001b\\")");
  }
  add("checkpoint", prev() + R"(,"lines":21)");
  signer.Sign(text, chain.last());

  const Findings findings = Verify({Lines(text)}, keys, true);
  EXPECT_FALSE(findings.fault.has_value()) << text;
  EXPECT_EQ(findings.lines, 22U);
  EXPECT_EQ(findings.uncovered, 0U);
  EXPECT_TRUE(findings.from_start);
  EXPECT_EQ(findings.verified, (std::map<std::string, std::uint64_t>{{id, 1}}));
}

}  // namespace
}  // namespace pgmoat::audit
