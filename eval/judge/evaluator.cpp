#include "eval/judge/evaluator.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "eval/measures/composite_quality.h"
#include "eval/measures/pixel_pool.h"
#include "eval/metrics/metrics.h"
#include "eval/metrics/temporal.h"
#include "eval/metrics/variants.h"
#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/core/measure.h"
#include "src/core/parallel.h"
#include "src/core/program.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

std::vector<std::string> chosen_regions(const EvaluationOptions& options) {
  std::vector<std::string> names = {"whole"};
  for (const RegionEntry& region : region_table()) names.emplace_back(region.name);
  return options.regions.empty() ? names : options.regions;
}

std::vector<MetricEntry> chosen_metrics(const EvaluationOptions& options) {
  std::vector<MetricEntry> metrics = metric_table();
  for (const std::string& name : options.variants) metrics.push_back(find_variant(name));
  return metrics;
}

// What judging is told once for all frames.
struct Plan {
  explicit Plan(const EvaluationOptions& options)
      : regions(chosen_regions(options)), metrics(chosen_metrics(options)), composite(options.composite) {
    for (const std::string& name : regions) find_region(name);
    if (std::find(regions.begin(), regions.end(), "whole") == regions.end()) regions.emplace_back("whole");
  }
  std::vector<std::string> regions;
  std::vector<MetricEntry> metrics;
  bool composite;
};

struct JudgedFrame {
  const TrueClip& clip;
  int t;
  TrueFrame truth;
  Matte matte;
};

// Of a clip, what the result needs.
struct ClipVerdict {
  std::vector<FrameScore> frames;
  std::vector<uint64_t> truth_hashes, trimap_hashes;  // of its frames; no trimaps, no hashes
  std::map<std::string, int64_t> empty;
  std::vector<double> milliseconds;
  ConstantBaseline constant;
  double complement_sad = 0;
  cv::Size size;
  std::string note;  // of its last matte
};

// Pixels of all clips, of sources that state an uncertainty.
struct Pools {
  PixelPool<2> uncertainty;  // deviation, error
  PixelPool<3> ledger;       // the teacher's deviation, its error, the error
};

void check_frame(const JudgedFrame& f) {
  const std::string where = fmt::format("sample {}, frame {}", f.clip.name, f.t);
  const cv::Mat &alpha = f.matte.alpha, &truth = f.truth.alpha;
  const auto fits = [&](const cv::Mat& m) { return m.empty() || m.size() == truth.size(); };
  require(truth.type() == CV_32FC1 && alpha.type() == CV_32FC1, "{}: alpha must be one float channel", where);
  require(alpha.size() == truth.size(), "{}: the prediction is {}x{}, the truth {}x{}", where, alpha.cols, alpha.rows,
          truth.cols, truth.rows);
  require(fits(f.truth.image) && fits(f.truth.trimap) && fits(f.truth.mask) && fits(f.truth.trust) && fits(f.matte.uncertainty),
          "{}: image, trimap, mask, trust and truth differ in size", where);
  require(cv::checkRange(alpha), "{}: the prediction holds numbers that are not finite", where);
  constexpr double kMostUncertainty = 1e6;
  require(f.matte.uncertainty.empty() || cv::checkRange(f.matte.uncertainty, true, nullptr, 0, kMostUncertainty),
          "{}: the uncertainty holds numbers that are negative or not finite", where);
}

// A matte's size and pixels as one number.
uint64_t hash_picture(const cv::Mat& picture) {
  uint64_t hash = hash_bytes(fmt::format("{}x{};", picture.cols, picture.rows));
  for (int y = 0; y < picture.rows; ++y)
    hash = hash_bytes({picture.ptr<char>(y), static_cast<size_t>(picture.cols) * picture.elemSize()}, hash);
  return hash;
}

double complement_sad(const AlphaPair& pair) {
  cv::Mat complement;
  cv::subtract(255, pair.prediction, complement);
  return cv::norm(complement, pair.truth, cv::NORM_L1) / 255 / 1000;
}

Scores traits_of(const cv::Mat& truth, const TrueClip& clip) {
  Scores traits;
  const cv::Rect box = cv::boundingRect(cv::Mat(truth > 0));
  const int visible = cv::countNonZero(truth), soft = visible - cv::countNonZero(truth == 255);
  traits["face_size"] = static_cast<double>(std::max(box.width, box.height)) / std::max(truth.cols, truth.rows);
  if (visible > 0) traits["softness"] = static_cast<double>(soft) / visible;
  if (clip.covered) traits["covered"] = *clip.covered;
  return traits;
}

