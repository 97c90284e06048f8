// A file of SQL as psql reads it: what of it is sent to the server.
//
// psql's own commands (\set, \i, \connect, \copy …) and the data behind COPY … FROM stdin
// become spaces, so that every offset stays what it is in the file.
//
// Documentation: psql, "Meta-Commands" and "SQL Interpolation".
//
// Threads: any.  Cost: linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::lint {

// Where psql puts the value of a variable: :name, :'name', :"name", :{?name}.
struct Variable {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// What is sent as one statement; never only space and comments.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;  // without the semicolon
  std::vector<Variable> variables;
};

// Something that the file does and that a reader of its SQL does not see.
struct ScriptNote {
  std::size_t offset = 0;
  std::string text;
};

struct Script {
  std::string sql;  // as long as the file
  std::vector<Piece> pieces;
  std::vector<ScriptNote> notes;
};

// `text`: UTF-8, or at least nothing with NUL in it.
[[nodiscard]] Script ReadScript(std::string_view text);

// Puts something of the same length for the variables, so that the statement can be read:
// a string or name of the variable's own name, and for a bare one a parameter ("$1") or,
// where the grammar wants a name, that name.
enum class BareVariable { kParameter, kName };
void FillIn(const std::vector<Variable>& variables, BareVariable bare, std::string& sql);

}  // namespace pgmoat::lint
