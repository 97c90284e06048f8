#include "tests/session/trace_message.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "protocol/message.h"

namespace pgmoat::session::testing {

namespace {

// What a message consists of:
//   s String   c Byte1 shown as a letter   b Int8   h Int16   i Int32
//   v Int32 length and bytes, -1: NULL     r the rest, as it is
//   f fields of an error                   z Strings up to an empty one
//   n(…) an Int16 count of …               N(…) an Int32 count of …
struct Format {
  const char* name;
  char type;  // 0: no type byte
  const char* fields;
  std::int32_t code = -1;  // an Int32 that comes first and belongs to the name
};

constexpr Format kFrontend[] = {
    {"Query", 'Q', "s"},
    {"Parse", 'P', "ssn(i)"},
    {"Bind", 'B', "ssn(h)n(v)n(h)"},
    {"Describe", 'D', "cs"},
    {"Execute", 'E', "si"},
    {"Close", 'C', "cs"},
    {"Sync", 'S', ""},
    {"Flush", 'H', ""},
    {"FunctionCall", 'F', "in(h)n(v)h"},
    {"CopyData", 'd', "r"},
    {"CopyDone", 'c', ""},
    {"CopyFail", 'f', "s"},
    {"Terminate", 'X', ""},
    // One type byte for all answers to a challenge, GSSResponse and SASLResponse, too: which
    // it is cannot be told from the bytes.
    {"AuthenticationAnswer", 'p', "r"},
    {"PasswordMessage", 'p', "s"},
    {"SASLInitialResponse", 'p', "sv"},
    {"SSLRequest", 0, "", 80877103},
    {"GSSENCRequest", 0, "", 80877104},
    {"CancelRequest", 0, "ir", 80877102},
    {"StartupMessage", 0, "hhz"},
};

constexpr Format kBackend[] = {
    {"AuthenticationOk", 'R', "", 0},
    {"AuthenticationCleartextPassword", 'R', "", 3},
    {"AuthenticationMD5Password", 'R', "r", 5},
    {"AuthenticationGSS", 'R', "", 7},
    {"AuthenticationGSSContinue", 'R', "r", 8},
    {"AuthenticationSSPI", 'R', "", 9},
    {"AuthenticationSASL", 'R', "z", 10},
    {"AuthenticationSASLContinue", 'R', "r", 11},
    {"AuthenticationSASLFinal", 'R', "r", 12},
    {"NegotiateProtocolVersion", 'v', "iN(s)"},
    {"ParameterStatus", 'S', "ss"},
    {"BackendKeyData", 'K', "ir"},
    {"ReadyForQuery", 'Z', "c"},
    {"RowDescription", 'T', "n(sihihih)"},
    {"ParameterDescription", 't', "n(i)"},
    {"DataRow", 'D', "n(v)"},
    {"CommandComplete", 'C', "s"},
    {"EmptyQueryResponse", 'I', ""},
    {"PortalSuspended", 's', ""},
    {"NoData", 'n', ""},
    {"ParseComplete", '1', ""},
    {"BindComplete", '2', ""},
    {"CloseComplete", '3', ""},
    {"ErrorResponse", 'E', "f"},
    {"NoticeResponse", 'N', "f"},
    {"NotificationResponse", 'A', "iss"},
    {"CopyInResponse", 'G', "bn(h)"},
    {"CopyOutResponse", 'H', "bn(h)"},
    {"CopyBothResponse", 'W', "bn(h)"},
    {"CopyData", 'd', "r"},
    {"CopyDone", 'c', ""},
    {"FunctionCallResponse", 'V', "v"},
};

// --- line -> bytes ---

struct Word {
  char quote = 0;  // '"', '\'' or none
  std::string text;
};

std::vector<Word> Words(std::string_view line) {
  std::vector<Word> words;
  std::size_t at = 0;
  const auto hex = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    Word word;
    if (line[at] == '"' || line[at] == '\'') word.quote = line[at++];
    const char end = word.quote != 0 ? word.quote : ' ';
    for (; at < line.size() && line[at] != end; ++at) {
      if (word.quote == 0 || line[at] != '\\') {
        word.text += line[at];
        continue;
      }
      if (++at == line.size()) break;
      if (line[at] == 'x' && at + 2 < line.size()) {
        word.text += static_cast<char>(hex(line[at + 1]) * 16 + hex(line[at + 2]));
        at += 2;
      } else {
        word.text += line[at] == 'n' ? '\n' : line[at] == 't' ? '\t' : line[at];
      }
    }
    if (word.quote != 0 && at++ >= line.size())
      throw std::invalid_argument("a quote without an end: " + std::string(line));
    words.push_back(std::move(word));
  }
  return words;
}

class Encoder {
 public:
  Encoder(const std::vector<Word>& words, std::vector<std::byte>& out)
      : words_(words), out_(out) {}