// Every metric in every region; regions without a pixel are counted, and have values only where that counts as perfect.
void score_regions(const AlphaPair& pair, const Regions& regions, const Plan& plan, FrameScore& score,
                   std::map<std::string, int64_t>& empty) {
  for (size_t r = 0; r < regions.size(); ++r) empty[regions.name(r)] += regions.pixels(r) == 0;
  for (const MetricEntry& metric : plan.metrics) {
    const std::vector<double> values = metric.compute(pair, regions);
    for (size_t r = 0; r < regions.size(); ++r)
      if (regions.pixels(r) > 0 || find_region(regions.name(r)).empty_counts)
        score.regions[regions.name(r)][metric.name] = metric.scale * values[r];
  }
}

class ClipJudge {
 public:
  ClipJudge(const Plan& plan, const TrueClip& clip) : plan_(plan), clip_(clip) {}

  void add(const JudgedFrame& judged) {
    check_frame(judged);
    const AlphaPair pair = make_pair(to_u8(judged.matte.alpha), to_u8(judged.truth.alpha));
    const cv::Mat trust = judged.truth.trust.empty() ? cv::Mat() : to_u8(judged.truth.trust);
    const Regions regions = Regions::of({pair.truth, judged.truth.trimap, judged.truth.mask, trust}, plan_.regions);
    FrameScore score{clip_.name, judged.t, clip_.classes, {}, traits_of(pair.truth, clip_), {}};
    score.confusion = confusion(pair, Regions::whole(pair.truth.size())).front();
    score_regions(pair, regions, plan_, score, verdict_.empty);
    Scores& whole = score.regions["whole"];
    if (judged.t > 0) add_motion(pair, whole);
    if (plan_.composite && !judged.truth.image.empty()) add_composite(judged, whole);
    verdict_.frames.push_back(std::move(score));
    verdict_.truth_hashes.push_back(hash_picture(pair.truth));
    if (!judged.truth.trimap.empty()) verdict_.trimap_hashes.push_back(hash_picture(judged.truth.trimap));
    verdict_.constant.add(pair.truth);
    verdict_.complement_sad += complement_sad(pair);
    if (judged.t == 0) verdict_.size = pair.truth.size();
    before_ = pair, flow_ = judged.truth.flow;
  }

  ClipVerdict verdict_;

 private:
  void add_motion(const AlphaPair& pair, Scores& whole) {
    require(before_.truth.size() == pair.truth.size(), "sample {}: its frames differ in size", clip_.name);
    whole["dtssd"] = whole["dtssd_rvm"] = 100 * dtssd(before_, pair);
    verdict_.frames.back().regions["whole"].emplace("dtssd_rvm", 0);  // only a clip's first frame has none yet
    if (!flow_.empty()) whole["messddt"] = 1e4 * messddt(before_, pair, flow_);
  }

  static void add_composite(const JudgedFrame& f, Scores& whole) {
    cv::Mat alpha;
    cv::min(cv::max(f.matte.alpha, 0.f), 1.f, alpha);
    const CompositeQuality quality = composite_quality(f.truth.image, f.truth.clean, alpha, f.truth.alpha);
    whole["psnr"] = quality.psnr, whole["ssim"] = quality.ssim;
  }

  const Plan& plan_;
  const TrueClip& clip_;
  AlphaPair before_;  // the last frame's, with the flow from there
  cv::Mat flow_;
};

void pool_uncertainty(const JudgedFrame& f, PixelPool<2>& pool) {
  if (f.matte.uncertainty.empty()) return;
  for (int y = 0; y < f.truth.alpha.rows; ++y)
    for (int x = 0; x < f.truth.alpha.cols; ++x)
      pool.add({f.matte.uncertainty.at<float>(y, x), std::abs(f.matte.alpha.at<float>(y, x) - f.truth.alpha.at<float>(y, x))});
}

void pool_ledger(const JudgedFrame& f, const Matte& teacher, PixelPool<3>& pool) {
  require(!teacher.uncertainty.empty(), "the teacher gives no uncertainty, so there is no ledger to keep");
  for (int y = 0; y < f.truth.alpha.rows; ++y)
    for (int x = 0; x < f.truth.alpha.cols; ++x) {
      const float truth = f.truth.alpha.at<float>(y, x);
      pool.add({teacher.uncertainty.at<float>(y, x), std::abs(teacher.alpha.at<float>(y, x) - truth),
                std::abs(f.matte.alpha.at<float>(y, x) - truth)});
    }
}

