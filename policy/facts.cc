#include "policy/facts.h"

namespace pgmoat::policy {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kRead:
      return "read";
    case Kind::kInsert:
      return "insert";
    case Kind::kUpdate:
      return "update";
    case Kind::kDelete:
      return "delete";
    case Kind::kMerge:
      return "merge";
    case Kind::kTruncate:
      return "truncate";
    case Kind::kSelectInto:
      return "select_into";
    case Kind::kRowLock:
      return "row_lock";
    case Kind::kCreate:
      return "create";
    case Kind::kAlterAdditive:
      return "alter_additive";
    case Kind::kAlterChanging:
      return "alter_changing";
    case Kind::kAlterDestructive:
      return "alter_destructive";
    case Kind::kDrop:
      return "drop";
    case Kind::kPrivilege:
      return "privilege";
    case Kind::kRoleManagement:
      return "role_management";
    case Kind::kDatabase:
      return "database";
    case Kind::kSetting:
      return "setting";
    case Kind::kShow:
      return "show";
    case Kind::kTransaction:
      return "transaction";
    case Kind::kTwoPhase:
      return "two_phase";
    case Kind::kCursor:
      return "cursor";
    case Kind::kPrepare:
      return "prepare";
    case Kind::kExecute:
      return "execute";
    case Kind::kDeallocate:
      return "deallocate";
    case Kind::kDo:
      return "do";
    case Kind::kCall:
      return "call";
    case Kind::kCopyOut:
      return "copy_out";
    case Kind::kCopyIn:
      return "copy_in";
    case Kind::kCopyFile:
      return "copy_file";
    case Kind::kCopyProgram:
      return "copy_program";
    case Kind::kLock:
      return "lock";
    case Kind::kListen:
      return "listen";
    case Kind::kNotify:
      return "notify";
    case Kind::kMaintenance:
      return "maintenance";
    case Kind::kReplication:
      return "replication";
    case Kind::kServerControl:
      return "server_control";
    case Kind::kExtension:
      return "extension";
    case Kind::kExplain:
      return "explain";
    case Kind::kExplainAnalyze:
      return "explain_analyze";
    case Kind::kComment:
      return "comment";
    case Kind::kForeignServer:
      return "foreign_server";
    case Kind::kLanguage:
      return "language";
    case Kind::kEmpty:
      return "empty";
    case Kind::kNotUnderstood:
      return "not_understood";
    case Kind::kCount:
      break;
  }
  return "unknown";
}

std::string_view AccessName(Access access) {
  switch (access) {
    case Access::kRead:
      return "read";
    case Access::kWrite:
      return "write";
    case Access::kCreate:
      return "create";
    case Access::kAlter:
      return "alter";
    case Access::kDrop:
      return "drop";
    case Access::kLock:
      return "lock";
  }
  return "unknown";
}

std::string_view SettingScopeName(SettingScope scope) {
  switch (scope) {
    case SettingScope::kSession:
      return "session";
    case SettingScope::kTransaction:
      return "transaction";
    case SettingScope::kFunction:
      return "function";
    case SettingScope::kDefault:
      return "default";
  }
  return "unknown";
}

std::string_view RowLockName(RowLock lock) {
  switch (lock) {
    case RowLock::kNone:
      return "";
    case RowLock::kKeyShare:
      return "FOR KEY SHARE";
    case RowLock::kShare:
      return "FOR SHARE";
    case RowLock::kNoKeyUpdate:
      return "FOR NO KEY UPDATE";
    case RowLock::kUpdate:
      return "FOR UPDATE";
  }
  return "unknown";
}

std::string_view CopyTargetName(CopyTarget target) {
  switch (target) {
    case CopyTarget::kNone:
      return "none";
    case CopyTarget::kClient:
      return "client";
    case CopyTarget::kFile:
      return "file";
    case CopyTarget::kProgram:
      return "program";
  }
  return "unknown";
}

bool IsInTemporarySchema(std::string_view relation) {
  // database.pg_temp.t names the same.
  const std::size_t dot = relation.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view schema = relation.substr(0, dot);
  const std::size_t before = schema.rfind('.');
  return schema.substr(before == std::string_view::npos ? 0 : before + 1) == "pg_temp";
}

}  // namespace pgmoat::policy
