#include "proxy/audit/sinks/sink_runner.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "proxy/audit/sinks/file_sink.h"
#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint64_t kRoom = std::uint64_t{1} << 30;

// What a sink is told to do, and what it has; outlives the sink.
struct Place {
  enum class Mood {
    kTakes,
    kFails,
    kThrows,
    kThrowsOddly,
    kTakesOneLine,
    kTakesNothing,
    kLies
  };
  std::atomic<Mood> mood{Mood::kTakes};
  std::atomic<std::size_t> attempts{0};
  std::atomic<std::size_t> idles{0};
  std::atomic<std::size_t> reopens{0};
  std::atomic<bool> idle_fails{false};
  std::atomic<bool> blocked{false};
  std::atomic<bool> settles{false};
  std::atomic<bool> settle_fails{false};
  std::atomic<std::size_t> settled{0};  // calls

  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex);
    return taken;
  }
  mutable std::mutex mutex;
  std::string taken;
  std::vector<Clock::time_point> times;
};

class PlaceSink final : public Sink {
 public:
  explicit PlaceSink(Place& place) : place_(place) {}

  Result Deliver(std::string_view lines) override {
    ++place_.attempts;
    while (place_.blocked) std::this_thread::yield();
    const std::lock_guard lock(place_.mutex);
    place_.times.push_back(Clock::now());
    switch (place_.mood.load()) {
      case Place::Mood::kTakes:
        place_.taken += lines;
        return {lines.size(), {}};
      case Place::Mood::kFails:
        return {0, "the server at 127.0.0.1:1 is away"};
      case Place::Mood::kThrows:
        throw std::runtime_error("a broken sink");
      case Place::Mood::kThrowsOddly:
        throw 7;
      case Place::Mood::kTakesOneLine:
        lines = lines.substr(0, lines.find('\n') + 1);
        place_.taken += lines;
        return {lines.size(), "only one"};
      case Place::Mood::kTakesNothing:
        return {};
      case Place::Mood::kLies:  // a line and a half, of which one counts
        place_.taken += lines.substr(0, lines.find('\n') + 1);
        return {lines.find('\n') + 5, "disk full"};
    }
    return {};
  }
  std::string Idle() override {
    ++place_.idles;
    return place_.idle_fails ? "a ping failed" : "";
  }
  [[nodiscard]] bool Settles() const override { return place_.settles; }
  std::string Settle() override {
    ++place_.settled;
    return place_.settle_fails ? "the disk is broken" : "";
  }
  std::string Reopen() override {
    ++place_.reopens;
    return place_.mood == Place::Mood::kThrows ? throw std::runtime_error("no file") : "";
  }

 private:
  Place& place_;
};

class SinkRunnerTest : public testing::Test {
 protected:
  std::unique_ptr<SinkRunner> Start() {
    SinkRunnerOptions options;
    options.name = "place";
    options.cursor_file = directory_ / "cursors" / "place";
    options.stop_within = milliseconds{20'000};
    options.on_position = [this](std::uint64_t at) { position_ = at; };
    options.on_delivered = [this](std::size_t lines) { delivered_ += lines; };
    options.on_failure = [this] { ++failures_; };
    options.on_message = [this](const std::string& message) {
      const std::lock_guard lock(mutex_);
      messages_ += message + "\n";
    };
    return std::make_unique<SinkRunner>(*spool_, std::make_unique<PlaceSink>(place_),
                                        std::move(options));
  }
  std::string Messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  [[nodiscard]] std::string Cursor() const {
    return Contents(directory_ / "cursors" / "place");
  }
  void PutCursor(const std::string& text) {
    std::filesystem::create_directory(directory_ / "cursors");
    PutContents(directory_ / "cursors" / "place", text);
  }
  static std::string CursorText(std::uint64_t position) { return Digits(position, 20) + "\n"; }

  TemporaryDirectory directory_;
  std::unique_ptr<Spool> spool_ = std::make_unique<Spool>(directory_ / "spool", kRoom);
  Place place_;
  std::mutex mutex_;
  std::string messages_;
  std::atomic<std::uint64_t> position_{0};
  std::atomic<std::size_t> delivered_{0};
  std::atomic<std::size_t> failures_{0};
};

TEST_F(SinkRunnerTest, LinesArriveInOrderAndTheCursorFollows) {
  const auto runner = Start();
  std::string all;
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    all += StatementLine(seq);
    ASSERT_TRUE(spool_->Append(StatementLine(seq)));
  }
  runner->Flush();
  EXPECT_EQ(place_.text(), all);
  EXPECT_EQ(runner->position(), all.size());
  EXPECT_TRUE(Eventually([&] { return position_ == all.size() && delivered_ == 200U; }));
  EXPECT_EQ(Cursor(), CursorText(all.size()));
  EXPECT_EQ(runner->lag(), milliseconds{0});
  EXPECT_EQ(runner->lag_lines(), 0U);
  EXPECT_FALSE(runner->failing());
  EXPECT_EQ(Messages(), "");
}

