// The tree is as CONTRIBUTING.md ("The house") says: its tables are read, and every include is held against them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "src/core/file.h"
#include "tests/support/command.h"

namespace facemat {
namespace {

const fs::path kRoot = FACEMAT_SOURCE_DIR;
constexpr size_t kMostUnits = 16;  // of a folder: a dozen, and room for a few more before rooms are made within

using Arrows = std::map<std::string, std::set<std::string>>;  // row -> rows it may include

bool lies_in(const std::string& path, const std::string& row) {
  return path.rfind(row + "/", 0) == 0 || path.rfind(row + ".", 0) == 0;
}

// The longest row a path lies in; empty if there is none.
std::string row_of(const Arrows& rows, const std::string& path) {
  std::string best;
  for (const auto& [row, uses] : rows)
    if (lies_in(path, row) && row.size() > best.size()) best = row;
  return best;
}

std::vector<std::string> split(const std::string& text, const std::regex& separator) {
  std::vector<std::string> parts(std::sregex_token_iterator(text.begin(), text.end(), separator, -1), {});
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return parts;
}

struct House {
  Arrows rooms;      // the first table
  Arrows sub_rooms;  // those of "rooms in `ROOM`", whose arrows stay within the room
};

// Rows look like | `PATH` | job | may include |; the names of sub-rooms in the last column are relative to their room.
House read_house() {
  House house;
  const std::regex row(R"(^\| `([^`]+)` \| .+ \|([^|]*)\|$)"), head(R"(^\| rooms? (in `([^`]+)` )?\| job \| may include \|$)");
  const std::regex comma(R"(\s*,\s*|\s+)");
  std::ifstream file(kRoot / "CONTRIBUTING.md");
  std::string room;
  bool within = false;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0) within = line == "## The house";
    if (!within) continue;
    if (std::regex_match(line, match, head)) {
      room = match[2];
    } else if (std::regex_match(line, match, row)) {
      std::set<std::string> uses;
      for (const std::string& name : split(match[2], comma)) uses.insert(room.empty() ? name : room + "/" + name);
      (room.empty() ? house.rooms : house.sub_rooms)[match[1]] = uses;
    }
  }
  return house;
}

struct Include {
  std::string from, to;  // paths from the root; `to` as it is written
  bool ours = false;     // in quotes
};

// The product's sources, as paths from the root.
std::vector<std::string> sources(const Arrows& rooms) {
  std::vector<std::string> found;
  for (const auto& [room, uses] : rooms)
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / room)) {
      const std::string path = fs::relative(entry.path(), kRoot).string(), extension = entry.path().extension();
      const bool source = extension == ".h" || extension == ".cpp" || extension == ".hpp" || extension == ".c";
      if (source && row_of(rooms, path) == room) found.push_back(path);
    }
  return found;
}

// Every include of theirs.
std::vector<Include> includes(const Arrows& rooms) {
  std::vector<Include> found;
  const std::regex include(R"rx(^\s*#\s*include\s*(["<])([^">]+)[">])rx");
  std::smatch match;
  for (const std::string& path : sources(rooms)) {
    std::ifstream file(kRoot / path);
    for (std::string line; std::getline(file, line);)
      if (std::regex_search(line, match, include)) found.push_back({path, match[2], match[1] == "\""});
  }
  return found;
}

// A row and all below it, as far as they are rows.
void follow(const Arrows& arrows, const std::string& row, std::set<std::string>& open, std::set<std::string>& done) {
  ASSERT_TRUE(open.insert(row).second) << "a cycle through " << row;
  if (const auto uses = arrows.find(row); uses != arrows.end() && done.insert(row).second)
    for (const std::string& next : uses->second) follow(arrows, next, open, done);
  open.erase(row);
}

TEST(House, ArrowsLeadToRoomsAndHaveNoCycles) {
  const House house = read_house();
  EXPECT_GT(house.rooms.size(), 8u);
  EXPECT_GT(house.sub_rooms.size(), 40u);
  for (const Arrows* arrows : {&house.rooms, &house.sub_rooms}) {
    std::set<std::string> done;
    for (const auto& [row, uses] : *arrows) {
      EXPECT_TRUE(fs::is_directory(kRoot / row) || fs::exists(kRoot / (row + ".h"))) << row;
      for (const std::string& other : uses) EXPECT_EQ(arrows->count(other), 1u) << row << " may include " << other;
      std::set<std::string> open;
      follow(*arrows, row, open, done);
    }
  }
}

