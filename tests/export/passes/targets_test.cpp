#include "export/passes/targets.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <tuple>
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
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }
inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

using testing::HasSubstr;

TrainedModel model_of(const ModelConfig& config) { return small_model(config, config.width); }

ModelConfig config_of(const std::string& network, double width, bool heads) {
  ModelConfig config;
  config.network = network;
  config.width = width;
  config.uncertainty = config.foreground = config.refiner = heads;
  return config;
}

constexpr double kLimit = 1e-4;

struct Frames {
  int64_t batch, height, width;
};

// Where the states begin among the outputs.
size_t first_state(const ExportNames& names) {
  if (names.states.empty()) return names.outputs.size();
  return static_cast<size_t>(std::find(names.outputs.begin(), names.outputs.end(), names.states[0].output) -
                             names.outputs.begin());
}

// The inputs in their order.
std::vector<torch::Tensor> inputs_of(const ExportNames& names, const ShownFrames& shown,
                                     const std::vector<torch::Tensor>& states, const GraphOptions& options) {
  std::vector<torch::Tensor> inputs = {shown.frames};
  for (const std::string& guide : names.guides) inputs.push_back(find_guide(guide).of(shown.guides));
  inputs.insert(inputs.end(), states.begin(), states.end());
  if (options.ratio_input) inputs.push_back(torch::full({1}, options.ratio));
  return inputs;
}

// The first state of the input `name`: where the file states a size, it has it.
torch::Tensor state_of(const PlainSession& session, const std::string& name) {
  for (const TensorPort& port : session.input_ports()) {
    if (port.name != name) continue;
    Shape shape = port.shape;
    for (int64_t& size : shape) size = std::max<int64_t>(size, 1);
    return torch::zeros(shape);
  }
  return {};
}

// Both sides over recurrent frames, each with its own states, back to the start in the middle. -> the largest difference of any
// output; of networks that choose (models.h), that of the median frame, or the mean difference of the worst if that is larger:
// one other choice spreads over a twentieth of a small frame, and one frame in twenty has one, but what is translated wrong
// shows in all.
double largest_difference(const TrainedModel& model, const std::string& onnx, const GraphOptions& options, const Frames& frames,
                          int count) {
  const torch::NoGradGuard no_grad;
  PlainSession session(onnx, "test");
  const ExportNames names = export_names(model.config, options);
  EXPECT_EQ(session.inputs(), names.inputs);
  EXPECT_EQ(session.outputs(), names.outputs);
  const bool chooses = find_model(model.config.network).chooses;
  std::vector<torch::Tensor> expected_states, got_states;
  std::vector<double> of_frames;
  double worst_mean = 0;
  for (int t = 0; t < count; ++t) {
    double& largest = of_frames.emplace_back(0);
    if (t == 0 || t == count / 2) {
      expected_states.assign(names.states.size(), torch::zeros({1, 1, 1, 1}));
      got_states.clear();
      for (const ModelState& state : names.states) got_states.push_back(state_of(session, state.input));
    }
    const ShownFrames shown = drawn_frames({frames.height, frames.width}, frames.batch, t, Rng(5), names.guides);
    std::vector<FloatTensor> floats;
    for (const torch::Tensor& input : inputs_of(names, shown, got_states, options)) floats.push_back(to_floats(input));
    const auto expected = export_forward(model, inputs_of(names, shown, expected_states, options), options);
    const auto got = session.run(floats);
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].shape, expected[i].sizes().vec()) << names.outputs[i];
      if (got[i].shape != expected[i].sizes().vec()) return 1;
      const torch::Tensor difference = (to_tensor(got[i]) - expected[i]).abs();
      largest = std::max(largest, difference.max().item<double>());
      worst_mean = std::max(worst_mean, difference.mean().item<double>());
    }
    const size_t first = first_state(names);
    got_states.clear();
    for (size_t i = 0; i < names.states.size(); ++i) {
      expected_states[i] = expected[first + i];
      got_states.push_back(to_tensor(got[first + i]));
    }
  }
  std::sort(of_frames.begin(), of_frames.end());
  return chooses ? std::max(worst_mean, of_frames[(of_frames.size() - 1) / 2]) : of_frames.back();
}

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

// Every network is computed, or refused by a line that says what the target lacks and which targets do not.
class EveryNetworkOnEveryTarget : public testing::TestWithParam<std::tuple<ModelEntry, Target>> {};

