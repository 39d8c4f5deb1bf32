#include "export/commands/runtime_bench.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/core.hpp>

#include "export/product/exporter.h"
#include "src/core/file.h"
#include "src/core/measure.h"
#include "src/core/random.h"
#include "src/core/seal.h"
#include "src/model/networks/models.h"
#include "src/runtime/onnx/session.h"

namespace facemat {
namespace {

struct Work {
  const char* name;
  int height, width;
  double ratio;
};
constexpr Work kWorks[] = {{"512x512", 512, 512, 1}, {"1920x1080 at ratio 0.25", 1080, 1920, 0.25}};

struct Written {
  std::string name;
  fs::path file;
  bool prepare = false;  // by the runtime, for the size of the frames
};

std::vector<Written> write_graphs(const TrainedModel& model, const Work& work, const fs::path& folder) {
  const auto write = [&](const std::string& file, bool rewrite, bool sized) {
    GraphOptions options;
    options.ratio = work.ratio;
    options.rewrite = rewrite;
    if (sized) {
      options.batch = 1;
      options.height = work.height;
      options.width = work.width;
    }
    write_file(folder / file, sealed(export_model(model, options)));
    return folder / file;
  };
  const fs::path plain = write("plain.onnx", false, false), open = write("open.onnx", true, false);
  return {{"plain export", plain, false},
          {"plain export, prepared", plain, true},
          {"rewritten, open sizes", open, false},
          {"rewritten, prepared", open, true},
          {"rewritten for this size", write("sized.onnx", true, true), false}};
}

// [1,channels,H,W], a pattern that drifts from frame to frame.
cv::Mat pattern_of(const Work& work, int channels, int number) {
  const int sizes[] = {1, channels, work.height, work.width};
  cv::Mat image(4, sizes, CV_32F);
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < work.height; ++y) {
      float* row = image.ptr<float>(0, c) + static_cast<int64_t>(y) * work.width;
      for (int x = 0; x < work.width; ++x)
        row[x] = 0.5f + 0.4f * std::sin(0.05f * static_cast<float>(x + 3 * number) + 0.03f * static_cast<float>(y) + 2.f * c);
    }
  return image;
}

GuideSet<cv::Mat> guides_of(const ModelContract& contract, const Work& work, int number) {
  GuideSet<cv::Mat> guides;
  for (const ModelGuide& guide : contract.guides) {
    const GuideEntry& entry = find_guide(guide.name);
    cv::Mat& map = entry.of(guides) = pattern_of(work, entry.channels(), number);
    float* values = map.ptr<float>();
    if (entry.kind == GuideKind::kTrimap)
      std::transform(values, values + map.total(), values, [](float x) { return std::round(2 * x) / 2; });
  }
  return guides;
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<size_t>(rank, 1) - 1];
}

constexpr int kWarmUp = 3;  // frames that are not measured: the first ones allocate

// [graph][round], milliseconds.
std::vector<std::vector<double>> measure(const std::vector<Written>& graphs, const Work& work, int threads, int rounds,
                                         const std::function<void()>& done) {
  std::vector<Session> sessions;
  for (const Written& graph : graphs) {
    SessionOptions options;
    options.threads = threads;
    options.prepare = graph.prepare;
    sessions.emplace_back(graph.file, options);
  }
  std::vector<std::vector<double>> times(graphs.size());
  for (int round = -kWarmUp; round < rounds; ++round) {
    const cv::Mat frame = pattern_of(work, 3, round);
    const GuideSet<cv::Mat> guides = guides_of(sessions[0].contract(), work, round);
    for (size_t i = 0; i < sessions.size(); ++i) {
      const Stopwatch watch;
      sessions[i].run(frame, guides);
      if (round >= 0) times[i].push_back(1000 * watch.seconds());
    }
    if (round >= 0) done();
  }
  return times;
}

RuntimeBench summary(const std::vector<Written>& graphs, const Work& work, int threads,
                     const std::vector<std::vector<double>>& times) {
  RuntimeBench bench{work.name, threads, {}};
  for (size_t i = 0; i < graphs.size(); ++i) {
    std::vector<double> shares;
    for (size_t r = 0; r < times[i].size(); ++r) shares.push_back(times[i][r] / times[0][r]);
    bench.times.push_back({graphs[i].name, percentile(times[i], 0.5), percentile(times[i], 0.99), median(shares)});
  }
  return bench;
}

}  // namespace

TrainedModel random_model(bool foreground) {
  TrainedModel model;
  model.config.refiner = true;
  model.config.foreground = foreground;
  model.network = make_model(model.config, Rng(1));
  model.network->eval();
  model.file = "random weights";
  return model;
}

std::vector<RuntimeBench> bench_runtime(const TrainedModel& model, const RuntimeBenchOptions& options, Progress& progress) {
  const TemporaryFolder folder("facemat-bench");
  std::vector<const Work*> works;
  for (const Work& work : kWorks)
    if (work.ratio == 1 || takes_ratio(model.config)) works.push_back(&work);
  const int64_t total = static_cast<int64_t>(works.size() * options.threads.size()) * options.rounds;
  int64_t done = 0;
  std::vector<RuntimeBench> benches;
  for (const Work* work : works) {
    const std::vector<Written> graphs = write_graphs(model, *work, folder.path());
    for (const int threads : options.threads)
      benches.push_back(summary(graphs, *work, threads, measure(graphs, *work, threads, options.rounds, [&] {
                                  progress.update(++done, total, work->name);
                                })));
  }
  return benches;
}

}  // namespace facemat
