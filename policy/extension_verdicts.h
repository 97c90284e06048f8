// The rows behind FindExtensionFunction (functions.h): what people decided about single
// functions of extensions.  Internal to this folder.
#pragma once

#include <span>
#include <string_view>

#include "policy/functions.h"

namespace pgmoat::policy {

// Where a call must say the function is, for the row to be meant.
enum class ExtensionScope : std::uint8_t {
  kAnywhere,  // whatever the schema: nobody else has such a name
  kUsual,     // unqualified, public, extensions, heroku_ext, or the schema `home`
  kFixed,     // unqualified, or the schema `home`: the extension cannot be moved
};

struct ExtensionVerdict {
  std::string_view name;
  ExtensionScope scope;
  std::string_view home;  // the extension, or with kFixed its schema
  FunctionVerdict verdict;
  std::string_view reason;  // as in GivenVerdict
};

// Both sorted by name; a name may have several rows.
std::span<const ExtensionVerdict> ExtensionRefusals();
std::span<const ExtensionVerdict> ExtensionAllowances();

// The reason of functions that take SQL text.  Whoever knows which text they are given
// may list them.
inline constexpr std::string_view kRunsSqlText = "it runs SQL text that nobody has judged";

}  // namespace pgmoat::policy
