#include "proxy/signing/keys.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

namespace pgmoat::signing {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;
using Bio = std::unique_ptr<BIO, Free>;

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kSignatureText = 88;  // in base64

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

[[noreturn]] void Fail(const std::filesystem::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

std::string IdOf(EVP_PKEY* key) {
  std::array<unsigned char, 32> raw{};
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) {
    throw std::runtime_error("OpenSSL cannot read an Ed25519 key");
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(raw.data(), raw.size(), hash.data());
  std::string id;
  for (std::size_t i = 0; i < 8; ++i) {
    id += "0123456789abcdef"[hash[i] >> 4];
    id += "0123456789abcdef"[hash[i] & 15];
  }
  return id;
}

std::string SignedText(std::string_view purpose, const Digest& digest) {
  std::string text(purpose);
  text += '\0';
  text.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return text;
}

std::string Encode(const std::array<unsigned char, kSignatureBytes>& signature) {
  std::array<unsigned char, kSignatureText + 1> base64{};
  EVP_EncodeBlock(base64.data(), signature.data(), static_cast<int>(signature.size()));
  return reinterpret_cast<const char*>(base64.data());
}

// Base64 has several spellings of the same bytes; only the one that Encode writes counts.
// Empty: it is not that.
std::string Decode(std::string_view base64) {
  if (base64.size() != kSignatureText) return {};
  std::array<unsigned char, kSignatureBytes + 2> padded{};
  if (EVP_DecodeBlock(padded.data(), Bytes(base64), kSignatureText) !=
      static_cast<int>(padded.size())) {
    return {};
  }
  std::array<unsigned char, kSignatureBytes> bytes{};
  std::memcpy(bytes.data(), padded.data(), bytes.size());
  if (Encode(bytes) != base64) return {};
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Verifies(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Context context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                          text.size()) == 1;
}

}  // namespace

struct SigningKey::Key {
  KeyHandle key;
  std::string id;
};

SigningKey::SigningKey(const std::filesystem::path& file) : key_(std::make_unique<Key>()) {
  const std::unique_ptr<std::FILE, Free> opened(std::fopen(file.c_str(), "re"));
  if (opened == nullptr) {
    Fail(file, std::string("the signing key cannot be read: ") + std::strerror(errno) +
                   "; check path and permissions");
  }
  struct stat status {};
  if (::fstat(::fileno(opened.get()), &status) == 0 && (status.st_mode & 0077) != 0) {
    Fail(file, "the signing key can be read by others; chmod 600 it");
  }
  key_->key.reset(PEM_read_PrivateKey(opened.get(), nullptr, nullptr, nullptr));
  if (key_->key == nullptr || EVP_PKEY_get_id(key_->key.get()) != EVP_PKEY_ED25519) {
    Fail(
        file,
        "is no private Ed25519 key in PEM; `pgmoat audit keygen` or `pgmoat migrations keygen` "
        "makes one");
  }
  key_->id = IdOf(key_->key.get());
}

SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

const std::string& SigningKey::id() const { return key_->id; }

std::string SigningKey::Sign(std::string_view purpose, const Digest& digest) const {
  const std::string text = SignedText(purpose, digest);
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  const Context context(EVP_MD_CTX_new());
  const bool done =
      context != nullptr &&
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &size, Bytes(text), text.size()) == 1 &&
      size == signature.size();
  if (!done) throw std::runtime_error("OpenSSL cannot sign");
  return Encode(signature);
}

struct PublicKeys::Impl {
  std::map<std::string, KeyHandle, std::less<>> keys;
};

PublicKeys::PublicKeys() : impl_(std::make_unique<Impl>()) {}
PublicKeys::~PublicKeys() = default;
PublicKeys::PublicKeys(PublicKeys&&) noexcept = default;
PublicKeys& PublicKeys::operator=(PublicKeys&&) noexcept = default;

std::string PublicKeys::Add(const std::filesystem::path& file) {
  const Bio bio(BIO_new_file(file.c_str(), "r"));
  if (bio == nullptr) {
    Fail(file, std::string("the public key cannot be read: ") + std::strerror(errno) +
                   "; check path and permissions");
  }
  KeyHandle key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    Fail(file,
         "is no public Ed25519 key in PEM; `pgmoat audit keygen` or `pgmoat migrations keygen` "
         "makes one, in the file that ends in .pub");
  }
  std::string id = IdOf(key.get());
  if (!impl_->keys.try_emplace(id, std::move(key)).second) {
    Fail(file, "is key " + id + ", which another file has, too; keep one of them");
  }
  return id;
}

void PublicKeys::Add(const SigningKey& key) {
  EVP_PKEY* shared = key.key_->key.get();
  EVP_PKEY_up_ref(shared);
  impl_->keys.try_emplace(key.id(), KeyHandle(shared));
}

bool PublicKeys::Has(std::string_view key_id) const {
  return impl_->keys.find(key_id) != impl_->keys.end();
}

bool PublicKeys::empty() const { return impl_->keys.empty(); }

PublicKeys::Result PublicKeys::Check(std::string_view key_id, std::string_view purpose,
                                     const Digest& digest, std::string_view signature) const {
  const std::string bytes = Decode(signature);
  const std::string text = SignedText(purpose, digest);
  if (const auto found = impl_->keys.find(key_id); found != impl_->keys.end()) {
    return Verifies(found->second.get(), text, bytes) ? Result::kGood : Result::kBad;
  }
  // One of our keys under a false name: somebody changed the name.
  for (const auto& [id, key] : impl_->keys) {
    if (Verifies(key.get(), text, bytes)) return Result::kBad;
  }
  return Result::kUnknownKey;
}

}  // namespace pgmoat::signing
