#include "data/synthesis.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "data/degrade.h"
#include "src/core/error.h"
#include "src/image/pixels.h"
#include "src/image/trimap.h"

namespace facemat {
namespace {

constexpr double kMostRecomposition = 1.0 / 255 + 1e-6;

template <typename Config>
std::string name_of(const Config& source) {
  return source.name.empty() ? source.kind : source.name;
}

// A number drawn with the given weights.
template <typename Config>
int weighted(const std::vector<Config>& sources, Rng& rng) {
  double total = 0;
  for (const auto& source : sources) total += source.weight;
  require(total > 0, "the weights of the sources are all 0");
  double left = rng.uniform() * total;
  for (size_t i = 0; i < sources.size(); ++i)
    if ((left -= sources[i].weight) < 0) return static_cast<int>(i);
  return static_cast<int>(sources.size()) - 1;
}

// Kernel sides are stated at 640x640 and scale with the frame.
int scaled_side(double side, int size) { return std::max(1, static_cast<int>(std::lround(side * size / 640))); }

cv::Mat trimap_of(const cv::Mat& alpha, const DataConfig& config, bool training, Rng rng) {
  if (!training) {
    const int side = scaled_side(config.eval_trimap_kernel, config.size);
    return make_trimap(alpha, side, side);
  }
  const auto side = [&] { return scaled_side(static_cast<double>(rng.integer(1, config.trimap_kernel)), config.size); };
  const int foreground = side();
  return make_trimap(alpha, foreground, side());
}

cv::Mat visible(const cv::Mat& face_mask, const cv::Mat& occluder_alpha) { return face_mask.mul(1 - occluder_alpha); }

double share_between(const cv::Mat& alpha, double low, double high) {
  const cv::Mat inside = (alpha > low) & (alpha < high);
  return static_cast<double>(cv::countNonZero(inside)) / static_cast<double>(alpha.total());
}

}  // namespace

double recomposition_error(const cv::Mat& image, const cv::Mat& clean, const cv::Mat& occluder) {
  const cv::Mat again = blend_over(occluder, to_float(clean));
  return cv::norm(to_float(image), again, cv::NORM_INF);
}

Synthesis::Synthesis(const DataConfig& config) : config_(config) {
  check(config_);
  const Placement placement{config_.least_area, config_.most_area};
  for (const auto& source : config_.faces) faces_.push_back(open_face_source(source));
  for (const auto& source : config_.occluders) occluders_.push_back(open_occluder_source(source, placement));
  for (size_t i = 0; i < faces_.size(); ++i)
    require(faces_[i]->size() >= static_cast<int64_t>(config_.splits.size()),
            "faces: source '{}' has {} faces, fewer than the {} splits that share them", name_of(config_.faces[i]),
            faces_[i]->size(), config_.splits.size());
}

// Faces are dealt to splits by their number, in proportion to the splits' sizes, so that no face is in two.
Synthesis::FaceChoice Synthesis::choose_face(int split, Rng rng) const {
  const int source = weighted(config_.faces, rng);
  const int64_t count = faces_[source]->size(), splits = static_cast<int64_t>(config_.splits.size());
  double total = 0, before = 0;
  for (int i = 0; i < splits; ++i) {
    const double samples = config_.splits[i].stills + config_.splits[i].clips + 1;
    total += samples;
    if (i < split) before += samples;
  }
  const double share = config_.splits[split].stills + config_.splits[split].clips + 1;
  const int64_t spare = count - splits;  // every split has one face of its own first
  const int64_t first = split + static_cast<int64_t>(std::floor(static_cast<double>(spare) * before / total));
  const int64_t last = split + 1 + static_cast<int64_t>(std::floor(static_cast<double>(spare) * (before + share) / total));
  return {source, rng.integer(first, last - 1)};
}

Frame Synthesis::frame(const FaceView& face, const cv::Mat& layer, int split, const Rng& rng, SampleRecord& record) const {
  Frame out;
  out.occluder = layer;
  out.clean = to_u8(face.image);
  out.image = to_u8(blend_over(layer, to_float(out.clean)));
  out.alpha = visible(face.mask, layer_alpha(layer));
  record.recomposition = std::max(record.recomposition, recomposition_error(out.image, out.clean, layer));
  require(record.recomposition <= kMostRecomposition, "sample {} of {}: recomposition is off by {} (allowed: 1/255)",
          record.name, record.split, record.recomposition);
  out.trimap = trimap_of(out.alpha, config_, config_.splits[split].name == "train", rng.fork("trimap"));
  const double face_area = cv::mean(face.mask)[0];
  record.face_share += face_area;
  record.covered_share += face_area > 0 ? 1 - cv::mean(out.alpha)[0] / face_area : 0;
  record.soft_share += share_between(out.alpha, 0.5 / 255, 1 - 0.5 / 255);  // what 8 bits can tell from 0 and 1
  return out;
}

Sample Synthesis::sample(int split, int64_t index) const {
  const SplitConfig& plan = config_.splits[split];
  const Rng rng = Rng(config_.seed).fork("split", static_cast<uint64_t>(split)).fork("sample", static_cast<uint64_t>(index));
  Sample sample;
  SampleRecord& record = sample.record;
  record.split = plan.name;
  record.index = index;
  record.still = index < plan.stills;
  record.frames = record.still ? 1 : plan.frames;
  record.name = fmt::format("{:06}", index);

  const FaceChoice choice = choose_face(split, rng.fork("face"));
  const auto& face_source = config_.faces[choice.source];
  record.face = {name_of(face_source), faces_[choice.source]->item(choice.face), face_source.licence, ""};

  struct Chosen {
    int source;
    int64_t item;
    Rng rng;
  };
  std::vector<Chosen> chosen;
  Rng count = rng.fork("occluders");
  const int occluders = count.chance(plan.occluded) ? 1 + count.chance(config_.second_occluder) : 0;
  for (int i = 0; i < occluders; ++i) {
    Rng pick = rng.fork("occluder", i);
    const int source = weighted(config_.occluders, pick);
    const int64_t item = pick.integer(0, occluders_[source]->size() - 1);
    chosen.push_back({source, item, rng.fork("occluder look", i)});
    const auto& config = config_.occluders[source];
    record.occluders.push_back(
        {name_of(config), occluders_[source]->item(item), config.licence, occluders_[source]->occluder_class(item)});
  }
  Rng quality = rng.fork("quality");
  const Degradation degradation = quality.chance(config_.degrade) ? draw_degradation(rng.fork("degradation")) : Degradation{};
  record.degradation = describe(degradation);

  for (int t = 0; t < record.frames; ++t) {
    const double time = record.still ? 0 : static_cast<double>(t) / (record.frames - 1);
    const FaceView face = faces_[choice.source]->view(choice.face, rng.fork("view"), config_.size, time);
    const Scene scene{face.image.size(), face.layout, face.light, time};
    cv::Mat layer(scene.size, CV_32FC4, cv::Scalar::all(0));
    for (const Chosen& c : chosen) layer = layer_over(occluders_[c.source]->layer(c.item, c.rng, scene), layer);
    Frame made = frame(face, layer, split, rng, record);
    made.image = degrade(made.image, degradation, rng.fork("noise", t));
    sample.frames.push_back(std::move(made));
  }
  for (double* mean : {&record.face_share, &record.covered_share, &record.soft_share}) *mean /= record.frames;
  return sample;
}

}  // namespace facemat
