#include "proxy/audit/reading/line_reader.h"

#include <cstring>

namespace pgmoat::audit {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

}  // namespace

LineReader::LineReader(const std::filesystem::path& file)
    : source_(OpenBytes(file)), buffer_(kBlockBytes) {}

bool LineReader::ReadMore() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const std::size_t got = source_->Read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += got;
  return got > 0;
}

bool LineReader::Next(std::string_view& line) {
  while (true) {
    const char* from = buffer_.data() + scanned_;
    const void* found = end_ > scanned_ ? std::memchr(from, '\n', end_ - scanned_) : nullptr;
    scanned_ = end_;
    if (found != nullptr) {
      const auto at =
          static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      line = {buffer_.data() + begin_, at - begin_};
      begin_ = scanned_ = at + 1;
      complete_ = true;
      ++number_;
      return true;
    }
    if (end_ - begin_ < kMaxLineBytes && ReadMore()) continue;
    if (begin_ == end_) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    complete_ = false;
    ++number_;
    return true;
  }
}

}  // namespace pgmoat::audit
