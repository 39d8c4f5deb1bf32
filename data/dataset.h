#pragma once
// Reading a dataset that facemat-data built (layout: data/README.md). Files are read when a clip is asked for.

#include <filesystem>
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
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  std::vector<int> lengths() const;  // frames of each clip
  // Throws Error naming the file if one is missing, truncated or of another size than the dataset states.
  Clip clip(int64_t index) const;

 private:
  friend class Dataset;
  struct Entry {
    std::string name;
    std::vector<std::string> classes;
    int frames;
    bool still;
  };
  fs::path root_;
  int side_ = 0;
  std::string image_extension_;
  std::vector<Entry> entries_;
};

class Dataset {
 public:
  // Throws Error naming the file: no dataset there, another alpha convention than "visible_face", a newer layout, a damaged
  // manifest.
  static Dataset open(const fs::path& folder);
  // Throws Error listing the splits there are.
  const DatasetSplit& split(const std::string& name) const;
  std::vector<std::string> split_names() const;
  int size() const { return side_; }                       // side of the square frames in pixels
  const std::string& licence() const { return licence_; }  // roll-up of the sources' licences
  const std::string& name() const { return name_; }        // the folder's name

 private:
  std::string name_, licence_;
  int side_ = 0;
  std::vector<std::pair<std::string, DatasetSplit>> splits_;
};

}  // namespace facemat
