#include "export/passes/shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "src/core/error.h"

namespace facemat {
namespace {

const Dimension kUnknown = std::string();

const int64_t* number(const Dimension& dimension) { return std::get_if<int64_t>(&dimension); }

// What a window of `span` values leaves of `size` with `padding` values on both sides together.
Dimension windowed(const Dimension& size, int64_t span, int64_t padding, int64_t stride, bool round_up) {
  if (const int64_t* n = number(size)) {
    const int64_t room = *n + padding - span;
    require(room >= 0, "a window of {} values does not fit into {}", span, *n + padding);
    return (room + (round_up ? stride - 1 : 0)) / stride + 1;
  }
  const std::string& name = std::get<std::string>(size);
  const bool keeps = padding + 1 == span && stride == 1;
  const bool halves = stride == 2 && ((padding + 1 == span && span % 2 == 1) || (padding == 0 && span == 2 && round_up));
  if (name.empty() || keeps) return size;
  if (!halves) return kUnknown;
  const size_t end = name.find_last_not_of("0123456789");
  const bool again = end != std::string::npos && end + 1 < name.size() && name[end] == '_' && end > 0;
  const int64_t divisor = again ? std::stoll(name.substr(end + 1)) : 1;
  return (again ? name.substr(0, end) : name) + "_" + std::to_string(2 * divisor);
}

Dimension broadcast(const Dimension& a, const Dimension& b) {
  const int64_t *m = number(a), *n = number(b);
  if (m && *m == 1) return b;
  if (n && *n == 1) return a;
  if (m && n) require(*m == *n, "sizes {} and {} do not fit", *m, *n);
  if (m || n) return m ? a : b;
  return a == b ? a : kUnknown;
}

Dimensions broadcast(const Dimensions& a, const Dimensions& b) {
  const size_t rank = std::max(a.size(), b.size());
  Dimensions out(rank);
  const auto at = [&](const Dimensions& d, size_t i) -> Dimension {
    return i + d.size() < rank ? Dimension(int64_t{1}) : d[i + d.size() - rank];
  };
  for (size_t i = 0; i < rank; ++i) out[i] = broadcast(at(a, i), at(b, i));
  return out;
}

class Inference {
 public:
  explicit Inference(const Graph& graph) : graph_(graph) {
    for (const GraphPort& port : graph.inputs) shapes_.sizes[port.name] = port.dimensions;
    for (const auto& [name, tensor] : graph.constants) {
      shapes_.sizes[name] = Dimensions(tensor.sizes().begin(), tensor.sizes().end());
      if (tensor.scalar_type() != torch::kInt64 || tensor.dim() > 1) continue;
      Dimensions& values = shapes_.values[name];
      for (int64_t i = 0; i < tensor.numel(); ++i) values.emplace_back(tensor.data_ptr<int64_t>()[i]);
    }
  }

  Shapes run() {
    for (const GraphNode& node : graph_.nodes) add(node);
    return std::move(shapes_);
  }

 private:
  const Dimensions* sizes(const std::string& name) const { return find(shapes_.sizes, name); }
  const Dimensions* values(const std::string& name) const { return find(shapes_.values, name); }
  static const Dimensions* find(const std::map<std::string, Dimensions>& map, const std::string& name) {
    const auto found = map.find(name);
    return found == map.end() ? nullptr : &found->second;
  }

  static std::string input(const GraphNode& node, size_t index) {
    return index < node.inputs.size() ? node.inputs[index] : std::string();
  }
  void give(const GraphNode& node, Dimensions sizes) { shapes_.sizes[node.outputs[0]] = std::move(sizes); }

