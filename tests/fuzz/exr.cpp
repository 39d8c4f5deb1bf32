// OpenEXR pictures.

#include "src/media/pictures/exr.h"

#include <cmath>

#include "tests/fuzz/pictures.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::string floats(int channels, float value) { return encode_exr(cv::Mat(5, 7, CV_32FC(channels), cv::Scalar::all(value))); }

// `exr` with another byte at this place of a window: left, top, right, bottom, four bytes each, the lowest first.
std::string with_window(std::string exr, const std::string& window, size_t at, char value) {
  const std::string head = window + std::string("\0box2i\0\x10\0\0\0", 11);
  exr[exr.find(head) + head.size() + at] = value;
  return exr;
}

std::vector<FuzzSeed> seeds() {
  const std::string grey = floats(1, 0.25f);
  return {{"grey", grey},
          {"colours", floats(3, 2.f)},
          {"alpha", floats(4, 0.5f)},
          {"not_a_number", floats(1, NAN)},
          {"endless", floats(4, INFINITY)},
          {"wide_data", with_window(grey, "dataWindow", 11, '\x7f'), true},
          {"wide_picture", with_window(grey, "displayWindow", 11, '\x7f'), true},
          {"no_lines", with_window(grey, "dataWindow", 4, '\x09'), true},
          {"signature_alone", std::string("v/1\1\2\0\0\0", 8), true}};
}

void read(const std::string& bytes) {
  if (check_exr(bytes, "picture") > kMostFuzzedPixels) return;
  const fs::path file = as_file("picture.exr", bytes);
  for (const int bits : {8, 16}) read_exr(file, {bits, bits == 8});
}

}  // namespace

FuzzTarget exr_target() { return {"exr", "src/media/pictures/exr.h", 2048, seeds, read}; }

}  // namespace facemat
