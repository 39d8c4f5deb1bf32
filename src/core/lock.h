#pragma once
// One process at a time: builds, trainings and folders of frames that are filled up hold a lock while they write.

#include <filesystem>
#include <memory>
#include <string>

namespace facemat {

namespace fs = std::filesystem;

// Holds `place` against other processes: a folder, in which nothing is made for it, or a file, which is made if it is not there
// and stays. The system lets go of it when the process ends, however it does. Throws Error "PLACE: another process DOES" if one
// has it, or if it cannot be opened. File systems that know no locks (NFS none on folders) are worked on without.
class Lock {
 public:
  Lock(const fs::path& place, const std::string& does);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // Of a folder: as soon as no other process holds it; nullptr if there is none.
  static std::unique_ptr<Lock> waited_for(const fs::path& folder);
  // The same if no other process holds it now. nullptr, too, where that cannot be told: its file system knows no locks.
  static std::unique_ptr<Lock> if_free(const fs::path& folder);

 private:
  explicit Lock(int fd) : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace facemat
