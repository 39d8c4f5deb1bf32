#pragma once
// Results like real ones, for tests of reports and pictures of them: drawn faces, mattes that err as networks do.

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "eval/judge/evaluator.h"
#include "eval/report/report.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/random.h"
#include "tests/eval/example.h"

namespace facemat {

// The truth, moved, blurred and dented; its uncertainty is the blurred error, so that it knows some of it.
class DentedMattes : public MatteSource {
 public:
  DentedMattes(double wrong, bool certain = false) : wrong_(wrong), certain_(certain) {}
  bool timed() const override { return true; }

  Matte matte(int64_t index, int t, const TrueFrame& frame) override {
    const cv::Mat& truth = frame.alpha;
    const double shift = wrong_ * (1 + 0.5 * std::sin(static_cast<double>(index) * 1.7)) * truth.cols / 128;
    const cv::Mat move = (cv::Mat_<double>(2, 3) << 1, 0, shift, 0, 1, 0.5 * shift);
    Matte matte;
    cv::warpAffine(truth, matte.alpha, move, truth.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::GaussianBlur(matte.alpha, matte.alpha, {0, 0}, 0.6 + wrong_ * truth.cols / 160);
    const cv::Point centre(truth.cols * static_cast<int>(30 + index * 37 % 40) / 100, truth.rows * 55 / 100);
    cv::circle(matte.alpha, centre, static_cast<int>(wrong_ * truth.cols / 60), cv::Scalar(0.35), -1, cv::LINE_AA);
    if (!certain_) {
      cv::GaussianBlur(cv::abs(matte.alpha - truth), matte.uncertainty, {0, 0}, 2);
      matte.uncertainty = 0.8 * matte.uncertainty + 0.01 + 0.004 * static_cast<double>(t);
    }
    return matte;
  }

 private:
  double wrong_;
  bool certain_;
};

inline std::vector<LogPoint> example_training(double last) {
  std::vector<LogPoint> points;
  Rng random(7);
  for (int step = 20; step <= 12000; step += 20) {
    const double loss = last * (1 + 4 * std::exp(-step / 2500.0)) * (0.85 + 0.3 * random.uniform());
    points.push_back({step, loss, {{"l1", loss / 2}}, {}});
    if (step % 600 == 0) points.push_back({step, {}, {}, {{"sad", 14 * last * (1 + 5 * std::exp(-step / 3000.0))}}});
  }
  return points;
}

// The demo's settings with pictures of `side` pixels and so many stills in its split "test".
inline Dataset drawn_data(const fs::path& folder, int side, int stills) {
  std::string yaml = read_file(fs::path(FACEMAT_SOURCE_DIR) / "configs/data/demo.yaml");
  const auto replace = [&yaml](const std::string& from, const std::string& to) {
    const size_t at = yaml.find(from);
    require(at != std::string::npos, "the demo's settings have no '{}'", from);
    yaml.replace(at, from.size(), to);
  };
  replace("size: 128", fmt::format("size: {}", side));
  replace("stills: 64, clips: 4, frames: 8", fmt::format("stills: {}, clips: 2, frames: 3", stills));
  write_file(folder / "drawn.yaml", yaml);
  return Dataset::open(folder / "drawn.yaml");
}

// All frames drawn once and kept, for those who ask for them again and again.
inline ClipSource kept(const ClipSource& clips) {
  auto drawn = std::make_shared<std::vector<TrueClip>>();
  for (int64_t i = 0; i < clips.size; ++i) {
    TrueClip clip = clips.clip(i);
    std::vector<TrueFrame> frames;
    for (int t = 0; t < clip.length; ++t) frames.push_back(clip.frame(t));
    clip.frame = [frames](int t) { return frames[t]; };
    drawn->push_back(std::move(clip));
  }
  return {clips.size, [drawn](int64_t i) { return (*drawn)[i]; }};
}

struct DrawnReport {
  int side = 64, stills = 12, models = 3;
};

// Three models: a student with ledger, its teacher, and an onnx without uncertainty; result files and pictures in `folder`.
inline std::vector<ReportEntry> drawn_report(const fs::path& folder, const DrawnReport& what = {}) {
  const Dataset data = drawn_data(folder, what.side, what.stills);
  const ClipSource clips = kept(clips_of(data.split("test")));
  const char* names[] = {"student", "teacher", "onnx int8"};
  const char* kinds[] = {"checkpoint", "source", "onnx"};
  const double wrong[] = {1.3, 0.9, 2.4};
  std::vector<ReportEntry> entries;
  Silence progress;
  for (int m = 0; m < what.models; ++m) {
    DentedMattes source(wrong[m], m == 2), teacher(wrong[1]);
    CasePictures pictures(folder / fmt::format("model{}.json", m));
    EvaluationOptions options;
    options.cases = {3, 2, 2};
    options.variants = {"grad_unstretched"};
    options.pictures = &pictures;
    if (m == 0) options.teacher = &teacher, options.teacher_name = "teacher";
    EvaluationResult result = evaluate(source, clips, options, progress);
    pictures.keep();
    result.model = {names[m],
                    kinds[m],
                    "rvm_mobilenetv3",
                    fmt::format("{:016x}", 0x9e3779b97f4a7c15u * (m + 1)),
                    3'753'190 * (m + 1),
                    1.9e9 * (m + 1),
                    m == 1 ? "flip, scales 0.5 1" : ""};
    result.data.name = "demo", result.data.split = "test", result.data.licence = "CC0-1.0";
    result.environment = {"Example CPU", "Debian GNU/Linux 12", "g++ 12.2", "OpenCV 4.6.0, ONNX Runtime 1.21.0", 2, 834u << 20};
    if (m < 2) result.training = example_training(0.08 * wrong[m]);
    if (m == 2) result.warnings = {"12 mattes are JPEG files, which changes them"};
    entries.push_back({result, folder});
  }
  return entries;
}

}  // namespace facemat