  void add(const GraphNode& node) {
    static const std::set<std::string> unary = {
        "Relu",     "Sigmoid", "Tanh",    "Sqrt", "Exp",      "HardSwish", "HardSigmoid",        "LeakyRelu",
        "Softplus", "Softmax", "EyeLike", "Clip", "Identity", "Dropout",   "BatchNormalization", "InstanceNormalization",
        "Cast"};
    static const std::set<std::string> binary = {"Add", "Sub", "Mul", "Div", "Mod", "Min", "Max", "Greater"};
    if (unary.count(node.type)) return copy(node);
    if (binary.count(node.type)) return combine(node);
    using Member = void (Inference::*)(const GraphNode&);
    static const std::map<std::string, Member> others = {{"Conv", &Inference::convolve},
                                                         {"AveragePool", &Inference::pool},
                                                         {"GlobalAveragePool", &Inference::pool_all},
                                                         {"ReduceMean", &Inference::reduce},
                                                         {"Shape", &Inference::shape},
                                                         {"Expand", &Inference::expand},
                                                         {"Concat", &Inference::concat},
                                                         {"Slice", &Inference::slice},
                                                         {"Split", &Inference::split},
                                                         {"Resize", &Inference::resize},
                                                         {"Upsample", &Inference::resize},
                                                         {"Reshape", &Inference::reshape},
                                                         {"MatMul", &Inference::multiply},
                                                         {"ConvTranspose", &Inference::enlarge},
                                                         {"Transpose", &Inference::transpose},
                                                         {"ReduceL2", &Inference::reduce},
                                                         {"MaxPool", &Inference::pool},
                                                         {"Where", &Inference::choose},
                                                         {"Pad", &Inference::pad},
                                                         {"DepthToSpace", &Inference::depth_to_space}};
    const auto found = others.find(node.type);
    if (found != others.end()) (this->*found->second)(node);
  }

  void copy(const GraphNode& node) {
    if (const Dimensions* x = sizes(node.inputs[0])) give(node, *x);
    const Dimensions* v = values(node.inputs[0]);
    if (v && node.type != "Cast") shapes_.values[node.outputs[0]] = *v;  // values are integers
  }

  void combine(const GraphNode& node) {
    const Dimensions *a = sizes(node.inputs[0]), *b = sizes(node.inputs[1]);
    if (a && b) give(node, broadcast(*a, *b));
  }

  // What decides has the size of what it chooses between.
  void choose(const GraphNode& node) {
    const Dimensions *a = sizes(node.inputs[1]), *b = sizes(node.inputs[2]);
    if (a && b) give(node, broadcast(*a, *b));
  }

  // By what is known when the graph runs: only networks pad so, each to its own multiple, so that one name will do.
  static Dimension padded(const Dimension& size) {
    return !number(size) && is_known(size) ? Dimension(std::get<std::string>(size) + "_padded") : kUnknown;
  }

  void pad(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *pads = values(node.inputs[1]);
    if (!x) return;
    Dimensions out = *x;
    const bool known = pads && pads->size() == 2 * out.size();
    for (size_t i = 0; i < out.size(); ++i) {
      const int64_t *before = known ? number((*pads)[i]) : nullptr, *after = known ? number((*pads)[out.size() + i]) : nullptr;
      if (before && after && *before + *after == 0) continue;
      const int64_t* n = number(out[i]);
      const bool fixed = before && after;
      out[i] = !fixed ? (known ? padded(out[i]) : kUnknown) : n ? Dimension(*n + *before + *after) : kUnknown;
    }
    give(node, out);
  }

  void depth_to_space(const GraphNode& node) {
    const Dimensions* x = sizes(node.inputs[0]);
    if (!x || x->size() != 4) return;
    const int64_t block = integer_attribute(node, "blocksize", 1);
    const int64_t *channels = number((*x)[1]), *height = number((*x)[2]), *width = number((*x)[3]);
    const auto times = [block](const int64_t* n) { return n ? Dimension(*n * block) : kUnknown; };
    give(node, {(*x)[0], channels ? Dimension(*channels / (block * block)) : kUnknown, times(height), times(width)});
  }

  static int64_t axis_of(const GraphNode& node, size_t rank, int64_t fallback) {
    const int64_t axis = integer_attribute(node, "axis", fallback);
    return axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
  }

