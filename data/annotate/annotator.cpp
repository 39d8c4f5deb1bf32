#include "data/annotate/annotator.h"

#include <fmt/format.h>

#include <atomic>
#include <ctime>

#include "data/annotate/cut.h"
#include "src/core/error.h"
#include "src/image/transform.h"

namespace facemat {
namespace {

constexpr double kSameFace = 0.3;  // overlap with the box that is known

// Nanoseconds, so that threads can add to them.
std::atomic<int64_t> spent[4];
enum Stage { kDetect, kLandmarks, kParse, kRules };

// Of this thread on a processor.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename Work>
auto timed(Stage stage, const Work& work) {
  struct Note {
    Stage stage;
    double start = thread_seconds();
    ~Note() { spent[stage] += static_cast<int64_t>(1e9 * (thread_seconds() - start)); }
  } note{stage};
  return work();
}

}  // namespace

struct Annotator::Impl {
  AnnotatorConfig config;
  std::unique_ptr<FaceDetector> detector;
  LandmarkNetwork landmarks;
  std::vector<Parser> parsers;
  std::vector<double> weights;

  explicit Impl(const AnnotatorConfig& given)
      : config(given),
        detector(make_face_detector(with_one_more(given.detector, given.most_faces), 1)),
        landmarks(given.landmarks, 1) {
    for (const ParserConfig& parser : config.parsers) {
      parsers.emplace_back(parser, 1);
      weights.push_back(parser.weight);
    }
  }

  // What does not fit shows on any picture: once, before the first, and not as a reject of each.
  void try_networks() {
    const double side = config.smallest;
    const cv::Mat grey(config.smallest, config.smallest, CV_8UC3, cv::Scalar::all(128));
    Face middle;
    middle.centre = {side / 2, side / 2}, middle.size = {side / 2, side / 2};
    const Landmarks found = landmarks.find(grey, middle);
    check_points(found.points.size(), config.mesh, config.landmarks.network.model);
    parse(grey);
  }

  // So that too many faces are noticed.
  static DetectorConfig with_one_more(DetectorConfig detector, int most) {
    detector.most = most + 1;
    return detector;
  }

  std::vector<Face> detect(const cv::Mat& picture) {
    return timed(kDetect, [&] { return detector->detect(picture, 0); });
  }

  // The face in its crop, seen again at that size; as it was known if it is not found there.
  Face seen_again(const cv::Mat& image, const Face& known) {
    const Face* best = nullptr;
    double most = kSameFace;
    const std::vector<Face> faces = detect(image);
    for (const Face& face : faces) {
      const double overlap = overlap_of(unturned_box(face), unturned_box(known));
      if (overlap > most) best = &face, most = overlap;
    }
    return best == nullptr ? known : *best;
  }

  RoleMap parse(const cv::Mat& image) {
    std::vector<RoleMaps> maps;
    for (Parser& parser : parsers) maps.push_back(parser.run(image));
    return fused(maps, weights);
  }

  // Fills in what is learned of a face that has been cut out. `picture`: the part of the crop that is no mirror image.
  void judge(const Face& known, const cv::Rect& picture, LabelledFace& out) {
    const Face face = seen_again(out.image, known);
    const Landmarks found = timed(kLandmarks, [&] { return landmarks.find(out.image, face); });
    out.score = found.score;
    if (!(found.score >= config.landmarks.least_score)) {
      out.reject = fmt::format("its landmarks score {:.2f} (allowed: from {})", found.score, config.landmarks.least_score);
      return;
    }
    const RoleMap map = timed(kParse, [&] { return parse(out.image); });
    timed(kRules, [&] { label_by_rules(map, found, picture, out); });
  }

  void label_by_rules(const RoleMap& map, const Landmarks& found, const cv::Rect& picture, LabelledFace& out) const {
    const FaceAxes frame = face_axes(found.points, config.mesh, config.landmarks.network.model);
    const Cleaned result = cleaned(map, frame, config.cleaning);
    out.mask = result.mask;
    out.trust = trust_of(result, map, frame, config.trust);
    out.facts = facts_of(out.mask, out.trust, map, frame);
    out.natural = out.facts.occluded > config.reject.natural;
    out.reject = reject_reason(out.mask, map, frame, picture, out.facts, config.reject);
  }

  LabelledFace from_photograph(const cv::Mat& photograph, const Face& face) {
    const Cut cut = cut_of(face, config, photograph.size());
    LabelledFace out;
    out.box = unturned_box(face), out.crop = cut.crop, out.moved = cut.moved, out.reject = cut.reject;
    if (!out.reject.empty()) return out;
    out.image = cut_out(photograph, cut, config.crop);
    judge(in_cut(face, cut), picture_in(cut, photograph.size()), out);
    return out;
  }

  LabelledFace from_crop(const cv::Mat& crop, const std::vector<Face>& faces) {
    require(crop.cols == crop.rows, "a picture of {}x{} is no crop (allowed: squares)", crop.cols, crop.rows);
    require(crop.cols >= config.smallest, "a crop of {} pixels (allowed: from {})", crop.cols, config.smallest);
    const Face* largest = &faces[0];
    for (const Face& face : faces)
      if (face.size.area() > largest->size.area()) largest = &face;
    LabelledFace out;
    out.box = unturned_box(*largest);
    out.crop = cv::Rect({}, crop.size());
    const int side = std::min(crop.cols, config.largest);
    out.image = resize(crop, {side, side});
    judge(grown(*largest, 1.0 * side / crop.cols), cv::Rect(0, 0, side, side), out);
    return out;
  }
};

Annotator::Annotator(const AnnotatorConfig& config) {
  check(config);
  impl_ = std::make_unique<Impl>(config);
  impl_->try_networks();
}
Annotator::~Annotator() = default;
Annotator::Annotator(Annotator&&) noexcept = default;

std::vector<LabelledFace> Annotator::label(const cv::Mat& photograph) {
  const std::vector<Face> faces = impl_->detect(photograph);
  require(!faces.empty(), "no face is found");
  const int most = impl_->config.most_faces;
  require(static_cast<int>(faces.size()) <= most, "more than {} faces (allowed: up to {}, most_faces)", most, most);
  if (impl_->config.pictures == "crops") return {impl_->from_crop(photograph, faces)};
  std::vector<LabelledFace> out;
  for (const Face& face : faces) out.push_back(impl_->from_photograph(photograph, face));
  return out;
}

StageSeconds stage_seconds() {
  return {1e-9 * spent[kDetect], 1e-9 * spent[kLandmarks], 1e-9 * spent[kParse], 1e-9 * spent[kRules]};
}

}  // namespace facemat
