#include "data/dataset.h"

#include <fmt/format.h>
#include <algorithm>

#include "data/manifest.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

template <typename Read>
cv::Mat read_sized(Read read, const fs::path& path, int side) {
  cv::Mat image = read(path);
  require(image.cols == side && image.rows == side, "{}: {}x{} pixels, the dataset states {}x{}", path.string(), image.cols,
          image.rows, side, side);
  return image;
}

SampleRecord record_of(const std::string& split, const std::string& name, bool still) {
  SampleRecord record;
  record.split = split, record.name = name, record.still = still;
  return record;
}

}  // namespace

std::vector<int> DatasetSplit::lengths() const {
  std::vector<int> lengths;
  for (const Entry& entry : entries_) lengths.push_back(entry.frames);
  return lengths;
}

Clip DatasetSplit::clip(int64_t index) const {
  require(index >= 0 && index < size(), "sample {} (there are {})", index, size());
  const Entry& entry = entries_[index];
  const SampleRecord record = record_of(root_.filename().string(), entry.name, entry.still);
  Clip clip{entry.name, entry.classes, {}, {}, {}};
  for (int t = 0; t < entry.frames; ++t) {
    const auto path = [&](const char* kind, const std::string& extension) {
      return frame_path(root_.parent_path(), record, kind, t, extension);
    };
    clip.images.push_back(read_sized(read_image, path("image", image_extension_), side_));
    clip.alphas.push_back(read_sized(read_mask, path("alpha", ".png"), side_));
    clip.trimaps.push_back(read_sized(read_trimap, path("trimap", ".png"), side_));
  }
  return clip;
}

Dataset Dataset::open(const fs::path& folder) {
  constexpr uint64_t kMostManifest = uint64_t{1} << 30;
  require(fs::is_directory(folder), "{}: no such dataset", folder.string());
  require(fs::is_regular_file(folder / "dataset.yaml"),
          "{}: not a dataset (dataset.yaml is missing; make one with 'facemat data build')", folder.string());
  const auto info = load_config<DatasetInfo>(folder / "dataset.yaml");
  Dataset dataset;
  dataset.name_ = fs::absolute(folder).lexically_normal().filename().string();
  dataset.licence_ = info.licence;
  dataset.side_ = info.config.size;
  for (const SplitConfig& plan : info.config.splits) {
    DatasetSplit split;
    split.root_ = folder / plan.name;
    split.side_ = info.config.size;
    split.image_extension_ = "." + info.config.image_format;
    dataset.splits_.emplace_back(plan.name, split);
  }
  const std::string manifest = read_file(folder / "manifest.jsonl", kMostManifest);
  int number = 0;
  for (size_t begin = 0, end; begin < manifest.size(); begin = end + 1) {
    end = std::min(manifest.find('\n', begin), manifest.size());
    const std::string where = fmt::format("{}:{}", (folder / "manifest.jsonl").string(), ++number);
    const SampleRecord record = record_from_json(manifest.substr(begin, end - begin), where);
    const auto split =
        std::find_if(dataset.splits_.begin(), dataset.splits_.end(), [&](const auto& s) { return s.first == record.split; });
    require(split != dataset.splits_.end(), "{}: split '{}' is not in dataset.yaml", where, record.split);
    std::vector<std::string> classes;
    for (const Ingredient& occluder : record.occluders) classes.push_back(occluder.occluder_class);
    split->second.entries_.push_back({record.name, classes, record.frames, record.still});
  }
  require(number == info.samples, "{}: {} samples, dataset.yaml states {}", (folder / "manifest.jsonl").string(), number,
          info.samples);
  return dataset;
}

const DatasetSplit& Dataset::split(const std::string& name) const {
  std::string known;
  for (const auto& [split_name, split] : splits_) {
    if (split_name == name) return split;
    known += (known.empty() ? "" : ", ") + split_name;
  }
  fail("dataset {}: no split '{}' (known: {})", name_, name, known);
}

std::vector<std::string> Dataset::split_names() const {
  std::vector<std::string> names;
  for (const auto& [name, split] : splits_) names.push_back(name);
  return names;
}

}  // namespace facemat
