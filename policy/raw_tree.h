// libpg_query's raw parse tree, and everything that differs between its
// releases.  Private to policy/: PostgreSQL's headers define macros that nobody
// else should meet.
//
// Lifetime: nodes live in a memory context of libpg_query; they die with the
//   RawTree.  At most one RawTree per thread at a time.
// Threads:  libpg_query sets up its thread-local state by itself, on first use;
//   call it on fixed threads.
// Errors:   libpg_query leaves by longjmp, but pg_query_raw_parse catches its own
//   and returns an error.  After that we only read: nothing here allocates from
//   PostgreSQL's memory, so nothing jumps over a C++ frame.
#pragma once

// Each needs the ones before it.
// clang-format off
extern "C" {
#include "postgres.h"
#include "pg_query.h"
#include "pg_query/pg_query_internal.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "nodes/primnodes.h"
#include "nodes/parsenodes.h"
#include "nodes/lockoptions.h"
#include "catalog/pg_class.h"
#include "storage/lockdefs.h"
}
// clang-format on

#include <cstdint>
#include <string>
#include <string_view>

namespace pgmoat::policy {

enum class RawParse { kOk, kSyntaxError, kTooDeep };

class RawTree {
 public:
  // `sql` is a C string.
  explicit RawTree(const char* sql);
  ~RawTree();
  RawTree(const RawTree&) = delete;
  RawTree& operator=(const RawTree&) = delete;

  [[nodiscard]] RawParse status() const { return status_; }
  // A List of RawStmt, or null: no statement at all.
  [[nodiscard]] const List* statements() const { return statements_; }
  // What the parser said against the text, in its own words, which may repeat a part of it;
  // and at which character, counting from 1 (0: it did not say).
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] int error_position() const { return error_position_; }

 private:
  MemoryContext context_ = nullptr;
  const List* statements_ = nullptr;
  RawParse status_ = RawParse::kOk;
  std::string error_;
  int error_position_ = 0;
};

// --- reading nodes ---

inline NodeTag Tag(const void* node) { return static_cast<const Node*>(node)->type; }

template <typename T>
const T* As(const void* node) {
  return static_cast<const T*>(node);
}

inline int Length(const List* list) { return list == nullptr ? 0 : list->length; }

inline const Node* Item(const List* list, int index) {
  return static_cast<const Node*>(list->elements[index].ptr_value);
}

inline std::string_view View(const char* chars) {
  return chars == nullptr ? std::string_view() : std::string_view(chars);
}

// The text of a String node; empty for any other node.
std::string_view StringOf(const Node* node);

// A constant, whether it comes as A_Const (expressions) or as a bare value node
// (options).
struct Constant {
  enum class Type { kNone, kNull, kInteger, kFloat, kBoolean, kString, kBitString };
  Type type = Type::kNone;
  long integer = 0;       // kInteger, kBoolean
  std::string_view text;  // kFloat, kString, kBitString
};
Constant ConstantOf(const Node* node);

// libpg_query's fingerprint of the tree.  Recurses: for trees whose depth is known.
std::uint64_t FingerprintOf(const RawTree& tree);

// A DefElem of that name is among the options.
bool HasOption(const List* options, std::string_view name);

// A WHEN clause of MERGE that updates or deletes rows which the target has already.
bool ChangesTargetRows(const MergeWhenClause* when);
// WHEN NOT MATCHED BY SOURCE: the rows that ON does not join.
bool IsForUnjoinedTargetRows(const MergeWhenClause* when);

}  // namespace pgmoat::policy
