// A whole session, with client and server bytes interleaved at will.
//
// Property: whatever either side sends, every text that reaches the server is one that
// the role may run, or a stand-in that the server refuses; a Bind names only statements
// whose text passed; nothing crashes; and what is taken never exceeds what was offered.
//
// Input: one byte for the role, then operations: a byte that selects side and message,
// a length byte, that many bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policy/parser.h"
#include "protocol/frontend.h"
#include "protocol/message_writer.h"
#include "tests/session/conversation.h"

namespace {

using namespace pgmoat;
using protocol::BackendType;
using protocol::FrontendType;
using protocol::MessageWriter;

constexpr FrontendType kClientTypes[] = {
    FrontendType::kQuery,    FrontendType::kParse,        FrontendType::kBind,
    FrontendType::kExecute,  FrontendType::kDescribe,     FrontendType::kClose,
    FrontendType::kSync,     FrontendType::kFlush,        FrontendType::kCopyData,
    FrontendType::kCopyDone, FrontendType::kFunctionCall, FrontendType::kCopyFail,
};
constexpr BackendType kServerTypes[] = {
    BackendType::kParseComplete,   BackendType::kBindComplete,
    BackendType::kCloseComplete,   BackendType::kCommandComplete,
    BackendType::kErrorResponse,   BackendType::kReadyForQuery,
    BackendType::kRowDescription,  BackendType::kDataRow,
    BackendType::kCopyInResponse,  BackendType::kCopyOutResponse,
    BackendType::kParameterStatus, BackendType::kEmptyQueryResponse,
    BackendType::kNoData,          BackendType::kPortalSuspended,
    BackendType::kNoticeResponse,  BackendType::kFunctionCallResponse,
};

std::string WithoutNul(std::string_view text) {
  std::string clean(text);
  std::erase(clean, '\0');
  return clean;
}

// A message that decodes, made of arbitrary text.
std::vector<std::byte> ClientMessage(std::uint8_t selector, std::string_view data) {
  const FrontendType type = kClientTypes[selector % std::size(kClientTypes)];
  const std::string text = WithoutNul(data);
  const std::string name = text.substr(0, std::min<std::size_t>(1, text.size()));
  const std::string rest = text.substr(name.size());
  std::vector<std::byte> out;
  switch (type) {
    case FrontendType::kQuery:
      protocol::EncodeQuery(out, text);
      break;
    case FrontendType::kParse:
      protocol::EncodeParse(out, name, rest);
      break;
    case FrontendType::kBind:
      protocol::EncodeBind(out, name, rest.substr(0, 1));
      break;
    case FrontendType::kExecute:
      protocol::EncodeExecute(out, name, 0);
      break;
    case FrontendType::kDescribe:
    case FrontendType::kClose:
      MessageWriter(out, type).Byte1(selector & 0x40 ? 'S' : 'P').String(name);
      break;
    case FrontendType::kFunctionCall:
      protocol::EncodeFunctionCall(out, selector * 7919u);
      break;
    case FrontendType::kCopyFail:
      MessageWriter(out, type).String(text);
      break;
    case FrontendType::kCopyData:
      MessageWriter(out, type).Append(protocol::AsBytes(data));
      break;
    default:
      MessageWriter(out, type).Append({});
  }
  return out;
}

std::vector<std::byte> ServerMessage(std::uint8_t selector, std::string_view data) {
  const BackendType type = kServerTypes[selector % std::size(kServerTypes)];
  const std::string text = WithoutNul(data);
  std::vector<std::byte> out;
  MessageWriter writer(out, type);
  if (type == BackendType::kCommandComplete) writer.String(text);
  if (type == BackendType::kErrorResponse)
    writer.Byte1('V').String("ERROR").Byte1('C').String("XX000").Byte1(0);
  if (type == BackendType::kReadyForQuery)
    writer.Byte1(static_cast<std::uint8_t>("ITE"[data.size() % 3]));
  if (type == BackendType::kParameterStatus) writer.String("client_encoding").String(text);
  if (type == BackendType::kDataRow) writer.Append(protocol::AsBytes(data));
  return out;
}

void Require(bool holds) {
  if (!holds) std::abort();
}

// Everything that reached the server.
class ServerSide {
 public:
  explicit ServerSide(const policy::Rules& rules) : rules_(rules) {}
  void Take(const session::Gather& gather) {
    gather.ForEach([&](protocol::Bytes bytes) {
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    });
    while (bytes_.size() >= protocol::kHeaderBytes) {
      const std::size_t total = std::size_t{protocol::LoadUint32(bytes_.data() + 1)} + 1;
      if (bytes_.size() < total) return;
      Check(static_cast<FrontendType>(bytes_[0]),
            protocol::Bytes(bytes_).subspan(protocol::kHeaderBytes,
                                            total - protocol::kHeaderBytes));
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(total));
    }
  }

 private:
  void Check(FrontendType type, protocol::Bytes body) {
    if (type == FrontendType::kQuery) CheckText(protocol::DecodeQuery(body).value().text);
    if (type == FrontendType::kParse) CheckText(protocol::DecodeParse(body).value().text);
    if (type == FrontendType::kFunctionCall) {
      const std::uint32_t oid = protocol::DecodeFunctionCall(body).value().function_oid;
      Require(oid == 0 || policy::JudgeFunctionCall(rules_, oid).allowed);
    }
  }
  void CheckText(std::string_view text) {
    if (text.starts_with("pgmoat denied ")) return;
    policy::TextFacts facts;
    policy::ReadFacts(text, facts);
    Require(policy::Judge(rules_, facts).allowed);
  }

  const policy::Rules& rules_;
  std::vector<std::byte> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  static constexpr const char* kRoles[] = {"readonly", "app", "deploy"};
  const char* role = kRoles[data[0] % 3];
  const auto directory = session::testing::MakeDirectory();
  session::testing::Conversation c({}, directory);
  c.LogIn(role);

  policy::Rules rules;
  policy::ParseRoleName(role, rules.role);
  rules.environment = "production";
  ServerSide server(rules);

  std::vector<std::byte> pending[2];  // not taken yet, by side
  std::size_t at = 1;
  bool ended = false;
  while (at + 2 <= size && !ended) {
    const std::uint8_t selector = data[at];
    const std::size_t length = std::min<std::size_t>(data[at + 1], size - at - 2);
    const std::string_view text(reinterpret_cast<const char*>(data + at + 2), length);
    at += 2 + length;
    const bool from_client = (selector & 0x80) == 0;
    const bool raw = (selector & 0x20) != 0;
    const std::vector<std::byte> message =
        raw           ? std::vector<std::byte>(protocol::AsBytes(text).begin(),
                                     protocol::AsBytes(text).end())
        : from_client ? ClientMessage(selector & 0x5f, text)
                      : ServerMessage(selector & 0x1f, text);
    pending[from_client].insert(pending[from_client].end(), message.begin(), message.end());

    for (const bool side : {true, false}) {
      const bool wanted =
          side ? c.session().WantsClientBytes() : c.session().WantsServerBytes();
      if (!wanted || ended) continue;
      c.out.Clear();
      const std::size_t taken = side ? c.session().OnClientBytes(pending[side], c.now, c.out)
                                     : c.session().OnServerBytes(pending[side], c.now, c.out);
      Require(taken <= pending[side].size());
      server.Take(c.out.to_server);
      ended = c.out.action == session::Action::kClose;
      pending[side].erase(pending[side].begin(),
                          pending[side].begin() + static_cast<std::ptrdiff_t>(taken));
    }
  }
  return 0;
}
