#pragma once
// Files as torch.save writes them, made by LibTorch's own writers.

#include <torch/csrc/jit/serialization/pickle.h>
#include <torch/torch.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/src/model/weights/pickles.h"

namespace facemat {

// A zip archive (with ZIP64) of these records, in a folder "archive".
inline std::string torch_archive(const std::map<std::string, std::string>& records) {
  std::string bytes;
  {
    caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, size_t size) {
      bytes.append(static_cast<const char*>(data), size);
      return size;
    });
    for (const auto& [name, data] : records) writer.writeRecord(name, data.data(), data.size());
    writer.writeEndOfFile();
  }
  return bytes;
}

inline std::string saved_state_dict(const std::map<std::string, torch::Tensor>& tensors) {
  c10::Dict<std::string, torch::Tensor> dictionary;
  for (const auto& [name, tensor] : tensors) dictionary.insert(name, tensor.detach());
  const auto bytes = torch::jit::pickle_save(c10::IValue(dictionary));
  return {bytes.begin(), bytes.end()};
}

}  // namespace facemat
