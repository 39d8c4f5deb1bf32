#include "data/store/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "data/recipe/record.h"
#include "data/render/synthesis.h"
#include "data/store/info.h"
#include "data/store/journal.h"
#include "data/store/sample_files.h"
#include "data/store/shards.h"
#include "data/store/tar.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/hash.h"
#include "src/image/codec.h"

namespace facemat {
namespace {

// A kind of files that is asked for.
struct Kind {
  std::string name, extension;
};

// Image, alpha and what else is asked for. Throws Error if the dataset was written without it.
std::vector<Kind> chosen_kinds(const DataConfig& config, const Layers& layers, const fs::path& dataset) {
  std::vector<Kind> kinds;
  const auto choose = [&](const std::string& name, bool optional = false) {
    if (optional && !has_kind(config, name)) return;
    require(has_kind(config, name),
            "{}: the dataset has no {} files; they are written when '{}' is in the data settings' 'write'", dataset.string(),
            name, name);
    kinds.push_back({name, file_extension(config, name)});
  };
  choose("image"), choose("alpha");
  if (layers.trust) choose("trust", /*optional=*/true);
  if (layers.trimap) choose("trimap");
  if (layers.clean) choose("clean", layers.optional);
  if (layers.occluder) choose("occluder", layers.optional);
  if (layers.background) choose("background", /*optional=*/true);
  return kinds;
}

// What is kept of a sample's line while a dataset is open.
struct Entry {
  std::string name;
  std::vector<std::string> classes;
  int frames;
  bool still;
  std::optional<double> covered = {};
};

struct FileBytes {
  std::string bytes, where;  // `where` names the file in messages
};

void decode_into(Clip& clip, const std::string& kind, const FileBytes& file, int side) {
  const auto add = [&](std::vector<cv::Mat>& pictures, const cv::Mat& picture) {
    require(picture.cols == side && picture.rows == side, "{}: {}x{} pixels, the dataset states {}x{}", file.where,
            picture.cols, picture.rows, side, side);
    pictures.push_back(picture);
  };
  if (kind == "image") add(clip.images, decode_image(file.bytes, file.where));
  if (kind == "alpha") add(clip.alphas, decode_mask(file.bytes, file.where));
  if (kind == "trust") add(clip.trusts, decode_mask(file.bytes, file.where));
  if (kind == "trimap") add(clip.trimaps, decode_trimap(file.bytes, file.where));
  if (kind == "clean") add(clip.cleans, decode_image(file.bytes, file.where));
  if (kind == "occluder") add(clip.occluders, decode_straight_cutout(file.bytes, file.where));
  if (kind == "background") add(clip.backgrounds, decode_image(file.bytes, file.where));
}

// The frames of a sample. `read(kind, frame)` gives the bytes of a file.
template <typename Read>
Clip decoded(const Entry& entry, const std::vector<Kind>& kinds, int side, Read read) {
  Clip clip;
  clip.name = entry.name, clip.classes = entry.classes, clip.covered = entry.covered;
  for (int t = 0; t < entry.frames; ++t)
    for (size_t k = 0; k < kinds.size(); ++k) decode_into(clip, kinds[k].name, read(k, t), side);
  return clip;
}

// One split of a dataset on disk.
struct StoredSplit {
  fs::path root;
  std::string name;
  std::vector<Kind> kinds;
  int side;
  std::vector<Entry> entries;
};

// ... each of whose files is a file.
struct FolderSplit : StoredSplit {
  Clip clip(int64_t index) const {
    const Entry& entry = entries[index];
    Recipe sample;
    sample.split = name, sample.name = entry.name, sample.still = entry.still;
    return decoded(entry, kinds, side, [&](size_t kind, int t) {
      const fs::path path = frame_path(root, sample, kinds[kind].name, t, kinds[kind].extension);
      return FileBytes{read_file(path, kMostImageBytes), path.string()};
    });
  }
};

// ... whose files lie in tar files.
struct ShardSplit : StoredSplit {
  struct Place {
    int64_t offset, size;
  };
  std::vector<fs::path> shards;            // of each sample
  std::vector<std::vector<Place>> places;  // of each sample: frame by frame, kind by kind

