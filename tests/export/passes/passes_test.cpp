#include "export/passes/passes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "export/passes/targets.h"
#include "src/core/error.h"
#include "tests/export/parity.h"
#include "tests/export/passes/builder.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const Pass& pass, std::ostream* out) { *out << pass.name; }

namespace {

constexpr double kTolerance = 2e-5;

// A small graph that a pass rewrites, and what must be true of it afterwards.
struct Case {
  const char* pass;
  Graph graph;
  std::vector<std::vector<Shape>> inputs;  // shapes of the inputs; one run for each entry
  std::function<bool(const Graph&)> rewritten;
  Names before = {};  // passes that bring the graph into the form the pass expects
  int opset = kOnnxOpset;
};

std::function<bool(const Graph&)> has_no(const std::string& type) {
  return [type](const Graph& graph) { return count(graph, type) == 0; };
}

std::function<bool(const Graph&)> has(const std::string& type, int wanted) {
  return [type, wanted](const Graph& graph) { return count(graph, type) == wanted; };
}

const std::vector<std::vector<Shape>> kPictures = {{{1, 3, 16, 16}}, {{3, 3, 7, 13}}, {{2, 3, 1, 1}}};

std::vector<std::vector<Shape>> maps(int64_t channels) {
  return {{{1, channels, 8, 12}}, {{3, channels, 7, 5}}, {{1, channels, 1, 1}}};
}

std::vector<Case> folding_cases() {
  std::vector<Case> cases;
  for (const bool with_bias : {false, true}) {
    Builder b;
    b.input("x", open(3)).random("w", {8, 3, 3, 3}).random("bias", {8}).random("scale", {8}).random("shift", {8});
    b.random("mean", {8}).tensor("variance", torch::rand({8}) + 0.1).conv("x", "w", "c", 1, 2, with_bias ? "bias" : "");
    b.node("BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, {"y"}, {{"epsilon", 1e-3}});
    cases.push_back({"fold_batch_norms", b.graph({"y"}), kPictures, has_no("BatchNormalization")});
  }
  for (const int64_t stride : {1, 2}) {
    Builder b;
    b.input("x", open(3)).random("w", {8, 3, 3, 3}).random("bias", {8});
    b.tensor("mean", torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1}));
    b.tensor("deviation", torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1}));
    b.node("Sub", {"x", "mean"}, {"d"}).node("Div", {"d", "deviation"}, {"n"}).conv("n", "w", "y", 1, stride, "bias");
    cases.push_back({"fold_normalisation", b.graph({"y"}), kPictures, has_no("Div")});
  }
  {
    Builder b;  // "1 - x" as it is recorded, arithmetic of constants, and the shape of a fixed size
    b.input("x", {int64_t{2}, int64_t{3}, int64_t{4}, int64_t{5}});
    b.node("Shape", {"x"}, {"shape"}).node("Expand", {b.scalar(1), "shape"}, {"ones"}).node("Sub", {"ones", "x"}, {"rest"});
    b.node("Add", {b.scalar(1), b.scalar(2)}, {"three"}).node("Mul", {"rest", "three"}, {"y"});
    cases.push_back({"fold_constants", b.graph({"y"}), {{{2, 3, 4, 5}}}, has_no("Expand")});
  }
  return cases;
}

