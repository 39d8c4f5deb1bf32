#pragma once
// Room on disks.

#include <cstdint>
#include <filesystem>
#include <system_error>

namespace facemat {

// Bytes that can still be written where `path` lies (it need not exist); the largest number if the system does not tell.
inline uint64_t free_bytes(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path place = fs::absolute(path, error);
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  const fs::space_info space = fs::space(place, error);
  return error ? UINT64_MAX : space.available;
}

}  // namespace facemat
