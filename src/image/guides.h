#pragma once
// What a frame comes with beside its pixels (the guide table, src/core/contract.h), as pictures, and what predictors ask for.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/contract.h"

namespace facemat {

// Each of the frame's size; empty: it is not given. By their kind:
//   kTrimap   CV_8UC1: 0 background, 128 unknown, 255 visible face (trimap.h)
//   kShare    CV_32FC1, 0..1, 1 = visible face
//   kColours  CV_8UC3 BGR
using FrameGuides = GuideSet<cv::Mat>;

// How a predictor takes a guide: it does not look at it; it looks at it where it is given; it cannot do without.
enum class Wish { kNone, kWelcome, kNeeded };
using GuideWishes = GuideSet<Wish>;

// `names` of the guide table are needed, nothing else is looked at. Throws Error for an unknown name.
GuideWishes needs(const std::vector<std::string>& names);

// Of two predictors that see the same frame: the stronger wish for each guide.
GuideWishes stronger(const GuideWishes& a, const GuideWishes& b);

// Names of those that are needed, in the table's order.
std::vector<std::string> needed_by(const GuideWishes& wishes);

// Throws Error, prefixed by `who`, for a guide that is needed and not given, and for one that is looked at and has another size
// than the frame or is no picture of its kind; and as count_trimap() for a trimap of other values. What nobody looks at may be
// anything.
void check_guides(const FrameGuides& guides, const GuideWishes& wishes, cv::Size frame, const std::string& who);

// Those that somebody looks at.
FrameGuides looked_at(const FrameGuides& guides, const GuideWishes& wishes);

// Those that are given, each as change(picture, its entry of the table).
template <typename Change>
FrameGuides changed(const FrameGuides& guides, Change change) {
  FrameGuides out;
  for (const GuideEntry& entry : guide_table())
    if (!entry.of(guides).empty()) entry.of(out) = change(entry.of(guides), entry);
  return out;
}

// At another size; a trimap's pixel stays known where all that it is made of is known alike.
FrameGuides resized(const FrameGuides& guides, cv::Size size);

// Left and right exchanged.
FrameGuides mirrored(const FrameGuides& guides);

}  // namespace facemat
