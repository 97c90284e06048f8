#include "proxy/net/judge_pool.h"

#include <malloc.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "policy/parser.h"

namespace pgmoat::net {

namespace {
// The tree of a long text takes many times its size, and malloc would keep that.
constexpr std::size_t kTrimAboveBytes = std::size_t{1} << 20;
}  // namespace

JudgePool::~JudgePool() {
  pool_.stop();
  pool_.join();
}

void JudgePool::Judge(std::shared_ptr<const std::string> text, Done done) {
  boost::asio::post(pool_, [text = std::move(text), done = std::move(done)] {
    policy::TextFacts facts;
    policy::ReadFacts(*text, facts);
    if (text->size() > kTrimAboveBytes) ::malloc_trim(0);
    done(std::move(facts));
  });
}

}  // namespace pgmoat::net
