#include "policy/setting_rules.h"

#include <iterator>

#include "policy/break_glass.h"

namespace pgmoat::policy {

namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As the server's clean_encoding_name: letters and digits, in lower case.
std::string CleanEncodingName(std::string_view name) {
  std::string clean;
  for (const char c : name) {
    if (IsAlphanumeric(c)) clean += c;
  }
  return FoldSettingName(clean);
}

enum class Condition {
  kNever,  // not to any value; a return to the session's own is harmless
  kNeverNotEvenReset,
  kOnlyTrue,
  kOnlySafeEncoding,
  kOnlySafeBackslash,
  kCatalogFirst,
};

struct GuardedSetting {
  std::string_view name;
  Condition condition;
  bool readonly_only;
  std::string_view reason;
};

constexpr std::string_view kLexing =
    "pgmoat reads statements as the server does only while it stays";
constexpr std::string_view kReadOnly =
    "The role reads only; connect with a login whose role may write";
constexpr std::string_view kWhoIsWho = "The session keeps the identity it logged in with";
constexpr std::string_view kLibraries = "It loads code into the server";
constexpr std::string_view kProtection = "It switches off protections of the data";
constexpr std::string_view kReach = "It lets raster functions read files and other servers";
constexpr std::string_view kTrail = "It takes the session's statements out of the server's log";

constexpr GuardedSetting kGuarded[] = {
    {"standard_conforming_strings", Condition::kOnlyTrue, false, kLexing},
    {"client_encoding", Condition::kOnlySafeEncoding, false,
     "Use UTF8; encodings whose characters contain quotes or backslashes are refused"},
    {"backslash_quote", Condition::kOnlySafeBackslash, false, kLexing},
    {"session_authorization", Condition::kNever, false, kWhoIsWho},
    {"session_replication_role", Condition::kNever, false, kProtection},
    {"session_preload_libraries", Condition::kNever, false, kLibraries},
    {"local_preload_libraries", Condition::kNever, false, kLibraries},
    {"shared_preload_libraries", Condition::kNever, false, kLibraries},
    {"dynamic_library_path", Condition::kNever, false, kLibraries},
    {"jit_provider", Condition::kNever, false, kLibraries},
    {"allow_system_table_mods", Condition::kNever, false, kProtection},
    {"event_triggers", Condition::kNever, false, kProtection},
    {"ignore_system_indexes", Condition::kNever, false, kProtection},
    {"zero_damaged_pages", Condition::kNever, false, kProtection},
    {"ignore_checksum_failure", Condition::kNever, false, kProtection},
    {"lo_compat_privileges", Condition::kNever, false, kProtection},
    {"postgis.enable_outdb_rasters", Condition::kNever, false, kReach},
    {"postgis.gdal_enabled_drivers", Condition::kNever, false, kReach},
    {"log_statement", Condition::kNever, false, kTrail},
    {"log_min_messages", Condition::kNever, false, kTrail},
    {"log_min_error_statement", Condition::kNever, false, kTrail},
    {"log_duration", Condition::kNever, false, kTrail},
    {"log_min_duration_sample", Condition::kNever, false, kTrail},
    {"log_min_duration_statement", Condition::kNever, false, kTrail},
    {"log_parameter_max_length", Condition::kNever, false, kTrail},
    {"log_statement_sample_rate", Condition::kNever, false, kTrail},
    {"log_transaction_sample_rate", Condition::kNever, false, kTrail},
    {"pgaudit.log", Condition::kNever, false, kTrail},
    {"pgaudit.log_catalog", Condition::kNever, false, kTrail},
    {"pgaudit.log_level", Condition::kNever, false, kTrail},
    {"pgaudit.log_parameter", Condition::kNever, false, kTrail},
    {"pgaudit.log_relation", Condition::kNever, false, kTrail},
    {"pgaudit.log_statement", Condition::kNever, false, kTrail},
    {"pgaudit.log_statement_once", Condition::kNever, false, kTrail},
    {"pgaudit.role", Condition::kNever, false, kTrail},
    {"transaction_read_only", Condition::kOnlyTrue, true, kReadOnly},
    {"default_transaction_read_only", Condition::kOnlyTrue, true, kReadOnly},
    {"role", Condition::kNever, true, kWhoIsWho},
    {"search_path", Condition::kCatalogFirst, true,
     "pg_catalog, when it is listed, must come first: functions are judged by their names"},
};

const GuardedSetting* FindGuarded(std::string_view name, BuiltinRole role) {
  for (const GuardedSetting& setting : kGuarded) {
    if (setting.name != name) continue;
    return setting.readonly_only && role != BuiltinRole::kReadonly ? nullptr : &setting;
  }
  return nullptr;
}

// One schema of a search_path, without the quotes and the space around it.
std::string_view Bare(std::string_view item) {
  while (!item.empty() &&
         (item.front() == ' ' || item.front() == '\t' || item.front() == '\n' ||
          item.front() == '"' || item.front() == '\r' || item.front() == '\f' ||
          item.front() == '\v')) {
    item.remove_prefix(1);
  }
  while (!item.empty() && (item.back() == ' ' || item.back() == '\t' || item.back() == '\n' ||
                           item.back() == '"' || item.back() == '\r' || item.back() == '\f' ||
                           item.back() == '\v')) {
    item.remove_suffix(1);
  }
  return item;
}

// pg_catalog is searched first unless it is listed later: then a function of another
// schema may stand in front of a built-in one.
bool CatalogIsFirst(std::string_view path) {
  bool first = true;
  while (!path.empty()) {
    const std::size_t comma = path.find(',');
    const std::string_view item = path.substr(0, comma);
    if (!first && FoldSettingName(Bare(item)) == "pg_catalog") return false;
    first = false;
    if (comma == std::string_view::npos) break;
    path.remove_prefix(comma + 1);
  }
  return true;
}

bool MayTake(const GuardedSetting& setting, const SettingChange& change) {
  if (change.is_default) {
    // RESET goes back to what the session started with, and that was judged.  Not so
    // transaction_read_only, whose default is off.
    return setting.name != "transaction_read_only" &&
           setting.condition != Condition::kNeverNotEvenReset;
  }
  if (!change.is_constant) return false;
  switch (setting.condition) {
    case Condition::kNever:
    case Condition::kNeverNotEvenReset:
      return false;
    case Condition::kOnlyTrue:
      return IsPlainlyTrue(change.value);
    case Condition::kOnlySafeEncoding:
      return IsSafeEncoding(change.value);
    case Condition::kOnlySafeBackslash: {
      const std::string value = FoldSettingName(change.value);
      return value == "safe_encoding" || value == "off";
    }
    case Condition::kCatalogFirst:
      return CatalogIsFirst(change.value);
  }
  return false;
}

}  // namespace

