#include "src/core/seal.h"

#include "src/core/hash.h"

namespace facemat {
namespace {

// A protobuf field that holds bytes: number and kind, length, bytes. Here all lengths fit into one byte.
std::string field(int number, std::string_view bytes) {
  constexpr int kLengthAndBytes = 2;
  std::string out = {static_cast<char>(number << 3 | kLengthAndBytes), static_cast<char>(bytes.size())};
  return out.append(bytes);
}

std::string seal_of(std::string_view model) {
  constexpr int kMetadata = 14, kKey = 1, kValue = 2;
  return field(kMetadata, field(kKey, kSealKey) + field(kValue, hash_text(hash_bytes(model))));
}

// The bytes before what has the length of a seal; empty if there are too few.
std::string_view before_seal(std::string_view model) {
  static const size_t length = seal_of("").size();
  return model.substr(0, model.size() < length ? 0 : model.size() - length);
}

}  // namespace

std::string sealed(std::string model) {
  const std::string seal = seal_of(model);
  return std::move(model.append(seal));
}

std::string_view without_seal(std::string_view model) {
  const std::string_view body = before_seal(model), end = model.substr(body.size());
  const std::string_view any = end.substr(0, end.size() < 16 ? 0 : end.size() - 16);  // but for the hash's digits
  return !any.empty() && seal_of("").compare(0, any.size(), any) == 0 ? body : model;
}

bool seal_holds(std::string_view model) {
  const std::string_view body = before_seal(model);
  return model.substr(body.size()) == seal_of(body);
}

}  // namespace facemat
