#include "eval/evaluator.h"

#include <algorithm>
#include <numeric>

#include "eval/metrics/metrics.h"
#include "eval/metrics/temporal.h"
#include "eval/spearman.h"
#include "src/core/error.h"
#include "src/core/program.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr int kPixelsPerFrame = 16384;  // at most so many of a frame enter the rank correlation
constexpr int kBins = 10;

// Pixels of all frames, spread evenly: their uncertainty and absolute error.
class UncertaintyPool {
 public:
  void add(const cv::Mat& uncertainty, const cv::Mat& alpha, const cv::Mat& truth) {
    const int pixels = static_cast<int>(truth.total());
    int step = std::max(1, (pixels + kPixelsPerFrame - 1) / kPixelsPerFrame);
    while (std::gcd(step, truth.cols) != 1) ++step;  // else only some columns would be seen
    for (int i = 0; i < pixels; i += step) {
      const int y = i / truth.cols, x = i % truth.cols;
      uncertainty_.push_back(uncertainty.at<float>(y, x));
      error_.push_back(std::abs(alpha.at<float>(y, x) - truth.at<float>(y, x)));
    }
  }

  std::optional<UncertaintyInfo> info() const {
    if (uncertainty_.empty()) return std::nullopt;
    return UncertaintyInfo{spearman(uncertainty_, error_), static_cast<int64_t>(error_.size()), bins()};
  }

 private:
  std::vector<UncertaintyBin> bins() const {
    std::vector<size_t> order(error_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return uncertainty_[i] < uncertainty_[j]; });
    std::vector<UncertaintyBin> bins;
    for (int b = 0; b < kBins; ++b) {
      const size_t begin = order.size() * b / kBins, end = order.size() * (b + 1) / kBins;
      UncertaintyBin bin;
      for (size_t i = begin; i < end; ++i) bin.uncertainty += uncertainty_[order[i]], bin.error += error_[order[i]];
      if (begin == end) continue;
      bin.uncertainty /= static_cast<double>(end - begin), bin.error /= static_cast<double>(end - begin);
      bins.push_back(bin);
    }
    return bins;
  }

  std::vector<float> uncertainty_, error_;
};

struct Case {
  size_t frame;
  double sad;
  JudgedFrame judged;
};

Scores table_scores(const AlphaPair& pair) {
  Scores scores;
  for (const MetricEntry& metric : metric_table()) scores[metric.name] = metric.scale * metric.compute(pair);
  return scores;
}

JudgedFrame deep_copy(const JudgedFrame& frame) {
  JudgedFrame copy = frame;
  copy.image = frame.image.clone(), copy.truth = frame.truth.clone();
  copy.matte = {frame.matte.alpha.clone(), frame.matte.uncertainty.clone()};
  return copy;
}

void check_frame(const JudgedFrame& f) {
  const std::string where = fmt::format("sample {}, frame {}", f.sample, f.frame);
  const auto fits = [&](const cv::Mat& m) { return m.empty() || m.size() == f.truth.size(); };
  require(f.truth.type() == CV_32FC1 && f.matte.alpha.type() == CV_32FC1, "{}: alpha must be one float channel", where);
  require(f.matte.alpha.size() == f.truth.size(), "{}: the prediction is {}x{}, the truth {}x{}", where, f.matte.alpha.cols,
          f.matte.alpha.rows, f.truth.cols, f.truth.rows);
  require(fits(f.image) && fits(f.trimap) && fits(f.matte.uncertainty), "{}: image, trimap and truth differ in size", where);
}

}  // namespace

struct Evaluation::Impl {
  EvaluationOptions options;
  std::vector<FrameScore> frames;
  std::optional<AlphaPair> before;  // the last frame's
  ConstantBaseline constant;
  UncertaintyPool uncertainty;
  std::vector<Case> worst;  // at most one a sample
  int64_t samples = 0, empty_unknown = 0;

  void remember(const JudgedFrame& judged, double sad) {
    const auto same = std::find_if(worst.begin(), worst.end(), [&](const Case& c) { return c.judged.sample == judged.sample; });
    if (same != worst.end()) {
      if (same->sad >= sad) return;
      worst.erase(same);
    }
    const auto place = std::find_if(worst.begin(), worst.end(), [&](const Case& c) { return c.sad < sad; });
    if (place == worst.end() && static_cast<int>(worst.size()) >= options.worst) return;
    worst.insert(place, {frames.size() - 1, sad, deep_copy(judged)});
    if (static_cast<int>(worst.size()) > options.worst) worst.pop_back();
  }

  // Writes `picture` beside the result and returns its path there.
  static std::string store(const fs::path& result_file, int number, const char* kind, const cv::Mat& picture) {
    if (picture.empty()) return {};
    const fs::path inner = fs::path(result_file.stem().string() + "_cases") / fmt::format("{:03d}_{}.png", number, kind);
    write_image(result_file.parent_path() / inner, picture);
    return inner.generic_string();
  }

