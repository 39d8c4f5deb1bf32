#pragma once
// The safetensors file format (github.com/huggingface/safetensors, format description): 8 bytes little-endian header length, a
// JSON header {name: {dtype, shape, data_offsets}, __metadata__: {text: text}}, then the tensors' bytes.

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

namespace facemat {

struct TensorFile {
  std::map<std::string, torch::Tensor> tensors;  // on the CPU; float32, float64, float16, bfloat16, int64, int32, uint8, bool
  std::map<std::string, std::string> metadata;
};

// The bytes of a file; names in sorted order, so equal contents give equal bytes.
std::string encode_safetensors(const TensorFile& file);

// Throws Error, prefixed by `where`, on anything malformed: header over 16 MiB, unknown dtype, a shape that does not match its
// bytes, gaps, overlaps, bytes left over.
TensorFile decode_safetensors(const std::string& bytes, const std::string& where);

}  // namespace facemat
