#include "proxy/audit/reading/keys.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace pgmoat::audit {
namespace {

constexpr std::string_view kSigned("pgmoat audit checkpoint v1\0", 27);

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Bio = std::unique_ptr<BIO, Free>;

// 64 bytes as base64 in its one right spelling; empty: it is not that.
std::string DecodeSignature(std::string_view base64) {
  constexpr std::size_t kText = 88;
  if (base64.size() != kText) return {};
  std::array<unsigned char, 66> bytes{};
  const auto* text = reinterpret_cast<const unsigned char*>(base64.data());
  if (EVP_DecodeBlock(bytes.data(), text, kText) != 66) return {};
  std::array<unsigned char, kText + 1> again{};
  EVP_EncodeBlock(again.data(), bytes.data(), 64);
  if (std::memcmp(again.data(), base64.data(), kText) != 0) return {};
  return {reinterpret_cast<const char*>(bytes.data()), 64};
}

bool Verifies(EVP_PKEY* key, const LineHash& hash, std::string_view signature) {
  const std::string text = SignedText(hash);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(),
                          reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

// Takes what it wrote away again when it cannot finish.
void WriteNew(const std::filesystem::path& file, mode_t mode, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) {
    throw std::runtime_error(file.string() + ": " +
                             (errno == EEXIST
                                  ? "is there already; a key is never written over"
                                  : std::string("cannot be made: ") + std::strerror(errno)));
  }
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  int error = text.empty() && ::fsync(descriptor) == 0 ? 0 : errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0) return;
  ::unlink(file.c_str());
  throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(error));
}

std::string Pem(EVP_PKEY* key, bool with_private) {
  const Bio bio(BIO_new(with_private ? BIO_s_secmem() : BIO_s_mem()));
  const bool written =
      bio != nullptr &&
      (with_private ? PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0,
                                                    nullptr, nullptr)
                    : PEM_write_bio_PUBKEY(bio.get(), key)) == 1;
  if (!written) throw std::runtime_error("OpenSSL cannot write an Ed25519 key");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::string KeyIdOf(EVP_PKEY* key) {
  std::array<unsigned char, 32> raw{};
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(raw.data(), raw.size(), hash.data());
  std::string id;
  for (std::size_t i = 0; i < 8; ++i) {
    id += "0123456789abcdef"[hash[i] >> 4];
    id += "0123456789abcdef"[hash[i] & 15];
  }
  return id;
}

std::string SignedText(const LineHash& hash) {
  std::string text(kSigned);
  text.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  return text;
}

struct PublicKeys::Impl {
  std::map<std::string, Key, std::less<>> keys;
};

PublicKeys::PublicKeys() : impl_(std::make_unique<Impl>()) {}
PublicKeys::~PublicKeys() = default;

void PublicKeys::Add(const std::filesystem::path& file) {
  const Bio bio(BIO_new_file(file.c_str(), "r"));
  if (bio == nullptr) {
    throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno));
  }
  Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    throw std::runtime_error(file.string() +
                             ": is no public Ed25519 key in PEM; `pgmoat audit keygen` makes "
                             "one, in the file that ends in .pub");
  }
  impl_->keys[KeyIdOf(key.get())] = std::move(key);
}

bool PublicKeys::Has(std::string_view key_id) const {
  return impl_->keys.find(key_id) != impl_->keys.end();
}

bool PublicKeys::empty() const { return impl_->keys.empty(); }

PublicKeys::Result PublicKeys::Check(std::string_view key_id, const LineHash& hash,
                                     std::string_view signature) const {
  const std::string bytes = DecodeSignature(signature);
  if (const auto found = impl_->keys.find(key_id); found != impl_->keys.end()) {
    return Verifies(found->second.get(), hash, bytes) ? Result::kGood : Result::kBad;
  }
  // One of our keys under a false name: somebody changed the name.
  for (const auto& [id, key] : impl_->keys) {
    if (Verifies(key.get(), hash, bytes)) return Result::kBad;
  }
  return Result::kUnknownKey;
}

std::string MakeKeyFiles(const std::filesystem::path& file) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr) throw std::runtime_error("OpenSSL cannot make an Ed25519 key");
  std::filesystem::path public_file = file;
  public_file += ".pub";
  std::string secret = Pem(key.get(), true);
  try {
    WriteNew(file, 0600, secret);
  } catch (...) {
    OPENSSL_cleanse(secret.data(), secret.size());
    throw;
  }
  OPENSSL_cleanse(secret.data(), secret.size());
  try {
    WriteNew(public_file, 0644, Pem(key.get(), false));
  } catch (...) {
    // Half a pair is of no use, and would stand in the way of the next attempt.
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    throw;
  }
  return KeyIdOf(key.get());
}

}  // namespace pgmoat::audit