  void add(const PackedSample& sample) {
    entries.push_back({sample.name, sample.classes, sample.frames, sample.still, sample.covered});
    shards.push_back(root / sample.shard);
    places.emplace_back();
    for (int t = 0; t < sample.frames; ++t)
      for (const Kind& kind : kinds) {
        const auto file = sample.files.find(member_name(sample.name, sample.still, kind.name, t, kind.extension));
        require(file != sample.files.end(), "{}: sample {} lacks frame {}'s {}", shards.back().string(), sample.name, t,
                kind.name);
        places.back().push_back({file->second.first, file->second.second});
      }
  }

  Clip clip(int64_t index) const {
    const Entry& entry = entries[index];
    const fs::path& shard = shards[index];
    const TarFile tar(shard);
    return decoded(entry, kinds, side, [&](size_t kind, int t) {
      const Place place = places[index][t * kinds.size() + kind];
      const std::string member = member_name(entry.name, entry.still, kinds[kind].name, t, kinds[kind].extension);
      return FileBytes{tar.read({member, place.offset, place.size}, kMostImageBytes), shard.string() + ": " + member};
    });
  }
};

// The splits of the settings, without samples yet.
template <typename Split>
std::vector<std::shared_ptr<Split>> empty_splits(const fs::path& root, const DataConfig& config, const Layers& layers) {
  const std::vector<Kind> kinds = chosen_kinds(config, layers, root);
  std::vector<std::shared_ptr<Split>> splits;
  for (const SplitConfig& plan : config.splits) {
    splits.push_back(std::make_shared<Split>());
    splits.back()->root = root, splits.back()->name = plan.name;
    splits.back()->kinds = kinds, splits.back()->side = config.size;
  }
  return splits;
}

template <typename Split>
Split& find_split(const std::vector<std::shared_ptr<Split>>& splits, const std::string& name, const std::string& where) {
  const auto split = std::find_if(splits.begin(), splits.end(), [&](const auto& s) { return s->name == name; });
  require(split != splits.end(), "{}: split '{}' is not in dataset.yaml", where, name);
  return **split;
}

using Splits = std::vector<std::pair<std::string, DatasetSplit>>;

// Splits to take clips from. Throws Error unless they hold as many samples as dataset.yaml states; `where` lists them.
template <typename Split>
Splits finished(const std::vector<std::shared_ptr<Split>>& stored, int samples, const fs::path& where) {
  Splits splits;
  size_t found = 0;
  for (const auto& split : stored) {
    std::vector<int> lengths;
    for (const Entry& entry : split->entries) lengths.push_back(entry.frames);
    found += lengths.size();
    splits.emplace_back(split->name,
                        DatasetSplit(std::move(lengths), [split](int64_t index, int64_t) { return split->clip(index); }));
  }
  require(found == static_cast<size_t>(samples), "{}: {} samples, dataset.yaml states {}", where.string(), found, samples);
  return splits;
}

Splits open_files(const fs::path& folder, const DatasetInfo& info, const Layers& layers) {
  const auto stored = empty_splits<FolderSplit>(folder, info.config, layers);
  const fs::path manifest = folder / "manifest.jsonl";
  LineReader reader(manifest);
  LineReader::Line line;
  for (int64_t number = 1; reader.next(line); ++number) {
    const std::string where = fmt::format("{}:{}", manifest.string(), number);
    const SampleRecord record = record_from_json(line.text, where);
    const Recipe& sample = record.recipe;
    find_split(stored, sample.split, where)
        .entries.push_back({sample.name, occluder_classes(sample), sample.frames, sample.still, record.measured.covered_share});
  }
  return finished(stored, info.samples, manifest);
}

Splits open_shards(const fs::path& folder, const DatasetInfo& info, const Layers& layers) {
  const auto stored = empty_splits<ShardSplit>(folder, info.config, layers);
  for_each_packed(folder, [&](const PackedSample& sample) {
    const std::string where = fmt::format("{}: sample {}", (folder / sample.shard).string(), sample.name);
    find_split(stored, sample.split, where).add(sample);
  });
  return finished(stored, info.samples, folder);
}

Clip clip_of(Sample sample, const Layers& layers) {
  Clip clip;
  clip.name = sample.record.recipe.name, clip.classes = occluder_classes(sample.record.recipe);
  clip.covered = sample.record.measured.covered_share;
  for (Frame& frame : sample.frames) {
    if (layers.trust) clip.trusts.push_back(trust_picture(frame));
    if (layers.trimap) clip.trimaps.push_back(std::move(frame.trimap));
    if (layers.clean) clip.cleans.push_back(std::move(frame.clean));
    if (layers.occluder) clip.occluders.push_back(occluder_picture(frame.occluder, frame.image.size()));
    if (layers.background) clip.backgrounds.push_back(std::move(frame.background));
    clip.images.push_back(std::move(frame.image));
    clip.alphas.push_back(std::move(frame.alpha));
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

// The last folder's or file's, whatever ends the path: "set", "set/" and "set/." are "set".
std::string base_name(const fs::path& path) {
  return (fs::absolute(path) / "").lexically_normal().parent_path().filename().string();
}

bool holds_shards(const fs::path& folder) {
  return !fs::exists(folder / "manifest.jsonl") && !list_files(folder, {".tar"}).empty();
}

Splits open_settings(const DataConfig& config, Layers layers) {
  layers.trust &= has_trust(config);
  layers.background &= has_background(config);
  const auto synthesis = std::make_shared<const Synthesis>(config);
  Splits splits;
  for (size_t s = 0; s < config.splits.size(); ++s) {
    const SplitConfig& plan = config.splits[s];
    std::vector<int> lengths(plan.stills, 1);
    for (int64_t clip = 0; clip < plan.clips; ++clip) lengths.push_back(clip_frames(plan, clip));
    const auto take = [synthesis, s, layers](int64_t index, int64_t epoch) {
      return clip_of(synthesis->sample(static_cast<int>(s), index, epoch), layers);
    };
    splits.emplace_back(plan.name, DatasetSplit(std::move(lengths), take));
  }
  return splits;
}

// Of the values alone: what the help beside them says may change.
std::string identity_of(const DataConfig& config) {
  uint64_t hash = kHashStart;
  for (const auto& [path, value] : flat_settings_of(config_to_yaml(config), "settings"))
    hash = hash_bytes(path + "\t" + value + "\n", hash);
  return hash_text(hash);
}

}  // namespace

Clip DatasetSplit::clip(int64_t index, int64_t epoch) const {
  require(index >= 0 && index < size(), "sample {} (there are {})", index, size());
  return take_(index, epoch);
}

Dataset Dataset::open(const fs::path& where, const Layers& layers) {
  Dataset dataset;
  dataset.name_ = base_name(where);
  if (fs::is_regular_file(where)) {
    const auto config = load_config<DataConfig>(where);
    dataset.licence_ = licences_of(config), dataset.identity_ = identity_of(config);
    dataset.side_ = config.size;
    dataset.splits_ = open_settings(config, layers);
    return dataset;
  }
  require(fs::is_directory(where), "{}: no such dataset", where.string());
  require(fs::is_regular_file(where / "dataset.yaml"),
          "{}: not a dataset (dataset.yaml is missing; make one with 'facemat data build')", where.string());
  const auto info = load_config<DatasetInfo>(where / "dataset.yaml");
  dataset.licence_ = info.licence, dataset.identity_ = hash_text(hash_bytes(read_file(where / "dataset.yaml")));
  dataset.side_ = info.config.size;
  dataset.splits_ = holds_shards(where) ? open_shards(where, info, layers) : open_files(where, info, layers);
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
