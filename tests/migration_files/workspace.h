// A directory of the test's own, with keys in it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "proxy/signing/keys.h"

namespace pgmoat::migrations {

class Workspace : public testing::Test {
 protected:
  Workspace() {
    std::string name = (std::filesystem::temp_directory_path() / "pgmoat-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~Workspace() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::filesystem::path In(const std::string& name) const {
    return directory_ / name;
  }
  std::filesystem::path Put(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(In(name).parent_path());
    std::ofstream(In(name), std::ios::binary) << text;
    return In(name);
  }
  static std::string Read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Makes NAME.key and NAME.key.pub.
  signing::SigningKey Key(const std::string& name) {
    if (!std::filesystem::exists(In(name + ".key"))) signing::MakeKeyFiles(In(name + ".key"));
    return signing::SigningKey(In(name + ".key"));
  }
  std::filesystem::path PublicKey(const std::string& name) {
    Key(name);
    return In(name + ".key.pub");
  }
  signing::PublicKeys PublicKeys(const std::vector<std::string>& names) {
    signing::PublicKeys keys;
    for (const std::string& name : names) keys.Add(PublicKey(name));
    return keys;
  }

  std::filesystem::path directory_;
};

// What `f` throws, as text.
template <typename F>
std::string ErrorOf(F f) {
  try {
    f();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace pgmoat::migrations
