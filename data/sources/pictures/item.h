#pragma once
// One thing of a source, without opening it.

#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

struct Item {
  std::string name;             // within the source: a file, a file with its folder, or a number
  std::vector<fs::path> files;  // what it is made of; empty for drawn things
  std::string occluder_class;   // hand, hair, glasses, ... (scene.h); empty for faces
};

// Hash of the bytes of all files, in order; empty for drawn things. Throws Error naming the file that cannot be read.
std::string content_hash(const Item& item);

}  // namespace facemat
