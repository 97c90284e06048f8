// The files that the command line means.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace pgmoat::lint {

// "what; remedy".
class SourceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Files as they are named; of folders every *.sql below them, in the order of their paths,
// but for hidden folders, node_modules, and files that are a migration's way back.
// Throws SourceError: there is no such file, or a folder has none.
[[nodiscard]] std::vector<std::filesystem::path> FindScripts(
    const std::vector<std::string>& arguments);

// Throws SourceError.  "-": standard input.
[[nodiscard]] std::string ReadScriptFile(const std::filesystem::path& file);

}  // namespace pgmoat::lint
