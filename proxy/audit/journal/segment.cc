#include "proxy/audit/journal/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "policy/facts.h"
#include "proxy/audit/journal/crc32c.h"

namespace pgmoat::audit {
namespace {

constexpr std::uint64_t kMagic = 0x314A74616F6D6770;  // "pgmoatJ1"
constexpr std::uint32_t kVersion = 3;  // 2: subjects have a grant; 3: committed is checked
// Kinds are stored by their numbers: another list of kinds is another format.
constexpr auto kKinds = static_cast<std::uint32_t>(policy::Kind::kCount);
constexpr std::uint32_t kCommitMark = 0x8000'0000;
constexpr std::size_t kPage = 4096;

struct Header {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t kinds;
  std::uint64_t number;
  std::uint64_t process;
  std::uint32_t lane;
  std::uint32_t boot;
  std::uint64_t committed;
};
static_assert(sizeof(Header) <= kSegmentHeaderBytes);
constexpr std::size_t kCommittedAt = offsetof(Header, committed);
constexpr std::size_t kBootAt = offsetof(Header, boot);
constexpr std::uint32_t kClosed = 0;

// Of this run of the machine.
std::uint32_t Boot() {
  static const std::uint32_t boot = [] {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return Crc32c(0, id.data(), id.size()) | 1U;
  }();
  return boot;
}

[[noreturn]] void Fail(const std::filesystem::path& file, const char* what, int error) {
  throw std::runtime_error("audit journal '" + file.string() + "' " + what + ": " +
                           std::generic_category().message(error));
}

// The word in front of a record, and `committed`, are read by another thread.
std::uint32_t LoadWord(const std::byte* at) {
  return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(at), __ATOMIC_ACQUIRE);
}
void StoreWord(std::byte* at, std::uint32_t word) {
  __atomic_store_n(reinterpret_cast<std::uint32_t*>(at), word, __ATOMIC_RELEASE);
}

// A place in the segment, a multiple of 8, and its complement: a bit that flips must not
// pass over records.
std::uint64_t Checked(std::size_t place) {
  const auto eighths = static_cast<std::uint32_t>(place / 8);
  return eighths | std::uint64_t{~eighths} << 32;
}

}  // namespace

Segment::Segment(std::filesystem::path file, int descriptor, std::size_t bytes)
    : file_(std::move(file)), descriptor_(descriptor), size_(bytes) {
  void* base = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (base == MAP_FAILED) {
    const int error = errno;
    ::close(descriptor_);
    Fail(file_, "cannot be mapped", error);
  }
  base_ = static_cast<std::byte*>(base);
}

Segment::~Segment() {
  ::munmap(base_, size_);
  ::close(descriptor_);
}

std::shared_ptr<Segment> Segment::Make(const std::filesystem::path& file, std::size_t bytes,
                                       std::uint64_t number, std::uint64_t process,
                                       std::uint32_t lane) {
  const std::filesystem::path made = file.string() + ".new";
  const int fd = ::open(made.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) Fail(file, "cannot be made", errno);
  // A page that has no room on the disk would be a SIGBUS when it is written.
  if (const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)); error != 0) {
    ::close(fd);
    ::unlink(made.c_str());
    Fail(file, "cannot be made", error);
  }
  std::shared_ptr<Segment> segment(new Segment(made, fd, bytes));
  segment->process_ = process;
  segment->Reuse(made, number, lane);
  if (::rename(made.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(made.c_str());
    Fail(file, "cannot be made", error);
  }
  segment->file_ = file;
  return segment;
}

std::shared_ptr<Segment> Segment::Open(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) Fail(file, "cannot be opened", errno);
  struct stat status {};
  if (::fstat(fd, &status) != 0 ||
      status.st_size < static_cast<off_t>(kSegmentHeaderBytes + 2 * sizeof(std::uint64_t))) {
    ::close(fd);
    throw std::runtime_error("audit journal '" + file.string() + "' is too short to be one");
  }
  std::shared_ptr<Segment> segment(
      new Segment(file, fd, static_cast<std::size_t>(status.st_size) / 8 * 8));
  Header header;
  std::memcpy(&header, segment->base_, sizeof header);
  if (header.magic != kMagic) {
    throw std::runtime_error("audit journal '" + file.string() + "' is not one of pgmoat's");
  }
  if (header.version != kVersion || header.kinds != kKinds) {
    throw std::runtime_error("audit journal '" + file.string() +
                             "' is of another version of pgmoat, which can still read it");
  }
  segment->number_ = header.number;
  segment->process_ = header.process;
  segment->lane_ = header.lane;
  segment->SetSeed();
  Record record;
  std::size_t end = kSegmentHeaderBytes;
  while (segment->Read(end, record) == Found::kRecord) end = record.next;
  segment->position_.store(end, std::memory_order_relaxed);
  return segment;
}

