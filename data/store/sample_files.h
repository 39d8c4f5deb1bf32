#pragma once
// The files of one sample, and what licences its ingredients have.

#include <filesystem>
#include <map>
#include <string>

#include "data/render/synthesis.h"

namespace facemat {

// Whether datasets of these settings have files of a kind: what `write` names, and trust where any source has it.
bool has_kind(const DataConfig& config, const std::string& kind);

// A frame's trust, of 1 where its source has none: CV_32FC1.
cv::Mat trust_picture(const Frame& frame);

// Writes a sample's files below `root` and fills record.hashes: for each frame the hash of its files' bytes, in the order
// image, alpha, trust, trimap, occluder, clean, background. Throws Error naming the file that cannot be written.
void write_sample(const fs::path& root, const DataConfig& config, Sample& sample);

// A frame's files in that order.
struct SampleFile {
  std::string kind;  // image, alpha, trust, trimap, occluder, clean, background
  fs::path path;
};
std::vector<SampleFile> sample_files(const fs::path& root, const DataConfig& config, const Recipe& sample, int frame);

// The extension of a kind's files, with dot.
std::string file_extension(const DataConfig& config, const std::string& kind);

// A frame's occluder as its file has it: straight colours and alpha, CV_8UC4 BGRA of `size`.
cv::Mat occluder_picture(const Patch& occluder, cv::Size size);

// Licences of all ingredients with how many samples each is in.
class LicenceCount {
 public:
  void add(const Recipe& sample);
  std::string text() const;  // "MIT (12 samples), CC0-1.0 (3 samples)", most first

 private:
  std::map<std::string, int64_t> count_;
};

}  // namespace facemat
