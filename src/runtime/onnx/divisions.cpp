#include "src/runtime/onnx/divisions.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "src/core/error.h"
#include "src/runtime/onnx/protobuf.h"

namespace facemat {
namespace {

using namespace protobuf;

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min(), kHighest = std::numeric_limits<int64_t>::max();
constexpr int64_t kLongestSide = std::numeric_limits<int32_t>::max();
constexpr int64_t kMostElements = int64_t{1} << 40;
constexpr size_t kMostListed = 4096;  // numbers of an attribute
constexpr int kDeepest = 128;         // of functions and graphs

// Functions within functions could make endless work of a small file: nodes looked at, and their bytes, beyond what the file
// itself has.
constexpr uint64_t kMostRepeated = uint64_t{1} << 17, kMostRepeatedBytes = uint64_t{8} << 20;

// Data types of TensorProto.
constexpr int64_t kUnknown = 0, kFloat = 1, kUint8 = 2, kInt8 = 3, kUint16 = 4, kInt16 = 5, kInt32 = 6, kInt64 = 7, kText = 8,
                  kBool = 9, kUint32 = 12, kUint64 = 13;
bool is_fraction(int64_t type) { return type == kFloat || type == 10 || type == 11 || (type >= 14 && type <= 20); }
bool is_whole(int64_t type) { return (type >= kUint8 && type <= kInt64) || type == kUint32 || type == kUint64; }
bool has_sign(int64_t type) { return type == kInt8 || type == kInt16 || type == kInt32 || type == kInt64; }
// -1 is a trap for the lowest number of 32 and 64 bits alone; shorter ones are reckoned with in 32.
bool traps(int64_t type) { return type == kInt32 || type == kInt64; }
size_t bytes_of(int64_t type) {
  return type == kUint8 || type == kInt8     ? 1
         : type == kUint16 || type == kInt16 ? 2
         : type == kInt32 || type == kUint32 ? 4
                                             : 8;
}

// Of 64 bits without a sign nothing is told apart from 64 bits with one.
int64_t lowest_of(int64_t type) {
  if (!is_whole(type) || bytes_of(type) == 8) return kLowest;
  return has_sign(type) ? -(int64_t{1} << (8 * bytes_of(type) - 1)) : 0;
}
int64_t highest_of(int64_t type) {
  if (!is_whole(type) || bytes_of(type) == 8) return kHighest;
  return (int64_t{1} << (8 * bytes_of(type) - (has_sign(type) ? 1 : 0))) - 1;
}

// What is known of a tensor.
struct Fact {
  int64_t type = kUnknown;
  int64_t low = kLowest, high = kHighest;  // of its values, where these are whole numbers
  bool spares = false;  // neither 0 nor, where that traps, -1 is among them, though the interval may hold these
  bool full = false;    // it holds something: none of its sides is 0

  bool divides() const { return spares || low > 0 || high < -1; }
};

Fact anything(int64_t type, bool full = false) { return {type, lowest_of(type), highest_of(type), false, full}; }

// Either may be meant.
Fact either(const Fact& a, const Fact& b) {
  return {a.type == b.type ? a.type : kUnknown, std::min(a.low, b.low), std::max(a.high, b.high), a.divides() && b.divides(),
          a.full && b.full};
}

// Sums and products that do not fit into their type begin anew from below: nothing is known of them then.
template <typename Operation>
Fact reckoned(const Fact& a, const Fact& b, Operation operation) {
  __int128 low = operation(__int128(a.low), __int128(b.low)), high = low;
  for (const __int128 x : {__int128(a.low), __int128(a.high)})
    for (const __int128 y : {__int128(b.low), __int128(b.high)}) {
      low = std::min(low, operation(x, y));
      high = std::max(high, operation(x, y));
    }
  if (low < lowest_of(a.type) || high > highest_of(a.type)) return anything(a.type);
  return {a.type, static_cast<int64_t>(low), static_cast<int64_t>(high)};
}

// --- the parts of a graph, as far as they matter here

struct Attribute {
  std::string_view name;
  int64_t type = 0;  // AttributeProto's: which of the values below counts
  int64_t number = 0;
  std::vector<int64_t> list;
  std::string_view tensor;
  std::vector<std::string_view> graphs;
  bool reference = false;  // its value is an argument of the function around it
};

struct Node {
  std::vector<std::string_view> inputs, outputs;
  std::string_view name, op, domain, overload;
  std::vector<Attribute> attributes;

