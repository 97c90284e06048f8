// Definitions beyond one schema: roles, databases, foreign servers, replication.
#include "policy/setting_facts.h"
#include "policy/walk.h"

namespace pgmoat::policy {

bool Walk::VisitServerObject(const Node* node) {
  switch (Tag(node)) {
    case T_CreateRoleStmt:
      AddStatement(Kind::kRoleManagement, "CREATE ROLE");
      return true;
    case T_AlterRoleStmt:
      AddStatement(Kind::kRoleManagement, "ALTER ROLE");
      return true;
    case T_AlterRoleSetStmt:
      AddStatement(Kind::kRoleManagement, "ALTER ROLE");
      AddVariableSet(As<AlterRoleSetStmt>(node)->setstmt, SettingScope::kDefault, facts_);
      return true;
    case T_DropRoleStmt:
      AddStatement(Kind::kRoleManagement, "DROP ROLE");
      facts_.if_exists |= As<DropRoleStmt>(node)->missing_ok;
      return true;
    case T_GrantRoleStmt:
      AddStatement(Kind::kRoleManagement,
                   As<GrantRoleStmt>(node)->is_grant ? "GRANT ROLE" : "REVOKE ROLE");
      return true;
    case T_DropOwnedStmt:
      AddStatement(Kind::kRoleManagement, "DROP OWNED");
      facts_.loses_data = true;
      NoteDropBehavior(As<DropOwnedStmt>(node)->behavior);
      return true;
    case T_ReassignOwnedStmt:
      AddStatement(Kind::kRoleManagement, "REASSIGN OWNED");
      return true;
    case T_CreatedbStmt:
      AddStatement(Kind::kDatabase, "CREATE DATABASE");
      return true;
    case T_AlterDatabaseStmt:
    case T_AlterDatabaseRefreshCollStmt:
      AddStatement(Kind::kDatabase, "ALTER DATABASE");
      return true;
    case T_AlterDatabaseSetStmt:
      AddStatement(Kind::kDatabase, "ALTER DATABASE");
      AddVariableSet(As<AlterDatabaseSetStmt>(node)->setstmt, SettingScope::kDefault, facts_);
      return true;
    case T_DropdbStmt:
      AddStatement(Kind::kDatabase, "DROP DATABASE");
      facts_.loses_data = true;
      facts_.if_exists |= As<DropdbStmt>(node)->missing_ok;
      return true;
    case T_CreateTableSpaceStmt:
      AddStatement(Kind::kDatabase, "CREATE TABLESPACE");
      return true;
    case T_DropTableSpaceStmt:
      AddStatement(Kind::kDatabase, "DROP TABLESPACE");
      facts_.loses_data = true;
      facts_.if_exists |= As<DropTableSpaceStmt>(node)->missing_ok;
      return true;
    case T_AlterTableSpaceOptionsStmt:
      AddStatement(Kind::kDatabase, "ALTER TABLESPACE");
      return true;
    case T_AlterTableMoveAllStmt:
      // ALTER TABLE ALL IN TABLESPACE … rewrites every table there.
      AddStatement(Kind::kDatabase, "ALTER TABLE ALL IN TABLESPACE");
      return true;
    case T_CreateFdwStmt:
      AddStatement(Kind::kForeignServer, "CREATE FOREIGN DATA WRAPPER");
      return true;
    case T_AlterFdwStmt:
      AddStatement(Kind::kForeignServer, "ALTER FOREIGN DATA WRAPPER");
      return true;
    case T_CreateForeignServerStmt:
      AddStatement(Kind::kForeignServer, "CREATE SERVER");
      return true;
    case T_AlterForeignServerStmt:
      AddStatement(Kind::kForeignServer, "ALTER SERVER");
      return true;
    case T_CreateUserMappingStmt:
      AddStatement(Kind::kForeignServer, "CREATE USER MAPPING");
      return true;
    case T_AlterUserMappingStmt:
      AddStatement(Kind::kForeignServer, "ALTER USER MAPPING");
      return true;
    case T_DropUserMappingStmt:
      AddStatement(Kind::kForeignServer, "DROP USER MAPPING");
      return true;
    case T_ImportForeignSchemaStmt:
      AddStatement(Kind::kForeignServer, "IMPORT FOREIGN SCHEMA");
      return true;
    case T_CreatePLangStmt:
      AddStatement(Kind::kLanguage, "CREATE LANGUAGE");
      return true;
    case T_CreateAmStmt:
      AddStatement(Kind::kLanguage, "CREATE ACCESS METHOD");
      return true;
    case T_CreateEventTrigStmt:
      // Runs for every session's DDL: a matter of the whole database.
      AddStatement(Kind::kDatabase, "CREATE EVENT TRIGGER");
      AddFunction(As<CreateEventTrigStmt>(node)->funcname);
      return true;
    case T_AlterEventTrigStmt:
      AddStatement(Kind::kDatabase, "ALTER EVENT TRIGGER");
      return true;
    case T_CreatePublicationStmt:
      AddStatement(Kind::kReplication, "CREATE PUBLICATION");
      Push(As<CreatePublicationStmt>(node)->pubobjects);
      return true;
    case T_AlterPublicationStmt:
      AddStatement(Kind::kReplication, "ALTER PUBLICATION");
      Push(As<AlterPublicationStmt>(node)->pubobjects);
      return true;
    case T_CreateSubscriptionStmt:
      AddStatement(Kind::kReplication, "CREATE SUBSCRIPTION");
      return true;
    case T_AlterSubscriptionStmt:
      AddStatement(Kind::kReplication, "ALTER SUBSCRIPTION");
      return true;
    case T_DropSubscriptionStmt:
      AddStatement(Kind::kReplication, "DROP SUBSCRIPTION");
      return true;
    default:
      return false;
  }
}

}  // namespace pgmoat::policy
