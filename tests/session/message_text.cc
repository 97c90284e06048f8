#include "tests/session/message_text.h"

#include <functional>
#include <map>
#include <regex>
#include <stdexcept>

#include "protocol/backend.h"
#include "protocol/frontend.h"
#include "protocol/message_writer.h"
#include "protocol/startup.h"

namespace pgmoat::session::testing {

namespace {

using protocol::BackendType;
using protocol::FrontendType;
using protocol::MessageWriter;
using Words = std::vector<std::string>;
using Buffer = std::vector<std::byte>;

const std::string& Arg(const Words& words, std::size_t i) {
  static const std::string kEmpty;
  return i < words.size() ? words[i] : kEmpty;
}
std::int32_t Number(const Words& words, std::size_t i) {
  return Arg(words, i).empty() ? 0 : static_cast<std::int32_t>(std::stol(words[i]));
}

void EncodeStartupLine(Buffer& out, const Words& words) {
  protocol::StartupMessage message;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const std::string value = words[i].substr(equals + 1);
    if (name == "minor") {
      message.version.minor = static_cast<std::uint16_t>(std::stoi(value));
    } else {
      message.parameters.emplace_back(name, value);
    }
  }
  protocol::EncodeStartup(out, message);
}

using Encoder = std::function<void(Buffer&, const Words&)>;

Encoder Plain(FrontendType type) {
  return [type](Buffer& out, const Words&) { MessageWriter writer(out, type); };
}
Encoder Plain(BackendType type) {
  return [type](Buffer& out, const Words&) { MessageWriter writer(out, type); };
}
template <typename Type>
Encoder OneString(Type type) {
  return [type](Buffer& out, const Words& w) { MessageWriter(out, type).String(Arg(w, 1)); };
}
template <typename Type>
Encoder RawBody(Type type) {
  return [type](Buffer& out, const Words& w) {
    MessageWriter(out, type).Append(protocol::AsBytes(Arg(w, 1)));
  };
}
Encoder Authentication(std::int32_t kind) {
  return [kind](Buffer& out, const Words& w) {
    MessageWriter writer(out, BackendType::kAuthentication);
    writer.Int32(kind);
    writer.Append(protocol::AsBytes(Arg(w, 1)));
  };
}

const std::map<std::string, Encoder>& ClientEncoders() {
  static const std::map<std::string, Encoder> kEncoders = {
      {"Startup", EncodeStartupLine},
      {"SSLRequest", [](Buffer& out, const Words&) { protocol::EncodeSslRequest(out); }},
      {"GSSENCRequest", [](Buffer& out, const Words&) { MessageWriter(out).Int32(80877104); }},
      {"CancelRequest",
       [](Buffer& out, const Words&) {
         MessageWriter(out).Int32(80877102).Int32(4711).Int32(1);
       }},
      {"Raw",
       [](Buffer& out, const Words& w) {
         for (const char c : Arg(w, 1)) out.push_back(static_cast<std::byte>(c));
       }},
      {"Password", OneString(FrontendType::kPassword)},
      {"SASLInitialResponse",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, FrontendType::kPassword)
             .String(Arg(w, 1))
             .Int32(static_cast<std::int32_t>(Arg(w, 2).size()))
             .Append(protocol::AsBytes(Arg(w, 2)));
       }},
      {"Query", OneString(FrontendType::kQuery)},
      {"Parse",
       [](Buffer& out, const Words& w) { protocol::EncodeParse(out, Arg(w, 1), Arg(w, 2)); }},
      {"Bind",
       [](Buffer& out, const Words& w) { protocol::EncodeBind(out, Arg(w, 1), Arg(w, 2)); }},
      {"Describe",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, FrontendType::kDescribe)
             .Byte1(static_cast<std::uint8_t>(Arg(w, 1)[0]))
             .String(Arg(w, 2));
       }},
      {"Close",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, FrontendType::kClose)
             .Byte1(static_cast<std::uint8_t>(Arg(w, 1)[0]))
             .String(Arg(w, 2));
       }},
      {"Execute",
       [](Buffer& out, const Words& w) {
         protocol::EncodeExecute(out, Arg(w, 1), Number(w, 2));
       }},
      {"FunctionCall",
       [](Buffer& out, const Words& w) {
         protocol::EncodeFunctionCall(out, static_cast<std::uint32_t>(Number(w, 1)));
       }},
      {"Sync", Plain(FrontendType::kSync)},
      {"Flush", Plain(FrontendType::kFlush)},
      {"CopyData", RawBody(FrontendType::kCopyData)},
      {"CopyDone", Plain(FrontendType::kCopyDone)},
      {"CopyFail", OneString(FrontendType::kCopyFail)},
      {"Terminate", Plain(FrontendType::kTerminate)},
  };
  return kEncoders;
}

