// Which text may be behind the name of a prepared statement or portal.
//
// A client may pipeline: Parse, Bind and Execute are judged before the server has
// said whether the Parse succeeded.  If it did not, the name still means what it
// meant before.  So a name stands for a set of texts: the one the server confirmed
// and those that are on their way.  A message that uses the name is judged by all
// of them; that is sound whatever the server answers.
//
//   Parse a := T2 ──┐                       ┌─ ParseComplete: a = {T2}
//   (a = {T1})      ├─ a = {T1, T2} ────────┤
//                   │                       └─ ErrorResponse: a = {T1}
//   Bind a ─────────┘  judged by T1 and T2
//
// Threads: one session.
#pragma once

#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/session/judged_text.h"

namespace pgmoat::session {

// Nearly always one: kept without an allocation.
using Texts = boost::container::small_vector<JudgedTextPtr, 1>;

// What the server makes of a name that the protocol gives: the keys of its tables have 63
// bytes, and what is longer is cut without a word, as the parser does with SQL's names.
inline std::string_view NameOnServer(std::string_view name) { return name.substr(0, 63); }

class StatementNames {
 public:
  // The server was asked to give `name` this meaning: one text for a statement; for
  // a portal all those that may be behind the statement it was bound from.
  void Expect(std::string_view name, const Texts& texts);
  // It did: the name means `texts` and nothing older.
  void Confirm(std::string_view name, const Texts& texts) { Confirm(name, texts, texts); }
  // Likewise, and of `texts` it turned out to be `meant`.
  void Confirm(std::string_view name, const Texts& texts, const Texts& meant);
  // It did not.
  void Withdraw(std::string_view name, const Texts& texts);

  // The server forgot the name; what is on its way stays.
  void Forget(std::string_view name);
  // Likewise for all names but the unnamed one (DEALLOCATE ALL) or for all.
  void ForgetNamed();
  void ForgetAll();

  // All texts that may be behind `name`, the confirmed ones first; empty when there is none.
  [[nodiscard]] Texts Find(std::string_view name) const;
  // Those that the server has confirmed.
  [[nodiscard]] Texts Confirmed(std::string_view name) const;

 private:
  // A pipeline binds the unnamed portal tens of thousands of times before the first answer
  // comes.  Answers come in the order of their messages, so one is found where `answered`
  // points, and nothing moves for it but, once in a while, all behind the first half.
  struct Meanings {
    Texts confirmed;
    Texts expected;            // in the order of their messages
    std::size_t answered = 0;  // how many of these are done with; they are null

    [[nodiscard]] bool Unused() const { return confirmed.empty() && expected.empty(); }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  using Map = std::unordered_map<std::string, Meanings, Hash, std::equal_to<>>;

  Meanings& Slot(std::string_view name);
  void EraseIfUnused(std::string_view name);
  static void DropExpected(Meanings& meanings, const Texts& texts);

  Meanings unnamed_;  // by far the most used
  Map named_;
};

}  // namespace pgmoat::session
