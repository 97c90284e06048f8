// Ed25519 (RFC 8032) keys in PEM files, and signatures that say what they are for.
//
// Signed is always  purpose ‖ 0x00 ‖ SHA-256 of what it is about,  so that a signature under
// one kind of thing never counts under another.
//
// Errors:  std::runtime_error, "file: what; remedy".
// Secrets: a private key stays in its SigningKey and its file.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace pgmoat::signing {

using Digest = std::array<std::uint8_t, 32>;

// Threads: any, once built.
class SigningKey {
 public:
  // A file that nobody else may read.
  explicit SigningKey(const std::filesystem::path& file);
  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;

  // The first eight bytes of the SHA-256 of the raw public key, in hex.
  [[nodiscard]] const std::string& id() const;
  // In base64: 88 characters.
  [[nodiscard]] std::string Sign(std::string_view purpose, const Digest& digest) const;

 private:
  friend class PublicKeys;
  struct Key;
  std::unique_ptr<Key> key_;
};

// Whom to believe.  Threads: any, once filled.
class PublicKeys {
 public:
  PublicKeys();
  ~PublicKeys();
  PublicKeys(PublicKeys&&) noexcept;
  PublicKeys& operator=(PublicKeys&&) noexcept;

  // Returns the key's id.  The same key from two files is an error: it would look like two
  // people.
  std::string Add(const std::filesystem::path& file);
  void Add(const SigningKey& key);

  enum class Result {
    kGood,
    kBad,         // not a signature over `digest`, or by another key than it says
    kUnknownKey,  // signed by a key that is not here
  };
  [[nodiscard]] Result Check(std::string_view key_id, std::string_view purpose,
                             const Digest& digest, std::string_view signature) const;
  [[nodiscard]] bool Has(std::string_view key_id) const;
  [[nodiscard]] bool empty() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Makes `file`, mode 0600, and `file`.pub; returns the key's id.  Never writes over a file.
std::string MakeKeyFiles(const std::filesystem::path& file);

}  // namespace pgmoat::signing
