#include "tests/session/trace.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "proxy/session/judged_text.h"
#include "tests/session/message_text.h"

namespace pgmoat::session::testing {

namespace {

constexpr std::string_view kId = "<id>";

// "C->S  Query" -> "C->S", "Query"
std::pair<std::string_view, std::string_view> SplitArrow(std::string_view line) {
  const std::size_t blank = std::min(line.find(' '), line.size());
  std::string_view rest = line.substr(blank);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return {line.substr(0, blank), rest};
}

std::string WithArrow(std::string_view arrow, std::string_view line) {
  std::string whole(arrow);
  whole.resize(std::max<std::size_t>(6, arrow.size() + 1), ' ');
  return whole + std::string(line);
}

std::string HideIds(const std::string& line) {
  static const std::regex kIds("[0-9A-Z]{26}");
  return std::regex_replace(line, kIds, std::string(kId));
}

// As the message looks when it is read back: white space and the ways to write a character
// do not count.
std::string Canonical(std::string_view line, bool from_client) {
  LineDecoder decoder(from_client);
  if (line.starts_with("EncryptionAnswer")) decoder.ExpectAnswerByte();
  const std::vector<std::byte> bytes = EncodeLine(line, from_client);
  if (from_client && std::to_integer<int>(bytes.front()) != 0) decoder.SkipStartup();
  return decoder.Decode(bytes).at(0);
}

bool AsksForEncryption(std::string_view line) {
  return line.starts_with("SSLRequest") || line.starts_with("GSSENCRequest");
}

}  // namespace

Trace ParseTrace(std::string_view text) {
  Trace trace;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) {
    line.erase(line.find_last_not_of(" \r") + 1);
    if (line.empty() || line[0] == '#') continue;
    const auto [arrow, rest] = SplitArrow(line);
    if (arrow == "login") {
      trace.login = rest;
    } else if (arrow == "C->S" || arrow == "C->" || arrow == "->S") {
      const std::string message = Canonical(rest, true);
      if (arrow[0] == 'C') trace.steps.push_back({TraceStep::Kind::kClient, std::string(rest)});
      trace.lines.push_back(WithArrow(arrow, message));
    } else if (arrow == "C<-S" || arrow == "C<-" || arrow == "<-S") {
      const std::string message = Canonical(rest, false);
      if (arrow.back() == 'S')
        trace.steps.push_back({TraceStep::Kind::kServer, std::string(rest)});
      trace.lines.push_back(WithArrow(arrow, message));
    } else if (arrow == "!") {
      trace.steps.push_back({TraceStep::Kind::kEvent, std::string(rest)});
      trace.lines.push_back(WithArrow(arrow, rest));
    } else if (arrow == "**" || arrow == "audit") {
      trace.lines.push_back(WithArrow(arrow, rest));
    } else {
      throw std::invalid_argument("not a line of a trace: " + line);
    }
  }
  return trace;
}

Trace ReadTrace(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::invalid_argument("cannot read " + path.string());
  try {
    Trace trace = ParseTrace(text.str());
    trace.name = path.stem();
    return trace;
  } catch (const std::exception& e) {
    throw std::invalid_argument(path.filename().string() + ": " + e.what());
  }
}

std::vector<Trace> AllTraces() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(PGMOAT_TRACES)) {
    if (entry.path().extension() == ".trace") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Trace> traces;
  for (const auto& path : paths) traces.push_back(ReadTrace(path));
  return traces;
}

Replay::Replay(const Trace& trace, Slices slices) : trace_(trace), slices_(slices) {
  static const auto kDirectory = MakeDirectory();
  SessionOptions options;
  options.client_address = "127.0.0.1:50000";
  options.client_tls = ClientTls::kAllow;
  session_ = std::make_unique<Session>(Surroundings{&trail, &metrics, nullptr, &roles},
                                       std::move(options), kDirectory);
  if (!trace.login.empty()) LogIn(trace.login);
}

void Replay::LogIn(std::string_view user) {
  const std::string startup =
      "StartupMessage 3 0 \"user\" \"" + std::string(user) + "\" \"database\" \"shop\"";
  Feed(true, EncodeLine(startup, true));
  Event("connected");
  for (const std::string_view line :
       {"AuthenticationOk", "ParameterStatus \"client_encoding\" \"UTF8\"",
        "ParameterStatus \"standard_conforming_strings\" \"on\"",
        "BackendKeyData 4711 '\\x00\\x00\\x00\\x01'", "ReadyForQuery I"}) {
    Feed(false, EncodeLine(line, false));
  }
  if (!session_->LoggedIn()) throw std::logic_error("not logged in");
  trail.records.clear();
  lines_.clear();
  to_client_.clear();
  to_server_.clear();
}

