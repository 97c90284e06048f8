// Compresses rotated files and removes those that are too many or too old, on a thread of
// its own, so that delivery does not wait.  Everything it does is seen in the directory:
// what a killed process left undone is done at the next start.
//
// Threads: Kick and TakeTrouble from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

class FileHousekeeper {
 public:
  // Begins at once.
  explicit FileHousekeeper(FileSinkOptions options);
  // Gives up a compression that is under way; the next start begins it anew.
  ~FileHousekeeper();
  FileHousekeeper(const FileHousekeeper&) = delete;
  FileHousekeeper& operator=(const FileHousekeeper&) = delete;

  // There is a new rotated file.
  void Kick();

  // What went wrong since the last call; nothing: nothing.
  [[nodiscard]] std::string TakeTrouble();

 private:
  void Run();
  void KeepHouse();
  void CompressThose();
  void RemoveOld();
  void Remove(const std::filesystem::path& path);
  void Note(const std::string& trouble);

  const FileSinkOptions options_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool kicked_ = true;   // under mutex_
  std::string trouble_;  // under mutex_
  std::thread thread_;
};

}  // namespace pgmoat::audit
