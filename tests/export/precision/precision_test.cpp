// fp16 and int8: the passes by hand values, whole models by their limits.

#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include "export/graph/float_ports.h"
#include "export/graph/proto.h"
#include "export/precision/calibration.h"
#include "export/precision/choice.h"
#include "export/precision/half.h"
#include "export/precision/int8.h"
#include "export/product/product.h"
#include "export/product/structure.h"
#include "export/proof/frames.h"
#include "src/core/contract.h"
#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/runtime/onnx/plain_session.h"
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kFloat = onnx::TensorProto::FLOAT, kHalf = onnx::TensorProto::FLOAT16;

ExportConfig few(const std::string& precision) {
  ExportConfig config;
  config.precision = precision;
  config.frames = 6;
  config.cases = {{"64x48", 1, 0, 0, false}, {"33x50", 3, 0, 0, true}};
  config.calibration.frames = 4;
  config.calibration.side = 64;
  return config;
}

std::vector<ShownFrames> drawn_clip(int frames, int64_t side) {
  std::vector<ShownFrames> clip;
  for (int t = 0; t < frames; ++t) clip.push_back(drawn_frames({side, side}, 1, t, Rng(1), {}));
  return clip;
}

std::map<std::string, int> port_types(const std::string& onnx) {
  std::map<std::string, int> types;
  const onnx::ModelProto model = parse_onnx(onnx, "test");
  for (const auto* ports : {&model.graph().input(), &model.graph().output()})
    for (const auto& port : *ports) types[port.name()] = port.type().tensor_type().elem_type();
  return types;
}

// A graph by hand.
class Builder {
 public:
  Builder() {
    model_.set_ir_version(8);
    auto* opset = model_.add_opset_import();
    opset->set_domain("");
    opset->set_version(17);
    model_.mutable_graph()->set_name("test");
  }
  Builder& input(const std::string& name, const std::vector<int64_t>& dims) {
    port(*model_.mutable_graph()->add_input(), name, dims);
    return *this;
  }
  Builder& output(const std::string& name, const std::vector<int64_t>& dims) {
    port(*model_.mutable_graph()->add_output(), name, dims);
    return *this;
  }
  Builder& tensor(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    *model_.mutable_graph()->add_initializer() = make_tensor(name, kFloat, dims, values);
    return *this;
  }
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
    return *model_.mutable_graph()->add_node() = make_node(type, inputs, {output});
  }
  std::string bytes(const ModelContract* contract = nullptr) {
    if (contract) {
      auto* entry = model_.add_metadata_props();
      entry->set_key(kContractKey);
      entry->set_value(contract_to_json(*contract));
    }
    return model_.SerializeAsString();
  }

 private:
  // 0: open.
  static void port(onnx::ValueInfoProto& value, const std::string& name, const std::vector<int64_t>& dims) {
    value.set_name(name);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(kFloat);
    for (const int64_t size : dims) {
      auto* dim = value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
      if (size > 0) dim->set_dim_value(size);
      if (size == 0) dim->set_dim_param(name + std::to_string(value.type().tensor_type().shape().dim_size()));
    }
  }
  onnx::ModelProto model_;
};

void set_integer(onnx::NodeProto& node, const char* name, int64_t value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

void set_integers(onnx::NodeProto& node, const char* name, const std::vector<int64_t>& values) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (const int64_t value : values) attribute->add_ints(value);
}

void set_text(onnx::NodeProto& node, const char* name, const char* value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::STRING);
  attribute->set_s(value);
}