std::vector<std::byte> Replay::Encode(const TraceStep& step) {
  std::string line = step.line;
  const std::size_t at = line.find(kId);
  if (at != std::string::npos) {
    if (stand_ins_.empty()) throw std::logic_error("no stand-in is owed an answer: " + line);
    line.replace(at, kId.size(), stand_ins_.front());
    stand_ins_.pop_front();
  }
  return EncodeLine(line, step.kind == TraceStep::Kind::kClient);
}

void Replay::Run() {
  const auto& steps = trace_.steps;
  for (std::size_t i = 0; i < steps.size();) {
    if (closed_) throw std::logic_error("the session has ended before: " + steps[i].line);
    const TraceStep& step = steps[i];
    const std::size_t from = lines_.size();
    if (step.kind == TraceStep::Kind::kEvent) {
      lines_.push_back(WithArrow("!", step.line));
      Event(step.line);
      ++i;
      continue;
    }
    const bool client = step.kind == TraceStep::Kind::kClient;
    std::vector<std::byte> read;
    std::size_t count = 0;
    do {
      const std::vector<std::byte> bytes = Encode(steps[i]);
      read.insert(read.end(), bytes.begin(), bytes.end());
      if (AsksForEncryption(steps[i].line)) client_decoder_.ExpectAnswerByte();
      lines_.push_back(
          WithArrow(client ? "C->" : "<-S", HideIds(Canonical(steps[i].line, client))));
      ++count;
      ++i;
      // What follows such a request in the same read is taken for an attack.
    } while (count < slices_.merge && i < steps.size() && steps[i].kind == step.kind &&
             !AsksForEncryption(steps[i - 1].line));
    Offer(client, read);
    if (count == 1) Pair(from);
  }
}

bool Replay::RunBytes(std::size_t bytes) {
  for (const TraceStep& step : trace_.steps) {
    if (closed_) return bytes == 0;
    if (step.kind == TraceStep::Kind::kEvent) {
      Event(step.line);
      continue;
    }
    std::vector<std::byte> message = Encode(step);
    const bool cut = bytes < message.size();
    if (cut) message.resize(bytes);
    if (AsksForEncryption(step.line) && !cut) client_decoder_.ExpectAnswerByte();
    Feed(step.kind == TraceStep::Kind::kClient, message);
    if (cut) return true;
    bytes -= message.size();
  }
  return bytes == 0;
}

void Replay::Offer(bool from_client, const std::vector<std::byte>& bytes) {
  std::size_t chunk = slices_.chunk;
  std::size_t first = chunk;
  if (slices_.split_at > 0 && slices_.split_at < bytes.size()) {
    first = slices_.split_at;
    chunk = bytes.size();
  }
  if (chunk == 0) first = chunk = bytes.size();
  auto at = bytes.begin();
  for (std::size_t take = first; at != bytes.end(); take = chunk) {
    const auto end = at + static_cast<std::ptrdiff_t>(
                              std::min(take, static_cast<std::size_t>(bytes.end() - at)));
    Feed(from_client, {at, end});
    at = end;
  }
}

// Both sides, since what one brings may let the session read on from the other.
void Replay::Feed(bool from_client, const std::vector<std::byte>& bytes) {
  pending_[from_client].insert(pending_[from_client].end(), bytes.begin(), bytes.end());
  for (bool progress = true; progress && !closed_;) {
    progress = false;
    for (const bool client : {true, false}) {
      std::vector<std::byte>& input = pending_[client];
      const bool wanted = client ? session_->WantsClientBytes() : session_->WantsServerBytes();
      if (input.empty() || !wanted || closed_) continue;
      out_.Clear();
      const std::size_t taken = client ? session_->OnClientBytes(input, now_, out_)
                                       : session_->OnServerBytes(input, now_, out_);
      Collect();
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(taken));
      progress = progress || taken > 0;
    }
  }
}

