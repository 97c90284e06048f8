// Reads the segments of all lanes, each in its order (entry.h).
//
// A segment explains itself: what its records refer to is in it.  So after a restart the
// reader begins at the front of each that is still there, gives nothing of what was
// committed but the beginnings of statements that had not ended by then, and goes on behind.
//
// Threads: the shipper's; AddSegment any.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/audit/journal/encoding.h"
#include "proxy/audit/journal/entry.h"
#include "proxy/audit/journal/segment.h"

namespace pgmoat::audit {

class JournalReader final : public JournalSource {
 public:
  struct Options {
    // The segment is read and committed to its end, and nobody needs it any more.
    std::function<void(std::shared_ptr<Segment>)> give_back;
    std::function<void(const std::string&)> on_message;
  };
  explicit JournalReader(Options options);

  // To the end of the lane's.  `former`: its writer is gone, no more will come.
  void AddSegment(std::uint32_t lane, std::shared_ptr<Segment> segment, bool former);

  // A lane of a former process of which nothing can be read.
  void AddGap(std::uint32_t lane, std::string reason);

  bool Next(JournalEntry& entry) override;
  void Commit() override;
  void WhenQuiet(std::function<void(bool)> told) override;
  // Any thread.  True: nothing is written from here on until it is called again.
  void TellQuiet(bool quiet);
  [[nodiscard]] std::uint64_t LagBytes() const override;  // any thread

 private:
  // One segment as far as it has been read.
  struct Reading {
    std::shared_ptr<Segment> segment;
    std::size_t at = kSegmentHeaderBytes;
    std::vector<std::shared_ptr<const session::SessionSubject>> subjects;
    std::vector<std::shared_ptr<const session::AuditedText>> texts;
    std::shared_ptr<const session::AuditedText> text_before;
    bool torn = false;  // the gap was given; kSegmentEnd is next
    bool ended = false;
  };
  struct Lane {
    std::uint32_t number = 0;
    bool former = false;
    bool machine_died = false;
    bool ended = false;  // kLaneEnd was given
    std::deque<Reading> segments;
    // Gaps, and from in front of the cursor the beginnings of what had not ended there.
    std::deque<JournalEntry> before;
    std::vector<std::shared_ptr<Segment>> read;  // to their end, since the last Commit
  };
  enum class Step { kEntry, kNothing, kAgain };

  void TakeNew();
  bool NextOf(Lane& lane, JournalEntry& entry);
  Step Read(Lane& lane, Reading& reading, JournalEntry& entry);
  Step ReadTorn(Lane& lane, Reading& reading, JournalEntry& entry);
  bool Decode(Lane& lane, Reading& reading, Payload payload, JournalEntry& entry, Step& step);
  static Step EndSegment(Lane& lane, Reading& reading, JournalEntry& entry);
  void GiveUp(Lane& lane, Reading& reading);
  void TakeFormer(Lane& lane, Reading& reading);
  bool CatchUp(Lane& lane, Reading& reading);
  Lane& LaneOf(std::uint32_t number, bool former);

  std::shared_ptr<session::AuditedText> TextToFill();

  Options options_;
  // The last ones that were given for one record each: mostly that is done with by now, and the
  // memory of text and names is used again.
  std::array<std::shared_ptr<session::AuditedText>, 32> texts_once_;
  std::size_t next_once_ = 0;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::size_t turn_ = 0;  // whose lane is next
  int left_of_turn_ = 0;

  mutable std::mutex mutex_;
  struct New {
    std::uint32_t lane;
    std::shared_ptr<Segment> segment;
    bool former;
    std::string gap;  // instead of a segment
  };
  std::vector<New> new_;                  // under mutex_
  bool quiet_ = false;                    // under mutex_
  std::function<void(bool)> tell_quiet_;  // under mutex_
  std::atomic<bool> any_new_{false};
  std::vector<std::pair<std::shared_ptr<Segment>, std::size_t>> positions_;  // under mutex_
  // Torn while their lanes write them: they cannot be given back.
  std::vector<std::shared_ptr<Segment>> kept_;
};

}  // namespace pgmoat::audit
