#include "data/checker.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <opencv2/core.hpp>

#include "data/journal.h"
#include "data/manifest.h"
#include "data/parallel.h"
#include "data/render.h"
#include "data/sample_files.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// The pictures of one frame; kinds that were not written are empty.
struct FramePictures {
  cv::Mat image, clean, alpha, trimap, occluder;
};

FramePictures read_frame(const fs::path& root, const DataConfig& config, const Recipe& sample, int t) {
  FramePictures p;
  for (const fs::path& file : sample_files(root, config, sample, t)) {
    const std::string kind = (sample.still ? file.parent_path() : file.parent_path().parent_path()).filename().string();
    if (kind == "image") p.image = read_image(file);
    if (kind == "clean") p.clean = read_image(file);
    if (kind == "alpha") p.alpha = read_mask(file);
    if (kind == "trimap") p.trimap = read_trimap(file);
    if (kind == "occluder") p.occluder = read_cutout(file);
  }
  return p;
}

bool of_size(const FramePictures& p, int side) {
  for (const cv::Mat* picture : {&p.image, &p.clean, &p.alpha, &p.trimap, &p.occluder})
    if (!picture->empty() && picture->size() != cv::Size(side, side)) return false;
  return true;
}

// What is wrong with one frame on disk; empty: nothing.
std::string frame_fault(const fs::path& root, const DataConfig& config, const SampleRecord& record, int t) {
  const Recipe& sample = record.recipe;
  const std::vector<fs::path> files = sample_files(root, config, sample, t);
  const std::string name = files[0].string();
  uint64_t hash = kHashStart;
  for (const fs::path& file : files) hash = hash_bytes(read_file(file), hash);
  if (static_cast<size_t>(t) >= record.hashes.size() || hash_text(hash) != record.hashes[t])
    return name + ": this frame's files are not the ones that were built (hash differs)";
  const FramePictures p = read_frame(root, config, sample, t);
  if (!of_size(p, config.size))
    return fmt::format("{}: a file of this frame is not of {}x{} pixels", name, config.size, config.size);
  if (!p.occluder.empty() && cv::countNonZero((p.alpha + layer_alpha(p.occluder)) > 1 + 1.5f / 255) > 0)
    return name + ": visible face and occluder add up to more than 1";
  if (!p.trimap.empty()) {
    const cv::Mat known = ((p.trimap == 255) & (p.alpha < 1 - 0.5f / 255)) | ((p.trimap == 0) & (p.alpha > 0.5f / 255));
    if (cv::countNonZero(known) > 0) return name + ": the trimap calls a pixel known that is not";
  }
  const bool lossless = config.image_format == "png" && describe(sample.degradation).empty();
  if (lossless && !p.clean.empty() && !p.occluder.empty() &&
      recomposition_error(p.image, p.clean, {p.occluder, {0, 0}}) > 2.0 / 255)
    return name + ": the picture is not occluder over clean face";
  return "";
}

// Which content was seen in which split; a second split is a leak.
class Leaks {
 public:
  void add(const Recipe& sample) {
    note(sample.face.from, sample.split, "face");
    for (const OccluderRecipe& occluder : sample.occluders) note(occluder.from, sample.split, "occluder");
  }
  const std::map<std::string, std::string>& found() const { return found_; }

 private:
  void note(const Ingredient& from, const std::string& split, const char* what) {
    const std::string content = from.content.empty() ? "" : from.content;
    if (content.empty() && what != std::string("face")) return;  // each drawing is another thing
    const std::string key = std::string(what) + (content.empty() ? from.source + "/" + from.item : content);
    const auto [seen, fresh] = seen_.emplace(key, split);
    if (!fresh && seen->second != split)
      found_.emplace(
          key, fmt::format("{} '{}' of source '{}' is in '{}' and in '{}'", what, from.item, from.source, seen->second, split));
  }
  std::map<std::string, std::string> seen_, found_;
};

// Shares over the samples of one occluder source.
struct Softness {
  int64_t samples = 0;
  double soft = 0;
};

void report_leaks(const Leaks& leaks, const DataConfig& config, Findings& findings) {
  for (const auto& [key, message] : leaks.found()) {
    bool shared = false;
    for (const OccluderSourceConfig& source : config.occluders)
      shared |= !source.deal &&
                message.find("source '" + (source.name.empty() ? source.kind : source.name) + "'") != std::string::npos;
    (shared ? findings.warnings : findings.faults).push_back("leak: " + message);
  }
}

}  // namespace

Findings check_dataset(const fs::path& dataset, int workers, Progress& progress) {
  const auto info = load_config<DatasetInfo>(dataset / "dataset.yaml");
  const fs::path manifest = dataset / "manifest.jsonl";
  Findings findings;
  Leaks leaks;
  std::map<std::string, Softness> softness;
  int64_t done = 0;
  LineReader reader(manifest);
  constexpr int64_t kBatch = 256;  // records held at once
  for (bool more = true; more;) {
    std::vector<SampleRecord> records;
    LineReader::Line line;
    while (static_cast<int64_t>(records.size()) < kBatch && (more = reader.next(line))) {
      records.push_back(record_from_json(line.text, fmt::format("{}:{}", manifest.string(), done + records.size() + 1)));
      const SampleRecord& record = records.back();
      leaks.add(record.recipe);
      if (record.recipe.occluders.size() == 1 && record.recipe.occluders[0].opacity == 1) {
        Softness& s = softness[record.recipe.occluders[0].from.source];
        ++s.samples, s.soft += record.measured.soft_share;
      }
    }
    std::vector<std::vector<std::string>> faults(records.size());
    parallel(static_cast<int64_t>(records.size()), workers, [&](int64_t i) {
      for (int t = 0; t < records[i].recipe.frames; ++t) {
        try {
          const std::string fault = frame_fault(dataset, info.config, records[i], t);
          if (!fault.empty()) faults[i].push_back(fault);
        } catch (const Error& error) {
          faults[i].push_back(error.what());
        }
      }
    });
    for (const auto& found : faults) findings.faults.insert(findings.faults.end(), found.begin(), found.end());
    done += static_cast<int64_t>(records.size());
    progress.update(done, info.samples);
  }
  if (done != info.samples)
    findings.faults.push_back(fmt::format("{}: {} samples, dataset.yaml states {}", manifest.string(), done, info.samples));
  report_leaks(leaks, info.config, findings);
  constexpr double kHardlySoft = 0.0005;
  for (const auto& [source, s] : softness)
    if (s.samples >= 20 && s.soft / static_cast<double>(s.samples) < kHardlySoft)
      findings.warnings.push_back(
          fmt::format("source '{}': {:.3f} % of the pixels have a soft alpha: a binary mask, not a matte?", source,
                      100 * s.soft / static_cast<double>(s.samples)));
  return findings;
}

}  // namespace facemat