  void Number(std::int64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out_.push_back(static_cast<std::byte>((value >> shift) & 0xff));
  }
  void Text(std::string_view text) {
    for (const char c : text) out_.push_back(static_cast<std::byte>(c));
  }
  void Fields(std::string_view fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      switch (fields[i]) {
        case 's':
          String();
          break;
        case 'c':
          Text(Next().text.substr(0, 1));
          break;
        case 'b':
          Number(NextNumber(), 1);
          break;
        case 'h':
          Number(NextNumber(), 2);
          break;
        case 'i':
          Number(NextNumber(), 4);
          break;
        case 'v':
          Value();
          break;
        case 'r':
          if (!Done()) Text(Next().text);
          break;
        case 'f':
          while (!Done()) {
            Text(Next().text);
            String();
          }
          Number(0, 1);
          break;
        case 'z':
          while (!Done()) String();
          Number(0, 1);
          break;
        default:
          i = Counted(fields, i);
      }
    }
  }
  [[nodiscard]] bool Done() const { return at_ == words_.size(); }

 private:
  const Word& Next() {
    if (Done()) throw std::invalid_argument("too few fields for " + words_.front().text);
    return words_[at_++];
  }
  std::int64_t NextNumber() { return std::stoll(Next().text); }
  void String() {
    const Word& word = Next();
    if (word.quote != '"')
      throw std::invalid_argument("a String stands in \"…\": " + word.text);
    Text(word.text);
    Number(0, 1);
  }
  void Value() {
    const Word& word = Next();
    if (word.quote == 0) return Number(-1, 4);
    Number(static_cast<std::int64_t>(word.text.size()), 4);
    Text(word.text);
  }
  // n(…) or N(…) at `i`; returns where it ends.
  std::size_t Counted(std::string_view fields, std::size_t i) {
    const std::size_t end = fields.find(')', i);
    const std::int64_t count = NextNumber();
    Number(count, fields[i] == 'n' ? 2 : 4);
    for (std::int64_t k = 0; k < count; ++k) Fields(fields.substr(i + 2, end - i - 2));
    return end;
  }

  const std::vector<Word>& words_;
  std::vector<std::byte>& out_;
  std::size_t at_ = 1;  // behind the name
};

// --- bytes -> line ---

std::string Quoted(std::string_view text, char quote) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string shown(1, quote);
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n' || c == '\t') {
      shown += c == '\n' ? "\\n" : "\\t";
    } else if (c == quote || c == '\\') {
      shown += std::string("\\") + c;
    } else if (code < 0x20 || code >= 0x7f) {
      shown += std::string("\\x") + kHex[code >> 4] + kHex[code & 15];
    } else {
      shown += c;
    }
  }
  return shown + quote;
}

// Throws std::out_of_range when the body is not what the format says.
class Decoder {
 public:
  explicit Decoder(std::string_view body) : body_(body) {}

