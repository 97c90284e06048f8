// What makes the trail provable: each line carries the SHA-256 over the one before and its
// own content, and now and then a line is signed.
//
//   {"v":2, … line n-1 … ,"hash":"H(n-1)"}
//   {"v":2, … line n …   ,"hash":"H(n)"}      H(n) = SHA-256(H(n-1) ‖ line n up to ,"hash")
//   {"v":2, … checkpoint …,"prev":"H(n)", … ,"hash":"…","key":"…","signature":"…"}
//
// A signature is Ed25519 (RFC 8032) over "pgmoat audit checkpoint v1", a zero byte, and the
// hash of its line, and so over every line before it.
//
// Threads: one.
// Secrets: the private key stays in the Signer.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/audit/reading/trail_line.h"

namespace pgmoat::audit {

class Chain {
 public:
  // The next line follows a line of this hash; all zero: it is the first.
  explicit Chain(const LineHash& last);
  ~Chain();

  // Ends the line that begins at `begin` of `out`: appends ,"hash":"…"}\n
  void Close(std::string& out, std::size_t begin);
  [[nodiscard]] const LineHash& last() const { return last_; }

 private:
  struct Hasher;
  void Hash(std::string_view content);
  LineHash last_;
  std::unique_ptr<Hasher> hasher_;
};

class Signer {
 public:
  // A PEM file with an Ed25519 private key that nobody else may read.  Throws
  // std::runtime_error naming file and remedy.
  explicit Signer(const std::filesystem::path& file);
  ~Signer();

  // Adds key and signature to the line that Close has just ended with `hash`.
  void Sign(std::string& out, const LineHash& hash) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
};

}  // namespace pgmoat::audit
