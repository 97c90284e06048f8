// One file of the journal, mapped into memory: a header, then records, each written once.
//
//   0       8         12      16       24        32     36     40          48       64
//   ┌───────┬─────────┬───────┬────────┬─────────┬──────┬──────┬───────────┬────────┬───
//   │ magic │ version │ kinds │ number │ process │ lane │ boot │ committed │        │ records …
//   └───────┴─────────┴───────┴────────┴─────────┴──────┴──────┴───────────┴────────┴───
//
//   a record, at a multiple of 8:
//   ┌───────────────┬───────────┬──────────────────────┬─────────┬───────────────────────┐
//   │ mark │ length │ CRC-32C   │ type, fields         │ padding │ 0: no record yet      │
//   └───────────────┴───────────┴──────────────────────┴─────────┴───────────────────────┘
//
// The word with the length is written last, with the commit mark in its highest bit, and
// before it the zero behind the record: whoever reads the mark finds the record whole, also
// when the process was killed between any two stores, since the pages are the kernel's.
// The CRC begins with the segment's number, process and lane, so that what an earlier use of
// the file left behind is not taken for a record.
//
// After a crash of the machine pages may be missing.  Where older ones stand the CRC does not
// fit; where there are none, there seems to be no record.  So the header tells during which
// run of the machine it was written (boot), or 0: it was closed and everything synced.
//
// Threads: one writes records, another reads them and moves `committed`, a third syncs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace pgmoat::audit {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 8;

// What a record takes, with its header and padding.
constexpr std::size_t RecordBytes(std::size_t payload) {
  return (kRecordHeaderBytes + payload + 7) / 8 * 8;
}

class Segment {
 public:
  // Makes the file, with room on the disk for all of it, or throws std::runtime_error.  A
  // process that is killed meanwhile leaves FILE.new, or a segment without records.
  static std::shared_ptr<Segment> Make(const std::filesystem::path& file, std::size_t bytes,
                                       std::uint64_t number, std::uint64_t process,
                                       std::uint32_t lane);
  // One that a former process left.  Throws std::runtime_error saying why it cannot be read.
  static std::shared_ptr<Segment> Open(const std::filesystem::path& file);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Takes the file, whose records nobody needs any more, for new ones.
  void Reuse(const std::filesystem::path& file, std::uint64_t number, std::uint32_t lane);

  // Gives each page to the process, so that no write of a record has to wait for it; makes
  // pages dirty again after a sync that failed.  Another thread may write records meanwhile.
  void Prefault(std::size_t from, std::size_t to);

  // --- the writer ---

  [[nodiscard]] std::size_t position() const {
    return position_.load(std::memory_order_relaxed);
  }
  // Room for one more record's payload, with the zero behind it.
  [[nodiscard]] std::size_t Room() const {
    const std::size_t taken = position() + kRecordHeaderBytes + sizeof(std::uint64_t);
    return taken < size_ ? (size_ - taken) / 8 * 8 : 0;
  }
  // Where the next record's payload goes; then Publish.
  [[nodiscard]] std::byte* Payload() { return base_ + position() + kRecordHeaderBytes; }
  void Publish(std::size_t payload_bytes);
  // The last record.  Once it can be read the segment may be used again or be gone: nothing
  // of it is touched behind that.
  void PublishLast(std::size_t payload_bytes);

  // --- the reader ---

  struct Record {
    const std::byte* payload = nullptr;  // in the mapping
    std::size_t bytes = 0;
    std::size_t next = 0;  // where the record behind it begins
  };
  enum class Found { kRecord, kNothingYet, kTorn };
  [[nodiscard]] Found Read(std::size_t at, Record& record) const;

  [[nodiscard]] std::size_t committed() const;
  // Survives kill -9: eight bytes at once.
  void Commit(std::size_t up_to);

  // --- anybody ---

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint64_t process() const { return process_; }
  [[nodiscard]] std::uint32_t lane() const { return lane_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  // Puts what stands before `to` on the disk; returns errno, 0 when it is there.  Pages behind
  // it stay as Prefault has left them: a page that was synced is given to the process anew
  // when it is written, and the writer waits for that.
  [[nodiscard]] int Sync(std::size_t to);
  // No more will be written.  Everything is on the disk then, or it returns errno.
  [[nodiscard]] int Close();
  // False: the machine went down since, and what was not synced may be missing.
  [[nodiscard]] bool OutlivedByMachine() const;

 private:
  Segment(std::filesystem::path file, int descriptor, std::size_t bytes);
  void WriteHeader();
  void SetSeed();
  void SetBoot(std::uint32_t boot);
  std::size_t PutCrc(std::size_t payload_bytes);

  std::filesystem::path file_;
  int descriptor_ = -1;
  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t process_ = 0;
  std::uint32_t lane_ = 0;
  std::uint32_t seed_ = 0;  // of the CRCs
  std::atomic<std::size_t> position_{kSegmentHeaderBytes};
};

}  // namespace pgmoat::audit