TEST_P(EveryNetworkOnEveryTarget, ComputesTheSameOrIsRefused) {
  const auto& [entry, target] = GetParam();
  const TrainedModel model = model_of(small_config(entry.name));
  for (const Frames& frames : {Frames{1, 64, 96}, Frames{2, 45, 77}}) {
    const GraphOptions options = sized(target.name, frames.batch, frames.height, frames.width);
    std::string onnx;
    const std::string refused = message_of([&] { onnx = export_model(model, options); });
    if (onnx.empty()) {
      EXPECT_FALSE(target.operators.empty());
      EXPECT_THAT(refused, testing::AllOf(HasSubstr(std::string("target '") + target.name + "' is not known to run "),
                                          HasSubstr(std::string("the network '") + entry.name), HasSubstr("ort, "),
                                          testing::Not(HasSubstr("\n"))));
      continue;
    }
    EXPECT_LE(largest_difference(model, onnx, options, frames, 2), kLimit);
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, EveryNetworkOnEveryTarget,
                         testing::Combine(testing::ValuesIn(model_table()), testing::ValuesIn(target_table())),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param).name;
                         });

INSTANTIATE_TEST_SUITE_P(Table, EveryTarget, testing::ValuesIn(target_table()),
                         [](const auto& info) { return std::string(info.param.name); });

// Open sizes, as they are rewritten and as they are recorded.
void compare(const TrainedModel& model) {
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

class EveryModelRewritten : public testing::TestWithParam<ModelEntry> {};

TEST_P(EveryModelRewritten, ComputesTheSameAsThePlainExport) {
  const ModelConfig config =
      with_heads(small_config(GetParam().name), {&ModelConfig::uncertainty, &ModelConfig::foreground, &ModelConfig::refiner});
  compare(model_of(config));
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModelRewritten, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

// Channels that fill blocks.
TEST(Rewritten, ComputesTheSameAtFullWidth) {
  for (const char* network : {"rvm_mobilenetv3", "rvm_resnet50"}) compare(model_of(config_of(network, 1, true)));
}

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

void run_in_opencv(const TrainedModel& model, const std::string& onnx, const GraphOptions& options) {
  const ExportNames names = export_names(model.config, options);
  auto net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
  std::vector<cv::Mat> answers;
  std::vector<torch::Tensor> states(names.states.size(), torch::zeros({1, 1, 1, 1}));
  const size_t first = first_state(names);
  for (int t = 0; t < 3; ++t) {
    const ShownFrames shown = drawn_frames({options.height, options.width}, 1, t, Rng(5), names.guides);
    const auto expected = export_forward(model, inputs_of(names, shown, states, options), options);
    net.setInput(to_mat(shown.frames), "src");
    for (const std::string& guide : names.guides) net.setInput(to_mat(find_guide(guide).of(shown.guides)), guide);
    for (size_t i = 0; i < names.states.size(); ++i)
      net.setInput(t == 0 ? to_mat(torch::zeros(expected[first + i].sizes())) : answers[first + i].clone(),
                   names.states[i].input);
    net.forward(answers, names.outputs);
    for (size_t i = 0; i < answers.size(); ++i)
      EXPECT_LT(cv::norm(answers[i], to_mat(expected[i]), cv::NORM_INF), kLimit) << names.outputs[i] << " frame " << t;
    if (!states.empty()) states.assign(expected.begin() + static_cast<int64_t>(first), expected.end());
  }
}
#endif

// OpenCV's own importer and engine, with states carried on by hand.
TEST(OpencvTarget, RunsInOpencv) {
#ifdef FACEMAT_OPENCV_DNN
  const torch::NoGradGuard no_grad;
  for (const ModelEntry& entry : model_table()) {
    SCOPED_TRACE(entry.name);
    const TrainedModel model = model_of(small_config(entry.name));
    for (const Frames& frames : {Frames{1, 64, 96}, Frames{1, 45, 77}}) {
      const GraphOptions options = sized("opencv", 1, frames.height, frames.width);
      std::string onnx;
      if (message_of([&] { onnx = export_model(model, options); }) != "no error") continue;
      EXPECT_NO_THROW(run_in_opencv(model, onnx, options));
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
  EXPECT_THAT(message_of([&] { export_model(model, options); }),
              HasSubstr("needs a model with the refiner: the model has no refiner"));
  options = {};
  options.ratio = 0;
  EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr("above 0"));
}

}  // namespace
}  // namespace facemat
