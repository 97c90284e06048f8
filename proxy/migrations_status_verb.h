// The verb `migrations status`: its options, and what it says and returns.  What it does is
// in proxy/migrations/database/.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace pgmoat::cli {

class MigrationsStatusVerb {
 public:
  // Adds `status` to `migrations`, which outlives it.
  explicit MigrationsStatusVerb(CLI::App& migrations);
  ~MigrationsStatusVerb();
  MigrationsStatusVerb(const MigrationsStatusVerb&) = delete;
  MigrationsStatusVerb& operator=(const MigrationsStatusVerb&) = delete;

  [[nodiscard]] bool parsed() const;

  // Exit codes: 0 all is applied or pending; 1 something is unknown, changed or failed; 2 a
  // mistake in the options or files, or no connection, which is told on standard error.
  int Run() const;

 private:
  struct Options;
  std::unique_ptr<Options> options_;
};

}  // namespace pgmoat::cli
