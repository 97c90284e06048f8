// Trails made for tests, from the description of the chain and not by the code that is
// tested.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/keys.h"
#include "proxy/audit/reading/verifier.h"

namespace pgmoat::audit {

using LineList = std::vector<std::string>;  // without '\n'
using FileList = std::vector<LineList>;

class TestChain {
 public:
  // Signs checkpoints when there is a key.
  explicit TestChain(EVP_PKEY* key = nullptr) : key_(key) {}

  std::string Start(const std::string& version = "0.1.0");
  std::string Statement(const std::string& text = "SELECT 1");
  std::string Checkpoint();

  // Of the line made last; a copy goes its own way.
  std::uint64_t seq = 0;
  std::array<std::uint8_t, 32> hash{};

 private:
  std::string Line(const std::string& event, const std::string& fields);
  EVP_PKEY* key_;
};

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
// Of a private key's file.
std::unique_ptr<EVP_PKEY, FreeKey> ReadPrivateKey(const std::filesystem::path& file);

// 50 lines: 17 (a start first), 17 and 16, the latter two with a checkpoint first.
FileList FiftyLines(TestChain chain);

Findings Verify(const FileList& files, const PublicKeys& keys, bool from_start);

std::string Joined(const LineList& lines);  // each with '\n'
void WriteGzip(const std::filesystem::path& file, std::string_view text);
void WriteZstd(const std::filesystem::path& file, std::string_view text);

}  // namespace pgmoat::audit
