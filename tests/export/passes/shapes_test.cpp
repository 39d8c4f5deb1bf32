#include "export/passes/shapes.h"

#include <gtest/gtest.h>

#include "export/passes/passes.h"
#include "src/core/error.h"
#include "tests/export/passes/builder.h"

namespace facemat {
namespace {

TEST(Shapes, AreNumbersWhereInputsAreFixedAndNamesElsewhere) {
  Builder b;
  b.input("x", open(3)).random("w", {8, 3, 3, 3}).conv("x", "w", "a", 1, 2).random("v", {8, 8, 3, 3}).conv("a", "v", "b", 1, 2);
  b.twice("b", "up").node("Shape", {"a"}, {"size"}, {{"start", int64_t{-2}}});
  b.node("Slice", {"up", b.integers({0, 0}), "size", b.integers({-2, -1})}, {"cut"});
  const Graph graph = b.graph({"cut"});
  const Shapes shapes = infer_shapes(graph);
  EXPECT_EQ(shapes.sizes.at("b"), (Dimensions{"batch", int64_t{8}, "height_4", "width_4"}));
  EXPECT_EQ(shapes.sizes.at("cut"), shapes.sizes.at("a"));  // though nothing says that twice height_4 is height_2
  EXPECT_FALSE(same(shapes.sizes.at("up"), shapes.sizes.at("a")));
  EXPECT_EQ(channels_of(shapes, "up"), 8);
  EXPECT_EQ(channels_of(shapes, "nothing"), 0);

  Graph fixed = graph;
  fixed.inputs[0].dimensions = {int64_t{1}, int64_t{3}, int64_t{9}, int64_t{16}};
  const Shapes sizes = infer_shapes(fixed);
  EXPECT_EQ(sizes.sizes.at("b"), (Dimensions{int64_t{1}, int64_t{8}, int64_t{3}, int64_t{4}}));
  EXPECT_EQ(sizes.sizes.at("up"), (Dimensions{int64_t{1}, int64_t{8}, int64_t{6}, int64_t{8}}));
  EXPECT_EQ(sizes.sizes.at("cut"), (Dimensions{int64_t{1}, int64_t{8}, int64_t{5}, int64_t{8}}));
}

TEST(Shapes, FollowPoolingPaddingAndUnpooling) {
  Builder b;
  b.input("x", {int64_t{1}, int64_t{4}, int64_t{8}, int64_t{6}});
  b.node("MaxPool", {"x"}, {"pooled"}, {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}});
  b.node("Pad", {"x", b.integers({0, 0, 1, 2, 0, 0, 1, 3})}, {"padded"}, {{"mode", "reflect"}});
  b.node("Where", {"nowhere", "pooled", b.scalar(0)}, {"chosen"});
  b.node("DepthToSpace", {"chosen"}, {"unpooled"}, {{"blocksize", int64_t{2}}, {"mode", "DCR"}});
  Graph graph = b.graph({"unpooled"});
  const auto sizes = [&](const char* name) { return infer_shapes(graph).sizes.at(name); };
  EXPECT_EQ(sizes("pooled"), (Dimensions{int64_t{1}, int64_t{4}, int64_t{4}, int64_t{3}}));
  EXPECT_EQ(sizes("padded"), (Dimensions{int64_t{1}, int64_t{4}, int64_t{10}, int64_t{11}}));
  EXPECT_EQ(sizes("chosen"), sizes("pooled"));
  EXPECT_EQ(sizes("unpooled"), (Dimensions{int64_t{1}, int64_t{1}, int64_t{8}, int64_t{6}}));
  graph.inputs[0].dimensions = open(4);
  EXPECT_EQ(sizes("padded"), (Dimensions{"batch", int64_t{4}, "", ""}));
  EXPECT_EQ(sizes("unpooled"), (Dimensions{"batch", int64_t{1}, "", ""}));
}

TEST(Shapes, NameWhatIsPaddedToAMultiple) {
  Builder b;
  b.input("x", open(3));
  b.node("Shape", {"x"}, {"size"}, {{"start", int64_t{2}}}).node("Mod", {"size", b.integers({32})}, {"over"});
  b.node("Sub", {b.integers({32}), "over"}, {"next"}).node("Mod", {"next", b.integers({32})}, {"missing"});
  b.node("Concat", {b.integers({0, 0, 0, 0, 0, 0}), "missing"}, {"pads"}, {{"axis", int64_t{0}}});
  b.node("Pad", {"x", "pads"}, {"padded"}, {{"mode", "edge"}});
  b.node("Resize", {"padded", "", b.numbers({1, 1, 0.5, 0.5})}, {"half"});
  b.node("Resize", {"padded", "", b.numbers({1, 1, 0.25, 0.25})}, {"quarter"});
  Graph graph = b.graph({"half"});
  const auto sizes = [&](const char* name) { return infer_shapes(graph).sizes.at(name); };
  EXPECT_EQ(sizes("padded"), (Dimensions{"batch", int64_t{3}, "height_padded", "width_padded"}));
  EXPECT_EQ(sizes("half"), (Dimensions{"batch", int64_t{3}, "height_padded_by_0.5", "width_padded_by_0.5"}));
  EXPECT_NE(sizes("half"), sizes("quarter"));
  // With a fixed size the arithmetic goes, step by step, and all sizes are numbers.
  graph.inputs[0].dimensions = {int64_t{1}, int64_t{3}, int64_t{40}, int64_t{64}};
  run_passes(graph, {"fold_constants", "fold_constants"});
  EXPECT_EQ(sizes("padded"), (Dimensions{int64_t{1}, int64_t{3}, int64_t{64}, int64_t{64}}));
  EXPECT_EQ(count(graph, "Mod") + count(graph, "Concat"), 0);
}

// How long it is comes of arithmetic that is not followed; where it cuts is known.
TEST(Shapes, ASliceOfUnknownLengthKeepsTheOtherSizes) {
  Builder b;
  b.input("x", {int64_t{1}, int64_t{4}, int64_t{8}, int64_t{6}});
  b.node("Shape", {"x"}, {"height"}, {{"start", int64_t{2}}, {"end", int64_t{3}}});
  b.node("Div", {"height", b.integers({3})}, {"third"});
  b.node("Slice", {"x", b.integers({0}), "third", b.integers({-2})}, {"cut"});
  b.node("Greater", {"cut", b.scalar(0)}, {"above"});
  b.node("Cast", {"above"}, {"ones"}, {{"to", int64_t{1}}});
  const Graph graph = b.graph({"ones"});
  EXPECT_EQ(infer_shapes(graph).sizes.at("ones"), (Dimensions{int64_t{1}, int64_t{4}, "", int64_t{6}}));
}

// What an attention over patches is made of.
TEST(Shapes, AreKnownOfEnlargedTurnedAndMultipliedTensors) {
  Builder b;
  b.input("x", open(4)).random("up", {4, 6, 4, 4}).node("LeakyRelu", {"x"}, {"a"}, {{"alpha", 0.2}});
  b.node("ConvTranspose", {"a", "up"}, {"big"},
         {{"pads", std::vector<int64_t>(4, 1)}, {"strides", std::vector<int64_t>{2, 2}}});
  b.node("Reshape", {"x", b.integers({0, 0, -1})}, {"columns"});
  b.node("Transpose", {"columns"}, {"rows"}, {{"perm", std::vector<int64_t>{0, 2, 1}}});
  b.node("MatMul", {"rows", "columns"}, {"products"}).node("Softmax", {"products"}, {"shares"}, {{"axis", int64_t{-1}}});
  b.node("ReduceL2", {"columns"}, {"lengths"}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{1}}});
  Graph graph = b.graph({"big", "shares", "lengths"});
  EXPECT_EQ(channels_of(infer_shapes(graph), "big"), 6);
  EXPECT_EQ(infer_shapes(graph).sizes.at("shares")[0], Dimension("batch"));
  graph.inputs[0].dimensions = {int64_t{2}, int64_t{4}, int64_t{3}, int64_t{5}};
  const Shapes shapes = infer_shapes(graph);
  EXPECT_EQ(shapes.sizes.at("big"), (Dimensions{int64_t{2}, int64_t{6}, int64_t{6}, int64_t{10}}));
  EXPECT_EQ(shapes.sizes.at("rows"), (Dimensions{int64_t{2}, int64_t{15}, int64_t{4}}));
  EXPECT_EQ(shapes.sizes.at("shares"), (Dimensions{int64_t{2}, int64_t{15}, int64_t{15}}));
  EXPECT_EQ(shapes.sizes.at("lengths"), (Dimensions{int64_t{2}, int64_t{1}, int64_t{15}}));
}

TEST(Shapes, RefusesWhatDoesNotFit) {
  Builder b;
  b.input("x", open(3)).random("w", {8, 4, 3, 3});
  Graph graph = b.graph({"x"});
  graph.nodes.push_back({"Conv", {"x", "w"}, {"y"}, {}});
  EXPECT_THROW(infer_shapes(graph), Error);
}

}  // namespace
}  // namespace facemat
