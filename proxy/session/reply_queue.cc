#include "proxy/session/reply_queue.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pgmoat::session {

namespace {

using protocol::BackendType;

struct Row {
  ReplyKind kind;
  BackendType type;
  ReplyEffect effect;
};

// Anything not listed is a protocol violation.
constexpr Row kRows[] = {
    {ReplyKind::kQuery, BackendType::kRowDescription, ReplyEffect::kProgress},
    {ReplyKind::kQuery, BackendType::kDataRow, ReplyEffect::kProgress},
    {ReplyKind::kQuery, BackendType::kCopyInResponse, ReplyEffect::kCopyIn},
    {ReplyKind::kQuery, BackendType::kCopyOutResponse, ReplyEffect::kProgress},
    {ReplyKind::kQuery, BackendType::kCopyBothResponse, ReplyEffect::kProgress},
    {ReplyKind::kQuery, BackendType::kCopyData, ReplyEffect::kProgress},
    {ReplyKind::kQuery, BackendType::kCopyDone, ReplyEffect::kProgress},
    {ReplyKind::kQuery, BackendType::kCommandComplete, ReplyEffect::kStatementDone},
    {ReplyKind::kQuery, BackendType::kEmptyQueryResponse, ReplyEffect::kStatementDone},
    {ReplyKind::kQuery, BackendType::kErrorResponse, ReplyEffect::kError},
    {ReplyKind::kQuery, BackendType::kReadyForQuery, ReplyEffect::kReady},

    {ReplyKind::kParse, BackendType::kParseComplete, ReplyEffect::kReplyDone},
    {ReplyKind::kParse, BackendType::kErrorResponse, ReplyEffect::kError},

    {ReplyKind::kBind, BackendType::kBindComplete, ReplyEffect::kReplyDone},
    {ReplyKind::kBind, BackendType::kErrorResponse, ReplyEffect::kError},

    {ReplyKind::kDescribe, BackendType::kParameterDescription, ReplyEffect::kProgress},
    {ReplyKind::kDescribe, BackendType::kRowDescription, ReplyEffect::kReplyDone},
    {ReplyKind::kDescribe, BackendType::kNoData, ReplyEffect::kReplyDone},
    {ReplyKind::kDescribe, BackendType::kErrorResponse, ReplyEffect::kError},

    {ReplyKind::kExecute, BackendType::kDataRow, ReplyEffect::kProgress},
    {ReplyKind::kExecute, BackendType::kCopyInResponse, ReplyEffect::kCopyIn},
    {ReplyKind::kExecute, BackendType::kCopyOutResponse, ReplyEffect::kProgress},
    {ReplyKind::kExecute, BackendType::kCopyData, ReplyEffect::kProgress},
    {ReplyKind::kExecute, BackendType::kCopyDone, ReplyEffect::kProgress},
    {ReplyKind::kExecute, BackendType::kCommandComplete, ReplyEffect::kReplyDone},
    {ReplyKind::kExecute, BackendType::kEmptyQueryResponse, ReplyEffect::kReplyDone},
    {ReplyKind::kExecute, BackendType::kPortalSuspended, ReplyEffect::kReplyDone},
    {ReplyKind::kExecute, BackendType::kErrorResponse, ReplyEffect::kError},

    {ReplyKind::kClose, BackendType::kCloseComplete, ReplyEffect::kReplyDone},
    {ReplyKind::kClose, BackendType::kErrorResponse, ReplyEffect::kError},

    {ReplyKind::kSync, BackendType::kErrorResponse, ReplyEffect::kError},
    {ReplyKind::kSync, BackendType::kReadyForQuery, ReplyEffect::kReady},

    {ReplyKind::kFunctionCall, BackendType::kFunctionCallResponse, ReplyEffect::kProgress},
    {ReplyKind::kFunctionCall, BackendType::kErrorResponse, ReplyEffect::kError},
    {ReplyKind::kFunctionCall, BackendType::kReadyForQuery, ReplyEffect::kReady},
};

using Table =
    std::array<std::array<ReplyEffect, 128>, static_cast<std::size_t>(ReplyKind::kCount)>;

constexpr Table MakeTable() {
  Table table{};  // all kViolation
  for (const Row& row : kRows) {
    table[static_cast<std::size_t>(row.kind)][static_cast<std::size_t>(row.type)] = row.effect;
  }
  return table;
}

constexpr Table kTable = MakeTable();

constexpr std::size_t kMaxMarkers = 1'000;
// A Parse, Bind, Describe, Execute and Sync, or less.
constexpr std::size_t kSlots = 5;
constexpr std::size_t kMostIdleSlots = 4 * kSlots;

}  // namespace

