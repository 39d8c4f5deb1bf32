#pragma once
// A model file's seal: its last bytes are an ONNX metadata entry (field 14 of ModelProto, as protobuf writes it) that holds the
// hash of all bytes before it. Weights have no redundancy, so a flipped bit would otherwise be a model that answers a little
// wrong. It finds damage, not forgery.

#include <string>
#include <string_view>

namespace facemat {

inline constexpr const char* kSealKey = "facemat.seal";

// `model` (bytes of an ONNX file without a seal) and its seal.
std::string sealed(std::string model);

// What sealed() was given; `model` itself if its end is no seal.
std::string_view without_seal(std::string_view model);

// True if `model` ends in a seal and every byte before it is as it was when it was sealed.
bool seal_holds(std::string_view model);

}  // namespace facemat
