#pragma once
// Settings of an export and of its proof.

#include <cstdint>

namespace facemat {

class FieldVisitor;

struct ExportConfig {
  double ratio = 1;     // the network works at this share of the frame's size, (0,1]; below 1 needs a model with the refiner
  int frames = 30;      // recurrent frames compared at each size
  double limit = 1e-4;  // largest difference allowed between LibTorch and ONNX Runtime, of any output
  uint64_t seed = 1;    // of the frames compared
};
void fields(FieldVisitor& visit, ExportConfig& config);

}  // namespace facemat