std::vector<Case> cleaning_cases() {
  std::vector<Case> cases;
  {
    Builder b;
    b.input("x", open(3)).random("w", {8, 3, 1, 1}).node("Identity", {"w"}, {"weight"}).conv("x", "w", "c");
    b.node("Identity", {"c"}, {"same"}).node("Relu", {"same"}, {"r"}).node("Identity", {"r"}, {"y"});
    cases.push_back({"drop_identities", b.graph({"y"}), kPictures, has_no("Identity")});
  }
  {
    Builder b;
    b.input("x", open(3)).random("unused", {4}).node("Relu", {"x"}, {"y"}).node("Exp", {"x"}, {"z"});
    cases.push_back(
        {"drop_unused", b.graph({"y"}), kPictures, [](const Graph& g) { return g.nodes.size() == 1 && g.constants.empty(); }});
  }
  {
    Builder b;
    b.input("x", open(3)).tensor("a", torch::ones({1})).tensor("b", torch::ones({1}));
    b.node("Add", {"x", "a"}, {"p"}).node("Add", {"x", "b"}, {"q"}).node("Mul", {"p", "q"}, {"y"});
    cases.push_back({"merge_duplicates", b.graph({"y"}), kPictures, has("Add", 1)});
  }
  {
    Builder b;  // a GRU's step from a state of zeros
    b.input("x", open(4)).tensor("zero", torch::zeros({1, 1, 1, 1})).random("w", {4, 8, 3, 3}).random("v", {4, 4, 1, 1});
    b.node("Shape", {"x"}, {"s"}).node("Expand", {"zero", "s"}, {"h"}).cat({"x", "h"}, "xh").conv("xh", "w", "z", 1);
    b.node("Sub", {b.scalar(1), "z"}, {"rest"}).node("Mul", {"rest", "h"}, {"old"}).conv("h", "v", "nothing");
    b.node("Add", {"old", "z"}, {"sum"}).node("Sub", {"sum", "nothing"}, {"y"});
    cases.push_back({"drop_zeros", b.graph({"y"}), maps(4), [](const Graph& g) { return g.nodes.size() == 1; }});
  }
  return cases;
}

std::vector<Case> convolution_cases() {
  std::vector<Case> cases;
  {
    Builder b;
    b.input("x", open(6)).node("Relu", {"x"}, {"r"}).slice("r", 2, 6, "b").slice("r", 0, 2, "a");
    b.node("Tanh", {"a"}, {"ta"}).cat({"b", "ta"}, "y");
    cases.push_back({"join_slices", b.graph({"y"}), maps(6), has_no("Slice")});
  }
  for (const bool with_bias : {false, true}) {
    Builder b;
    b.input("x", open(16))
        .random("p", {16, 16, 1, 1})
        .random("q", {3, 16, 1, 1})
        .random("w", {8, 35, 3, 3}, 0.1)
        .random("bias", {8});
    b.conv("x", "p", "u").conv("x", "q", "v").cat({"u", "x", "v"}, "c").conv("c", "w", "y", 1, 1, with_bias ? "bias" : "");
    cases.push_back({"split_joined_inputs", b.graph({"y"}), maps(16), has_no("Concat")});
  }
  return cases;
}

