#include "export/passes/targets.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#ifdef FACEMAT_OPENCV_DNN
#include <opencv2/dnn.hpp>
#endif

#include "export/product/exporter.h"
#include "export/proof/frames.h"
#include "src/core/error.h"
#include "src/core/seal.h"
#include "src/model/networks/models.h"
#include "src/runtime/onnx/session.h"
#include "tests/export/parity.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }
inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

using testing::HasSubstr;

// Statistics as after some training, an alpha between 0 and 1, a batch norm that does not cancel anything.
TrainedModel model_of(ModelConfig config) {
  const torch::NoGradGuard no_grad;
  TrainedModel model;
  model.network = make_model(config, Rng(11));
  for (auto& item : model.network->named_buffers()) {
    if (item.key().find("running_mean") != std::string::npos) item.value().uniform_(-0.1, 0.1);
    if (item.key().find("running_var") != std::string::npos) item.value().uniform_(0.5, 1.5);
  }
  for (auto& item : model.network->named_parameters())
    if (item.key() == "project_mat.conv.bias") item.value().fill_(0.5);
  model.network->eval();
  model.config = config;
  model.file = "test.safetensors";
  return model;
}

ModelConfig config_of(const std::string& network, double width, bool heads) {
  ModelConfig config;
  config.network = network;
  config.width = width;
  config.uncertainty = config.foreground = config.refiner = heads;
  return config;
}

struct Frames {
  int64_t batch, height, width;
};

// Where the states begin among the outputs; after the last without states.
size_t first_state(const ExportNames& names) {
  return static_cast<size_t>(std::find(names.outputs.begin(), names.outputs.end(), "r1o") - names.outputs.begin());
}

// Both sides over recurrent frames, each with its own states, back to the start in the middle. -> the largest difference of any
// output.
double largest_difference(const TrainedModel& model, const std::string& onnx, const GraphOptions& options, const Frames& frames,
                          int count) {
  const torch::NoGradGuard no_grad;
  PlainSession session(onnx, "test");
  const ExportNames names = export_names(model.config, options);
  EXPECT_EQ(session.inputs(), names.inputs);
  EXPECT_EQ(session.outputs(), names.outputs);
  const size_t states = options.recurrent ? 4 : 0;
  std::vector<torch::Tensor> expected_states, got_states;
  double largest = 0;
  for (int t = 0; t < count; ++t) {
    if (t == 0 || t == count / 2) {
      expected_states.assign(states, torch::zeros({1, 1, 1, 1}));
      got_states.clear();
      for (size_t i = 0; i < states; ++i) {  // where the file states a size, the first states have it
        Shape shape = session.input_ports()[1 + i].shape;
        for (int64_t& size : shape) size = std::max<int64_t>(size, 1);
        got_states.push_back(torch::zeros(shape));
      }
    }
    const auto frame = torch::rand({frames.batch, 3, frames.height, frames.width});
    std::vector<torch::Tensor> inputs = {frame}, plain = {frame};
    inputs.insert(inputs.end(), got_states.begin(), got_states.end());
    plain.insert(plain.end(), expected_states.begin(), expected_states.end());
    if (options.ratio_input)
      for (auto* list : {&inputs, &plain}) list->push_back(torch::full({1}, options.ratio));
    std::vector<FloatTensor> floats;
    for (const torch::Tensor& input : inputs) floats.push_back(to_floats(input));
    const auto expected = export_forward(*model.network, plain, options);
    const auto got = session.run(floats);
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].shape, expected[i].sizes().vec()) << names.outputs[i];
      if (got[i].shape != expected[i].sizes().vec()) return 1;
      largest = std::max(largest, (to_tensor(got[i]) - expected[i]).abs().max().item<double>());
    }
    const size_t first = first_state(names);
    got_states.clear();
    for (size_t i = 0; i < states; ++i) {
      expected_states[i] = expected[first + i];
      got_states.push_back(to_tensor(got[first + i]));
    }
  }
  return largest;
}

constexpr double kLimit = 1e-4;

GraphOptions sized(const std::string& target, int64_t batch, int64_t height, int64_t width) {
  GraphOptions options;
  options.target = target;
  options.batch = batch;
  options.height = height;
  options.width = width;
  return options;
}

class EveryTarget : public testing::TestWithParam<Target> {};

TEST_P(EveryTarget, ComputesWhatTheNetworkDoesAtAFixedSize) {
  for (const bool heads : {false, true}) {
    const TrainedModel model = model_of(config_of("rvm_mobilenetv3", 0.25, heads));
    for (const Frames& frames : {Frames{1, 64, 96}, Frames{1, 45, 77}, Frames{3, 34, 50}}) {
      GraphOptions options = sized(GetParam().name, frames.batch, frames.height, frames.width);
      EXPECT_LE(largest_difference(model, export_model(model, options), options, frames, 4), kLimit);
      options.recurrent = false;
      EXPECT_LE(largest_difference(model, export_model(model, options), options, frames, 2), kLimit);
      if (!heads) continue;
      options.ratio = 0.375;
      EXPECT_LE(largest_difference(model, export_model(model, options), options, frames, 2), kLimit);
    }
  }
}