std::size_t ReplyQueue::HeldBytes(const ExpectedReply& reply) {
  std::size_t bytes = sizeof(ExpectedReply);
  for (const JudgedTextPtr& text : reply.texts) bytes += text->held_bytes();
  return bytes;
}

// What is never answered must not fill the queue: the end of a COPY that nobody began, and
// more Syncs inside a COPY than any client sends.
bool ReplyQueue::IsSurplus(const ExpectedReply& reply) const {
  if (reply.kind == ReplyKind::kCopyEnd && replies_.empty()) return true;
  if (replies_.size() < kMaxMarkers) return false;
  const ExpectedReply& last = replies_.back();
  if (reply.kind == ReplyKind::kCopyEnd) return last.kind == ReplyKind::kCopyEnd;
  return reply.kind == ReplyKind::kSync && swallowing_ && last.maybe_swallowed;
}

void ReplyQueue::Push(ExpectedReply&& reply) {
  if (IsSurplus(reply)) return;
  if (reply.kind == ReplyKind::kSync) {
    skipping_ = false;
    reply.maybe_swallowed = swallowing_;
  } else {
    swallowing_ = false;  // the COPY's data ends here, one way or another
  }
  const bool answers_are_sent = reply.kind == ReplyKind::kSync ||
                                reply.kind == ReplyKind::kQuery ||
                                reply.kind == ReplyKind::kFunctionCall;
  if (reply.kind == ReplyKind::kCopyEnd) {
    holds_back_ = pipeline_open_;
  } else {
    holds_back_ = pipeline_open_ = !answers_are_sent;
  }
  reply.number = ++last_number_;
  held_bytes_ += HeldBytes(reply);
  if (replies_.full()) replies_.set_capacity(std::max(kSlots, 2 * replies_.capacity()));
  replies_.push_back(std::move(reply));
}

void ReplyQueue::SettleHead(const Texts& texts) {
  ExpectedReply& head = replies_.front();
  held_bytes_ -= HeldBytes(head);
  head.texts = texts;
  head.settled = true;
  held_bytes_ += HeldBytes(head);
}

ExpectedReply ReplyQueue::PopHead() {
  Forget(replies_.front());
  ExpectedReply reply = std::move(replies_.front());
  Advance();
  return reply;
}

// As PopHead, for whom does not want it: nothing is moved.
void ReplyQueue::DropHead() {
  Forget(replies_.front());
  Advance();
}

void ReplyQueue::Forget(const ExpectedReply& head) {
  held_bytes_ -= HeldBytes(head);
  if (head.copy_in) swallowing_ = false;
}

void ReplyQueue::Advance() {
  replies_.pop_front();
  // Behind a long pipeline.
  if (replies_.empty() && replies_.capacity() > kMostIdleSlots) replies_.set_capacity(kSlots);
}