// src resized by a ratio that is an input, scaled by a number that is a size elsewhere, behind a sum over an even size.
std::string graph_with_ratio() {
  Builder graph;
  graph.input("src", {1, 3, 0, 0}).input("downsample_ratio", {1}).output("pha", {1, 3, 0, 0});
  graph.tensor("one", {1}, {1}).tensor("half", {1}, {0.5f});
  set_integer(graph.node("Concat", {"one", "one", "downsample_ratio", "downsample_ratio"}, "scales"), "axis", 0);
  set_text(graph.node("Resize", {"src", "", "scales"}, "small"), "mode", "linear");
  graph.node("Mul", {"small", "one"}, "same");  // the stored 1 as a value
  graph.node("Shape", {"src"}, "shape");
  set_integer(graph.node("Cast", {"shape"}, "numbers"), "to", kFloat);
  graph.node("Mul", {"numbers", "half"}, "halves");  // sizes: must stay float32
  set_integer(graph.node("Cast", {"halves"}, "whole"), "to", onnx::TensorProto::INT64);
  graph.node("Expand", {"half", "shape"}, "constant");
  graph.node("ReduceMax", {"whole"}, "largest");
  set_integer(graph.node("Cast", {"largest"}, "side"), "to", kFloat);
  graph.node("Mul", {"same", "side"}, "scaled");  // a size meets a value
  graph.node("Relu", {"scaled"}, "pha");
  ModelContract contract;
  contract.ratio_input = "downsample_ratio";
  return graph.bytes(&contract);
}

TEST(Half, KeepsSizesInFloat32) {
  const std::string half = to_half(graph_with_ratio(), "test");
  const auto ports = port_types(half);
  EXPECT_EQ(ports.at("src"), kHalf);
  EXPECT_EQ(ports.at("pha"), kHalf);
  EXPECT_EQ(ports.at("downsample_ratio"), kFloat);
  const auto types = element_types(parse_onnx(half, "test"), "test");
  EXPECT_EQ(types.at("scales"), kFloat);
  EXPECT_EQ(types.at("halves"), kFloat);
  EXPECT_EQ(types.at("side"), kFloat);
  EXPECT_EQ(types.at("small"), kHalf);
  EXPECT_EQ(types.at("scaled"), kHalf);
  int casts = 0;
  const onnx::ModelProto model = parse_onnx(half, "test");
  for (const auto& node : model.graph().node()) casts += node.op_type() == "Cast";
  EXPECT_EQ(casts, 3 + 1) << "the graph's own, and one where the side meets the values";
}

// As a distance does: truths, their squares, and what is made of these before it meets a picture's values.
TEST(Half, CountsTruthsInFloat32) {
  Builder graph;
  graph.input("src", {1, 3, 0, 0}).output("pha", {1, 3, 0, 0});
  graph.tensor("half", {1}, {0.5f}).tensor("far", {1}, {300}).tensor("share", {1}, {1e-5f});
  graph.node("Greater", {"src", "half"}, "set");
  set_integer(graph.node("Cast", {"set"}, "ones"), "to", kFloat);
  graph.node("Mul", {"ones", "far"}, "distance");
  graph.node("Mul", {"distance", "distance"}, "square");  // 90000: float16 ends at 65504
  graph.node("Mul", {"square", "share"}, "near");
  graph.node("Add", {"src", "near"}, "pha");
  const std::string half = to_half(graph.bytes(), "test");
  const auto types = element_types(parse_onnx(half, "test"), "test");
  for (const char* name : {"ones", "square", "near"}) EXPECT_EQ(types.at(name), kFloat) << name;
  PlainSession session(with_float_ports(half, "test"), "test");
  const auto got = session.run({{{1, 3, 1, 1}, {0.25f, 0.75f, 1}}})[0].values;
  EXPECT_NEAR(got[0], 0.25, 1e-6);
  EXPECT_NEAR(got[1], 0.75 + 0.9, 1e-3);
  EXPECT_NEAR(got[2], 1 + 0.9, 1e-3);
}

// Two layers, and behind the second a comparison of what the first gives: 1 and 1.0001, which float16 cannot tell apart. pha is
// 1 where the right neighbour is larger.
std::string graph_that_compares() {
  Builder graph;
  graph.input("src", {1, 2, 0, 0}).output("pha", {1, 1, 0, 0});
  graph.tensor("sum", {1, 2, 1, 1}, {1, 1e-4f}).tensor("first", {1, 2, 1, 1}, {1, 0});
  graph.node("Conv", {"src", "sum"}, "map");
  graph.node("Conv", {"src", "first"}, "other");
  onnx::NodeProto& pool = graph.node("MaxPool", {"map"}, "largest");
  set_integers(pool, "kernel_shape", {1, 2});
  set_integers(pool, "pads", {0, 0, 0, 1});
  graph.node("Greater", {"largest", "map"}, "above");
  set_integer(graph.node("Cast", {"above"}, "ones"), "to", kFloat);
  graph.node("Mul", {"other", "ones"}, "pha");
  return graph.bytes();
}

