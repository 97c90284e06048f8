// How far an ALTER TABLE goes: adds, changes, or can lose something.
#pragma once

#include "policy/facts.h"
#include "policy/raw_tree.h"

namespace pgmoat::policy {

// kAlterAdditive, kAlterChanging or kAlterDestructive.  A subcommand this does not
// know is destructive.
Kind AlterTableKind(const AlterTableCmd* command);

// The same for ALTER DOMAIN's subtype letter.
Kind AlterDomainKind(char subtype);

}  // namespace pgmoat::policy
