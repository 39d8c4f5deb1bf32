#include "data/store/checker.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <opencv2/core.hpp>
#include <set>

#include "data/recipe/record.h"
#include "data/render/render.h"
#include "data/sources/faces/photographs.h"
#include "data/store/info.h"
#include "data/store/journal.h"
#include "data/store/sample_files.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/core/parallel.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// The pictures of one frame; kinds that were not written are empty.
struct FramePictures {
  cv::Mat image, clean, background, alpha, trust, trimap, occluder;
};

void decode_into(FramePictures& p, const SampleFile& file, const std::string& bytes) {
  const std::string where = file.path.string();
  if (file.kind == "image") p.image = decode_image(bytes, where);
  if (file.kind == "clean") p.clean = decode_image(bytes, where);
  if (file.kind == "background") p.background = decode_image(bytes, where);
  if (file.kind == "alpha") p.alpha = decode_mask(bytes, where);
  if (file.kind == "trust") p.trust = decode_mask(bytes, where);
  if (file.kind == "trimap") p.trimap = decode_trimap(bytes, where);
  if (file.kind == "occluder") p.occluder = decode_cutout(bytes, where);
}

bool of_size(const FramePictures& p, int side) {
  for (const cv::Mat* picture : {&p.image, &p.clean, &p.background, &p.alpha, &p.trust, &p.trimap, &p.occluder})
    if (!picture->empty() && picture->size() != cv::Size(side, side)) return false;
  return true;
}

// Uncovered faces, and how many of their alphas look inverted.
struct Polarity {
  std::atomic<int64_t> faces{0}, inverted{0};
  void add(const cv::Mat& alpha) { ++faces, inverted += looks_inverted(alpha); }
};

// What is wrong with one frame on disk; empty: nothing.
std::string frame_fault(const fs::path& root, const DataConfig& config, const SampleRecord& record, int t, Polarity& polarity) {
  const Recipe& sample = record.recipe;
  const std::vector<SampleFile> files = sample_files(root, config, sample, t);
  const std::string name = files[0].path.string();
  std::vector<std::string> bytes;
  uint64_t hash = kHashStart;
  for (const SampleFile& file : files) {
    bytes.push_back(read_file(file.path));
    hash = hash_bytes(bytes.back(), hash);
  }
  if (static_cast<size_t>(t) >= record.hashes.size() || hash_text(hash) != record.hashes[t])
    return name + ": this frame's files are not the ones that were built (hash differs)";
  FramePictures p;
  for (size_t i = 0; i < files.size(); ++i) decode_into(p, files[i], bytes[i]);
  if (!of_size(p, config.size))
    return fmt::format("{}: a file of this frame is not of {}x{} pixels", name, config.size, config.size);
  const bool is_face = !has_background(config);  // a square of a foreground's edge may be bright anywhere
  if (is_face && sample.occluders.empty() && t == 0) polarity.add(p.alpha);
  if (!p.occluder.empty() && cv::countNonZero((p.alpha + layer_alpha(p.occluder)) > 1 + 1.5f / 255) > 0)
    return name + ": visible face and occluder add up to more than 1";
  if (!p.trust.empty() && !p.occluder.empty() && cv::countNonZero((layer_alpha(p.occluder) - p.trust) > 1.5f / 255) > 0)
    return name + ": the trust calls a pixel uncertain that the occluder covers";
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

// One content in two splits.
struct Leak {
  std::string source, message;
};

// Which content was seen in which split.
class Leaks {
 public:
  void add(const Recipe& sample) {
    const Ingredient& face = sample.face.from;
    note("face " + (face.content.empty() ? face.source + "/" + face.item : face.content), face, sample.split);
    for (const OccluderRecipe& occluder : sample.occluders)  // each drawing is another thing
      if (!occluder.from.content.empty()) note("occluder " + occluder.from.content, occluder.from, sample.split);
  }
  const std::map<std::string, Leak>& found() const { return found_; }

 private:
  void note(const std::string& key, const Ingredient& from, const std::string& split) {
    const auto [seen, fresh] = seen_.emplace(key, split);
    if (fresh || seen->second == split) return;
    found_.emplace(key, Leak{from.source, fmt::format("leak: '{}' of source '{}' is in '{}' and in '{}'", from.item,
                                                      from.source, seen->second, split)});
  }
  std::map<std::string, std::string> seen_;
  std::map<std::string, Leak> found_;
};

// Shares over the samples of one occluder source.
struct Softness {
  int64_t samples = 0;
  double soft = 0;
};

// Occluders that the settings let all splits share are no fault.
void report_leaks(const Leaks& leaks, const DataConfig& config, Findings& findings) {
  std::set<std::string> shared;
  for (const OccluderSourceConfig& source : config.occluders)
    if (!source.deal) shared.insert(source_name(source));
  for (const auto& [key, leak] : leaks.found())
    (shared.count(leak.source) ? findings.warnings : findings.faults).push_back(leak.message);
}

}  // namespace

Findings check_dataset(const fs::path& dataset, int workers, Progress& progress) {
  const auto info = load_config<DatasetInfo>(dataset / "dataset.yaml");
  const fs::path manifest = dataset / "manifest.jsonl";
  Findings findings;
  Leaks leaks;
  Polarity polarity;
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
          const std::string fault = frame_fault(dataset, info.config, records[i], t, polarity);
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
  if (2 * polarity.inverted > polarity.faces)
    findings.faults.push_back(
        fmt::format("{}: {} of {} uncovered faces have an alpha that is bright at the border and dark in the "
                    "middle: it looks inverted (1 must be visible face)",
                    dataset.string(), polarity.inverted.load(), polarity.faces.load()));
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