  std::int32_t Number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char c : Take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    if (bytes == 2) return static_cast<std::int16_t>(value);
    return static_cast<std::int32_t>(value);
  }
  std::string Fields(std::string_view fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      switch (fields[i]) {
        case 's':
          line += " " + Quoted(String(), '"');
          break;
        case 'c':
          line += " " + std::string(Take(1));
          break;
        case 'b':
          line += " " + std::to_string(Number(1));
          break;
        case 'h':
          line += " " + std::to_string(Number(2));
          break;
        case 'i':
          line += " " + std::to_string(Number(4));
          break;
        case 'v': {
          const std::int32_t length = Number(4);
          line +=
              length < 0 ? " NULL" : " " + Quoted(Take(static_cast<std::size_t>(length)), '\'');
          break;
        }
        case 'r':
          if (!Done()) line += " " + Quoted(Take(body_.size()), '\'');
          break;
        case 'f':
          while (body_.at(0) != '\0') {
            line += " " + std::string(Take(1));
            line += " " + Quoted(String(), '"');
          }
          Take(1);
          break;
        case 'z':
          while (body_.at(0) != '\0') line += " " + Quoted(String(), '"');
          Take(1);
          break;
        default: {
          const std::size_t end = fields.find(')', i);
          const std::int32_t count = Number(fields[i] == 'n' ? 2 : 4);
          line += " " + std::to_string(count);
          for (std::int32_t k = 0; k < count; ++k)
            line += Fields(fields.substr(i + 2, end - i - 2));
          i = end;
        }
      }
    }
    return line;
  }
  [[nodiscard]] bool Done() const { return body_.empty(); }

 private:
  std::string_view Take(std::size_t size) {
    if (size > body_.size()) throw std::out_of_range("a field");
    const std::string_view taken = body_.substr(0, size);
    body_.remove_prefix(size);
    return taken;
  }
  std::string_view String() {
    const std::size_t end = body_.find('\0');
    if (end == std::string_view::npos) throw std::out_of_range("a String");
    const std::string_view taken = Take(end);
    Take(1);
    return taken;
  }

  std::string_view body_;
};

std::string DecodeBody(char type, std::string_view body, bool from_client) {
  const Format* begin = from_client ? std::begin(kFrontend) : std::begin(kBackend);
  const Format* end = from_client ? std::end(kFrontend) : std::end(kBackend);
  for (const Format* format = begin; format != end; ++format) {
    if (format->type != type) continue;
    try {
      Decoder decoder(body);
      if (format->code >= 0 && decoder.Number(4) != format->code) continue;
      std::string line = format->name + decoder.Fields(format->fields);
      if (decoder.Done()) return line;
    } catch (const std::out_of_range&) {
    }
  }
  return std::string("(no such message) ") + type + " " + Quoted(body, '\'');
}

}  // namespace

std::vector<std::byte> EncodeLine(std::string_view line, bool from_client) {
  const std::vector<Word> words = Words(line);
  if (words.empty()) throw std::invalid_argument("no message");
  std::vector<std::byte> out;
  if (words[0].text == "EncryptionAnswer") {
    out.push_back(static_cast<std::byte>(words.at(1).text[0]));
    return out;
  }
  const Format* begin = from_client ? std::begin(kFrontend) : std::begin(kBackend);
  const Format* end = from_client ? std::end(kFrontend) : std::end(kBackend);
  const Format* format =
      std::find_if(begin, end, [&](const Format& f) { return words[0].text == f.name; });
  if (format == end) throw std::invalid_argument("no such message: " + std::string(line));
  Encoder encoder(words, out);
  if (format->type != 0) encoder.Text(std::string_view(&format->type, 1));
  const std::size_t start = out.size();
  encoder.Number(0, 4);
  if (format->code >= 0) encoder.Number(format->code, 4);
  encoder.Fields(format->fields);
  if (!encoder.Done()) throw std::invalid_argument("too many fields: " + std::string(line));
  const std::size_t length = out.size() - start;
  for (std::size_t i = 0; i < 4; ++i)
    out[start + i] = static_cast<std::byte>(length >> (8 * (3 - i)) & 0xff);
  return out;
}

std::vector<std::string> LineDecoder::Decode(const std::vector<std::byte>& more) {
  bytes_.insert(bytes_.end(), more.begin(), more.end());
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < bytes_.size()) {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + at,
                                bytes_.size() - at);
    if (answer_byte_) {
      lines.push_back("EncryptionAnswer " + std::string(rest.substr(0, 1)));
      answer_byte_ = false;
      ++at;
      continue;
    }
    const std::size_t header = untyped_ ? 0 : 1;
    if (rest.size() < header + 4) break;
    const std::size_t length = protocol::LoadUint32(bytes_.data() + at + header);
    if (rest.size() < header + length) break;
    const std::string line = DecodeBody(untyped_ ? '\0' : rest[0],
                                        rest.substr(header + 4, length - 4), from_client_);
    if (line.starts_with("StartupMessage")) untyped_ = false;
    lines.push_back(line);
    at += header + length;
  }
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  return lines;
}

}  // namespace pgmoat::session::testing
