#pragma once
// What may differ between the two streams of a clip, occluder and face, before they are put together: noise, colour, sharpness,
// blur. One set of parameters for all frames.
//
// RVM's photometric augmentation (Lin et al., WACV 2022, dataset/augmentation.py), in its order: noise, jitter, grey,
// sharpness, blur. As upstream the blur's kernel is int(2 sigma) pixels made odd: it ends one sigma from its centre, and a
// sigma below one pixel changes nothing. Ours: saturation has a ramp of its own (upstream reuses that of brightness); one
// progress drives jitter and blur (upstream draws an easing for each); alpha is never sharpened; blur scales with the picture's
// width.

#include <opencv2/core.hpp>
#include <string>

#include "src/core/random.h"

namespace facemat {

// from (1 - p) + to p at progress p.
struct Ramp {
  double from = 0, to = 0;
};

// Factors as torchvision's adjust_*: towards black, the mean grey, the pixel's grey; 1 + ramp, at least 0.1.
struct ColourJitter {
  Ramp brightness, contrast, saturation;  // added to a factor of 1
  Ramp hue;                               // turns of the HSV circle, clamped to +-0.5
  double strength = 0;                    // the ramps are taken at strength * progress
};

// The defaults change nothing.
struct StreamEffects {
  double noise = 0;         // standard deviation of a grain, of 0..1
  double grain = 1;         // pixels; coarser grains are interpolated
  bool monochrome = false;  // the same noise in all channels
  ColourJitter jitter;
  bool grey = false;
  double sharpness = 1;  // 0 softened by a 3x3 filter, 1 as it is, more is sharper
  Ramp blur;             // Gaussian sigma in pixels of a picture 512 wide
};

// Probabilities. RVM: noise 0.05..0.1, jitter 0.3, grey 0.02..0.03, sharp 0.05..0.1, blur 0.02.
struct StreamEffectOdds {
  double noise = 0, jitter = 0, grey = 0, sharp = 0, blur = 0;
};

// Each effect with its probability, from a stream of its own: grain U(1, 4), noise U(0, 0.2) / grain, monochrome half the time;
// ramps N(0, 0.1) at both ends (hue a tenth of it), strength U(0, 0.2); sharpness U(0, 8); blur U(0, 10) at both ends.
StreamEffects draw_stream_effects(Rng rng, const StreamEffectOdds& odds);

// Whether nothing would change in any frame.
bool empty(const StreamEffects& effects);

// "noise 0.021, jitter 0.12, grey, sharpness 3.4, blur 1.3..4.0"; empty: nothing. The number of jitter is the largest of its
// ramps' ends.
std::string describe(const StreamEffects& effects);

// An opaque picture, CV_8UC3 -> CV_8UC3. `progress` is that of the frame (may lie outside 0..1), `noise` makes this frame's
// noise. Returns `image` itself when nothing changes. Throws Error for other types.
cv::Mat apply_effects(const cv::Mat& image, const StreamEffects& effects, double progress, Rng noise);

// A premultiplied layer, CV_32FC4 -> CV_32FC4. Noise, jitter, grey and sharpness act on the straight colour and leave alpha bit
// for bit; what looks at other pixels weighs them by alpha, so nothing transparent bleeds in. Blur acts on the premultiplied
// colour and alpha together. 0 <= colour <= alpha holds afterwards. Returns `layer` itself when nothing changes. Throws Error
// for other types.
cv::Mat apply_layer_effects(const cv::Mat& layer, const StreamEffects& effects, double progress, Rng noise);

}  // namespace facemat
