#pragma once
// What Segment Anything is asked in frame after frame: the faces that are found (the default), places in the settings, or a CSV
// file with a line for each place and frame.

#include <cstdint>
#include <filesystem>
#include <map>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "src/core/config.h"
#include "src/runtime/predictors/segment_anything.h"
#include "src/runtime/sources/face_region.h"

namespace facemat {

namespace fs = std::filesystem;

// Points and boxes of one object make one prompt; an object has one box at most.
struct ListedPoint {
  double x = 0, y = 0;
  std::string marks = "wanted";  // wanted: on the object | unwanted: beside it
  int object = 0;
};
void fields(FieldVisitor& visit, ListedPoint& point);

struct ListedBox {
  double x = 0, y = 0, w = 0, h = 0;  // upper left corner, width and height
  int object = 0;
};
void fields(FieldVisitor& visit, ListedBox& box);

struct PromptConfig {
  std::string from = "face";     // face | listed: `points` and `boxes` in every frame | file
  std::string face = "box";      // what is asked of a found face: its box | points: eyes, nose and mouth | both
  double grow = 1.1;             // of the box, about its centre: hair line to chin is what detectors mean by a face
  std::string units = "pixels";  // of listed places and of the file's: pixels | shares of the frame's width and height
  std::vector<ListedPoint> points;
  std::vector<ListedBox> boxes;
  std::string file;  // read_prompts()
  DetectorConfig detector;
};
void fields(FieldVisitor& visit, PromptConfig& config);

// Throws Error for settings that contradict each other. The file need not be there.
void check(const PromptConfig& config);

inline constexpr uint64_t kMostPromptBytes = uint64_t{64} << 20;
inline constexpr int kMostObjects = 64;  // of a frame

using FramePrompts = std::map<int64_t, std::vector<ObjectPrompt>>;

// The prompts in a .csv file by frame (from 0): a line of names, then the places. Columns frame, what (box, wanted, unwanted),
// x, y; w and h (of a box; empty for points) and object (a number from 0, by default 0) if they are needed:
//
//   frame,what,x,y,w,h,object
//   0,box,120,80,200,260,0
//   0,unwanted,180,300
//
// Throws Error naming the file and the line: missing, a number that is none, an unknown column or word, a second box of an
// object, too many objects or points of one.
FramePrompts read_prompts(const fs::path& file);

// The prompts of frame after frame, in pixels. A frame that has none in the file, or in which no face is found, has none.
class Prompter {
 public:
  // Throws Error as read_prompts and make_face_detector do.
  explicit Prompter(const PromptConfig& config, int threads = 0);
  // `frame`: CV_8UC3, looked at for faces only. Frames are counted from 0, cuts or not.
  std::vector<ObjectPrompt> find(const cv::Mat& frame);
  void skip();   // a frame that is not looked at
  void reset();  // a cut: faces are forgotten

 private:
  std::vector<ObjectPrompt> of_faces(const cv::Mat& frame);

  PromptConfig config_;
  std::vector<ObjectPrompt> listed_;
  FramePrompts by_frame_;
  std::optional<FaceFinder> finder_;
  int64_t next_frame_ = 0;
};

}  // namespace facemat
