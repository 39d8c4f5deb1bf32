#include "export/product/exporter.h"

#include <gmock/gmock.h>

#include "export/graph/onnx_writer.h"
#include "export/proof/parity.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/seal.h"
#include "src/model/networks/models.h"
#include "src/runtime/predictors/matter.h"
#include "tests/export/parity.h"
#include "tests/export/small_model.h"
#include "tests/src/model/networks/configs.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

GraphOptions at_ratio(double ratio) {
  GraphOptions options;
  options.ratio = ratio;
  return options;
}

using testing::HasSubstr;

// Weights as after some training: statistics away from 0 and 1, and an alpha that is neither 0 nor 1 everywhere.
TrainedModel model_of(const ModelConfig& config) { return small_model(config, config.width); }

ExportConfig few_frames() {
  ExportConfig config;
  config.frames = 6;
  return config;
}

class EveryModel : public testing::TestWithParam<ModelEntry> {
 protected:
  static ModelConfig config() {
    ModelConfig config = quarter();
    config.network = GetParam().name;
    return config;
  }
};

TEST_P(EveryModel, ComputesTheSameInOnnxRuntime) {
  const TrainedModel model = model_of(config());
  const Parity parity = verify_parity(model, export_model(model), ExportConfig(), "test");
  EXPECT_EQ(parity.frames, 30);
  EXPECT_EQ(parity.outputs.size(), 5u);
  EXPECT_LE(parity.alpha, 1e-4);
}

TEST_P(EveryModel, AtFullWidth) {
  ModelConfig full = config();
  full.width = 1;
  const TrainedModel model = model_of(full);
  EXPECT_LE(verify_parity(model, export_model(model), few_frames(), "test").alpha, 1e-4);
}

TEST_P(EveryModel, WithUncertaintyAndForeground) {
  ModelConfig heads = config();
  heads.uncertainty = heads.foreground = true;
  const TrainedModel model = model_of(heads);
  const Parity parity = verify_parity(model, export_model(model), few_frames(), "test");
  EXPECT_EQ(parity.outputs.count("uncertainty"), 1u);
  EXPECT_EQ(parity.outputs.count("fgr"), 1u);
}

TEST_P(EveryModel, AtAReducedSizeWithTheRefiner) {
  ModelConfig refined = config();
  refined.refiner = true;
  const TrainedModel model = model_of(refined);
  const std::string onnx = export_model(model, at_ratio(0.5));
  EXPECT_EQ(contract_of_file(onnx, "test").ratio, 0.5);
  verify_parity(model, onnx, few_frames(), "test");
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModel, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Exporter, TakesBatches) {
  const torch::NoGradGuard no_grad;
  const TrainedModel model = model_of(quarter());
  PlainSession session(export_model(model), "test");
  const auto frames = torch::rand({3, 3, 33, 50});
  std::vector<torch::Tensor> inputs = {frames};
  std::vector<FloatTensor> floats = {to_floats(frames)};
  for (int i = 0; i < 4; ++i) {
    inputs.push_back(torch::zeros({1, 1, 1, 1}));
    floats.push_back({{1, 1, 1, 1}, {0}});
  }
  const auto expected = export_forward(*model.network, inputs);
  const auto got = session.run(floats);
  ASSERT_EQ(got[0].shape, (Shape{3, 1, 33, 50}));
  EXPECT_LT((to_tensor(got[0]) - expected[0]).abs().max().item<float>(), 1e-4f);
}

TEST(Exporter, AlphaOfTheTestModelIsNotTrivial) {
  const torch::NoGradGuard no_grad;
  const TrainedModel model = model_of(quarter());
  const auto alpha = model.network->forward(torch::rand({1, 3, 64, 64})).alpha;
  const auto inside = (alpha > 0.01).logical_and(alpha < 0.99).to(torch::kFloat).mean().item<float>();
  EXPECT_GT(inside, 0.5) << "a clamped alpha would hide differences";
}

TEST(Exporter, WritesTheContract) {
  ModelConfig config = quarter();
  config.uncertainty = true;
  const Metadata metadata = read_metadata(export_model(model_of(config)), "test");
  const ModelContract contract = contract_from_json(metadata.at(kContractKey), "test");
  EXPECT_EQ(contract.network, "rvm_mobilenetv3");
  EXPECT_EQ(contract.polarity, "visible_face");
  EXPECT_EQ(contract.uncertainty_output, "uncertainty");
  ASSERT_EQ(contract.states.size(), 4u);
  EXPECT_EQ(contract.states[3].input, "r4i");
  EXPECT_EQ(contract.states[3].output, "r4o");
  EXPECT_EQ(contract.train_size, 256);
  EXPECT_EQ(contract.weights_hash, "0123abcd");
  EXPECT_EQ(contract.data_licence, "CC0");
}

TEST(Exporter, ContractFollowsTheOptions) {
  ModelConfig config = quarter();
  config.refiner = true;
  GraphOptions options;
  options.ratio = 0.25;
  ModelContract contract = contract_of(model_of(config), options);
  EXPECT_EQ(contract.ratio, 0.25);
  EXPECT_EQ(contract.ratio_input, "");
  EXPECT_FALSE(contract.sealed);  // a finished file is (product.h)
  options.ratio_input = true;
  options.recurrent = false;
  contract = contract_of(model_of(config), options);
  EXPECT_EQ(contract.ratio_input, "downsample_ratio");
  EXPECT_TRUE(contract.states.empty());
}

TEST(Exporter, EqualModelsGiveEqualBytes) { EXPECT_EQ(export_model(model_of(quarter())), export_model(model_of(quarter()))); }

TEST(Exporter, RefusesWhatItCannotExport) {
  TrainedModel model = model_of(quarter());
  EXPECT_THAT(message_of([&] { export_model(model, at_ratio(0.5)); }), HasSubstr("no refiner"));
  model.metadata["train_size"] = "large";
  EXPECT_THAT(message_of([&] { export_model(model); }), testing::AllOf(HasSubstr("test.safetensors"), HasSubstr("'large'")));
  model = model_of(quarter());
  model.metadata["polarity"] = "sideways";
  EXPECT_THAT(message_of([&] { export_model(model); }), testing::AllOf(HasSubstr("test.safetensors"), HasSubstr("sideways")));
  model = model_of(quarter());
  model.network->train();
  EXPECT_THAT(message_of([&] { export_model(model); }), HasSubstr("evaluation mode"));
}

TEST(Exporter, ProductRunsTheFile) {
  const fs::path file = fs::path(testing::TempDir()) / "exported.onnx";
  const TrainedModel model = model_of(quarter());
  write_file(file, sealed(export_model(model)));
  Matter matter(file, {1});
  cv::Mat frame(49, 70, CV_8UC3);
  cv::randu(frame, 0, 256);
  const Matte matte = matter.predict(frame);
  EXPECT_EQ(matte.alpha.size(), frame.size());
  const torch::NoGradGuard no_grad;
  const auto bgr = torch::from_blob(frame.data, {1, 49, 70, 3}, torch::kUInt8).permute({0, 3, 1, 2}).to(torch::kFloat) / 255;
  const auto expected = model.network->forward(bgr.flip(1).contiguous()).alpha;
  const auto got = torch::from_blob(matte.alpha.data, {1, 1, 49, 70});
  EXPECT_LT((got - expected).abs().max().item<float>(), 1e-4f);
}

}  // namespace
}  // namespace facemat