  static WorstCase store_case(const Case& c, int number, const fs::path& result_file) {
    const JudgedFrame& f = c.judged;
    const auto keep = [&](const char* kind, const cv::Mat& picture) { return store(result_file, number, kind, picture); };
    const cv::Mat error = cv::abs(f.matte.alpha - f.truth);
    WorstCase worst;
    worst.frame = c.frame;
    worst.image = keep("image", f.image);
    worst.truth = keep("gt", to_u8(f.truth));
    worst.prediction = keep("pred", to_u8(f.matte.alpha));
    worst.error = keep("error", error_map(error));
    if (!f.matte.uncertainty.empty()) worst.uncertainty = keep("uncertainty", error_map(f.matte.uncertainty));
    return worst;
  }
};

Evaluation::Evaluation(const EvaluationOptions& options) : impl_(new Impl) { impl_->options = options; }
Evaluation::~Evaluation() = default;

void Evaluation::add(const JudgedFrame& judged) {
  check_frame(judged);
  Impl& s = *impl_;
  const bool starts = s.frames.empty() || s.frames.back().sample != judged.sample || judged.frame == 0;
  const AlphaPair pair = make_pair(to_u8(judged.matte.alpha), to_u8(judged.truth));
  FrameScore score{judged.sample, judged.frame, judged.classes, table_scores(pair), {}};
  if (!starts) {
    require(s.before->truth.size() == pair.truth.size(), "sample {}: its frames differ in size", judged.sample);
    score.whole["dtssd"] = score.whole["dtssd_rvm"] = 100 * dtssd(*s.before, pair);
    s.frames.back().whole.emplace("dtssd_rvm", 0);  // only a clip's first frame has none yet
  }
  if (!judged.trimap.empty()) {
    const cv::Mat unknown = judged.trimap == kUnknown;
    score.unknown = table_scores(make_pair(pair.prediction, pair.truth, unknown));
    s.empty_unknown += cv::countNonZero(unknown) == 0;
  }
  s.frames.push_back(score);
  s.samples += starts;
  s.before = pair;
  s.constant.add(pair.truth);
  if (!judged.matte.uncertainty.empty()) s.uncertainty.add(judged.matte.uncertainty, judged.matte.alpha, judged.truth);
  s.remember(judged, score.whole.at("sad"));
}

EvaluationResult Evaluation::finish(const fs::path& result_file) const {
  require(!impl_->frames.empty(), "nothing to judge: there is no frame");
  EvaluationResult result;
  result.version = kVersion;
  result.metrics = result_metrics();
  result.frames = impl_->frames;
  result.data.samples = impl_->samples;
  result.data.frames = static_cast<int64_t>(impl_->frames.size());
  result.empty_unknown = impl_->empty_unknown;
  result.constant = impl_->constant.best();
  result.uncertainty = impl_->uncertainty.info();
  if (result_file.empty()) return result;
  for (size_t i = 0; i < impl_->worst.size(); ++i)
    result.worst.push_back(Impl::store_case(impl_->worst[i], static_cast<int>(i), result_file));
  return result;
}

void evaluate(Predictor& predictor, const ClipSource& clips, Evaluation& evaluation, Progress& progress) {
  for (int64_t i = 0; i < clips.size; ++i) {
    const Clip clip = clips.clip(i);
    predictor.reset();
    for (size_t t = 0; t < clip.images.size(); ++t)
      evaluation.add({clip.name, static_cast<int>(t), clip.classes, clip.images[t], clip.alphas[t],
                      clip.trimaps.empty() ? cv::Mat() : clip.trimaps[t], predictor.predict(clip.images[t])});
    progress.update(i + 1, clips.size);
  }
}

void evaluate_mattes(const std::vector<MatteClip>& clips, bool prediction_is_occluder, Evaluation& evaluation,
                     Progress& progress) {
  for (size_t i = 0; i < clips.size(); ++i) {
    for (size_t t = 0; t < clips[i].frames.size(); ++t) {
      const MatteFrame& frame = clips[i].frames[t];
      cv::Mat alpha = read_mask(frame.prediction);
      if (prediction_is_occluder) alpha = 1 - alpha;
      evaluation.add({clips[i].name,
                      static_cast<int>(t),
                      {},
                      {},
                      read_mask(frame.truth),
                      frame.trimap.empty() ? cv::Mat() : read_trimap(frame.trimap),
                      {alpha, {}}});
    }
    progress.update(static_cast<int64_t>(i) + 1, static_cast<int64_t>(clips.size()));
  }
}

}  // namespace facemat