std::vector<Case> blocked_cases() {
  std::vector<Case> cases;
  {
    Builder b;
    b.input("x", open(3)).random("w", {48, 3, 3, 3}).conv("x", "w", "c", 1).split("c", {32, 16}, {"a", "b"});
    b.node("Relu", {"a"}, {"ra"}).node("Tanh", {"b"}, {"rb"}).cat({"rb", "ra"}, "y");
    cases.push_back({"block_splits", b.graph({"y"}), kPictures, has_no("Split")});
  }
  {
    Builder b;  // 5x7 -> 10x14 -> 9x13
    b.input("x", {int64_t{2}, int64_t{8}, int64_t{5}, int64_t{7}}).twice("x", "u");
    b.node("Slice", {"u", b.integers({0, 0}), b.integers({9, 13}), b.integers({-2, -1})}, {"y"});
    cases.push_back({"block_crops", b.graph({"y"}), {{{2, 8, 5, 7}}}, has_no("Slice")});
  }
  {
    Builder b;  // both sides cut, one, none; a slice without axes is no crop
    b.input("x", open(8))
        .input("like", open(3, "like_"))
        .twice("x", "u")
        .node("Shape", {"like"}, {"s"}, {{"start", int64_t{-2}}});
    b.node("Slice", {"u", b.integers({0, 0}), "s", b.integers({-2, -1})}, {"y"});
    b.node("Slice", {"u", b.integers({0, 0, 1, 1}), b.integers({1, 8, 9, 9})}, {"part"});
    cases.push_back({"open_crops",
                     b.graph({"y", "part"}),
                     {{{2, 8, 5, 7}, {2, 3, 9, 13}}, {{1, 8, 5, 7}, {1, 3, 10, 13}}, {{1, 8, 5, 7}, {1, 3, 10, 14}}},
                     has("Where", 1)});
  }
  {
    Builder b;
    b.input("x", open(8)).twice("x", "y");
    cases.push_back({"block_upsampling", b.graph({"y"}), maps(8), has("Conv", 1)});
  }
  {
    Builder b;
    b.input("x", open(3)).random("w", {24, 3, 3, 3}).conv("x", "w", "c", 1).node("HardSwish", {"c"}, {"y"});
    cases.push_back({"block_hard_swish", b.graph({"y"}), kPictures, has_no("HardSwish")});
  }
  for (const int64_t channels : {16, 20}) {  // in blocks, and not
    Builder b;
    b.input("x", open(channels)).input("s", {"s_batch", "s_channels", "s_height", "s_width"});
    b.random("p", {channels, channels, 1, 1}, 0.2).random("q", {channels, channels, 3, 3}, 0.1);
    b.node("Shape", {"x"}, {"shape"}).node("Expand", {"s", "shape"}, {"h"});
    b.conv("x", "p", "a").node("Sigmoid", {"a"}, {"z"}).node("Mul", {"z", "h"}, {"rh"});
    b.conv("rh", "q", "d", 1).node("Tanh", {"d"}, {"c"});
    b.node("Sub", {b.scalar(1), "z"}, {"rest"}).node("Mul", {"rest", "h"}, {"old"}).node("Mul", {"z", "c"}, {"new"});
    b.node("Add", {"old", "new"}, {"y"});
    const std::vector<std::vector<Shape>> inputs = {
        {{1, channels, 8, 12}, {1, 1, 1, 1}}, {{3, channels, 7, 5}, {3, channels, 7, 5}}, {{1, channels, 1, 1}, {1, 1, 1, 1}}};
    cases.push_back(
        {"block_blends", b.graph({"y"}), inputs, [](const Graph& g) { return g.constants.count("/scalar/1") == 0; }});
  }
  {
    Builder b;
    b.input("x", open(3)).random("w", {16, 3, 3, 3}).conv("x", "w", "c", 1, 2).node("Relu", {"c"}, {"r"}).conv("r", "v", "y");
    b.random("v", {4, 16, 1, 1});
    cases.push_back({"state_shapes", b.graph({"y"}), kPictures, [](const Graph& g) {
                       const Dimensions wanted = {"batch", int64_t{16}, "height_2", "width_2"};
                       return g.shapes.count("r") == 1 && g.shapes.at("r") == wanted;
                     }});
  }
  {
    Builder b;  // what is stated is float32: a comparison's result is not
    b.input("x", open(3)).node("Greater", {"x", b.scalar(0.5)}, {"above"});
    b.node("Cast", {"above"}, {"ones"}, {{"to", int64_t{1}}}).node("Relu", {"ones"}, {"y"});
    cases.push_back({"state_shapes", b.graph({"y"}), kPictures,
                     [](const Graph& g) { return g.shapes.count("ones") == 1 && g.shapes.count("above") == 0; }});
  }
  return cases;
}

std::vector<Case> refining_cases() {
  std::vector<Case> cases;
  const std::vector<std::vector<Shape>> inputs = {
      {{1, 3, 16, 20}, {1, 4, 4, 5}}, {{3, 3, 7, 13}, {3, 4, 3, 2}}, {{1, 3, 1, 1}, {1, 4, 1, 1}}};
  {
    Builder b;  // (A x + b) of four channels, taken apart
    b.input("x", open(3)).input("a", open(4, "small_"));
    b.node("ReduceMean", {"x"}, {"grey"}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{1}}})
        .cat({"x", "grey"}, "guide");
    b.like("a", "x", "up").node("Mul", {"up", "guide"}, {"p"}).node("Add", {"p", "up"}, {"out"});
    b.slice("out", 0, 3, "rgb").slice("out", 3, 4, "alpha").node("Relu", {"rgb"}, {"y"}).node("Tanh", {"alpha"}, {"z"});
    cases.push_back({"move_slices_up", b.graph({"y", "z"}), inputs, [](const Graph& g) { return count(g, "Concat") == 4; }});
  }
  {
    Builder b;
    b.input("x", open(3))
        .input("a", open(4, "small_"))
        .slice("a", 0, 3, "f")
        .slice("a", 1, 4, "o")
        .like("f", "x", "up")
        .like("o", "x", "b");
    b.node("Mul", {"up", "x"}, {"p"}).node("Add", {"p", "b"}, {"q"}).node("Add", {"q", "x"}, {"y"});
    cases.push_back({"sum_before_resize", b.graph({"y"}), inputs, [](const Graph& g) {
                       return g.nodes.back().inputs != Names{"q", "x"};
                     }});
  }
  {
    Builder b;
    b.input("x", open(3)).node("ReduceMean", {"x"}, {"y"}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{1}}});
    cases.push_back({"mean_by_product", b.graph({"y"}), kPictures, has_no("ReduceMean")});
  }
  {
    Builder b;
    b.input("x", open(3)).input("a", open(4, "small_")).like("a", "x", "y");
    cases.push_back({"resize_by_axes", b.graph({"y"}), inputs, has("Resize", 2)});
  }
  return cases;
}

