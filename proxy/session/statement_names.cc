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
  if (it != named_.end() && it->second.texts.empty()) named_.erase(it);
}

void StatementNames::DropConfirmed(Meanings& meanings) {
  meanings.texts.erase(
      meanings.texts.begin(),
      meanings.texts.begin() + static_cast<std::ptrdiff_t>(meanings.confirmed));
  meanings.confirmed = 0;
}

void StatementNames::DropExpected(Meanings& meanings, const Texts& texts) {
  for (const JudgedTextPtr& text : texts) {
    const auto expected =
        meanings.texts.begin() + static_cast<std::ptrdiff_t>(meanings.confirmed);
    const auto it = std::find(expected, meanings.texts.end(), text);
    if (it != meanings.texts.end()) meanings.texts.erase(it);
  }
}

void StatementNames::Expect(std::string_view name, const Texts& texts) {
  Meanings& meanings = Slot(name);
  meanings.texts.insert(meanings.texts.end(), texts.begin(), texts.end());
}

void StatementNames::Confirm(std::string_view name, const Texts& texts) {
  Meanings& meanings = Slot(name);
  DropExpected(meanings, texts);
  DropConfirmed(meanings);
  meanings.texts.insert(meanings.texts.begin(), texts.begin(), texts.end());
  meanings.confirmed = texts.size();
}

void StatementNames::Withdraw(std::string_view name, const Texts& texts) {
  DropExpected(Slot(name), texts);
  EraseIfUnused(name);
}

void StatementNames::Forget(std::string_view name) {
  DropConfirmed(Slot(name));
  EraseIfUnused(name);
}

void StatementNames::ForgetNamed() {
  for (auto it = named_.begin(); it != named_.end();) {
    DropConfirmed(it->second);
    it = it->second.texts.empty() ? named_.erase(it) : std::next(it);
  }
}

void StatementNames::ForgetAll() {
  DropConfirmed(unnamed_);
  ForgetNamed();
}

const Texts& StatementNames::Find(std::string_view name) const {
  static const Texts kNone;
  if (name.empty()) return unnamed_.texts;
  const auto it = named_.find(name);
  return it != named_.end() ? it->second.texts : kNone;
}

}  // namespace pgmoat::session
