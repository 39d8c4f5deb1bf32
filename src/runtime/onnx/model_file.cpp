#include "src/runtime/onnx/model_file.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "src/core/contract.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/seal.h"
#include "src/runtime/onnx/divisions.h"
#include "src/runtime/onnx/protobuf.h"

namespace facemat {
namespace {

using namespace protobuf;

constexpr int kDeepest = 64;
constexpr int64_t kMostElements = int64_t{1} << 33;  // of a tensor: more than kLargestModel of the smallest type
constexpr size_t kMostDimensions = 64;

// How TensorProto stores each type: bits a value in raw_data, and the field of typed values with how many of those a value
// takes, times 2 (two values of 4 bits share one).
struct Element {
  int bits;
  int field;  // 4 float_data, 5 int32_data, 6 string_data, 7 int64_data, 10 double_data, 11 uint64_data
  int halves;
};
constexpr int kStringType = 8;

const Element* element_of(int64_t type) {
  static constexpr std::array<Element, 24> kElements = {
      {{0, 0, 0},  {32, 4, 2}, {8, 5, 2},  {8, 5, 2},   {16, 5, 2},  {16, 5, 2},  {32, 5, 2}, {64, 7, 2},
       {0, 6, 2},  {8, 5, 2},  {16, 5, 2}, {64, 10, 2}, {32, 11, 2}, {64, 11, 2}, {64, 4, 4}, {128, 10, 4},
       {16, 5, 2}, {8, 5, 2},  {8, 5, 2},  {8, 5, 2},   {8, 5, 2},   {4, 5, 1},   {4, 5, 1},  {4, 5, 1}}};
  return type >= 1 && type < static_cast<int64_t>(kElements.size()) ? &kElements[type] : nullptr;
}

// What a node's attributes may be where ONNX Runtime divides by them or sets memory aside for them.
struct Limits {
  std::string_view name;
  int64_t least, most;
};
constexpr int64_t kMostParts = int64_t{1} << 31;
constexpr Limits kLimits[] = {
    {"pads", -kLargestWindow, kLargestWindow},
    {"output_padding", 0, kLargestWindow},
    {"strides", 1, kLargestWindow},
    {"dilations", 1, kLargestWindow},
    {"kernel_shape", 1, kLargestWindow},
    {"group", 1, kMostParts},
    {"groups", 1, kMostParts},
    {"num_groups", 1, kMostParts},
    {"num_heads", 1, kMostParts},
    {"kv_num_heads", 1, kMostParts},
    {"num_outputs", 1, kMostParts},
    {"blocksize", 1, kMostParts},
    {"block_size", 1, kMostParts},
};

// The least for a node of this operator. QuantizeLinear and DequantizeLinear are without blocks where their block_size is 0,
// its default (ONNX, opset 21).
int64_t least_of(const Limits& limits, std::string_view op) {
  const bool quantises = op == "QuantizeLinear" || op == "DequantizeLinear";
  return quantises && limits.name == "block_size" ? 0 : limits.least;
}

class Scanner {
 public:
  explicit Scanner(const std::string& where) : where_(where) {}

  // What the metadata say under kContractKey; empty if nothing.
  std::string contract;

  void model(std::string_view bytes) {
    constexpr int kGraph = 7, kMetadata = 14, kTraining = 20, kFunction = 25;
    Reader reader(bytes, where_);
    bool graph_seen = false;
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kGraph) once(graph_seen, "graph"), graph(field.bytes, 1);
      if (field.number == kMetadata) metadata(field.bytes);
      if (field.number == kTraining) training(field.bytes);
      if (field.number == kFunction) function(field.bytes);
    }
    require(graph_seen, "{}: not a readable ONNX model: it holds no graph", where_);
  }

 private:
  void once(bool& seen, const char* what) const {
    require(!seen, "{}: not a readable ONNX model: its {} is there twice", where_, what);
    seen = true;
  }

  void deeper(int depth) const {
    require(depth <= kDeepest, "{}: not a readable ONNX model: graphs more than {} levels deep", where_, kDeepest);
  }

