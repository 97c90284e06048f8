#include "proxy/net/judge_pool.h"

#include <malloc.h>

#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace pgmoat::net {

namespace {

using session::JudgedText;
using session::JudgedTextPtr;

// The tree of a long text takes many times its size, and malloc would keep that.
constexpr std::size_t kTrimAboveBytes = std::size_t{1} << 20;

bool IsHuge(const JudgedText& text) { return text.Whole()->full_bytes > kTrimAboveBytes; }

void Free(std::unique_ptr<JudgedText> text) {
  const bool trim = IsHuge(*text);
  text.reset();
  if (trim) ::malloc_trim(0);
}

}  // namespace

JudgePool::~JudgePool() {
  pool_->stop();
  pool_->join();
}

void JudgePool::Judge(session::JudgeWork work, Done done) {
  boost::asio::post(
      *pool_, [pool = std::weak_ptr(pool_), work = std::move(work), done = std::move(done)] {
        std::unique_ptr<JudgedText> text = work();
        if (IsHuge(*text)) ::malloc_trim(0);
        // Freed where it was made, for as long as the pool is there.
        done(JudgedTextPtr(text.release(), [pool](JudgedText* made) {
          std::unique_ptr<JudgedText> owned(made);
          const std::shared_ptr<boost::asio::thread_pool> alive = pool.lock();
          if (!alive) return;
          boost::asio::post(*alive,
                            [owned = std::move(owned)]() mutable { Free(std::move(owned)); });
        }));
      });
}

}  // namespace pgmoat::net
