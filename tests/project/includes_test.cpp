// Every include in the tree follows the arrows of CONTRIBUTING.md ("The house").

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "src/core/file.h"

namespace facemat {
namespace {

const std::map<std::string, std::set<std::string>>& allowed() {
  static const std::map<std::string, std::set<std::string>> rooms = {
      {"src/core", {}},
      {"src/image", {"src/core"}},
      {"src/media", {"src/core", "src/image"}},
      {"src/model", {"src/core"}},
      {"src/runtime", {"src/core", "src/image"}},
      {"data", {"src/core", "src/image"}},
      {"eval/metrics", {"src/core", "src/image"}},
      {"train", {"src/core", "src/image", "src/model", "data", "eval/metrics"}},
      {"eval", {"src/core", "src/image", "src/media", "src/model", "src/runtime", "data", "eval/metrics"}},
      {"export", {"src/core", "src/image", "src/model", "src/runtime"}},
      {"tools", {"src/core", "src/image", "src/media", "src/runtime"}},
  };
  return rooms;
}

// Third-party headers that belong to few rooms.
const std::map<std::string, std::set<std::string>>& third_party() {
  static const std::map<std::string, std::set<std::string>> owners = {
      {"torch/", {"src/model", "train", "eval", "export"}},
      {"onnxruntime", {"src/runtime"}},
      {"onnx/", {"export"}},
      {"yaml-cpp/", {"src/core"}},
      {"libav", {"src/media"}},
      {"libsw", {"src/media"}},
      {"archive", {"data"}},
  };
  return owners;
}

// The room a path lies in: the longest known prefix.
std::string room_of(const std::string& path) {
  std::string best;
  for (const auto& [room, uses] : allowed())
    if (path.rfind(room + "/", 0) == 0 && room.size() > best.size()) best = room;
  return best;
}

TEST(House, IncludesFollowTheArrows) {
  const fs::path root = FACEMAT_SOURCE_DIR;
  const std::regex include(R"rx(^\s*#\s*include\s*["<]([^">]+)[">])rx");
  int lines = 0;
  for (const auto& [room, uses] : allowed()) {
    if (!fs::is_directory(root / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const std::string path = fs::relative(entry.path(), root).string();
      const std::string extension = entry.path().extension();
      if ((extension != ".h" && extension != ".cpp") || room_of(path) != room) continue;
      std::ifstream file(entry.path());
      std::smatch match;
      for (std::string line; std::getline(file, line);) {
        if (!std::regex_search(line, match, include)) continue;
        ++lines;
        const std::string target = match[1], target_room = room_of(target);
        EXPECT_TRUE(target_room.empty() || target_room == room || uses.count(target_room)) << path << " includes " << target;
        for (const auto& [header, owners] : third_party())
          EXPECT_TRUE(target.rfind(header, 0) != 0 || owners.count(room)) << path << " includes " << target;
        const bool ours = line.find('"') != std::string::npos;
        EXPECT_TRUE(!ours || fs::exists(root / target)) << path << ": includes are written from the root: " << target;
      }
    }
  }
  EXPECT_GT(lines, 100);
}

TEST(House, TopLevelIsFixed) {
  const std::set<std::string> known = {"train", "eval", "data", "configs", "src", "export", "tests", "tools"};
  const std::set<std::string> ignored = {".git", ".deps", ".ci", "build", "demo"};  // and what tools/study makes
  for (const auto& entry : fs::directory_iterator(FACEMAT_SOURCE_DIR)) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(!entry.is_directory() || ignored.count(name) || known.count(name) || name.rfind("study", 0) == 0) << name;
  }
}

}  // namespace
}  // namespace facemat