std::vector<Case> lowering_cases() {
  std::vector<Case> cases;
  {
    Builder b;
    b.input("x", open(8)).node("GlobalAveragePool", {"x"}, {"m"}).node("Mul", {"x", "m"}, {"y"});
    cases.push_back({"mean_by_rows", b.graph({"y"}), maps(8), has_no("GlobalAveragePool")});
  }
  {
    Builder b;
    b.input("x", open(3)).node("HardSwish", {"x"}, {"y"});
    cases.push_back({"open_hard_swish", b.graph({"y"}), kPictures, has_no("HardSwish"), {}, 13});
  }
  {
    Builder b;
    b.input("x", open(4)).split("x", {1, 3}, {"a", "b"}).twice("b", "y");
    cases.push_back(
        {"old_inputs", b.graph({"y", "a"}), maps(4), [](const Graph& g) { return g.nodes[0].inputs.size() == 1; }, {}, 11});
  }
  {
    Builder b;
    b.input("x", open(3))
        .node("Clip", {"x", b.scalar(0), b.scalar(1)}, {"y"})
        .node("Clip", {"x", b.scalar(0.25), b.scalar(0.5)}, {"z"});
    cases.push_back({"clip_by_relu", b.graph({"y", "z"}), kPictures, has_no("Clip")});
  }
  for (const bool with_bias : {false, true}) {
    Builder b;
    b.input("x", open(3)).random("w", {4, 3, 1, 1}, 3).random("bias", {4}).conv("x", "w", "c", 0, 1, with_bias ? "bias" : "");
    b.node("HardSigmoid", {"c"}, {"y"}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
    cases.push_back({"clip_gates", b.graph({"y"}), kPictures, has_no("HardSigmoid")});
  }
  {
    Builder b;
    b.input("x", open(3)).input("a", open(4, "small_")).like("a", "x", "y");
    cases.push_back({"whole_shapes",
                     b.graph({"y"}),
                     {{{1, 3, 16, 20}, {1, 4, 4, 5}}, {{3, 3, 7, 13}, {3, 4, 3, 2}}},
                     has("Slice", 2),
                     {},
                     13});
  }
  {
    Builder b;
    b.input("x", open(4)).random("w", {4, 2, 4, 4});
    b.node("ConvTranspose", {"x", "w"}, {"y"}, {{"pads", std::vector<int64_t>(4, 1)}, {"strides", std::vector<int64_t>{2, 2}}});
    cases.push_back({"old_inputs",
                     b.graph({"y"}),
                     maps(4),
                     [](const Graph& g) { return g.nodes[0].attributes.count("kernel_shape") == 1; },
                     {},
                     11});
  }
  {
    Builder b;
    b.input("x", open(4)).tensor("ones", torch::rand({4}) + 0.5).random("mean", {4});
    b.node("InstanceNormalization", {"x", "ones", "ones"}, {"y"});
    b.node("BatchNormalization", {"x", "ones", "ones", "mean", "ones"}, {"z"});
    cases.push_back({"own_instance_norms", b.graph({"y", "z"}), maps(4), [](const Graph& g) {
                       const auto& instance = g.nodes[0].inputs;
                       return users_of(g, instance[1]).size() == 1 && users_of(g, instance[2]).size() == 1 &&
                              instance[1] != g.nodes[1].inputs[1];
                     }});
  }
  return cases;
}

std::vector<Case> all_cases() {
  torch::manual_seed(5);
  std::vector<Case> all;
  for (auto& cases :
       {folding_cases(), cleaning_cases(), convolution_cases(), blocked_cases(), refining_cases(), lowering_cases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

std::vector<FloatTensor> run(const Graph& graph, int opset, const std::vector<torch::Tensor>& inputs) {
  PlainSession session(onnx_bytes(graph, {}, opset), "test");
  std::vector<FloatTensor> floats;
  for (const torch::Tensor& input : inputs) floats.push_back(to_floats(input));
  return session.run(floats);
}

class EveryPass : public testing::TestWithParam<Pass> {};

TEST_P(EveryPass, LeavesWhatIsComputed) {
  int found = 0;
  for (const Case& c : all_cases()) {
    if (std::string(c.pass) != GetParam().name) continue;
    SCOPED_TRACE("case " + std::to_string(++found));
    Graph before = c.graph;
    run_passes(before, c.before);
    Graph after = before;
    run_passes(after, {c.pass});
    EXPECT_FALSE(found == 1 && c.rewritten(before) && std::string(c.pass) != "block_blends") << "the case shows nothing";
    EXPECT_TRUE(c.rewritten(after));
    for (const auto& shapes : c.inputs) {
      std::vector<torch::Tensor> inputs;
      for (const Shape& shape : shapes) inputs.push_back(torch::rand(shape) * 2 - 0.5);
      const auto expected = run(before, kOnnxOpset, inputs), got = run(after, c.opset, inputs);
      ASSERT_EQ(got.size(), expected.size());
      for (size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(got[i].shape, expected[i].shape);
        EXPECT_LT((to_tensor(got[i]) - to_tensor(expected[i])).abs().max().item<double>(), kTolerance) << "output " << i;
      }
    }
  }
  EXPECT_GT(found, 0) << GetParam().name << " has no case in this file";
}

INSTANTIATE_TEST_SUITE_P(Table, EveryPass, testing::ValuesIn(pass_table()),
                         [](const auto& info) { return std::string(info.param.name); });

// A map of a 1080p frame at an eighth of its size: a running sum over 32400 values would lose three digits.
TEST(MeanByRows, IsExactForLargeMaps) {
  Builder b;
  b.input("x", open(16)).random("w", {16, 16, 1, 1}).conv("x", "w", "c").node("GlobalAveragePool", {"c"}, {"y"});
  const Graph pooled = b.graph({"y"});
  Graph graph = pooled;
  run_passes(graph, {"mean_by_rows"});
  const auto x = torch::rand({1, 16, 135, 240}) + 1;
  const auto expected = torch::conv2d(x.to(torch::kFloat64), graph.constants.at("w").to(torch::kFloat64)).mean({2, 3}, true);
  const auto error_of = [&](const Graph& g) {
    const auto got = to_tensor(run(g, kOnnxOpset, {x})[0]).to(torch::kFloat64);
    return ((got - expected).abs().max() / expected.abs().max()).item<double>();
  };
  RecordProperty("pooled", fmt::format("{:.2g}", error_of(pooled)));
  EXPECT_LT(error_of(graph), 3e-7);
}

TEST(PassTable, NamesEachPassOnce) {
  std::set<std::string> names;
  for (const Pass& pass : pass_table()) EXPECT_TRUE(names.insert(pass.name).second) << pass.name;
  Graph graph;
  EXPECT_THROW(run_passes(graph, {"polish"}), Error);
}

// The shift rides on a channel of ones, so that the zeros around the picture stay zeros: every value, borders included, is that
// of the definition.
TEST(FoldNormalisation, IsExactAtTheBorders) {
  Builder b;
  b.input("x", open(1)).tensor("w", torch::ones({1, 1, 3, 3})).tensor("mean", torch::full({1, 1, 1, 1}, 0.5));
  b.tensor("deviation", torch::full({1, 1, 1, 1}, 0.25))
      .node("Sub", {"x", "mean"}, {"d"})
      .node("Div", {"d", "deviation"}, {"n"});
  Graph graph = b.conv("n", "w", "y", 1).graph({"y"});
  run_passes(graph, {"fold_normalisation"});
  const auto got = to_tensor(run(graph, kOnnxOpset, {torch::ones({1, 1, 3, 3})})[0]);
  // (1 - 0.5) / 0.25 = 2 for each value inside: four of them at a corner, six at an edge, nine in the middle.
  EXPECT_TRUE(torch::allclose(got, torch::tensor({8.f, 12.f, 8.f, 12.f, 18.f, 12.f, 8.f, 12.f, 8.f}).view({1, 1, 3, 3})));
}

TEST(DropIdentities, KeepsAnOutputThatIsAnInput) {
  Builder b;
  b.input("x", open(3)).node("Identity", {"x"}, {"y"});
  Graph graph = b.graph({"y"});
  run_passes(graph, {"drop_identities"});
  EXPECT_EQ(count(graph, "Identity"), 1);
}

TEST(DropIdentities, TakesAPaddingThatAddsNothing) {
  Builder b;
  b.input("x", {int64_t{1}, int64_t{3}, int64_t{8}, int64_t{8}});
  b.node("Pad", {"x", b.integers(std::vector<int64_t>(8, 0))}, {"same"}, {{"mode", "edge"}}).node("Relu", {"same"}, {"a"});
  b.node("Pad", {"a", b.integers({0, 0, 0, 0, 0, 0, 1, 0})}, {"y"}, {{"mode", "edge"}});
  Graph graph = b.graph({"y"});
  run_passes(graph, {"drop_identities"});
  EXPECT_EQ(count(graph, "Pad"), 1) << "the other adds a row";
}

TEST(CheckOperators, NamesThoseThatATargetLacks) {
  Builder b;
  b.input("x", open(3)).node("Relu", {"x"}, {"r"}).node("Greater", {"r", b.scalar(0.5)}, {"c"});
  b.node("Where", {"c", "r", "x"}, {"w"}).node("Greater", {"w", b.scalar(0.25)}, {"d"}).node("Where", {"d", "w", "x"}, {"v"});
  b.node("Pad", {"v", b.integers({0, 0, 0, 0, 0, 0, 1, 0})}, {"y"}, {{"mode", "edge"}});
  const Graph graph = b.graph({"y"});
  EXPECT_EQ(message_of([&] { check_operators(graph, find_target("opencv")); }),
            "target 'opencv' is not known to run Greater, Where, Pad (edge), which the network '" + graph.name +
                "' is written with (targets that are: ort, tensorrt, browser)");
  for (const char* target : {"ort", "tensorrt", "browser"})
    EXPECT_EQ(message_of([&] { check_operators(graph, find_target(target)); }), "no error");
}

TEST(SplitJoinedInputs, LeavesWhatFitsIntoBlocksOfFour) {
  Builder b;
  b.input("x", open(20)).random("w", {8, 40, 3, 3}).node("Relu", {"x"}, {"r"}).cat({"x", "r"}, "c").conv("c", "w", "y", 1);
  Graph graph = b.graph({"y"});
  run_passes(graph, {"split_joined_inputs"});
  EXPECT_EQ(count(graph, "Concat"), 1);
}

// How many of a map's values are wanted is known where its size is.
TEST(Folding, CountsPartsOfFixedSizes) {
  Builder b;
  b.input("x", {int64_t{1}, int64_t{1}, int64_t{6}, int64_t{8}}).node("Reshape", {"x", b.integers({0, -1})}, {"flat"});
  b.node("Shape", {"flat"}, {"all"}, {{"start", int64_t{1}}}).node("Cast", {"all"}, {"number"}, {{"to", int64_t{1}}});
  b.node("Mul", {"number", b.scalar(0.3)}, {"part"}).node("Floor", {"part"}, {"whole"});
  b.node("Max", {"whole", b.scalar(1)}, {"some"}).node("Cast", {"some"}, {"count"}, {{"to", int64_t{7}}});
  b.node("TopK", {"flat", "count"}, {"values", "places"}, {{"axis", int64_t{1}}});
  Graph graph = b.graph({});
  graph.outputs.push_back({"values", {int64_t{1}, int64_t{14}}});
  run_passes(graph, {"fold_constants"});
  EXPECT_EQ(graph.nodes.size(), 2u);
  ASSERT_NE(constant_of(graph, "count"), nullptr);
  EXPECT_EQ(constant_of(graph, "count")->scalar_type(), torch::kInt64);
  EXPECT_EQ(constant_of(graph, "count")->item<int64_t>(), 14);
}

}  // namespace
}  // namespace facemat
