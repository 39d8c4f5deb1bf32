#include "data/recipe/motion.h"

#include <algorithm>
#include <cmath>

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

constexpr double kRadians = CV_PI / 180;

// The ten "in" curves (R. Penner, "Programming macromedia flash MX", 2002; constants of the easing-functions package, which RVM
// uses). Out and in_out follow from them.
double linear(double t) { return t; }
double step(double t) { return t < 0.5 ? 0 : 1; }
double quad(double t) { return t * t; }
double cubic(double t) { return t * t * t; }
double quart(double t) { return t * t * t * t; }
double quint(double t) { return t * t * t * t * t; }
double sine(double t) { return 1 - std::cos(CV_PI * t / 2); }
double circ(double t) { return 1 - std::sqrt(1 - t * t); }
double expo(double t) { return t == 0 ? 0 : std::exp2(10 * (t - 1)); }
double elastic(double t) { return std::sin(6.5 * CV_PI * t) * std::exp2(10 * (t - 1)); }
double back(double t) { return t * t * t - t * std::sin(CV_PI * t); }
double bounce(double t) {
  const double s = 1 - t;  // the parabolas are stated for the "out" curve
  if (s < 4.0 / 11) return 1 - 121 * s * s / 16;
  if (s < 8.0 / 11) return 1 - (9.075 * s * s - 9.9 * s + 3.4);
  if (s < 0.9) return 1 - (4356.0 / 361 * s * s - 35442.0 / 1805 * s + 16061.0 / 1805);
  return 1 - (10.8 * s * s - 20.52 * s + 10.72);
}

using Curve = double (*)(double);
template <Curve in>
double out(double t) {
  return 1 - in(1 - t);
}
template <Curve in>
double in_out(double t) {
  return t < 0.5 ? 0.5 * in(2 * t) : 0.5 + 0.5 * out<in>(2 * t - 1);
}

struct Easing {
  const char* name;
  Curve curve;
};
constexpr Easing kEasings[] = {
    {"linear", linear},
    {"step", step},
    {"in_back", back},
    {"out_back", out<back>},
    {"in_out_back", in_out<back>},
    {"in_bounce", bounce},
    {"out_bounce", out<bounce>},
    {"in_out_bounce", in_out<bounce>},
    {"in_circ", circ},
    {"out_circ", out<circ>},
    {"in_out_circ", in_out<circ>},
    {"in_cubic", cubic},
    {"out_cubic", out<cubic>},
    {"in_out_cubic", in_out<cubic>},
    {"in_elastic", elastic},
    {"out_elastic", out<elastic>},
    {"in_out_elastic", in_out<elastic>},
    {"in_expo", expo},
    {"out_expo", out<expo>},
    {"in_out_expo", in_out<expo>},
    {"in_quad", quad},
    {"out_quad", out<quad>},
    {"in_out_quad", in_out<quad>},
    {"in_quart", quart},
    {"out_quart", out<quart>},
    {"in_out_quart", in_out<quart>},
    {"in_quint", quint},
    {"out_quint", out<quint>},
    {"in_out_quint", in_out<quint>},
    {"in_sine", sine},
    {"out_sine", out<sine>},
    {"in_out_sine", in_out<sine>},
};

}  // namespace

const std::vector<std::string>& easing_names() {
  static const std::vector<std::string> names = entry_names(kEasings);
  return names;
}

double ease(const std::string& name, double t) {
  return find_entry(kEasings, &Easing::name, name, "motion: unknown easing").curve(std::clamp(t, 0.0, 1.0));
}

std::string draw_easing(Rng rng) {
  const auto& names = easing_names();  // the first is linear
  return rng.chance(0.2) ? names[0] : names[rng.integer(1, static_cast<int64_t>(names.size()) - 1)];
}

int shown_frame(const Timing& timing, int frame) {
  const bool paused =
      timing.pause_start >= 0 && frame >= timing.pause_start && frame < timing.pause_start + timing.pause_length;
  return paused ? timing.pause_start : frame;
}

double progress(const Timing& timing, int frame, int frames) {
  require(frame >= 0 && frame < frames, "motion: frame {} of a clip of {} frames (allowed: 0 to {})", frame, frames,
          frames - 1);
  require(timing.span >= 0, "motion: span is {} (allowed: 0 and more)", timing.span);
  const double length = timing.span > 0 ? timing.span : std::max(1, frames - 1);
  return ease(timing.easing, shown_frame(timing, frame) / length);
}

Timing draw_timing(Rng rng, int frames, double span, double pause_probability) {
  Timing timing;
  timing.easing = draw_easing(rng.fork("easing"));
  timing.span = span;
  Rng pause = rng.fork("pause");
  if (frames > 1 && pause.chance(pause_probability)) {
    timing.pause_start = static_cast<int>(pause.integer(0, frames - 2));
    timing.pause_length = static_cast<int>(pause.integer(0, frames - timing.pause_start - 1));
  }
  return timing;
}

Affine draw_affine(Rng rng, const AffineRange& range) {
  Affine affine;
  affine.degrees = rng.uniform(-range.degrees, range.degrees);
  affine.x = rng.uniform(-range.shift, range.shift);
  affine.y = rng.uniform(-range.shift, range.shift);
  affine.scale = rng.uniform(range.least_scale, range.most_scale);
  affine.shear = rng.uniform(-range.shear, range.shear);
  return affine;
}

Affine mixed(const Affine& from, const Affine& to, double p) {
  const auto mix = [p](double a, double b) { return a * (1 - p) + b * p; };
  return {mix(from.degrees, to.degrees), mix(from.x, to.x), mix(from.y, to.y), mix(from.scale, to.scale),
          mix(from.shear, to.shear)};
}

cv::Matx23d affine_matrix(const Affine& affine, int side) {
  const double c = affine.scale * std::cos(affine.degrees * kRadians), s = affine.scale * std::sin(affine.degrees * kRadians);
  const double lean = std::tan(affine.shear * kRadians);  // H = [1 -lean; 0 1], y counts down
  const cv::Matx22d turned(c, s - c * lean, -s, c + s * lean);
  const double centre = (side - 1) / 2.0;
  return {turned(0, 0), turned(0, 1), centre - (turned(0, 0) + turned(0, 1)) * centre + affine.x * side,
          turned(1, 0), turned(1, 1), centre - (turned(1, 0) + turned(1, 1)) * centre + affine.y * side};
}

cv::Matx23d motion_matrix(const AffineMotion& motion, double p, int side) {
  return affine_matrix(mixed(motion.from, motion.to, p), side);
}

cv::Matx23d compose(const cv::Matx23d& outer, const cv::Matx23d& inner) {
  const cv::Matx33d below(inner(0, 0), inner(0, 1), inner(0, 2), inner(1, 0), inner(1, 1), inner(1, 2), 0, 0, 1);
  return outer * below;
}

}  // namespace facemat
