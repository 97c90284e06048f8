// One mapping of the config file, read strictly: unknown and repeated keys are errors,
// and every error begins with "file:line: ".
//
// Private to proxy/config: the only header that knows yaml-cpp.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/config.h"

namespace pgmoat::config {

// A node, and what it is called and where it stands, for errors.
struct Place {
  const std::string* file = nullptr;  // outlives the place
  std::string name;                   // "listen[0].tls"; empty at the top
  int line = 1;                       // of the key that leads here, or of the list item

  [[noreturn]] void Fail(const std::string& what_and_remedy) const;
};

struct Item {
  Place place;
  YAML::Node node;

  // A scalar's text.  Errors: not a scalar, or nothing there.
  [[nodiscard]] std::string Text() const;
  // A sequence's items.  Errors: not a sequence, or an empty one.
  [[nodiscard]] std::vector<Item> List() const;
  // Both.
  [[nodiscard]] std::vector<std::string> Texts() const;
  // A mapping's entries in the order of the file, whatever their keys; repeated keys are
  // errors.  Errors: not a mapping, or an empty one.
  struct Entry;
  [[nodiscard]] std::vector<Entry> Entries() const;
};

struct Item::Entry {
  std::string key;
  Item value;
};

class Section {
 public:
  // Fails unless `item` is a mapping with keys from `keys` only.
  Section(const Item& item, std::vector<std::string_view> keys);

  [[nodiscard]] std::optional<Item> Find(std::string_view key) const;
  // `remedy`: what to write when it is missing.
  [[nodiscard]] Item Require(std::string_view key, const std::string& remedy) const;

 private:
  Place place_;
  std::vector<Item::Entry> entries_;
};

// Parses the text of a file.  Errors: syntax, several documents, aliases, nothing in it.
// `file` outlives the result.
Item ParseYaml(const std::string& file, const std::string& text);

}  // namespace pgmoat::config
