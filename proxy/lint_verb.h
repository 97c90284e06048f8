// The verb `lint`: its options, and what it returns.  What it does is in proxy/lint/.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace pgmoat::cli {

class LintVerb {
 public:
  // Adds `lint`.  `app` outlives it.
  explicit LintVerb(CLI::App& app);
  ~LintVerb();
  LintVerb(const LintVerb&) = delete;
  LintVerb& operator=(const LintVerb&) = delete;

  [[nodiscard]] bool parsed() const;

  // Exit codes: 0 nothing would be refused; 1 something would; 2 a mistake in the options
  // or the config, or a file that cannot be read, which is told on standard error.
  int Run();

 private:
  struct Options;
  std::unique_ptr<Options> options_;
};

}  // namespace pgmoat::cli
