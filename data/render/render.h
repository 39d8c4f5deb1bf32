#pragma once
// From a recipe to frames: a clean face, occluders over it, the exact alpha.
//
//   I = O Occ + (1 - O) clean        A = S (1 - O)        S face mask, O occluder alpha, A visible-face alpha
//
// A foreground over a background of its own (FaceView::background) is no exception: the background covers it as an occluder of
// alpha 1 - S would. O and Occ are those of all that covers it, clean is the foreground's colour, and A = 1 - O.
//
// How far A can be believed is O + (1 - O) trust, trust that of S: what an occluder of known alpha covers is certain. Where the
// face is moved or made smaller, the frame shows what lies beyond its picture as the recipe says (FaceRecipe::outside); nobody
// knows what is there: S and trust are 0.
//
// Draws nothing but by the recipe's seeds: equal recipes and sources give equal bytes.

#include <vector>

#include "data/recipe/recipe.h"
#include "data/render/pool.h"
#include "data/scene/patch.h"

namespace facemat {

// One frame of a sample, all of one size.
struct Frame {
  cv::Mat image;       // CV_8UC3, what a camera would give (after degradation)
  cv::Mat clean;       // CV_8UC3, the face without occluder, in the occluder's shadow
  cv::Mat alpha;       // CV_32FC1, A
  cv::Mat trust;       // CV_32FC1, 0..1: how far A can be believed; empty: everywhere
  cv::Mat trimap;      // CV_8UC1
  Patch occluder;      // premultiplied Occ with O
  cv::Mat background;  // CV_8UC3, what lies behind a foreground that was cut out; else empty
};

struct Rendered {
  std::vector<Frame> frames;
  Measured measured;
};

// The pictures of a recipe's ingredients, read.
struct Taken {
  Face face;
  std::vector<Occluder> occluders;
};
// The face remembers its last view, since the same frame is asked for to place occluders and to render: for one thread.
// Occluders are taken anew for each draw, the face stays.
Face take_face(const Pool& pool, const Recipe& recipe);
Taken take(const Pool& pool, const Recipe& recipe, Face face);

// The face of frame `t` as the recipe shows it, without occluder.
FaceView face_at(const Recipe& recipe, const Face& face, int t);

// All frames. Throws Error naming the sample if recomposition is off by more than 1/255.
Rendered render(const Recipe& recipe, const Taken& taken);

// Largest |I - (O Occ + (1 - O) clean)| over all pixels and channels, I and clean as stored (8 bit), in 0..1.
double recomposition_error(const cv::Mat& image, const cv::Mat& clean, const Patch& occluder);

}  // namespace facemat
