#include "proxy/audit/journal/segment_store.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace pgmoat::audit {
namespace {

constexpr std::string_view kSuffix = ".segment";
constexpr std::size_t kMaxSpares = 4;

std::uint64_t RandomNumber() {
  std::uint64_t number;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1) {
    throw std::runtime_error("no random bytes to be had from OpenSSL (RAND_bytes failed)");
  }
  return number;
}

void MakeDirectory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return;
  throw std::runtime_error("audit journal '" + directory.string() +
                           "' cannot be made: " + std::generic_category().message(errno));
}

}  // namespace

SegmentStore::SegmentStore(std::filesystem::path directory, std::size_t segment_bytes,
                           std::uint64_t max_bytes, bool durable)
    : directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      max_bytes_(max_bytes),
      durable_(durable),
      process_(RandomNumber()) {
  MakeDirectory(directory_);
  Lock();
}

SegmentStore::~SegmentStore() {
  std::error_code ignored;
  for (const auto& spare : spares_) std::filesystem::remove(spare->file(), ignored);
  ::close(directory_fd_);
  ::close(lock_);
}

void SegmentStore::Lock() {
  const std::filesystem::path file = directory_ / "lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    throw std::runtime_error("audit journal '" + directory_.string() +
                             "' cannot be written: " + std::generic_category().message(errno));
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    const std::string reason = std::generic_category().message(errno);
    ::close(lock_);
    if (!taken) {
      throw std::runtime_error("audit journal '" + directory_.string() +
                               "' cannot be locked: " + reason);
    }
    throw std::runtime_error("audit journal '" + directory_.string() +
                             "' is in use by another pgmoat; give each an "
                             "audit.journal_dir of its own");
  }
  directory_fd_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd_ < 0) {
    const int error = errno;
    ::close(lock_);
    throw std::runtime_error("audit journal '" + directory_.string() +
                             "' cannot be opened: " + std::generic_category().message(error));
  }
}

std::filesystem::path SegmentStore::FileOf(std::uint64_t number) const {
  std::string name = std::to_string(number);
  name.insert(0, 20 - name.size(), '0');
  return directory_ / (name + std::string(kSuffix));
}

std::vector<SegmentStore::Left> SegmentStore::TakeLeft(
    const std::function<void(const std::string&)>& tell) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string name = entry.path().filename().string();
    // Also of those put aside: another of that name would take their place.
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    last_number_ = std::max(last_number_, number);
    if (name.ends_with(kSuffix)) files.push_back(entry.path());
    if (name.ends_with(".new")) std::filesystem::remove(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::map<std::pair<std::uint64_t, std::uint32_t>, Left> lanes;
  for (const std::filesystem::path& file : files) {
    try {
      auto segment = Segment::Open(file);
      last_number_ = std::max(last_number_, segment->number());
      if (segment->committed() == segment->size()) {  // it was to be used again
        std::filesystem::remove(file);
        continue;
      }
      lanes[{segment->process(), segment->lane()}].push_back(std::move(segment));
    } catch (const std::runtime_error& error) {
      const std::filesystem::path aside = file.string() + ".unreadable";
      std::filesystem::rename(file, aside);
      tell(std::string(error.what()) + "; it is kept as '" + aside.string() + "'");
    }
  }
  std::vector<Left> left;
  for (auto& [identity, segments] : lanes) {
    std::sort(segments.begin(), segments.end(),
              [](const auto& a, const auto& b) { return a->number() < b->number(); });
    left.push_back(std::move(segments));
  }
  std::sort(left.begin(), left.end(), [](const Left& a, const Left& b) {
    return a.front()->number() < b.front()->number();
  });
  return left;
}

std::shared_ptr<Segment> SegmentStore::Make(std::uint32_t lane) {
  const std::uint64_t number = last_number_ + 1;
  if (!spares_.empty()) {
    std::shared_ptr<Segment> segment = std::move(spares_.back());
    spares_.pop_back();
    segment->Reuse(FileOf(number), number, lane);
    last_number_ = number;
    return segment;
  }
  if (bytes_ + segment_bytes_ > max_bytes_) {
    throw std::runtime_error(
        "audit journal '" + directory_.string() +
        "' is full: the sinks are too far behind, or the machine is too busy");
  }
  auto segment = Segment::Make(FileOf(number), segment_bytes_, number, process_, lane);
  // Its name must outlive the machine, too.
  if (durable_ && ::fsync(directory_fd_) != 0) {
    const int error = errno;
    std::filesystem::remove(segment->file());
    throw std::runtime_error("audit journal '" + directory_.string() +
                             "' cannot be synced: " + std::generic_category().message(error));
  }
  last_number_ = number;
  bytes_ += segment_bytes_;
  return segment;
}

void SegmentStore::GiveBack(std::shared_ptr<Segment> segment) {
  const bool ours = segment->process() == process_;
  if (ours && spares_.size() < kMaxSpares) {
    // A later process must not take it for one that was left.
    segment->Commit(segment->size());
    return spares_.push_back(std::move(segment));
  }
  std::error_code ignored;
  std::filesystem::remove(segment->file(), ignored);
  if (ours) bytes_ -= segment->size();
}

}  // namespace pgmoat::audit
