#include "src/runtime/sources/alpha_source.h"

#include <algorithm>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

constexpr uint64_t kMostSettingsBytes = 1 << 20;

Form form_of(const AlphaSourceConfig& config) { return config.published ? Form::kPublished : Form::kMended; }

cv::Mat of_matte(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat&, const cv::Mat& region) {
  if (config.polarity == "occluder") return visible_face(map, region);
  return inside(cv::min(cv::max(map, 0.f), 1.f), region);
}

cv::Mat of_depth(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat&, const cv::Mat& region) {
  return visible_face(occluder_of_depth(map, region, config.depth, form_of(config)), region);
}

cv::Mat of_segmentation(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat&, const cv::Mat& region) {
  return visible_face(occluder_of_segmentation(map, region, config.segmentation, form_of(config)), region);
}

cv::Mat of_both(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& region) {
  return visible_face(occluder_of_both(map, classes, region, config.depth, config.segmentation, form_of(config)), region);
}

const AlphaKind& kind_of(const AlphaSourceConfig& config) {
  const auto& table = alpha_kinds();
  const auto at = std::find_if(table.begin(), table.end(), [&](const AlphaKind& kind) { return kind.name == config.kind; });
  require(at != table.end(), "unknown kind of alpha source '{}'", config.kind);
  return *at;
}

Choices kind_names() {
  Choices names;
  for (const AlphaKind& kind : alpha_kinds()) names.push_back(kind.name);
  return names;
}

std::string kind_help() {
  std::string help;
  for (const AlphaKind& kind : alpha_kinds()) help += (help.empty() ? "" : "; ") + kind.name + ": " + kind.help;
  return help;
}

cv::Mat alpha_of_maps(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& frame) {
  const cv::Mat alpha = kind_of(config).alpha(config, map, classes, face_region(config.region, map.size()));
  return refined(alpha, frame, config.refine);
}

class NetworkSource : public Predictor {
 public:
  NetworkSource(const AlphaSourceConfig& config, int threads) : config_(config), network_(config.network, threads) {
    if (kind_of(config).takes_classes) class_network_.emplace(config.class_network, threads);
  }

  Matte predict(const cv::Mat& frame) override {
    const cv::Mat map = network_.run(frame);
    const cv::Mat classes = class_network_ ? class_network_->run(frame) : cv::Mat();
    return {alpha_of_maps(config_, map, classes, frame), {}};
  }

  void reset() override {
    network_.reset();
    if (class_network_) class_network_->reset();
  }

 private:
  AlphaSourceConfig config_;
  ForeignNetwork network_;
  std::optional<ForeignNetwork> class_network_;
};

// One settings file without those it is based on.
struct Layer {
  AlphaSourceConfig config;
  std::string base;
};
void fields(FieldVisitor& visit, Layer& layer) {
  visit("base", layer.base, "file read before this one");
  fields(visit, layer.config);
}

using ModelOf = std::function<std::string&(AlphaSourceConfig&)>;

// The file, `yaml` or the one among its bases read last, that names the model. load_config has read them all: they end.
fs::path file_naming(const fs::path& yaml, const ModelOf& model) {
  Layer layer = config_from_yaml<Layer>(read_file(yaml, kMostSettingsBytes), yaml.string());
  if (!model(layer.config).empty() || layer.base.empty()) return yaml;
  return file_naming(yaml.parent_path() / layer.base, model);
}

void resolve(AlphaSourceConfig& config, const fs::path& yaml, const ModelOf& model) {
  std::string& path = model(config);
  if (!path.empty() && fs::path(path).is_relative()) path = (file_naming(yaml, model).parent_path() / path).string();
}

// Settings and pictures as the conversions take them: floats whose values mean what a network's do.
cv::Mat as_map(const cv::Mat& picture, bool share_of_white, const char* what) {
  require(!picture.empty() && picture.channels() == 1, "the {} must be a picture of one channel", what);
  if (share_of_white) return to_float(picture);
  cv::Mat out;
  picture.convertTo(out, CV_32F);
  return out;
}

// A mask of 8 bits may hold 0 and 1 as well as 0 and 255; the conversion tells them apart by their highest value.
bool is_share_of_white(const AlphaSourceConfig& config, int depth) {
  return config.kind == "matte" || (config.kind == "segmentation" && config.segmentation.map == "binary" && depth == CV_16U);
}

}  // namespace

