#include "proxy/lint/sources.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "proxy/lint/forward_part.h"

namespace pgmoat::lint {

namespace {

namespace fs = std::filesystem;

bool IsLeftOut(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with(".") || name == "node_modules";
}

std::vector<fs::path> ScriptsBelow(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (IsLeftOut(entry->path())) entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".sql" && entry->is_regular_file(ignored) &&
               !IsWayBack(entry->path().filename().string())) {
      found.push_back(entry->path().lexically_normal());
    }
  }
  if (error) {
    throw SourceError("cannot read the folder " + folder.string() + ": " + error.message() +
                      "; check its permissions");
  }
  std::sort(found.begin(), found.end());
  return found;
}

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

}  // namespace

std::vector<fs::path> FindScripts(const std::vector<std::string>& arguments) {
  std::vector<fs::path> found;
  for (const std::string& argument : arguments) {
    std::error_code error;
    const fs::file_status status = fs::status(argument, error);
    if (argument == "-" || (fs::exists(status) && !fs::is_directory(status))) {
      found.emplace_back(argument);
      continue;
    }
    if (!fs::exists(status)) {
      throw SourceError("there is no file or folder " + argument + "; check its name");
    }
    std::vector<fs::path> below = ScriptsBelow(argument);
    if (below.empty()) {
      throw SourceError("no *.sql below " + argument + "; name the folder of the migrations");
    }
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

std::string ReadScriptFile(const fs::path& file) {
  const std::unique_ptr<std::FILE, Close> in(file == "-" ? stdin
                                                         : std::fopen(file.c_str(), "rb"));
  std::string text;
  if (in != nullptr) {
    char chunk[65536];
    std::size_t got = 0;
    while ((got = std::fread(chunk, 1, sizeof chunk, in.get())) > 0) text.append(chunk, got);
  }
  if (in == nullptr || std::ferror(in.get()) != 0) {
    throw SourceError("cannot read " + file.string() + ": " +
                      std::system_category().message(errno) + "; check its permissions");
  }
  return text;
}

}  // namespace pgmoat::lint
