#include "proxy/config/section.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

#include "proxy/config/values.h"

namespace pgmoat::config {
namespace {

// A key as an error shows it: a mistaken file may have one of a megabyte, or with bytes
// that a terminal acts on.
std::string Shown(std::string_view key) {
  std::string shown(key.substr(0, 64));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return "'" + shown + (key.size() > 64 ? "…'" : "'");
}

std::string NameUnder(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

constexpr const char* kAliases =
    "aliases (*name) are not allowed here; write the value out, or quote a text that begins "
    "with '*'";

// Looks for what the tree would not show any more.  An alias is refused before a tree is
// built: a few lines of them stand for billions of nodes.
class Inspector final : public YAML::EventHandler {
 public:
  explicit Inspector(const std::string& file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) {
      At(mark).Fail("a second YAML document begins; put everything into one, without '---'");
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { At(mark).Fail(kAliases); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  [[nodiscard]] Place At(const YAML::Mark& mark) const { return {&file_, "", mark.line + 1}; }

  const std::string& file_;
  int documents_ = 0;
};

}  // namespace

void Place::Fail(const std::string& what_and_remedy) const {
  throw ConfigError(*file + ":" + std::to_string(line) + ": " + what_and_remedy);
}

std::string Item::Text() const {
  if (node.IsNull()) place.Fail(Quoted(place.name) + " has no value; write one, or remove it");
  if (!node.IsScalar()) {
    place.Fail(Quoted(place.name) + " is a " + (node.IsMap() ? "mapping" : "list") +
               "; write a single value");
  }
  const std::string& text = node.Scalar();
  if (text.empty()) place.Fail(Quoted(place.name) + " is empty; write a value, or remove it");
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    place.Fail(Quoted(place.name) + " contains a control character; write it on one line");
  }
  return text;
}

std::vector<Item> Item::List() const {
  if (!node.IsSequence()) {
    place.Fail(Quoted(place.name) +
               " is not a list; write its items as '- item' lines or [a, b]");
  }
  if (node.size() == 0)
    place.Fail(Quoted(place.name) + " is an empty list; add an item, or remove it");
  std::vector<Item> items;
  for (const YAML::Node& child : node) {
    items.push_back({{place.file, place.name + "[" + std::to_string(items.size()) + "]",
                      child.Mark().line + 1},
                     child});
  }
  return items;
}

std::vector<std::string> Item::Texts() const {
  std::vector<std::string> texts;
  for (const Item& item : List()) texts.push_back(item.Text());
  return texts;
}

std::vector<Item::Entry> Item::Entries() const {
  const std::string name = place.name.empty() ? "the file" : Quoted(place.name);
  if (!node.IsMap()) place.Fail(name + " is not a mapping; write 'key: value' lines under it");
  if (node.size() == 0) place.Fail(name + " is empty; write 'key: value' lines under it");
  std::vector<Entry> entries;
  for (const auto& pair : node) {
    const Place at{place.file, "", pair.first.Mark().line + 1};
    if (!pair.first.IsScalar())
      at.Fail("a key in " + name + " is not a text; write 'key: value'");
    const std::string& key = pair.first.Scalar();
    const auto earlier = std::find_if(entries.begin(), entries.end(),
                                      [&](const Entry& entry) { return entry.key == key; });
    if (earlier != entries.end()) {
      at.Fail("duplicate key " + Shown(key) + ", first on line " +
              std::to_string(earlier->value.place.line) + "; keep one of them");
    }
    entries.push_back({key, {{place.file, NameUnder(place.name, key), at.line}, pair.second}});
  }
  return entries;
}

Section::Section(const Item& item, std::vector<std::string_view> keys)
    : place_(item.place), entries_(item.Entries()) {
  for (const Item::Entry& entry : entries_) {
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
    const std::string_view nearest = Nearest(entry.key, keys);
    entry.value.place.Fail("unknown key " + Shown(entry.key) +
                           (nearest.empty() ? "; allowed here are " + Joined(keys)
                                            : "; did you mean " + Quoted(nearest) + "?"));
  }
}

std::optional<Item> Section::Find(std::string_view key) const {
  for (const Item::Entry& entry : entries_) {
    if (entry.key == key) return entry.value;
  }
  return {};
}

Item Section::Require(std::string_view key, const std::string& remedy) const {
  std::optional<Item> found = Find(key);
  if (!found) {
    place_.Fail((place_.name.empty() ? "the file" : Quoted(place_.name)) + " has no " +
                Quoted(key) + "; " + remedy);
  }
  return *std::move(found);
}

Item ParseYaml(const std::string& file, const std::string& text) {
  Place top{&file, "", 1};
  YAML::Node root;
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Inspector inspector(file);
    while (parser.HandleNextDocument(inspector)) {
    }
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    top.line = std::max(error.mark.line, 0) + 1;
    // The name of an unknown anchor is a piece of a value, a password's perhaps.
    if (error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) top.Fail(kAliases);
    top.Fail("not valid YAML: " + error.msg +
             "; check the indentation, and quote texts with special characters");
  }
  if (!root.IsDefined() || root.IsNull()) {
    top.Fail("the file is empty; see deploy/pgmoat.example.yaml for one to begin with");
  }
  top.line = root.Mark().line + 1;
  return {top, root};
}

}  // namespace pgmoat::config
