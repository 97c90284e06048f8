// A whole session, with client and server bytes interleaved at will.
//
// Property: whatever either side sends, every text that reaches the server is one that
// the role may run, a stand-in that the server refuses, or the query of the catalog
// snapshot; a Bind and an EXECUTE name only statements whose text has passed, or that do not
// exist; nothing crashes; and what is taken never exceeds what was offered.  (dialogue_fuzz has
// a server that knows what such a name stands for.)
//
// Input: one byte for the role and what there is besides (rules of a config, a catalog), then
// operations: a byte that selects side and message, a length byte, that many bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/catalog.h"
#include "policy/parser.h"
#include "policy/temporary_tables.h"
#include "protocol/frontend.h"
#include "protocol/message_writer.h"
#include "tests/session/conversation.h"

namespace {

using namespace pgmoat;
using protocol::BackendType;
using protocol::FrontendType;
using protocol::MessageWriter;

void Require(bool holds) {
  if (!holds) std::abort();
}

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

// Rows of a catalog: what does no harm, then what does.
constexpr policy::CatalogRow kHarmless[] = {
    {"relation", "public", "t", "", ""},
    {"function", "public", "g", "", ""},
};
constexpr policy::CatalogRow kHarmful[] = {
    {"relation", "hr", "t", "", ""},
    {"function", "public", "f", "volatile", ""},
    {"reads", "public", "v", "public", "f"},
    {"operator", "public", "+++", "public", "f"},
    {"cast", "public", "money2", "public", "f"},
    {"foreign", "public", "remote", "public", "remote"},
};

std::shared_ptr<const policy::Catalog> MakeCatalog(bool with_harmful) {
  auto catalog = std::make_shared<policy::Catalog>();
  for (const policy::CatalogRow& row : kHarmless) Require(catalog->AddRow(row));
  if (!with_harmful) return catalog;
  for (const policy::CatalogRow& row : kHarmful) Require(catalog->AddRow(row));
  return catalog;
}

// A row as the server would send it; it arrives wherever the input says.
void AppendCatalogRow(MessageWriter& writer, std::string_view text) {
  const std::size_t pick = text.empty() ? 0 : static_cast<unsigned char>(text[0]);
  const std::size_t rows = std::size(kHarmless) + std::size(kHarmful);
  const std::size_t at = pick % rows;
  const policy::CatalogRow& row =
      at < std::size(kHarmless) ? kHarmless[at] : kHarmful[at - std::size(kHarmless)];
  writer.Int16(policy::kCatalogColumns);
  for (const std::string_view column : row) {
    writer.Int32(static_cast<std::int32_t>(column.size())).Append(protocol::AsBytes(column));
  }
}

// The directory of the session tests, its roles with rules of a config on top.
std::shared_ptr<const auth::Directory> WithOwnRules(const auth::Directory& plain) {
  auto directory = std::make_shared<auth::Directory>(plain);
  for (auto& login : directory->environments.front().logins) {
    auto rules = std::make_shared<policy::Rules>(*login.rules);
    policy::OwnRule deny;
    deny.id = "own.no-salaries";
    deny.match.relations = {"hr.*"};
    policy::OwnRule allow;
    allow.id = "own.notes";
    allow.effect = policy::Effect::kAllow;
    allow.match.kinds = {policy::Kind::kInsert, policy::Kind::kTruncate};
    allow.match.relations = {"t"};
    policy::OwnRule log;
    log.id = "own.watched";
    log.effect = policy::Effect::kLog;
    log.match.functions = {"pg_sleep"};
    rules->own = {deny, allow, log};
    login.rules = std::move(rules);
  }
  return directory;
}

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
  if (type == BackendType::kDataRow) {
    if (selector & 0x10)
      AppendCatalogRow(writer, data);
    else
      writer.Append(protocol::AsBytes(data));
  }
  return out;
}

// Everything that reached the server.
class ServerSide {
 public:
  // `catalog`: the one that the session has, or at least nothing harmful that it may lack.
  ServerSide(const policy::Rules& rules, const policy::Catalog* catalog)
      : rules_(rules), catalog_(catalog) {}
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
    if (type == FrontendType::kParse) {
      const auto parse = protocol::DecodeParse(body).value();
      CheckText(parse.text);
      sent_names_.insert(std::string(parse.statement));
    }
    if (type == FrontendType::kBind) {
      CheckName(protocol::DecodeBindPrefix(body).value().statement);
    }
    if (type == FrontendType::kFunctionCall) {
      const std::uint32_t oid = protocol::DecodeFunctionCall(body).value().function_oid;
      Require(oid == 0 || policy::JudgeFunctionCall(rules_, oid).allowed);
    }
  }
  void CheckText(std::string_view text) {
    if (text.starts_with("pgmoat denied ")) return;
    if (catalog_ != nullptr && text == policy::CatalogQuery()) return;
    policy::TextFacts facts;
    policy::ReadFacts(text, facts);
    // Whether a temporary table is still there is for the session's own tests; here it is
    // enough that one of that name was made at all.
    policy::Circumstances circumstances;
    circumstances.temporary_tables = &made_;
    circumstances.catalog = catalog_;
    circumstances.database = "shop";
    Require(policy::Judge(rules_, facts, circumstances).allowed);
    for (const policy::StatementFacts& statement : facts.statements) {
      for (const std::string& name : statement.executes) CheckName(name);
      if (!statement.prepares.empty()) sent_names_.insert(statement.prepares);
      if (!statement.temporary) continue;
      for (const policy::RelationUse& use : statement.relations) {
        if (use.access == policy::Access::kCreate) made_.Add(use.OwnName());
      }
    }
  }

  // A name that no text was ever sent for means nothing to us; so it must to the server.
  void CheckName(std::string_view name) {
    Require(sent_names_.contains(std::string(name)) || name.empty() ||
            name.starts_with("pgmoat_unknown_") || name.starts_with("pgmoat_denied_"));
  }

  const policy::Rules& rules_;
  const policy::Catalog* catalog_;
  std::set<std::string> sent_names_;  // of prepared statements
  policy::TemporaryTables made_;
  std::vector<std::byte> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  static constexpr const char* kRoles[] = {"readonly", "app", "deploy"};
  const char* role = kRoles[data[0] % 3];
  const bool with_own_rules = (data[0] & 0x10) != 0;
  const bool with_catalog = (data[0] & 0x20) != 0;
  const auto plain = session::testing::MakeDirectory();
  const auto directory = with_own_rules ? WithOwnRules(*plain) : plain;
  // readonly runs no DDL and keeps the catalog that is there when it logs in; the others'
  // may be read anew at any time, and lack what the input leaves out.
  const auto shared = MakeCatalog(/*with_harmful=*/true);
  const auto at_most = std::string_view(role) == "readonly" ? shared : MakeCatalog(false);
  session::CatalogStore store;
  session::testing::Conversation c({}, directory, with_catalog ? &store : nullptr);
  session::DatabaseCatalog& database = store.Of("production", "shop");
  database.Keep({shared, database.generation(), c.now.steady});
  c.LogIn(role);

  const policy::Rules* rules = nullptr;
  for (const auto& login : directory->environments.front().logins) {
    if (login.pattern == role) rules = login.rules.get();
  }
  Require(rules != nullptr);
  ServerSide server(*rules, with_catalog ? at_most.get() : nullptr);

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
