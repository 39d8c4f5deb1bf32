#pragma once
// A finished float32 model in half precision, with ports as RVM's published fp16 files have them: frames, mattes and states are
// float16, downsample_ratio stays float32.

#include <set>
#include <string>
#include <vector>

namespace facemat {

// What is computed in float16 or stays float32 as a whole: a convolution with what follows it up to the next one, named by its
// result; what comes before the first belongs to the first.
std::vector<std::string> half_layers(const std::string& onnx, const std::string& where);

// Weights and computation in float16, but for the layers in `kept`. Sizes and scales of resizes stay float32 (ONNX demands it
// for scales, and float16 cannot tell 2049 from 2048), and so does whatever they are computed from, and what is made of truths
// alone (squares of distances). What a kept layer gives is compared as it is: a comparison chooses, and rounding would make
// equal what differs. A Cast stands where the two meet and nowhere else. `onnx`: bytes of a float32 model whose contract names
// the ratio input, if it has one; the contract is kept. Throws Error, prefixed by `where`, naming a weight that is beyond
// float16's range (65504), and for a graph with branches or loops.
std::string to_half(const std::string& onnx, const std::string& where, const std::set<std::string>& kept = {});

}  // namespace facemat
