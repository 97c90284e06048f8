// The kinds of findings, as numbers for those who report them.  Private to policy/.
#pragma once

#include <cstdint>

#include "policy/migration_lint.h"

namespace pgmoat::policy {

// In the order of FindingKinds().
enum class Lint : std::uint8_t {
  // Locks and scans on a table that is in use.
  kNoLockTimeout,
  kIndexNotConcurrent,
  kDropIndexNotConcurrent,
  kReindexNotConcurrent,
  kRefreshNotConcurrent,
  kConcurrentlyInTransaction,
  kVolatileDefault,
  kStoredGeneratedColumn,
  kNotNullWithoutDefault,
  kSetNotNull,
  kConstraintWithoutNotValid,
  kValidateInSameTransaction,
  kConstraintBuildsIndex,
  kTypeRewrite,
  kTableRewrite,
  kDataChangeUnderLock,
  // What breaks those who use it.
  kRename,
  kEnumValueInTransaction,
  // Shapes that are regretted later.
  kEnumType,
  kForeignKeyWithoutIndex,
  kTableWithoutPrimaryKey,
  kSmallPrimaryKey,
  kNullableOwner,
  kTimestampWithoutTimeZone,
  kCharType,
  kJsonType,
  kSecurityDefinerSearchPath,
  kCount,
};

const FindingKind* KindOf(Lint lint);

}  // namespace pgmoat::policy
