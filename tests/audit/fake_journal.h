// A journal that gives what the test puts into it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "proxy/audit/journal/entry.h"

namespace pgmoat::audit {

class FakeJournal final : public JournalSource {
 public:
  void Record(session::AuditRecord record, std::uint32_t lane = 0) {
    JournalEntry entry;
    entry.kind = JournalEntry::Kind::kRecord;
    entry.record = std::move(record);
    Put(std::move(entry), lane);
  }
  void Begin(session::AuditTicket ticket, session::AuditRecord record, std::uint32_t lane = 0,
             std::uint64_t segment = 1) {
    JournalEntry entry;
    entry.kind = JournalEntry::Kind::kBegin;
    entry.ticket = ticket;
    entry.segment = segment;
    entry.record = std::move(record);
    entry.record.outcome = session::Outcome::kRunning;
    Put(std::move(entry), lane);
  }
  void End(session::AuditTicket ticket, session::AuditEnd end, std::uint32_t lane = 0,
           std::uint64_t segment = 1) {
    JournalEntry entry;
    entry.kind = JournalEntry::Kind::kEnd;
    entry.ticket = ticket;
    entry.segment = segment;
    entry.end = std::move(end);
    Put(std::move(entry), lane);
  }
  void SegmentEnd(std::uint64_t segment, std::uint32_t lane = 0) {
    JournalEntry entry;
    entry.kind = JournalEntry::Kind::kSegmentEnd;
    entry.segment = segment;
    Put(std::move(entry), lane);
  }
  void LaneEnd(std::uint32_t lane) {
    JournalEntry entry;
    entry.kind = JournalEntry::Kind::kLaneEnd;
    Put(std::move(entry), lane);
  }

  bool Next(JournalEntry& entry) override {
    const std::lock_guard lock(mutex_);
    if (entries_.empty()) {
      ++asked_in_vain_;
      return false;
    }
    entry = std::move(entries_.front());
    entries_.pop_front();
    ++given_;
    return true;
  }
  void Commit() override {
    const std::lock_guard lock(mutex_);
    committed_ = given_;
  }
  [[nodiscard]] std::uint64_t LagBytes() const override { return 0; }
  void WhenQuiet(std::function<void(bool)> told) override {
    const std::lock_guard lock(mutex_);
    tell_quiet_ = std::move(told);
  }

  void TellQuiet(bool quiet) {
    const std::lock_guard lock(mutex_);
    tell_quiet_(quiet);
  }
  // How often it was asked for an entry and had none.
  [[nodiscard]] std::size_t asked_in_vain() const {
    const std::lock_guard lock(mutex_);
    return asked_in_vain_;
  }

  // Entries.
  [[nodiscard]] std::size_t given() const {
    const std::lock_guard lock(mutex_);
    return given_;
  }
  [[nodiscard]] std::size_t committed() const {
    const std::lock_guard lock(mutex_);
    return committed_;
  }

 private:
  void Put(JournalEntry entry, std::uint32_t lane) {
    entry.lane = lane;
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(entry));
  }

  mutable std::mutex mutex_;
  std::deque<JournalEntry> entries_;
  std::function<void(bool)> tell_quiet_;
  std::size_t asked_in_vain_ = 0;
  std::size_t given_ = 0;
  std::size_t committed_ = 0;
};

}  // namespace pgmoat::audit
