#include "proxy/audit/reading/byte_source.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmoat::audit {
namespace {

constexpr std::size_t kInputBytes = std::size_t{256} << 10;
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kGzipMagic = "\x1f\x8b";

class PlainFile : public ByteSource {
 public:
  explicit PlainFile(const std::filesystem::path& file) : name_(file.string()) {
    descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) Fail(std::strerror(errno));
  }
  ~PlainFile() override { ::close(descriptor_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  std::size_t Read(char* to, std::size_t size) override {
    if (peeked_at_ < peeked_.size()) {
      const std::size_t bytes = std::min(size, peeked_.size() - peeked_at_);
      std::memcpy(to, peeked_.data() + peeked_at_, bytes);
      peeked_at_ += bytes;
      return bytes;
    }
    while (true) {
      const ssize_t got = ::read(descriptor_, to, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) Fail(std::strerror(errno));
    }
  }

  // The first bytes, which Read gives all the same: a pipe cannot be wound back.
  std::string_view Peek(std::size_t size) {
    peeked_.resize(size);
    std::size_t got = 0;
    while (got < size) {
      const ssize_t more = ::read(descriptor_, peeked_.data() + got, size - got);
      if (more < 0 && errno == EINTR) continue;
      if (more < 0) Fail(std::strerror(errno));
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    peeked_.resize(got);
    return peeked_;
  }

  [[noreturn]] void Fail(const std::string& why) const {
    throw ReadError(name_ + ": cannot be read: " + why);
  }

 private:
  std::string name_;
  std::string peeked_;
  std::size_t peeked_at_ = 0;
  int descriptor_ = -1;
};

// Several gzip members after each other are one file, as gunzip has it.
class GzipFile : public ByteSource {
 public:
  explicit GzipFile(std::unique_ptr<PlainFile> file)
      : file_(std::move(file)), input_(kInputBytes) {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) file_->Fail("out of memory");
  }
  ~GzipFile() override { inflateEnd(&stream_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  std::size_t Read(char* to, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0 && !Fill()) {
        if (!between_members_) file_->Fail("its compressed data is cut off");
        return 0;
      }
      if (std::exchange(between_members_, false)) inflateReset(&stream_);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        between_members_ = true;
      } else if (result != Z_OK) {
        file_->Fail("its compressed data is damaged");
      }
    }
    return size - stream_.avail_out;
  }

 private:
  bool Fill() {
    const std::size_t got = file_->Read(input_.data(), input_.size());
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(got);
    return got > 0;
  }

  std::unique_ptr<PlainFile> file_;
  std::vector<char> input_;
  z_stream stream_{};
  bool between_members_ = true;
};

class ZstdFile : public ByteSource {
 public:
  explicit ZstdFile(std::unique_ptr<PlainFile> file)
      : file_(std::move(file)), buffer_(kInputBytes), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) file_->Fail("out of memory");
  }
  ~ZstdFile() override { ZSTD_freeDStream(stream_); }
  ZstdFile(const ZstdFile&) = delete;
  ZstdFile& operator=(const ZstdFile&) = delete;

  std::size_t Read(char* to, std::size_t size) override {
    ZSTD_outBuffer output{to, size, 0};
    while (output.pos == 0) {
      // What is decompressed already comes out without more input: only when nothing did is
      // the end of the file the end of the data.
      if (input_.pos == input_.size && !more_inside_ && !Fill()) {
        if (!between_frames_) file_->Fail("its compressed data is cut off");
        return 0;
      }
      const std::size_t result = ZSTD_decompressStream(stream_, &output, &input_);
      if (ZSTD_isError(result) != 0) file_->Fail("its compressed data is damaged");
      between_frames_ = result == 0;
      more_inside_ = output.pos == output.size && !between_frames_;
    }
    return output.pos;
  }

 private:
  bool Fill() {
    input_ = {buffer_.data(), file_->Read(buffer_.data(), buffer_.size()), 0};
    return input_.size > 0;
  }

  std::unique_ptr<PlainFile> file_;
  std::vector<char> buffer_;
  ZSTD_DStream* stream_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool more_inside_ = false;
  bool between_frames_ = true;
};

}  // namespace

std::unique_ptr<ByteSource> OpenBytes(const std::filesystem::path& file) {
  auto plain = std::make_unique<PlainFile>(file);
  const std::string_view magic = plain->Peek(kZstdMagic.size());
  if (magic == kZstdMagic) return std::make_unique<ZstdFile>(std::move(plain));
  if (magic.starts_with(kGzipMagic)) return std::make_unique<GzipFile>(std::move(plain));
  return plain;
}

bool IsCompressed(const std::filesystem::path& file) {
  char magic[kZstdMagic.size()];
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  const ssize_t got = ::read(descriptor, magic, sizeof magic);
  ::close(descriptor);
  const std::string_view begin(magic, got < 0 ? 0 : static_cast<std::size_t>(got));
  return begin == kZstdMagic || begin.starts_with(kGzipMagic);
}

}  // namespace pgmoat::audit
