#include "export/product/exporter.h"

#include <gmock/gmock.h>

#include "export/graph/onnx_writer.h"
#include "export/proof/frames.h"
#include "export/proof/parity.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/seal.h"
#include "src/core/text.h"
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

TrainedModel model_of(const ModelConfig& config) { return small_model(config, config.width); }

ExportConfig few_frames() {
  ExportConfig config;
  config.frames = 6;
  return config;
}

// [1,C,H,W] as the picture of that kind that a program would have.
cv::Mat picture_of(const torch::Tensor& map, GuideKind kind) {
  auto rows = map[0].permute({1, 2, 0}).flip(2).contiguous();  // BGR
  const cv::Mat floats(static_cast<int>(rows.size(0)), static_cast<int>(rows.size(1)), CV_32FC(static_cast<int>(rows.size(2))),
                       rows.data_ptr<float>());
  if (kind == GuideKind::kShare) return floats.clone();
  cv::Mat bytes;
  floats.convertTo(bytes, CV_8U, kind == GuideKind::kTrimap ? 255.1 : 255);  // 128 for what is unknown
  return bytes;
}

// BGR -> [1,3,H,W].
torch::Tensor map_of(const cv::Mat& picture) {
  const auto bytes = torch::from_blob(picture.data, {1, picture.rows, picture.cols, 3}, torch::kUInt8);
  return (bytes.permute({0, 3, 1, 2}).flip(1).to(torch::kFloat) / 255).contiguous();
}

class EveryModel : public testing::TestWithParam<ModelEntry> {
 protected:
  static ModelConfig config() { return small_config(GetParam().name); }
};

TEST_P(EveryModel, ComputesTheSameInOnnxRuntime) {
  const TrainedModel model = model_of(config());
  const Parity parity = verify_parity(model, export_model(model), ExportConfig(), "test");
  EXPECT_EQ(parity.frames, GetParam().states > 0 ? 30 : 6);
  EXPECT_EQ(parity.outputs.size(), 1u + static_cast<size_t>(GetParam().states));
  EXPECT_LE(parity.outputs.at("pha").mean, 1e-5);
}

TEST_P(EveryModel, WithUncertaintyAndForeground) {
  const ModelConfig heads = with_heads(config(), {&ModelConfig::uncertainty, &ModelConfig::foreground});
  const TrainedModel model = model_of(heads);
  const Parity parity = verify_parity(model, export_model(model), few_frames(), "test");
  EXPECT_EQ(parity.outputs.count("uncertainty") > 0, heads.uncertainty);
  EXPECT_EQ(parity.outputs.count("fgr") > 0, heads.foreground);
}

TEST_P(EveryModel, NamesWhatItIsGivenAndCarries) {
  const TrainedModel model = model_of(config());
  const std::string onnx = export_model(model);
  const ModelContract contract = contract_of_file(onnx, "test");
  EXPECT_EQ(guides_of(contract), GetParam().guides);
  EXPECT_EQ(contract.states.size(), static_cast<size_t>(GetParam().states));
  std::vector<std::string> inputs = {"src"};
  for (const ModelGuide& guide : contract.guides) inputs.push_back(guide.input);
  for (const ModelState& state : contract.states) inputs.push_back(state.input);
  EXPECT_EQ(PlainSession(onnx, "test").inputs(), inputs);
  EXPECT_EQ(export_names(model.config).inputs, inputs);
  EXPECT_EQ(inputs.back(), GetParam().states > 0 ? "r4i" : GetParam().guides.empty() ? "src" : GetParam().guides.back());
}

TEST_P(EveryModel, TakesARatioIfItScales) {
  const TrainedModel model = model_of(config());
  const std::string reason =
      GetParam().scales ? "no refiner" : std::string("the network '") + GetParam().name + "' works at the frame's own size";
  EXPECT_THAT(message_of([&] { export_model(model, at_ratio(0.5)); }), HasSubstr(reason));
  GraphOptions options;
  options.ratio_input = true;
  EXPECT_THAT(message_of([&] { export_model(model, options); }), HasSubstr(reason));
}

