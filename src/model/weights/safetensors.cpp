#include "src/model/weights/safetensors.h"

#include <algorithm>
#include <cstring>

#include "src/core/error.h"
#include "src/core/json.h"

namespace facemat {
namespace {

constexpr uint64_t kMostHeader = 16 << 20;

struct DtypeName {
  torch::Dtype dtype;
  const char* name;
};
constexpr DtypeName kDtypes[] = {{torch::kFloat32, "F32"},   {torch::kFloat64, "F64"}, {torch::kFloat16, "F16"},
                                 {torch::kBFloat16, "BF16"}, {torch::kInt64, "I64"},   {torch::kInt32, "I32"},
                                 {torch::kUInt8, "U8"},      {torch::kBool, "BOOL"}};

std::string dtype_name(torch::Dtype dtype) {
  for (const auto& known : kDtypes)
    if (known.dtype == dtype) return known.name;
  fail("a tensor of type {} cannot be stored", torch::toString(dtype));
}

torch::Dtype dtype_of(const std::string& name, const std::string& where) {
  for (const auto& known : kDtypes)
    if (known.name == name) return known.dtype;
  fail("{}: unknown dtype '{}' (known: F32, F64, F16, BF16, I64, I32, U8, BOOL)", where, name);
}

// One entry of the header, checked: its bytes are shape x dtype and lie inside the data.
struct Entry {
  std::string name;
  torch::Dtype dtype;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

// LibTorch multiplies all sides, also those beside one of 0.
uint64_t byte_count(const std::vector<int64_t>& shape, torch::Dtype dtype, const std::string& where) {
  constexpr uint64_t kMost = uint64_t{1} << 62;
  uint64_t bytes = torch::elementSize(dtype);
  bool empty = false;
  for (const int64_t side : shape) {
    require(side >= 0, "{}: negative size in a shape", where);
    empty = empty || side == 0;
    if (side == 0) continue;
    require(bytes <= kMost / static_cast<uint64_t>(side), "{}: a shape is larger than any file", where);
    bytes *= static_cast<uint64_t>(side);
  }
  return empty ? 0 : bytes;
}

Entry read_entry(const std::string& name, const nlohmann::json& json, uint64_t data_size, const std::string& file) {
  const std::string where = file + ": tensor '" + name + "'";
  const auto offsets = json.at("data_offsets").get<std::vector<uint64_t>>();
  require(offsets.size() == 2 && offsets[0] <= offsets[1] && offsets[1] <= data_size, "{}: its bytes lie outside the file",
          where);
  Entry entry{name, dtype_of(json.at("dtype").get<std::string>(), where), json.at("shape").get<std::vector<int64_t>>(),
              offsets[0], offsets[1]};
  require(entry.shape.size() <= 16, "{}: {} dimensions (allowed: 16)", where, entry.shape.size());
  require(byte_count(entry.shape, entry.dtype, where) == entry.end - entry.begin, "{}: its shape does not match its {} bytes",
          where, entry.end - entry.begin);
  return entry;
}

void require_gapless(std::vector<Entry> entries, uint64_t data_size, const std::string& where) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
  uint64_t at = 0;
  for (const Entry& entry : entries) {
    require(entry.begin == at, "{}: gap or overlap before tensor '{}'", where, entry.name);
    at = entry.end;
  }
  require(at == data_size, "{}: {} bytes belong to no tensor", where, data_size - at);
}

}  // namespace

std::string encode_safetensors(const TensorFile& file) {
  nlohmann::json header = nlohmann::json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::string data;
  for (const auto& [name, tensor] : file.tensors) {
    const auto plain = tensor.detach().cpu().contiguous();
    const uint64_t begin = data.size();
    data.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
    header[name] = {
        {"dtype", dtype_name(plain.scalar_type())}, {"shape", plain.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t length = text.size();
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> (8 * i));
  return bytes + text + data;
}

TensorFile decode_safetensors(const std::string& bytes, const std::string& where) {
  require(bytes.size() >= 8, "{}: not a safetensors file (too short)", where);
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<uint8_t>(bytes[i]);
  require(length >= 2 && length <= kMostHeader && length <= bytes.size() - 8, "{}: not a safetensors file (header length {})",
          where, length);
  const uint64_t data_size = bytes.size() - 8 - length;
  TensorFile file;
  std::vector<Entry> entries;
  try {
    const auto header = parse_json(std::string_view(bytes).substr(8, length));
    require(header.is_object(), "{}: not a safetensors file (the header is no map)", where);
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        file.metadata = value.get<std::map<std::string, std::string>>();
      } else {
        entries.push_back(read_entry(name, value, data_size, where));
      }
    }
  } catch (const nlohmann::json::exception& error) {
    fail("{}: not a safetensors file ({})", where, error.what());
  }
  require_gapless(entries, data_size, where);
  for (const Entry& entry : entries) {
    auto tensor = torch::empty(entry.shape, entry.dtype);
    if (entry.end > entry.begin)
      std::memcpy(tensor.data_ptr(), bytes.data() + 8 + length + entry.begin, entry.end - entry.begin);
    file.tensors[entry.name] = tensor;
  }
  return file;
}

}  // namespace facemat