std::string FoldSettingName(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

bool IsPlainlyTrue(std::string_view value) {
  const std::string folded = FoldSettingName(value);
  for (const std::string_view spelling :
       {"on", "true", "1", "yes", "t", "tr", "tru", "y", "ye"}) {
    if (folded == spelling) return true;
  }
  return false;
}

bool IsUtf8(std::string_view name) {
  const std::string clean = CleanEncodingName(name);
  return clean == "utf8" || clean == "unicode";
}

bool IsSafeEncoding(std::string_view name) {
  constexpr std::string_view kSafe[] = {
      "utf8",        "unicode",     "sqlascii",    "latin1",      "latin2",      "latin3",
      "latin4",      "latin5",      "latin6",      "latin7",      "latin8",      "latin9",
      "latin10",     "iso88591",    "iso88592",    "iso88593",    "iso88594",    "iso88595",
      "iso88596",    "iso88597",    "iso88598",    "iso88599",    "iso885910",   "iso885913",
      "iso885914",   "iso885915",   "iso885916",   "win",         "win866",      "win874",
      "win1250",     "win1251",     "win1252",     "win1253",     "win1254",     "win1255",
      "win1256",     "win1257",     "win1258",     "windows866",  "windows874",  "windows1250",
      "windows1251", "windows1252", "windows1253", "windows1254", "windows1255", "windows1256",
      "windows1257", "windows1258", "abc",         "alt",         "tcvn",        "tcvn5712",
      "vscii",       "koi8",        "koi8r",       "koi8u",       "euccn",       "eucjp",
      "eucjis2004",  "euckr",       "euctw"};
  const std::string clean = CleanEncodingName(name);
  for (const std::string_view safe : kSafe) {
    if (clean == safe) return true;
  }
  return false;
}

bool IsPgmoatsOwn(const SettingChange& change) {
  return !change.is_default && !change.is_reset_all && change.name.starts_with("pgmoat.") &&
         change.name != kBreakGlassSetting;
}

SettingVerdict JudgeSetting(const Rules& rules, const SettingChange& change) {
  // RESET ALL returns every setting to what the session started with.
  if (!rules.Judged() || change.is_reset_all) return {};
  if (change.name.empty()) {
    return {"any.unknown-setting", "42501", "set_config",
            "Write the setting's name as a plain literal, so that it can be judged"};
  }
  const GuardedSetting* guarded = FindGuarded(change.name, rules.role);
  if (guarded == nullptr || MayTake(*guarded, change)) return {};
  const bool write =
      change.name == "transaction_read_only" || change.name == "default_transaction_read_only";
  if (write) return {"readonly.read-write", "25006", guarded->name, guarded->reason};
  return {guarded->readonly_only ? "readonly.setting" : "any.setting", "42501", guarded->name,
          guarded->reason};
}

}  // namespace pgmoat::policy
