#pragma once
// What photographs of faces share, whatever the layout they come in: from picture and mask to a view that moves within a clip.

#include "data/scene.h"

namespace facemat {

// `image` (CV_8UC3) and `mask` (CV_32FC1) of one size, as a square frame of `side`: centre-cropped to a square, then a gentle
// motion (drawn from `rng`; none at time 0) of at most 4 % and 3 degrees over the clip. `where` names the file in messages.
FaceView photograph_view(const cv::Mat& image, const cv::Mat& mask, const Rng& rng, int side, double time,
                         const std::string& where);

// Throws Error naming `setting` if most of `masks` are clearly inverted: bright at the frame's border and dark in its middle.
void refuse_inverted(const std::vector<cv::Mat>& masks, const std::string& folder, const std::string& polarity);

}  // namespace facemat
