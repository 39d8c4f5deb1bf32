#pragma once
// Files of half precision, for programs that have float32 alone.

#include <string>

namespace facemat {

// The graph of `onnx` behind float32 ports: casts at its float16 inputs and outputs. What float32 programs run it through;
// states pass unchanged, as every float16 is a float32. Throws Error, prefixed by `where`, if it is no ONNX model.
std::string with_float_ports(const std::string& onnx, const std::string& where);

}  // namespace facemat
