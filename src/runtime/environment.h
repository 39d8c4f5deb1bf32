#pragma once
// How this room's sources open ONNX Runtime sessions. Not for other rooms: it shows ONNX Runtime's header.

#include <onnxruntime_cxx_api.h>

#include <string>

namespace facemat {

// A session over the bytes of a model, in the process's one environment. Prints nothing: throws Ort::Exception.
Ort::Session open_session(const std::string& model, const Ort::SessionOptions& options);

}  // namespace facemat
