#include "eval/evaluator.h"

#include <algorithm>

#include "eval/metrics/metrics.h"
#include "eval/metrics/temporal.h"
#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/core/program.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

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

// Continues `hash` with a matte's size and pixels.
uint64_t hash_matte(const cv::Mat& matte, uint64_t hash) {
  hash = hash_bytes(fmt::format("{}x{};", matte.cols, matte.rows), hash);
  for (int y = 0; y < matte.rows; ++y)
    hash = hash_bytes({matte.ptr<char>(y), static_cast<size_t>(matte.cols) * matte.elemSize()}, hash);
  return hash;
}

void check_frame(const JudgedFrame& f) {
  const std::string where = fmt::format("sample {}, frame {}", f.sample, f.frame);
  const auto fits = [&](const cv::Mat& m) { return m.empty() || m.size() == f.truth.size(); };
  require(f.truth.type() == CV_32FC1 && f.matte.alpha.type() == CV_32FC1, "{}: alpha must be one float channel", where);
  require(f.matte.alpha.size() == f.truth.size(), "{}: the prediction is {}x{}, the truth {}x{}", where, f.matte.alpha.cols,
          f.matte.alpha.rows, f.truth.cols, f.truth.rows);
  require(fits(f.image) && fits(f.trimap) && fits(f.matte.uncertainty), "{}: image, trimap and truth differ in size", where);
  require(cv::checkRange(f.matte.alpha), "{}: the prediction holds numbers that are not finite", where);
  constexpr double kMostUncertainty = 1e6;
  require(f.matte.uncertainty.empty() || cv::checkRange(f.matte.uncertainty, true, nullptr, 0, kMostUncertainty),
          "{}: the uncertainty holds numbers that are negative or not finite", where);
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
  uint64_t truth_hash = kHashStart;

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
  s.truth_hash = hash_matte(pair.truth, s.truth_hash);
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
  result.data.truth_hash = hash_text(impl_->truth_hash);
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
