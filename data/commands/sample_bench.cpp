#include "data/commands/sample_bench.h"

#include <fmt/format.h>

#include <atomic>
#include <opencv2/imgproc.hpp>

#include "data/procedural/faces/face.h"
#include "data/procedural/occluders/occluders.h"
#include "data/recipe/harmonise.h"
#include "data/render/synthesis.h"
#include "data/store/sample_files.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/measure.h"
#include "src/core/parallel.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

constexpr int kSourceSide = 512;

// A straight colour picture without black beyond the edge, as matting sets have it.
cv::Mat spread_colour(const cv::Mat& layer) {
  cv::Mat blurred;
  cv::GaussianBlur(layer, blurred, {}, 8);
  const cv::Mat around = layer_colour(blurred);
  return to_u8(blend(layer_colour(layer), layer_alpha(layer), around));
}

template <typename Work>
double rate(int count, int workers, Progress& progress, const Work& work) {
  const Stopwatch watch;
  std::atomic<int64_t> done{0};
  parallel(count, workers, [&](int64_t i) {
    work(i);
    progress.update(++done, count);
  });
  return count / watch.seconds();
}

}  // namespace

DataConfig bench_sources(const fs::path& folder, int faces, int occluders) {
  for (int i = 0; i < faces; ++i) {
    const FaceView face = render_face(Rng(1).fork("person", i), Rng(2).fork("photograph", i), kSourceSide, 0);
    write_image(folder / fmt::format("faces/{:04}.jpg", i), face.image);
    write_image(folder / fmt::format("masks/{:04}.png", i), to_u8(face.mask));
  }
  Scene scene;
  scene.size = {kSourceSide, kSourceSide};
  scene.layout = render_face(Rng(1), Rng(2), 64, 0).layout;
  const auto scaled = [](cv::Point2f& p) { p *= kSourceSide / 64.f; };
  for (cv::Point2f* p : {&scene.layout.left_eye, &scene.layout.right_eye, &scene.layout.nose_tip, &scene.layout.mouth,
                         &scene.layout.chin, &scene.layout.forehead, &scene.layout.left_edge, &scene.layout.right_edge})
    scaled(*p);
  scene.layout.width *= kSourceSide / 64.f;
  const auto& table = procedural_occluders();
  for (int i = 0; i < occluders; ++i) {
    const cv::Mat layer = table[static_cast<size_t>(i) % table.size()].draw(Rng(3).fork("object", i), scene);
    write_image(folder / fmt::format("occluders/{:04}.jpg", i), spread_colour(layer));
    write_image(folder / fmt::format("alphas/{:04}.png", i), to_u8(layer_alpha(layer)));
  }
  DataConfig config;
  config.degrade.probability = 0;
  FaceSourceConfig& face = config.faces[0];
  face.kind = "folder", face.images = (folder / "faces").string(), face.masks = (folder / "masks").string();
  OccluderSourceConfig& occluder = config.occluders[0];
  occluder.kind = "pairs", occluder.colours = (folder / "occluders").string(), occluder.alphas = (folder / "alphas").string();
  return config;
}

std::vector<BenchResult> bench_samples(const DataConfig& given, const fs::path& work, const BenchOptions& options,
                                       Progress& progress) {
  cv::setNumThreads(1);  // samples are the unit of parallel work
  DataConfig config = given;
  config.size = options.size;
  for (SplitConfig& split : config.splits) split.stills = split.clips = 0;  // kept: lists of sources name them
  config.splits[0].stills = 1'000'000, config.splits[0].occluded = 1;
  struct Case {
    const char* what;
    const char* format;
    std::vector<std::string> kinds;
  };
  const std::vector<Case> cases = {{"in memory: image, alpha, occluder, trimap", "", {}},
                                   {"written: JPEG picture, PNG alpha", "jpg", {"image", "alpha"}},
                                   {"written: PNG picture, PNG alpha", "png", {"image", "alpha"}}};
  std::vector<BenchResult> results;
  for (const Case& c : cases) {
    DataConfig settings = config;
    if (!c.kinds.empty()) settings.image_format = c.format, settings.write = c.kinds;
    const Synthesis synthesis(settings);
    for (const int workers : {1, options.workers}) {
      const auto make = [&](int64_t i) {
        Sample sample = synthesis.sample(0, i);
        if (c.kinds.empty()) return;
        synthesis.note_content(sample.record.recipe);
        write_sample(work / c.format, settings, sample);
      };
      const double speed = rate(options.samples, workers, progress, make);
      results.push_back({c.what, workers, speed, mebibytes(resident_memory())});
    }
  }
  return results;
}

double bench_sot(int size) {
  constexpr int kTimes = 10;
  cv::setNumThreads(1);
  const FaceView face = render_face(Rng(1), Rng(2), kSourceSide, 0);
  Scene scene;
  scene.size = {size, size};
  scene.layout = render_face(Rng(1), Rng(2), size, 0).layout;
  const cv::Mat hand = draw_hand(Rng(3), scene);
  const Stopwatch watch;
  for (int i = 0; i < kTimes; ++i) transfer_sot(hand, face.image, face.mask, {}, Rng(4).fork("time", i));
  return 1000 * watch.seconds() / kTimes;
}

}  // namespace facemat
