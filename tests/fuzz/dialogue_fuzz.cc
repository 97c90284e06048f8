// A whole session of a client that does as it likes, before a server that keeps to the
// protocol (model_server.h), with reloads of the rules in between.
//
// Properties: whatever the server runs was allowed when it was sent; the session stays in
// step with the server, whatever fails and however the bytes are cut; when all is answered,
// nothing is owed; and then the trail says what ran.
//
// Input: one byte for the role, then operations of two bytes each.  With PGMOAT_DIALOGUE set
// in the environment the dialogue is written to standard error.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/backend.h"
#include "protocol/frontend.h"
#include "protocol/message_writer.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/model_server.h"
#include "tests/session/conversation.h"
#include "tests/session/trace_message.h"

namespace {

using namespace pgmoat;
using protocol::BackendType;
using protocol::FrontendType;
using protocol::MessageWriter;
using session::testing::MakeDirectory;

using DirectoryPtr = std::shared_ptr<const auth::Directory>;

// As it is; without INSERT; and with role app for everybody.
DirectoryPtr DirectoryAt(std::size_t at, std::uint64_t version) {
  using policy::BuiltinRole;
  if (at == 2)
    return MakeDirectory(version,
                         {{"readonly", BuiltinRole::kApp}, {"deploy", BuiltinRole::kApp}});
  const DirectoryPtr plain = MakeDirectory(version);
  if (at == 0) return plain;
  auto directory = std::make_shared<auth::Directory>(*plain);
  for (auto& login : directory->environments.front().logins) {
    auto rules = std::make_shared<policy::Rules>(*login.rules);
    policy::OwnRule deny;
    deny.id = "own.no-insert";
    deny.match.kinds = {policy::Kind::kInsert};
    rules->own = {deny};
    login.rules = std::move(rules);
  }
  return directory;
}

class Dialogue {
 public:
  explicit Dialogue(std::string role) : role_(std::move(role)) {
    c_.LogIn(role_);
    from_client_.SkipStartup();
    to_server_.SkipStartup();
    UseRules(DirectoryAt(0, 1));
  }

  void Operation(std::uint8_t what, std::uint8_t with) {
    if (ended_) return;
    if ((what & 0x80) != 0) {
      ServerTurn(what, with);
    } else {
      ClientTurn(what, with);
    }
  }

  // All is sent, read and answered; then nothing is owed.
  void Finish() {
    Say([](auto& out) { MessageWriter(out, FrontendType::kCopyFail).String(""); });
    Say([](auto& out) { MessageWriter writer(out, FrontendType::kSync); });
    Say([](auto& out) { protocol::EncodeQuery(out, "ROLLBACK"); });
    Settle();
    if (ended_) return;
    PGMOAT_CHECK(pending_[0].empty() && pending_[1].empty());
    PGMOAT_CHECK(c_.session().Idle());
    CheckTrail();
  }

 private:
  // The trail says of all that ran to its end what it was, and says it of nothing else.
  void CheckTrail() {
    std::vector<std::string> told;
    for (const session::AuditRecord& record : c_.trail.records) {
      if (record.event != session::AuditEvent::kStatement) continue;
      const bool ran = record.outcome == session::Outcome::kOk &&
                       (record.protocol_event == "Query" || record.protocol_event == "Execute");
      if (ran) told.push_back(fuzz::OneStatement(record.text->text));
    }
    for (std::size_t i = 0; i < std::max(told.size(), server_.ran().size()); ++i) {
      if (i < told.size() && i < server_.ran().size() && told[i] == server_.ran()[i]) continue;
      std::fprintf(stderr, "statement %zu: on record \"%s\", ran \"%s\"\n", i,
                   i < told.size() ? told[i].c_str() : "(none)",
                   i < server_.ran().size() ? server_.ran()[i].c_str() : "(none)");
      break;
    }
    PGMOAT_CHECK(told == server_.ran());
  }

  void ClientTurn(std::uint8_t what, std::uint8_t with) {
    static constexpr std::string_view kNames[] = {"", "a", "b", "c"};
    const std::string_view name = kNames[with & 3];
    const std::string_view other = kNames[(with >> 2) & 3];
    const std::string text = fuzz::TextAt(with);
    Say([&](std::vector<std::byte>& out) {
      switch (what & 0x0f) {
        case 0:
        case 1:
          return protocol::EncodeQuery(out, text);
        case 2:
        case 3:
          return protocol::EncodeParse(out, kNames[(what >> 4) & 3], text);
        case 4:
        case 5:
          return protocol::EncodeBind(out, name, other);
        case 6:
        case 7:
          return protocol::EncodeExecute(out, name, (with >> 2) & 3);
        case 8:
        case 9: {
          const auto type = (what & 1) != 0 ? FrontendType::kDescribe : FrontendType::kClose;
          MessageWriter(out, type).Byte1((with & 0x80) != 0 ? 'S' : 'P').String(name);
          return;
        }
        case 10: {
          MessageWriter writer(out, FrontendType::kSync);
          return;
        }
        case 11: {
          MessageWriter writer(out, FrontendType::kFlush);
          return;
        }
        case 12:
          MessageWriter(out, FrontendType::kCopyData).Append(protocol::AsBytes(text));
          return;
        case 13: {
          MessageWriter writer(out, FrontendType::kCopyDone);
          return;
        }
        case 14:
          MessageWriter(out, FrontendType::kCopyFail).String("");
          return;
        default:  // int4eq, pg_terminate_backend
          return protocol::EncodeFunctionCall(out, (with & 1) != 0 ? 65 : 2096);
      }
    });
    // Now and then a part stays on the way.
    Deliver(true, (what & 0x40) != 0 ? pending_[1].size() / 2 : pending_[1].size());
  }

