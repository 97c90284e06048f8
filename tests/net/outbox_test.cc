#include "proxy/net/outbox.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "tests/net/support.h"

namespace pgmoat::net {
namespace {

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() {
    auto [a, b] = test::SocketPair();
    near_ = std::make_unique<Stream>(loop_, std::move(a));
    far_ = std::make_unique<Stream>(loop_, std::move(b));
  }

  void Send(const std::string& text) {
    session::Gather gather;
    gather.Borrow(test::Bytes(text));
    outbox_.Send(*near_, gather);
  }

  std::string Drain() {
    std::string all;
    std::array<std::byte, 4096> buffer;
    for (;;) {
      const IoResult result = far_->Read(buffer);
      if (result.status != IoStatus::kDone) return all;
      all.append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
    }
  }

  EventLoop loop_;
  std::unique_ptr<Stream> near_;
  std::unique_ptr<Stream> far_;
  Outbox outbox_;
};

TEST_F(OutboxTest, WhatFitsIsWrittenAtOnceAndNotKept) {
  Send("hello");
  EXPECT_TRUE(outbox_.empty());
  EXPECT_EQ(Drain(), "hello");
}

TEST_F(OutboxTest, WhatDoesNotFitWaitsInOrder) {
  const std::string big(1 << 20, 'a');
  Send(big);
  EXPECT_FALSE(outbox_.empty());
  Send("tail");
  std::string received;
  while (!outbox_.empty()) {
    received += Drain();
    outbox_.Flush(*near_);
  }
  received += Drain();
  EXPECT_TRUE(received == big + "tail");
}

TEST_F(OutboxTest, WhatIsHeldWaitsInOrderForItsRelease) {
  outbox_.Hold();
  Send("one ");
  Send("two");
  outbox_.Flush(*near_);
  EXPECT_EQ(Drain(), "");
  EXPECT_FALSE(outbox_.empty());
  outbox_.Release(*near_);
  EXPECT_EQ(Drain(), "one two");
  EXPECT_TRUE(outbox_.empty());
  Send(" three");
  EXPECT_EQ(Drain(), " three");
}

TEST_F(OutboxTest, AMessageThatIsLentWaitsForItsRelease) {
  const auto lent = std::make_shared<const std::vector<std::byte>>(1000, std::byte{'x'});
  session::Gather gather;
  gather.Borrow(*lent);
  outbox_.Hold();
  outbox_.Send(*near_, gather, lent);
  EXPECT_EQ(Drain(), "");
  outbox_.Release(*near_);
  EXPECT_EQ(Drain(), std::string(1000, 'x'));
}

TEST_F(OutboxTest, MoreSegmentsThanOneCallTakes) {
  std::string text;
  session::Gather gather;
  for (int i = 0; i < 500; ++i) {
    const std::string line = std::to_string(i) + " ";
    text += line;
    // Owned and borrowed in turn, so that they do not join.
    if (i % 2 == 0) {
      gather.Own([&](std::vector<std::byte>& out) {
        const auto bytes = test::Bytes(line);
        out.insert(out.end(), bytes.begin(), bytes.end());
      });
    } else {
      static std::array<std::string, 500> kept;
      kept[static_cast<std::size_t>(i)] = line;
      gather.Borrow(test::Bytes(kept[static_cast<std::size_t>(i)]));
    }
  }
  outbox_.Send(*near_, gather);
  std::string received = Drain();
  while (!outbox_.empty()) {
    outbox_.Flush(*near_);
    received += Drain();
  }
  EXPECT_EQ(received, text);
}

TEST_F(OutboxTest, BrokenConnectionDropsWhatFollows) {
  far_->Close();
  Send("lost");
  EXPECT_TRUE(outbox_.broken());
  EXPECT_TRUE(outbox_.empty());
  Send("lost too");
  EXPECT_TRUE(outbox_.empty());
}

}  // namespace
}  // namespace pgmoat::net