  Dimensions window(const GraphNode& node, const Dimensions& x, const Dimension& channels, std::vector<int64_t> kernel) const {
    const auto dilations = integers_attribute(node, "dilations", {1, 1}), strides = integers_attribute(node, "strides", {1, 1});
    const auto pads = integers_attribute(node, "pads", {0, 0, 0, 0});
    const bool up = integer_attribute(node, "ceil_mode", 0) != 0;
    Dimensions out = {x[0], channels};
    for (size_t i = 0; i < 2; ++i)
      out.push_back(windowed(x[2 + i], dilations[i] * (kernel[i] - 1) + 1, pads[i] + pads[2 + i], strides[i], up));
    return out;
  }

  void convolve(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *w = sizes(node.inputs[1]);
    if (!x || !w || x->size() != 4 || !is_fixed(*w)) return;
    const std::vector<int64_t> weight = fixed_sizes(*w);
    if (const int64_t* given = number((*x)[1]))
      require(*given == weight[1] * integer_attribute(node, "group", 1), "{} takes {} channels, got {}", node.outputs[0],
              weight[1] * integer_attribute(node, "group", 1), *given);
    give(node, window(node, *x, weight[0], {weight[2], weight[3]}));
  }

  void enlarge(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *w = sizes(node.inputs[1]);
    if (!x || !w || x->size() != 4 || !is_fixed(*w)) return;
    const std::vector<int64_t> weight = fixed_sizes(*w);
    const auto dilations = integers_attribute(node, "dilations", {1, 1}), strides = integers_attribute(node, "strides", {1, 1});
    const auto pads = integers_attribute(node, "pads", {0, 0, 0, 0}), more = integers_attribute(node, "output_padding", {0, 0});
    Dimensions out = {(*x)[0], weight[1] * integer_attribute(node, "group", 1)};
    for (size_t i = 0; i < 2; ++i) {
      const int64_t span = dilations[i] * (weight[2 + i] - 1) + 1, cut = pads[i] + pads[2 + i];
      const int64_t* n = number((*x)[2 + i]);
      out.push_back(n ? Dimension((*n - 1) * strides[i] + span - cut + more[i]) : kUnknown);
    }
    give(node, out);
  }

  void transpose(const GraphNode& node) {
    const Dimensions* x = sizes(node.inputs[0]);
    const auto order = integers_attribute(node, "perm", {});
    if (!x || order.size() != x->size()) return;
    Dimensions out;
    for (const int64_t axis : order) out.push_back(x->at(static_cast<size_t>(axis)));
    give(node, out);
  }

  void pool(const GraphNode& node) {
    if (const Dimensions* x = sizes(node.inputs[0]))
      give(node, window(node, *x, (*x)[1], integers_attribute(node, "kernel_shape", {})));
  }

  void pool_all(const GraphNode& node) {
    if (const Dimensions* x = sizes(node.inputs[0])) give(node, {(*x)[0], (*x)[1], int64_t{1}, int64_t{1}});
  }

  void reduce(const GraphNode& node) {
    const Dimensions* x = sizes(node.inputs[0]);
    if (!x) return;
    const bool keep = integer_attribute(node, "keepdims", 1) != 0;
    std::set<int64_t> axes;
    for (const int64_t axis : integers_attribute(node, "axes", {}))
      axes.insert(axis < 0 ? axis + static_cast<int64_t>(x->size()) : axis);
    Dimensions out;
    for (size_t i = 0; i < x->size(); ++i)
      if (!axes.count(static_cast<int64_t>(i))) {
        out.push_back((*x)[i]);
      } else if (keep) {
        out.emplace_back(int64_t{1});
      }
    give(node, out);
  }

  void shape(const GraphNode& node) {
    const Dimensions* x = sizes(node.inputs[0]);
    if (!x) return;
    const int64_t rank = static_cast<int64_t>(x->size());
    const auto position = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const int64_t start = position(integer_attribute(node, "start", 0)), end = position(integer_attribute(node, "end", rank));
    Dimensions values;
    for (int64_t i = start; i < end; ++i) values.push_back((*x)[i]);
    give(node, {static_cast<int64_t>(values.size())});
    shapes_.values[node.outputs[0]] = values;
  }

