#include "data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "data/journal.h"
#include "data/manifest.h"
#include "data/synthesis.h"
#include "src/core/config.h"
#include "src/core/error.h"
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

// What is kept of a manifest's line while a dataset is open.
struct Entry {
  std::string name;
  std::vector<std::string> classes;
  int frames;
  bool still;
};

// The samples of one split on disk.
struct Stored {
  fs::path root;
  std::string split, image_extension;
  int side;
  std::vector<Entry> entries;

  Clip clip(int64_t index) const {
    const Entry& entry = entries[index];
    Recipe sample;
    sample.split = split, sample.name = entry.name, sample.still = entry.still;
    Clip clip{entry.name, entry.classes, {}, {}, {}};
    for (int t = 0; t < entry.frames; ++t) {
      const auto path = [&](const char* kind, const std::string& extension) {
        return frame_path(root, sample, kind, t, extension);
      };
      clip.images.push_back(read_sized(read_image, path("image", image_extension), side));
      clip.alphas.push_back(read_sized(read_mask, path("alpha", ".png"), side));
      clip.trimaps.push_back(read_sized(read_trimap, path("trimap", ".png"), side));
    }
    return clip;
  }
};

std::vector<std::string> classes_of(const Recipe& sample) {
  std::vector<std::string> classes;
  for (const OccluderRecipe& occluder : sample.occluders) classes.push_back(occluder.from.occluder_class);
  return classes;
}

Clip clip_of(Sample sample) {
  Clip clip{sample.record.recipe.name, classes_of(sample.record.recipe), {}, {}, {}};
  for (Frame& frame : sample.frames) {
    clip.images.push_back(std::move(frame.image));
    clip.alphas.push_back(std::move(frame.alpha));
    clip.trimaps.push_back(std::move(frame.trimap));
  }
  return clip;
}

std::string licences_of(const DataConfig& config) {
  std::set<std::string> licences;
  for (const FaceSourceConfig& source : config.faces) licences.insert(source.licence);
  for (const OccluderSourceConfig& source : config.occluders) licences.insert(source.licence);
  std::string text;
  for (const std::string& licence : licences) text += (text.empty() ? "" : ", ") + licence;
  return text;
}

std::string base_name(const fs::path& path) { return fs::absolute(path).lexically_normal().filename().string(); }

}  // namespace

Clip DatasetSplit::clip(int64_t index, int64_t epoch) const {
  require(index >= 0 && index < size(), "sample {} (there are {})", index, size());
  return take_(index, epoch);
}

Dataset Dataset::open(const fs::path& where) {
  Dataset dataset;
  if (fs::is_regular_file(where))
    dataset.open_settings(where);
  else
    dataset.open_folder(where);
  return dataset;
}

void Dataset::open_folder(const fs::path& folder) {
  require(fs::is_directory(folder), "{}: no such dataset", folder.string());
  require(fs::is_regular_file(folder / "dataset.yaml"),
          "{}: not a dataset (dataset.yaml is missing; make one with 'facemat data build')", folder.string());
  const auto info = load_config<DatasetInfo>(folder / "dataset.yaml");
  name_ = base_name(folder);
  licence_ = info.licence;
  side_ = info.config.size;
  std::vector<std::shared_ptr<Stored>> stored;
  for (const SplitConfig& plan : info.config.splits) {
    stored.push_back(std::make_shared<Stored>(Stored{folder, plan.name, "." + info.config.image_format, side_, {}}));
    DatasetSplit split;
    split.take_ = [samples = stored.back()](int64_t index, int64_t) { return samples->clip(index); };
    splits_.emplace_back(plan.name, split);
  }
  LineReader reader(folder / "manifest.jsonl");
  LineReader::Line line;
  int number = 0;
  while (reader.next(line)) {
    const std::string where = fmt::format("{}:{}", (folder / "manifest.jsonl").string(), ++number);
    const Recipe sample = record_from_json(line.text, where).recipe;
    const auto split = std::find_if(splits_.begin(), splits_.end(), [&](const auto& s) { return s.first == sample.split; });
    require(split != splits_.end(), "{}: split '{}' is not in dataset.yaml", where, sample.split);
    stored[split - splits_.begin()]->entries.push_back({sample.name, classes_of(sample), sample.frames, sample.still});
    split->second.lengths_.push_back(sample.frames);
  }
  require(number == info.samples, "{}: {} samples, dataset.yaml states {}", (folder / "manifest.jsonl").string(), number,
          info.samples);
}

void Dataset::open_settings(const fs::path& file) {
  const auto config = load_config<DataConfig>(file);
  const auto synthesis = std::make_shared<const Synthesis>(config);
  name_ = base_name(file);
  licence_ = licences_of(config);
  side_ = config.size;
  for (size_t s = 0; s < config.splits.size(); ++s) {
    const SplitConfig& plan = config.splits[s];
    DatasetSplit split;
    split.lengths_.assign(plan.stills, 1);
    split.lengths_.insert(split.lengths_.end(), plan.clips, plan.frames);
    split.take_ = [synthesis, s](int64_t index, int64_t epoch) {
      return clip_of(synthesis->sample(static_cast<int>(s), index, epoch));
    };
    splits_.emplace_back(plan.name, split);
  }
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