TEST_P(EveryTarget, ComputesWhatTheNetworkDoesAtOpenSizes) {
  const TrainedModel model = model_of(config_of("rvm_mobilenetv3", 0.25, true));
  GraphOptions options = sized(GetParam().name, 0, 0, 0);
  if (GetParam().fixed_size) {
    EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr("needs a fixed frame size"));
    options.height = options.width = 64;
    EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr("needs a fixed batch"));
    return;
  }
  for (const double ratio : {1.0, 0.5}) {
    options.ratio = ratio;
    for (const bool input : {false, true}) {
      options.ratio_input = input;
      const std::string onnx = export_model(model, options);
      for (const Frames& frames : {Frames{1, 64, 96}, Frames{1, 45, 77}, Frames{3, 33, 50}})
        EXPECT_LE(largest_difference(model, onnx, options, frames, 4), kLimit) << ratio << input;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryTarget, testing::ValuesIn(target_table()),
                         [](const auto& info) { return std::string(info.param.name); });

class EveryModelRewritten : public testing::TestWithParam<ModelEntry> {};

TEST_P(EveryModelRewritten, ComputesTheSameAsThePlainExport) {
  for (const double width : {0.25, 1.0}) {  // channels that fill blocks, and others
    const TrainedModel model = model_of(config_of(GetParam().name, width, true));
    GraphOptions options;
    const std::string rewritten = export_model(model, options);
    options.rewrite = false;
    const std::string plain = export_model(model, options);
    EXPECT_NE(rewritten, plain);
    for (const Frames& frames : {Frames{1, 64, 64}, Frames{3, 47, 33}}) {
      EXPECT_LE(largest_difference(model, rewritten, options, frames, 6), kLimit);
      EXPECT_LE(largest_difference(model, plain, options, frames, 6), kLimit);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModelRewritten, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

// The network itself takes frames from 16x16 on; a graph with open sizes has no such limit and must not fall over.
TEST(Rewritten, TakesTheSmallestFramesAsThePlainExportDoes) {
  const TrainedModel model = model_of(config_of("rvm_mobilenetv3", 0.25, false));
  GraphOptions options;
  PlainSession rewritten(export_model(model, options), "test");
  options.rewrite = false;
  PlainSession plain(export_model(model, options), "test");
  for (const Shape& shape : {Shape{1, 3, 1, 1}, Shape{2, 3, 1, 5}, Shape{1, 3, 3, 2}, Shape{1, 3, 17, 1}}) {
    std::vector<FloatTensor> inputs = {to_floats(torch::rand(shape))};
    for (int i = 0; i < 4; ++i) inputs.push_back({{1, 1, 1, 1}, {0}});
    const auto a = rewritten.run(inputs), b = plain.run(inputs);
    for (size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].shape, b[i].shape);
      EXPECT_LT((to_tensor(a[i]) - to_tensor(b[i])).abs().max().item<double>(), kLimit) << i;
    }
  }
}

bool has_node(const Graph& graph, const std::string& type) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode& node) { return node.type == type; });
}

// The runtime's graphs for the size of a clip are the same network: even sizes, where crops vanish, odd ones, the smallest.
TEST(Rewritten, AnswersAlikeWhenItIsPreparedForASize) {
  ModelConfig config;
  config.uncertainty = true;
  const std::string file = sealed(export_model(model_of(config)));
  SessionOptions as_it_is;
  as_it_is.threads = 1;
  SessionOptions options = as_it_is;
  as_it_is.prepare = false;
  Session prepared(std::make_shared<const Model>(file, "test", options)),
      open(std::make_shared<const Model>(file, "test", as_it_is));
  const Rng rng(3);
  for (const FrameSize size :
       {FrameSize{64, 96}, FrameSize{127, 129}, FrameSize{33, 250}, FrameSize{1, 17}, FrameSize{64, 96}}) {
    prepared.reset();
    open.reset();
    for (int t = 0; t < 5; ++t) {
      auto frame = drawn_frame(size, 1, t, rng).contiguous();
      const int shape[] = {1, 3, static_cast<int>(size.height), static_cast<int>(size.width)};
      const cv::Mat image(4, shape, CV_32F, frame.data_ptr<float>());
      const auto got = prepared.run(image), expected = open.run(image);
      EXPECT_EQ(prepared.prepared(), t > 0);
      EXPECT_LT(cv::norm(got.alpha, expected.alpha, cv::NORM_INF), 2e-5) << size.height << "x" << size.width << ", frame " << t;
      EXPECT_LT(cv::norm(got.uncertainty, expected.uncertainty, cv::NORM_INF), 2e-5);
    }
  }
}