  // A state is expanded to the size of the map it is joined with; two open sizes therefore meet in the latter's.
  void expand(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *to = values(node.inputs[1]);
    if (!x || !to) return;
    Dimensions out = broadcast(*x, *to);
    for (size_t i = 0; i < out.size(); ++i)
      if (x->size() == to->size() && !is_known(out[i])) out[i] = (*to)[i];
    give(node, out);
  }

  void concat(const GraphNode& node) {
    Dimensions joined, out;
    bool all_values = true, some_values = false;
    for (const std::string& name : node.inputs) {
      const Dimensions *v = values(name), *x = sizes(name);
      if (!x) return;
      if (v) {
        some_values = true;
        joined.insert(joined.end(), v->begin(), v->end());
      } else if (x->size() == 1 && number((*x)[0])) {  // what a run-time size decides
        joined.insert(joined.end(), static_cast<size_t>(*number((*x)[0])), kUnknown);
      } else {
        all_values = false;
      }
      const size_t axis = axis_of(node, x->size(), 0);
      if (out.empty()) {
        out = *x;
        continue;
      }
      for (size_t i = 0; i < out.size(); ++i) {
        if (i != axis) {
          out[i] = is_known(out[i]) ? out[i] : (*x)[i];
          continue;
        }
        const int64_t *a = number(out[i]), *b = number((*x)[i]);
        out[i] = a && b ? Dimension(*a + *b) : kUnknown;
      }
    }
    give(node, out);
    if (all_values && some_values) shapes_.values[node.outputs[0]] = joined;
  }

  void slice(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *starts = values(node.inputs[1]), *ends = values(node.inputs[2]);
    const Dimensions *axes = values(input(node, 3)), *steps = values(input(node, 4));
    if (!x) return;
    Dimensions out = *x;
    for (size_t i = 0; ends && starts && i < ends->size(); ++i) {
      const int64_t rank = static_cast<int64_t>(x->size());
      const int64_t axis = axes ? *number((*axes)[i]) : static_cast<int64_t>(i);
      const int64_t step = steps ? *number((*steps)[i]) : 1;
      out[axis < 0 ? axis + rank : axis] = part((*x)[axis < 0 ? axis + rank : axis], (*starts)[i], (*ends)[i], step);
    }
    if (!ends || !starts) {  // it is not known how much is cut, but perhaps where
      if (!axes) out.assign(x->size(), kUnknown);
      for (size_t i = 0; axes && i < axes->size(); ++i) {
        const int64_t axis = *number((*axes)[i]);
        out[axis < 0 ? axis + static_cast<int64_t>(x->size()) : axis] = kUnknown;
      }
    }
    give(node, out);
    const Dimensions* content = values(node.inputs[0]);
    if (content && starts && ends && starts->size() == 1 && is_fixed(*starts) && is_fixed(*ends) && !steps) {
      const int64_t size = static_cast<int64_t>(content->size());
      const auto position = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size); };
      const int64_t from = position(*number((*starts)[0])), to = std::max(from, position(*number((*ends)[0])));
      shapes_.values[node.outputs[0]] = Dimensions(content->begin() + from, content->begin() + to);
    }
  }

