#include "data/store/sample_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <set>

#include "data/store/info.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

// The order in which a frame's files are written and hashed.
const std::vector<std::string>& kinds() {
  static const std::vector<std::string> all = {"image", "alpha", "trust", "trimap", "occluder", "clean", "background"};
  return all;
}

cv::Mat picture_of(const Frame& frame, const DataConfig& config, const std::string& kind) {
  if (kind == "image") return frame.image;
  if (kind == "alpha") return config.alpha_bits == 16 ? to_u16(frame.alpha) : to_u8(frame.alpha);
  if (kind == "trust") return to_u8(trust_picture(frame));
  if (kind == "trimap") return frame.trimap;
  if (kind == "occluder") return occluder_picture(frame.occluder, frame.image.size());
  return kind == "clean" ? frame.clean : frame.background;
}

std::vector<std::string> written(const DataConfig& config) {
  std::vector<std::string> out;
  for (const std::string& kind : kinds())
    if (has_kind(config, kind)) out.push_back(kind);
  return out;
}

}  // namespace

bool has_kind(const DataConfig& config, const std::string& kind) {
  if (kind == "trust") return has_trust(config);
  return std::find(config.write.begin(), config.write.end(), kind) != config.write.end();
}

cv::Mat trust_picture(const Frame& frame) {
  return frame.trust.empty() ? cv::Mat(frame.alpha.size(), CV_32FC1, cv::Scalar(1)) : frame.trust;
}

std::string file_extension(const DataConfig& config, const std::string& kind) {
  return kind == "image" || kind == "clean" || kind == "background" ? "." + config.image_format : ".png";
}

cv::Mat occluder_picture(const Patch& occluder, cv::Size size) {
  cv::Mat out(size, CV_8UC4, cv::Scalar::all(0));
  if (occluder.layer.empty()) return out;
  const cv::Mat planes[] = {layer_colour(occluder.layer), layer_alpha(occluder.layer)};
  cv::Mat straight;
  cv::merge(planes, 2, straight);
  to_u8(straight).copyTo(out(occluder.box()));
  return out;
}

std::vector<SampleFile> sample_files(const fs::path& root, const DataConfig& config, const Recipe& sample, int frame) {
  std::vector<SampleFile> files;
  for (const std::string& kind : written(config))
    files.push_back({kind, frame_path(root, sample, kind, frame, file_extension(config, kind))});
  return files;
}

void write_sample(const fs::path& root, const DataConfig& config, Sample& sample) {
  sample.record.hashes.clear();
  const std::vector<std::string> chosen = written(config);
  for (size_t t = 0; t < sample.frames.size(); ++t) {
    uint64_t hash = kHashStart;
    for (const std::string& kind : chosen) {
      const fs::path path = frame_path(root, sample.record.recipe, kind, static_cast<int>(t), file_extension(config, kind));
      const std::string bytes =
          encode_image(path.extension().string(), picture_of(sample.frames[t], config, kind), config.jpeg_quality);
      write_plain(path, bytes);
      hash = hash_bytes(bytes, hash);
    }
    sample.record.hashes.push_back(hash_text(hash));
  }
}

void LicenceCount::add(const Recipe& sample) {
  std::set<std::string> licences{sample.face.from.licence};
  for (const OccluderRecipe& occluder : sample.occluders) licences.insert(occluder.from.licence);
  for (const std::string& licence : licences) ++count_[licence];
}

std::string LicenceCount::text() const {
  std::vector<std::pair<std::string, int64_t>> sorted(count_.begin(), count_.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [licence, samples] : sorted)
    text += fmt::format("{}{} ({} samples)", text.empty() ? "" : ", ", licence, samples);
  return text;
}

}  // namespace facemat
