#pragma once
// One process at a time: builds and trainings hold a lock while they write.

#include <filesystem>
#include <string>

namespace facemat {

namespace fs = std::filesystem;

// Holds `file`, which is made if it is not there and stays, against other processes; the system lets go of it when the process
// ends, however it does. Throws Error "FILE: another process DOES" if one has it, or if it cannot be written. File systems that
// know no locks are worked on without.
class Lock {
 public:
  Lock(const fs::path& file, const std::string& does);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace facemat
