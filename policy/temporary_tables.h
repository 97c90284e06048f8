// The temporary tables that a session made and still has, as far as that is certain.
//
// An `app` may drop, truncate and alter its own.  Their names hide permanent tables of the
// same name only while they exist, so a name is here only from the moment on which the
// server confirmed it until anything that may have removed it.
//
// Threads: one session.
// PostgreSQL documentation: CREATE TABLE, "TEMPORARY"; search_path.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pgmoat::policy {

class TemporaryTables {
 public:
  void Add(std::string_view name) { names_.emplace(name); }
  void Remove(std::string_view name) {
    if (const auto found = names_.find(name); found != names_.end()) names_.erase(found);
  }
  void Clear() { names_.clear(); }
  [[nodiscard]] bool Has(std::string_view name) const { return names_.contains(name); }
  [[nodiscard]] bool Empty() const { return names_.empty(); }

 private:
  std::set<std::string, std::less<>> names_;
};

}  // namespace pgmoat::policy
