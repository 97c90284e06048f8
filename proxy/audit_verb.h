// The verbs `audit verify`, `keygen`, `schema`, `tail` and `query`: their options, and what
// they say and return.  What they do is in proxy/audit/reading/.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace pgmoat::cli {

class AuditVerb {
 public:
  // Adds `audit` and its verbs.  `app` outlives it.
  explicit AuditVerb(CLI::App& app);
  ~AuditVerb();
  AuditVerb(const AuditVerb&) = delete;
  AuditVerb& operator=(const AuditVerb&) = delete;

  [[nodiscard]] bool parsed() const;

  // Exit codes: 0; verify: 1 when the trail is not what pgmoat wrote; 2 a mistake in the
  // options, or a file that cannot be read, which is told on standard error.
  int Run();

 private:
  struct Options;
  std::unique_ptr<Options> options_;
};

}  // namespace pgmoat::cli