ReplyEffect ReplyQueue::Accept(BackendType type) {
  while (!replies_.empty()) {
    ExpectedReply& head = replies_.front();
    const bool surely_waits = head.kind != ReplyKind::kCopyEnd && !head.maybe_swallowed;
    // An error after a maybe-swallowed Sync belongs to the next message, if there is one.
    const bool may_belong = head.kind == ReplyKind::kSync &&
                            (type == BackendType::kReadyForQuery ||
                             (type == BackendType::kErrorResponse && replies_.size() == 1));
    if (surely_waits || may_belong) break;
    DropHead();
  }
  if (replies_.empty() || static_cast<std::size_t>(type) >= kTable[0].size())
    return ReplyEffect::kViolation;

  ExpectedReply& head = replies_.front();
  const ReplyEffect effect =
      kTable[static_cast<std::size_t>(head.kind)][static_cast<std::size_t>(type)];
  if (head.failed && effect != ReplyEffect::kReady) return ReplyEffect::kViolation;
  if (effect == ReplyEffect::kCopyIn) {
    head.copy_in = true;
    // Syncs that are on their way already, up to the end of the data, may be read as part
    // of the COPY.
    auto reply = replies_.begin() + 1;
    for (; reply != replies_.end() && reply->kind == ReplyKind::kSync; ++reply) {
      reply->maybe_swallowed = true;
    }
    swallowing_ = reply == replies_.end();
  }
  return effect;
}

const ExpectedReply* ReplyQueue::FirstOwed() const {
  const auto owed =
      std::find_if(replies_.begin(), replies_.end(), [](const ExpectedReply& reply) {
        return reply.kind != ReplyKind::kCopyEnd && !reply.maybe_swallowed;
      });
  return owed == replies_.end() ? nullptr : &*owed;
}

std::uint64_t ReplyQueue::EndOfStatement() const {
  const auto end =
      std::find_if(replies_.begin(), replies_.end(), [](const ExpectedReply& reply) {
        return reply.kind == ReplyKind::kQuery || reply.kind == ReplyKind::kFunctionCall ||
               reply.kind == ReplyKind::kExecute ||
               (reply.kind == ReplyKind::kSync && !reply.maybe_swallowed);
      });
  return end == replies_.end() ? last_number_ : end->number;
}

bool ReplyQueue::CopyAwaitsData() const {
  if (replies_.empty() || !replies_.front().copy_in) return false;
  return std::none_of(replies_.begin(), replies_.end(), [](const ExpectedReply& reply) {
    return reply.kind == ReplyKind::kCopyEnd;
  });
}

bool ReplyQueue::FinishCopyIn() {
  replies_.front().copy_in = false;
  swallowing_ = false;
  const auto end = std::find_if(
      replies_.begin() + 1, replies_.end(),
      [](const ExpectedReply& reply) { return reply.kind == ReplyKind::kCopyEnd; });
  if (end == replies_.end()) return false;
  for (auto it = replies_.begin() + 1; it != end + 1; ++it) {
    if (it->kind != ReplyKind::kSync && it->kind != ReplyKind::kCopyEnd) return false;
    held_bytes_ -= HeldBytes(*it);
  }
  replies_.erase(replies_.begin() + 1, end + 1);
  return true;
}

void ReplyQueue::FailHead() {
  ExpectedReply& head = replies_.front();
  head.failed = true;
  if (head.copy_in) swallowing_ = false;
  head.copy_in = false;
}

bool ReplyQueue::SkipEndsAnywhere() const {
  if (replies_.empty() || !replies_.front().maybe_swallowed) return false;
  const auto next = std::find_if(
      replies_.begin() + 1, replies_.end(),
      [](const ExpectedReply& reply) { return reply.kind != ReplyKind::kCopyEnd; });
  return next != replies_.end() && next->kind != ReplyKind::kSync;
}

void ReplyQueue::PopReady() {
  const bool maybe_swallowed = replies_.front().maybe_swallowed;
  DropHead();
  while (!replies_.empty() && replies_.front().kind == ReplyKind::kCopyEnd) DropHead();
  if (!maybe_swallowed) return;
  // Which of several Syncs was answered is not known; that one of them may have been
  // swallowed remains: now the first that was sure not to be.
  for (ExpectedReply& reply : replies_) {
    if (reply.kind == ReplyKind::kCopyEnd) continue;
    if (reply.kind != ReplyKind::kSync) return;
    if (!std::exchange(reply.maybe_swallowed, true)) return;
  }
}

bool ReplyQueue::Idle() const {
  return std::all_of(replies_.begin(), replies_.end(), [](const ExpectedReply& reply) {
    return reply.kind == ReplyKind::kCopyEnd || reply.maybe_swallowed;
  });
}

}  // namespace pgmoat::session