void Replay::Event(std::string_view words) {
  const std::vector<std::string> word = SplitWords(words);
  out_.Clear();
  if (word[0] == "connected") {
    session_->OnServerConnected(word.size() > 1 && word[1] == "same-certificate", now_, out_);
  } else if (word[0] == "connect-failed") {
    session_->OnServerConnectFailed(word.at(1), now_, out_);
  } else if (word[0] == "tls") {
    session_->OnClientTls(word.at(1), word.size() > 2 && word[2] == "alpn");
  } else if (word[0] == "drain") {
    session_->Drain(now_, out_);
  } else if (word[0] == "kill") {
    session_->Kill(now_, out_);
  } else if (word[0] == "client-closed") {
    session_->OnClientClosed(word.size() > 1 ? word[1] : "", now_, out_);
  } else if (word[0] == "server-closed") {
    session_->OnServerClosed("", now_, out_);
  } else if (word[0] == "login-timeout") {
    session_->OnLoginTimeout(now_, out_);
  } else if (word[0] == "wait") {
    now_.steady += std::chrono::milliseconds(std::stoi(word.at(1)));
  } else if (word[0] == "tick") {
    session_->OnTick(now_, out_);
  } else if (word[0] == "audit-down" || word[0] == "audit-up") {
    trail.healthy = word[0] == "audit-up";
  } else if (word[0] == "reload") {
    policy::BuiltinRole role{};
    if (!policy::ParseRoleName(word.at(2), role)) throw std::invalid_argument(word[2]);
    session_->SetDirectory(MakeDirectory(++rules_version_, {{word[1], role}}), now_, out_);
  } else if (word[0] == "cancel-delivered" || word[0] == "cancel-failed") {
    session_->OnCancelSent(word[0] == "cancel-delivered", now_, out_);
  } else {
    throw std::invalid_argument("no such event: " + std::string(words));
  }
  Collect();
  Feed(true, {});
}

void Replay::Collect() {
  const auto bytes_of = [](const Gather& gather) {
    std::vector<std::byte> bytes;
    gather.ForEach(
        [&](protocol::Bytes more) { bytes.insert(bytes.end(), more.begin(), more.end()); });
    return bytes;
  };
  for (std::string& line : server_decoder_.Decode(bytes_of(out_.to_server))) {
    static const std::regex kStandIn("pgmoat_[a-z]+_([0-9A-Z]{26})");
    std::smatch match;
    if (std::regex_search(line, match, kStandIn)) stand_ins_.push_back(match[1]);
    line = HideIds(line);
    to_server_.push_back(line);
    lines_.push_back(WithArrow("->S", line));
  }
  for (std::string& line : client_decoder_.Decode(bytes_of(out_.to_client))) {
    line = HideIds(line);
    to_client_.push_back(line);
    lines_.push_back(WithArrow("C<-", line));
  }
  switch (out_.action) {
    case Action::kNone:
      break;
    case Action::kStartClientTls:
      lines_.push_back(WithArrow("**", "StartClientTls"));
      break;
    case Action::kConnectServer:
      lines_.push_back(WithArrow("**", "ConnectServer"));
      break;
    case Action::kForwardCancel:
    case Action::kCancelServer: {
      const bool forward = out_.action == Action::kForwardCancel;
      LineDecoder decoder(true);
      lines_.push_back(WithArrow("**", (forward ? "ForwardCancel " : "CancelServer ") +
                                           decoder.Decode(out_.cancel_request).at(0)));
      closed_ = closed_ || forward;  // nothing else will come on that connection
      break;
    }
    case Action::kClose:
      lines_.push_back(WithArrow("**", "Close"));
      closed_ = true;
      break;
    case Action::kJudge: {
      std::shared_ptr<JudgedText> text = out_.judge_work();
      out_.Clear();
      session_->OnJudged(std::move(text), now_, out_);
      return Collect();
    }
  }
  out_.Clear();
}

// lines_[from] is a message that came in, and behind it is what came of it.  When that begins
// with the same message on the other side, both are one line.
void Replay::Pair(std::size_t from) {
  if (from + 1 >= lines_.size()) return;
  const auto [in_arrow, in] = SplitArrow(lines_[from]);
  const auto [out_arrow, out] = SplitArrow(lines_[from + 1]);
  if (in != out) return;
  if (in_arrow == "C->" && out_arrow == "->S") {
    lines_[from + 1] = WithArrow("C->S", in);
  } else if (in_arrow == "<-S" && out_arrow == "C<-") {
    lines_[from + 1] = WithArrow("C<-S", in);
  } else {
    return;
  }
  lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(from));
}

std::vector<std::string> Replay::AuditLines() const {
  std::vector<std::string> lines;
  std::istringstream stream(HideIds(trail.Lines()));
  for (std::string line; std::getline(stream, line);) lines.push_back("audit " + line);
  return lines;
}

}  // namespace pgmoat::session::testing
