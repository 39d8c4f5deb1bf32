#include "data/store/preview.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/recipe/record.h"
#include "data/store/info.h"
#include "data/store/journal.h"
#include "data/store/sample_files.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/image/sheet.h"

namespace facemat {
namespace {

constexpr int kTileSide = 160;

bool wanted(const Recipe& sample, const PreviewOptions& options) {
  if (sample.split != options.split) return false;
  if (options.occluder_class.empty()) return true;
  return std::any_of(sample.occluders.begin(), sample.occluders.end(),
                     [&](const OccluderRecipe& o) { return o.from.occluder_class == options.occluder_class; });
}

std::vector<Recipe> chosen_samples(const fs::path& dataset, const PreviewOptions& options) {
  const fs::path manifest = dataset / "manifest.jsonl";
  std::vector<int64_t> offsets;
  LineReader reader(manifest);
  LineReader::Line line;
  for (int64_t number = 1; reader.next(line); ++number)
    if (wanted(record_from_json(line.text, fmt::format("{}:{}", manifest.string(), number)).recipe, options))
      offsets.push_back(line.offset);
  require(!offsets.empty(), "{}: no sample of split '{}'{}", dataset.string(), options.split,
          options.occluder_class.empty() ? "" : " with an occluder of class '" + options.occluder_class + "'");
  const auto count = std::min<int64_t>(options.samples, static_cast<int64_t>(offsets.size()));
  std::vector<Recipe> samples;
  for (int64_t i = 0; i < count; ++i)
    samples.push_back(
        record_from_json(reader.at(offsets[i * static_cast<int64_t>(offsets.size()) / count]), manifest.string()).recipe);
  return samples;
}

std::string caption_of(const Recipe& sample) {
  std::string text = sample.name;
  for (const OccluderRecipe& occluder : sample.occluders) text += " " + occluder.from.occluder_class;
  return text;
}

// `picture` over one colour where alpha is 0.
cv::Mat on_colour(const cv::Mat& picture, const cv::Mat& alpha, const cv::Scalar& colour) {
  return to_u8(blend(to_float(picture), alpha, cv::Mat(picture.size(), CV_32FC3, colour)));
}

cv::Mat shown(const cv::Mat& layer) {
  const cv::Mat grey(layer.size(), CV_32FC3, cv::Scalar::all(0.5));
  return to_u8(blend_over(layer, grey));
}

std::vector<Tile> tiles_of(const fs::path& dataset, const DataConfig& config, const Recipe& sample) {
  const int last = sample.frames - 1;
  std::vector<Tile> tiles;
  cv::Mat image, alpha;
  for (const auto& [kind, file] : sample_files(dataset, config, sample, last)) {
    if (kind == "image") tiles.push_back({image = read_image(file), caption_of(sample)});
    if (kind == "alpha") tiles.push_back({to_u8(alpha = read_mask(file)), "alpha"});
    if (kind == "trust") tiles.push_back({to_u8(read_mask(file)), "trust"});
    if (kind == "trimap") tiles.push_back({read_trimap(file), "trimap"});
    if (kind == "occluder") tiles.push_back({shown(read_cutout(file)), "occluder"});
  }
  tiles.push_back({on_colour(image, alpha, {0.2, 0.8, 0.2}), "face on green"});
  return tiles;
}

std::vector<Tile> motion_of(const fs::path& dataset, const DataConfig& config, const Recipe& sample, size_t tiles) {
  std::vector<Tile> motion;
  for (size_t i = 0; i < tiles; ++i) {
    const int t = static_cast<int>(i * static_cast<size_t>(sample.frames - 1) / (tiles - 1));
    motion.push_back({read_image(sample_files(dataset, config, sample, t)[0].path), fmt::format("frame {}", t)});
  }
  return motion;
}

}  // namespace

cv::Mat preview_sheet(const fs::path& dataset, const PreviewOptions& asked) {
  const auto info = load_config<DatasetInfo>(dataset / "dataset.yaml");
  PreviewOptions options = asked;
  if (options.split.empty()) options.split = info.config.splits.at(0).name;
  find_entry(info.config.splits, &SplitConfig::name, options.split, dataset.string() + ": no split");
  std::vector<Tile> tiles;
  size_t of_one = 0;
  for (const Recipe& sample : chosen_samples(dataset, options)) {
    const std::vector<Tile> one = tiles_of(dataset, info.config, sample);
    of_one = one.size();
    tiles.insert(tiles.end(), one.begin(), one.end());
    if (sample.still) continue;
    const std::vector<Tile> motion = motion_of(dataset, info.config, sample, of_one);
    tiles.insert(tiles.end(), motion.begin(), motion.end());
  }
  return contact_sheet(tiles, static_cast<int>(2 * of_one), kTileSide);
}

}  // namespace facemat
