#include "proxy/net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace pgmoat::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 64;  // of news, in each turn

UniqueFd Checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

void Register(int epoll, int fd, std::uint32_t events, void* whom) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = whom;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

}  // namespace

// --- Readiness ---

Readiness::Readiness(EventLoop& loop, int fd) : loop_(&loop) { loop.Add(*this, fd); }

void Readiness::WaitReadable(Handler handler) {
  on_readable_ = std::move(handler);
  if (readable_) Rouse();
}

void Readiness::WaitWritable(Handler handler) {
  on_writable_ = std::move(handler);
  if (writable_) Rouse();
}

void Readiness::Rouse() {
  if (std::exchange(roused_, true)) return;
  loop_->roused_.push_back(this);
}

void Readiness::Note(std::uint32_t events) {
  constexpr std::uint32_t kBroken = EPOLLHUP | EPOLLERR;
  constexpr std::uint32_t kEnd = EPOLLRDHUP | kBroken;
  doubtful_ = doubtful_ || (events & (kEnd | EPOLLPRI)) != 0;
  readable_ = readable_ || (events & (EPOLLIN | kEnd)) != 0;
  writable_ = writable_ || (events & (EPOLLOUT | kBroken)) != 0;
  Rouse();
}

void Readiness::Fire(What what) {
  const bool reads = what == What::kReadable;
  Handler& waiting = reads ? on_readable_ : on_writable_;
  if (!(reads ? readable_ : writable_) || waiting.empty()) return;
  const Handler handler = std::exchange(waiting, {});
  handler();
}

void Readiness::Close() {
  if (loop_ == nullptr) return;
  for (Handler* handler : {&on_readable_, &on_writable_}) {
    if (!handler->empty()) loop_->AtEndOfTurn([forgotten = std::exchange(*handler, {})] {});
  }
  std::exchange(loop_, nullptr)->Remove(*this);
}

// --- Timer ---

void Timer::Start(std::chrono::milliseconds after, std::function<void()> then) {
  Cancel();
  then_ = std::move(then);
  place_ = loop_.timers_.emplace(Clock::now() + after, this);
}

void Timer::Cancel() {
  if (!then_) return;
  loop_.timers_.erase(place_);
  loop_.AtEndOfTurn([cancelled = std::exchange(then_, nullptr)] {});
}

// --- EventLoop ---

EventLoop::EventLoop()
    : epoll_(Checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(Checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  // Edge-triggered: each write is news, and nobody need read them.
  Register(epoll_.get(), wake_.get(), EPOLLIN | EPOLLET, this);
}

EventLoop::~EventLoop() {
  if (elsewhere_) {
    elsewhere_->stop();
    elsewhere_->join();
  }
  // Handlers may own those who wait, whose end closes what they wait for.
  while (!all_.empty()) all_.front().Close();
  for (const auto& [when, timer] : timers_) {
    AtEndOfTurn([cancelled = std::exchange(timer->then_, nullptr)] {});
  }
  timers_.clear();
  std::exchange(posted_, {}).clear();
  EndTurn();
}

// What is let go of here may let go of more.
void EventLoop::EndTurn() {
  while (!at_end_of_turn_.empty()) {
    for (const auto& f : std::exchange(at_end_of_turn_, {})) f();
  }
}

void EventLoop::Add(Readiness& readiness, int fd) {
  Register(epoll_.get(), fd, EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET, &readiness);
  all_.push_back(readiness);
}

// Closing the descriptor takes it out of the epoll set.
void EventLoop::Remove(Readiness& readiness) {
  all_.erase(all_.iterator_to(readiness));
  std::replace(roused_.begin(), roused_.end(), &readiness, static_cast<Readiness*>(nullptr));
  std::replace(rousing_.begin(), rousing_.end(), &readiness, static_cast<Readiness*>(nullptr));
}

void EventLoop::Run() {
  while (!stopped_) RunOnce();
}

// Nobody is called, and so nobody can go, before all news of the turn is noted.
void EventLoop::RunOnce() {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kBatch, TimeoutMs());
  bool posted = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == this) {
      posted = true;
    } else {
      static_cast<Readiness*>(event.data.ptr)->Note(event.events);
    }
  }
  if (posted) RunPosted();
  if (!timers_.empty()) RunTimers();
  if (!roused_.empty()) RunRoused();
  if (!at_end_of_turn_.empty()) EndTurn();
}

// -1: until there is news.
int EventLoop::TimeoutMs() const {
  if (!roused_.empty()) return 0;
  if (timers_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
  constexpr std::chrono::milliseconds kMost = std::chrono::minutes(1);
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), kMost).count());
}

void EventLoop::RunTimers() {
  const Clock::time_point now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Timer* timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    const std::function<void()> then = std::exchange(timer->then_, nullptr);
    then();
  }
}

void EventLoop::RunRoused() {
  rousing_.swap(roused_);
  // By index: a call may close others, which stand here as null then.
  for (std::size_t i = 0; i < rousing_.size(); ++i) {
    if (rousing_[i] == nullptr) continue;
    rousing_[i]->roused_ = false;
    rousing_[i]->Fire(Readiness::What::kWritable);
    if (rousing_[i] != nullptr) rousing_[i]->Fire(Readiness::What::kReadable);
  }
  rousing_.clear();
}

void EventLoop::Post(std::function<void()> f) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(f));
  }
  if (!first) return;
  // Full only after 2^64 - 1 of these.
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::RunPosted() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const std::function<void()>& f : posted) f();
}

void EventLoop::Stop() {
  Post([this] { stopped_ = true; });
}

void EventLoop::RunElsewhere(std::function<std::function<void()>()> work) {
  if (!elsewhere_) elsewhere_ = std::make_unique<boost::asio::thread_pool>(1);
  boost::asio::post(*elsewhere_, [this, work = std::move(work)] { Post(work()); });
}

}  // namespace pgmoat::net
