#pragma once
// ONNX files are taken from anywhere and never trusted. Before ONNX Runtime sees one, its protobuf encoding is walked here,
// with bounds and without a library, and what would make ONNX Runtime read another file or set aside memory that the file does
// not account for is refused. Field numbers are those of onnx.proto.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace facemat {

namespace fs = std::filesystem;

inline constexpr uint64_t kLargestModel = uint64_t{512} << 20;  // bytes

// Throws Error, prefixed by `where`, unless `model` is a whole protobuf message whose known fields can be an ONNX model's:
// - messages end where they say, and nest at most 64 deep (graphs in attributes of nodes in graphs ...);
// - every tensor holds the values its shape promises, and none lie in another file, whatever its path: a model is one file;
// - nothing that is there once is there twice (readers merge or overwrite, each in their way), attributes of a node included;
// - kernels, strides, pads and dilations are at most kLargestWindow, so a small file does not ask for a huge answer, and what
//   ONNX Runtime divides by without looking is not 0 (strides, groups; whole numbers: divisions.h);
// and, if its end is a seal (src/core/seal.h), unless that holds. kPromised: likewise if its contract promises a seal; kIfThere
// is for models that are not finished. A model that passes may still be nonsense: ONNX Runtime answers with an error then.
enum class Seal { kPromised, kIfThere };
void check_model(std::string_view model, const std::string& where, Seal seal = Seal::kPromised);

inline constexpr int64_t kLargestWindow = 4096;

// The bytes of `path`. Throws Error as read_file does, for more than kLargestModel, and as check_model does.
std::string read_model(const fs::path& path);

}  // namespace facemat
