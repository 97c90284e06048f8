#include "proxy/lint/script.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "policy/first_word.h"

namespace pgmoat::lint {

namespace {

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(char c) { return IsLetter(c) || IsDigit(c); }

std::string Lower(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <std::size_t N>
bool IsOneOf(std::string_view word, const std::string_view (&all)[N]) {
  return std::find(std::begin(all), std::end(all), word) != std::end(all);
}

// What decides where a statement ends, word by word: the body of a function in BEGIN ATOMIC
// … END has semicolons of its own; COPY … FROM stdin has data behind it.
class StatementWords {
 public:
  void Take(const std::string& word, bool in_parentheses) {
    if (count_ < kept_.size()) kept_[count_] = word;
    ++count_;
    from_stdin_ |= word == "stdin" && last_ == "from";
    last_ = word;
    if (in_parentheses || !DefinesRoutine()) return;
    if (word == "begin") ++bodies_;
    if (word == "case" && bodies_ > 0) ++bodies_;
    if (word == "end" && bodies_ > 0) --bodies_;
  }
  [[nodiscard]] bool InBody() const { return bodies_ > 0; }
  [[nodiscard]] bool CopiesFromStdin() const { return kept_[0] == "copy" && from_stdin_; }

 private:
  [[nodiscard]] bool DefinesRoutine() const {
    if (kept_[0] != "create") return false;
    const std::string& what = kept_[1] == "or" && kept_[2] == "replace" ? kept_[3] : kept_[1];
    return what == "function" || what == "procedure";
  }

  std::array<std::string, 4> kept_;
  std::size_t count_ = 0;
  std::string last_;
  bool from_stdin_ = false;
  int bodies_ = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { script_.sql = text; }

  Script Read() {
    if (text_.starts_with("\xEF\xBB\xBF")) Skip(3);  // a byte order mark
    begin_ = at_;
    while (at_ < text_.size()) ReadToken();
    EndPiece(at_);
    return std::move(script_);
  }

 private:
  [[nodiscard]] std::string_view Rest() const { return text_.substr(at_); }
  [[nodiscard]] char Next(std::size_t ahead = 1) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t EndOfLine() const {
    return std::min(text_.find('\n', at_), text_.size());
  }

  void Blank(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (script_.sql[i] != '\n' && script_.sql[i] != '\r') script_.sql[i] = ' ';
    }
  }
  void Skip(std::size_t count) {
    Blank(at_, at_ + count);
    at_ += count;
  }

  void ReadToken() {
    const char c = text_[at_];
    if (Rest().starts_with("--") || Rest().starts_with("/*")) {
      at_ = policy::EndOfComment(text_, at_);
    } else if (c == '\n' && data_follows_) {
      SkipData();
    } else if (c == '\'') {
      ReadQuoted('\'', false);
    } else if (c == '"') {
      ReadQuoted('"', false);
    } else if (c == '$') {
      ReadDollar();
    } else if (c == '\\') {
      ReadCommand();
    } else if (c == ':') {
      ReadColon();
    } else if (c == ';' && depth_ == 0 && !words_.InBody()) {
      ReadSemicolon();
    } else if (IsLetter(c)) {
      ReadWord();
    } else if (IsDigit(c)) {
      while (at_ < text_.size() && IsWordPart(text_[at_])) ++at_;
    } else {
      if (c == '(') ++depth_;
      if (c == ')' && depth_ > 0) --depth_;
      ++at_;
    }
  }

  // A doubled quote ends one string and begins the next, which comes to the same.
  void ReadQuoted(char quote, bool escapes) {
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      at_ += escapes && text_[at_] == '\\' ? 2 : 1;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  void ReadDollar() {
    std::size_t end = at_ + 1;
    if (end < text_.size() && IsLetter(text_[end])) {
      while (end < text_.size() && IsWordPart(text_[end])) ++end;
    }
    if (end >= text_.size() || text_[end] != '$') {
      at_ = end;  // $1
      return;
    }
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = text_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  }

  void ReadWord() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (IsWordPart(text_[at_]) || text_[at_] == '$')) ++at_;
    const std::string word = Lower(text_.substr(begin, at_ - begin));
    if (word == "e" && at_ < text_.size() && text_[at_] == '\'') {
      ReadQuoted('\'', true);
    } else {
      words_.Take(word, depth_ > 0);
    }
  }

