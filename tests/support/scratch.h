#pragma once
// What many tests need: a folder that goes away, what lies in a folder, and the message of an error.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "src/core/error.h"

namespace facemat {

namespace fs = std::filesystem;

// An empty folder of its own, removed with everything in it.
class Scratch {
 public:
  Scratch() {
    static std::atomic<int> count{0};
    path_ = fs::path(testing::TempDir()) / ("facemat-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

// The names of the files and folders in `folder`, sorted.
inline std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// What `body` throws as Error; "no error" if it does not.
template <typename Body>
std::string message_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// While it lives, root has the rights of nobody, so that files without permission are closed to it too.
class WithoutPrivilege {
 public:
  WithoutPrivilege() : user_(::geteuid()) {
    constexpr uid_t kNobody = 65534;
    if (user_ == 0) changed_ = ::seteuid(kNobody) == 0;
  }
  ~WithoutPrivilege() {
    if (changed_ && ::seteuid(user_) != 0) std::abort();
  }
  WithoutPrivilege(const WithoutPrivilege&) = delete;
  WithoutPrivilege& operator=(const WithoutPrivilege&) = delete;

 private:
  uid_t user_;
  bool changed_ = false;
};

}  // namespace facemat
