#include "export/operators/ops.h"

#include <algorithm>

#include "export/operators/translators.h"
#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {

const std::vector<Operator>& operator_table() {
  static const std::vector<Operator> table = {
      {"aten::_convolution", translate_convolution},
      {"aten::im2col", translate_im2col},
      {"aten::batch_norm", translate_batch_norm},
      {"aten::instance_norm", translate_instance_norm},
      {"aten::group_norm", translate_group_norm},
      {"aten::relu", translate_relu},
      {"aten::sigmoid", translate_sigmoid},
      {"aten::tanh", translate_tanh},
      {"aten::sqrt", translate_sqrt},
      {"aten::exp", translate_exp},
      {"aten::hardswish", translate_hardswish},
      {"aten::hardsigmoid", translate_hardsigmoid},
      {"aten::leaky_relu", translate_leaky_relu},
      {"aten::softplus", translate_softplus},
      {"aten::clamp", translate_clamp},
      {"aten::hardtanh", translate_hardtanh},
      {"aten::add", translate_add},
      {"aten::sub", translate_sub},
      {"aten::rsub", translate_rsub},
      {"aten::mul", translate_mul},
      {"aten::div", translate_div},
      {"aten::bmm", translate_bmm},
      {"aten::softmax", translate_softmax},
      {"aten::full_like", translate_full_like},
      {"aten::empty_like", translate_identity},
      {"aten::alias", translate_identity},
      {"aten::detach", translate_identity},
      {"aten::contiguous", translate_identity},
      {"aten::clone", translate_identity},
      {"aten::dropout", translate_dropout},
      {"aten::cat", translate_cat},
      {"aten::slice", translate_slice},
      {"aten::narrow", translate_narrow},
      {"aten::chunk", translate_split},
      {"aten::split", translate_split},
      {"aten::split_with_sizes", translate_split},
      {"aten::expand_as", translate_expand_as},
      {"aten::transpose", translate_transpose},
      {"aten::flatten", translate_flatten},
      {"aten::mean", translate_mean},
      {"aten::linalg_vector_norm", translate_vector_norm},
      {"aten::adaptive_avg_pool2d", translate_adaptive_avg_pool2d},
      {"aten::avg_pool2d", translate_avg_pool2d},
      {"aten::max_pool2d", translate_max_pool2d},
      {"aten::reflection_pad2d", translate_reflection_pad2d},
      {"aten::constant_pad_nd", translate_constant_pad_nd},
      {"aten::upsample_bilinear2d", translate_upsample_bilinear2d},
      {"aten::upsample_nearest2d", translate_upsample_nearest2d},
      {"facemat::crop_like", translate_crop_like},
      {"facemat::state_like", translate_state_like},
      {"facemat::resize_like", translate_resize_like},
      {"facemat::resize_by", translate_resize_by},
      {"facemat::pad_to_multiple", translate_pad_to_multiple},
      {"facemat::unpool_like", translate_unpool_like},
      {"facemat::squared_distances", translate_squared_distances},
      {"facemat::fold_like", translate_fold_like},
      {"facemat::add_to_diagonal", translate_add_to_diagonal},
      {"facemat::largest_cells", translate_largest_cells},
      {"facemat::cells_above", translate_cells_above},
      {"facemat::patches_at", translate_patches_at},
      {"facemat::with_patches", translate_with_patches},
  };
  return table;
}

void translate(const TracedGraph& graph, OnnxWriter& onnx) {
  for (const auto& [name, tensor] : graph.tensors) onnx.tensor(name, tensor);
  for (const TracedNode& node : graph.nodes)
    find_entry(operator_table(), &Operator::kind, node.kind, "no translation to ONNX for the operator")
        .translate(Call(node), onnx);
}

const Argument& Call::argument(const char* name) const {
  const auto& given = node_.arguments;
  const auto found = std::find_if(given.begin(), given.end(), [&](const Argument& argument) { return argument.name == name; });
  require(found != given.end(), "{}: the recorded operator has no argument '{}'", node_.kind, name);
  return *found;
}

bool Call::has(const char* name) const {
  const Argument& given = argument(name);
  return !given.tensors.empty() || !given.constant.isNone();
}

bool Call::is_constant(const char* name) const { return argument(name).tensors.empty(); }

std::string Call::tensor(const char* name) const {
  const std::vector<std::string> names = tensors(name);
  supports(names.size() == 1, std::string(name) + " that is a list");
  return names[0];
}

std::string Call::tensor_or_none(const char* name) const { return has(name) ? tensor(name) : ""; }

std::vector<std::string> Call::tensors(const char* name) const {
  const Argument& given = argument(name);
  supports(!given.tensors.empty(), std::string(name) + " that is not a tensor");
  return given.tensors;
}

int64_t Call::integer(const char* name) const {
  const c10::IValue& value = argument(name).constant;
  supports(value.isInt(), std::string(name) + " that is not a constant integer");
  return value.toInt();
}

double Call::number(const char* name) const {
  const c10::IValue& value = argument(name).constant;
  supports(value.isDouble() || value.isInt(), std::string(name) + " that is not a constant number");
  return value.isInt() ? static_cast<double>(value.toInt()) : value.toDouble();
}

bool Call::flag(const char* name) const {
  const c10::IValue& value = argument(name).constant;
  supports(value.isBool(), std::string(name) + " that is not a constant flag");
  return value.toBool();
}

std::vector<int64_t> Call::integers(const char* name) const {
  const c10::IValue& value = argument(name).constant;
  supports(value.isIntList(), std::string(name) + " that is not a constant list of integers");
  return value.toIntVector();
}

std::vector<int64_t> Call::pair(const char* name) const {
  const std::vector<int64_t> values = integers(name);
  supports(values.size() == 1 || values.size() == 2, std::string(name) + " of other than one or two numbers");
  return {values.front(), values.back()};
}

const std::string& Call::result() const { return traced(0).name; }

std::vector<std::string> Call::results() const {
  std::vector<std::string> names;
  for (const TracedResult& result : node_.results) names.push_back(result.name);
  return names;
}

const TracedResult& Call::traced(size_t index) const {
  require(index < node_.results.size(), "{}: the recorded operator gives {} results", node_.kind, node_.results.size());
  return node_.results[index];
}

void Call::supports(bool condition, const std::string& what) const {
  require(condition, "{} with {} has no translation to ONNX", node_.kind, what);
}

}  // namespace facemat
