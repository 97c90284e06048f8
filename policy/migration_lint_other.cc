// Indexes, maintenance, types, names, functions.
#include "policy/migration_linter.h"

namespace pgmoat::policy {

namespace {

// Things that statements of an application name.
bool IsNamedByOthers(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_COLUMN:
    case OBJECT_ATTRIBUTE:
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
    case OBJECT_SCHEMA:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      return true;
    default:
      return false;
  }
}

std::string ObjectName(const RangeVar* relation, const Node* object) {
  if (relation != nullptr) return NameOf(relation);
  if (object == nullptr) return {};
  if (Tag(object) == T_List) return NameOf(As<List>(object));
  if (Tag(object) == T_ObjectWithArgs) return NameOf(As<ObjectWithArgs>(object)->objname);
  return std::string(StringOf(object));
}

bool IsTrue(const Node* value) {
  if (value == nullptr) return true;  // the bare option
  const Constant constant = ConstantOf(value);
  if (constant.type == Constant::Type::kString) {
    return constant.text != "false" && constant.text != "off";
  }
  return constant.integer != 0;
}

const DefElem* FindOption(const List* options, std::string_view name) {
  for (int i = 0; i < Length(options); ++i) {
    const Node* item = Item(options, i);
    if (item == nullptr || Tag(item) != T_DefElem) continue;
    if (View(As<DefElem>(item)->defname) == name) return As<DefElem>(item);
  }
  return nullptr;
}

bool IsOn(const List* options, std::string_view name) {
  const DefElem* option = FindOption(options, name);
  return option != nullptr && IsTrue(option->arg);
}

bool SetsSearchPath(const List* options) {
  for (int i = 0; i < Length(options); ++i) {
    const auto* option = As<DefElem>(Item(options, i));
    if (View(option->defname) != "set" || option->arg == nullptr) continue;
    if (Tag(option->arg) == T_VariableSetStmt &&
        View(As<VariableSetStmt>(option->arg)->name) == "search_path") {
      return true;
    }
  }
  return false;
}

}  // namespace

bool MigrationLinter::CheckIndexes(const Node* statement) {
  switch (Tag(statement)) {
    case T_IndexStmt: {
      const auto* index = As<IndexStmt>(statement);
      if (index->idxname != nullptr) {
        new_indexes_.Add(View(index->relation->schemaname), index->idxname);
      }
      if (index->concurrent && context_.in_transaction) {
        Report(Lint::kConcurrentlyInTransaction, NameOf(index->relation));
      }
      // ON ONLY a partitioned table: nothing is built.
      if (!index->concurrent && index->relation->inh && !IsNew(index->relation)) {
        Report(Lint::kIndexNotConcurrent, NameOf(index->relation));
      }
      return true;
    }
    case T_DropStmt:
      if (As<DropStmt>(statement)->removeType == OBJECT_INDEX) {
        CheckDropIndex(As<DropStmt>(statement));
      }
      return true;
    case T_ReindexStmt: {
      const auto* reindex = As<ReindexStmt>(statement);
      const std::string name = reindex->relation != nullptr ? NameOf(reindex->relation)
                                                            : std::string(View(reindex->name));
      if (!IsOn(reindex->params, "concurrently")) {
        if (!IsNew(reindex->relation)) Report(Lint::kReindexNotConcurrent, name);
      } else if (context_.in_transaction) {
        Report(Lint::kConcurrentlyInTransaction, name);
      }
      return true;
    }
    default:
      return false;
  }
}

void MigrationLinter::CheckDropIndex(const DropStmt* drop) {
  for (int i = 0; i < Length(drop->objects); ++i) {
    const Node* object = Item(drop->objects, i);
    if (object == nullptr || Tag(object) != T_List) continue;
    const std::string name = NameOf(As<List>(object));
    if (drop->concurrent) {
      if (context_.in_transaction) Report(Lint::kConcurrentlyInTransaction, name);
    } else if (!new_indexes_.Has(name)) {
      Report(Lint::kDropIndexNotConcurrent, name);
    }
  }
}

bool MigrationLinter::CheckMaintenance(const Node* statement) {
  switch (Tag(statement)) {
    case T_RefreshMatViewStmt: {
      const auto* refresh = As<RefreshMatViewStmt>(statement);
      if (!refresh->concurrent && !IsNew(refresh->relation)) {
        Report(Lint::kRefreshNotConcurrent, NameOf(refresh->relation));
      }
      return true;
    }
    case T_ClusterStmt: {
      const auto* cluster = As<ClusterStmt>(statement);
      if (!IsNew(cluster->relation)) Report(Lint::kTableRewrite, NameOf(cluster->relation));
      return true;
    }
    case T_VacuumStmt: {
      const auto* vacuum = As<VacuumStmt>(statement);
      if (!vacuum->is_vacuumcmd || !IsOn(vacuum->options, "full")) return true;
      if (Length(vacuum->rels) == 0) Report(Lint::kTableRewrite, {});
      for (int i = 0; i < Length(vacuum->rels); ++i) {
        Report(Lint::kTableRewrite,
               NameOf(As<VacuumRelation>(Item(vacuum->rels, i))->relation));
      }
      return true;
    }
    default:
      return false;
  }
}

bool MigrationLinter::CheckNames(const Node* statement) {
  switch (Tag(statement)) {
    case T_RenameStmt: {
      const auto* rename = As<RenameStmt>(statement);
      const bool is_new = IsNew(rename->relation);
      const bool column = rename->renameType == OBJECT_COLUMN ||  //
                          rename->renameType == OBJECT_ATTRIBUTE;
      if (is_new && rename->renameType == OBJECT_TABLE) {
        new_tables_.Add(View(rename->relation->schemaname), View(rename->newname));
        context_.new_tables.emplace_back(View(rename->newname));
      }
      if (is_new || !IsNamedByOthers(rename->renameType)) return true;
      std::string name = rename->renameType == OBJECT_SCHEMA
                             ? std::string(View(rename->subname))
                             : ObjectName(rename->relation, rename->object);
      if (column) name.append(".").append(View(rename->subname));
      Report(Lint::kRename, std::move(name));
      return true;
    }
    case T_AlterObjectSchemaStmt: {
      const auto* alter = As<AlterObjectSchemaStmt>(statement);
      if (IsNew(alter->relation) || !IsNamedByOthers(alter->objectType)) return true;
      Report(Lint::kRename, ObjectName(alter->relation, alter->object));
      return true;
    }
    case T_CreateEnumStmt: {
      const std::string name = NameOf(As<CreateEnumStmt>(statement)->typeName);
      new_types_.Add(name);
      Report(Lint::kEnumType, name);
      return true;
    }
    case T_CreateDomainStmt:
      new_types_.Add(NameOf(As<CreateDomainStmt>(statement)->domainname));
      return true;
    case T_AlterEnumStmt:
      CheckEnumChange(As<AlterEnumStmt>(statement));
      return true;
    default:
      return false;
  }
}

void MigrationLinter::CheckEnumChange(const AlterEnumStmt* alter) {
  std::string name = NameOf(alter->typeName);
  if (new_types_.Has(name)) return;
  if (alter->oldVal != nullptr) {
    Report(Lint::kRename, std::move(name));
  } else if (context_.in_transaction) {
    Report(Lint::kEnumValueInTransaction, std::move(name));
  }
}

void MigrationLinter::CheckFunction(const CreateFunctionStmt* function) {
  if (!IsOn(function->options, "security") || SetsSearchPath(function->options)) return;
  Report(Lint::kSecurityDefinerSearchPath, NameOf(function->funcname));
}

}  // namespace pgmoat::policy
