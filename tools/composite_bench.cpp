#include "tools/composite_bench.h"

#include <algorithm>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "src/core/measure.h"
#include "src/core/random.h"
#include "src/runtime/compositor.h"

namespace facemat {
namespace {

// A face four fifths of the frame high with strands of hair over its upper half and smoke over a side of it.
cv::Mat drawn_alpha(int width, int height) {
  Rng rng(1);
  cv::Mat face(height, width, CV_32FC1, cv::Scalar(0)), hair = face.clone(), smoke(9, 16, CV_32FC1);
  cv::ellipse(face, {width / 2, height / 2}, {3 * height / 10, 2 * height / 5}, 0, 0, 360, 1, cv::FILLED);
  cv::GaussianBlur(face, face, {}, 1);
  for (int i = 0; i < 60; ++i) {
    const cv::Point root(static_cast<int>(width * rng.uniform(0.35, 0.65)), height / 12);
    const cv::Point tip(root.x + static_cast<int>(rng.normal(0, height / 10.)),
                        static_cast<int>(height * rng.uniform(0.3, 0.6)));
    cv::line(hair, root, tip, 1, 2);
  }
  cv::GaussianBlur(hair, hair, {}, 0.8);
  for (float& value : cv::Mat_<float>(smoke)) value = static_cast<float>(std::max(0., rng.uniform(-0.8, 0.7)));
  cv::resize(smoke, smoke, face.size(), 0, 0, cv::INTER_CUBIC);
  const cv::Mat covered = cv::max(hair, cv::max(smoke, 0));
  return face.mul(1 - cv::min(covered, 1));
}

cv::Mat drawn_frame(int width, int height, uint64_t seed) {
  Rng rng(seed);
  cv::Mat coarse(9, 16, CV_8UC3), frame;
  for (cv::Vec3b& pixel : cv::Mat_<cv::Vec3b>(coarse))
    for (uint8_t& value : pixel.val) value = static_cast<uint8_t>(rng.integer(0, 255));
  cv::resize(coarse, frame, {width, height}, 0, 0, cv::INTER_LINEAR);
  return frame;
}

double warm_milliseconds(int rounds, const std::function<void()>& work) {
  work();  // makes tables and memory
  return median_milliseconds(rounds, work);
}

CompositeOptions with_mode(const std::string& mode, bool linear_light = false) {
  CompositeOptions options;
  options.mode = mode;
  options.linear_light = linear_light;
  return options;
}

}  // namespace

std::vector<CompositeTime> bench_composite(int width, int height, int rounds) {
  cv::setNumThreads(1);
  const cv::Mat target = drawn_frame(width, height, 2), swap = drawn_frame(width, height, 3);
  const Matte matte{drawn_alpha(width, height), cv::Mat(height, width, CV_32FC1, cv::Scalar(0.1))};
  CompositeOptions decontaminated = with_mode("recompose");
  decontaminated.decontaminate = true;
  const std::vector<std::pair<std::string, CompositeOptions>> ways = {{"standard", with_mode("standard")},
                                                                      {"uncertainty", with_mode("uncertainty")},
                                                                      {"standard, linear light", with_mode("standard", true)},
                                                                      {"recompose", with_mode("recompose")},
                                                                      {"recompose, linear light", with_mode("recompose", true)},
                                                                      {"recompose, decontaminate", decontaminated}};
  std::vector<CompositeTime> times;
  for (const auto& [name, options] : ways)
    times.push_back({name, warm_milliseconds(rounds, [&, &o = options] { composite(target, swap, matte, o); })});
  cv::Mat deep_target, deep_swap;
  target.convertTo(deep_target, CV_16U, 257);
  swap.convertTo(deep_swap, CV_16U, 257);
  times.push_back({"standard, 16 bits", warm_milliseconds(rounds, [&] { composite(deep_target, deep_swap, matte); })});
  return times;
}

double soft_share(int width, int height) {
  const cv::Mat alpha = drawn_alpha(width, height), soft = (alpha > 0) & (alpha < 1);
  return cv::countNonZero(soft) / static_cast<double>(alpha.total());
}

}  // namespace facemat
