// Making a pair of keys.
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "proxy/signing/keys.h"

namespace pgmoat::signing {
namespace {

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

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

std::string Pem(EVP_PKEY* key, bool with_private) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(with_private ? BIO_s_secmem() : BIO_s_mem()));
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

std::string MakeKeyFiles(const std::filesystem::path& file) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
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
    PublicKeys id;
    return id.Add(public_file);
  } catch (...) {
    // Half a pair is of no use, and would stand in the way of the next attempt.
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    throw;
  }
}

}  // namespace pgmoat::signing
