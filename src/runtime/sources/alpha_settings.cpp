#include "src/runtime/sources/alpha_settings.h"

#include <functional>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/text.h"
#include "src/runtime/sources/alpha_source.h"

namespace facemat {
namespace {

constexpr uint64_t kMostSettingsBytes = 1 << 20;

// One settings file without those it is based on.
struct Layer {
  AlphaSourceConfig config;
  std::string base;
};
void fields(FieldVisitor& visit, Layer& layer) {
  visit("base", layer.base, "file read before this one");
  fields(visit, layer.config);
}

using PathOf = std::function<std::string&(AlphaSourceConfig&)>;

using Names = std::function<bool(AlphaSourceConfig&)>;

// The file, `yaml` or the one among its bases read last, that names something. load_config has read them all: they end.
fs::path file_naming(const fs::path& yaml, const Names& names) {
  Layer layer = config_from_yaml<Layer>(read_file(yaml, kMostSettingsBytes), yaml.string());
  if (names(layer.config) || layer.base.empty()) return yaml;
  return file_naming(yaml.parent_path() / layer.base, names);
}

void resolve(AlphaSourceConfig& config, const fs::path& yaml, const PathOf& path_of) {
  std::string& path = path_of(config);
  if (path.empty() || fs::path(path).is_absolute()) return;
  path = (file_naming(yaml, [&](AlphaSourceConfig& layer) { return !path_of(layer).empty(); }).parent_path() / path).string();
}

// A list is replaced as a whole, so one file names all of it.
void resolve_sources(AlphaSourceConfig& config, const fs::path& yaml) {
  if (config.combine.sources.empty()) return;
  const fs::path folder =
      file_naming(yaml, [](AlphaSourceConfig& layer) { return !layer.combine.sources.empty(); }).parent_path();
  for (CombinedSource& source : config.combine.sources)
    for (std::string* path : {&source.file, &source.model})
      if (!path->empty() && fs::path(*path).is_relative()) *path = (folder / *path).string();
}

// What is said of places in a frame holds for the frame as it is, not for one that is mirrored or scaled.
void check_places(const AlphaSourceConfig& config) {
  const bool augments = !augments_nothing(config.augment);
  require(!augments || config.kind != "files", "mattes in files are not augmented (allowed: augment as it is by default)");
  require(!augments || config.hint.file.empty(),
          "a source with a hint is not augmented (allowed: augment as it is by default)");
  if (config.kind != "segment_anything" || config.prompts.from == "face") return;
  require(!augments, "prompts by their places are not augmented (allowed: augment as it is by default)");
  const bool scaled = config.working_size.width > 0 || config.working_size.max_side > 0;
  require(!scaled || config.prompts.units == "shares", "with a working_size places of prompts are shares (prompts.units)");
  const bool listed = !config.prompts.points.empty() || !config.prompts.boxes.empty() || !config.hint.file.empty();
  require(config.prompts.from != "listed" || listed,
          "prompts.from listed: nothing is listed (allowed: prompts.points, prompts.boxes, or a hint.file)");
}

}  // namespace

bool augments_nothing(const AugmentConfig& config) { return !config.flip && config.scales == std::vector<double>{1}; }

void fields(FieldVisitor& visit, AlphaSourceConfig& c) {
  visit("kind", c.kind, entry_help(alpha_kinds()).c_str(), entry_names(alpha_kinds()));
  visit("polarity", c.polarity, "kinds matte, files and segment_anything: what their 1 means", {"visible_face", "occluder"});
  visit("published", c.published, "the formula as others published it, with its traps; false: mended");
  visit.group(
      "network", c.network,
      "that gives the map; of kind hybrid the depth, of segment_anything the encoder; of kind model only its file counts");
  visit.group("class_network", c.class_network, "of kind hybrid: that gives the classes");
  visit.group("files", c.files, "of kind files");
  visit.group("box", c.box, "of kind box");
  visit.group("combine", c.combine, "of kinds combine and faces");
  visit.group("faces", c.faces, "of kind faces");
  visit.group("hint", c.hint, "a source whose matte is the hint: a mask for prompts, or what a trimap is made of");
  visit.group("segment_anything", c.segment_anything, "of that kind");
  visit.group("prompts", c.prompts, "of kind segment_anything: what it is asked");
  visit.group("trimap", c.trimap, "of the kinds that solve over one");
  visit.group("windows", c.windows, "of kinds closed_form and learning_based");
  visit.group("knn", c.knn, "of that kind");
  visit.group("shared_sampling", c.shared_sampling, "of that kind");
  visit.group("solver", c.solver, "of the kinds that solve over a trimap");
  visit.group("region", c.region, "where the face is; alpha is 0 outside");
  visit.group("depth", c.depth, "from depth to alpha");
  visit.group("segmentation", c.segmentation, "from classes or a mask to alpha");
  visit.group("refine", c.refine, "guided filter on the matte");
  visit.group("harden", c.harden, "the edge XSeg's users put on masks");
  visit.group("working_size", c.working_size, "of the frames the source sees");
  visit.group("augment", c.augment, "test-time augmentation");
  visit.group("smooth", c.smooth, "over time, where the picture rests");
}

void fields(FieldVisitor& visit, MatteFilesConfig& c) {
  visit("folder", c.folder, "of pictures, by name in the order of the frames, relative to the file that names it");
  visit("first", c.first, "number, from 0, of the file that belongs to the first frame", {0, 1e9});
  visit("white", c.white, "the value of 8 bits that means 1: 1 in files of 0 and 1", {1, 255});
}

void fields(FieldVisitor& visit, CombinedSource& c) {
  visit("file", c.file, "settings of a source, relative to the file that names it");
  visit("model", c.model, "instead of its network.model, likewise; empty: its own");
}

void fields(FieldVisitor& visit, CombineConfig& c) {
  visit("rule", c.rule, "of their mattes", {"min", "max", "product"});
  visit.list("sources", c.sources, "at least one");
}

void check(const AlphaSourceConfig& config) {
  kind_of(config);
  check(config.network, "network");
  check(config.class_network, "class_network");
  check(config.segmentation);
  check(config.box);
  check(config.region.detector);
  check(config.faces);
  check(config.prompts);
  check(config.knn);
  check_places(config);
  for (const CombinedSource& source : config.combine.sources)
    require(!source.file.empty(), "combine.sources: a source without its file (needed: file)");
  if (!config.published) return;
  const bool has_two_forms =
      config.kind == "depth" || config.kind == "segmentation" || config.kind == "hybrid" || config.kind == "segment_anything";
  require(has_two_forms || config.harden.sigma > 0,
          "published is for the kinds depth, segmentation, hybrid and segment_anything, and for masks with harden.sigma");
  require(config.region.shape == "none", "published formulas know no face region (allowed: region.shape none)");
  require(config.segmentation.marks == "occluder", "published formulas take occluders (allowed: segmentation.marks occluder)");
}

AlphaSourceConfig load_alpha_source(const fs::path& yaml, const std::vector<std::string>& set) {
  auto config = load_config<AlphaSourceConfig>(yaml);
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.class_network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.segment_anything.decoder; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.files.folder; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.hint.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.hint.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.prompts.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.prompts.detector.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.prompts.detector.landmarks.network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.region.detector.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.region.detector.landmarks.network.model; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.faces.detector.file; });
  resolve(config, yaml, [](AlphaSourceConfig& c) -> std::string& { return c.faces.detector.landmarks.network.model; });
  resolve_sources(config, yaml);
  set_config(set, [&](FieldVisitor& visit) { fields(visit, config); });
  check(config);
  return config;
}

}  // namespace facemat
