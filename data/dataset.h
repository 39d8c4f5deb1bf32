#pragma once
// What models learn from and are judged on: a dataset that facemat-data built (layout: data/README.md), or the settings of one,
// whose samples are then made when they are asked for, the same as a build would write.

#include <filesystem>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

// One sample in order of time; a still has one frame. All frames of one size.
struct Clip {
  std::string name;                  // "000012" within its split
  std::vector<std::string> classes;  // classes of its occluders; empty: nothing covers the face
  std::vector<cv::Mat> images;       // CV_8UC3 BGR
  std::vector<cv::Mat> alphas;       // CV_32FC1, 1 = visible face
  std::vector<cv::Mat> trimaps;      // CV_8UC1, 0 / 128 / 255
};

class DatasetSplit {
 public:
  int64_t size() const { return static_cast<int64_t>(lengths_.size()); }
  const std::vector<int>& lengths() const { return lengths_; }  // frames of each clip
  // Clip `index`. What is made on the fly differs from epoch to epoch (epoch 0 is what a build writes); what is on disk does
  // not. Throws Error naming the file if one is missing, truncated or of another size than the dataset states.
  Clip clip(int64_t index, int64_t epoch = 0) const;

 private:
  friend class Dataset;
  std::vector<int> lengths_;
  std::function<Clip(int64_t index, int64_t epoch)> take_;
};

class Dataset {
 public:
  // `where`: a dataset's folder, or a settings file of facemat-data. Throws Error naming the file: no dataset there, another
  // alpha convention than "visible_face", another layout, a damaged manifest, or sources that cannot be used.
  static Dataset open(const fs::path& where);
  // Throws Error listing the splits there are.
  const DatasetSplit& split(const std::string& name) const;
  std::vector<std::string> split_names() const;
  int size() const { return side_; }                       // side of the square frames in pixels
  const std::string& licence() const { return licence_; }  // roll-up of the sources' licences
  const std::string& name() const { return name_; }        // of the folder or settings file

 private:
  void open_folder(const fs::path& folder);
  void open_settings(const fs::path& file);

  std::string name_, licence_;
  int side_ = 0;
  std::vector<std::pair<std::string, DatasetSplit>> splits_;
};

}  // namespace facemat
