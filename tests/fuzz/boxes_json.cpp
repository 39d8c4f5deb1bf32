// Boxes of faces as JSON.

#include "src/runtime/faces/box_file.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  const std::string points = R"([[1,2],[3,4],[5,6],[7,8],[9,10]])";
  std::vector<FuzzSeed> out = {
      {"whole", R"([{"frame":0,"x":10,"y":20,"w":100,"h":120,"score":0.9,"points":)" + points + "}]"},
      {"nothing", "[]"},
      {"far_points", R"([{"frame":0,"x":1,"y":2,"w":3,"h":4,"points":[[1e300,2],[3,4],[5,6],[7,8],[9,-1e300]]}])", true}};
  add_json_tricks(out, "frame");
  return out;
}

void read(const std::string& bytes) { read_boxes(as_file("boxes.json", bytes)); }

}  // namespace

FuzzTarget boxes_json_target() { return {"boxes_json", "src/runtime/faces/box_file.h", 1024, seeds, read}; }

}  // namespace facemat
