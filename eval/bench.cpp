#include "eval/bench.h"

#include <opencv2/imgproc.hpp>

#include "eval/metrics/metrics.h"
#include "src/core/measure.h"
#include "src/core/random.h"

namespace facemat {
namespace {

// A face with hair over it: soft edges, thin lines at all levels, and the noise of a network's output.
cv::Mat drawn_matte(int width, int height, Rng rng) {
  cv::Mat matte(height, width, CV_8UC1, cv::Scalar(0));
  const auto anywhere = [&] {
    return cv::Point(static_cast<int>(rng.integer(0, width - 1)), static_cast<int>(rng.integer(0, height - 1)));
  };
  cv::ellipse(matte, {width / 2, height / 2}, {width / 3, 2 * height / 5}, 0, 0, 360, 255, cv::FILLED);
  for (int i = 0; i < 40; ++i) cv::line(matte, anywhere(), anywhere(), static_cast<int>(rng.integer(0, 255)), 2);
  cv::GaussianBlur(matte, matte, {}, height / 100.0);
  for (uint8_t& value : cv::Mat_<uint8_t>(matte)) value = cv::saturate_cast<uint8_t>(value + 2 * rng.normal());
  return matte;
}

double median_milliseconds(const MetricEntry& metric, const AlphaPair& pair, int rounds) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const Stopwatch watch;
    metric.compute(pair);
    times.push_back(1000 * watch.seconds());
  }
  return median(times);
}

}  // namespace

std::vector<MetricTime> bench_metrics(int width, int height, int rounds) {
  cv::setNumThreads(1);
  const AlphaPair pair = make_pair(drawn_matte(width, height, Rng(1)), drawn_matte(width, height, Rng(2)));
  std::vector<MetricTime> times;
  for (const MetricEntry& metric : metric_table()) times.push_back({metric.title, median_milliseconds(metric, pair, rounds)});
  return times;
}

}  // namespace facemat
