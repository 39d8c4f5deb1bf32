#pragma once
// A finished file that is quick to make, for the tests of what such a file says and holds.

#include "export/product/product.h"
#include "tests/export/small_model.h"

namespace facemat {

// With its certificate. Made once.
inline const Product& product() {
  static const Product made = [] {
    ExportConfig config;
    config.cases = {{"33x50", 2, 4, 0, true}};
    return make_product(small_model(), config, true, "x.onnx");
  }();
  return made;
}

}  // namespace facemat
