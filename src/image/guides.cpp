#include "src/image/guides.h"

#include <algorithm>

#include "src/core/error.h"
#include "src/image/transform.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

// Of OpenCV, and in words.
struct PictureType {
  int type;
  const char* about;
};

PictureType type_of(GuideKind kind) {
  if (kind == GuideKind::kTrimap) return {CV_8UC1, "one channel of 8 bits: 0, 128, 255"};
  return kind == GuideKind::kShare ? PictureType{CV_32FC1, "one channel of floats"}
                                   : PictureType{CV_8UC3, "BGR with 8 bits a channel"};
}

}  // namespace

GuideWishes needs(const std::vector<std::string>& names) {
  GuideWishes wishes;
  for (const std::string& name : names) find_guide(name).of(wishes) = Wish::kNeeded;
  return wishes;
}

GuideWishes stronger(const GuideWishes& a, const GuideWishes& b) {
  GuideWishes wishes;
  for (const GuideEntry& entry : guide_table()) entry.of(wishes) = std::max(entry.of(a), entry.of(b));
  return wishes;
}

std::vector<std::string> needed_by(const GuideWishes& wishes) {
  std::vector<std::string> names;
  for (const GuideEntry& entry : guide_table())
    if (entry.of(wishes) == Wish::kNeeded) names.emplace_back(entry.name);
  return names;
}

void check_guides(const FrameGuides& guides, const GuideWishes& wishes, cv::Size frame, const std::string& who) {
  for (const GuideEntry& entry : guide_table()) {
    const cv::Mat& guide = entry.of(guides);
    if (entry.of(wishes) == Wish::kNone) continue;
    require(!guide.empty() || entry.of(wishes) == Wish::kWelcome, "{}: a {} is needed with each frame ({})", who, entry.name,
            entry.about);
    if (guide.empty()) continue;
    require(guide.size() == frame, "{}: the {} is {}x{}, its frame {}x{}", who, entry.name, guide.cols, guide.rows, frame.width,
            frame.height);
    const PictureType wanted = type_of(entry.kind);
    require(guide.type() == wanted.type, "{}: a {} is a picture of {}", who, entry.name, wanted.about);
    if (entry.kind == GuideKind::kTrimap) count_trimap(guide);  // refuses other values, which would be alphas to a network
  }
}

FrameGuides looked_at(const FrameGuides& guides, const GuideWishes& wishes) {
  FrameGuides out;
  for (const GuideEntry& entry : guide_table())
    if (entry.of(wishes) != Wish::kNone) entry.of(out) = entry.of(guides);
  return out;
}

FrameGuides resized(const FrameGuides& guides, cv::Size size) {
  return changed(guides, [&](const cv::Mat& guide, const GuideEntry& entry) {
    return entry.kind == GuideKind::kTrimap ? resize_trimap(guide, size) : resize(guide, size);
  });
}

FrameGuides mirrored(const FrameGuides& guides) {
  return changed(guides, [](const cv::Mat& guide, const GuideEntry&) {
    cv::Mat out;
    cv::flip(guide, out, 1);
    return out;
  });
}

}  // namespace facemat
