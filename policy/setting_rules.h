// Which settings a role may change, and to what (design 3.3, 3.4).
#pragma once

#include <string>
#include <string_view>

#include "policy/decision.h"
#include "policy/facts.h"

namespace pgmoat::policy {

// ASCII lower case: the server compares names of settings so.
std::string FoldSettingName(std::string_view name);

// A spelling of true that every release's parse_bool takes.  Not all that it takes.
bool IsPlainlyTrue(std::string_view value);

// A name of UTF-8 as an encoding: "UTF8", "unicode".
bool IsUtf8(std::string_view name);

// UTF-8, or an encoding in which no byte below 0x80 is part of a longer character.
bool IsSafeEncoding(std::string_view name);

// pgmoat.actor and its kin, by which the server is told who came through: pgmoat sets them,
// nobody else, whatever the role.  A RESET goes back to what pgmoat set.  Not so
// pgmoat.break_glass, which is a client's to set (break_glass.h).
bool IsPgmoatsOwn(const SettingChange& change);

// `rule` and `sqlstate` empty: nothing against it.  All point to static storage.
struct SettingVerdict {
  std::string_view rule;
  std::string_view sqlstate;
  std::string_view name;    // for the message
  std::string_view reason;  // for the hint
};
SettingVerdict JudgeSetting(const Rules& rules, const SettingChange& change);

}  // namespace pgmoat::policy