  static Dimension part(const Dimension& size, const Dimension& start, const Dimension& end, int64_t step) {
    const int64_t *n = number(size), *from = number(start), *to = number(end);
    if (n && from && to && step > 0) {
      const auto position = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + *n : at, 0, *n); };
      return std::max<int64_t>(0, (position(*to) - position(*from) + step - 1) / step);
    }
    if (!from || *from != 0 || step != 1) return kUnknown;
    if (to && *to == std::numeric_limits<int64_t>::max()) return size;
    return to ? kUnknown : end;  // cut to a named size
  }

  void split(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *parts = values(input(node, 1));
    const auto attribute = integers_attribute(node, "split", {});
    if (!x) return;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      Dimensions out = *x;
      out[axis_of(node, x->size(), 0)] = parts ? (*parts)[i] : i < attribute.size() ? Dimension(attribute[i]) : kUnknown;
      shapes_.sizes[node.outputs[i]] = out;
    }
  }

  void resize(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *to = values(input(node, 3));
    if (!x) return;
    if (to) return give(node, *to);
    const torch::Tensor* scales = constant_of(graph_, input(node, node.inputs.size() > 2 ? 2 : 1));
    Dimensions out = *x;
    for (size_t i = 2; i < out.size(); ++i) out[i] = scaled((*x)[i], scales ? scales->data_ptr<float>()[i] : 0);
    give(node, out);
  }

  void reshape(const GraphNode& node) {
    const Dimensions *x = sizes(node.inputs[0]), *to = values(node.inputs[1]);
    const auto relative = [](const Dimension& d) { return number(d) && *number(d) < 1; };  // 0 as it is, -1 what is left
    if (!to || (!x && std::any_of(to->begin(), to->end(), relative))) return;
    Dimensions out = *to;
    size_t rest = out.size();
    int64_t known = 1;
    for (size_t i = 0; i < out.size(); ++i) {
      const int64_t* n = number(out[i]);
      if (n && *n == 0) out[i] = (*x)[i];
      if (n && *n == -1) rest = i;
    }
    if (rest < out.size()) {
      out[rest] = kUnknown;
      for (size_t i = 0; i < out.size(); ++i) known *= i == rest ? 1 : number(out[i]) ? *number(out[i]) : 0;
      int64_t all = 1;
      for (const Dimension& d : *x) all *= number(d) ? *number(d) : 0;
      if (known > 0 && all > 0) out[rest] = all / known;
    }
    give(node, out);
  }

  void multiply(const GraphNode& node) {
    const Dimensions *a = sizes(node.inputs[0]), *b = sizes(node.inputs[1]);
    if (!a || !b || b->size() != 3) return;
    if (a->size() == 2) give(node, {(*b)[0], (*a)[0], (*b)[2]});
    if (a->size() == 3) give(node, {broadcast((*a)[0], (*b)[0]), (*a)[1], (*b)[2]});
  }

  // scale 0: known when the graph runs.
  static Dimension scaled(const Dimension& size, float scale) {
    if (scale == 1) return size;
    if (const int64_t* n = number(size))
      return scale > 0 ? Dimension(static_cast<int64_t>(std::floor(static_cast<float>(*n) * scale))) : kUnknown;
    if (scale > 1 || !is_known(size)) return kUnknown;
    const std::string& name = std::get<std::string>(size);
    return scale > 0 ? fmt::format("{}_by_{}", name, scale) : name + "_small";
  }

  const Graph& graph_;
  Shapes shapes_;
};

}  // namespace

Shapes infer_shapes(const Graph& graph) { return Inference(graph).run(); }

bool is_known(const Dimension& dimension) { return number(dimension) || !std::get<std::string>(dimension).empty(); }

bool same(const Dimension& a, const Dimension& b) { return is_known(a) && a == b; }

bool same(const Dimensions& a, const Dimensions& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Dimension& x, const Dimension& y) { return same(x, y); });
}

bool is_fixed(const Dimensions& dimensions) {
  return std::all_of(dimensions.begin(), dimensions.end(), [](const Dimension& d) { return number(d) != nullptr; });
}

std::vector<int64_t> fixed_sizes(const Dimensions& dimensions) {
  std::vector<int64_t> sizes;
  for (const Dimension& dimension : dimensions) sizes.push_back(std::get<int64_t>(dimension));
  return sizes;
}

int64_t channels_of(const Shapes& shapes, const std::string& name) {
  const auto found = shapes.sizes.find(name);
  if (found == shapes.sizes.end() || found->second.size() != 4) return 0;
  const int64_t* channels = number(found->second[1]);
  return channels ? *channels : 0;
}

}  // namespace facemat
