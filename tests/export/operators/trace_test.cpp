#include "export/operators/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/error.h"
#include "src/model/operators/traced_ops.h"
#include "tests/export/parity.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using Tensors = std::vector<torch::Tensor>;

// A recurrent network in miniature: stride, upsampling, crop to an odd size, state.
struct SmallRecurrentImpl : torch::nn::Module {
  SmallRecurrentImpl() {
    down = register_module("down", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 8, 3).stride(2).padding(1).bias(false)));
    norm = register_module("norm", torch::nn::BatchNorm2d(8));
    gate = register_module("gate", torch::nn::Conv2d(torch::nn::Conv2dOptions(16, 8, 3).padding(1)));
    out = register_module("out", torch::nn::Conv2d(11, 1, 1));
    eval();
  }

  Tensors forward(const Tensors& inputs) {
    namespace F = torch::nn::functional;
    const auto x = torch::relu(norm(down(inputs[0])));
    const auto h = state_like(inputs[1], x);
    const auto z = torch::sigmoid(gate(torch::cat({x, h}, 1)));
    const auto state = (1 - z) * h + z * torch::tanh(x);
    const auto up = F::interpolate(state, F::InterpolateFuncOptions()
                                              .scale_factor(std::vector<double>{2, 2})
                                              .mode(torch::kBilinear)
                                              .align_corners(false)
                                              .recompute_scale_factor(false));
    return {out(torch::cat({crop_like(up, inputs[0]), inputs[0]}, 1)), state};
  }

  torch::nn::Conv2d down{nullptr}, gate{nullptr}, out{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
};
TORCH_MODULE(SmallRecurrent);

std::map<std::string, torch::Tensor> weights_of(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> weights;
  for (const auto& item : module.named_parameters()) weights[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) weights[item.key()] = item.value();
  return weights;
}

TEST(Trace, RecordsKindsNamesAndConstants) {
  const auto weight = torch::ones({2, 3, 1, 1});
  const TensorFunction function = [&](const Tensors& x) {
    return Tensors{torch::relu(torch::conv2d(x[0], weight, {}, 2)), x[0]};
  };
  const TracedGraph graph = trace(function, {{"x", torch::rand({1, 3, 4, 4})}}, {"y", "same"}, {{"layer.weight", weight}});
  ASSERT_EQ(graph.nodes.size(), 3u);
  const TracedNode& conv = graph.nodes[0];
  EXPECT_EQ(conv.kind, "aten::_convolution");
  EXPECT_EQ(conv.arguments[0].tensors, std::vector<std::string>{"x"});
  EXPECT_EQ(conv.arguments[1].tensors, std::vector<std::string>{"layer.weight"});
  EXPECT_TRUE(conv.arguments[2].constant.isNone());
  EXPECT_EQ(conv.arguments[3].name, "stride");
  EXPECT_EQ(conv.results[0].name, "/_convolution_1");
  EXPECT_EQ(conv.results[0].sizes, (Shape{1, 2, 2, 2}));
  EXPECT_EQ(graph.nodes[1].results[0].name, "y");
  EXPECT_EQ(graph.nodes[2].kind, "aten::alias");  // an output that is an input
  EXPECT_EQ(graph.tensors.size(), 1u);
}

TEST(Trace, NamesConstantsAndFoldsWhatNeedsNoInput) {
  const TensorFunction function = [](const Tensors& x) {
    return Tensors{(x[0] - torch::tensor({1.f, 2.f}).view({1, 2, 1, 1})) / 3};
  };
  const TracedGraph graph = trace(function, {{"x", torch::rand({1, 2, 4, 4})}}, {"y"}, {});
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].arguments[1].tensors, std::vector<std::string>{"/constant_1"});
  EXPECT_EQ(graph.tensors.at("/constant_1").sizes().vec(), (Shape{1, 2, 1, 1}));
}

TEST(Trace, LeavesGradientsAsTheyWere) {
  SmallRecurrent net;
  trace([&](const Tensors& x) { return net->forward(x); },
        {{"x", torch::rand({1, 3, 8, 8})}, {"r", torch::zeros({1, 1, 1, 1})}}, {"y", "s"}, weights_of(*net));
  for (const auto& parameter : net->parameters()) EXPECT_TRUE(parameter.requires_grad());
  EXPECT_TRUE(torch::GradMode::is_enabled());
}

TEST(Trace, RefusesAnotherNumberOfResults) {
  EXPECT_THROW(trace([](const Tensors& x) { return x; }, {{"x", torch::rand({1})}}, {"a", "b"}, {}), Error);
}

// LibTorch fills the tensor of a vector behind the tracer's back, and so does a loop.
TEST(Trace, RefusesTensorsThatAreWrittenUnseen) {
  const auto of_vector = [](const Tensors& x) {
    return Tensors{x[0] * torch::tensor(std::vector<double>{1, 2}, torch::kFloat32)};
  };
  const auto by_loop = [](const Tensors& x) {
    const auto y = torch::empty_like(x[0]);
    for (int64_t i = 0; i < y.numel(); ++i) y.data_ptr<float>()[i] = 3 * x[0].data_ptr<float>()[i];
    return Tensors{torch::relu(y)};
  };
  for (const TensorFunction& function : {TensorFunction(of_vector), TensorFunction(by_loop)})
    EXPECT_THAT(message_of([&] {
                  trace(function, {{"x", torch::rand({3, 2})}}, {"y"}, {});
                }),
                testing::HasSubstr("written unseen"));
}

TEST(Trace, RecurrentModuleRunsAtOtherSizesAndBatches) {
  torch::manual_seed(3);
  const torch::NoGradGuard no_grad;
  SmallRecurrent net;
  const TensorFunction function = [&](const Tensors& x) { return net->forward(x); };
  const Exported exported = export_function(function, {{1, 3, 16, 16}, {1, 1, 1, 1}}, weights_of(*net));
  EXPECT_EQ(exported.graph.tensors.count("norm.running_var"), 1u);
  PlainSession session(exported.onnx, "test");
  for (const Shape& size : std::vector<Shape>{{1, 3, 16, 16}, {1, 3, 15, 33}, {4, 3, 9, 20}}) {
    torch::Tensor state = torch::zeros({1, 1, 1, 1});
    FloatTensor float_state{{1, 1, 1, 1}, {0}};
    for (int t = 0; t < 5; ++t) {
      const auto frame = torch::rand(size);
      const auto expected = net->forward({frame, state});
      const auto got = session.run({to_floats(frame), float_state});
      ASSERT_EQ(got[0].shape, expected[0].sizes().vec());
      EXPECT_LT((to_tensor(got[0]) - expected[0]).abs().max().item<float>(), 1e-5f) << "frame " << t;
      state = expected[1];
      float_state = got[1];
    }
  }
}

}  // namespace
}  // namespace facemat
