// Runs one session::Session over two sockets: gives it bytes, carries out what it
// asks for.
//
//   client stream --read--> OnClientBytes --> outbox --> server stream
//   client stream <-- outbox <-- OnServerBytes <--read-- server stream
//
// A direction is read only while its outbox is empty and the session wants its bytes:
// memory per session is bounded by what one read can make, and a peer that does not
// read slows the other one down, as if they were connected directly.  The directions
// do not wait for each other, so two peers that both write first do not lock up.
//
// What a session did not take (`rest`) is offered again, with what follows it, as soon as
// the session wants bytes, before anything else is read.
//
// Lifetime: owned by its worker from construction until Worker::Forget().
// Threads:  its worker's thread.
// Errors:   a broken socket is an event for the session (OnClientClosed,
//   OnServerClosed), never an exception.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/net/connector.h"
#include "proxy/net/outbox.h"
#include "proxy/net/stream.h"
#include "proxy/net/worker.h"
#include "proxy/session/session.h"

namespace pgmoat::net {

class SessionRunner : public std::enable_shared_from_this<SessionRunner> {
 public:
  SessionRunner(Worker& worker, AcceptedClient client);

  void Start();
  // Instead of Start().
  void Refuse(std::string_view sqlstate, std::string_view message);

  void UseSettings(const std::shared_ptr<const Settings>& settings);
  void Drain();
  void Kill();
  // By the worker's clock, every Worker::kTick, while HasTimeLimits().
  void Tick(session::Now now);
  [[nodiscard]] bool HasTimeLimits() const;

 private:
  enum class Phase {
    kRelaying,   // both sides are read and written as the session wishes
    kClientTls,  // waiting for the client's part of the handshake; nothing is read
    kFlushing,   // the session is over; its last bytes are on their way
    kLingering,  // they are out; waiting for the client to hang up, so that no reset
                 // overtakes them
    kClosed,
  };

  struct Side {
    std::unique_ptr<Stream> stream;
    Outbox out;                   // to this side
    std::vector<std::byte> rest;  // of this side's bytes, not yet taken by the session
    bool stalled = false;         // the session needs more than `rest` to go on
    bool yielded = false;         // the session left `rest` for another turn of its own
    bool reading = false;         // a wait is under way
    bool writing = false;
    bool ended = false;  // no more bytes will come
  };

  // --- events (session_runner.cc) ---
  template <typename F>
  void Tell(F event);  // calls event(session, now, output), then Carry, Settle
  void AwaitFirstByte();
  void OnReadable(Direction from);
  void OnEnded(Direction from, IoStatus status);
  void OnWritable(Side& side);
  void Offer(Direction from, protocol::Bytes bytes, session::Now now);
  void Yield(Direction from);
  void OfferRests();
  void Carry(session::Output& output);
  void HoldUntilDurable();
  bool WaitDurable();
  void OnDurable();
  void Settle();
  void EndServerStream();
  [[nodiscard]] bool MayTake(Direction from) const;
  void WaitToRead(Direction from);
  void WaitToWrite(Side& side);

  // --- what the session asks for (session_actions.cc) ---
  void Act(session::Output& output);
  void StartClientTls();
  void ContinueClientTls();
  void ConnectServer(std::size_t environment_index);
  void OnConnected(std::unique_ptr<Stream> stream, const std::string& reason);
  void ForwardCancel(std::vector<std::byte> request);
  void CancelServer(std::vector<std::byte> request);
  void Judge(session::JudgeWork work);
  void StartLoginTimer();

  // --- the end (session_actions.cc) ---
  void BeginClose();
  void ContinueClose();
  void Linger();
  void Finish();
  void StartDeadline(std::chrono::milliseconds after, void (SessionRunner::*then)());

  // Runs a handler; an exception (out of memory) ends this session only.
  template <typename F>
  void Guard(F f);
  void Fail(const char* reason);

  Side& From(Direction d) { return d == Direction::kClientToServer ? client_ : server_; }
  [[nodiscard]] const Side& From(Direction d) const {
    return d == Direction::kClientToServer ? client_ : server_;
  }
  [[nodiscard]] bool over() const { return phase_ >= Phase::kFlushing; }

  Worker& worker_;
  std::shared_ptr<const Settings> settings_;
  std::size_t listener_;
  session::Session session_;
  Side client_;
  Side server_;
  Phase phase_ = Phase::kRelaying;
  // While connecting.  It keeps this session alive, not the other way round: both would
  // outlive an event loop that stops.
  std::weak_ptr<Connector> connector_;
  std::shared_ptr<const UpstreamSettings> upstream_;  // of the server's connection
  // The login's deadline, then none, then the closing's.
  std::unique_ptr<Timer> timer_;
  bool login_timer_ = false;
  bool cancelling_ = false;       // a CancelRequest is on its way to the servers
  bool session_over_ = false;     // no more calls into session_
  bool server_told_ = false;      // that no more comes, for the client sends no more
  bool came_while_held_ = false;  // for the server, behind what waits for its record
};

template <typename F>
void SessionRunner::Guard(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    Fail(e.what());
  }
}

template <typename F>
void SessionRunner::Tell(F event) {
  if (session_over_) return;
  Guard([&] {
    session::Output& output = worker_.output();
    output.Clear();
    event(session_, worker_.Now(), output);
    client_.stalled = server_.stalled = false;
    Carry(output);
    Settle();
  });
}

}  // namespace pgmoat::net
