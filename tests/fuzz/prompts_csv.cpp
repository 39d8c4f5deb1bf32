// Prompts by frame as CSV.

#include "src/runtime/sources/prompts.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  return {{"box_and_points", "frame,what,x,y,w,h,object\n0,box,10,20,100,120,0\n0,unwanted,5,6\n3,wanted,-5.5,1e1,,,2\r\n"},
          {"other_order", " y ,x,what,frame\n1,2,wanted,3\n"},
          {"not_a_number", "frame,what,x,y\n0,wanted,nan,0\n", true},
          {"endless", "frame,what,x,y,w,h\n0,box,0,0,inf,1\n", true},
          {"far_frame", "frame,what,x,y\n1e300,wanted,0,0\n", true},
          {"negative_frame", "frame,what,x,y\n-1,wanted,0,0\n", true},
          {"many_objects", "frame,what,x,y,object\n0,wanted,0,0,1e9\n", true},
          {"column_twice", "frame,what,x,y,x\n0,wanted,0,0,0\n", true},
          {"no_columns", "\n", true}};
}

void read(const std::string& bytes) { read_prompts(as_file("prompts.csv", bytes)); }

}  // namespace

FuzzTarget prompts_csv_target() { return {"prompts_csv", "src/runtime/sources/prompts.h", 1024, seeds, read}; }

}  // namespace facemat
