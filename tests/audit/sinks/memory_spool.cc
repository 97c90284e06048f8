#include <mutex>

#include "proxy/audit/spool.h"

namespace pgmoat::audit {

struct Spool::Impl {
  mutable std::mutex mutex;
  mutable std::condition_variable wake;
  std::uint64_t wakes = 0;
  std::uint64_t begin = 0;
  std::string lines;
};

Spool::Spool(std::filesystem::path /*directory*/, std::uint64_t /*max_bytes*/)
    : impl_(std::make_unique<Impl>()) {}
Spool::~Spool() = default;

bool Spool::Append(std::string_view lines) {
  const std::lock_guard lock(impl_->mutex);
  impl_->lines += lines;
  impl_->wake.notify_all();
  return true;
}
std::string Spool::error() const { return {}; }

std::uint64_t Spool::begin() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->begin;
}
std::uint64_t Spool::end() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->begin + impl_->lines.size();
}

Spool::Piece Spool::Read(std::uint64_t position, std::size_t max_bytes) const {
  const std::lock_guard lock(impl_->mutex);
  const std::uint64_t last = impl_->begin + impl_->lines.size();
  if (position < impl_->begin || position > last) position = impl_->begin;
  const std::string_view rest = std::string_view(impl_->lines).substr(position - impl_->begin);
  std::size_t bytes = rest.size();
  if (bytes > max_bytes) {
    const std::size_t newline = rest.rfind('\n', max_bytes - 1);
    bytes = newline == std::string_view::npos ? rest.find('\n') + 1 : newline + 1;
  }
  Piece piece;
  piece.owner = std::make_shared<const std::string>(rest.substr(0, bytes));
  piece.lines = *piece.owner;
  return piece;
}

void Spool::WaitBeyond(std::uint64_t position, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(impl_->mutex);
  const std::uint64_t before = impl_->wakes;
  impl_->wake.wait_for(lock, at_most, [&] {
    return impl_->begin + impl_->lines.size() > position || impl_->wakes != before;
  });
}

void Spool::Wake() {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->wakes;
  impl_->wake.notify_all();
}

void Spool::Release(std::uint64_t position) {
  const std::lock_guard lock(impl_->mutex);
  impl_->lines.erase(0, position - impl_->begin);
  impl_->begin = position;
}

std::string Spool::LastLine() const { return {}; }

}  // namespace pgmoat::audit
