#pragma once
// What models learn from and are judged on: a dataset that facemat-data built (layout: data/README.md), the shards it was
// packed into, or the settings of one, whose samples are then made when they are asked for, the same as a build would write.

#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

// One sample in order of time; a still has one frame. All frames of one size.
struct Clip {
  std::string name;                  // "000012" within its split
  std::vector<std::string> classes;  // classes of its occluders; empty: nothing covers the face
  std::optional<double> covered;     // share of the face that is covered, where it is known
  std::vector<cv::Mat> images;       // CV_8UC3 BGR
  std::vector<cv::Mat> alphas;       // CV_32FC1, 1 = visible face
  std::vector<cv::Mat> trusts;       // CV_32FC1, 1 = alpha can be believed, 0 = it cannot; empty: everywhere
  std::vector<cv::Mat> trimaps;      // CV_8UC1, 0 / 128 / 255; these three are empty unless asked for (Layers)
  std::vector<cv::Mat> cleans;       // CV_8UC3 BGR, the face without occluders
  std::vector<cv::Mat> occluders;    // CV_8UC4 BGRA, straight; all occluders of a frame as one
  std::vector<cv::Mat> backgrounds;  // CV_8UC3 BGR, what lies behind a foreground that was cut out; empty unless asked for
};

// What a clip holds beside images and alphas.
struct Layers {
  bool trimap = true, clean = false, occluder = false;
  bool trust = true;        // where the dataset has it
  bool background = false;  // likewise
  bool optional = false;    // a clean or occluder layer the dataset was written without is left out instead of an error
};

class DatasetSplit {
 public:
  using Take = std::function<Clip(int64_t index, int64_t epoch)>;
  DatasetSplit(std::vector<int> lengths, Take take) : lengths_(std::move(lengths)), take_(std::move(take)) {}

  int64_t size() const { return static_cast<int64_t>(lengths_.size()); }
  const std::vector<int>& lengths() const { return lengths_; }  // frames of each clip
  // Clip `index`; several threads may ask at once. What is made on the fly differs from epoch to epoch (epoch 0 is what a build
  // writes); what is on disk does not. Throws Error naming the file if one is missing, truncated or of another size than the
  // dataset states.
  Clip clip(int64_t index, int64_t epoch = 0) const;

 private:
  std::vector<int> lengths_;
  Take take_;
};

class Dataset {
 public:
  // `where`: a dataset's folder, a folder of shards (facemat data pack), or a settings file of facemat-data. Throws Error
  // naming the file: no dataset there, another alpha convention than "visible_face", another layout, a damaged manifest, index
  // or tar file, a layer the dataset was written without, or sources that cannot be used.
  static Dataset open(const fs::path& where, const Layers& layers = {});
  // Throws Error listing the splits there are.
  const DatasetSplit& split(const std::string& name) const;
  std::vector<std::string> split_names() const;
  int size() const { return side_; }                       // side of the square frames in pixels
  const std::string& licence() const { return licence_; }  // roll-up of the sources' licences
  const std::string& name() const { return name_; }        // of the folder or settings file
  // A hash by which a dataset is known again, wherever it lies and whether it is packed: of its dataset.yaml, which holds the
  // settings and the hash of the samples, or of the settings.
  const std::string& identity() const { return identity_; }

 private:
  std::string name_, licence_, identity_;
  int side_ = 0;
  std::vector<std::pair<std::string, DatasetSplit>> splits_;
};

}  // namespace facemat
