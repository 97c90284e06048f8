// JSON whose every byte means something: unknown and repeated members are errors, so that
// what a person reads in a signed file is what was signed.
//
// Private to proxy/migrations.  Errors: FormatError, without the file's name.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"
#include "proxy/migrations/format_error.h"

namespace pgmoat::migrations {

// A text with one value, nested a few levels at most.
nlohmann::json ParseStrictly(std::string_view text);

// The members of an object, each asked for by name and type.
class Members {
 public:
  // `where`: "migrations[3]", for errors.
  Members(const nlohmann::json& object, std::string where);

  std::string Text(const char* name);
  std::string TextOr(const char* name, const char* otherwise);
  std::uint64_t Number(const char* name);
  bool Flag(const char* name);
  bool FlagOr(const char* name, bool otherwise);
  policy::Digest Digest(const char* name);
  const nlohmann::json& Array(const char* name);
  std::vector<std::string> Texts(const char* name);  // empty where there is no such member
  // Throws when there are members that nobody asked for.
  void End() const;

  [[noreturn]] void Fail(const std::string& what) const;

 private:
  const nlohmann::json* Find(const char* name);
  const nlohmann::json& Require(const char* name);

  const nlohmann::json& object_;
  std::string where_;
  std::vector<std::string> asked_;
};

}  // namespace pgmoat::migrations
