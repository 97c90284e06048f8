#include "proxy/migrations/strict_json.h"

#include <algorithm>
#include <utility>

#include "proxy/migrations/digests.h"

namespace pgmoat::migrations {
namespace {

using nlohmann::json;

// manifest, list, migration, statements, statement, list
constexpr int kMaxDepth = 8;

// Looks for what the tree would not show any more.
class Inspector {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) throw FormatError("is nested deeper than it ever is");
    const auto level = static_cast<std::size_t>(depth);
    if (event == json::parse_event_t::object_start) {
      // Its keys come one level deeper.
      if (keys_.size() < level + 2) keys_.resize(level + 2);
      keys_[level + 1].clear();
    } else if (event == json::parse_event_t::key) {
      std::vector<std::string>& keys = keys_.at(level);
      keys.push_back(parsed.get<std::string>());
      // The list is short: an object has a dozen members.
      if (std::count(keys.begin(), keys.end(), keys.back()) > 1) {
        throw FormatError("has '" + keys.back() + "' twice in one object");
      }
      if (keys.size() > kMaxMembers) throw FormatError("has an object of too many members");
    }
    return true;
  }

 private:
  static constexpr std::size_t kMaxMembers = 32;
  std::vector<std::vector<std::string>> keys_;
};

}  // namespace

json ParseStrictly(std::string_view text) {
  Inspector inspector;
  try {
    return json::parse(text.begin(), text.end(),
                       [&](int depth, json::parse_event_t event, json& parsed) {
                         return inspector(depth, event, parsed);
                       });
  } catch (const json::parse_error& error) {
    // Its own text repeats a piece of the file.
    throw FormatError("is not JSON at byte " + std::to_string(error.byte));
  } catch (const json::exception&) {
    throw FormatError("has a number out of range");
  }
}

Members::Members(const json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) Fail("is not an object");
}

void Members::Fail(const std::string& what) const {
  throw FormatError((where_.empty() ? "it" : where_) + " " + what);
}

const json* Members::Find(const char* name) {
  asked_.emplace_back(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

const json& Members::Require(const char* name) {
  const json* found = Find(name);
  if (found == nullptr) Fail(std::string("has no '") + name + "'");
  return *found;
}

std::string Members::Text(const char* name) {
  const json& value = Require(name);
  if (!value.is_string()) Fail(std::string("has a '") + name + "' that is not a text");
  return value.get<std::string>();
}

std::string Members::TextOr(const char* name, const char* otherwise) {
  return object_.contains(name) ? Text(name) : (Find(name), otherwise);
}

std::uint64_t Members::Number(const char* name) {
  const json& value = Require(name);
  if (!value.is_number_unsigned()) Fail(std::string("has a '") + name + "' that is no count");
  return value.get<std::uint64_t>();
}

bool Members::Flag(const char* name) {
  const json& value = Require(name);
  if (!value.is_boolean()) {
    Fail(std::string("has a '") + name + "' that is neither true nor false");
  }
  return value.get<bool>();
}

bool Members::FlagOr(const char* name, bool otherwise) {
  return object_.contains(name) ? Flag(name) : (Find(name), otherwise);
}

policy::Digest Members::Digest(const char* name) {
  const auto digest = ParseHex(Text(name));
  if (!digest) Fail(std::string("has a '") + name + "' that is no SHA-256 in hex");
  return *digest;
}

const json& Members::Array(const char* name) {
  const json& value = Require(name);
  if (!value.is_array()) Fail(std::string("has a '") + name + "' that is not a list");
  return value;
}

std::vector<std::string> Members::Texts(const char* name) {
  std::vector<std::string> texts;
  if (!object_.contains(name)) {
    Find(name);
    return texts;
  }
  for (const json& value : Array(name)) {
    if (!value.is_string()) Fail(std::string("has a '") + name + "' with what is not a text");
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

void Members::End() const {
  for (const auto& [name, value] : object_.items()) {
    if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
      Fail("has '" + name + "', which this pgmoat does not know");
    }
  }
}

}  // namespace pgmoat::migrations