  void ReadColon() {
    const std::size_t begin = at_;
    const char c = Next();
    std::size_t end = at_ + 1;
    if (c == ':' || c == '=') {
      at_ += 2;
      return;
    }
    const bool quoted = c == '\'' || c == '"';
    const bool test = c == '{' && Next(2) == '?';
    if (quoted) ++end;
    if (test) end += 2;
    const std::size_t name = end;
    while (end < text_.size() && IsWordPart(text_[end])) ++end;
    const char close = test ? '}' : c;
    const bool closed = !(quoted || test) || (end < text_.size() && text_[end] == close);
    if (end == name || IsDigit(text_[name]) || !closed) {
      ++at_;
      return;
    }
    if (quoted || test) ++end;
    variables_.push_back({begin, end});
    at_ = end;
  }

  void ReadSemicolon() {
    data_follows_ = words_.CopiesFromStdin();
    EndPiece(at_);
    begin_ = ++at_;
  }

  // From the line behind COPY on, to a line "\." or the end.
  void SkipData() {
    const std::size_t begin = at_;
    std::size_t line = at_;
    while (line < text_.size()) {
      const std::size_t next = std::min(text_.find('\n', line + 1), text_.size());
      std::string_view content = text_.substr(line + 1, next - line - 1);
      if (content.ends_with('\r')) content.remove_suffix(1);
      line = next;
      if (content == "\\.") break;
    }
    Blank(begin, line);
    at_ = line;
    data_follows_ = false;
  }

  void ReadCommand() {
    const std::size_t begin = at_;
    if (Next() == ';') {  // parts statements, and sends nothing yet
      script_.sql[at_] = ' ';
      ++at_;
      EndPiece(at_);
      begin_ = ++at_;
      return;
    }
    ++at_;
    while (at_ < text_.size() && IsLetter(text_[at_])) ++at_;
    const std::string name(text_.substr(begin + 1, at_ - begin - 1));
    const std::string argument = FirstArgument();
    const std::size_t end = EndOfLine();
    Blank(begin, end);
    at_ = end;
    constexpr std::string_view kSends[] = {"g",     "gx",    "gset",        "gexec",
                                           "gdesc", "watch", "crosstabview"};
    constexpr std::string_view kReads[] = {"i", "ir", "include", "include_relative"};
    if (IsOneOf(name, kSends)) {
      if (EndPiece(begin)) script_.sql[begin] = ';';
      begin_ = at_;
    } else if (name == "r" || name == "reset") {
      Blank(begin_, begin);
      Forget();
      begin_ = at_;
    }
    if (name == "gexec") {
      Note(begin, "what \\gexec runs comes from the database; it is not judged here");
    } else if (IsOneOf(name, kReads)) {
      Note(begin, "psql reads " + argument + " here; name that file, too, to have it judged");
    }
  }

  [[nodiscard]] std::string FirstArgument() const {
    const std::string_view line = text_.substr(at_, EndOfLine() - at_);
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return "a file";
    const std::size_t end = line.find_first_of(" \t\r", begin);
    return std::string(line.substr(begin, end == std::string_view::npos ? end : end - begin));
  }

  void Note(std::size_t offset, std::string what) {
    script_.notes.push_back({offset, std::move(what)});
  }

  // False: there was nothing.
  bool EndPiece(std::size_t end) {
    const bool any =
        policy::FirstWord(std::string_view(script_.sql).substr(0, end), begin_) < end;
    if (any) script_.pieces.push_back({begin_, end, std::move(variables_)});
    Forget();
    return any;
  }
  void Forget() {
    variables_.clear();
    words_ = StatementWords();
    depth_ = 0;
  }

  std::string_view text_;
  Script script_;
  std::size_t at_ = 0;
  // Of the statement that is being read.
  std::size_t begin_ = 0;
  int depth_ = 0;
  StatementWords words_;
  std::vector<Variable> variables_;
  bool data_follows_ = false;  // COPY's, from the next line on
};

}  // namespace

Script ReadScript(std::string_view text) { return Reader(text).Read(); }

void FillIn(const std::vector<Variable>& variables, BareVariable bare, std::string& sql) {
  for (const Variable& variable : variables) {
    const std::size_t length = variable.end - variable.begin;
    std::string filled(length, ' ');
    const char c = sql[variable.begin + 1];
    if (c == '{') {
      filled.replace(0, 4, "TRUE");
    } else if (c == '\'' || c == '"' || bare == BareVariable::kName) {
      filled.replace(1, length - 1, sql, variable.begin + 1, length - 1);
    } else {
      filled.replace(0, 2, "$1");
    }
    sql.replace(variable.begin, length, filled);
  }
}

}  // namespace pgmoat::lint
