#pragma once
// From geometry to light: every sample shaded, hair laid over, samples gathered into pixels.

#include "data/procedural/faces/raster.h"
#include "src/core/random.h"

namespace facemat {

struct Figure {
  cv::Mat layer;  // CV_32FC4, linear BGR premultiplied by the person's coverage
  cv::Mat mask;   // CV_32FC1, coverage of visible face
};

// `person` as seen in `shot`, `side` pixels square. `growth` is the stream of the person's hair.
Figure render_figure(const Person& person, const Shot& shot, const Rng& growth, int side);

}  // namespace facemat
