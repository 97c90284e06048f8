// What a call into a session produces: bytes for either side, borrowed from the
// input where nothing changed, and at most one thing for the program to do.
//
// Lifetime: borrowed bytes are valid until the next call into the session, and
//   only as long as the input span of the call; write or copy them before.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::session {

class JudgedText;

// Reads and judges a long text; has all that it needs.  Another thread calls it.
using JudgeWork = std::function<std::unique_ptr<JudgedText>()>;

class Gather {
 public:
  // `bytes` stay where they are until the caller has written them.
  void Borrow(protocol::Bytes bytes) {
    if (bytes.empty()) return;
    bytes_ += bytes.size();
    if (!segments_.empty() && segments_.back().borrowed != nullptr &&
        segments_.back().borrowed + segments_.back().size == bytes.data()) {
      segments_.back().size += bytes.size();
      return;
    }
    segments_.push_back({bytes.data(), 0, bytes.size()});
  }

  // Calls write(std::vector<std::byte>&), which appends messages; they are kept here.
  template <typename F>
  void Own(F write) {
    const std::size_t at = owned_.size();
    write(owned_);
    if (owned_.size() == at) return;
    bytes_ += owned_.size() - at;
    segments_.push_back({nullptr, at, owned_.size() - at});
  }

  template <typename F>
  void ForEach(F f) const {
    for (const Segment& s : segments_) {
      f(s.borrowed != nullptr ? protocol::Bytes(s.borrowed, s.size)
                              : protocol::Bytes(owned_).subspan(s.offset, s.size));
    }
  }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  void Clear() {
    segments_.clear();
    owned_.clear();
    bytes_ = 0;
  }

 private:
  struct Segment {
    const std::byte* borrowed;
    std::size_t offset;  // into owned_
    std::size_t size;
  };
  std::vector<Segment> segments_;
  std::vector<std::byte> owned_;
  std::size_t bytes_ = 0;
};

enum class Action {
  kNone,
  kStartClientTls,  // write to_client (the byte 'S'), then handshake as TLS server
  kConnectServer,   // connect to the upstream of environment_index, TLS included
  kForwardCancel,   // send cancel_request to every upstream of the listener, then close
  kCancelServer,    // send cancel_request to this session's own server, then OnCancelSent
  kJudge,           // call judge_work on another thread, then OnJudged with what it made
  kClose,           // write what is there, then close both sides
};

struct Output {
  Gather to_client;
  Gather to_server;
  Action action = Action::kNone;
  std::size_t environment_index = 0;  // of the Directory the session holds
  std::vector<std::byte> cancel_request;
  JudgeWork judge_work;
  // Session::HasTimeLimits() may have become true.
  bool timed = false;
  // Bytes were left although there is nothing to wait for: other sessions' turn.
  bool turn_over = false;
  // Holds borrowed bytes that are not the caller's.
  std::shared_ptr<const std::vector<std::byte>> lent;

  void Clear() {
    to_client.Clear();
    to_server.Clear();
    action = Action::kNone;
    cancel_request.clear();
    judge_work = nullptr;
    timed = false;
    turn_over = false;
    lent.reset();
  }
};

}  // namespace pgmoat::session