const std::vector<AlphaKind>& alpha_kinds() {
  static const std::vector<AlphaKind> table = {
      {"matte", "the map is the matte", false, of_matte},
      {"depth", "what is nearer than the face covers it", false, of_depth},
      {"segmentation", "classes or a mask", false, of_segmentation},
      {"hybrid", "the larger of depth and segmentation", true, of_both},
  };
  return table;
}

void fields(FieldVisitor& visit, AlphaSourceConfig& c) {
  visit("kind", c.kind, kind_help().c_str(), kind_names());
  visit("polarity", c.polarity, "kind matte: what its 1 means", {"visible_face", "occluder"});
  visit("published", c.published, "depth, segmentation, hybrid: the text's formula with its traps; false: mended");
  visit.group("network", c.network, "that gives the map; of kind hybrid the depth");
  visit.group("class_network", c.class_network, "of kind hybrid: that gives the classes");
  visit.group("region", c.region, "where the face is; alpha is 0 outside");
  visit.group("depth", c.depth, "from depth to alpha");
  visit.group("segmentation", c.segmentation, "from classes or a mask to alpha");
  visit.group("refine", c.refine, "guided filter on the matte");
  visit.group("working_size", c.working_size, "of the frames the source sees");
  visit.group("augment", c.augment, "test-time augmentation");
}

void check(const AlphaSourceConfig& config) {
  kind_of(config);
  check(config.network, "network");
  check(config.class_network, "class_network");
  check(config.segmentation);
  if (!config.published) return;
  require(config.kind != "matte", "published is for the kinds depth, segmentation and hybrid");
  require(config.region.shape == "none", "published formulas know no face region (allowed: region.shape none)");
  require(config.segmentation.marks == "occluder", "published formulas take occluders (allowed: segmentation.marks occluder)");
}

AlphaSourceConfig load_alpha_source(const fs::path& yaml, const std::vector<std::string>& set) {
  auto config = load_config<AlphaSourceConfig>(yaml);
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.class_network.model; });
  set_config(set, [&](FieldVisitor& visit) { fields(visit, config); });
  check(config);
  return config;
}

std::unique_ptr<Predictor> make_alpha_source(const AlphaSourceConfig& config, int threads) {
  check(config);
  const MakePredictor make = [&] { return std::make_unique<NetworkSource>(config, threads); };
  const bool plain = !config.augment.flip && config.augment.scales == std::vector<double>{1};
  std::unique_ptr<Predictor> source = plain ? make() : augmented(make, config.augment);
  return at_working_size(std::move(source), config.working_size);
}

std::unique_ptr<Predictor> open_alpha_source(const fs::path& yaml, const std::vector<std::string>& set, int threads) {
  return make_alpha_source(load_alpha_source(yaml, set), threads);
}

cv::Mat alpha_of_picture(const AlphaSourceConfig& config, const cv::Mat& map, const cv::Mat& classes, const cv::Mat& frame) {
  check(config);
  const cv::Mat first = as_map(map, is_share_of_white(config, map.depth()), "map");
  const cv::Mat second = kind_of(config).takes_classes ? as_map(classes, false, "class map") : cv::Mat();
  require(config.refine.radius == 0 || frame.size() == map.size(), "refine needs the picture, {}x{}, got {}x{}", map.cols,
          map.rows, frame.cols, frame.rows);
  return alpha_of_maps(config, first, second, frame);
}

cv::Mat read_map(const fs::path& path) {
  const ImageSize size = read_image_size(path);
  require(size.bit_depth >= 8, "{}: {} bits a pixel (allowed for a map: 8 or 16)", path.string(), size.bit_depth);
  if (size.bit_depth == 16) return read_mask(path);
  const cv::Mat values = read_mask(path);  // refuses colours
  cv::Mat out;
  values.convertTo(out, CV_8U, 255);
  return out;
}

std::vector<fs::path> model_files_of(const AlphaSourceConfig& config) {
  std::vector<fs::path> files;
  if (!config.network.model.empty()) files.emplace_back(config.network.model);
  if (kind_of(config).takes_classes && !config.class_network.model.empty()) files.emplace_back(config.class_network.model);
  return files;
}

}  // namespace facemat
