#pragma once
// What cameras and storage do to a finished picture: contrast, exposure, blur, noise, JPEG.

#include <opencv2/core.hpp>
#include <string>

#include "data/recipe/config.h"
#include "src/core/random.h"

namespace facemat {

// Parameters of one sample; the same for all frames of a clip. Blur and noise are drawn towards the mild end (our choice).
struct Degradation {
  double contrast = 1, exposure = 0;  // factor around middle grey; stops
  double blur = 0, noise = 0;         // blur: sigma as a share of the side; noise: sigma of 0..1
  int jpeg_quality = 0;               // 0: none
};
// Each change with its own probability (contrast and JPEG 0.5, noise 0.4, blur and exposure 0.3), within the settings' ranges.
Degradation draw_degradation(Rng rng, const DegradeConfig& config);
std::string describe(const Degradation& degradation);  // "contrast 1.12, noise 0.021"; empty: nothing

// CV_8UC3 -> CV_8UC3. `rng` makes the noise of this frame.
cv::Mat degrade(const cv::Mat& image, const Degradation& degradation, Rng rng);

// Two of its changes by themselves, those that context-aware matting (Hou & Liu, ICCV 2019) learns with so as not to tell a
// composite by its edges (re-JPEG and Gaussian blur; quality and sigma are not stated there). In settings of a dataset they are
// `degrade` with everything else at 0.

// Encoded as JPEG of that quality, 1..100, and decoded: CV_8UC3 -> CV_8UC3.
cv::Mat rejpeg(const cv::Mat& image, int quality);
// A Gaussian of `sigma` pixels, borders mirrored; of any type. Below 0.2 pixels nothing would change: the image itself.
cv::Mat gaussian_blurred(const cv::Mat& image, double sigma);

}  // namespace facemat
