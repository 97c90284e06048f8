#include "policy/roles.h"

namespace pgmoat::policy {

namespace {

constexpr std::string_view kUseWriter = "Connect with a login whose role may write.";
constexpr std::string_view kUseDeploy =
    "Schema changes go through a login with role deploy, from a migration.";
constexpr std::string_view kUseAdmin =
    "Ask an administrator: this needs a login with role admin, or SQL run on the server.";
constexpr std::string_view kStaged =
    "Stop using the object first, then have an administrator remove it.";

// --- readonly: 25006 is what a READ ONLY transaction answers ---
constexpr Rule kRoWrite = {"readonly.write", "25006", kUseWriter};
constexpr Rule kRoDdl = {"readonly.ddl", "25006", kUseWriter};
constexpr Rule kRoRowLock = {"readonly.row-lock", "25006",
                             "Read without FOR UPDATE or FOR SHARE, or connect with a login "
                             "whose role may write."};
constexpr Rule kRoCode = {"readonly.code", "42501",
                          "What DO and CALL run cannot be judged; run the query itself."};
constexpr Rule kRoNotify = {"readonly.notify", "42501", kUseWriter};
constexpr Rule kRoTwoPhase = {"readonly.two-phase", "42501", kUseWriter};
constexpr Rule kRoMaintenance = {"readonly.maintenance", "42501", kUseAdmin};
constexpr Rule kRoAdmin = {"readonly.administration", "42501", kUseAdmin};
constexpr Rule kRoFile = {"readonly.server-file", "42501",
                          "Use COPY … TO STDOUT (psql: \\copy), which sends the data to you."};

constexpr Rule kAppDdl = {"app.ddl", "42501", kUseDeploy};
constexpr Rule kAppTruncate = {"app.truncate", "42501",
                               "Delete the rows you mean with DELETE … WHERE."};
constexpr Rule kAppCode = {"app.code", "42501",
                           "What DO runs cannot be judged; send the statements themselves, or "
                           "put them into a function."};
constexpr Rule kAppPrivilege = {"app.privilege", "42501", kUseDeploy};
constexpr Rule kAppMaintenance = {
    "app.maintenance", "42501",
    "Autovacuum does this; otherwise use a login with role deploy."};
constexpr Rule kAppAdmin = {"app.administration", "42501", kUseAdmin};
constexpr Rule kAppFile = {"app.server-file", "42501",
                           "Use COPY … FROM STDIN or TO STDOUT (psql: \\copy), which moves the "
                           "data through your connection."};

constexpr Rule kDeployDrop = {"deploy.drop", "42501", kStaged};
constexpr Rule kDeployTruncate = {"deploy.truncate", "42501",
                                  "Delete the rows you mean with DELETE … WHERE."};
constexpr Rule kDeployDestructive = {"deploy.alter-destructive", "42501",
                                     "Data or a protection can be lost.  Add a new column or "
                                     "table and move over, or ask an administrator."};
constexpr Rule kDeployCode = {"deploy.code", "42501",
                              "What DO runs cannot be judged; send the statements themselves."};
constexpr Rule kDeployAdmin = {"deploy.administration", "42501", kUseAdmin};
constexpr Rule kDeployFile = {
    "deploy.server-file", "42501",
    "Use COPY … FROM STDIN or TO STDOUT (psql: \\copy), which moves the "
    "data through your connection."};

constexpr Rule kNotUnderstood = {
    "any.not-understood", "42601",
    "pgmoat does not forward what it cannot understand.  Check the "
    "syntax, or ask for a login with role admin."};

constexpr const Rule* kAllow = nullptr;

using Table = std::array<RoleRow, static_cast<std::size_t>(Kind::kCount)>;
constexpr Table kTable = {{
    // kind, action, readonly, app, deploy
    {Kind::kRead, "SELECT", kAllow, kAllow, kAllow},
    {Kind::kInsert, "INSERT", &kRoWrite, kAllow, kAllow},
    {Kind::kUpdate, "UPDATE", &kRoWrite, kAllow, kAllow},
    {Kind::kDelete, "DELETE", &kRoWrite, kAllow, kAllow},
    {Kind::kMerge, "MERGE", &kRoWrite, kAllow, kAllow},
    {Kind::kTruncate, "TRUNCATE", &kRoWrite, &kAppTruncate, &kDeployTruncate},
    {Kind::kSelectInto, "", &kRoDdl, &kAppDdl, kAllow},
    {Kind::kRowLock, "SELECT FOR UPDATE or FOR SHARE", &kRoRowLock, kAllow, kAllow},
    {Kind::kCreate, "", &kRoDdl, &kAppDdl, kAllow},
    {Kind::kAlterAdditive, "", &kRoDdl, &kAppDdl, kAllow},
    {Kind::kAlterChanging, "", &kRoDdl, &kAppDdl, kAllow},
    {Kind::kAlterDestructive, "", &kRoDdl, &kAppDdl, &kDeployDestructive},
    {Kind::kDrop, "", &kRoDdl, &kAppDdl, &kDeployDrop},
    {Kind::kPrivilege, "", &kRoDdl, &kAppPrivilege, kAllow},
    {Kind::kRoleManagement, "", &kRoAdmin, &kAppAdmin, &kDeployAdmin},
    {Kind::kDatabase, "", &kRoAdmin, &kAppAdmin, &kDeployAdmin},
    {Kind::kSetting, "SET", kAllow, kAllow, kAllow},
    {Kind::kShow, "SHOW", kAllow, kAllow, kAllow},
    {Kind::kTransaction, "", kAllow, kAllow, kAllow},
    {Kind::kTwoPhase, "", &kRoTwoPhase, kAllow, kAllow},
    {Kind::kCursor, "", kAllow, kAllow, kAllow},
    {Kind::kPrepare, "PREPARE", kAllow, kAllow, kAllow},
    {Kind::kExecute, "EXECUTE", kAllow, kAllow, kAllow},
    {Kind::kDeallocate, "", kAllow, kAllow, kAllow},
    {Kind::kDo, "DO", &kRoCode, &kAppCode, &kDeployCode},
    {Kind::kCall, "CALL", &kRoCode, kAllow, kAllow},
    {Kind::kCopyOut, "COPY TO STDOUT", kAllow, kAllow, kAllow},
    {Kind::kCopyIn, "COPY FROM STDIN", &kRoWrite, kAllow, kAllow},
    {Kind::kCopyFile, "COPY from or to a file of the server", &kRoFile, &kAppFile,
     &kDeployFile},
    {Kind::kCopyProgram, "COPY from or to a program", &kRoFile, &kAppFile, &kDeployFile},
    {Kind::kLock, "LOCK TABLE", kAllow, kAllow, kAllow},
    {Kind::kListen, "LISTEN", kAllow, kAllow, kAllow},
    {Kind::kNotify, "NOTIFY", &kRoNotify, kAllow, kAllow},
    {Kind::kMaintenance, "", &kRoMaintenance, &kAppMaintenance, kAllow},
    {Kind::kReplication, "", &kRoAdmin, &kAppAdmin, &kDeployAdmin},
    {Kind::kServerControl, "", &kRoAdmin, &kAppAdmin, &kDeployAdmin},
    {Kind::kExtension, "", &kRoDdl, &kAppDdl, kAllow},
    {Kind::kExplain, "EXPLAIN", kAllow, kAllow, kAllow},
    {Kind::kExplainAnalyze, "EXPLAIN ANALYZE", kAllow, kAllow, kAllow},
    {Kind::kComment, "", &kRoDdl, &kAppDdl, kAllow},
    {Kind::kForeignServer, "", &kRoAdmin, &kAppAdmin, &kDeployAdmin},
    {Kind::kLanguage, "", &kRoAdmin, &kAppAdmin, &kDeployAdmin},
    {Kind::kEmpty, "An empty query", kAllow, kAllow, kAllow},
    {Kind::kNotUnderstood, "A statement that is not understood", &kNotUnderstood,
     &kNotUnderstood, &kNotUnderstood},
}};

constexpr bool RowsAreInEnumOrder() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].kind) != i) return false;
  }
  return true;
}
static_assert(RowsAreInEnumOrder());