TEST(House, IncludesFollowTheArrows) {
  const House house = read_house();
  Arrows used;
  for (const Include& i : includes(house.rooms)) {
    if (!i.ours) continue;
    const std::string room = row_of(house.rooms, i.from), other = row_of(house.rooms, i.to);
    EXPECT_TRUE(fs::exists(kRoot / i.to)) << i.from << ": includes are written from the root: " << i.to;
    EXPECT_TRUE(other == room || house.rooms.at(room).count(other)) << i.from << " includes " << i.to;
    const std::string inner = row_of(house.sub_rooms, i.from), target = row_of(house.sub_rooms, i.to);
    if (other == room && inner != target && !inner.empty()) {
      EXPECT_TRUE(house.sub_rooms.at(inner).count(target)) << i.from << " includes " << i.to;
      used[inner].insert(target);
    }
    if (other != room) used[room].insert(other);
  }
  for (const Arrows* arrows : {&house.rooms, &house.sub_rooms})
    for (const auto& [row, uses] : *arrows)
      for (const std::string& other : uses)
        EXPECT_TRUE(used[row].count(other)) << "nothing in " << row << " includes " << other;
}

// Third-party headers that belong to few rooms.
TEST(House, LibrariesStayInTheirRooms) {
  const std::map<std::string, std::vector<std::string>> owners = {
      {"torch/", {"src/model", "train", "eval/judge", "export"}},
      {"c10/", {"src/model", "train", "eval/judge", "export"}},
      {"onnxruntime", {"src/runtime/onnx"}},
      {"onnx/", {"export"}},
      {"yaml-cpp/", {"src/core"}},
      {"nlohmann/json.hpp", {"src/core"}},  // src/core/json.h, which makes its whole numbers strict
      {"libav", {"src/media/video"}},
      {"libsw", {"src/media/video"}},
      {"archive", {"data/store"}},
      {"Eigen/", {"src/runtime/classical"}},
  };
  std::set<std::string> seen;
  for (const Include& i : includes(read_house().rooms))
    for (const auto& [header, rooms] : owners) {
      if (i.ours || i.to.rfind(header, 0) != 0) continue;
      seen.insert(header);
      EXPECT_TRUE(std::any_of(rooms.begin(), rooms.end(), [&](const std::string& room) { return lies_in(i.from, room); }))
          << i.from << " includes " << i.to;
    }
  EXPECT_EQ(seen.size(), owners.size()) << "a library that nothing uses";
}

TEST(House, EveryFolderHasItsRowAndIsNoLargerThanAReaderWants) {
  const House house = read_house();
  std::map<std::string, std::set<std::string>> units;  // of each folder
  for (const std::string& path : sources(house.rooms)) {
    const fs::path unit = fs::path(path).replace_extension();
    const std::string folder = unit.parent_path().string();
    units[folder].insert(unit.filename().string());
    EXPECT_TRUE(house.rooms.count(folder) || house.sub_rooms.count(folder) || house.sub_rooms.count(unit.string()))
        << path << ": neither its folder nor itself has a row";
  }
  for (const auto& [folder, names] : units) EXPECT_LE(names.size(), kMostUnits) << folder << " has grown: make rooms within it";
}

// Types that a file defines for others to see, with the namespaces they are in; those of unnamed namespaces are its own.
std::vector<std::string> types_of(const std::string& path) {
  const std::regex opens(R"(^(?:inline )?namespace(?: ([\w:]+))? \{)"), closes(R"(^\}  // namespace)");
  const std::regex type(R"(^(?:struct|class|enum|enum class) (\w+)(?: final)?(?: : [^;]*)?(?: \{.*)?$)");
  std::vector<std::string> within, found;
  std::ifstream file(kRoot / path);
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_search(line, match, opens)) within.push_back(match[1].matched ? match[1].str() : "");
    if (std::regex_search(line, closes) && !within.empty()) within.pop_back();
    if (!std::regex_match(line, match, type) || std::count(within.begin(), within.end(), "")) continue;
    std::string name;
    for (const std::string& space : within) name += space + "::";
    found.push_back(name + match[1].str());
  }
  return found;
}

