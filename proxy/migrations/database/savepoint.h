// A savepoint around something that may fail without the transaction failing with it.
#pragma once

#include "proxy/migrations/database/database.h"

namespace pgmoat::database {

// What `work` did is undone when it throws ServerError, which goes on to the caller.
template <typename Work>
void InSavepoint(Database& database, Work work) {
  (void)database.Run("SAVEPOINT pgmoat_step");
  try {
    work();
  } catch (const ServerError&) {
    (void)database.Run("ROLLBACK TO SAVEPOINT pgmoat_step");
    (void)database.Run("RELEASE SAVEPOINT pgmoat_step");
    throw;
  }
  (void)database.Run("RELEASE SAVEPOINT pgmoat_step");
}

}  // namespace pgmoat::database
