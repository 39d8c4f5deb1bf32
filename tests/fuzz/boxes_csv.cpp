// Boxes of faces as CSV.

#include "src/runtime/faces/box_file.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  return {{"score", "frame,x,y,w,h,score\n0,10,20,100,120,0.9\n7,-5.5,1e1,1,1,1\r\n"},
          {"other_order", " h , w,y,x,frame\n1,2,3,4,5\n"},
          {"not_a_number", "frame,x,y,w,h\n0,nan,0,1,1\n", true},
          {"endless", "frame,x,y,w,h\n0,0,0,inf,1\n", true},
          {"far_frame", "frame,x,y,w,h\n1e300,0,0,1,1\n", true},
          {"negative_frame", "frame,x,y,w,h\n-1,0,0,1,1\n", true},
          {"column_twice", "frame,x,y,w,h,x\n0,0,0,1,1,0\n", true},
          {"no_columns", "\n", true}};
}

void read(const std::string& bytes) { read_boxes(as_file("boxes.csv", bytes)); }

}  // namespace

FuzzTarget boxes_csv_target() { return {"boxes_csv", "src/runtime/faces/box_file.h", 1024, seeds, read}; }

}  // namespace facemat
