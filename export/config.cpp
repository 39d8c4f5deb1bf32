#include "export/config.h"

#include "src/core/config.h"

namespace facemat {

void fields(FieldVisitor& visit, ExportConfig& c) {
  visit("ratio", c.ratio, "the network works at this share of the frame's size; below 1 needs a model with the refiner",
        {0.05, 1});
  visit("frames", c.frames, "recurrent frames compared at each size", {1, 1000});
  visit("limit", c.limit, "largest difference allowed between LibTorch and ONNX Runtime, of any output", {0, 1});
  visit("seed", c.seed, "of the frames compared");
}

}  // namespace facemat
