#include "proxy/audit/sinks/file_compression.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace pgmoat::audit {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{128} << 10;

[[noreturn]] void FailAs(const std::string& what, const std::filesystem::path& path,
                         int error) {
  throw std::runtime_error(what + " '" + path.string() +
                           "': " + std::generic_category().message(error));
}

class OpenFile {
 public:
  OpenFile(std::filesystem::path path, int flags, mode_t mode)
      : path_(std::move(path)), descriptor_(::open(path_.c_str(), flags | O_CLOEXEC, mode)) {
    if (descriptor_ < 0) FailAs("cannot open", path_, errno);
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::size_t Read(char* into, std::size_t bytes) {
    ssize_t got = 0;
    do {
      got = ::read(descriptor_, into, bytes);
    } while (got < 0 && errno == EINTR);
    if (got < 0) FailAs("cannot read", path_, errno);
    return static_cast<std::size_t>(got);
  }
  void Write(const char* from, std::size_t bytes) {
    while (bytes > 0) {
      const ssize_t put = ::write(descriptor_, from, bytes);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) FailAs("cannot write", path_, put < 0 ? errno : ENOSPC);
      from += put;
      bytes -= static_cast<std::size_t>(put);
    }
  }
  void Sync() {
    if (::fsync(descriptor_) != 0) FailAs("cannot write", path_, errno);
  }
  [[nodiscard]] mode_t Mode() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? status.st_mode & 0777U : 0600U;
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

// Takes chunks, writes what they become.
class Compressor {
 public:
  virtual ~Compressor() = default;
  virtual void Put(const char* data, std::size_t bytes, bool last, OpenFile& out) = 0;
};

class Gzip final : public Compressor {
 public:
  Gzip() {
    constexpr int kGzipWrapper = 16;  // added to the window's bits, as deflateInit2 wants it
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipWrapper, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::runtime_error("zlib cannot begin");
    }
  }
  ~Gzip() override { deflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void Put(const char* data, std::size_t bytes, bool last, OpenFile& out) override {
    // zlib does not write to its input; its type predates const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
    stream_.avail_in = static_cast<uInt>(bytes);
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      if (deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) {
        throw std::runtime_error("zlib cannot go on");
      }
      out.Write(buffer_.data(), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
  std::vector<char> buffer_ = std::vector<char>(kChunkBytes);
};

class Zstd final : public Compressor {
 public:
  Zstd() {
    if (context_ == nullptr) throw std::runtime_error("zstd cannot begin");
    // A damaged file is to be noticed by whoever reads it.
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  void Put(const char* data, std::size_t bytes, bool last, OpenFile& out) override {
    ZSTD_inBuffer input{data, bytes, 0};
    bool more = true;
    while (more) {
      ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &output, &input,
                                                    last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0) throw std::runtime_error(ZSTD_getErrorName(left));
      out.Write(buffer_.data(), output.pos);
      more = last ? left != 0 : input.pos < input.size;
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
  std::vector<char> buffer_ = std::vector<char>(kChunkBytes);
};

// False: stopped.
bool Copy(OpenFile& in, OpenFile& out, Compressor& compressor, const std::atomic<bool>& stop) {
  std::vector<char> chunk(kChunkBytes);
  while (!stop) {
    const std::size_t bytes = in.Read(chunk.data(), chunk.size());
    compressor.Put(chunk.data(), bytes, bytes == 0, out);
    if (bytes == 0) return true;
  }
  return false;
}

bool Compress(const std::filesystem::path& plain, const std::filesystem::path& temporary,
              FileSinkOptions::Compression compression, const std::atomic<bool>& stop) {
  std::unique_ptr<Compressor> compressor;
  if (compression == FileSinkOptions::Compression::kGzip) {
    compressor = std::make_unique<Gzip>();
  } else {
    compressor = std::make_unique<Zstd>();
  }
  OpenFile in(plain, O_RDONLY, 0);
  OpenFile out(temporary, O_WRONLY | O_CREAT | O_TRUNC, in.Mode());
  if (!Copy(in, out, *compressor, stop)) return false;
  out.Sync();
  return true;
}

}  // namespace

std::string CompressionSuffix(FileSinkOptions::Compression compression) {
  switch (compression) {
    case FileSinkOptions::Compression::kNone:
      return "";
    case FileSinkOptions::Compression::kGzip:
      return ".gz";
    case FileSinkOptions::Compression::kZstd:
      return ".zst";
  }
  return "";
}

std::string CompressFile(const std::filesystem::path& plain,
                         FileSinkOptions::Compression compression,
                         const std::atomic<bool>& stop) {
  if (compression == FileSinkOptions::Compression::kNone) return {};
  const std::string done = plain.string() + CompressionSuffix(compression);
  const std::string temporary = done + ".tmp";
  std::error_code ignored;
  try {
    if (Compress(plain, temporary, compression, stop)) {
      std::filesystem::rename(temporary, done);
      std::filesystem::remove(plain);
      return {};
    }
  } catch (const std::exception& failure) {
    std::filesystem::remove(temporary, ignored);
    return "audit file '" + plain.string() + "' cannot be compressed: " + failure.what();
  }
  std::filesystem::remove(temporary, ignored);
  return {};
}

}  // namespace pgmoat::audit