void Segment::Reuse(const std::filesystem::path& file, std::uint64_t number,
                    std::uint32_t lane) {
  number_ = number;
  lane_ = lane;
  WriteHeader();
  // The header's number counts: a name that stays only looks odd.
  if (::rename(file_.c_str(), file.c_str()) == 0) file_ = file;
}

void Segment::WriteHeader() {
  // No record first: whatever stands there belongs to another number.
  StoreWord(base_ + kSegmentHeaderBytes, 0);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  position_.store(kSegmentHeaderBytes, std::memory_order_relaxed);
  const Header header{kMagic,   kVersion, kKinds, number_,
                      process_, lane_,    Boot(), Checked(kSegmentHeaderBytes)};
  std::memcpy(base_, &header, sizeof header);
  SetSeed();
}

void Segment::SetSeed() {
  const std::uint64_t identity[] = {number_, process_, lane_};
  seed_ = Crc32c(0, identity, sizeof identity);
}

// The thread sanitizer does not know that a locked OR of nothing disturbs no store beside it.
__attribute__((no_sanitize("thread"))) void Segment::Prefault(std::size_t from,
                                                              std::size_t to) {
  // Changes nothing, and yet is a write.
  for (std::size_t at = from / kPage * kPage; at < to && at < size_; at += kPage) {
    __atomic_fetch_or(reinterpret_cast<std::uint8_t*>(base_ + at), 0, __ATOMIC_RELAXED);
  }
}

// Returns where the next record begins.
std::size_t Segment::PutCrc(std::size_t payload_bytes) {
  std::byte* word = base_ + position();
  const std::uint32_t crc = Crc32c(seed_, word + kRecordHeaderBytes, payload_bytes);
  std::memcpy(word + sizeof(std::uint32_t), &crc, sizeof crc);
  const std::size_t next = position() + RecordBytes(payload_bytes);
  StoreWord(base_ + next, 0);
  return next;
}

void Segment::Publish(std::size_t payload_bytes) {
  const std::size_t next = PutCrc(payload_bytes);
  StoreWord(base_ + position(), kCommitMark | static_cast<std::uint32_t>(payload_bytes));
  position_.store(next, std::memory_order_release);
  // Nobody was there for a round through all segments: fetched now, the memory has come when
  // the next record is written.
  constexpr std::size_t kAhead = 256;
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t at = 0; at < kAhead; at += kCacheLine) {
    __builtin_prefetch(base_ + next + at, 1);
  }
}

void Segment::PublishLast(std::size_t payload_bytes) {
  std::byte* word = base_ + position();
  position_.store(PutCrc(payload_bytes), std::memory_order_release);
  StoreWord(word, kCommitMark | static_cast<std::uint32_t>(payload_bytes));
}

Segment::Found Segment::Read(std::size_t at, Record& record) const {
  if (at + kRecordHeaderBytes > size_) return Found::kNothingYet;
  const std::uint32_t word = LoadWord(base_ + at);
  if (word == 0) return Found::kNothingYet;
  const std::size_t bytes = word & ~kCommitMark;
  if ((word & kCommitMark) == 0 || bytes == 0 || RecordBytes(bytes) > size_ - at) {
    return Found::kTorn;
  }
  std::uint32_t crc;
  std::memcpy(&crc, base_ + at + sizeof(std::uint32_t), sizeof crc);
  const std::byte* payload = base_ + at + kRecordHeaderBytes;
  if (crc != Crc32c(seed_, payload, bytes)) return Found::kTorn;
  record = {payload, bytes, at + RecordBytes(bytes)};
  return Found::kRecord;
}

std::size_t Segment::committed() const {
  const std::uint64_t word = __atomic_load_n(
      reinterpret_cast<const std::uint64_t*>(base_ + kCommittedAt), __ATOMIC_RELAXED);
  const std::size_t place = std::size_t{static_cast<std::uint32_t>(word)} * 8;
  // Rather all of it again, with the same ids.
  return word == Checked(place) ? place : kSegmentHeaderBytes;
}

void Segment::Commit(std::size_t up_to) {
  __atomic_store_n(reinterpret_cast<std::uint64_t*>(base_ + kCommittedAt), Checked(up_to),
                   __ATOMIC_RELEASE);
}

int Segment::Sync(std::size_t to) {
  return ::msync(base_, std::min(to, size_), MS_SYNC) == 0 ? 0 : errno;
}

void Segment::SetBoot(std::uint32_t boot) { StoreWord(base_ + kBootAt, boot); }

int Segment::Close() {
  // Records first: the word that says so must not be on the disk before them.
  if (const int error = Sync(position()); error != 0) return error;
  SetBoot(kClosed);
  return Sync(kSegmentHeaderBytes);
}

bool Segment::OutlivedByMachine() const {
  const std::uint32_t boot = LoadWord(base_ + kBootAt);
  return boot == kClosed || boot == Boot();
}

}  // namespace pgmoat::audit
