#include "eval/metrics/regions.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

cv::Mat everything(const RegionInput& input) { return cv::Mat(input.truth.size(), CV_8UC1, cv::Scalar(255)); }

cv::Mat unknown(const RegionInput& input) { return input.trimap.empty() ? cv::Mat() : cv::Mat(input.trimap == 128); }

cv::Mat face_box(const RegionInput& input) {
  cv::Mat pixels(input.truth.size(), CV_8UC1, cv::Scalar(0));
  const cv::Rect box = cv::boundingRect(cv::Mat(input.truth > 0));
  if (!box.empty()) pixels(box).setTo(255);
  return pixels;
}

cv::Mat boundary(const RegionInput& input) {
  const int radius = boundary_radius(input.truth.size());
  const cv::Mat square = cv::getStructuringElement(cv::MORPH_RECT, {2 * radius + 1, 2 * radius + 1});  // a disc is far slower
  cv::Mat gradient;
  cv::morphologyEx(cv::Mat(input.truth >= 128), gradient, cv::MORPH_GRADIENT, square);
  return gradient;
}

cv::Mat transparent(const RegionInput& input) { return (input.truth > 0) & (input.truth < 255); }

cv::Mat given(const RegionInput& input) { return input.mask.empty() ? cv::Mat() : cv::Mat(input.mask >= 128); }

cv::Mat trusted(const RegionInput& input) { return input.trust.empty() ? cv::Mat() : cv::Mat(input.trust >= 128); }

cv::Mat trusted_unknown(const RegionInput& input) {
  return input.trust.empty() || input.trimap.empty() ? cv::Mat() : cv::Mat(trusted(input) & unknown(input));
}

void check_picture(const cv::Mat& picture, cv::Size size, const char* what) {
  require(picture.empty() || (picture.type() == CV_8UC1 && picture.size() == size), "the {} does not fit the mattes", what);
}

}  // namespace

const std::vector<RegionEntry>& region_table() {
  static const std::vector<RegionEntry> table = {
      {"whole", "whole frame", "every pixel", true, everything},
      {"unknown", "unknown region", "pixels where the trimap is 128", true, unknown, /*by_trimap=*/true},
      {"face", "face box", "the smallest upright box around all pixels with a true alpha above 0", false, face_box},
      {"boundary", "boundary band",
       "pixels in whose surrounding square (1 % of the longer side, at least 1, each way) the true matte, made binary at 128 "
       "of 255, changes",
       false, boundary},
      {"transparent", "transparent", "pixels with a true alpha above 0 and below 1", false, transparent},
      {"mask", "given mask", "pixels where the given mask is 128 of 255 or more", false, given},
      {"trusted", "trusted", "pixels whose true alpha can be believed: a trust of 128 of 255 or more", false, trusted},
      {"trusted_unknown", "trusted, unknown", "pixels of the unknown region whose true alpha can be believed", true,
       trusted_unknown, /*by_trimap=*/true},
  };
  return table;
}

const RegionEntry& find_region(const std::string& name) { return find_entry(region_table(), name, "region"); }

int boundary_radius(cv::Size size) {
  return std::max(1, static_cast<int>(std::lround(0.01 * std::max(size.width, size.height))));
}

Regions Regions::whole(cv::Size size) { return Regions({"whole"}, cv::Mat(size, CV_8UC1, cv::Scalar(1))); }

Regions Regions::only(const cv::Mat& pixels) {
  require(pixels.type() == CV_8UC1, "a region is an 8-bit picture of one channel");
  return Regions({"only"}, (pixels != 0) & 1);
}

Regions Regions::of(const RegionInput& input, const std::vector<std::string>& names) {
  const cv::Size size = input.truth.size();
  check_picture(input.truth, size, "truth"), check_picture(input.trimap, size, "trimap"),
      check_picture(input.mask, size, "mask"), check_picture(input.trust, size, "trust");
  for (const std::string& name : names) find_region(name);
  std::vector<std::string> told;
  cv::Mat patterns(size, CV_8UC1, cv::Scalar(0));
  for (const RegionEntry& entry : region_table()) {
    if (std::find(names.begin(), names.end(), entry.name) == names.end()) continue;
    const cv::Mat pixels = entry.pixels(input);
    if (pixels.empty()) continue;
    patterns |= (pixels != 0) & (1 << told.size());
    told.emplace_back(entry.name);
  }
  return Regions(std::move(told), patterns);
}

Regions::Regions(std::vector<std::string> names, const cv::Mat& patterns) : names_(std::move(names)) {
  for (int y = 0; y < patterns.rows; ++y) {
    const auto* row = patterns.ptr<uint8_t>(y);
    for (int begin = 0, end; begin < patterns.cols; begin = end) {
      for (end = begin + 1; end < patterns.cols && row[end] == row[begin]; ++end) continue;
      if (row[begin] != 0) runs_.push_back({y, begin, end, row[begin]});
    }
  }
  pixels_ = sums<int64_t>([](int, int begin, int end) { return end - begin; });
}

}  // namespace facemat
