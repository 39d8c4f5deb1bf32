#pragma once
// Colours of a cut-out brought near those of the face it will lie on, as hands are in NatOcc (arXiv 2205.06218) and in the
// image repository of FaceMat's first author.
//
// All take a premultiplied `cutout` (CV_32FC4, any size), `face` (CV_8UC3, a crop of the picture) and `mask` (CV_32FC1 of the
// face's size, 1 = skin) and return a new cut-out with the same alpha, bit for bit, and 0 <= colour <= alpha. Colours are BGR,
// sRGB-encoded, 0..1. What is learnt comes from the opaque pixels of the cut-out (at least half of its highest alpha) and the
// skin pixels (mask at least 1/2) and is applied to all pixels; where either has none, the cut-out comes back unchanged.
// Throws Error when types or sizes differ.

#include <opencv2/core.hpp>

#include <string>
#include <vector>

#include "src/core/random.h"

namespace facemat {

struct SotOptions {
  int steps = 15;                // NatOcc
  int directions = 5;            // random directions averaged in a step; NatOcc
  double smoothing = 30. / 512;  // sigma as a share of the cut-out's longer side; NatOcc: 30 pixels; 0: none (needs samples 0)
  int samples = 4096;            // at most so many pixels of each side are transported, 0: all; our choice
  bool clamp_highlights = true;  // skin brighter than mean + deviation counts as mean + deviation; NatOcc
};

// Sliced optimal transport (Rabin et al., "Wasserstein barycenter and its application to texture mixing", SSVM 2011) of
// `source` to `reference`, colours of any number. In each step, for each of `directions` random unit vectors d, the k-th
// smallest of n source projections moves along d to the quantile (k + 0.5) / n of the reference projections (linear between the
// m of them, which stand at (j + 0.5) / m); the moves are averaged over the directions. Not clamped. Uses steps and directions
// only. Throws Error if either is below 1 or `reference` is empty.
std::vector<cv::Vec3f> transported(std::vector<cv::Vec3f> source, const std::vector<cv::Vec3f>& reference,
                                   const SotOptions& options, Rng rng);

// NatOcc's transfer: the opaque pixels are transported to the skin's, the change of colour is smoothed (normalised convolution
// weighted by alpha, so that nothing bleeds in from outside) and added to every pixel, clamped.
// As there: steps, directions, highlights, smoothing. Our choice: sample sets in place of padded rectangles, hence neither
// their black pixels nor their black ratio; highlights are clamped for each channel; the smoothing scales with the cut-out; a
// transported subset, spread evenly over the pixels, stands for all (the smoothing averages over hundreds of them anyway).
cv::Mat transfer_sot(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, const SotOptions& options, Rng rng);

// Mean and standard deviation of each channel become the skin's (Reinhard et al., "Color transfer between images", IEEE CG&A
// 2001, there in l alpha beta; here in BGR, where the match is exact but for clamping). The contrast changes at most by a
// factor of 2.
cv::Mat transfer_statistics(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask);

// The image repository's hand rule: the skin is split in 4 by k-means; of the clusters whose centre is skin-coloured (OpenCV's
// HSV: H 0..25, S 59..173, V 50..255) the largest gives s (there the last, and channels in mixed order); with m the cut-out's
// mean, each channel is mapped by the two lines (0, 0) - (m, s) - (1, 1). Unchanged if no centre is skin-coloured.
cv::Mat transfer_skin(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, Rng rng);

struct Harmoniser {
  const char* name;
  const char* about;
  cv::Mat (*apply)(const cv::Mat& cutout, const cv::Mat& face, const cv::Mat& mask, Rng rng);
};

// THE TABLE: none, statistics, skin, sot.
const std::vector<Harmoniser>& harmonisers();
// Throws Error for an unknown name, listing the known ones.
const Harmoniser& find_harmoniser(const std::string& name);

}  // namespace facemat
