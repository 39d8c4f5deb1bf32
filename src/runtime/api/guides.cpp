#include "src/runtime/api/guides.h"

#include <algorithm>

#include "src/image/pixels.h"
#include "src/image/trimap.h"
#include "src/runtime/api/guard.h"
#include "src/runtime/api/images.h"
#include "src/runtime/api/options.h"

namespace facemat::api {
namespace {

fm_guides no_guides() { return {sizeof(fm_guides), 0, nullptr, nullptr, nullptr, nullptr}; }

cv::Mat picture_of(const fm_image* image, const GuideEntry& entry, cv::Size frame) {
  const cv::Mat picture = entry.kind == GuideKind::kColours ? frame_of(image, entry.name) : weight_of(image, entry.name);
  demand(picture.size() == frame, "{} is {}x{}, it must be {}x{}", entry.name, image->width, image->height, frame.width,
         frame.height);
  if (entry.kind == GuideKind::kColours) return picture;
  if (entry.kind == GuideKind::kTrimap) return trimap_of_levels(to_u8(picture), {}, false, entry.name);
  cv::Mat clamped;
  cv::min(cv::max(picture, 0.f), 1.f, clamped);
  return clamped;
}

}  // namespace

FrameGuides frame_guides(const fm_guides* given, const GuideWishes& wishes, cv::Size frame) {
  const fm_guides settled_guides = settled(given, no_guides(), "guides");
  const GuideSet<const fm_image*> images = {settled_guides.trimap, settled_guides.hint, settled_guides.background,
                                            settled_guides.segmentation};
  FrameGuides guides;
  for (const GuideEntry& entry : guide_table()) {
    const fm_image* const image = entry.of(images);
    if (image == nullptr) continue;
    demand(entry.of(wishes) != Wish::kNone, "this stream looks at no {} (fm_stream_wish says what it takes)", entry.name);
    entry.of(guides) = picture_of(image, entry, frame);
  }
  return guides;
}

}  // namespace facemat::api

using namespace facemat::api;  // below stand only functions of the C API

extern "C" {

void fm_guides_init(fm_guides* guides, uint32_t size) { initialise(guides, size, no_guides()); }

int32_t fm_guide_count(void) {
  return or_nothing<int32_t>([] { return static_cast<int32_t>(facemat::guide_table().size()); });
}

const char* fm_guide_name(int32_t index) {
  return or_nothing<const char*>(
      [&] { return name_at(facemat::guide_table(), index, [](const facemat::GuideEntry& e) { return e.name; }); });
}

const char* fm_guide_help(int32_t index) {
  return or_nothing<const char*>(
      [&] { return name_at(facemat::guide_table(), index, [](const facemat::GuideEntry& e) { return e.about; }); });
}

}  // extern "C"
