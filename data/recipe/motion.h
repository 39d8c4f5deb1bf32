#pragma once
// How the parts of a clip move: an affine path from one pose to another, walked with an easing, slowly or with a pause.
//
// The motion augmentation of RVM (Lin et al., "Robust high-resolution video matting with temporal guidance", WACV 2022,
// dataset/augmentation.py) with the slow motion of the first author's video repository. Everything random is drawn into the
// plain structs below; frames follow from the structs alone.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "src/core/random.h"

namespace facemat {

// --- easings

// THE EASINGS: "linear", "step" (0 below 0.5, then 1) and Penner's thirty: in_, out_ and in_out_ of back, bounce, circ, cubic,
// elastic, expo, quad, quart, quint, sine.
const std::vector<std::string>& easing_names();

// The easing `name` at t, which is clamped to 0..1. 0 at 0 and 1 at 1; between them back and elastic leave 0..1.
// out(t) = 1 - in(1 - t); in_out is half of in, then half of out. Throws Error that lists the known names.
double ease(const std::string& name, double t);

// "linear" with probability 0.2, else one of the others, all alike.
std::string draw_easing(Rng rng);

// --- timing

// When a clip is where on its path. Streams that pause together share pause_start and pause_length.
struct Timing {
  std::string easing = "linear";
  double span = 0;                         // frames from start to end; 0: the whole clip, more than the clip: slow motion
  int pause_start = -1, pause_length = 0;  // the frames that all show pause_start: [pause_start, pause_start + pause_length)
};

// The frame number whose content frame `frame` shows: pause_start during the pause, `frame` itself otherwise. The reference
// freezes finished frames, so that after a pause the motion goes on where it would have been without.
int shown_frame(const Timing& timing, int frame);

// Progress of frame 0..frames - 1 on the path: ease(t / (frames - 1)), or ease(t / span) with a span; t is shown_frame(). A
// span that ends before the clip leaves the rest at the end of the path. A clip of one frame has progress 0 (the reference
// divides by 0 there). Throws Error for a frame outside the clip, a negative span or an unknown easing.
double progress(const Timing& timing, int frame, int frames);

// A drawn easing; with `pause_probability` a pause that starts in 0..frames - 2 and has a length in 0..frames - start - 1
// (0 and 1 freeze nothing). Clips of one frame never pause.
Timing draw_timing(Rng rng, int frames, double span, double pause_probability);

// --- affine poses

// A pose relative to the picture as it is: sheared, scaled and turned about the centre, then shifted.
struct Affine {
  double degrees = 0;   // counter-clockwise as seen
  double x = 0, y = 0;  // shift as a share of the side; right and down
  double scale = 1;
  double shear = 0;  // degrees along x; positive leans to the right, as italics do
};

// Half-widths of the symmetric ranges, and the scale. RVM's motion; its static affine has scales 0.5..1 (occluder), 1..1.5
// (face).
struct AffineRange {
  double degrees = 10, shift = 0.1, least_scale = 0.9, most_scale = 1.1, shear = 5;
};

// Uniform in the range, each parameter by itself. (RVM also rounds shifts to pixels; here they do not depend on a size.)
Affine draw_affine(Rng rng, const AffineRange& range);

// from (1 - p) + to p, each parameter by itself. p may lie outside 0..1.
Affine mixed(const Affine& from, const Affine& to, double p);

// Source -> output pixel coordinates (for warp() in src/image/transform.h) on a square picture of `side` pixels. With C the
// shift of the origin to the centre ((side - 1) / 2, (side - 1) / 2), T the shift, R, S and H turn, scale and shear:
//
//   M = T C R S H C^-1
//
// torchvision's order (functional.affine), about the centre of the pixel grid. Its angles count clockwise, ours as
// similarity().
cv::Matx23d affine_matrix(const Affine& affine, int side);

// A path between two poses.
struct AffineMotion {
  Affine from, to;
};
// The matrix at progress p: affine_matrix of mixed(from, to, p).
cv::Matx23d motion_matrix(const AffineMotion& motion, double p, int side);

// First `inner`, then `outer`.
cv::Matx23d compose(const cv::Matx23d& outer, const cv::Matx23d& inner);

}  // namespace facemat
