#pragma once
// What cameras and storage do to a finished picture: contrast, blur, noise, JPEG.

#include <opencv2/core.hpp>
#include <string>

#include "src/core/random.h"

namespace facemat {

// Parameters of one sample; the same for all frames of a clip. Ranges follow the relatives of CelebAMat (contrast 0.6..1.4,
// blur sigma 0..3 at 512 pixels, noise sigma 0..0.1, JPEG quality 40..100), drawn towards the mild end; see data/README.md.
struct Degradation {
  double contrast = 1, blur = 0, noise = 0;  // blur: sigma as a share of the side; noise: sigma of 0..1
  int jpeg_quality = 0;                      // 0: none
};
Degradation draw_degradation(Rng rng);
std::string describe(const Degradation& degradation);  // "contrast 1.12, noise 0.021"; empty: nothing

// CV_8UC3 -> CV_8UC3. `rng` makes the noise of this frame.
cv::Mat degrade(const cv::Mat& image, const Degradation& degradation, Rng rng);

}  // namespace facemat