  const Attribute* attribute(std::string_view wanted) const {
    const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == wanted; });
    return found == attributes.end() ? nullptr : &*found;
  }
};

// Names and what is known of them; those of the graphs around this one hold, too.
struct Scope {
  const Scope* around = nullptr;
  std::map<std::string_view, Fact> facts = {};
  std::map<std::string_view, int64_t> types = {};  // as this graph states them

  int64_t stated_type(std::string_view name) const {
    const auto found = types.find(name);
    return found == types.end() ? kUnknown : found->second;
  }
  const Fact* find(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->around)
      if (const auto found = scope->facts.find(name); found != scope->facts.end()) return &found->second;
    return nullptr;
  }
  Fact of(std::string_view name) const {
    const Fact* found = find(name);
    return found != nullptr ? *found : Fact{};
  }
  // A name that is there twice may mean either.
  void set(std::string_view name, const Fact& fact) {
    if (name.empty()) return;  // left out
    const auto [at, fresh] = facts.emplace(name, fact);
    if (!fresh) at->second = either(at->second, fact);
  }
};

using Names = std::set<std::string_view>;

// The words of `text`.
Names words(std::string_view text) {
  Names out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    out.insert(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Their first result is of their first input's type.
const Names& keep_kind() {
  static const Names known = words(
      "Abs Acos Acosh Add Asin Asinh Atan Atanh AveragePool BatchNormalization Ceil Celu Clip Compress "
      "Concat Conv ConvTranspose Cos Cosh CumSum DepthToSpace Div Dropout Einsum Elu Erf Exp Expand "
      "Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool "
      "GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN LSTM "
      "LayerNormalization LeakyRelu Log LogSoftmax LpNormalization LpPool MatMul Max MaxPool Mean "
      "MeanVarianceNormalization Min Mish Mod Mul Neg PRelu Pad Pow RNN Range Reciprocal ReduceL1 ReduceL2 "
      "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare "
      "Relu Reshape Resize ReverseSequence RoiAlign Round ScatterElements ScatterND Selu Shrink Sigmoid "
      "Sign Sin Sinh Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh "
      "ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample");
  return known;
}

// Where all inputs hold something so does the result, and no side of it is longer than all of theirs.
const Names& keep_sides() {
  static const Names known = words(
      "Abs Add BatchNormalization Cast Ceil Celu Clip Div Elu Erf Exp Floor Gelu GlobalAveragePool "
      "GlobalMaxPool HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Log "
      "LogSoftmax Max Mean Min Mod Mul Neg PRelu Pow Reciprocal Relu Round Selu Sigmoid Sqrt Softmax "
      "Softplus Sub Sum Squeeze Tanh Transpose Unsqueeze Where");
  return known;
}

// They put values elsewhere, or leave some out.
const Names& keep_values() {
  static const Names known = words(
      "Compress Expand Flatten Gather GatherElements GatherND Identity Reshape Slice Split Squeeze Tile "
      "Transpose Unsqueeze");
  return known;
}

class Divisions {
 public:
  explicit Divisions(const std::string& where) : where_(where) {}

  void model(std::string_view bytes) {
    constexpr int kGraph = 7, kFunction = 25;
    constexpr uint64_t kLeastNode = 16, kNested = 4;  // bytes; graphs within graphs that are nothing odd
    most_steps_ = kMostRepeated + bytes.size() / kLeastNode;
    bytes_left_ = kMostRepeatedBytes + bytes.size() * kNested;
    std::string_view main;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kGraph) main = field.bytes;
      if (field.number == kFunction) function(field.bytes);
    }
    graph(main, nullptr, 0, true);
  }

 private:
  // --- reading

  Attribute attribute(std::string_view bytes) const {
    constexpr int kName = 1, kInt = 3, kTensor = 5, kGraph = 6, kInts = 8, kGraphs = 11, kType = 20, kReference = 21;
    Attribute out;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.number == kInts) append_varints(field, where_, out.list, kMostListed);
      if (field.kind == kVarint && field.number == kType) out.type = static_cast<int64_t>(field.value);
      if (field.kind == kVarint && field.number == kInt) out.number = static_cast<int64_t>(field.value);
      if (field.kind != kBytes) continue;
      if (field.number == kName) out.name = field.bytes;
      if (field.number == kTensor) out.tensor = field.bytes;
      if (field.number == kGraph || field.number == kGraphs) out.graphs.push_back(field.bytes);
      if (field.number == kReference) out.reference = true;
    }
    return out;
  }

  Node node(std::string_view bytes) const {
    constexpr int kInput = 1, kOutput = 2, kName = 3, kOperator = 4, kAttribute = 5, kDomain = 7, kOverload = 8;
    Node out;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kInput) out.inputs.push_back(field.bytes);
      if (field.number == kOutput) out.outputs.push_back(field.bytes);
      if (field.number == kName) out.name = field.bytes;
      if (field.number == kOperator) out.op = field.bytes;
      if (field.number == kAttribute) out.attributes.push_back(attribute(field.bytes));
      if (field.number == kDomain) out.domain = field.bytes;
      if (field.number == kOverload) out.overload = field.bytes;
    }
    if (out.domain == "ai.onnx") out.domain = {};
    return out;
  }

  struct Function {
    std::vector<std::string_view> inputs, outputs, nodes;
  };
  using FunctionName = std::tuple<std::string_view, std::string_view, std::string_view>;  // domain, name, overload

  void function(std::string_view bytes) {
    constexpr int kName = 1, kInput = 4, kOutput = 5, kNode = 7, kDomain = 10, kDefault = 11, kOverload = 13;
    bool takes_graph = false;
    Function out;
    std::string_view name, domain, overload;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kName) name = field.bytes;
      if (field.number == kDomain) domain = field.bytes;
      if (field.number == kOverload) overload = field.bytes;
      if (field.number == kInput) out.inputs.push_back(field.bytes);
      if (field.number == kOutput) out.outputs.push_back(field.bytes);
      if (field.number == kNode) out.nodes.push_back(field.bytes);
      if (field.number == kDefault) takes_graph = takes_graph || !attribute(field.bytes).graphs.empty();
    }
    require(!takes_graph, "{}: not a readable ONNX model: its function '{}' is given a graph", where_, shown(name));
    const bool first = functions_.emplace(FunctionName(domain == "ai.onnx" ? "" : domain, name, overload), out).second;
    require(first, "{}: not a readable ONNX model: its function '{}' is there twice", where_, shown(name));
  }

  // --- constants

  // What is left of a number in a tensor of this type.
  static int64_t narrowed(uint64_t value, int64_t type) {
    const size_t unused = 64 - 8 * bytes_of(type);
    return has_sign(type) ? static_cast<int64_t>(value << unused) >> unused : static_cast<int64_t>(value << unused >> unused);
  }

  // By a tensor's raw bytes, the lowest of each number first.
  static std::vector<int64_t> numbers_in(std::string_view raw, int64_t type) {
    std::vector<int64_t> out;
    const size_t width = bytes_of(type);
    for (size_t at = 0; at + width <= raw.size(); at += width) {
      uint64_t value = 0;
      for (size_t i = width; i-- > 0;) value = value << 8 | static_cast<uint8_t>(raw[at + i]);
      out.push_back(narrowed(value, type));
    }
    return out;
  }

  static Fact of_values(const std::vector<int64_t>& values, int64_t type) {
    Fact out = anything(type, !values.empty());
    out.spares = std::none_of(values.begin(), values.end(), [&](int64_t v) { return v == 0 || (v == -1 && traps(type)); });
    if (values.empty() || type == kUint64) return out;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    out.low = *low, out.high = *high;
    return out;
  }

  std::pair<std::string_view, Fact> tensor(std::string_view bytes) const {
    constexpr int kDims = 1, kType = 2, kInt32s = 5, kInt64s = 7, kName = 8, kRaw = 9, kUint64s = 11;
    constexpr size_t kMost = 1 << 20;
    std::string_view name, raw;
    int64_t type = 0;
    std::vector<int64_t> values, dims;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.number == kDims) append_varints(field, where_, dims, kMost);
      if (field.kind == kVarint && field.number == kType) type = static_cast<int64_t>(field.value);
      if (field.number == kInt32s || field.number == kInt64s || field.number == kUint64s)
        append_varints(field, where_, values, kMost);
      if (field.kind == kBytes && field.number == kName) name = field.bytes;
      if (field.kind == kBytes && field.number == kRaw) raw = field.bytes;
    }
    const bool full = std::find(dims.begin(), dims.end(), 0) == dims.end();
    if (!is_whole(type)) return {name, anything(type, full)};
    if (!raw.empty()) values = numbers_in(raw.substr(0, kMost * bytes_of(type)), type);
    if (values.size() >= kMost) return {name, anything(type, full)};
    for (int64_t& value : values) value = narrowed(static_cast<uint64_t>(value), type);  // typed values may have more bits
    return {name, of_values(values, type)};
  }

  // --- following

  // Looks at a node of so many bytes.
  void step(size_t bytes) {
    require(++steps_ <= most_steps_ && bytes <= bytes_left_,
            "{}: not a readable ONNX model: its functions are more than {} steps of work", where_, most_steps_);
    bytes_left_ -= bytes;
  }

  // ValueInfoProto: what is declared. `given`: it is one of the main graph's inputs, and so holds something.
  void declared(std::string_view bytes, Scope& scope, bool given) const {
    std::string_view name;
    int64_t type = 0;
    bool full = given;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == 1) name = field.bytes;
      if (field.number != 2) continue;
      Reader types(field.bytes, where_);
      for (Field inner; types.next(inner);) {
        if (inner.kind != kBytes || inner.number != 1) continue;  // no tensor
        Reader parts(inner.bytes, where_);
        for (Field part; parts.next(part);) {
          if (part.number == 1) type = static_cast<int64_t>(part.value);
          if (part.number == 2 && part.kind == kBytes) full = full && !holds_empty_side(part.bytes);
        }
      }
    }
    scope.set(name, anything(type, full));
  }

  // TensorShapeProto: whether a side is stated as 0.
  bool holds_empty_side(std::string_view bytes) const {
    Reader sides(bytes, where_);
    for (Field side; sides.next(side);) {
      if (side.kind != kBytes) continue;
      Reader parts(side.bytes, where_);
      for (Field part; parts.next(part);)
        if (part.number == 1 && part.value == 0) return true;
    }
    return false;
  }

  // What is known of the graph's outputs, in their order.
  std::vector<Fact> graph(std::string_view bytes, const Scope* around, int depth, bool main) {
    constexpr int kNode = 1, kInitializer = 5, kInput = 11, kOutput = 12, kValue = 13;
    Scope scope{around};
    Names constants;
    std::vector<std::string_view> nodes, outputs, inputs;
    Reader reader(bytes, where_);
    for (Field field; reader.next(field);) {
      if (field.kind != kBytes) continue;
      if (field.number == kNode) nodes.push_back(field.bytes);
      if (field.number == kInput) inputs.push_back(field.bytes);
      if (field.number == kOutput) outputs.push_back(name_of(field.bytes));
      if (field.number == kValue || field.number == kOutput) note_type(field.bytes, scope);
      if (field.number != kInitializer) continue;
      const auto [name, fact] = tensor(field.bytes);
      scope.set(name, fact);
      constants.insert(name);
    }
    for (const std::string_view input : inputs)
      if (constants.count(name_of(input)) == 0)
        declared(input, scope, main);  // a constant that is an input as well keeps its value (no host here gives another)
    if (around != nullptr) hide_outer(nodes, scope);
    follow(nodes, scope, depth);
    std::vector<Fact> out;
    for (const std::string_view name : outputs) out.push_back(scope.of(name));
    return out;
  }

  // Of a name that stands for something already and for a node's result as well nothing is known: ONNX Runtime may take either,
  // as it sorts nodes anew.
  void hide_outer(const std::vector<std::string_view>& nodes, Scope& scope) const {
    constexpr int kOutput = 2;
    for (const std::string_view bytes : nodes) {
      Reader reader(bytes, where_);
      for (Field field; reader.next(field);)
        if (field.number == kOutput && scope.find(field.bytes) != nullptr) scope.set(field.bytes, Fact{});
    }
  }

  // What a graph states of a result on its way: its type is taken where the node tells none. ONNX Runtime refuses a graph that
  // states another type than it finds.
  void note_type(std::string_view value_info, Scope& scope) const {
    Scope stated;
    declared(value_info, stated, false);
    for (const auto& [name, fact] : stated.facts) scope.types.emplace(name, fact.type);
  }

  std::string_view name_of(std::string_view value_info) const {
    Reader reader(value_info, where_);
    std::string_view name;
    for (Field field; reader.next(field);)
      if (field.kind == kBytes && field.number == 1) name = field.bytes;
    return name;
  }

  void follow(const std::vector<std::string_view>& nodes, Scope& scope, int depth) {
    for (const std::string_view bytes : nodes) {
      step(bytes.size());
      const Node n = node(bytes);
      std::vector<Fact> inputs;
      for (const std::string_view name : n.inputs) inputs.push_back(scope.of(name));
      if (n.domain.empty() && (n.op == "Div" || n.op == "Mod") && inputs.size() == 2) divide(n, inputs);
      std::vector<Fact> results = results_of(n, inputs, scope, depth);
      results.resize(n.outputs.size());
      for (size_t i = 0; i < n.outputs.size(); ++i) {
        if (results[i].type == kUnknown) results[i] = anything(scope.stated_type(n.outputs[i]), results[i].full);
        scope.set(n.outputs[i], results[i]);
      }
    }
  }

  void divide(const Node& n, const std::vector<Fact>& inputs) const {
    const auto harmless = [](const Fact& f) { return is_fraction(f.type) || f.type == kText || f.type == kBool; };
    const Fact& by = inputs[1];
    if (harmless(inputs[0]) || harmless(by) || by.divides()) return;
    const bool one = by.low == by.high;
    fail("{}: node '{}' ({}) divides {} by '{}', which {} (allowed: fractions; constants but 0 and -1; sizes)", where_,
         shown(n.name.empty() && !n.outputs.empty() ? n.outputs[0] : n.name), n.op,
         is_whole(inputs[0].type) || is_whole(by.type) ? "whole numbers" : "what may be whole numbers", shown(n.inputs[1]),
         one           ? fmt::format("holds {}", by.low)
         : by.low > -1 ? "may be 0"
                       : "may be 0 or -1");
  }

  std::vector<Fact> results_of(const Node& n, const std::vector<Fact>& inputs, Scope& scope, int depth) {
    require(depth <= kDeepest, "{}: not a readable ONNX model: functions more than {} levels deep", where_, kDeepest);
    const auto called = functions_.find({n.domain, n.op, n.overload});
    if (called != functions_.end()) {
      // It would be put among the names of the function's body, or run by an operator of ONNX Runtime's own of that name.
      const bool given =
          std::any_of(n.attributes.begin(), n.attributes.end(), [](const Attribute& a) { return !a.graphs.empty(); });
      require(!given, "{}: not a readable ONNX model: its function '{}' is given a graph", where_, shown(n.op));
      std::vector<Fact> results = call(called->second, inputs, depth + 1);
      // ONNX Runtime may have an operator of its own under that name, and take that.
      return is_its_own(n.domain) ? std::vector<Fact>() : results;
    }
    std::vector<Fact> within;  // of the graphs in its attributes
    bool branches = false;
    for (const Attribute& a : n.attributes)
      for (const std::string_view bytes : a.graphs) {
        const std::vector<Fact> found = graph(bytes, &scope, depth + 1, false);
        if (branches)
          for (size_t i = 0; i < within.size(); ++i) within[i] = either(within[i], i < found.size() ? found[i] : Fact{});
        else
          within = found;
        branches = true;
      }
    if (n.op == "If" && n.domain.empty()) return within;
    if ((n.op == "Loop" || n.op == "Scan") && n.domain.empty()) return repeated(within, n.op == "Loop" ? 1 : 0);
    if (!n.domain.empty() || inputs.empty()) return {constant(n)};
    Fact first = result(n, inputs);
    first.full =
        keep_sides().count(n.op) > 0 && std::all_of(inputs.begin(), inputs.end(), [](const Fact& f) { return f.full; });
    if (n.op == "Split") return std::vector<Fact>(n.outputs.size(), first);
    if (n.op == "TopK" || n.op == "MaxPool") return {first, anything(kInt64)};
    return {first};
  }

  // What a loop gives, by what its body does behind its condition: values that go round are anything of their type.
  static std::vector<Fact> repeated(const std::vector<Fact>& body, size_t conditions) {
    std::vector<Fact> out;
    for (size_t i = conditions; i < body.size(); ++i) out.push_back(anything(body[i].type));
    return out;
  }

  static bool is_its_own(std::string_view domain) {
    const auto begins = [&](std::string_view start) { return domain.substr(0, start.size()) == start; };
    return domain.empty() || begins("ai.onnx") || begins("com.microsoft") || begins("com.ms") || begins("org.pytorch");
  }

  std::vector<Fact> call(const Function& function, const std::vector<Fact>& inputs, int depth) {
    Scope scope;
    for (size_t i = 0; i < function.inputs.size(); ++i) scope.set(function.inputs[i], i < inputs.size() ? inputs[i] : Fact{});
    hide_outer(function.nodes, scope);
    follow(function.nodes, scope, depth);
    std::vector<Fact> out;
    for (const std::string_view name : function.outputs) out.push_back(scope.of(name));
    return out;
  }

  // A node without inputs. ONNX Runtime goes by the type of its one attribute, whatever that is called.
  Fact constant(const Node& n) const {
    constexpr int64_t kUnstated = 0, kIsFloat = 1, kIsInt = 2, kIsTensor = 4, kAreFloats = 6, kAreInts = 7;
    if (!n.domain.empty() || n.op != "Constant" || n.attributes.size() != 1) return {};
    const Attribute& a = n.attributes[0];
    if (a.reference) return {};
    if (a.type == kIsTensor || (a.type == kUnstated && !a.tensor.empty())) return tensor(a.tensor).second;
    if (a.type == kIsInt) return of_values({a.number}, kInt64);
    if (a.type == kAreInts && a.list.size() <= kMostListed) return of_values(a.list, kInt64);
    if (a.type == kIsFloat || a.type == kAreFloats) return anything(kFloat, true);
    return {};
  }

  Fact result(const Node& n, const std::vector<Fact>& inputs) const {
    const Fact& a = inputs[0];
    const Fact b = inputs.size() > 1 ? inputs[1] : Fact{};
    // Beside a side of 0 another may be of any length.
    if (n.op == "Shape") return {kInt64, a.full ? 1 : 0, a.full ? kLongestSide : kHighest};
    if (n.op == "Size") return {kInt64, a.full ? 1 : 0, kMostElements};
    if (n.op == "ArgMax" || n.op == "ArgMin" || n.op == "NonZero") return {kInt64, 0, kMostElements};
    if (n.op == "Cast") return cast(n, a);
    if (n.op == "CastLike") return anything(b.type);
    if (n.op == "ConstantOfShape") return filled(n);
    if (n.op == "Where") return inputs.size() == 3 ? either(b, inputs[2]) : Fact{};
    if (n.op == "DequantizeLinear") return anything(kFloat);
    if (keep_kind().count(n.op) == 0) return {};
    return is_whole(a.type) ? reckoning(n, inputs) : anything(a.type);
  }

  static Fact cast(const Node& n, const Fact& a) {
    const Attribute* to = n.attribute("to");
    if (to == nullptr || to->reference) return {};
    Fact out = anything(to->number);
    // Whole numbers keep their values where these fit.
    if (is_whole(a.type) && is_whole(to->number) && a.low >= out.low && a.high <= out.high && a.type != kUint64 &&
        to->number != kUint64)
      out.low = a.low, out.high = a.high, out.spares = a.spares && (traps(a.type) || !traps(to->number));
    return out;
  }

  Fact filled(const Node& n) const {
    const Attribute* value = n.attribute("value");
    if (value == nullptr) return anything(kFloat);
    return value->reference ? Fact{} : tensor(value->tensor).second;
  }

  // Of whole numbers.
  static Fact reckoning(const Node& n, const std::vector<Fact>& inputs) {
    const Fact& a = inputs[0];
    const Fact b = inputs.size() > 1 ? inputs[1] : anything(a.type);
    if (keep_values().count(n.op)) return a;
    if (n.op == "Concat") {
      Fact all = a;
      for (const Fact& f : inputs) all = either(all, f);
      return all;
    }
    if (n.op == "Add") return reckoned(a, b, [](__int128 x, __int128 y) { return x + y; });
    if (n.op == "Sub") return reckoned(a, b, [](__int128 x, __int128 y) { return x - y; });
    if (n.op == "Mul") return reckoned(a, b, [](__int128 x, __int128 y) { return x * y; });
    if (n.op == "Div" && b.low > 0) return reckoned(a, b, [](__int128 x, __int128 y) { return x / y; });
    if (n.op == "Max" || n.op == "Min") return extreme(inputs, n.op == "Max");
    if (n.op == "Clip" && inputs.size() > 1 && is_whole(b.type)) {
      const Fact raised = extreme({a, b}, true);
      return inputs.size() == 2 || n.inputs[2].empty() ? raised : extreme({raised, inputs[2]}, false);
    }
    return anything(a.type);
  }

  static Fact extreme(const std::vector<Fact>& of, bool highest) {
    Fact out = of[0];
    out.spares = false;
    for (const Fact& f : of) {
      out.low = highest ? std::max(out.low, f.low) : std::min(out.low, f.low);
      out.high = highest ? std::max(out.high, f.high) : std::min(out.high, f.high);
    }
    return out;
  }

  const std::string& where_;
  std::map<FunctionName, Function> functions_;
  uint64_t steps_ = 0, most_steps_ = 0, bytes_left_ = 0;
};

}  // namespace

void check_divisions(std::string_view model, const std::string& where) { Divisions(where).model(model); }

}  // namespace facemat
