#include "export/operators/trace.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>

#include <memory>
#include <set>

#include "src/core/error.h"

namespace facemat {
namespace {

namespace jit = torch::jit;

// The tracer stores tensors it meets as constants, and refuses those that require a gradient.
class WithoutGradients {
 public:
  explicit WithoutGradients(const std::map<std::string, torch::Tensor>& weights) {
    for (const auto& [name, tensor] : weights)
      if (tensor.requires_grad()) changed_.push_back(tensor);
    for (auto& tensor : changed_) tensor.set_requires_grad(false);
  }
  ~WithoutGradients() {
    for (auto& tensor : changed_) tensor.set_requires_grad(true);
  }
  WithoutGradients(const WithoutGradients&) = delete;
  WithoutGradients& operator=(const WithoutGradients&) = delete;

 private:
  std::vector<torch::Tensor> changed_;
  torch::NoGradGuard no_grad_;
};

// What a function writes into a fresh tensor by itself, as torch::tensor() does of a vector and a loop of ours does, is not
// recorded: the tensor would be stored as whatever lay in its memory, or taken for the one it is like. Filling one is recorded.
void refuse_unwritten(const jit::Graph& graph) {
  static const std::set<std::string> fresh = {"aten::empty", "aten::empty_like", "aten::empty_strided", "aten::new_empty"};
  static const std::set<std::string> fills = {"aten::fill", "aten::full_like", "aten::zero", "aten::zeros_like"};
  for (const jit::Node* node : graph.nodes()) {
    const std::string kind = node->kind().toQualString();
    if (fresh.count(kind) == 0) continue;
    for (const jit::Use& use : node->output()->uses())
      require(
          fills.count(use.user->kind().toQualString()) > 0,
          "a traced function uses a tensor whose values were written unseen ({} of {}; torch::tensor({{...}}) of a list, or "
          "numbers, are recorded)",
          use.user->kind().toQualString(), kind);
  }
}

std::shared_ptr<jit::Graph> record(const TensorFunction& function, const std::vector<NamedTensor>& inputs,
                                   size_t output_count) {
  jit::Stack stack;
  for (const NamedTensor& input : inputs) stack.emplace_back(input.tensor);
  const auto on_stack = [&](jit::Stack given) {
    const jit::tracer::NoWarn quiet;  // "1 - x" fills a fresh tensor in place; that is recorded rightly, as the tests prove
    std::vector<torch::Tensor> tensors;
    for (const c10::IValue& value : given) tensors.push_back(value.toTensor());
    const std::vector<torch::Tensor> results = function(tensors);
    require(results.size() == output_count, "the traced function gave {} results, {} have names", results.size(), output_count);
    return jit::Stack(results.begin(), results.end());
  };
  const auto no_name = [](const torch::autograd::Variable&) { return std::string(); };
  auto graph = jit::tracer::trace(stack, on_stack, no_name, /*strict=*/true, /*force_outplace=*/true).first->graph;
  refuse_unwritten(*graph);
  jit::ConstantPropagation(graph);  // folds lists of numbers, and reshapes of constants
  return graph;
}

// "aten::upsample_bilinear2d" -> "upsample_bilinear2d".
std::string short_name(const std::string& kind) { return kind.substr(kind.rfind(':') + 1); }

std::vector<int64_t> sizes_of(const jit::Value* value) {
  const auto type = value->type()->cast<c10::TensorType>();
  const auto sizes = type ? type->sizes().concrete_sizes() : c10::nullopt;
  return sizes ? *sizes : std::vector<int64_t>();
}

class GraphReader {
 public:
  explicit GraphReader(const std::map<std::string, torch::Tensor>& weights) {
    for (const auto& [name, tensor] : weights)
      if (tensor.numel() > 0) weights_.emplace(tensor.data_ptr(), NamedTensor{name, tensor});
  }

  TracedGraph read(const jit::Graph& graph, const std::vector<NamedTensor>& inputs, const std::vector<std::string>& outputs) {
    for (size_t i = 0; i < inputs.size(); ++i) names_[graph.inputs()[i]] = inputs[i].name;
    std::vector<size_t> copies;  // outputs that are an input, a constant or an earlier output as well
    for (size_t i = 0; i < outputs.size(); ++i) {
      const jit::Value* value = graph.outputs()[i];
      const bool computed = value->node()->kind() != c10::prim::Constant;
      if (!computed || !names_.emplace(value, outputs[i]).second) copies.push_back(i);
    }
    for (const jit::Node* node : graph.nodes()) add(*node);
    for (const size_t i : copies)
      result_.nodes.push_back({"aten::alias", {argument("self", graph.outputs()[i])}, {{outputs[i], {}}}});
    return std::move(result_);
  }

