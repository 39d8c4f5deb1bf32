#pragma once
// The C API's fm_guides as the toolkit's guides. Mistakes of the caller are ArgumentErrors (images.h).

#include "src/image/guides.h"
#include "src/runtime/api/facemat.h"

namespace facemat::api {

// NULL: none. Pixels are copied only to turn channels and to read trimaps. Throws for an image that is not of the frame's size
// or not of a format that its guide has, and for a guide that is in nobody's `wishes`; a trimap of other values is no
// ArgumentError, but an Error (trimap_of_levels).
FrameGuides frame_guides(const fm_guides* guides, const GuideWishes& wishes, cv::Size frame);

}  // namespace facemat::api
