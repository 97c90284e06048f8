#include "proxy/session/statement_names.h"

#include <algorithm>

namespace pgmoat::session {

StatementNames::Meanings& StatementNames::Slot(std::string_view name) {
  if (name.empty()) return unnamed_;
  const auto it = named_.find(name);
  return it != named_.end() ? it->second : named_[std::string(name)];
}

void StatementNames::EraseIfUnused(std::string_view name) {
  if (name.empty()) return;
  const auto it = named_.find(name);
  if (it != named_.end() && it->second.Unused()) named_.erase(it);
}

void StatementNames::DropExpected(Meanings& meanings, const Texts& texts) {
  Texts& expected = meanings.expected;
  const auto at = [&](std::size_t index) {
    return expected.begin() + static_cast<std::ptrdiff_t>(index);
  };
  for (const JudgedTextPtr& text : texts) {
    const auto it = std::find(at(meanings.answered), expected.end(), text);
    if (it == expected.end()) continue;
    if (it != at(meanings.answered)) {
      expected.erase(it);
      continue;
    }
    it->reset();
    ++meanings.answered;
    if (meanings.answered * 2 >= expected.size()) {
      expected.erase(expected.begin(), at(meanings.answered));
      meanings.answered = 0;
    }
  }
}

void StatementNames::Expect(std::string_view name, const Texts& texts) {
  Texts& expected = Slot(name).expected;
  expected.insert(expected.end(), texts.begin(), texts.end());
}

void StatementNames::Confirm(std::string_view name, const Texts& texts, const Texts& meant) {
  Meanings& meanings = Slot(name);
  DropExpected(meanings, texts);
  meanings.confirmed = meant;
}

void StatementNames::Withdraw(std::string_view name, const Texts& texts) {
  DropExpected(Slot(name), texts);
  EraseIfUnused(name);
}

void StatementNames::Forget(std::string_view name) {
  Slot(name).confirmed.clear();
  EraseIfUnused(name);
}

void StatementNames::ForgetNamed() {
  for (auto it = named_.begin(); it != named_.end();) {
    it->second.confirmed.clear();
    it = it->second.Unused() ? named_.erase(it) : std::next(it);
  }
}

void StatementNames::ForgetAll() {
  unnamed_.confirmed.clear();
  ForgetNamed();
}

Texts StatementNames::Confirmed(std::string_view name) const {
  if (name.empty()) return unnamed_.confirmed;
  const auto it = named_.find(name);
  return it == named_.end() ? Texts() : it->second.confirmed;
}

Texts StatementNames::Find(std::string_view name) const {
  const Meanings* meanings = &unnamed_;
  if (!name.empty()) {
    const auto it = named_.find(name);
    if (it == named_.end()) return {};
    meanings = &it->second;
  }
  Texts all = meanings->confirmed;
  all.insert(all.end(),
             meanings->expected.begin() + static_cast<std::ptrdiff_t>(meanings->answered),
             meanings->expected.end());
  return all;
}

}  // namespace pgmoat::session