TEST_F(SinkRunnerTest, MoreThanABatchArrivesWhole) {
  const std::string lines = StatementLines(1, 20'000);
  ASSERT_GT(lines.size(), 3 * kBatchBytes);
  ASSERT_TRUE(spool_->Append(lines));
  const auto runner = Start();
  runner->Flush();
  EXPECT_TRUE(place_.text() == lines);
}

TEST_F(SinkRunnerTest, ManySmallPiecesAreDeliveredInFewBatches) {
  for (std::uint64_t seq = 1; seq <= 2000; ++seq)
    ASSERT_TRUE(spool_->Append(StatementLine(seq)));
  const auto runner = Start();
  runner->Flush();
  EXPECT_TRUE(place_.text() == StatementLines(1, 2000));
  EXPECT_LE(place_.attempts.load(), StatementLines(1, 2000).size() / kBatchBytes + 2);
}

TEST_F(SinkRunnerTest, WhatIsNotSettledIsNotCountedAsSafe) {
  place_.settles = true;
  const auto runner = Start();
  ASSERT_TRUE(spool_->Append(StatementLine(1)));
  // The first is settled at once, what comes within the next quarter of a second is not.
  ASSERT_TRUE(Eventually([&] { return runner->position() == spool_->end(); }));
  const std::uint64_t safe = spool_->end();
  place_.settle_fails = true;
  ASSERT_TRUE(spool_->Append(StatementLine(2)));
  ASSERT_TRUE(Eventually([&] { return runner->failing(); }));
  EXPECT_EQ(runner->position(), safe);
  EXPECT_EQ(Cursor(), CursorText(safe));
  EXPECT_GE(runner->lag_lines(), 1U);
  EXPECT_NE(Messages().find("the disk is broken"), std::string::npos) << Messages();
  place_.settle_fails = false;
  ASSERT_TRUE(Eventually([&] { return runner->position() == spool_->end(); }));
  // A sync that failed may have lost what was written before it.
  EXPECT_TRUE(place_.text().ends_with(StatementLine(2) + StatementLine(2))) << place_.text();
  EXPECT_EQ(delivered_, 2U);
  EXPECT_EQ(Cursor(), CursorText(spool_->end()));
}

TEST_F(SinkRunnerTest, ManyPiecesAreSettledTogetherAndAtTheEndOnce) {
  place_.settles = true;
  std::string all;
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) {
    all += StatementLine(seq);
    ASSERT_TRUE(spool_->Append(StatementLine(seq)));
  }
  auto runner = Start();
  runner->Flush();
  EXPECT_EQ(runner->position(), all.size());
  EXPECT_LE(place_.settled.load(), 3U);
  ASSERT_TRUE(spool_->Append(StatementLine(2001)));
  runner.reset();
  EXPECT_EQ(Cursor(), CursorText(spool_->end()));
  EXPECT_TRUE(place_.text() == all + StatementLine(2001));
}

