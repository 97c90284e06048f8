// Command tags of CREATE, ALTER and DROP by kind of object, as the server spells
// them.  Static storage.
#pragma once

#include <string_view>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

struct ObjectTags {
  std::string_view create = "CREATE";
  std::string_view alter = "ALTER";
  std::string_view drop = "DROP";
};

ObjectTags TagsOf(ObjectType type);

}  // namespace pgmoat::policy