// `pools` is null when several threads judge: what runs in several threads has no uncertainty.
ClipVerdict judge_clip(MatteSource& source, MatteSource* teacher, const TrueClip& clip, int64_t index, const Plan& plan,
                       Pools* pools) {
  ClipJudge judge(plan, clip);
  for (int t = 0; t < clip.length; ++t) {
    const TrueFrame truth = clip.frame(t);
    const Stopwatch watch;
    const JudgedFrame judged{clip, t, truth, source.matte(index, t, truth)};
    judge.verdict_.milliseconds.push_back(1000 * watch.seconds());
    judge.add(judged);
    judge.verdict_.note = judged.matte.note;
    if (pools) pool_uncertainty(judged, pools->uncertainty);
    if (pools && teacher) pool_ledger(judged, teacher->matte(index, t, truth), pools->ledger);
  }
  return std::move(judge.verdict_);
}

std::vector<ClipVerdict> judge_all(MatteSource& source, const ClipSource& clips, const EvaluationOptions& options,
                                   const Plan& plan, Pools& pools, Progress& progress) {
  std::vector<ClipVerdict> verdicts(clips.size);
  const bool alone = !source.concurrent() || options.workers <= 1 || options.teacher != nullptr;
  std::mutex mutex;
  int64_t done = 0;
  parallel(clips.size, alone ? 1 : options.workers, [&](int64_t i) {
    verdicts[i] = judge_clip(source, options.teacher, clips.clip(i), i, plan, alone ? &pools : nullptr);
    const std::lock_guard<std::mutex> lock(mutex);
    progress.update(++done, clips.size, verdicts[i].note);
  });
  return verdicts;
}

// The first frame is left out: it pays for memory and caches.
std::optional<Speed> speed_of(const std::vector<ClipVerdict>& verdicts) {
  std::vector<double> times;
  for (const ClipVerdict& v : verdicts) times.insert(times.end(), v.milliseconds.begin(), v.milliseconds.end());
  if (times.size() < 2) return std::nullopt;
  times.erase(times.begin());
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<size_t>(std::ceil(share * static_cast<double>(times.size()))) - 1];
  };
  const double mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  const cv::Size size = verdicts.front().size;
  return Speed{mean, at(0.5), at(0.99), static_cast<int64_t>(times.size()), size.width, size.height, 0};
}

std::string hash_of_hashes(const std::vector<ClipVerdict>& verdicts, std::vector<uint64_t> ClipVerdict::*hashes) {
  uint64_t hash = kHashStart;
  bool any = false;
  for (const ClipVerdict& v : verdicts)
    for (const uint64_t h : v.*hashes) hash = hash_bytes(hash_text(h), hash), any = true;
  return any ? hash_text(hash) : "";
}

EvaluationResult merged(const std::vector<ClipVerdict>& verdicts) {
  EvaluationResult result;
  result.version = kVersion;
  result.metrics = result_metrics(), result.regions = result_regions();
  ConstantBaseline constant;
  double complement = 0;
  for (const ClipVerdict& v : verdicts) {
    result.frames.insert(result.frames.end(), v.frames.begin(), v.frames.end());
    for (const auto& [region, count] : v.empty)
      if (count > 0) result.empty[region] += count;
    constant.add(v.constant);
    complement += v.complement_sad;
  }
  require(!result.frames.empty(), "nothing to judge: there is no frame");
  result.data.samples = static_cast<int64_t>(verdicts.size());
  result.data.frames = static_cast<int64_t>(result.frames.size());
  result.data.truth_hash = hash_of_hashes(verdicts, &ClipVerdict::truth_hashes);
  result.data.trimap_hash = hash_of_hashes(verdicts, &ClipVerdict::trimap_hashes);
  result.constant = constant.best();
  result.complement_sad = complement / static_cast<double>(result.frames.size());
  return result;
}

}  // namespace

EvaluationResult evaluate(MatteSource& source, const ClipSource& clips, const EvaluationOptions& options, Progress& progress) {
  const Plan plan(options);
  Pools pools;
  const std::vector<ClipVerdict> verdicts = judge_all(source, clips, options, plan, pools, progress);
  EvaluationResult result = merged(verdicts);
  if (source.timed()) result.speed = speed_of(verdicts);
  if (pools.uncertainty.size() > 0)
    result.uncertainty = measure_uncertainty(pools.uncertainty.values(0), pools.uncertainty.values(1));
  if (pools.ledger.size() > 0)
    result.ledger = Ledger{options.teacher_name, static_cast<int64_t>(pools.ledger.size()),
                           ledger_bins(pools.ledger.values(0), pools.ledger.values(1), pools.ledger.values(2))};
  if (options.check) options.check(result);
  if (options.pictures != nullptr) result.cases = store_cases(source, clips, result, options.cases, *options.pictures);
  return result;
}

}  // namespace facemat
