#include "export/operators/ops.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "src/core/error.h"
#include "src/model/compute/traced_ops.h"
#include "tests/export/parity.h"

namespace facemat {

inline void PrintTo(const Operator& entry, std::ostream* out) { *out << entry.kind; }

namespace {

using Tensors = std::vector<torch::Tensor>;

const Shape kEven = {1, 4, 8, 12}, kOdd = {3, 4, 7, 13};

// One operator alone: traced on even sizes, compared on even and odd ones.
struct Case {
  const char* kind;
  TensorFunction function;
  std::vector<Shape> even = {kEven}, odd = {kOdd};
};

torch::Tensor weight(const Shape& shape) {
  torch::manual_seed(7);
  return 0.2 * torch::randn(shape);
}

torch::Tensor interpolated(const torch::Tensor& x, double scale) {
  namespace F = torch::nn::functional;
  return F::interpolate(x, F::InterpolateFuncOptions()
                               .scale_factor(std::vector<double>{scale, scale})
                               .mode(torch::kBilinear)
                               .align_corners(false)
                               .recompute_scale_factor(false));
}

TensorFunction unary(torch::Tensor (*function)(const torch::Tensor&)) {
  return [function](const Tensors& x) { return Tensors{function(x[0])}; };
}

std::vector<Case> convolution_cases() {
  const auto dense = weight({6, 4, 3, 3}), depthwise = weight({4, 1, 5, 5}), bias = weight({6});
  const auto scale = weight({4}), shift = weight({4}), mean = weight({4}), variance = weight({4}).abs() + 0.1;
  return {
      {"aten::_convolution", [=](const Tensors& x) { return Tensors{torch::conv2d(x[0], dense, bias, 1, 1)}; }},
      {"aten::_convolution",
       [=](const Tensors& x) {
         return Tensors{torch::conv2d(x[0], dense, torch::Tensor(), 2, torch::IntArrayRef{0, 1})};
       }},
      {"aten::_convolution",
       [=](const Tensors& x) { return Tensors{torch::conv2d(x[0], depthwise, torch::Tensor(), 1, 4, 2, 4)}; }},
      {"aten::batch_norm",
       [=](const Tensors& x) {
         return Tensors{torch::batch_norm(x[0], scale, shift, mean, variance, false, 0.1, 1e-3, false)};
       }},
  };
}

std::vector<Case> elementwise_cases() {
  return {
      {"aten::relu", unary(torch::relu)},
      {"aten::sigmoid", unary(torch::sigmoid)},
      {"aten::tanh", unary(torch::tanh)},
      {"aten::sqrt", [](const Tensors& x) { return Tensors{torch::sqrt(torch::relu(x[0]))}; }},
      {"aten::exp", [](const Tensors& x) { return Tensors{torch::exp(torch::tanh(x[0]))}; }},
      {"aten::hardswish", unary(torch::hardswish)},
      {"aten::hardsigmoid", unary(torch::hardsigmoid)},
      {"aten::softplus", [](const Tensors& x) { return Tensors{torch::softplus(x[0])}; }},
      {"aten::softplus", [](const Tensors& x) { return Tensors{torch::softplus(8 * x[0], 2.5)}; }},
      {"aten::clamp", [](const Tensors& x) { return Tensors{x[0].clamp(-1, 0.5)}; }},
      {"aten::clamp", [](const Tensors& x) { return Tensors{x[0].clamp(0)}; }},
      {"aten::hardtanh", [](const Tensors& x) { return Tensors{torch::hardtanh(x[0], -0.5, 2)}; }},
      {"aten::detach", [](const Tensors& x) { return Tensors{x[0].detach() + x[0]}; }},
      {"aten::contiguous", [](const Tensors& x) { return Tensors{x[0].narrow(3, 1, 4).contiguous()}; }},
      {"aten::clone", [](const Tensors& x) { return Tensors{x[0].clone()}; }},
      {"aten::alias", [](const Tensors& x) { return Tensors{x[0]}; }},
      {"aten::dropout", [](const Tensors& x) { return Tensors{torch::dropout(x[0], 0.5, false)}; }},
  };
}

std::vector<Case> arithmetic_cases() {
  const std::vector<Shape> even = {kEven, {1, 4, 1, 1}}, odd = {kOdd, {3, 4, 1, 1}};
  return {
      {"aten::add", [](const Tensors& x) { return Tensors{x[0] + x[1]}; }, even, odd},
      {"aten::add", [](const Tensors& x) { return Tensors{torch::add(x[0], x[1], 2.5)}; }, even, odd},
      {"aten::add", [](const Tensors& x) { return Tensors{x[0] + 3}; }},
      {"aten::sub", [](const Tensors& x) { return Tensors{x[0] - x[1]}; }, even, odd},
      {"aten::sub", [](const Tensors& x) { return Tensors{x[0] - 0.25}; }},
      {"aten::full_like", [](const Tensors& x) { return Tensors{(1 - x[0]) * x[0]}; }},
      {"aten::empty_like", [](const Tensors& x) { return Tensors{1 - x[0]}; }},
      {"aten::rsub", [](const Tensors& x) { return Tensors{torch::rsub(x[0], 1.5)}; }},
      {"aten::mul", [](const Tensors& x) { return Tensors{x[1] * x[0]}; }, even, odd},
      {"aten::mul", [](const Tensors& x) { return Tensors{x[0] * 0.1}; }},
      {"aten::div", [](const Tensors& x) { return Tensors{x[0] / (torch::relu(x[1]) + 1)}; }, even, odd},
      {"aten::div", [](const Tensors& x) { return Tensors{x[0] / 3}; }},
  };
}

std::vector<Case> shape_cases() {
  return {
      {"aten::cat",
       [](const Tensors& x) {
         return Tensors{torch::cat({x[0], torch::relu(x[0]), x[1]}, -3)};
       },
       {kEven, {1, 2, 8, 12}},
       {kOdd, {3, 2, 7, 13}}},
      {"aten::slice",
       [](const Tensors& x) {
         return Tensors{x[0].slice(1, 1, 3), x[0].slice(-1, -5), x[0].slice(2, 0, 6, 2)};
       }},
      {"aten::narrow",
       [](const Tensors& x) {
         return Tensors{x[0].narrow(-3, 1, 2), x[0].narrow(1, -2, 2)};
       }},
      {"aten::chunk", [](const Tensors& x) { return x[0].chunk(3, 1); }},
      {"aten::split", [](const Tensors& x) { return x[0].split(3, -3); }},
      {"aten::split_with_sizes",
       [](const Tensors& x) {
         return torch::split_with_sizes(x[0], {1, 3}, 1);
       }},
      {"aten::expand_as",
       [](const Tensors& x) { return Tensors{x[1].expand_as(x[0])}; },
       {kEven, {1, 4, 1, 1}},
       {kOdd, {1, 4, 1, 1}}},
      {"facemat::crop_like",
       [](const Tensors& x) { return Tensors{crop_like(x[0], x[1])}; },
       {{1, 2, 8, 8}, {1, 3, 7, 8}},
       {{3, 2, 6, 10}, {3, 3, 5, 9}}},
      {"facemat::state_like",
       [](const Tensors& x) { return Tensors{state_like(x[0], x[1])}; },
       {{1, 1, 1, 1}, kEven},
       {kOdd, kOdd}},
  };
}

std::vector<Case> pooling_cases() {
  return {
      {"aten::mean",
       [](const Tensors& x) {
         return Tensors{x[0].mean(1, true), x[0].mean({-2, -1})};
       }},
      {"aten::adaptive_avg_pool2d",
       [](const Tensors& x) {
         return Tensors{torch::adaptive_avg_pool2d(x[0], {1, 1})};
       }},
      {"aten::avg_pool2d", [](const Tensors& x) { return Tensors{torch::avg_pool2d(x[0], 2, 2, 0, true, false)}; }},
      {"aten::avg_pool2d", [](const Tensors& x) { return Tensors{torch::avg_pool2d(x[0], 2)}; }},
      {"aten::avg_pool2d",
       [](const Tensors& x) {
         return Tensors{torch::avg_pool2d(x[0], {3, 5}, 1, {1, 2}, false, true)};
       }},
      {"aten::avg_pool2d", [](const Tensors& x) { return Tensors{torch::avg_pool2d(x[0], 3, 2, 1, false, false)}; }},
  };
}

std::vector<Case> resize_cases() {
  return {
      {"aten::upsample_bilinear2d", [](const Tensors& x) { return Tensors{interpolated(x[0], 2)}; }},
      {"aten::upsample_bilinear2d",
       [](const Tensors& x) { return Tensors{interpolated(x[0], 0.375)}; },
       {{1, 3, 64, 40}},
       {{2, 3, 37, 50}}},
      {"facemat::resize_like",
       [](const Tensors& x) { return Tensors{resize_like(x[0], x[1])}; },
       {{1, 2, 8, 8}, {1, 3, 32, 16}},
       {{2, 2, 5, 9}, {2, 1, 21, 35}}},
      {"facemat::resize_by",
       [](const Tensors& x) { return Tensors{resize_by(x[0], torch::sigmoid(x[1]) * 0.5 + 0.4)}; },
       {{1, 2, 8, 8}, {1}},
       {{2, 2, 25, 39}, {1}}},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& cases :
       {convolution_cases(), elementwise_cases(), arithmetic_cases(), shape_cases(), pooling_cases(), resize_cases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

std::vector<std::string> kinds(const TracedGraph& graph) {
  std::vector<std::string> names;
  for (const TracedNode& node : graph.nodes) names.push_back(node.kind);
  return names;
}

class EveryOperator : public testing::TestWithParam<Operator> {};

TEST_P(EveryOperator, ComputesTheSameInOnnxRuntime) {
  torch::manual_seed(1);
  int found = 0;
  for (const Case& c : all_cases()) {
    if (std::string(c.kind) != GetParam().kind) continue;
    SCOPED_TRACE("case " + std::to_string(++found));
    const Exported exported = export_function(c.function, c.even);
    EXPECT_THAT(kinds(exported.graph), testing::Contains(c.kind));
    expect_parity(c.function, exported, c.even);
    expect_parity(c.function, exported, c.odd);
  }
  EXPECT_GT(found, 0) << GetParam().kind << " has no case in this file";
}

std::string test_name(const testing::TestParamInfo<Operator>& info) {
  std::string name = info.param.kind;
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, EveryOperator, testing::ValuesIn(operator_table()), test_name);

TEST(OperatorTable, NamesEachOperatorOnce) {
  std::set<std::string> names;
  for (const Operator& entry : operator_table()) EXPECT_TRUE(names.insert(entry.kind).second) << entry.kind;
}

std::string message_of(const TensorFunction& function) {
  try {
    export_function(function, {kEven});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(OperatorTable, RefusesWhatItCannotTranslate) {
  using testing::AllOf;
  using testing::HasSubstr;
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::cumsum(x[0], 1)}; }),
              AllOf(HasSubstr("'aten::cumsum'"), HasSubstr("known: aten::_convolution, ")));
  EXPECT_THAT(message_of([](const Tensors& x) {
                return Tensors{torch::upsample_bilinear2d(x[0], {9, 9}, false)};
              }),
              AllOf(HasSubstr("aten::upsample_bilinear2d"), HasSubstr("fixed size")));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::adaptive_avg_pool2d(x[0], {2, 2})}; }), HasSubstr("1x1"));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::dropout(x[0], 0.5, true)}; }),
              HasSubstr("training mode"));
  EXPECT_THAT(message_of([](const Tensors& x) { return x[0].chunk(2, 3); }), HasSubstr("other than channels"));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{x[0] + torch::ones({1}, torch::kLong)}; }),
              HasSubstr("floating-point"));
}

}  // namespace
}  // namespace facemat
