#include "eval/commands/metric_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "eval/judge/evaluator.h"
#include "eval/metrics/metrics.h"
#include "src/core/file.h"
#include "src/core/measure.h"
#include "src/core/parallel.h"
#include "src/core/random.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/trimap.h"

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

cv::Mat trimap_of(const cv::Mat& alpha) { return make_trimap(to_float(alpha), 8, 8); }

void judge_everything(const AlphaPair& pair, const cv::Mat& trimap) {
  const Regions regions = Regions::of({pair.truth, trimap, {}}, entry_names(region_table()));
  for (const MetricEntry& metric : metric_table()) metric.compute(pair, regions);
}

PictureFolders draw_pairs(const fs::path& folder, int count, int side, int threads) {
  parallel(count, threads, [&](int64_t i) {
    const auto number = static_cast<uint64_t>(i);
    const std::string name = fmt::format("{:06d}.png", i);
    const cv::Mat truth = drawn_matte(side, side, Rng(1).fork("truth", number));
    write_image(folder / "gt" / name, truth);
    write_image(folder / "pred" / name, drawn_matte(side, side, Rng(1).fork("prediction", number)));
    write_image(folder / "trimap" / name, trimap_of(truth));
  });
  PictureFolders folders;
  folders.truth = folder / "gt", folders.predictions = folder / "pred", folders.guides.trimap = folder / "trimap";
  return folders;
}

// Passes progress on and looks at the memory.
class MemoryWatch : public Progress {
 public:
  explicit MemoryWatch(Progress& inner) : inner_(inner) {}
  void update(int64_t done, int64_t total, const std::string& note) override {
    inner_.update(done, total, note);
    const uint64_t now = resident_memory();
    if (10 * done <= total) early = now;
    most = std::max(most, now);
  }
  void message(const std::string& line) override { inner_.message(line); }
  void warning(const std::string& line) override { inner_.warning(line); }
  uint64_t early = 0, most = 0;

 private:
  Progress& inner_;
};

}  // namespace

std::vector<MetricTime> bench_metrics(int width, int height, int rounds) {
  cv::setNumThreads(1);
  const AlphaPair pair = make_pair(drawn_matte(width, height, Rng(1)), drawn_matte(width, height, Rng(2)));
  const Regions whole = Regions::whole(pair.truth.size());
  std::vector<MetricTime> times;
  for (const MetricEntry& metric : metric_table())
    times.push_back({metric.title, median_milliseconds(rounds, [&] { metric.compute(pair, whole); })});
  const cv::Mat trimap = trimap_of(pair.truth);
  times.push_back({"all, in all regions", median_milliseconds(rounds, [&] { judge_everything(pair, trimap); })});
  return times;
}

PairsTime bench_pairs(int count, int side, int threads, Progress& progress) {
  cv::setNumThreads(1);
  const TemporaryFolder work("facemat-bench");
  const PictureFolders folders = draw_pairs(work.path(), count, side, threads);
  MemoryWatch watch(progress);
  const Stopwatch stopwatch;
  const auto clips = pair_pictures(folders);
  PictureMattes source(clips, {});
  EvaluationOptions options;
  options.workers = threads;
  evaluate(source, clips_of(clips), options, watch);
  return {stopwatch.seconds(), watch.early, watch.most};
}

}  // namespace facemat
