#include "export/config.h"

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {
namespace {

constexpr int64_t kLargestSide = 16384;

// 0 for what is no number of one to five digits.
int64_t side_of(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stoll(text) : 0;
}

void graph_fields(FieldVisitor& visit, ExportConfig& c) {
  visit("target", c.target, "where the file will run", {"ort", "tensorrt", "opencv", "browser"});
  visit("precision", c.precision, "numbers the file computes with", {"fp32", "fp16", "int8", "int8_dynamic"});
  visit("size", c.size, "HxW the file is frozen to, e.g. 288x512; empty: any size");
  visit("recurrent", c.recurrent, "carry states from frame to frame; false: every frame for itself");
  visit("ratio", c.ratio, "the network works at this share of the frame's size; below 1 needs a model with the refiner",
        {0.05, 1});
  visit("ratio_input", c.ratio_input, "the share is an input (downsample_ratio) as in RVM's files; needs the refiner");
  visit("rewrite", c.rewrite, "rewrite the graph for speed; false: operator for operator");
}

}  // namespace

FrameSize parse_size(const std::string& text, const std::string& setting) {
  if (text.empty()) return {};
  const size_t cross = text.find('x');
  FrameSize size;
  if (cross != std::string::npos) size = {side_of(text.substr(0, cross)), side_of(text.substr(cross + 1))};
  const bool fits = size.height >= 1 && size.width >= 1 && size.height <= kLargestSide && size.width <= kLargestSide;
  require(fits, "{} is '{}' (allowed: HEIGHTxWIDTH in pixels, up to {} each, e.g. 288x512)", setting, text, kLargestSide);
  return size;
}

std::vector<ParityCase> ExportConfig::default_cases() {
  return {{"128x128", 1, 0, 0, false}, {"160x96", 1, 0, 0, true}, {"127x129", 1, 0, 0, false}, {"65x50", 3, 6, 0, true}};
}

void fields(FieldVisitor& visit, ParityCase& c) {
  visit("size", c.size, "HxW of the frames, pixels");
  visit("batch", c.batch, "clips side by side", {1, 64});
  visit("frames", c.frames, "recurrent frames; 0: as many as 'frames' above says", {0, 100000});
  visit("ratio", c.ratio, "for files with a ratio input; 0: the one the file names", {0, 1});
  visit("reset", c.reset, "states back to zeros in the middle");
}

void fields(FieldVisitor& visit, CalibrationConfig& c) {
  visit("dataset", c.dataset, "folder with pictures like those the model will see; empty: drawn frames");
  visit("frames", c.frames, "pictures of it", {2, 10000});
  visit("side", c.side, "pixels their longer side is scaled to", {32, 4096});
  visit("method", c.method, "how a map's range follows from its values", {"percentile", "minmax"});
  visit("percentile", c.percentile, "share of a map's values, in percent, inside its range", {90, 100});
  visit("outputs_too", c.outputs_too,
        "convolutions answer in 8 bits as well; false: only their inputs and weights are rounded");
}

void fields(FieldVisitor& visit, ExportConfig& c) {
  graph_fields(visit, c);
  visit("frames", c.frames, "recurrent frames compared in each case that does not say", {1, 100000});
  visit.list("cases", c.cases, "clips compared");
  visit("limit", c.limit, "largest difference allowed from LibTorch; 0: 1e-4 for fp32, 4e-3 for fp16, 2/255 for int8", {0, 1});
  visit("seed", c.seed, "of the frames compared");
  visit.group("calibration", c.calibration, "of int8");
}

void check(const ExportConfig& config) {
  const FrameSize fixed = parse_size(config.size, "size");
  require(!config.cases.empty(), "cases is empty (allowed: at least one)");
  for (size_t i = 0; i < config.cases.size(); ++i) {
    const std::string setting = "cases." + std::to_string(i) + ".size";
    require(!config.cases[i].size.empty(), "{} is empty (allowed: HEIGHTxWIDTH, e.g. 127x129)", setting);
    parse_size(config.cases[i].size, setting);
  }
  require(fixed.height == 0 || (fixed.height >= 16 && fixed.width >= 16), "size is '{}' (allowed: from 16x16)", config.size);
}

void make_thorough(ExportConfig& config) {
  config.frames = 300;
  config.cases = {{"128x128", 1, 0, 0, false}, {"128x128", 3, 0, 0, true},  {"127x129", 1, 0, 0, true},
                  {"127x129", 3, 0, 0, false}, {"1x1", 1, 0, 0, true},      {"1x17", 3, 0, 0, false},
                  {"2x3", 1, 0, 0, false},     {"16x16", 1, 0, 0, false},   {"33x250", 3, 0, 0, true},
                  {"270x481", 1, 0, 0, true},  {"1080x1920", 1, 0, 0, true}};
}

std::string graph_settings(const ExportConfig& config) {
  ExportConfig copy = config;
  return dump_config([&](FieldVisitor& visit) { graph_fields(visit, copy); });
}

void read_graph_settings(const std::string& yaml, const std::string& where, ExportConfig& config) {
  read_config_text(yaml, where, [&](FieldVisitor& visit) { graph_fields(visit, config); });
}

double default_limit(const std::string& precision) {
  if (precision == "fp32") return 1e-4;
  return precision == "fp16" ? 4e-3 : 2.0 / 255;
}

}  // namespace facemat
