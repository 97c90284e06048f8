// Statements that were begun and have not ended, by lane and ticket; puts their beginnings
// and ends together.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proxy/audit/journal/entry.h"

namespace pgmoat::audit {

class OpenStatements {
 public:
  void Begin(JournalEntry& entry) {
    Tickets& tickets = lanes_[entry.lane];
    if (spare_.empty()) {
      tickets.insert_or_assign(entry.ticket,
                               Open{std::move(entry.record), entry.segment, false});
      return;
    }
    auto node = std::move(spare_.back());
    spare_.pop_back();
    node.key() = entry.ticket;
    node.mapped() = {std::move(entry.record), entry.segment, false};
    auto taken = tickets.insert(std::move(node));
    if (!taken.inserted) taken.position->second = std::move(taken.node.mapped());
  }

  // Calls line(AuditRecord&) with the whole record.  An end whose beginning is not known
  // belongs to one that was put down as running before a restart.
  template <typename F>
  void End(const JournalEntry& entry, F line) {
    const auto lane = lanes_.find(entry.lane);
    if (lane == lanes_.end()) return;
    const auto found = lane->second.find(entry.ticket);
    if (found == lane->second.end()) return;
    if (entry.end.last) {
      Complete(found->second.record, entry.end);
      line(found->second.record);
      Forget(lane->second, found);
    } else {
      session::AuditRecord one = found->second.record;
      Complete(one, entry.end);
      line(one);
    }
  }

  // Those that were begun in a segment that goes, once each.
  template <typename F>
  void ForEachOfSegment(std::uint32_t lane, std::uint64_t segment, F line) {
    const auto found = lanes_.find(lane);
    if (found == lanes_.end()) return;
    for (auto& [ticket, open] : found->second) {
      if (open.segment == segment && !std::exchange(open.told, true)) line(open.record);
    }
  }

  // All of the lane, which are then forgotten.
  template <typename F>
  void TakeLane(std::uint32_t lane, F line) {
    const auto found = lanes_.find(lane);
    if (found == lanes_.end()) return;
    for (auto& [ticket, open] : found->second) line(open.record);
    lanes_.erase(found);
  }

  [[nodiscard]] std::vector<std::uint32_t> Lanes() const {
    std::vector<std::uint32_t> lanes;
    for (const auto& [lane, open] : lanes_) lanes.push_back(lane);
    return lanes;
  }

 private:
  struct Open {
    session::AuditRecord record;
    std::uint64_t segment = 0;
    bool told = false;
  };

  using Tickets = std::unordered_map<session::AuditTicket, Open>;
  static constexpr std::size_t kMostSpare = 64;

  // Its memory is used again, and its text's, which the reader does.
  void Forget(Tickets& tickets, Tickets::iterator one) {
    session::AuditRecord& record = one->second.record;
    if (spare_.size() >= kMostSpare || !record.reason.empty()) {
      tickets.erase(one);
      return;
    }
    record.subject.reset();
    record.text.reset();
    record.parameters.reset();
    spare_.push_back(tickets.extract(one));
  }

  static void Complete(session::AuditRecord& record, const session::AuditEnd& end) {
    // Each further statement of a text is a record of its own.
    if (end.statement > 0) record.id = NumberedId(record.id, end.statement);
    session::Complete(record, end);
  }

  // The begun record's id with the statement's number added to its random part, so that it
  // is the same however often the line is made.
  static session::RecordId NumberedId(session::RecordId id, std::uint32_t statement) {
    std::uint64_t carry = statement;
    for (std::size_t i = id.bytes.size(); i-- > 8 && carry > 0; carry >>= 8) {
      carry += id.bytes[i];
      id.bytes[i] = static_cast<std::uint8_t>(carry);
    }
    return id;
  }

  std::unordered_map<std::uint32_t, Tickets> lanes_;
  std::vector<Tickets::node_type> spare_;  // memory of statements that have ended
};

}  // namespace pgmoat::audit