TEST_F(SinkRunnerTest, MuchIsSettledBeforeItIsMoreThanAFormerProcessMayHaveLeft) {
  place_.settles = true;
  std::string all;
  const auto runner = Start();
  for (std::uint64_t seq = 1; all.size() < 4 * kUnsettledBytes; ++seq) {
    const std::string line = StatementLine(seq, std::string(100'000, 'x'));
    ASSERT_TRUE(spool_->Append(line));
    all += line;
  }
  ASSERT_TRUE(Eventually([&] { return place_.text().size() == all.size(); }));
  EXPECT_GE(place_.settled.load(), 4U);
  EXPECT_TRUE(Eventually([&] { return runner->position() == all.size(); }));
}

TEST_F(SinkRunnerTest, SpoolThatCannotBeReadIsTroubleUntilItCan) {
  // More than the spool has in memory, so that the front is read from its file.
  std::string all;
  for (std::uint64_t seq = 1; all.size() < std::size_t{4} << 20; ++seq) {
    all += StatementLine(seq, std::string(100'000, 'x'));
    ASSERT_TRUE(spool_->Append(StatementLine(seq, std::string(100'000, 'x'))));
  }
  const auto file = std::filesystem::directory_iterator(directory_ / "spool")->path();
  std::filesystem::rename(file, directory_ / "away");
  const auto runner = Start();
  ASSERT_TRUE(Eventually([&] { return runner->failing() && failures_ >= 2; }));
  EXPECT_NE(Messages().find(file.string()), std::string::npos) << Messages();
  EXPECT_EQ(runner->position(), 0U);
  std::filesystem::rename(directory_ / "away", file);
  EXPECT_TRUE(Eventually([&] { return runner->position() == all.size(); }));
  EXPECT_TRUE(place_.text() == all);
}

TEST_F(SinkRunnerTest, NextStartGoesOnAtTheCursor) {
  ASSERT_TRUE(spool_->Append(StatementLines(1, 3)));
  Start()->Flush();
  ASSERT_TRUE(spool_->Append(StatementLines(4, 2)));
  Start()->Flush();
  EXPECT_EQ(place_.text(), StatementLines(1, 5));
}

TEST_F(SinkRunnerTest, GarbledCursorBeginsWithTheOldestLineAndSaysSo) {
  ASSERT_TRUE(spool_->Append(StatementLines(1, 3)));
  PutCursor("rubbish");
  Start()->Flush();
  EXPECT_EQ(place_.text(), StatementLines(1, 3));
  EXPECT_NE(Messages().find("audit sink 'place': its cursor file"), std::string::npos);
  EXPECT_NE(Messages().find("is garbled"), std::string::npos);
}

TEST_F(SinkRunnerTest, CursorBehindTheEndBeginsWithTheOldestLineAndSaysSo) {
  ASSERT_TRUE(spool_->Append(StatementLines(1, 3)));
  PutCursor(CursorText(1'000'000));
  Start()->Flush();
  EXPECT_EQ(place_.text(), StatementLines(1, 3));
  EXPECT_NE(Messages().find("outside of what is kept"), std::string::npos);
}

TEST_F(SinkRunnerTest, CursorThatCannotBeMadeIsAnErrorAtTheStart) {
  PutContents(directory_ / "cursors", "a file");
  EXPECT_THROW(Start(), std::runtime_error);
}

TEST_F(SinkRunnerTest, TroubleIsToldOnceAndItsEndOnce) {
  place_.mood = Place::Mood::kFails;
  const auto runner = Start();
  ASSERT_TRUE(spool_->Append(StatementLines(1, 3)));
  ASSERT_TRUE(Eventually([&] { return place_.attempts >= 3; }));
  EXPECT_TRUE(runner->failing());
  EXPECT_GE(failures_.load(), 2U);
  EXPECT_EQ(runner->position(), 0U);
  place_.mood = Place::Mood::kTakes;
  ASSERT_TRUE(Eventually([&] { return !runner->failing(); }));
  EXPECT_EQ(place_.text(), StatementLines(1, 3));
  EXPECT_EQ(
      Messages(),
      "audit sink 'place': the server at 127.0.0.1:1 is away; its lines wait in the spool\n"
      "audit sink 'place': it takes lines again\n");
}

TEST_F(SinkRunnerTest, PausesBetweenAttemptsDouble) {
  place_.mood = Place::Mood::kFails;
  const auto runner = Start();
  ASSERT_TRUE(spool_->Append(StatementLine(1)));
  ASSERT_TRUE(Eventually([&] { return place_.attempts >= 5; }));
  const std::lock_guard lock(place_.mutex);
  milliseconds least{50};  // half of 100: the rest is chance
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_GE(place_.times[i] - place_.times[i - 1], least) << i;
    least *= 2;
  }
}

TEST_F(SinkRunnerTest, WhatIsThrownIsAFailedDelivery) {
  for (const auto mood :
       {Place::Mood::kThrows, Place::Mood::kThrowsOddly, Place::Mood::kTakesNothing}) {
    place_.mood = mood;
    const std::size_t before = failures_;
    const auto runner = Start();
    ASSERT_TRUE(spool_->Append(StatementLine(1)));
    ASSERT_TRUE(Eventually([&] { return failures_ >= before + 2; }));
    EXPECT_EQ(runner->position() % StatementLine(1).size(), 0U);
    place_.mood = Place::Mood::kTakes;
    runner->Flush();
    EXPECT_EQ(runner->position(), spool_->end());
  }
}

TEST_F(SinkRunnerTest, WholeLinesOfAFailedDeliveryCount) {
  for (const auto mood : {Place::Mood::kTakesOneLine, Place::Mood::kLies}) {
    place_.mood = mood;
    place_.taken.clear();
    std::filesystem::remove(directory_ / "cursors" / "place");
    spool_.reset();
    std::filesystem::remove_all(directory_ / "spool");
    spool_ = std::make_unique<Spool>(directory_ / "spool", kRoom);
    const std::string lines = StatementLines(1, 4);
    ASSERT_TRUE(spool_->Append(lines));
    const auto runner = Start();
    ASSERT_TRUE(Eventually([&] { return runner->position() == lines.size(); }));
    EXPECT_EQ(place_.text(), lines);
  }
}

TEST_F(SinkRunnerTest, FlushEndsWithAFailedAttempt) {
  place_.mood = Place::Mood::kFails;
  const auto runner = Start();
  ASSERT_TRUE(spool_->Append(StatementLine(1)));
  ASSERT_TRUE(Eventually([&] { return place_.attempts >= 1; }));
  for (int i = 0; i < 3; ++i) {
    const std::size_t before = place_.attempts;
    runner->Flush();
    EXPECT_GT(place_.attempts.load(), before);
  }
}

TEST_F(SinkRunnerTest, ReopenIsServedAlsoWhileItFails) {
  const auto runner = Start();
  EXPECT_EQ(runner->Reopen(), "");
  EXPECT_EQ(place_.reopens.load(), 1U);
  place_.mood = Place::Mood::kThrows;
  ASSERT_TRUE(spool_->Append(StatementLine(1)));
  ASSERT_TRUE(Eventually([&] { return runner->failing(); }));
  EXPECT_EQ(runner->Reopen(), "no file");
  EXPECT_NE(Messages().find("reopening: no file"), std::string::npos);
}

TEST_F(SinkRunnerTest, LagCountsLinesAndGrowsWhileTheSinkFails) {
  place_.mood = Place::Mood::kFails;
  const auto runner = Start();
  EXPECT_EQ(runner->lag(), milliseconds{0});
  ASSERT_TRUE(spool_->Append(StatementLines(1, 7)));
  EXPECT_EQ(runner->lag_lines(), 7U);
  ASSERT_TRUE(spool_->Append(StatementLines(8, 3)));
  EXPECT_EQ(runner->lag_lines(), 10U);
  EXPECT_EQ(runner->lag_lines(), 10U);
  const milliseconds first = runner->lag();
  EXPECT_GT(first, milliseconds{0});
  EXPECT_TRUE(Eventually([&] { return runner->lag() >= first + milliseconds{50}; }));
  place_.mood = Place::Mood::kTakesOneLine;
  ASSERT_TRUE(Eventually([&] { return runner->lag_lines() < 10; }));
  place_.mood = Place::Mood::kTakes;
  runner->Flush();
  EXPECT_EQ(runner->lag_lines(), 0U);
  EXPECT_EQ(runner->lag(), milliseconds{0});
}

TEST_F(SinkRunnerTest, IdleIsCalledAndItsErrorIsTrouble) {
  const auto runner = Start();
  ASSERT_TRUE(Eventually([&] { return place_.idles >= 1; }));
  place_.idle_fails = true;
  ASSERT_TRUE(Eventually([&] { return runner->failing(); }));
  EXPECT_NE(Messages().find("a ping failed"), std::string::npos);
  place_.idle_fails = false;
  EXPECT_TRUE(Eventually([&] { return !runner->failing(); }));
}

TEST_F(SinkRunnerTest, StopDeliversWhatIsThere) {
  auto runner = Start();
  place_.blocked = true;
  ASSERT_TRUE(spool_->Append(StatementLine(1)));
  ASSERT_TRUE(Eventually([&] { return place_.attempts >= 1; }));
  ASSERT_TRUE(spool_->Append(StatementLines(2, 3000)));
  place_.blocked = false;
  runner.reset();
  EXPECT_TRUE(place_.text() == StatementLines(1, 3001));
}

TEST_F(SinkRunnerTest, StopDoesNotWaitForASinkThatFails) {
  place_.mood = Place::Mood::kFails;
  auto runner = Start();
  ASSERT_TRUE(spool_->Append(StatementLine(1)));
  ASSERT_TRUE(Eventually([&] { return place_.attempts >= 5; }));  // pauses for seconds
  const auto before = Clock::now();
  runner.reset();
  EXPECT_LT(Clock::now() - before, milliseconds{15'000});
  EXPECT_EQ(Cursor(), CursorText(0));
}

// A process with a runner and a file is killed at random points; each line is in the file
// once it has ended, in order, and at most once.
TEST_F(SinkRunnerTest, KilledAtAnyMomentNothingIsMissing) {
  std::mt19937 random(5);
  const std::string lines = StatementLines(1, 50'000);
  ASSERT_TRUE(spool_->Append(lines));
  const auto file = directory_ / "audit.jsonl";
  const auto run = [&](bool to_the_end) {
    SinkRunnerOptions options;
    options.name = "file";
    options.cursor_file = directory_ / "cursors" / "file";
    const SinkRunner runner(*spool_, MakeFileSink({.path = file}, nullptr), std::move(options));
    while (to_the_end && runner.position() < lines.size()) std::this_thread::yield();
    while (!to_the_end) ::pause();
  };
  for (int kill = 0; kill < 40; ++kill) {
    const pid_t child = ::fork();
    if (child == 0) {
      run(false);
      ::_exit(0);
    }
    ::usleep(std::uniform_int_distribution<useconds_t>(0, 6'000)(random));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  }
  run(true);
  EXPECT_TRUE(Contents(file) == lines) << Contents(file).size() << " of " << lines.size();
}

}  // namespace
}  // namespace pgmoat::audit