const std::map<std::string, Encoder>& ServerEncoders() {
  static const std::map<std::string, Encoder> kEncoders = {
      {"AuthenticationOk", Authentication(0)},
      {"AuthenticationCleartextPassword", Authentication(3)},
      {"AuthenticationSASL",
       [](Buffer& out, const Words& w) {
         std::vector<std::string_view> mechanisms(w.begin() + 1, w.end());
         protocol::EncodeAuthenticationSasl(out, mechanisms);
       }},
      {"AuthenticationSASLContinue", Authentication(11)},
      {"AuthenticationSASLFinal", Authentication(12)},
      {"NegotiateProtocolVersion",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, BackendType::kNegotiateProtocolVersion)
             .Int32(196608 + Number(w, 1))
             .Int32(0);
       }},
      {"ParameterStatus",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, BackendType::kParameterStatus).String(Arg(w, 1)).String(Arg(w, 2));
       }},
      {"BackendKeyData",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, BackendType::kBackendKeyData).Int32(Number(w, 1)).Int32(1);
       }},
      {"ReadyForQuery",
       [](Buffer& out, const Words& w) {
         MessageWriter(out, BackendType::kReadyForQuery)
             .Byte1(static_cast<std::uint8_t>(Arg(w, 1)[0]));
       }},
      {"CommandComplete", OneString(BackendType::kCommandComplete)},
      {"Error",
       [](Buffer& out, const Words& w) {
         protocol::ErrorResponse error;
         error.severity = Arg(w, 1);
         error.sqlstate = Arg(w, 2);
         error.message = Arg(w, 3);
         protocol::EncodeError(out, error);
       }},
      {"DataRow", RawBody(BackendType::kDataRow)},
      {"Row",  // a DataRow of text columns
       [](Buffer& out, const Words& w) {
         MessageWriter writer(out, BackendType::kDataRow);
         writer.Int16(static_cast<std::int16_t>(w.size() - 1));
         for (std::size_t i = 1; i < w.size(); ++i) {
           writer.Int32(static_cast<std::int32_t>(w[i].size()));
           writer.Append(protocol::AsBytes(w[i]));
         }
       }},
      {"RowDescription", RawBody(BackendType::kRowDescription)},
      {"ParameterDescription", RawBody(BackendType::kParameterDescription)},
      {"NoticeResponse", RawBody(BackendType::kNoticeResponse)},
      {"NotificationResponse", RawBody(BackendType::kNotificationResponse)},
      {"CopyInResponse", RawBody(BackendType::kCopyInResponse)},
      {"CopyOutResponse", RawBody(BackendType::kCopyOutResponse)},
      {"CopyData", RawBody(BackendType::kCopyData)},
      {"CopyDone", Plain(BackendType::kCopyDone)},
      {"ParseComplete", Plain(BackendType::kParseComplete)},
      {"BindComplete", Plain(BackendType::kBindComplete)},
      {"CloseComplete", Plain(BackendType::kCloseComplete)},
      {"NoData", Plain(BackendType::kNoData)},
      {"PortalSuspended", Plain(BackendType::kPortalSuspended)},
      {"EmptyQueryResponse", Plain(BackendType::kEmptyQueryResponse)},
      {"FunctionCallResponse", RawBody(BackendType::kFunctionCallResponse)},
      {"Raw",
       [](Buffer& out, const Words& w) {
         for (const char c : Arg(w, 1)) out.push_back(static_cast<std::byte>(c));
       }},
  };
  return kEncoders;
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string HideIds(const std::string& line) {
  static const std::regex kId("[0-9A-Z]{26}");
  return std::regex_replace(line, kId, "<id>");
}

std::string DescribeFrontend(FrontendType type, protocol::Bytes body) {
  switch (type) {
    case FrontendType::kQuery:
      return "Query " + Quoted(protocol::DecodeQuery(body)->text);
    case FrontendType::kParse: {
      const auto parse = *protocol::DecodeParse(body);
      return "Parse " + Quoted(parse.statement) + " " + Quoted(parse.text);
    }
    case FrontendType::kBind: {
      const auto bind = *protocol::DecodeBind(body);
      return "Bind " + Quoted(bind.portal) + " " + Quoted(bind.statement);
    }
    case FrontendType::kExecute:
      return "Execute " + Quoted(protocol::DecodeExecute(body)->portal);
    case FrontendType::kDescribe:
      return "Describe " + Quoted(protocol::DecodeObjectName(body)->name);
    case FrontendType::kClose:
      return "Close " + Quoted(protocol::DecodeObjectName(body)->name);
    case FrontendType::kFunctionCall:
      return "FunctionCall " + std::to_string(protocol::DecodeFunctionCall(body)->function_oid);
    case FrontendType::kSync:
      return "Sync";
    case FrontendType::kFlush:
      return "Flush";
    case FrontendType::kCopyData:
      return "CopyData " + Quoted(protocol::AsText(body));
    case FrontendType::kCopyDone:
      return "CopyDone";
    case FrontendType::kCopyFail:
      return "CopyFail";
    case FrontendType::kTerminate:
      return "Terminate";
    case FrontendType::kPassword:
      return "Password";
  }
  return "?";
}

