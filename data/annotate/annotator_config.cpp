#include "data/annotate/annotator_config.h"

#include <fmt/format.h>

#include "src/core/error.h"
#include "src/core/file.h"

namespace facemat {
namespace {

constexpr uint64_t kMostSettingsBytes = 1 << 20;

// Every path to a network among the settings.
std::vector<std::string*> paths_of(AnnotatorConfig& config) {
  std::vector<std::string*> out = {&config.detector.file, &config.detector.landmarks.network.model,
                                   &config.landmarks.network.model};
  for (ParserConfig& parser : config.parsers) out.push_back(&parser.network.model);
  return out;
}

// One settings file over those it is based on.
struct Layer {
  AnnotatorConfig config;
  std::string base;
};
void fields(FieldVisitor& visit, Layer& layer) {
  visit("base", layer.base, "file read before this one");
  fields(visit, layer.config);
}

// The settings of `yaml` over its bases', each network relative to the file that names it.
AnnotatorConfig with_bases(const fs::path& yaml) {
  const std::string text = read_file(yaml, kMostSettingsBytes);
  const auto own = config_from_yaml<Layer>(text, yaml.string());
  Layer layer;
  if (!own.base.empty()) layer.config = with_bases(yaml.parent_path() / own.base);
  for (std::string* path : paths_of(layer.config))
    if (!path->empty()) *path = fs::absolute(*path).lexically_normal().string();
  read_config_text(text, yaml.string(), [&](FieldVisitor& visit) { fields(visit, layer); });
  for (std::string* path : paths_of(layer.config))
    if (!path->empty() && fs::path(*path).is_relative())
      *path = fs::absolute(yaml.parent_path() / *path).lexically_normal().string();
  return layer.config;
}

}  // namespace

void fields(FieldVisitor& visit, AnnotatorConfig& c) {
  visit("pictures", c.pictures, "photographs: faces are cut out of them; crops: each is one, square, and stays as it is",
        {"photographs", "crops"});
  visit.group("detector", c.detector, "finds faces");
  visit.group("crop", c.crop, "what is cut out around them");
  visit("smallest", c.smallest, "side of a crop, pixels; smaller ones are refused", {16, 4096});
  visit("largest", c.largest, "larger ones are made this small", {16, 4096});
  visit("most_faces", c.most_faces, "of one photograph; with more it is refused", {1, 63});
  visit("jpeg_quality", c.jpeg_quality, "of the crops", {1, 100});
  visit.list("parsers", c.parsers, "networks that tell face, hair, clothes, ... apart; several are fused pixel by pixel");
  visit.group("landmarks", c.landmarks, "network that finds the points of a face");
  visit.group("mesh", c.mesh, "which of its points are which");
  visit.group("cleaning", c.cleaning, "from classes to the mask");
  visit.group("trust", c.trust, "where the mask is not to be believed");
  visit.group("reject", c.reject, "which faces are left out");
}

void check(const AnnotatorConfig& config) {
  check(config.detector);
  check(config.landmarks);
  check(config.mesh, "mesh");
  require(config.detector.kind != "whole" && config.detector.kind != "boxes",
          "detector.kind is {} (allowed: a detector that looks at pictures)", config.detector.kind);
  require(!config.parsers.empty(), "parsers: none is named (allowed: at least one)");
  for (size_t i = 0; i < config.parsers.size(); ++i) check(config.parsers[i], fmt::format("parsers.{}", i));
  require(config.smallest <= config.largest, "smallest is {} and largest {} (allowed: smallest up to largest)", config.smallest,
          config.largest);
}

AnnotatorConfig load_annotator(const fs::path& yaml, const std::vector<std::string>& set) {
  require(!yaml.empty(), "an annotator file is needed (--annotator FILE; configs/annotators holds some)");
  load_config<AnnotatorConfig>(yaml);  // names mistakes, and sees that bases end
  AnnotatorConfig config = with_bases(yaml);
  set_config(set, [&](FieldVisitor& visit) { fields(visit, config); });
  check(config);
  return config;
}

std::vector<fs::path> model_files_of(const AnnotatorConfig& config) {
  AnnotatorConfig copy = config;
  std::vector<fs::path> out;
  for (const std::string* path : paths_of(copy))
    if (!path->empty()) out.emplace_back(*path);
  return out;
}

}  // namespace facemat
