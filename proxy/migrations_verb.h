// The verbs `migrations approve`, `show` and `keygen`: their options, and what they say and
// return.  What they do is in migrations_commands.h and proxy/migrations/.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace pgmoat::cli {

class MigrationsVerb {
 public:
  // Adds its verbs to `migrations`, which outlives it.
  explicit MigrationsVerb(CLI::App& migrations);
  ~MigrationsVerb();
  MigrationsVerb(const MigrationsVerb&) = delete;
  MigrationsVerb& operator=(const MigrationsVerb&) = delete;

  [[nodiscard]] bool parsed() const;

  // Exit codes: 0; 1 not approved: something is destroyed that nobody accepted, the manifest
  // is not what the files are, or a signature is not right; 2 a mistake in the options or in
  // a file, which is told on standard error.
  int Run() const;

 private:
  struct Options;
  std::unique_ptr<Options> options_;
};

}  // namespace pgmoat::cli
