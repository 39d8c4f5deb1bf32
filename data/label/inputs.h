#pragma once
// What is to be labelled: photographs and films, listed once, in an order that does not depend on the machine.

#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

struct LabelInput {
  std::string name;  // of its pictures: below its folder, without extension, with '/'
  fs::path file;
  std::string shown;  // the file below its folder, for lists
  bool film = false;
  std::string fault;  // known without reading it; empty: none
};

// `paths`: files, and folders that are searched at any depth, in their order; files within a folder by name. Two inputs of one
// name, names with control characters, names that are not UTF-8 or end in @ and digits, and pictures of formats that are not
// read are faults. Throws Error for a path that is missing
// and for folders that hold neither pictures nor films.
std::vector<LabelInput> label_inputs(const std::vector<fs::path>& paths);

}  // namespace facemat