// The types of what the comparison in `onnx` looks at.
std::set<int> compared_types(const std::string& onnx) {
  const onnx::ModelProto model = parse_onnx(onnx, "test");
  const auto types = element_types(model, "test");
  std::set<int> found;
  for (const auto& node : model.graph().node())
    if (node.op_type() == "Greater")
      for (const std::string& input : node.input()) found.insert(types.at(input));
  return found;
}

TEST(Half, ComparesWhatAKeptLayerGivesAsItIs) {
  const std::string fp32 = graph_that_compares();
  ASSERT_EQ(half_layers(fp32, "test"), (std::vector<std::string>{"map", "other"}));
  EXPECT_EQ(compared_types(to_half(fp32, "test")), std::set<int>{kHalf});
  using Kept = std::set<std::string>;
  for (const Kept& kept : {Kept{"map"}, Kept{"other"}, Kept{"map", "other"}})
    EXPECT_EQ(compared_types(to_half(fp32, "test", kept)), std::set<int>{kFloat})
        << "with one side alone rounded none is equal";
  for (const Kept& kept : {Kept{"map"}, Kept{"map", "other"}}) {
    PlainSession session(with_float_ports(to_half(fp32, "test", kept), "test"), "test");
    EXPECT_EQ(session.run({{{1, 2, 1, 2}, {1, 1, 0, 1}}})[0].values, (std::vector<float>{1, 0}));
  }
}

TEST(Half, ComputesWhatFloat32Computes) {
  PlainSession fp32(graph_with_ratio(), "test"), fp16(with_float_ports(to_half(graph_with_ratio(), "test"), "test"), "test");
  FloatTensor src{{1, 3, 40, 60}, {}};
  for (int i = 0; i < 3 * 40 * 60; ++i) src.values.push_back(static_cast<float>(i % 97) / 97);
  const FloatTensor ratio{{1}, {0.37f}};  // no float16
  const auto expected = fp32.run({src, ratio})[0], got = fp16.run({src, ratio})[0];
  ASSERT_EQ(got.shape, expected.shape);
  ASSERT_EQ(got.shape, (std::vector<int64_t>{1, 3, 14, 22}));
  for (size_t i = 0; i < got.values.size(); ++i) ASSERT_NEAR(got.values[i], expected.values[i], 30 * 1e-3) << i;
}

TEST(Half, RefusesWhatFloat16CannotHold) {
  Builder graph;
  graph.input("src", {1, 3, 0, 0}).output("pha", {1, 3, 0, 0}).tensor("gain", {1}, {70000});
  graph.node("Mul", {"src", "gain"}, "pha");
  EXPECT_THAT(message_of([&] { to_half(graph.bytes(), "x.onnx"); }),
              AllOf(HasSubstr("x.onnx: weight 'gain' holds 70000"), HasSubstr("65504")));
}

TEST(Half, RoundsToTheNearest) {
  Builder graph;
  graph.input("x", {2}).output("y", {2}).tensor("w", {2}, {1.f + 1.f / 1024, 1.f + 3.f / 4096});
  graph.node("Mul", {"x", "w"}, "y");
  PlainSession session(with_float_ports(to_half(graph.bytes(), "test"), "test"), "test");
  // 1 + 1/1024 is a float16; 1 + 3/4096 lies nearer to it than to 1.
  EXPECT_EQ(session.run({{{2}, {1, 1}}})[0].values, (std::vector<float>{1.f + 1.f / 1024, 1.f + 1.f / 1024}));
}

class EveryModelInHalf : public testing::TestWithParam<ModelEntry> {};

