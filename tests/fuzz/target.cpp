#include "tests/fuzz/target.h"

#include <algorithm>

#include "src/core/file.h"
#include "src/core/text.h"

namespace facemat {

const FuzzTarget& fuzz_target(const std::string& name) { return find_entry(fuzz_targets(), name, "fuzz target"); }

std::vector<fs::path> kept_inputs(const FuzzTarget& target) {
  const fs::path folder = fs::path(FACEMAT_SOURCE_DIR) / "tests/fuzz/kept" / target.name;
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

fs::path as_file(const std::string& name, const std::string& bytes) {
  static const TemporaryFolder folder("facemat-fuzz");
  fs::path path = folder.path() / name;
  write_plain(path, bytes);
  return path;
}

}  // namespace facemat
