#include "train/feed/planes.h"

#include <array>
#include <cstring>

#include "src/core/error.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

// A byte as a float: b / 255, rounded once.
const std::array<float, 256>& levels() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> values{};
    for (int b = 0; b < 256; ++b) values[b] = static_cast<float>(b) / 255.f;
    return values;
  }();
  return table;
}

// BGR or BGRA bytes -> planes red, green, blue (, alpha), 0..1.
template <int kChannels>
void fill_colours(const cv::Mat& picture, float* planes) {
  const std::array<float, 256>& level = levels();
  const auto plane = static_cast<int64_t>(picture.total());
  for (int y = 0; y < picture.rows; ++y) {
    const uint8_t* in = picture.ptr<uint8_t>(y);
    float* out = planes + int64_t{y} * picture.cols;
    for (int x = 0; x < picture.cols; ++x, in += kChannels, ++out) {
      out[0] = level[in[2]], out[plane] = level[in[1]], out[2 * plane] = level[in[0]];
      if constexpr (kChannels == 4) out[3 * plane] = level[in[3]];
    }
  }
}

void fill_values(const cv::Mat& values, float* plane) {
  const size_t row = static_cast<size_t>(values.cols) * sizeof(float);
  for (int y = 0; y < values.rows; ++y) std::memcpy(plane + int64_t{y} * values.cols, values.ptr(y), row);
}

// Bytes of a trimap by what `value` makes of each.
template <typename Value>
void fill_by(const cv::Mat& trimap, float* plane, Value value) {
  for (int y = 0; y < trimap.rows; ++y) {
    const uint8_t* in = trimap.ptr<uint8_t>(y);
    float* out = plane + int64_t{y} * trimap.cols;
    for (int x = 0; x < trimap.cols; ++x) out[x] = value(in[x]);
  }
}

void fill_unknown(const cv::Mat& trimap, float* plane) {
  fill_by(trimap, plane, [](uint8_t value) { return value == kUnknown ? 1.f : 0.f; });
}

void fill_trimap(const cv::Mat& trimap, float* plane) {
  fill_by(trimap, plane, [](uint8_t value) { return value == kUnknown ? 0.5f : value > kUnknown ? 1.f : 0.f; });
}

}  // namespace

PlaneKind colour_planes() { return {CV_8UC3, 3, fill_colours<3>}; }
PlaneKind cutout_planes() { return {CV_8UC4, 4, fill_colours<4>}; }
PlaneKind value_plane() { return {CV_32FC1, 1, fill_values}; }
PlaneKind unknown_plane() { return {CV_8UC1, 1, fill_unknown}; }
PlaneKind trimap_plane() { return {CV_8UC1, 1, fill_trimap}; }

torch::Tensor stacked(const std::vector<NamedFrames>& clips, cv::Size size, const PlaneKind& kind) {
  if (clips.empty() || clips[0].frames->empty()) return {};
  const auto count = static_cast<int64_t>(clips.size()), frames = static_cast<int64_t>(clips[0].frames->size());
  const auto tensor = torch::empty({count, frames, kind.channels, size.height, size.width}, torch::kFloat32);
  float* out = tensor.data_ptr<float>();
  for (const NamedFrames& clip : clips) {
    require(clip.frames->size() == clips[0].frames->size(), "{}: {} frames of a layer, {} has {}", *clip.name,
            clip.frames->size(), *clips[0].name, clips[0].frames->size());
    for (const cv::Mat& picture : *clip.frames) {
      require(picture.size() == size && picture.type() == kind.type,
              "{}: a layer of {}x{} pixels and type {}, expected {}x{} and {}", *clip.name, picture.cols, picture.rows,
              cv::typeToString(picture.type()), size.width, size.height, cv::typeToString(kind.type));
      kind.fill(picture, out);
      out += int64_t{kind.channels} * size.area();
    }
  }
  return tensor;
}

}  // namespace facemat
