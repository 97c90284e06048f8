#include "proxy/session/catalog_store.h"

namespace pgmoat::session {

CatalogSnapshot DatabaseCatalog::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void DatabaseCatalog::Keep(const CatalogSnapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  const bool newer = snapshot.generation != current_.generation
                         ? snapshot.generation > current_.generation
                         : snapshot.taken >= current_.taken;
  if (!current_.catalog || newer) current_ = snapshot;
}

DatabaseCatalog& CatalogStore::Of(std::string_view environment, std::string_view database) {
  const std::lock_guard lock(mutex_);
  return databases_[{std::string(environment), std::string(database)}];
}

}  // namespace pgmoat::session
