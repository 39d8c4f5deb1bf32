#pragma once
// What the C API's fm_model is.

#include <memory>
#include <string>

#include "src/runtime/api/facemat.h"
#include "src/runtime/onnx/session.h"

struct fm_model {
  std::shared_ptr<const facemat::Model> model;
  std::string info;
};
