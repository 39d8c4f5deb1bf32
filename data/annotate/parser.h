#pragma once
// Parser networks: any ONNX network that tells classes apart, with a table of what its classes are, and several fused.

#include <array>
#include <string>
#include <vector>

#include "data/annotate/roles.h"
#include "src/core/config.h"
#include "src/runtime/predictors/foreign_network.h"

namespace facemat {

struct ParserConfig {
  std::string name;                  // in messages; empty: that of the file
  NetworkConfig network;             // activation softmax for scores, none for probabilities, argmax or whole numbers for ids
  std::vector<std::string> classes;  // THE CLASS TABLE: the role of each channel (or id), in the network's order
  double weight = 1;                 // beside other parsers
};
void fields(FieldVisitor& visit, ParserConfig& config);

// Throws Error, prefixed by `where`, for settings that contradict each other. Files need not be there.
void check(const ParserConfig& config, const std::string& where);

// Probability of each role, CV_32FC1 of one size; those of classes with the same role are added.
using RoleMaps = std::array<cv::Mat, kRoles>;

class Parser {
 public:
  // Opens the network and runs it once. Throws Error as ForeignNetwork does, and if it has not as many classes as the table.
  Parser(const ParserConfig& config, int threads);

  // `crop`: CV_8UC3, shown at the network's size (area average, cubic when it grows). At the crop's size, bilinear or by area.
  // Ids count as certain.
  RoleMaps run(const cv::Mat& crop);

 private:
  ParserConfig config_;
  std::vector<Role> roles_;
  ForeignNetwork network_;
  bool ids_ = false;
};

// The weighted mean of what the parsers say; `weights` as many as `maps`.
RoleMap fused(const std::vector<RoleMaps>& maps, const std::vector<double>& weights);

}  // namespace facemat
