#pragma once
// Writes small ONNX files without any library, so that the runtime is tested against graphs whose every value is known by hand.
// The encoding is protobuf's: a field is (number << 3 | kind), kind 0 a varint, kind 2 a length and that many bytes. Field
// numbers are those of onnx.proto.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace facemat::tiny_onnx {

using Bytes = std::string;

inline Bytes varint(uint64_t value) {
  Bytes out;
  for (; value >= 128; value >>= 7) out += static_cast<char>(value % 128 + 128);
  return out + static_cast<char>(value);
}
inline Bytes number(int field, uint64_t value) { return varint(field << 3) + varint(value); }
inline Bytes bytes(int field, const Bytes& value) { return varint(field << 3 | 2) + varint(value.size()) + value; }

inline Bytes node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                  const Bytes& attributes = {}) {
  Bytes out;
  for (const std::string& input : inputs) out += bytes(1, input);
  return bytes(1, out + bytes(2, output) + bytes(4, op) + attributes);
}

inline Bytes weights(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) {
  Bytes out, raw(values.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  for (const int64_t side : shape) out += number(1, side);
  return bytes(5, out + number(2, 1) + bytes(8, name) + bytes(9, raw));
}

// A whole number among a node's attributes.
inline Bytes attribute(const std::string& name, int64_t value) {
  constexpr int kInt = 2;
  return bytes(5, bytes(1, name) + number(3, static_cast<uint64_t>(value)) + number(20, kInt));
}

// A list of whole numbers among them.
inline Bytes attributes(const std::string& name, const std::vector<int64_t>& values) {
  constexpr int kInts = 7;
  Bytes out = bytes(1, name);
  for (const int64_t value : values) out += number(8, static_cast<uint64_t>(value));
  return bytes(5, out + number(20, kInts));
}
inline Bytes axes(const std::vector<int64_t>& values) { return attributes("axes", values); }

// A tensor of any rank; -1 stands for a free size. `field` is 11 for a graph's input and 12 for its output. Free sizes are
// named after the port, or after `sizes_of`, whose they are.
inline constexpr int kFloat = 1, kUint8 = 2, kInt64 = 7;
inline Bytes port(int field, const std::string& name, const std::vector<int64_t>& shape, int type = kFloat,
                  const std::string& sizes_of = "") {
  Bytes dims;
  const std::string& owner = sizes_of.empty() ? name : sizes_of;
  for (size_t i = 0; i < shape.size(); ++i)
    dims += bytes(1, shape[i] < 0 ? bytes(2, owner + std::to_string(i)) : number(1, shape[i]));
  return bytes(field, bytes(1, name) + bytes(2, bytes(1, number(1, type) + bytes(2, dims))));
}

inline Bytes model(const Bytes& graph, const std::string& contract) {
  Bytes out = number(1, 7) + bytes(7, bytes(2, "tiny") + graph) + bytes(8, bytes(1, "") + number(2, 13));
  if (!contract.empty()) out += bytes(14, bytes(1, "facemat.contract") + bytes(2, contract));
  return out;
}

// pha = r1o = weighted sum of the channels of src + r1i, so that a constant frame gives w, 2w, 3w, ... over a clip.
// uncertainty = the mean of pha over the image as the model saw it (padding included), everywhere.
inline Bytes accumulator(const std::string& contract, const std::vector<float>& channel_weights, const Bytes& more_ports = {}) {
  return model(node("Conv", {"src", "w"}, "seen") + node("Add", {"seen", "r1i"}, "r1o") + node("Identity", {"r1o"}, "pha") +
                   node("GlobalAveragePool", {"pha"}, "mean") + node("Sub", {"pha", "pha"}, "nothing") +
                   node("Add", {"nothing", "mean"}, "uncertainty") + weights("w", {1, 3, 1, 1}, channel_weights) +
                   port(11, "src", {-1, 3, -1, -1}) + port(11, "r1i", {-1, 1, -1, -1}) + more_ports +
                   port(12, "pha", {-1, 1, -1, -1}) + port(12, "uncertainty", {-1, 1, -1, -1}) +
                   port(12, "r1o", {-1, 1, -1, -1}),
               contract);
}

// out = in, for shapes and element types of any kind.
inline Bytes identity(const std::vector<int64_t>& in, const std::vector<int64_t>& out) {
  return model(node("Identity", {"in"}, "out") + port(11, "in", in) + port(12, "out", out), "");
}

}  // namespace facemat::tiny_onnx