// Two types of one name in one program are undefined behaviour that compilers do not see: templates over them are mixed up.
TEST(House, NoTwoTypesHaveOneName) {
  std::map<std::string, std::string> owners;
  for (const std::string& path : sources(read_house().rooms))
    for (const std::string& type : types_of(path)) {
      const auto [owner, first] = owners.emplace(type, path);
      EXPECT_TRUE(first) << type << " is in " << owner->second << " and in " << path;
    }
  EXPECT_GT(owners.size(), 300u) << "types are not found any more";
}

TEST(House, EveryRoomHasItsPage) {
  for (const auto& [room, uses] : read_house().rooms)
    EXPECT_TRUE(fs::exists(kRoot / room / "README.md") || room == "eval/metrics") << room;
}

TEST(House, TestsMirrorTheTree) {
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    const std::string path = fs::relative(entry.path(), kRoot / "tests").string();
    const bool mirrors = path.rfind("support", 0) != 0 && path.rfind("project", 0) != 0 && path.rfind("fuzz", 0) != 0;
    if (!entry.is_directory() || !mirrors || entry.path().filename() == "oracle") continue;
    EXPECT_TRUE(fs::is_directory(kRoot / path)) << "tests/" << path << " tests no folder of the tree";
  }
}

// A fuzz target stands in a source of its name; kept inputs of another one would be passed over without a word.
TEST(House, FuzzTargetsAreWhereTheirNamesSay) {
  const fs::path fuzz = kRoot / "tests/fuzz";
  size_t kept = 0;
  for (const auto& entry : fs::directory_iterator(fuzz / "kept")) {
    const std::string name = entry.path().filename().string();
    ASSERT_TRUE(fs::exists(fuzz / (name + ".cpp"))) << entry.path() << " belongs to no target";
    EXPECT_NE(read_file(fuzz / (name + ".cpp")).find("return {\"" + name + "\","), std::string::npos) << entry.path();
    ++kept;
  }
  EXPECT_GT(kept, 0u);
}

// A program that does not know a setting refuses it, so advice to set one names the program; of alpha sources `facemat eval`
// alone takes it.
TEST(House, AdviceToSetNamesTheProgram) {
  const std::regex comment_goes_on(R"(\n\s*#\s*)");
  int found = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "configs")) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string program = entry.path().parent_path().filename() == "sources" ? "`facemat eval`" : "facemat ";
    const std::string text = std::regex_replace(read_file(entry.path()), comment_goes_on, " ");
    for (size_t at = text.find("--set "); at != std::string::npos; at = text.find("--set ", at + 1), ++found) {
      const size_t stop = text.rfind(". ", at), begin = stop == std::string::npos ? 0 : stop;
      EXPECT_NE(text.substr(begin, at - begin).find(program), std::string::npos) << entry.path() << ": " << text.substr(at, 40);
    }
  }
  EXPECT_GT(found, 15);
}

TEST(House, PictureIsOfTheTables) {
  if (!fs::exists("/usr/bin/python3")) GTEST_SKIP() << "python3 is not installed (tools/setup --tests)";
  const Outcome outcome = run("/usr/bin/python3 -E -s " + (kRoot / "tools/house").string() + " --check");
  EXPECT_EQ(outcome.code, 0) << outcome.text;
}

// Folders that are rooms by their look; what the programs make at the root has neither page nor list of sources.
TEST(House, TopLevelIsFixed) {
  const std::set<std::string> known = {"train", "eval", "data", "src", "export", "tests", "tools"};
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    const bool room = fs::exists(entry.path() / "CMakeLists.txt") || fs::exists(entry.path() / "README.md");
    EXPECT_TRUE(!room || known.count(entry.path().filename())) << entry.path();
  }
}

}  // namespace
}  // namespace facemat
