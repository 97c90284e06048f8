// The verb `migrations rehearse`: its options, and what it says and returns.  What it does is
// in proxy/migrations/database/.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace pgmoat::cli {

class MigrationsRehearseVerb {
 public:
  // Adds `rehearse` to `migrations`, which outlives it.
  explicit MigrationsRehearseVerb(CLI::App& migrations);
  ~MigrationsRehearseVerb();
  MigrationsRehearseVerb(const MigrationsRehearseVerb&) = delete;
  MigrationsRehearseVerb& operator=(const MigrationsRehearseVerb&) = delete;

  [[nodiscard]] bool parsed() const;

  // Exit codes: 0 the migration runs and no more rows are lost than may be; 1 it fails, or
  // they are; 2 a mistake in the options, or no connection, which is told on standard error.
  int Run() const;

 private:
  struct Options;
  std::unique_ptr<Options> options_;
};

}  // namespace pgmoat::cli