  void ServerTurn(std::uint8_t what, std::uint8_t with) {
    switch (what & 7) {
      case 0:
      case 1:
      case 2:
        for (int i = 0; i <= (with & 7); ++i) server_.Process(false, pending_[0]);
        break;
      case 3:
        server_.Process(true, pending_[0]);
        break;
      case 4:
        MessageWriter(pending_[0], BackendType::kNotificationResponse)
            .Int32(1)
            .String("n")
            .String("");
        break;
      case 5:
        MessageWriter(pending_[0], BackendType::kParameterStatus)
            .String("TimeZone")
            .String("UTC");
        break;
      case 6:
        Reload(with % 3u);
        break;
      default:
        Settle();
    }
    Deliver(false, (what & 0x40) != 0 ? pending_[0].size() / 2 : pending_[0].size());
  }

  void Reload(std::size_t at) {
    DirectoryPtr directory = DirectoryAt(at, ++version_);
    UseRules(directory);
    c_.out.Clear();
    c_.session().SetDirectory(std::move(directory), c_.now, c_.out);
    reloading_ = true;
    Take();
    reloading_ = false;
  }

  void UseRules(const DirectoryPtr& directory) {
    for (const auto& login : directory->environments.front().logins) {
      if (login.pattern == role_) rules_ = login.rules;
    }
  }

  template <typename F>
  void Say(F encode) {
    encode(pending_[1]);
  }

  void Settle() {
    for (int idle = 0; idle < 2 && !ended_;) {
      Deliver(true, pending_[1].size());
      const bool answered = server_.Process(false, pending_[0]);
      const bool had_bytes = !pending_[0].empty();
      Deliver(false, pending_[0].size());
      idle = answered || had_bytes ? 0 : idle + 1;
      if (++rounds_ > 100'000) break;
    }
  }

  // The first `bytes` that wait on one side.
  void Deliver(bool client, std::size_t bytes) {
    std::vector<std::byte>& input = pending_[client];
    while (!ended_ && bytes > 0) {
      const bool wanted =
          client ? c_.session().WantsClientBytes() : c_.session().WantsServerBytes();
      if (!wanted) return;
      c_.out.Clear();
      const protocol::Bytes offered = protocol::Bytes(input).first(bytes);
      const std::size_t taken = client ? c_.session().OnClientBytes(offered, c_.now, c_.out)
                                       : c_.session().OnServerBytes(offered, c_.now, c_.out);
      PGMOAT_CHECK(taken <= bytes);
      Show(client ? "C->" : "<-S", client ? from_client_ : from_server_, offered.first(taken));
      Take();
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
      if (taken == 0) return;
      bytes -= taken;
    }
  }

  void Show(const char* arrow, session::testing::LineDecoder& decoder, protocol::Bytes bytes) {
    static const bool kShow = std::getenv("PGMOAT_DIALOGUE") != nullptr;
    if (!kShow) return;
    for (const std::string& line : decoder.Decode({bytes.begin(), bytes.end()}))
      std::fprintf(stderr, "%s %s\n", arrow, line.c_str());
  }

  // What came out of the session.
  void Take() {
    c_.out.to_server.ForEach([&](protocol::Bytes bytes) { Show("->S", to_server_, bytes); });
    c_.out.to_client.ForEach([&](protocol::Bytes bytes) { Show("C<-", to_client_, bytes); });
    c_.out.to_server.ForEach([&](protocol::Bytes bytes) { server_.Receive(bytes, rules_); });
    PGMOAT_CHECK(c_.out.action == session::Action::kNone ||
                 c_.out.action == session::Action::kClose);
    if (c_.out.action != session::Action::kClose) return;
    ended_ = true;
    std::string told;
    c_.out.to_client.ForEach([&](protocol::Bytes bytes) { told += protocol::AsText(bytes); });
    const auto tells = [&](std::string_view what) {
      return told.find(what) != std::string::npos;
    };
    // A reload may end a session, and so may a client that sends what nobody can follow.
    PGMOAT_CHECK(reloading_ || tells("messages pipelined behind a COPY") ||
                 tells("protocol synchronization was lost"));
  }

  std::string role_;
  session::testing::Conversation c_;
  fuzz::ModelServer server_;
  std::shared_ptr<const policy::Rules> rules_;
  std::uint64_t version_ = 1;
  std::vector<std::byte> pending_[2];  // not taken yet; [1] the client's
  session::testing::LineDecoder from_client_{true}, to_server_{true}, from_server_{false},
      to_client_{false};
  bool ended_ = false;
  bool reloading_ = false;
  int rounds_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  static constexpr const char* kRoles[] = {"readonly", "app", "deploy"};
  Dialogue dialogue(kRoles[data[0] % 3]);
  for (std::size_t at = 1; at + 2 <= size; at += 2) dialogue.Operation(data[at], data[at + 1]);
  dialogue.Finish();
  return 0;
}
