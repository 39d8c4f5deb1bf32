#include "export/operators/ops.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "src/core/error.h"
#include "src/model/compute/norm.h"
#include "src/model/operators/distances.h"
#include "src/model/operators/patches.h"
#include "src/model/operators/traced_ops.h"
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

torch::Tensor interpolated(const torch::Tensor& x, double scale, bool align_corners = false) {
  namespace F = torch::nn::functional;
  return F::interpolate(x, F::InterpolateFuncOptions()
                               .scale_factor(std::vector<double>{scale, scale})
                               .mode(torch::kBilinear)
                               .align_corners(align_corners)
                               .recompute_scale_factor(false));
}

TensorFunction unary(torch::Tensor (*function)(const torch::Tensor&)) {
  return [function](const Tensors& x) { return Tensors{function(x[0])}; };
}

std::vector<Case> convolution_cases() {
  const auto dense = weight({6, 4, 3, 3}), depthwise = weight({4, 1, 5, 5}), bias = weight({6});
  const auto up = weight({4, 6, 4, 4}), grouped = weight({4, 3, 3, 3});
  const auto scale = weight({4}), shift = weight({4}), mean = weight({4}), variance = weight({4}).abs() + 0.1;
  return {
      {"aten::_convolution", [=](const Tensors& x) { return Tensors{torch::conv2d(x[0], dense, bias, 1, 1)}; }},
      {"aten::_convolution",
       [=](const Tensors& x) {
         return Tensors{torch::conv2d(x[0], dense, torch::Tensor(), 2, torch::IntArrayRef{0, 1})};
       }},
      {"aten::_convolution",
       [=](const Tensors& x) { return Tensors{torch::conv2d(x[0], depthwise, torch::Tensor(), 1, 4, 2, 4)}; }},
      {"aten::_convolution", [=](const Tensors& x) { return Tensors{torch::conv_transpose2d(x[0], up, bias, 2, 1)}; }},
      {"aten::_convolution",
       [=](const Tensors& x) { return Tensors{torch::conv_transpose2d(x[0], grouped, torch::Tensor(), 2, 1, 1, 2)}; }},
      {"aten::im2col",
       [](const Tensors& x) {
         return Tensors{torch::im2col(x[0], {3, 2}, {1, 2}, {1, 0}, {2, 1})};
       }},
      {"facemat::fold_like",
       [](const Tensors& x) { return Tensors{fold_like(x[0], x[1], 4, 2, 1)}; },
       {{1, 32, 12}, {1, 3, 3, 4}},
       {{3, 32, 10}, {3, 1, 2, 5}}},
      {"aten::batch_norm",
       [=](const Tensors& x) {
         return Tensors{torch::batch_norm(x[0], scale, shift, mean, variance, false, 0.1, 1e-3, false)};
       }},
      // Of values so small that an epsilon shows: of large ones 1e-5 and 1e-3 make the same.
      {"aten::instance_norm",
       [=](const Tensors& x) {
         return Tensors{torch::instance_norm(0.02 * x[0], scale, shift, {}, {}, true, 0.1, 1e-3, false)};
       }},
      {"aten::instance_norm", [=](const Tensors& x) { return Tensors{instance_norm(0.002 * x[0], Activation::kRelu)}; }},
      {"aten::group_norm",
       [=](const Tensors& x) { return Tensors{torch::group_norm(0.02 * x[0], 2, scale, shift, 1e-3, false)}; }},
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
      {"aten::leaky_relu", [](const Tensors& x) { return Tensors{torch::leaky_relu(x[0], 0.2)}; }},
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
      {"aten::bmm",
       [](const Tensors& x) { return Tensors{torch::bmm(torch::tanh(x[0]), x[1])}; },
       {{2, 5, 7}, {2, 7, 3}},
       {{3, 4, 6}, {3, 6, 9}}},
      {"aten::softmax",
       [](const Tensors& x) {
         return Tensors{torch::softmax(x[0], -1), torch::softmax(x[0], 3)};
       }},
      {"facemat::add_to_diagonal",
       [](const Tensors& x) { return Tensors{add_to_diagonal(x[0], x[1])}; },
       {{1, 5, 5}, {1, 1, 5}},
       {{3, 7, 7}, {3, 1, 7}}},
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
      {"aten::transpose",
       [](const Tensors& x) {
         return Tensors{x[0].transpose(1, 2), x[0].transpose(-1, 0)};
       }},
      {"aten::flatten",
       [](const Tensors& x) {
         return Tensors{x[0].flatten(2), x[0].flatten(1)};
       }},
      {"aten::reflection_pad2d",
       [](const Tensors& x) {
         return Tensors{torch::reflection_pad2d(x[0], {3, 1, 2, 4}), torch::reflection_pad2d(x[0], {0, 0, 1, 0})};
       }},
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

std::vector<Case> padding_cases() {
  return {
      {"aten::constant_pad_nd",
       [](const Tensors& x) {
         return Tensors{torch::constant_pad_nd(x[0], {1, 2, 0, 3}), torch::constant_pad_nd(x[0], {2, 2}, 0.5)};
       }},
      {"facemat::pad_to_multiple", [](const Tensors& x) { return Tensors{pad_to_multiple(x[0], 5)}; }},
      // Traced where nothing is missing, and with what was padded in use behind it.
      {"facemat::pad_to_multiple",
       [](const Tensors& x) {
         const auto padded = pad_to_multiple(x[0], 4);
         return Tensors{torch::relu(padded), crop_like(padded, x[0])};
       }},
  };
}

// Cells of errors that differ, so that nothing hangs on their order; in one case half of them are equal, and it does.
std::vector<Case> patch_cases() {
  const std::vector<Shape> even = {{1, 4, 16, 24}, {1, 1, 4, 6}, {1, 4, 8, 12}};
  const std::vector<Shape> odd = {{3, 4, 12, 28}, {3, 1, 3, 7}, {3, 4, 6, 14}};
  return {
      {"facemat::largest_cells", [](const Tensors& x) { return Tensors{patches_at(x[0], largest_cells(x[1], 0.3), 4, 2)}; },
       even, odd},
      {"facemat::largest_cells", [](const Tensors& x) { return Tensors{patches_at(x[0], largest_cells(x[1], 1e-6), 4, 0)}; },
       even, odd},
      {"facemat::largest_cells",
       [](const Tensors& x) { return Tensors{patches_at(x[0], largest_cells(torch::relu(x[1]), 0.8), 4, 0)}; }, even, odd},
      {"facemat::cells_above", [](const Tensors& x) { return Tensors{patches_at(x[0], cells_above(x[1], 2), 4, 2)}; }, even,
       odd},
      {"facemat::cells_above", [](const Tensors& x) { return Tensors{patches_at(x[0], cells_above(x[1], 1000), 4, 2)}; }, even,
       odd},
      {"facemat::patches_at", [](const Tensors& x) { return Tensors{patches_at(x[2], largest_cells(x[1], 0.5), 2, 3)}; }, even,
       odd},
      {"facemat::with_patches",
       [](const Tensors& x) {
         const auto cells = largest_cells(x[1], 0.4);
         return Tensors{with_patches(torch::relu(x[0]), patches_at(x[0], cells, 4, 0) * 2, cells, 4)};
       },
       even, odd},
  };
}

std::vector<Case> pooling_cases() {
  return {
      {"aten::mean",
       [](const Tensors& x) {
         return Tensors{x[0].mean(1, true), x[0].mean({-2, -1})};
       }},
      {"aten::linalg_vector_norm",
       [](const Tensors& x) {
         return Tensors{torch::linalg_vector_norm(x[0], 2, torch::IntArrayRef{1}, true),
                        torch::linalg_vector_norm(x[0], 2, torch::IntArrayRef{2, 3}, false)};
       }},
      {"aten::adaptive_avg_pool2d",
       [](const Tensors& x) {
         return Tensors{torch::adaptive_avg_pool2d(x[0], {1, 1})};
       }},
      // Parts of one size and of several, that overlap and that do not, and more of them than pixels.
      {"aten::adaptive_avg_pool2d",
       [](const Tensors& x) {
         return Tensors{torch::adaptive_avg_pool2d(x[0], {2, 3}), torch::adaptive_avg_pool2d(x[0], {6, 6}),
                        torch::adaptive_avg_pool2d(x[0], {1, 17})};
       }},
      {"aten::avg_pool2d", [](const Tensors& x) { return Tensors{torch::avg_pool2d(x[0], 2, 2, 0, true, false)}; }},
      {"aten::avg_pool2d", [](const Tensors& x) { return Tensors{torch::avg_pool2d(x[0], 2)}; }},
      {"aten::avg_pool2d",
       [](const Tensors& x) {
         return Tensors{torch::avg_pool2d(x[0], {3, 5}, 1, {1, 2}, false, true)};
       }},
      {"aten::avg_pool2d", [](const Tensors& x) { return Tensors{torch::avg_pool2d(x[0], 3, 2, 1, false, false)}; }},
      {"aten::max_pool2d", [](const Tensors& x) { return Tensors{torch::max_pool2d(x[0], 2)}; }},
      {"aten::max_pool2d", [](const Tensors& x) { return Tensors{torch::max_pool2d(x[0], 3, 2, 1)}; }},
      {"aten::max_pool2d", [](const Tensors& x) { return Tensors{torch::max_pool2d(x[0], 2, 2, 0, 1, true)}; }},
      {"aten::max_pool2d",
       [](const Tensors& x) {
         return Tensors{torch::max_pool2d(x[0], {3, 5}, 1, {1, 2}, {1, 2})};
       }},
      // Behind a rectifier half of the windows have several largest values, and some nothing but zeros.
      {"facemat::unpool_like",
       [](const Tensors& x) { return Tensors{unpool_like(x[0], torch::relu(x[1]))}; },
       {{1, 4, 4, 6}, {1, 4, 8, 12}},
       {{3, 4, 3, 5}, {3, 4, 6, 10}}},
      {"facemat::unpool_like",
       [](const Tensors& x) { return Tensors{unpool_like(torch::relu(x[0]), x[1])}; },
       {{2, 1, 1, 1}, {2, 1, 2, 2}},
       {{1, 3, 2, 1}, {1, 3, 4, 2}}},
  };
}

// A twentieth of the pixels is set, in the last case a thousandth: there distances are long.
std::vector<Case> distance_cases() {
  const auto nearness = [](const torch::Tensor& mask, double scale) {
    return Tensors{torch::exp(squared_distances(mask) * (-1 / scale))};
  };
  return {
      {"facemat::squared_distances", [=](const Tensors& x) { return nearness(x[0] - 6, 50); }},
      {"facemat::squared_distances", [=](const Tensors& x) { return nearness(x[0] - 6, 50); }, {{2, 1, 1, 9}}, {{1, 3, 40, 1}}},
      {"facemat::squared_distances",
       [=](const Tensors& x) { return nearness(x[0] - 12, 5000); },
       {{1, 1, 16, 16}},
       {{1, 1, 200, 30}}},
  };
}

std::vector<Case> resize_cases() {
  return {
      {"aten::upsample_bilinear2d", [](const Tensors& x) { return Tensors{interpolated(x[0], 2)}; }},
      {"aten::upsample_bilinear2d",
       [](const Tensors& x) { return Tensors{interpolated(x[0], 0.375)}; },
       {{1, 3, 64, 40}},
       {{2, 3, 37, 50}}},
      {"aten::upsample_bilinear2d", [](const Tensors& x) { return Tensors{interpolated(x[0], 2, true)}; }},
      {"aten::upsample_nearest2d",
       [](const Tensors& x) {
         namespace F = torch::nn::functional;
         return Tensors{F::interpolate(x[0], F::InterpolateFuncOptions()
                                                 .scale_factor(std::vector<double>{2, 2})
                                                 .mode(torch::kNearest)
                                                 .recompute_scale_factor(false))};
       }},
      {"facemat::resize_like",
       [](const Tensors& x) { return Tensors{resize_like(x[0], x[1])}; },
       {{1, 2, 8, 8}, {1, 3, 32, 16}},
       {{2, 2, 5, 9}, {2, 1, 21, 35}}},
      {"facemat::resize_like",
       [](const Tensors& x) { return Tensors{resize_like(x[0], x[1], /*align_corners=*/true)}; },
       {{1, 2, 8, 8}, {1, 3, 32, 16}},
       {{2, 2, 1, 9}, {2, 1, 4, 9}}},
      {"facemat::resize_by",
       [](const Tensors& x) { return Tensors{resize_by(x[0], torch::sigmoid(x[1]) * 0.5 + 0.4)}; },
       {{1, 2, 8, 8}, {1}},
       {{2, 2, 25, 39}, {1}}},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& cases : {convolution_cases(), elementwise_cases(), arithmetic_cases(), shape_cases(), padding_cases(),
                            pooling_cases(), distance_cases(), resize_cases(), patch_cases()})
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
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::max_pool2d(x[0], 3, 2, 1, 1, true)}; }),
              HasSubstr("ceil_mode with padding"));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::dropout(x[0], 0.5, true)}; }),
              HasSubstr("training mode"));
  EXPECT_THAT(message_of([](const Tensors& x) { return x[0].chunk(2, 3); }), HasSubstr("other than channels"));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::softmax(x[0], 1)}; }), HasSubstr("other than the last"));
  EXPECT_THAT(message_of([](const Tensors& x) {
                return Tensors{torch::constant_pad_nd(x[0], {1, -1})};
              }),
              HasSubstr("below 0"))
      << "what moves a map without changing its size";
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{x[0].flatten(1, 2)}; }), HasSubstr("other than all"));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{torch::linalg_vector_norm(x[0], 1, torch::IntArrayRef{1})}; }),
              HasSubstr("order"));
  EXPECT_THAT(message_of([](const Tensors& x) { return Tensors{x[0] + torch::ones({1}, torch::kLong)}; }),
              HasSubstr("floating-point"));
}

}  // namespace
}  // namespace facemat
