#include "src/runtime/onnx/protobuf.h"

#include <algorithm>

#include "src/core/error.h"

namespace facemat::protobuf {

bool Reader::next(Field& field) {
  if (rest_.empty()) return false;
  const uint64_t tag = varint();
  field.number = tag >> 3;
  require(field.number >= 1 && field.number < (uint64_t{1} << 29), "{}: not a readable ONNX model: field number {}", where_,
          field.number);
  field.kind = static_cast<Kind>(tag & 7);
  field.value = 0;
  field.bytes = {};
  switch (field.kind) {
    case kVarint:
      field.value = varint();
      return true;
    case kFixed64:
      field.bytes = take(8);
      return true;
    case kBytes:
      field.bytes = take(varint());
      return true;
    case kFixed32:
      field.bytes = take(4);
      return true;
  }
  fail("{}: not a readable ONNX model: fields of kind {}", where_, tag & 7);
}

uint64_t Reader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(take(1).front());
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  fail("{}: not a readable ONNX model: a number of more than 64 bits", where_);
}

std::string_view Reader::take(uint64_t count) {
  require(count <= rest_.size(), "{}: not a readable ONNX model: it ends {} bytes too early", where_, count - rest_.size());
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

void append_varints(const Field& field, const std::string& where, std::vector<int64_t>& out, size_t most) {
  if (field.kind == kVarint && out.size() <= most) out.push_back(static_cast<int64_t>(field.value));
  if (field.kind != kBytes) return;
  Reader packed(field.bytes, where);
  while (!packed.done() && out.size() <= most) out.push_back(static_cast<int64_t>(packed.varint()));
}

uint64_t count_varints(const Field& field, const std::string& where) {
  if (field.kind != kBytes) return field.kind == kVarint ? 1 : 0;
  uint64_t count = 0;
  for (Reader packed(field.bytes, where); !packed.done(); ++count) packed.varint();
  return count;
}

std::string shown(std::string_view name) {
  constexpr size_t kLongest = 80;
  std::string out(name.substr(0, kLongest));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126; },
      '?');
  return out.size() < name.size() ? out + "..." : out;
}

uint64_t count_fixed(const Field& field, size_t bytes) { return field.bytes.size() / bytes; }

}  // namespace facemat::protobuf
