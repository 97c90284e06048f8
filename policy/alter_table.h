// How far an ALTER TABLE goes: adds, changes, or can lose something.
#pragma once

#include "policy/facts.h"
#include "policy/raw_tree.h"

namespace pgmoat::policy {

struct AlterReach {
  Kind kind;  // kAlterAdditive, kAlterChanging, kAlterDestructive, kForeignServer
  bool loses_data = false;
  bool loses_protection = false;
};

// A subcommand this does not know is destructive and loses both.
AlterReach AlterTableReach(const AlterTableCmd* command);

// The same for ALTER DOMAIN's subtype letter.
Kind AlterDomainKind(char subtype);

}  // namespace pgmoat::policy
