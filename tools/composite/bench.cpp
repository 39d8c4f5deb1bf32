#include "tools/composite/bench.h"

#include <algorithm>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/core/random.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/media/video/video_writer.h"
#include "src/runtime/compose/compositor.h"
#include "tools/composite/outputs.h"
#include "tools/composite/run.h"

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

namespace {

void bench_blends(int rounds) {
  constexpr int kWidth = 1920, kHeight = 1080;
  fmt::print("milliseconds a frame of {}x{} with {:.0f} % of its matte soft, one thread, medians of {}\n", kWidth, kHeight,
             100 * soft_share(kWidth, kHeight), rounds);
  for (const CompositeTime& time : bench_composite(kWidth, kHeight, rounds))
    fmt::print("  {:<26}{:8.2f}\n", time.name, time.milliseconds);
}

// A drawn picture that moves a little from frame to frame.
fs::path drawn_film(const fs::path& path, cv::Size size, int frames) {
  const cv::Mat scene = drawn_frame(size.width + 64, size.height + 64, 2);
  VideoWriter writer(path, constant_rate(size, 25));
  for (int i = 0; i < frames; ++i) writer.write(scene(cv::Rect({i % 64, i * 3 % 64}, size)).clone());
  writer.finish();
  return path;
}

struct JobTimes {
  std::vector<StageTime> alone;                          // of the stages, one after the other
  double one_by_one = 0, overlapped = 0, processor = 0;  // seconds; of processors, one after the other
  int64_t frames = 0;
};

JobTimes time_job(const CompositeCommand& command, const CompositeConfig& config) {
  JobTimes times;
  const double processor = processor_seconds();
  const CompositeOutcome alone = run_composite(command, config, false);
  times.processor = processor_seconds() - processor;
  times.one_by_one = alone.seconds;
  times.overlapped = run_composite(command, config, true).seconds;
  times.alone = alone.stages;
  times.frames = alone.frames;
  return times;
}

void print_job(const JobTimes& times) {
  const auto rate = [&](double seconds) { return static_cast<double>(times.frames) / seconds; };
  double slowest = 0;
  for (const StageTime& stage : times.alone) {
    slowest = std::max(slowest, stage.busy_seconds);
    fmt::print("  {:<26}{:8.2f} ms{:9.1f} frames/s alone\n", stage.name, 1000 * stage.busy_seconds / times.frames,
               rate(stage.busy_seconds));
  }
  const int cores = hardware_threads();
  fmt::print("  {:<26}{:8.2f} ms{:9.1f} frames/s\n", "one after the other", 1000 * times.one_by_one / times.frames,
             rate(times.one_by_one));
  fmt::print("  {:<26}{:8.2f} ms{:9.1f} frames/s: {:.0f} % of the slowest stage alone\n", "overlapped",
             1000 * times.overlapped / times.frames, rate(times.overlapped), 100 * slowest / times.overlapped);
  fmt::print("  {} cores could do {:.1f} frames/s at most, for {:.2f} ms of processor time a frame\n", cores,
             rate(times.processor / cores), 1000 * times.processor / times.frames);
}

void bench_job(const BenchCommand& bench) {
  const TemporaryFolder folder("facemat-bench");
  CompositeCommand command;
  command.quiet = true;
  command.threads = 1;
  command.effect = "";
  cv::setNumThreads(1);
  command.frames = bench.frames;
  command.model = bench.model;
  const cv::Size size(1280, 720);
  command.target = bench.target.empty() ? drawn_film(folder.path() / "target.mp4", size, bench.frames) : bench.target;
  command.swap = command.target;
  if (bench.model.empty()) {
    command.alpha = folder.path() / "alpha.png";
    const cv::Size own = VideoReader(fs::path(command.target)).info().size;
    write_image(command.alpha, to_u8(drawn_alpha(own.width, own.height)));
  }
  for (const OutputKind& kind : output_kinds()) command.outputs[kind.name] = "";
  command.outputs["out"] = folder.path() / "out.mp4";
  command.faces = bench.faces;
  CompositeConfig config = settings_of(command);
  config.max_side = bench.max_side;
  std::vector<JobTimes> rounds;
  for (int i = 0; i < bench.rounds; ++i) rounds.push_back(time_job(command, config));
  std::sort(rounds.begin(), rounds.end(), [](const auto& a, const auto& b) { return a.overlapped < b.overlapped; });
  fmt::print("a whole job, film and swap to film, every stage in one thread, {} frames, the median of {} round{}\n",
             rounds[0].frames, rounds.size(), rounds.size() == 1 ? "" : "s");
  print_job(rounds[rounds.size() / 2]);
}

}  // namespace

CLI::App* declare(CLI::App& app, BenchCommand& command) {
  CLI::App* sub = app.add_subcommand("bench", "how fast frames are composited on this machine");
  add_number(*sub, "--rounds", command.rounds, "times that each is measured", 1, 10000);
  sub->add_flag("--pipeline", command.pipeline, "a whole job and its stages, instead of each way of blending");
  sub->add_option("--model", command.model, "exported model of the job; without it a matte that stands still")
      ->type_name("FILE.onnx");
  sub->add_option("--faces", command.faces, "as in the job; never: the model sees whole frames")->type_name("KIND[:FILE]");
  sub->add_option("--max-side", command.max_side, "longest side of whole frames the model sees, pixels; 0: as it was trained")
      ->check(CLI::Range(0, 16384));
  sub->add_option("--target", command.target, "film of the job; without it a drawn one of 1280x720")->type_name("PATH");
  add_number(*sub, "--frames", command.frames, "frames of the job", 1, 100000);
  sub->footer(
      "Examples:\n  facemat bench composite\n  facemat bench composite --pipeline --model model.onnx --rounds 3\n"
      "  facemat bench composite --pipeline --model model.onnx --faces never --max-side 512");
  return sub;
}

void run_bench(const BenchCommand& command) { command.pipeline ? bench_job(command) : bench_blends(command.rounds); }

double soft_share(int width, int height) {
  const cv::Mat alpha = drawn_alpha(width, height), soft = (alpha > 0) & (alpha < 1);
  return cv::countNonZero(soft) / static_cast<double>(alpha.total());
}

}  // namespace facemat
