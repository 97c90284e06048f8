// Config files in a directory of their own, and what Load makes of them.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "proxy/config/config.h"

namespace pgmoat::config {

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string name = (std::filesystem::temp_directory_path() / "pgmoat-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~ConfigTest() override { std::filesystem::remove_all(directory_); }

  std::string Put(const std::string& name, const std::string& text) {
    const std::filesystem::path path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  Config LoadText(const std::string& text, std::uint64_t version = 1) {
    return Load(Put("pgmoat.yaml", text), version);
  }
  // The error without the directory: "pgmoat.yaml:3: …".
  std::string ErrorOf(const std::string& text) { return ErrorOfFile(Put("pgmoat.yaml", text)); }
  std::string ErrorOfFile(const std::string& path) {
    try {
      Load(path, 1);
    } catch (const ConfigError& error) {
      std::string what = error.what();
      const std::string prefix = directory_.string() + "/";
      if (what.starts_with(prefix)) what.erase(0, prefix.size());
      return what;
    }
    return "no error";
  }

  std::filesystem::path directory_;
};

}  // namespace pgmoat::config
