#pragma once
// Where errors count. A frame is judged in several regions at once: each metric visits a frame's pixels a single time, in runs
// that lie in the same regions, and gets one sum for each region.

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace facemat {

// What regions are cut out by: 8-bit pictures of one size. All but `truth` may be empty.
struct RegionInput {
  cv::Mat truth;       // true alpha
  cv::Mat trimap;      // 0 / 128 / 255
  cv::Mat mask;        // given by the user: counted where 128 or more
  cv::Mat trust = {};  // how far the truth can be believed: counted where 128 or more
};

// THE REGION TABLE. To add one: a function in regions.cpp and a line in its table; the tests loop over it.
struct RegionEntry {
  const char* name;   // "unknown"
  const char* title;  // as printed
  const char* about;  // the definition in a sentence
  bool empty_counts;  // a frame without a pixel there counts as perfect (as the reference evaluators do); else it has no value
  cv::Mat (*pixels)(const RegionInput&);  // CV_8UC1, not 0 inside; an empty Mat: cannot be told from this input
  bool by_trimap = false;                 // only a trimap tells it
};
const std::vector<RegionEntry>& region_table();

// The entry called `name`. Throws Error listing the known names.
const RegionEntry& find_region(const std::string& name);

// Half the width of the band around the edge of the true matte: 1 % of the frame's longer side, at least 1 pixel.
int boundary_radius(cv::Size size);

class Regions {
 public:
  static constexpr size_t kMost = 8;

  static Regions whole(cv::Size size);         // one region, "whole": every pixel
  static Regions only(const cv::Mat& pixels);  // one region, "only": where `pixels` (CV_8UC1) is not 0
  // Those of `names` that `input` can tell, in the order of the table. Throws Error for an unknown name, or pictures that do
  // not fit.
  static Regions of(const RegionInput& input, const std::vector<std::string>& names);

  size_t size() const { return names_.size(); }
  const std::string& name(size_t region) const { return names_[region]; }
  int64_t pixels(size_t region) const { return pixels_[region]; }

  // For each region the sum of `of_run(y, begin, end)` over the runs of pixels begin..end-1 of row y that it is made of. Every
  // pixel that lies in any region is visited once.
  template <typename Sum, typename OfRun>
  std::vector<Sum> sums(OfRun of_run) const {
    std::array<Sum, 1 << kMost> by_pattern{};
    for (const Run& run : runs_) by_pattern[run.pattern] += of_run(run.y, run.begin, run.end);
    std::vector<Sum> sums(size());
    for (size_t pattern = 0; pattern < by_pattern.size(); ++pattern)
      for (size_t region = 0; region < size(); ++region)
        if (pattern >> region & 1) sums[region] += by_pattern[pattern];
    return sums;
  }

 private:
  struct Run {
    int y, begin, end;
    uint8_t pattern;  // bit r: inside region r
  };

  Regions(std::vector<std::string> names, const cv::Mat& patterns);

  std::vector<std::string> names_;
  std::vector<int64_t> pixels_;
  std::vector<Run> runs_;
};

}  // namespace facemat