TEST_P(EveryModelInHalf, KeepsItsLimit) {
  std::vector<ModelConfig> configs = without_and_with(
      small_config(GetParam().name), {&ModelConfig::uncertainty, &ModelConfig::foreground, &ModelConfig::refiner});
  if (!GetParam().scales) configs = {configs.back()};  // its heads are more outputs of the same work
  for (const ModelConfig& config : configs) {
    const TrainedModel model = small_model(config, config.width);
    ExportConfig settings = few("fp16");
    settings.ratio = takes_ratio(config) ? 0.5 : 1;
    settings.limit = GetParam().chooses ? 1 : 0;  // another choice may change all of alpha
    const Product product = make_product(model, settings, true, "test");
    const Difference& alpha = product.certificate->outputs.at("pha");
    EXPECT_EQ(product.certificate->precision, "fp16");
    EXPECT_LE(GetParam().chooses ? alpha.mean : alpha.max, GetParam().chooses ? 1e-2 : 4e-3);
    EXPECT_GT(alpha.max, 1e-6) << "float32 in disguise";
    for (const auto& [name, type] : port_types(product.onnx)) EXPECT_EQ(type, kHalf) << name;
    EXPECT_TRUE(all_passed(check_file(product.onnx, "test")));
    if (!product.layers) {
      EXPECT_LT(product.onnx.size(), 0.75 * static_cast<double>(exported(model, settings).size()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModelInHalf, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

// Of a network that chooses some layers bear fewer bits: those behind its choices at least.
TEST(Half, LeavesChoicesAsTheyAre) {
  const Product product = make_product(small_model(small_config("dim")), few("fp16"), true, "test");
  const Difference& alpha = product.certificate->outputs.at("pha");
  EXPECT_LE(alpha.over, kTolerated);
  EXPECT_LE(alpha.mean, 4e-3);
  EXPECT_GT(alpha.max, 1e-6) << "float32 in disguise";
  EXPECT_TRUE(all_passed(check_file(product.onnx, "test")));
}

TEST(Half, LayersThatAreKeptComputeInFloat32) {
  const std::string fp32 = exported(small_model(), {});
  const std::vector<std::string> layers = half_layers(fp32, "test");
  ASSERT_GT(layers.size(), 20u);
  const ShownFrames frame = as_half(drawn_frames({48, 64}, 1, 0, Rng(1), {}));
  const auto alpha = [&](const std::string& onnx) { return FileRunner(onnx, "test").run(frame, 1).at("pha"); };
  const auto expected = alpha(fp32);
  const auto error = [&](const std::set<std::string>& kept) {
    return (alpha(to_half(fp32, "test", kept)) - expected).abs().max().item<double>();
  };
  // With every layer kept only the ports are float16: alpha is rounded once.
  EXPECT_LE(error({layers.begin(), layers.end()}), 0.5 / 1024);
  EXPECT_GT(error({}), error({layers.begin(), layers.end()}));
}

// One convolution with a bias; what 8 bits make of it, by LibTorch's own arithmetic.
struct OneConvolution {
  torch::Tensor weight = 0.3 * torch::randn({5, 3, 3, 3}), bias = torch::randn({5}), x = torch::rand({1, 3, 12, 17}) * 2 - 0.5;
  std::string bytes() const {
    Builder graph;
    graph.input("src", {1, 3, 0, 0}).output("pha", {1, 5, 0, 0});
    const auto values = [](const torch::Tensor& t) {
      return std::vector<float>(t.data_ptr<float>(), t.data_ptr<float>() + t.numel());
    };
    graph.tensor("w", {5, 3, 3, 3}, values(weight)).tensor("b", {5}, values(bias));
    onnx::NodeProto& conv = graph.node("Conv", {"src", "w", "b"}, "conv");
    auto* pads = conv.add_attribute();
    pads->set_name("pads");
    pads->set_type(onnx::AttributeProto::INTS);
    for (int i = 0; i < 4; ++i) pads->add_ints(1);
    graph.node("Relu", {"conv"}, "pha");
    return graph.bytes();
  }
  // Rounded to steps of `scale`.
  static torch::Tensor in_steps(const torch::Tensor& t, const torch::Tensor& scale) { return (t / scale).round() * scale; }
  torch::Tensor rounded_weight() const { return in_steps(weight, weight.abs().amax({1, 2, 3}, true) / 127); }
};

TEST(Int8, StaticIsTheConvolutionOfRoundedNumbers) {
  torch::manual_seed(4);
  const OneConvolution one;
  const std::string onnx = one.bytes();
  const auto layers = quantisable_layers(onnx, "test");
  ASSERT_EQ(layers.size(), 1u);
  EXPECT_EQ(layers[0].name, "conv");
  EXPECT_EQ(layers[0].input, "src");
  EXPECT_EQ(layers[0].output, "pha") << "the Relu belongs to it";
  const Ranges ranges = {{"src", {-0.5f, 1.5f}}, {"pha", {0.f, 4.f}}};
  PlainSession session(quantise(onnx, {"conv"}, ranges, true, "test"), "test");
  const auto got = session.run({{{1, 3, 12, 17}, {one.x.data_ptr<float>(), one.x.data_ptr<float>() + one.x.numel()}}})[0];
  const float step = 2.f / 255, zero = std::round(0.5f / step);
  const auto x = ((one.x / step).round() + zero).clamp(0, 255).sub(zero) * step;
  const auto exact = torch::relu(torch::conv2d(x, one.rounded_weight(), one.bias, 1, 1));
  const float out_step = 4.f / 255;
  const auto expected = (exact / out_step).round().clamp(0, 255) * out_step;
  const auto difference = (torch::from_blob(const_cast<float*>(got.values.data()), expected.sizes().vec()) - expected).abs();
  EXPECT_LE(difference.max().item<float>(), 1.01f * out_step) << "at most one step, where a value lies between two";
  EXPECT_LE(difference.mean().item<float>(), 0.02f * out_step);
}

TEST(Int8, DynamicIsTheConvolutionOfRoundedNumbers) {
  torch::manual_seed(4);
  const OneConvolution one;
  PlainSession session(quantise_dynamic(one.bytes(), {"conv"}, "test"), "test");
  const auto got = session.run({{{1, 3, 12, 17}, {one.x.data_ptr<float>(), one.x.data_ptr<float>() + one.x.numel()}}})[0];
  const float low = one.x.min().item<float>(), step = (one.x.max().item<float>() - low) / 255, zero = std::round(-low / step);
  const auto x = ((one.x / step).round() + zero).clamp(0, 255).sub(zero) * step;
  const auto expected = torch::relu(torch::conv2d(x, one.rounded_weight(), one.bias, 1, 1));
  const auto difference = (torch::from_blob(const_cast<float*>(got.values.data()), expected.sizes().vec()) - expected).abs();
  EXPECT_LE(difference.mean().item<float>(), 1e-3f);
  EXPECT_LE(difference.max().item<float>(), step) << "rounding of halves may differ in single inputs";
}

TEST(Int8, RefusesALayerThatIsNone) {
  EXPECT_THAT(message_of([] { quantise(OneConvolution().bytes(), {"nothing"}, {}, true, "x.onnx"); }),
              HasSubstr("x.onnx: the graph has no convolution 'nothing'"));
}

TEST(Calibration, RangesByHand) {
  const std::string onnx = exported(small_model(), {});
  const auto frames = drawn_clip(2, 32);
  CalibrationConfig config;
  config.method = "minmax";
  Ranges ranges = calibrate(onnx, {"src"}, frames, config, "test");
  EXPECT_EQ(ranges.at("src").low, std::min(frames[0].frames.min().item<float>(), frames[1].frames.min().item<float>()));
  EXPECT_EQ(ranges.at("src").high, std::max(frames[0].frames.max().item<float>(), frames[1].frames.max().item<float>()));
  config.method = "percentile";
  config.percentile = 90;
  ranges = calibrate(onnx, {"src", "pha"}, {frames[0]}, config, "test");
  const auto sorted = std::get<0>(frames[0].frames.flatten().sort());
  EXPECT_EQ(ranges.at("src").low, sorted[std::lround(0.05 * (sorted.numel() - 1))].item<float>());
  EXPECT_EQ(ranges.at("src").high, sorted[std::lround(0.95 * (sorted.numel() - 1))].item<float>());
  EXPECT_NE(message_of([&] { calibrate(onnx, {"nothing"}, frames, config, "x.onnx"); }), "no error");
}

TEST(Calibration, RangesOfWhatAModelIsGiven) {
  const std::string onnx = exported(small_model(small_config("iamalpha")), {});
  CalibrationConfig config;
  config.method = "minmax";
  config.frames = 2;
  config.side = 32;
  const auto frames = calibration_frames(config, {}, 1, {"trimap"});
  ASSERT_EQ(frames.size(), 2u);
  const Ranges ranges = calibrate(onnx, {"trimap"}, frames, config, "test");
  EXPECT_EQ(ranges.at("trimap").low, 0);
  EXPECT_EQ(ranges.at("trimap").high, 1);
}

TEST(Calibration, TakesTheImagesOfADataset) {
  const Scratch scratch;
  for (const char* name : {"a/image/1.png", "a/image/2.png", "a/alpha/1.png", "b/image/9.png"}) {
    const double value = std::string(name).find("alpha") == std::string::npos ? 51 : 255;
    write_image(scratch / name, cv::Mat(40, 60, CV_8UC3, cv::Scalar(value, 102, 204)));
  }
  CalibrationConfig config;
  config.dataset = scratch.path().string();
  config.side = 48;
  const auto shown = calibration_frames(config, {}, 1, {"hint"});
  ASSERT_EQ(shown.size(), 3u);
  for (const auto& [frame, guides] : shown) {
    EXPECT_EQ(guides.hint.sizes().vec(), (std::vector<int64_t>{1, 1, 32, 48}));
    EXPECT_EQ(frame.sizes().vec(), (std::vector<int64_t>{1, 3, 32, 48}));
    EXPECT_NEAR(frame[0][0][5][5].item<float>(), 204 / 255.f, 1e-6) << "red first";
    EXPECT_NEAR(frame[0][2][5][5].item<float>(), 51 / 255.f, 1e-6);
  }
  EXPECT_EQ(calibration_frames(config, {16, 20}, 1, {})[0].frames.sizes().vec(), (std::vector<int64_t>{1, 3, 16, 20}));
  config.dataset = (scratch / "none").string();
  EXPECT_THAT(message_of([&] { calibration_frames(config, {}, 1, {}); }), HasSubstr("none: no such folder"));
  config.dataset = (scratch / "a/alpha").string();
  EXPECT_EQ(calibration_frames(config, {}, 1, {}).size(), 1u);
  write_file(scratch / "a/image/3.tif", "II*");
  config.dataset = scratch.path().string();
  EXPECT_THAT(message_of([&] { calibration_frames(config, {}, 1, {}); }), HasSubstr("3.tif: a format that is not read"));
}

TEST(LayerChooser, TakesAsManyAsTheLimitAllows) {
  const std::string fp32 = exported(small_model(), {});
  LayerJob job{fp32, {}, {}, drawn_clip(2, 48), "test"};
  const auto all = quantisable_layers(fp32, "test");
  for (size_t i = 0; i < all.size(); i += 6) job.layers.push_back(all[i].name);
  job.lower = [&](const std::set<std::string>& layers) { return quantise_dynamic(fp32, layers, "test"); };
  LayerChooser chooser(job);
  int fewer = 0;
  for (const double limit : {1e-9, 0.005, 0.02, 10.0}) {
    const std::string onnx = chooser.choose(limit);
    const LayerReport report = chooser.report();
    EXPECT_EQ(onnx.empty(), report.lowered == 0);
    EXPECT_GE(report.lowered, fewer);
    fewer = report.lowered;
    EXPECT_TRUE(onnx.empty() || report.error <= limit);
    for (size_t i = 1; i < report.layers.size(); ++i) EXPECT_LE(report.layers[i - 1].error, report.layers[i].error);
    for (size_t i = 0; i < report.layers.size(); ++i)
      EXPECT_EQ(report.layers[i].kept, i >= static_cast<size_t>(report.lowered));
  }
  EXPECT_EQ(fewer, static_cast<int>(job.layers.size())) << "a limit above every error takes all";
}

TEST(Int8, ProductKeepsItsLimit) {
  ExportConfig config = few("int8_dynamic");
  config.calibration.frames = 2;
  config.calibration.side = 32;
  const Product product = make_product(small_model(), config, true, "test");
  EXPECT_LE(product.certificate->outputs.at("pha").max, 2.0 / 255);
  ASSERT_TRUE(product.layers);
  EXPECT_GT(product.layers->lowered, 0);
  EXPECT_EQ(precision_of(product.onnx, "test"), "int8");
  EXPECT_TRUE(all_passed(check_file(product.onnx, "test")));
  config.limit = 1e-9;
  EXPECT_THAT(message_of([&] { make_product(small_model(), config, true, "test"); }), HasSubstr("not one layer"));
}

}  // namespace
}  // namespace facemat