std::string DescribeBackend(BackendType type, protocol::Bytes body) {
  switch (type) {
    case BackendType::kErrorResponse: {
      const auto error = *protocol::DecodeError(body);
      return "ErrorResponse " + std::string(error.severity) + " " +
             std::string(error.sqlstate) + " " + Quoted(error.message);
    }
    case BackendType::kNoticeResponse: {
      const auto notice = protocol::DecodeError(body);
      if (!notice || notice->message.empty()) return "message N";
      return "NoticeResponse " + std::string(notice->severity) + " " + Quoted(notice->message);
    }
    case BackendType::kReadyForQuery:
      return std::string("ReadyForQuery ") +
             static_cast<char>(*protocol::DecodeReadyForQuery(body));
    case BackendType::kCommandComplete:
      return "CommandComplete " + Quoted(*protocol::DecodeCommandComplete(body));
    case BackendType::kParameterStatus: {
      const auto status = *protocol::DecodeParameterStatus(body);
      return "ParameterStatus " + Quoted(status.name) + " " + Quoted(status.value);
    }
    case BackendType::kAuthentication: {
      const auto message = *protocol::DecodeAuthentication(body);
      std::string line = "Authentication " + std::to_string(static_cast<int>(message.kind));
      for (const std::string_view mechanism : message.mechanisms)
        line += " " + std::string(mechanism);
      return line;
    }
    case BackendType::kNegotiateProtocolVersion: {
      const auto message = *protocol::DecodeNegotiateProtocolVersion(body);
      std::string line =
          "NegotiateProtocolVersion 3." + std::to_string(message.newest_minor & 0xffff);
      for (const std::string_view option : message.unrecognized_options)
        line += " " + std::string(option);
      return line;
    }
    case BackendType::kDataRow:
      return "DataRow " + Quoted(protocol::AsText(body));
    case BackendType::kCopyData:
      return "CopyData " + Quoted(protocol::AsText(body));
    case BackendType::kBackendKeyData:
      return "BackendKeyData";
    case BackendType::kParseComplete:
      return "ParseComplete";
    case BackendType::kBindComplete:
      return "BindComplete";
    case BackendType::kCloseComplete:
      return "CloseComplete";
    default:
      return std::string("message ") + static_cast<char>(type);
  }
}

std::string DescribeStartup(protocol::Bytes bytes) {
  const auto result = protocol::DecodeStartup(bytes);
  const auto& message = std::get<protocol::StartupMessage>(result.packet);
  std::string line = "StartupMessage 3." + std::to_string(message.version.minor);
  for (const auto& [name, value] : message.parameters) line += " " + name + "=" + value;
  return line;
}

}  // namespace

std::vector<std::string> SplitWords(std::string_view line) {
  std::vector<std::string> words;
  std::size_t i = 0;
  while (i < line.size()) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    std::string word;
    const bool quoted = line[i] == '"';
    if (quoted) ++i;
    for (; i < line.size() && line[i] != (quoted ? '"' : ' '); ++i) {
      const bool newline = line[i] == '\\' && i + 1 < line.size() && line[i + 1] == 'n';
      word += newline ? '\n' : line[i];
      if (newline) ++i;
    }
    if (quoted) ++i;
    words.push_back(std::move(word));
  }
  return words;
}

std::vector<std::byte> EncodeMessage(const std::vector<std::string>& words, bool from_client) {
  const auto& encoders = from_client ? ClientEncoders() : ServerEncoders();
  const auto it = encoders.find(words.at(0));
  if (it == encoders.end()) throw std::invalid_argument("unknown message: " + words[0]);
  Buffer out;
  it->second(out, words);
  return out;
}

std::string DescribeMessages(std::vector<std::byte>& bytes, bool to_server, bool* got_startup) {
  std::string lines;
  const std::string arrow = to_server ? "-> " : "<- ";
  std::size_t at = 0;
  while (bytes.size() - at > 0) {
    const protocol::Bytes rest = protocol::Bytes(bytes).subspan(at);
    // The answer to SSLRequest or GSSENCRequest is a single byte.
    const bool answer = !to_server && rest.size() == 1;
    const std::size_t header = to_server && !*got_startup ? 4 : 5;
    if (answer) {
      lines += arrow + std::string(protocol::AsText(rest)) + "\n";
      at += 1;
      continue;
    }
    if (rest.size() < header) break;
    const std::size_t total = protocol::LoadUint32(rest.data() + header - 4) + header - 4;
    if (rest.size() < total) break;
    const protocol::Bytes body = rest.subspan(header, total - header);
    const auto type = std::to_integer<std::uint8_t>(rest[0]);
    const std::string line = header == 4 ? DescribeStartup(rest.first(total))
                             : to_server
                                 ? DescribeFrontend(static_cast<FrontendType>(type), body)
                                 : DescribeBackend(static_cast<BackendType>(type), body);
    lines += HideIds(arrow + line + "\n");
    if (header == 4) *got_startup = true;
    at += total;
  }
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return lines;
}

}  // namespace pgmoat::session::testing
