#pragma once
// Settings of an export and of its proof.

#include <cstdint>
#include <string>
#include <vector>

namespace facemat {

class FieldVisitor;

struct FrameSize {
  int64_t height = 0, width = 0;  // pixels; 0: open
};

// "160x96" is height 160, width 96; "" is open. Throws Error naming `setting` for anything else and for sides above 16384.
FrameSize parse_size(const std::string& text, const std::string& setting);

// One clip of the proof.
struct ParityCase {
  std::string size = "128x128";  // HxW
  int batch = 1;                 // clips side by side
  int frames = 0;                // recurrent frames; 0: as many as ExportConfig says
  double ratio = 0;              // of files with a ratio input, (0,1]; 0: the one the file names
  bool reset = false;            // states back to zeros in the middle
};
void fields(FieldVisitor& visit, ParityCase& c);

// Where the value ranges of an int8 model come from, and how its layers are chosen.
struct CalibrationConfig {
  std::string dataset;                // folder with pictures (of a dataset of facemat-data its images); empty: drawn frames
  int frames = 32;                    // of them, spread over the folder
  int side = 256;                     // pictures are scaled so that their longer side is this, pixels
  std::string method = "percentile";  // minmax or percentile
  double percentile = 99.99;          // share of a map's values, in percent, that must lie inside its range
  bool outputs_too = true;            // convolutions answer in 8 bits as well (what ONNX Runtime has fast code for)
};
void fields(FieldVisitor& visit, CalibrationConfig& c);

struct ExportConfig {
  std::string target = "ort";      // where the file will run: ort, tensorrt, opencv, browser
  std::string precision = "fp32";  // fp32, fp16, int8 (static), int8_dynamic
  std::string size;                // HxW the file is frozen to; empty: any size
  bool recurrent = true;           // false: no states, every frame for itself
  double ratio = 1;                // the network works at this share of the frame's size; below 1 needs the refiner
  bool ratio_input = false;        // the share is an input (downsample_ratio) as in RVM's files
  bool rewrite = true;             // rewrite the graph for speed; false: operator for operator

  int frames = 30;  // recurrent frames compared in each case that does not say
  std::vector<ParityCase> cases = default_cases();
  double limit = 0;   // largest difference allowed; 0: the precision's own (see default_limit)
  uint64_t seed = 1;  // of the frames compared
  CalibrationConfig calibration;

  static std::vector<ParityCase> default_cases();
};
void fields(FieldVisitor& visit, ExportConfig& config);

// Throws Error naming the setting, what it is and what is allowed, for settings that make no sense by themselves or together.
void check(const ExportConfig& config);

// The comparison at full length instead of the short one: 300 recurrent frames, sizes from 1x1 to 1080p, odd ones, batches of
// three, resets in the middle. The same as configs/export/thorough.yaml.
void make_thorough(ExportConfig& config);

// The settings that decide the graph (target to rewrite above), as YAML; and the same read back into `config`. What a
// certificate keeps. Throws Error, prefixed by `where`, for other text.
std::string graph_settings(const ExportConfig& config);
void read_graph_settings(const std::string& yaml, const std::string& where, ExportConfig& config);

// Largest difference of alpha from LibTorch that a precision may show: 1e-4 for fp32 (there of every output), 4e-3 for fp16,
// 2/255 for int8.
double default_limit(const std::string& precision);

}  // namespace facemat