constexpr const Rule* Cell(BuiltinRole role, const RoleRow& row) {
  switch (role) {
    case BuiltinRole::kReadonly:
      return row.readonly;
    case BuiltinRole::kApp:
      return row.app;
    case BuiltinRole::kDeploy:
      return row.deploy;
    case BuiltinRole::kAdmin:
      // Asked only where a config's own rules restrict it: then they must see all.
      return row.kind == Kind::kNotUnderstood ? &kNotUnderstood : kAllow;
  }
  return &kNotUnderstood;
}

constexpr KindSet Allowed(BuiltinRole role) {
  KindSet kinds;
  for (const RoleRow& row : kTable) {
    if (Cell(role, row) == kAllow) kinds.Add(row.kind);
  }
  return kinds;
}

}  // namespace

const Table& RoleTable() { return kTable; }

const Rule* RuleFor(BuiltinRole role, Kind kind) {
  return Cell(role, kTable[static_cast<std::size_t>(kind)]);
}

KindSet AllowedKinds(BuiltinRole role) {
  static constexpr KindSet kAllowed[] = {
      Allowed(BuiltinRole::kReadonly), Allowed(BuiltinRole::kApp),
      Allowed(BuiltinRole::kDeploy), Allowed(BuiltinRole::kAdmin)};
  return kAllowed[static_cast<std::size_t>(role)];
}

}  // namespace pgmoat::policy
