// Weights as safetensors.

#include "src/model/weights/safetensors.h"

#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
  std::string out(8, '\0');
  for (int i = 0; i < 8; ++i) out[i] = static_cast<char>(header.size() >> (8 * i));
  return out + header + data;
}

std::vector<FuzzSeed> seeds() {
  TensorFile file;
  file.tensors["weight"] = torch::ones({2, 3});
  file.tensors["count"] = torch::zeros({}, torch::kInt64);
  file.metadata["facemat.model"] = "network: tiny\n";
  const std::string end = R"(,"data_offsets":[0,4]}})", four(4, '\0');
  return {{"whole", encode_safetensors(file)},
          {"nothing", file_of("{}", "")},
          {"deep", file_of("{\"a\":" + std::string(100'000, '['), ""), true},
          {"shape_beyond_64_bits", file_of(R"({"a":{"dtype":"F32","shape":[1e300])" + end, four), true},
          {"shape_with_a_fraction", file_of(R"({"a":{"dtype":"F32","shape":[1.5])" + end, four), true},
          {"negative_shape", file_of(R"({"a":{"dtype":"F32","shape":[-1])" + end, four), true},
          {"negative_offset", file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", four), true},
          {"product_beside_nothing",
           file_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}})", ""), true},
          {"nothing_by_nine", file_of(R"({"a":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]}})", "")},
          {"product_beyond_64_bits", file_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296])" + end, four), true}};
}

void read(const std::string& bytes) { decode_safetensors(bytes, "weights"); }

}  // namespace

FuzzTarget safetensors_target() { return {"safetensors", "src/model/weights/safetensors.h", 2048, seeds, read}; }

}  // namespace facemat