TEST(Rewritten, HoldsNothingThatCouldBeKnownBefore) {
  const TrainedModel model = model_of(config_of("rvm_mobilenetv3", 1, false));
  for (const Target& target : target_table()) {
    const Graph graph = export_graph(model, sized(target.name, 1, 64, 96));
    for (const char* type : {"BatchNormalization", "Identity", "Shape", "Dropout"})
      EXPECT_FALSE(has_node(graph, type)) << target.name << " " << type;
    for (const auto& [name, tensor] : graph.constants)
      EXPECT_FALSE(users_of(graph, name).empty()) << target.name << " " << name;
  }
  EXPECT_FALSE(has_node(export_graph(model, sized("ort", 1, 64, 96)), "Slice"));
  EXPECT_FALSE(has_node(export_graph(model), "Div"));
  EXPECT_TRUE(has_node(export_graph(model, sized("tensorrt", 0, 0, 0)), "HardSwish"));
}

// Every name of a size stands for one size, and is a plain identifier.
TEST(Rewritten, NamesItsSizes) {
  ModelConfig config = config_of("rvm_mobilenetv3", 0.25, true);
  const TrainedModel model = model_of(config);
  GraphOptions options;
  options.ratio_input = true;
  const Graph graph = export_graph(model, options);
  std::set<std::string> own;
  const auto check = [&](const Dimensions& sizes) {
    for (const Dimension& size : sizes) {
      const auto* name = std::get_if<std::string>(&size);
      if (!name) continue;
      EXPECT_FALSE(name->empty());
      EXPECT_EQ(name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << *name;
    }
  };
  for (const GraphPort& port : graph.inputs) check(port.dimensions);
  for (const GraphPort& port : graph.outputs) check(port.dimensions);
  EXPECT_EQ(graph.inputs.back().name, "downsample_ratio");
  const auto alpha =
      std::find_if(graph.outputs.begin(), graph.outputs.end(), [](const GraphPort& port) { return port.name == "pha"; });
  ASSERT_NE(alpha, graph.outputs.end());
  EXPECT_EQ(alpha->dimensions, (Dimensions{"batch", int64_t{1}, "height", "width"}));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(graph.inputs[1 + i].dimensions[0], Dimension("r" + std::to_string(i + 1) + "i_batch"));
}

#ifdef FACEMAT_OPENCV_DNN
cv::Mat to_mat(const torch::Tensor& tensor) {
  const auto plain = tensor.contiguous();
  const std::vector<int> sizes(plain.sizes().begin(), plain.sizes().end());
  return cv::Mat(sizes, CV_32F, plain.data_ptr<float>()).clone();
}
#endif

// OpenCV's own importer and engine, with states carried on by hand.
TEST(OpencvTarget, RunsInOpencv) {
#ifdef FACEMAT_OPENCV_DNN
  const torch::NoGradGuard no_grad;
  const TrainedModel model = model_of(config_of("rvm_mobilenetv3", 0.25, false));
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{64, 96}, {45, 77}}) {
    const GraphOptions options = sized("opencv", 1, height, width);
    const std::string onnx = export_model(model, options);
    const ExportNames names = export_names(model.config, options);
    auto net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
    std::vector<cv::Mat> answers;
    std::vector<torch::Tensor> states(4, torch::zeros({1, 1, 1, 1}));
    for (int t = 0; t < 3; ++t) {
      const auto frame = torch::rand({1, 3, height, width});
      std::vector<torch::Tensor> inputs = {frame};
      inputs.insert(inputs.end(), states.begin(), states.end());
      const auto expected = export_forward(*model.network, inputs, options);
      net.setInput(to_mat(frame), "src");
      for (int i = 0; i < 4; ++i)
        net.setInput(t == 0 ? to_mat(torch::zeros(expected[1 + i].sizes())) : answers[1 + i].clone(), names.inputs[1 + i]);
      net.forward(answers, names.outputs);
      for (size_t i = 0; i < answers.size(); ++i)
        EXPECT_LT(cv::norm(answers[i], to_mat(expected[i]), cv::NORM_INF), kLimit) << names.outputs[i] << " frame " << t;
      states.assign(expected.begin() + 1, expected.end());
    }
  }
#else
  GTEST_SKIP() << "OpenCV's dnn module (libopencv-dnn-dev) is not installed";
#endif
}

TEST(Targets, AreNamedOnceAndTheirPassesKnown) {
  std::set<std::string> names;
  for (const Target& target : target_table()) EXPECT_TRUE(names.insert(target.name).second) << target.name;
  EXPECT_THAT(message_of([] { find_target("abacus"); }), testing::AllOf(HasSubstr("'abacus'"), HasSubstr("ort, tensorrt")));
}

TEST(Options, RefuseWhatTheNetworkCannotDo) {
  const TrainedModel model = model_of(config_of("rvm_mobilenetv3", 0.25, false));
  GraphOptions options;
  options.height = 64;
  EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr("64x0"));
  options = {};
  options.ratio_input = true;
  EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr("needs a model with the refiner"));
  options = {};
  options.ratio = 0;
  EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr("above 0"));
}

}  // namespace
}  // namespace facemat