TEST_P(EveryModel, AlphaOfTheTestModelIsNotTrivial) {
  const torch::NoGradGuard no_grad;
  const TrainedModel model = model_of(config());
  const ShownFrames shown = drawn_frames({64, 64}, 1, 0, Rng(1), GetParam().guides);
  const auto alpha = model.network->forward(shown.frames, shown.guides, {}, 1).alpha;
  const auto inside = (alpha > 0.01).logical_and(alpha < 0.99).to(torch::kFloat).mean().item<float>();
  // Networks that are given a trimap may keep to it where it is known.
  EXPECT_GT(inside, GetParam().guides.empty() ? 0.5 : 0.1)
      << "that would hide differences: its last layer needs a line in last_layers() of small_model.h";
}

TEST_P(EveryModel, ProductRunsTheFile) {
  const Scratch scratch;
  const fs::path file = scratch / "exported.onnx";
  const TrainedModel model = model_of(config());
  write_file(file, sealed(export_model(model)));
  Matter matter(file, {1});
  EXPECT_EQ(needed_by(matter.wishes()), GetParam().guides);

  const torch::NoGradGuard no_grad;
  const ShownFrames shown = drawn_frames({49, 70}, 1, 0, Rng(1), entry_names(guide_table()));
  FrameGuides guides;
  Guides expected_guides;
  for (const GuideEntry& entry : guide_table()) {
    const torch::Tensor& map = entry.of(shown.guides);
    entry.of(guides) = picture_of(map, entry.kind);
    entry.of(expected_guides) = entry.kind == GuideKind::kColours ? map_of(entry.of(guides)) : map;
  }
  const cv::Mat frame = picture_of(shown.frames, GuideKind::kColours);
  const Matte matte = matter.predict_given(frame, guides);
  EXPECT_EQ(matte.alpha.size(), cv::Size(70, 49));
  const auto expected = model.network->forward(map_of(frame), expected_guides, {}, 1).alpha;
  const auto difference = (torch::from_blob(matte.alpha.data, {1, 1, 49, 70}) - expected).abs();
  const float tolerated = GetParam().chooses ? 0.05f : 0.f;  // of so few pixels
  EXPECT_LE((difference > 1e-4).to(torch::kFloat).mean().item<float>(), tolerated);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModel, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

// Those that two cores run at full width in a few seconds.
class LightModel : public testing::TestWithParam<const char*> {};

TEST_P(LightModel, AtFullWidth) {
  ModelConfig full;
  full.network = GetParam();
  const TrainedModel model = model_of(full);
  ExportConfig settings = few_frames();
  settings.cases = {{"128x128", 1, 0, 0, false}, {"65x50", 3, 0, 0, true}};
  EXPECT_LE(verify_parity(model, export_model(model), settings, "test").outputs.at("pha").mean, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Table, LightModel, testing::Values("rvm_mobilenetv3", "rvm_resnet50", "modnet", "bgmv2_mobilenetv2"),
                         [](const auto& info) { return std::string(info.param); });

class RefinedModel : public testing::TestWithParam<const char*> {};

TEST_P(RefinedModel, AtAReducedSize) {
  ModelConfig refined = small_config(GetParam());
  refined.refiner = true;
  const TrainedModel model = model_of(refined);
  const std::string onnx = export_model(model, at_ratio(0.5));
  EXPECT_EQ(contract_of_file(onnx, "test").ratio, 0.5);
  verify_parity(model, onnx, few_frames(), "test");
}

INSTANTIATE_TEST_SUITE_P(Table, RefinedModel, testing::ValuesIn(networks_that_scale()),
                         [](const auto& info) { return std::string(info.param); });

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
  const auto expected = export_forward(model, inputs);
  const auto got = session.run(floats);
  ASSERT_EQ(got[0].shape, (Shape{3, 1, 33, 50}));
  EXPECT_LT((to_tensor(got[0]) - expected[0]).abs().max().item<float>(), 1e-4f);
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

}  // namespace
}  // namespace facemat