  void graph(std::string_view bytes, int depth) {
    constexpr int kNode = 1, kInitializer = 5, kSparse = 15;
    deeper(depth);
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kNode) node(field.bytes, depth);
      if (field.number == kInitializer) tensor(field.bytes);
      if (field.number == kSparse) sparse(field.bytes);
    }
  }

  std::string_view operator_of(std::string_view node) const {
    constexpr int kOperator = 4;
    Reader reader(node, where_);
    std::string_view op;
    for (Field field; reader.next(field);)
      if (field.kind == kBytes && field.number == kOperator) op = field.bytes;
    return op;
  }

  void node(std::string_view bytes, int depth) {
    constexpr int kAttribute = 5;
    const std::string_view op = operator_of(bytes);
    Reader reader(bytes, where_);
    std::set<std::string_view> names;
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes || field.number != kAttribute) continue;
      const std::string_view name = attribute(field.bytes, op, depth + 1);
      require(names.insert(name).second, "{}: not a readable ONNX model: a node's attribute '{}' is there twice", where_,
              shown(name));
    }
  }

  // Its name. `op`: the operator of its node; empty for a function's default.
  std::string_view attribute(std::string_view bytes, std::string_view op, int depth) {
    constexpr int kName = 1, kInt = 3, kTensor = 5, kGraph = 6, kInts = 8, kTensors = 10, kGraphs = 11, kSparse = 22,
                  kSparses = 23;
    Reader reader(bytes, where_);
    std::string_view name;
    std::vector<int64_t> ints;
    bool tensor_seen = false, graph_seen = false, sparse_seen = false;
    for (Field field; reader.next(field);) {
      if (field.number == kInts || field.number == kInt) append_varints(field, where_, ints, kMostDimensions);
      if (field.kind != kBytes) continue;
      if (field.number == kName) name = field.bytes;
      if (field.number == kTensor) once(tensor_seen, "attribute's tensor");
      if (field.number == kGraph) once(graph_seen, "attribute's graph");
      if (field.number == kSparse) once(sparse_seen, "attribute's sparse tensor");
      if (field.number == kTensor || field.number == kTensors) tensor(field.bytes);
      if (field.number == kGraph || field.number == kGraphs) graph(field.bytes, depth);
      if (field.number == kSparse || field.number == kSparses) sparse(field.bytes);
    }
    check_limits(op, name, ints);
    return name;
  }

  void check_limits(std::string_view op, std::string_view name, const std::vector<int64_t>& ints) const {
    const auto at = std::find_if(std::begin(kLimits), std::end(kLimits), [&](const Limits& l) { return l.name == name; });
    if (at == std::end(kLimits)) return;
    require(ints.size() <= kMostDimensions, "{}: a node's {} has more than {} numbers", where_, name, kMostDimensions);
    const int64_t least = least_of(*at, op);
    for (const int64_t value : ints)
      require(value >= least && value <= at->most, "{}: a node's {} is {} (allowed: {} to {})", where_, name, value, least,
              at->most);
  }

  void training(std::string_view bytes) {
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);)
      if (field.kind == kBytes && (field.number == 1 || field.number == 2)) graph(field.bytes, 1);
  }

  void function(std::string_view bytes) {
    constexpr int kNode = 7, kAttribute = 11;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kNode) node(field.bytes, 1);
      if (field.number == kAttribute) attribute(field.bytes, "", 1);
    }
  }

  void sparse(std::string_view bytes) {
    constexpr int kValues = 1, kIndices = 2, kDims = 3;
    Reader reader(bytes, where_);
    std::vector<int64_t> dims;
    bool values_seen = false, indices_seen = false;
    for (Field field; reader.next(field);) {
      if (field.number == kDims) append_varints(field, where_, dims, kMostDimensions);
      if (field.kind != kBytes) continue;
      if (field.number == kValues) once(values_seen, "sparse tensor's values"), tensor(field.bytes);
      if (field.number == kIndices) once(indices_seen, "sparse tensor's indices"), tensor(field.bytes);
    }
    // Read into memory they are dense, and the file holds few of their values.
    require(elements(dims, "a sparse tensor") <= static_cast<int64_t>(kLargestModel / sizeof(float)),
            "{}: a sparse tensor of {} values (allowed: up to {})", where_, elements(dims, "a sparse tensor"),
            kLargestModel / sizeof(float));
  }

  int64_t elements(const std::vector<int64_t>& dims, const std::string& what) const {
    require(dims.size() <= kMostDimensions, "{}: {} has more than {} dimensions", where_, what, kMostDimensions);
    int64_t count = 1;
    for (const int64_t side : dims) {
      require(side >= 0 && (side == 0 || count <= kMostElements / side), "{}: {} has an impossible shape", where_, what);
      count *= side;
    }
    return count;
  }

  // What TensorProto holds, as far as it is looked at.
  struct Tensor {
    std::vector<int64_t> dims;
    int64_t type = 0;
    std::string_view name, path;
    bool external = false, typed = false;
    bool raw_seen = false;
    std::string_view raw;
    std::array<uint64_t, 12> values{};  // in each field of typed values
  };

  // Protobuf's readers pass over fields of another kind than the format says.
  void expect(const Field& field, Kind kind) const {
    require(field.kind == kind, "{}: not a readable ONNX model: a tensor's field {} is of kind {}", where_, field.number,
            static_cast<int>(field.kind));
  }

  void note(const Field& field, Tensor& tensor) const {
    constexpr int kDims = 1, kType = 2, kFloats = 4, kInt32s = 5, kStrings = 6, kInt64s = 7, kName = 8, kRaw = 9, kDoubles = 10,
                  kUint64s = 11, kExternal = 13, kLocation = 14;
    switch (field.number) {
      case kDims:
        append_varints(field, where_, tensor.dims, kMostDimensions);
        break;
      case kType:
        expect(field, kVarint), once(tensor.typed, "tensor's type");
        tensor.type = static_cast<int64_t>(field.value);
        break;
      case kFloats:
        tensor.values[kFloats] += count_fixed(field, sizeof(float));
        break;
      case kDoubles:
        tensor.values[kDoubles] += count_fixed(field, sizeof(double));
        break;
      case kInt32s:
      case kInt64s:
      case kUint64s:
        tensor.values[field.number] += count_varints(field, where_);
        break;
      case kStrings:
        ++tensor.values[kStrings];
        break;
      case kName:
        expect(field, kBytes);
        tensor.name = field.bytes;
        break;
      case kRaw:
        expect(field, kBytes), once(tensor.raw_seen, "tensor's data");
        tensor.raw = field.bytes;
        break;
      case kExternal:
        tensor.external = true;
        note_path(field.bytes, tensor);
        break;
      case kLocation:
        tensor.external = tensor.external || field.value != 0;
        break;
      default:
        break;
    }
  }

  // An entry of external_data: key and value.
  void note_path(std::string_view bytes, Tensor& tensor) const {
    std::string_view key, value;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.number == 1) key = field.bytes;
      if (field.number == 2) value = field.bytes;
    }
    if (key == "location") tensor.path = value;
  }

  void tensor(std::string_view bytes) {
    Tensor tensor;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) note(field, tensor);
    const std::string what = fmt::format("tensor '{}'", shown(tensor.name));
    require(!tensor.external, "{}: {} lies in another file, '{}' (a model must be one file: save it without external data)",
            where_, what, shown(tensor.path));
    const Element* element = element_of(tensor.type);
    require(element != nullptr, "{}: {} is of the unknown type {}", where_, what, tensor.type);
    check_amount(tensor, *element, what);
  }

  void check_amount(const Tensor& tensor, const Element& element, const std::string& what) const {
    const int64_t count = elements(tensor.dims, what);
    if (tensor.raw_seen) {
      const auto raw_bytes = static_cast<int64_t>(tensor.raw.size());
      require(tensor.type != kStringType, "{}: {} holds text as raw bytes", where_, what);
      const int64_t wanted = (count * element.bits + 7) / 8;
      require(raw_bytes == wanted, "{}: {} has {} bytes of data, its shape takes {}", where_, what, raw_bytes, wanted);
      return;
    }
    const auto wanted = static_cast<uint64_t>((count * element.halves + 1) / 2);
    require(tensor.values[element.field] == wanted, "{}: {} has {} values, its shape takes {}", where_, what,
            tensor.values[element.field], wanted);
  }

  void metadata(std::string_view bytes) {
    std::string_view key, value;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.number == 1) key = field.bytes;
      if (field.number == 2) value = field.bytes;
    }
    if (key != kContractKey) return;
    require(contract.empty(), "{}: its contract (metadata '{}') is there twice", where_, kContractKey);
    contract = value;
  }

  const std::string& where_;
};

// True if the contract says that the file is sealed. Text that cannot be read says nothing: who needs a contract will say so.
bool promises_seal(const std::string& contract) {
  try {
    const JsonTree json(parse_json(contract));
    return json->is_object() && json->value("sealed", false);
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

constexpr const char* kDamaged =
    "damaged, or changed after its export: its seal does not hold (copy it again from where it came, or export it again)";

}  // namespace

void check_model(std::string_view model, const std::string& where, Seal seal) {
  const bool ends_in_seal = without_seal(model).size() != model.size(), holds = seal_holds(model);
  require(!ends_in_seal || holds, "{}: {}", where, kDamaged);
  Scanner scanner(where);
  scanner.model(model);
  check_divisions(model, where);
  require(holds || seal == Seal::kIfThere || !promises_seal(scanner.contract), "{}: {}", where, kDamaged);
}

std::string read_model(const fs::path& path) {
  std::string bytes = read_file(path, kLargestModel);
  check_model(bytes, path.string());
  return bytes;
}

}  // namespace facemat
