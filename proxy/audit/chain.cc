#include "proxy/audit/chain.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "proxy/audit/json_text.h"
#include "proxy/audit/line_part.h"
#include "proxy/audit/reading/keys.h"

namespace pgmoat::audit {
namespace {

[[noreturn]] void FailCrypto(const char* what) {
  throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

}  // namespace

// Fetched once: to look the algorithm up costs more than to hash a line.
struct Chain::Hasher {
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha256{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Chain::Chain(const LineHash& last) : last_(last), hasher_(std::make_unique<Hasher>()) {
  if (!hasher_->sha256 || !hasher_->context ||
      EVP_DigestInit_ex2(hasher_->context.get(), hasher_->sha256.get(), nullptr) != 1) {
    FailCrypto("compute SHA-256");
  }
}
Chain::~Chain() = default;

// Into last_.
void Chain::Hash(std::string_view content) {
  EVP_MD_CTX* context = hasher_->context.get();
  // With the type once more than a new context would be looked for.
  const bool hashed = EVP_DigestInit_ex2(context, nullptr, nullptr) == 1 &&
                      EVP_DigestUpdate(context, content.data(), content.size()) == 1 &&
                      EVP_DigestFinal_ex(context, last_.data(), nullptr) == 1;
  if (!hashed) FailCrypto("compute SHA-256");
}

void Chain::Close(std::string& out, std::size_t begin) {
  // OpenSSL takes a block from where it stands only if nothing is left of the call before.
  // So the hash before is put in front of the line for a moment, where it fits.
  LineHash covered;
  if (begin >= covered.size()) {
    char* front = out.data() + begin - covered.size();
    std::memcpy(covered.data(), front, covered.size());
    std::memcpy(front, last_.data(), last_.size());
    Hash(std::string_view(out).substr(begin - covered.size()));
    std::memcpy(front, covered.data(), covered.size());
  } else {
    std::string content(last_.begin(), last_.end());
    Hash(content.append(out, begin));
  }
  LinePart part(out);
  part.Put(",\"hash\":\"");
  WriteHex(last_.data(), last_.size(), part.Take(2 * last_.size()));
  part.Put("\"}\n");
  part.Flush();
}

struct Signer::Key {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, &EVP_PKEY_free};
  std::string id;
};

Signer::Signer(const std::filesystem::path& file) : key_(std::make_unique<Key>()) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file.c_str(), "re"),
                                                               &std::fclose);
  if (!opened) {
    throw std::runtime_error("audit signing key '" + file.string() +
                             "' cannot be opened: " + std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(::fileno(opened.get()), &status) == 0 && (status.st_mode & 0077) != 0) {
    throw std::runtime_error("audit signing key '" + file.string() +
                             "' can be read by others; chmod 600 it");
  }
  key_->key.reset(PEM_read_PrivateKey(opened.get(), nullptr, nullptr, nullptr));
  if (!key_->key || EVP_PKEY_get_id(key_->key.get()) != EVP_PKEY_ED25519) {
    throw std::runtime_error("audit signing key '" + file.string() +
                             "' is no private Ed25519 key in PEM; `pgmoat audit keygen` makes "
                             "one");
  }
  key_->id = KeyIdOf(key_->key.get());
}
Signer::~Signer() = default;

void Signer::Sign(std::string& out, const LineHash& hash) const {
  const std::string text = SignedText(hash);
  std::array<unsigned char, 64> signature;
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const bool done =
      context &&
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1 &&
      size == signature.size();
  if (!done) FailCrypto("sign a checkpoint");
  std::array<unsigned char, 89> base64;
  EVP_EncodeBlock(base64.data(), signature.data(), static_cast<int>(signature.size()));
  out.resize(out.size() - std::strlen("}\n"));
  AppendWordField(",\"key\":", key_->id, out);
  AppendWordField(",\"signature\":", reinterpret_cast<const char*>(base64.data()), out);
  out += "}\n";
}

}  // namespace pgmoat::audit
