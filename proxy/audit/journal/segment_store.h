// The files of the journal's directory: makes segments, keeps a few for use again, finds what
// a former process left.
//
// Threads: any; one call at a time (the journal locks).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/audit/journal/segment.h"

namespace pgmoat::audit {

class SegmentStore {
 public:
  // Makes the directory (mode 0700) and locks it.  Throws std::runtime_error.
  // `durable`: a segment that was made is still there when the machine goes down.
  SegmentStore(std::filesystem::path directory, std::size_t segment_bytes,
               std::uint64_t max_bytes, bool durable);
  ~SegmentStore();
  SegmentStore(const SegmentStore&) = delete;
  SegmentStore& operator=(const SegmentStore&) = delete;

  // Segments of one former process's lane, in their order.
  using Left = std::vector<std::shared_ptr<Segment>>;
  // What cannot be read is put aside as NAME.unreadable, and told.
  std::vector<Left> TakeLeft(const std::function<void(const std::string&)>& tell);

  // A segment of this process.  Throws std::runtime_error: no room on the disk, or
  // max_bytes are in use.
  std::shared_ptr<Segment> Make(std::uint32_t lane);
  // Nobody reads it any more.
  void GiveBack(std::shared_ptr<Segment> segment);

 private:
  void Lock();
  [[nodiscard]] std::filesystem::path FileOf(std::uint64_t number) const;

  std::filesystem::path directory_;
  std::size_t segment_bytes_;
  std::uint64_t max_bytes_;
  bool durable_;
  std::uint64_t process_;
  std::uint64_t last_number_ = 0;
  std::uint64_t bytes_ = 0;  // of this process's segments, spares included
  std::vector<std::shared_ptr<Segment>> spares_;
  int lock_ = -1;
  int directory_fd_ = -1;
};

}  // namespace pgmoat::audit
