// Appends proofs to files, on a thread of its own: a worker never waits for a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "proxy/migrations/proofs.h"

namespace pgmoat::migrations {

// Called on the writer's thread; Add may call on_lost and on_message, too.
struct ProofCallbacks {
  std::function<void(const std::string&)> on_message;
  std::function<void(std::uint64_t)> on_written;
  std::function<void(std::uint64_t)> on_lost;
};

class ProofWriter {
 public:
  // Opens `directory`/`environment`-HOST.jsonl, to append.  Throws std::runtime_error naming
  // file and remedy.
  ProofWriter(const std::string& environment, const std::filesystem::path& directory,
              const std::filesystem::path& signing_key, ProofCallbacks callbacks);
  // Writes what is waiting.
  ~ProofWriter();
  ProofWriter(const ProofWriter&) = delete;
  ProofWriter& operator=(const ProofWriter&) = delete;

  // Threads: any.  Does not wait for the disk.  A proof that cannot be written, or that comes
  // while very many wait, is lost: logged and counted.
  void Add(Proof proof);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::migrations
