#pragma once
// What photographs of faces share, whatever the layout they come in: from picture and mask to a view.

#include <functional>
#include <string>

#include "data/scene/scene.h"
#include "data/sources/faces/faces.h"
#include "data/sources/pictures/item.h"

namespace facemat {

// A mask file under the settings' `polarity` and `binary`: CV_32FC1, 1 = face.
cv::Mat read_face_mask(const fs::path& file, const FaceSourceConfig& config);

// `image` (CV_8UC3) and `mask` (CV_32FC1) as a face of `side` x `side` pixels, centre-cropped to a square, with layout and
// light estimated. A mask of the picture's proportions may have another size. Throws Error naming `where` if the proportions
// differ or the mask holds no face.
FaceView face_view(const cv::Mat& image, const cv::Mat& mask, int side, const std::string& where);

// That view at all times.
Face photograph(const cv::Mat& image, const cv::Mat& mask, int side, const std::string& where);

// Whether a mask that should be 1 on a face is bright at the frame's border and dark in its middle (reading_of in masks.h).
bool looks_inverted(const cv::Mat& mask);

// Looks at up to 32 of `count` masks, spread over all. Throws Error naming the setting if most are clearly inverted under
// `config.polarity`: bright at the frame's border and dark in its middle.
void refuse_inverted(int64_t count, const std::function<fs::path(int64_t)>& mask, const std::string& folder,
                     const FaceSourceConfig& config);

}  // namespace facemat
