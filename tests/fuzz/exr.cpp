// OpenEXR pictures.

#include "src/media/pictures/exr.h"

#include <cmath>

#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::string floats(int channels, float value) { return encode_exr(cv::Mat(5, 7, CV_32FC(channels), cv::Scalar::all(value))); }

std::vector<FuzzSeed> seeds() {
  return {{"grey", floats(1, 0.25f)},       {"colours", floats(3, 2.f)},
          {"alpha", floats(4, 0.5f)},       {"not_a_number", floats(1, NAN)},
          {"endless", floats(4, INFINITY)}, {"signature_alone", std::string("v/1\1\2\0\0\0", 8), true}};
}

void read(const std::string& bytes) {
  check_exr(bytes, "picture");
  const fs::path file = as_file("picture.exr", bytes);
  for (const int bits : {8, 16}) read_exr(file, {bits, bits == 8});
}

}  // namespace

FuzzTarget exr_target() { return {"exr", "src/media/pictures/exr.h", 2048, seeds, read}; }

}  // namespace facemat
