#include "policy/fingerprint.h"

#include <string>
#include <vector>

#include "policy/raw_tree.h"
#include "policy/statement_parts.h"
#include "policy/utf8.h"

namespace pgmoat::policy {

namespace {

constexpr std::size_t kLongestText = std::size_t{64} << 10;

// The library goes no further than 100 levels down, except along a chain of set
// operations, where it takes some 80 bytes of stack for each: 1,600 levels went through on
// a stack of 128 KiB, 6,400 on one of 512 KiB.  The program's smallest stack is 512 KiB.
constexpr int kDeepest = 1'000;

// SET (a, b, c) = (…): the library reads what is on the right once for each column.  A
// thousand columns of a thousand nodes take it 0.3 s.
constexpr std::size_t kMostSharedReads = 20'000;

struct Step {
  const void* node;
  int next;  // of a List: the item to visit next
  int depth;
  bool shared;  // in the source of a MultiAssignRef
};

// The library can take the tree without too much stack or time.
class Measure {
 public:
  bool IsFit(const List* statements) {
    steps_.push_back({statements, 0, 0, false});
    while (!steps_.empty()) {
      Step& top = steps_.back();
      if (top.node == nullptr) {
        steps_.pop_back();
        continue;
      }
      if (Tag(top.node) == T_List) {
        const List* list = As<List>(top.node);
        const Step child{top.next < list->length ? Item(list, top.next) : nullptr, 0,
                         top.depth + 1, top.shared};
        if (++top.next >= list->length) steps_.pop_back();
        if (child.node != nullptr) steps_.push_back(child);
        continue;
      }
      const Step step = top;
      steps_.pop_back();
      if (!Visit(step)) return false;
    }
    return nodes_ * columns_ <= kMostSharedReads || columns_ == 0;
  }

 private:
  bool Visit(Step step) {
    ++nodes_;
    if (step.depth > kDeepest) return false;
    const auto* node = As<Node>(step.node);
    if (Tag(node) == T_MultiAssignRef) {
      if (step.shared) return false;  // each level multiplies
      ++columns_;
      step.shared = true;
    }
    Children parts;
    if (!PartsOf(node, parts)) return false;
    for (int i = 0; i < parts.size(); ++i) {
      steps_.push_back({parts[i], 0, step.depth + 1, step.shared});
    }
    return true;
  }

  std::vector<Step> steps_;
  std::size_t nodes_ = 0;
  std::size_t columns_ = 0;  // that share a source
};

}  // namespace

std::optional<std::uint64_t> Fingerprint(std::string_view text) {
  if (text.size() > kLongestText || !IsReadableUtf8(text)) return std::nullopt;
  const std::string sql(text);
  const RawTree tree(sql.c_str());
  if (tree.status() != RawParse::kOk || !Measure().IsFit(tree.statements())) {
    return std::nullopt;
  }
  return FingerprintOf(tree);
}

}  // namespace pgmoat::policy
