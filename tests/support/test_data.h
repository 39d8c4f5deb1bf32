#pragma once
// Real material for tests: in $FACEMAT_TEST_DATA, else in ../shared/data beside the checkout. Tests skip with a reason without
// it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace facemat {

inline std::optional<std::filesystem::path> test_data(const std::string& folder) {
  const char* given = std::getenv("FACEMAT_TEST_DATA");
  const std::filesystem::path root = given ? given : std::filesystem::path(FACEMAT_SOURCE_DIR) / ".." / "shared" / "data";
  if (!std::filesystem::is_directory(root / folder)) return std::nullopt;
  return root / folder;
}

// Rows of a tab-separated table by column name.
inline std::vector<std::map<std::string, std::string>> read_table(const std::filesystem::path& file) {
  std::ifstream in(file);
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
    return cells;
  };
  std::string line;
  std::getline(in, line);
  const auto names = split(line);
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(in, line)) {
    const auto cells = split(line);
    std::map<std::string, std::string> row;
    for (size_t i = 0; i < names.size() && i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

}  // namespace facemat
