// Optical flow in Middlebury's .flo, beside a true matte of 4x3.

#include <cmath>
#include <cstring>

#include "eval/judge/clips.h"
#include "src/image/codec.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::string flow(int32_t width, int32_t height, float value) {
  std::string out = "PIEH" + std::string(8 + 4 * 3 * 2 * sizeof(float), '\0');
  std::memcpy(&out[4], &width, 4), std::memcpy(&out[8], &height, 4);
  for (size_t at = 12; at < out.size(); at += sizeof value) std::memcpy(&out[at], &value, sizeof value);
  return out;
}

std::vector<FuzzSeed> seeds() {
  return {{"motion", flow(4, 3, 0.5f)},
          {"unknown", flow(4, 3, 1e10f)},
          {"not_a_number", flow(4, 3, NAN)},
          {"negative", flow(-4, -3, 0), true},
          {"huge", flow(1 << 30, 1 << 30, 0), true},
          {"other_magic", "PIEK" + flow(4, 3, 0).substr(4), true}};
}

void read(const std::string& bytes) {
  PictureFrame frame;
  frame.flow = {as_file("0000.flo", bytes), -1};
  frame.truth = {frame.flow.path.parent_path() / "truth.png", -1};
  if (!fs::exists(frame.truth.path)) write_image(frame.truth.path, cv::Mat(3, 4, CV_8UC1, cv::Scalar(255)));
  clips_of(std::vector<PictureClip>{{"clip", {frame}}}).clip(0).frame(0);
}

}  // namespace

FuzzTarget flow_target() { return {"flow", "eval/judge/clips.h", 256, seeds, read}; }

}  // namespace facemat
