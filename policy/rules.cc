#include "policy/rules.h"

#include <algorithm>
#include <mutex>
#include <set>

namespace pgmoat::policy {

std::string_view RoleName(BuiltinRole role) {
  switch (role) {
    case BuiltinRole::kReadonly:
      return "readonly";
    case BuiltinRole::kApp:
      return "app";
    case BuiltinRole::kDeploy:
      return "deploy";
    case BuiltinRole::kAdmin:
      return "admin";
  }
  return "unknown";
}

bool ParseRoleName(std::string_view name, BuiltinRole& role) {
  for (const BuiltinRole candidate :
       {BuiltinRole::kReadonly, BuiltinRole::kApp, BuiltinRole::kDeploy, BuiltinRole::kAdmin}) {
    if (RoleName(candidate) != name) continue;
    role = candidate;
    return true;
  }
  return false;
}

bool Network::Contains(const IpAddress& other) const {
  const unsigned bits = std::min<unsigned>(prefix_bits, 128);
  const unsigned whole = bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, other.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned rest = 8 - bits % 8;
  return address[whole] >> rest == other[whole] >> rest;
}

bool TimeWindow::Contains(std::chrono::system_clock::time_point time) const {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(time - midnight);
  const auto has_day = [&](std::chrono::sys_days day) {
    const unsigned weekday = std::chrono::weekday(day).iso_encoding() - 1;  // 0: Monday
    return ((static_cast<unsigned>(this->days) >> weekday) & 1U) != 0;
  };
  if (from < to) return minute >= from && minute < to && has_day(midnight);
  if (minute >= from) return has_day(midnight);
  return minute < to && has_day(midnight - std::chrono::days(1));
}

std::string_view Intern(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> texts;  // nodes do not move
  const std::lock_guard lock(mutex);
  const auto found = texts.find(text);
  return found != texts.end() ? *found : *texts.emplace(text).first;
}

bool Rules::ReadOnlyWall() const {
  if (role != BuiltinRole::kReadonly || !enforce) return false;
  constexpr KindSet kStoppedByServer = {
      Kind::kInsert,        Kind::kUpdate,     Kind::kDelete,         Kind::kMerge,
      Kind::kTruncate,      Kind::kSelectInto, Kind::kRowLock,        Kind::kCreate,
      Kind::kAlterAdditive, Kind::kDrop,       Kind::kAlterChanging,  Kind::kAlterDestructive,
      Kind::kPrivilege,     Kind::kDo,         Kind::kCall,           Kind::kCopyIn,
      Kind::kMaintenance,   Kind::kComment,    Kind::kRoleManagement, Kind::kExtension,
      Kind::kDatabase,      Kind::kLock,       Kind::kReplication,    Kind::kForeignServer,
      Kind::kLanguage,      Kind::kCopyFile,   Kind::kCopyProgram,    Kind::kNotify};
  return std::none_of(own.begin(), own.end(), [&](const OwnRule& rule) {
    // What a function writes the server refuses all the same.
    if (rule.effect == Effect::kDeny || !rule.match.functions.empty()) return false;
    return rule.match.kinds.Empty() || rule.match.kinds.HasAny(kStoppedByServer);
  });
}

bool Rules::NeedsCatalog() const {
  if (role == BuiltinRole::kReadonly) return true;
  // Which schema a name without one is in.
  const auto names_schema = [](const std::string& glob) {
    return glob.find('.') != std::string::npos;
  };
  return std::any_of(own.begin(), own.end(), [&](const OwnRule& rule) {
    return std::any_of(rule.match.relations.begin(), rule.match.relations.end(), names_schema);
  });
}

bool Rules::DependsOnTime() const {
  return std::any_of(own.begin(), own.end(),
                     [](const OwnRule& rule) { return !rule.match.times.empty(); });
}

}  // namespace pgmoat::policy
