#include "chain.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <fstream>

namespace pgmoat::audit {
namespace {

template <typename Bytes>
std::string Hex(const Bytes& bytes) {
  std::string text;
  char digits[3];
  for (const std::uint8_t byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string KeyName(EVP_PKEY* key) {
  std::array<std::uint8_t, 32> raw{};
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(key, raw.data(), &size);
  std::array<std::uint8_t, 32> hash{};
  SHA256(raw.data(), raw.size(), hash.data());
  return Hex(hash).substr(0, 16);
}

std::string Sign(EVP_PKEY* key, const std::array<std::uint8_t, 32>& hash) {
  std::string text = "pgmoat audit checkpoint v1";
  text += '\0';
  text.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  std::array<std::uint8_t, 64> signature{};
  std::size_t size = signature.size();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key);
  EVP_DigestSign(context, signature.data(), &size,
                 reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  std::array<std::uint8_t, 89> base64{};
  EVP_EncodeBlock(base64.data(), signature.data(), 64);
  return reinterpret_cast<const char*>(base64.data());
}

}  // namespace

std::string TestChain::Line(const std::string& event, const std::string& fields) {
  ++seq;
  char head[160];
  std::snprintf(head, sizeof head,
                R"({"v":2,"seq":%llu,"id":"01JDQ0000000000000000%05llu","time":)"
                R"("2026-11-27T19:%02llu:%02llu.123456789Z","event":"%s")",
                static_cast<unsigned long long>(seq), static_cast<unsigned long long>(seq),
                static_cast<unsigned long long>(seq / 60 % 60),
                static_cast<unsigned long long>(seq % 60), event.c_str());
  const std::string body = head + fields;
  std::string hashed(reinterpret_cast<const char*>(hash.data()), hash.size());
  hashed += body;
  SHA256(reinterpret_cast<const std::uint8_t*>(hashed.data()), hashed.size(), hash.data());
  std::string line = body + R"(,"hash":")" + Hex(hash) + '"';
  if (event == "checkpoint" && key_ != nullptr) {
    line += R"(,"key":")" + KeyName(key_) + R"(","signature":")" + Sign(key_, hash) + '"';
  }
  return line + "}";
}

std::string TestChain::Start(const std::string& version) {
  return Line("start", R"(,"version":")" + version +
                           R"(","policy_version":"00000000000000ab","prev":")" + Hex(hash) +
                           '"');
}

std::string TestChain::Statement(const std::string& text) {
  return Line("statement", R"(,"environment":"production","login":"shop_app","statement":")" +
                               text +
                               R"(","decision":"allow","outcome":"ok","rows_affected":2)");
}

std::string TestChain::Checkpoint() {
  return Line("checkpoint", R"(,"prev":")" + Hex(hash) + R"(","lines":10)");
}

std::unique_ptr<EVP_PKEY, FreeKey> ReadPrivateKey(const std::filesystem::path& file) {
  std::FILE* in = std::fopen(file.c_str(), "r");
  if (in == nullptr) return nullptr;
  std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_PrivateKey(in, nullptr, nullptr, nullptr));
  std::fclose(in);
  return key;
}

FileList FiftyLines(TestChain chain) {
  FileList files(3);
  for (int i = 0; i < 50; ++i) {
    LineList& lines = files[static_cast<std::size_t>(i / 17)];
    lines.push_back(i == 0        ? chain.Start()
                    : i % 17 == 0 ? chain.Checkpoint()
                                  : chain.Statement("SELECT " + std::to_string(i)));
  }
  return files;
}

Findings Verify(const FileList& files, const PublicKeys& keys, bool from_start) {
  Verifier verifier(keys, from_start);
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::uint64_t number = 0;
    for (const std::string& line : files[i]) {
      verifier.Take(line, std::to_string(i), ++number, true);
    }
  }
  return verifier.Finish();
}

std::string Joined(const LineList& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

void WriteGzip(const std::filesystem::path& file, std::string_view text) {
  const gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
}

void WriteZstd(const std::filesystem::path& file, std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  std::ofstream(file, std::ios::binary) << packed;
}

}  // namespace pgmoat::audit
