#include "proxy/session/reply_queue.h"

#include <gtest/gtest.h>

namespace pgmoat::session {
namespace {

using protocol::BackendType;

ExpectedReply Reply(ReplyKind kind) {
  ExpectedReply reply;
  reply.kind = kind;
  return reply;
}

// Every reply kind × every byte a backend message may start with: what is not in the
// documentation's message flow is a violation.
TEST(ReplyQueue, WhatAReplyMayHoldIsWhatTheDocumentationLists) {
  const std::pair<ReplyKind, std::string> kAllowed[] = {
      {ReplyKind::kQuery, "CDEGHITWZcd"}, {ReplyKind::kParse, "1E"},
      {ReplyKind::kBind, "2E"},           {ReplyKind::kDescribe, "ETnt"},
      {ReplyKind::kExecute, "CDEGHIcds"}, {ReplyKind::kClose, "3E"},
      {ReplyKind::kSync, "EZ"},           {ReplyKind::kFunctionCall, "EVZ"},
  };
  for (const auto& [kind, allowed] : kAllowed) {
    std::string accepted;
    for (int byte = 0; byte < 256; ++byte) {
      ReplyQueue queue;
      queue.Push(Reply(kind));
      if (queue.Accept(static_cast<BackendType>(byte)) != ReplyEffect::kViolation) {
        accepted += static_cast<char>(byte);
      }
    }
    EXPECT_EQ(accepted, allowed) << "kind " << static_cast<int>(kind);
  }
}

TEST(ReplyQueue, NothingIsAcceptedWhenNothingIsOwed) {
  ReplyQueue queue;
  EXPECT_EQ(queue.Accept(BackendType::kReadyForQuery), ReplyEffect::kViolation);
}

TEST(ReplyQueue, AfterAnErrorOnlyReadyForQueryMayCome) {
  for (const ReplyKind kind : {ReplyKind::kQuery, ReplyKind::kSync, ReplyKind::kFunctionCall}) {
    ReplyQueue queue;
    queue.Push(Reply(kind));
    ASSERT_EQ(queue.Accept(BackendType::kErrorResponse), ReplyEffect::kError);
    queue.FailHead();
    EXPECT_EQ(queue.Accept(BackendType::kErrorResponse), ReplyEffect::kViolation);
    EXPECT_EQ(queue.Accept(BackendType::kReadyForQuery), ReplyEffect::kReady);
  }
}

TEST(ReplyQueue, ErrorInBindSkipsQueriesToo) {
  ReplyQueue queue;
  for (const ReplyKind kind : {ReplyKind::kBind, ReplyKind::kExecute, ReplyKind::kQuery,
                               ReplyKind::kFunctionCall, ReplyKind::kSync, ReplyKind::kQuery}) {
    queue.Push(Reply(kind));
  }
  ASSERT_EQ(queue.Accept(BackendType::kErrorResponse), ReplyEffect::kError);
  queue.DropHead();
  std::vector<ReplyKind> skipped;
  queue.SkipToSync([&](const ExpectedReply& reply) { skipped.push_back(reply.kind); });
  EXPECT_EQ(skipped, (std::vector<ReplyKind>{ReplyKind::kExecute, ReplyKind::kQuery,
                                             ReplyKind::kFunctionCall}));
  EXPECT_FALSE(queue.Skipping());
  EXPECT_EQ(queue.Accept(BackendType::kReadyForQuery), ReplyEffect::kReady);
}

TEST(ReplyQueue, SkippingLastsUntilASyncIsSent) {
  ReplyQueue queue;
  queue.Push(Reply(ReplyKind::kParse));
  queue.Accept(BackendType::kErrorResponse);
  queue.DropHead();
  queue.SkipToSync([](const ExpectedReply&) {});
  EXPECT_TRUE(queue.Skipping());
  queue.Push(Reply(ReplyKind::kSync));
  EXPECT_FALSE(queue.Skipping());
}

TEST(ReplyQueue, HeldBytesReturnToZero) {
  ReplyQueue queue;
  auto text =
      std::make_shared<JudgedText>("SELECT 1", policy::TextFacts{}, AuditedTextOptions{});
  for (int i = 0; i < 10; ++i) {
    ExpectedReply reply = Reply(ReplyKind::kExecute);
    reply.texts = {text};
    queue.Push(std::move(reply));
  }
  EXPECT_GT(queue.held_bytes(), 10 * sizeof(ExpectedReply));
  while (!queue.Empty()) queue.DropHead();
  EXPECT_EQ(queue.held_bytes(), 0u);
}

}  // namespace
}  // namespace pgmoat::session
