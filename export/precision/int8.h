#pragma once
// Convolutions in 8 bits. Static: QuantizeLinear and DequantizeLinear pairs (QDQ), which runtimes fuse into integer operators;
// weights int8, symmetric, a scale for each output channel; maps uint8, asymmetric, one scale each, from calibration. Dynamic:
// DynamicQuantizeLinear and ConvInteger, ranges found anew in every frame.

#include <set>
#include <string>
#include <vector>

#include "export/precision/calibration.h"

namespace facemat {

// A convolution with stored float32 weights: what can be quantised.
struct Layer {
  std::string name;    // of its result
  std::string input;   // the map it reads
  std::string output;  // its result, behind a Relu or Clip that alone reads it
};
std::vector<Layer> quantisable_layers(const std::string& onnx, const std::string& where);

// `onnx` (float32, as parsed: without a seal) with the layers in `chosen` quantised; everything else stays as it is. `ranges`
// holds the input and output of each. With `outputs_too` a layer's result is rounded to 8 bits at once, which ONNX Runtime
// needs to compute it in integers. Throws Error, prefixed by `where`, for a layer the graph does not have.
std::string quantise(const std::string& onnx, const std::set<std::string>& chosen, const Ranges& ranges, bool outputs_too,
                     const std::string& where);
std::string quantise_dynamic(const std::string& onnx, const std::set<std::string>& chosen, const std::string& where);

}  // namespace facemat
