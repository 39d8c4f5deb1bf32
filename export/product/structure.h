#pragma once
// What can be said of an ONNX file without LibTorch and without the network it came from: is it whole, is it sound, does it
// keep its promises. Nothing of the file is trusted; nothing beside it is opened.

#include <functional>
#include <string>
#include <vector>

#include "src/core/contract.h"

namespace facemat {

// One question and its answer.
struct Finding {
  std::string check;  // "seal", "structure", ...
  bool passed = false;
  std::string detail;             // what was found; for a failure what is wrong, and why
  std::vector<std::string> more;  // further lines of an explanation
};

// The seal (seal.h) holds; or the file, of an older or another exporter, neither has nor promises one.
std::string check_seal(const std::string& onnx, const std::string& where);

// Throws Error, naming tensor and path, if a tensor's data lie in another file: such paths may lead anywhere, and a sealed file
// would not cover them. Looks into branches and loops as well.
void refuse_external_data(const std::string& onnx, const std::string& where);

// The graph's inputs and outputs are what the contract promises: names, element types (frames, guides, mattes and states of one
// type, float32 or float16; the ratio float32 [1]), ranks, channels, and nothing besides. Throws Error with both sides.
void check_ports(const std::string& onnx, const ModelContract& contract, const std::string& where);

// Every check of a file by itself, in order: size, seal, external data, ONNX's checker and strict shape inference, contract,
// ports, certificate, and a short run in ONNX Runtime with a look at every number. Checks that depend on a failed one are left
// out. Never throws for what is wrong with the file.
std::vector<Finding> check_file(const std::string& onnx, const std::string& where);

bool all_passed(const std::vector<Finding>& findings);

}  // namespace facemat