 private:
  void add(const jit::Node& node) {
    const auto kind = node.kind();
    if (kind == c10::prim::Constant || kind == c10::prim::ListConstruct || kind == c10::prim::ListUnpack) return;
    TracedNode traced{kind.toQualString(), {}, {}};
    const c10::FunctionSchema* schema = node.maybeSchema();
    for (size_t i = 0; i < node.inputs().size(); ++i)
      traced.arguments.push_back(argument(schema ? schema->arguments()[i].name() : std::to_string(i), node.inputs()[i]));
    for (const jit::Value* value : results_of(node))
      traced.results.push_back({name_result(value, traced.kind), sizes_of(value)});
    result_.nodes.push_back(std::move(traced));
  }

  // A list of tensors is taken apart at once by what the tracer records after it; its parts are the results.
  static std::vector<const jit::Value*> results_of(const jit::Node& node) {
    std::vector<const jit::Value*> values;
    for (const jit::Value* value : node.outputs()) {
      if (value->type()->kind() != c10::TypeKind::ListType) {
        values.push_back(value);
        continue;
      }
      for (const jit::Use& use : value->uses())
        if (use.user->kind() == c10::prim::ListUnpack)
          values.insert(values.end(), use.user->outputs().begin(), use.user->outputs().end());
    }
    return values;
  }

  std::string name_result(const jit::Value* value, const std::string& kind) {
    const auto [entry, added] = names_.emplace(value, "");
    if (added) entry->second = "/" + short_name(kind) + "_" + std::to_string(++counts_[kind]);
    return entry->second;
  }

  Argument argument(const std::string& name, const jit::Value* value) {
    if (value->node()->kind() == c10::prim::ListConstruct) {
      Argument list{name, {}, {}};
      for (const jit::Value* item : value->node()->inputs()) {
        const Argument part = argument(name, item);
        require(part.tensors.size() == 1, "argument '{}' of a traced operator mixes tensors and numbers", name);
        list.tensors.push_back(part.tensors[0]);
      }
      return list;
    }
    if (const auto constant = jit::toIValue(value)) return constant_argument(name, *constant);
    const auto found = names_.find(value);
    require(found != names_.end(),
            "argument '{}' of a traced operator is a {} that is computed at run time (only tensors may be)", name,
            value->type()->str());
    return {name, {found->second}, {}};
  }

  Argument constant_argument(const std::string& name, const c10::IValue& constant) {
    if (constant.isTensor()) return {name, {store(constant.toTensor())}, {}};
    if (!constant.isTensorList()) return {name, {}, constant};
    Argument list{name, {}, {}};
    for (const torch::Tensor& tensor : constant.toTensorVector()) list.tensors.push_back(store(tensor));
    return list;
  }

  std::string store(const torch::Tensor& tensor) {
    const auto [first, last] = weights_.equal_range(tensor.data_ptr());
    for (auto known = first; known != last; ++known) {
      const auto& [name, weight] = known->second;
      if (weight.sizes() != tensor.sizes() || weight.strides() != tensor.strides()) continue;
      result_.tensors[name] = weight;
      return name;
    }
    const std::string name = "/constant_" + std::to_string(++counts_["constant"]);
    weights_.emplace(tensor.data_ptr(), NamedTensor{name, tensor});
    result_.tensors[name] = tensor;
    return name;
  }

  std::multimap<const void*, NamedTensor> weights_;  // by the address of their data
  std::map<const jit::Value*, std::string> names_;
  std::map<std::string, int> counts_;
  TracedGraph result_;
};

}  // namespace

TracedGraph trace(const TensorFunction& function, const std::vector<NamedTensor>& inputs,
                  const std::vector<std::string>& outputs, const std::map<std::string, torch::Tensor>& weights) {
  const WithoutGradients guard(weights);
  const auto graph = record(function, inputs, outputs.size());
  return GraphReader(weights).read(*graph, inputs, outputs);
}

}  // namespace facemat
