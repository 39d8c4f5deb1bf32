#include "export/exporter.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "export/onnx_writer.h"
#include "export/verify.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/model/models.h"
#include "src/runtime/matter.h"
#include "tests/export/parity.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

using testing::HasSubstr;

// Weights as after some training: statistics away from 0 and 1, and an alpha that is neither 0 nor 1 everywhere.
void liven(MattingNetwork& network) {
  const torch::NoGradGuard no_grad;
  for (auto& item : network.named_buffers()) {
    if (item.key().find("running_mean") != std::string::npos) item.value().uniform_(-0.1, 0.1);
    if (item.key().find("running_var") != std::string::npos) item.value().uniform_(0.5, 1.5);
  }
  for (auto& item : network.named_parameters())
    if (item.key() == "project_mat.conv.bias") item.value().fill_(0.5);
}

TrainedModel model_of(const ModelConfig& config) {
  TrainedModel model;
  model.network = make_model(config, Rng(11));
  liven(*model.network);
  model.network->eval();
  model.config = config;
  model.metadata = {{"polarity", "visible_face"}, {"train_size", "256"}, {"data_licence", "CC0"}};
  model.file = "test.safetensors";
  model.weights_hash = "0123abcd";
  return model;
}

ModelConfig narrow() {
  ModelConfig config;
  config.width = 0.25;
  return config;
}

ExportConfig few_frames() {
  ExportConfig config;
  config.frames = 6;
  return config;
}

class EveryModel : public testing::TestWithParam<ModelEntry> {
 protected:
  static ModelConfig config() {
    ModelConfig config = narrow();
    config.network = GetParam().name;
    return config;
  }
};

TEST_P(EveryModel, ComputesTheSameInOnnxRuntime) {
  const TrainedModel model = model_of(config());
  const Parity parity = verify_parity(model, export_model(model), 1, ExportConfig(), "test");
  EXPECT_EQ(parity.frames, 30);
  EXPECT_EQ(parity.outputs.size(), 5u);
  EXPECT_LE(parity.alpha, 1e-4);
}

TEST_P(EveryModel, AtFullWidth) {
  ModelConfig full = config();
  full.width = 1;
  const TrainedModel model = model_of(full);
  EXPECT_LE(verify_parity(model, export_model(model), 1, few_frames(), "test").alpha, 1e-4);
}

TEST_P(EveryModel, WithUncertaintyAndForeground) {
  ModelConfig heads = config();
  heads.uncertainty = heads.foreground = true;
  const TrainedModel model = model_of(heads);
  const Parity parity = verify_parity(model, export_model(model), 1, few_frames(), "test");
  EXPECT_EQ(parity.outputs.count("uncertainty"), 1u);
  EXPECT_EQ(parity.outputs.count("fgr"), 1u);
}

TEST_P(EveryModel, AtAReducedSizeWithTheRefiner) {
  ModelConfig refined = config();
  refined.refiner = true;
  const TrainedModel model = model_of(refined);
  const std::string onnx = export_model(model, 0.5);
  EXPECT_EQ(exported_ratio(onnx, "test"), 0.5);
  verify_parity(model, onnx, 0.5, few_frames(), "test");
  EXPECT_THAT(message_of([&] { verify_parity(model, onnx, 1, few_frames(), "test"); }), HasSubstr("test: "));
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModel, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Exporter, TakesBatches) {
  const torch::NoGradGuard no_grad;
  const TrainedModel model = model_of(narrow());
  PlainSession session(export_model(model), "test");
  const auto frames = torch::rand({3, 3, 33, 50});
  std::vector<torch::Tensor> inputs = {frames};
  std::vector<FloatTensor> floats = {to_floats(frames)};
  for (int i = 0; i < 4; ++i) {
    inputs.push_back(torch::zeros({1, 1, 1, 1}));
    floats.push_back({{1, 1, 1, 1}, {0}});
  }
  const auto expected = export_forward(*model.network, inputs, 1);
  const auto got = session.run(floats);
  ASSERT_EQ(got[0].shape, (Shape{3, 1, 33, 50}));
  EXPECT_LT((to_tensor(got[0]) - expected[0]).abs().max().item<float>(), 1e-4f);
}

TEST(Exporter, AlphaOfTheTestModelIsNotTrivial) {
  const torch::NoGradGuard no_grad;
  const TrainedModel model = model_of(narrow());
  const auto alpha = model.network->forward(torch::rand({1, 3, 64, 64})).alpha;
  const auto inside = (alpha > 0.01).logical_and(alpha < 0.99).to(torch::kFloat).mean().item<float>();
  EXPECT_GT(inside, 0.5) << "a clamped alpha would hide differences";
}

TEST(Exporter, WritesTheContract) {
  ModelConfig config = narrow();
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
  ModelConfig config = narrow();
  config.refiner = true;
  GraphOptions options;
  options.ratio = 0.25;
  ModelContract contract = contract_of(model_of(config), options);
  EXPECT_EQ(contract.ratio, 0.25);
  EXPECT_EQ(contract.ratio_input, "");
  EXPECT_TRUE(contract.sealed);
  options.ratio_input = true;
  options.recurrent = false;
  contract = contract_of(model_of(config), options);
  EXPECT_EQ(contract.ratio_input, "downsample_ratio");
  EXPECT_TRUE(contract.states.empty());
}

TEST(Exporter, EqualModelsGiveEqualBytes) { EXPECT_EQ(export_model(model_of(narrow())), export_model(model_of(narrow()))); }

TEST(Exporter, RefusesWhatItCannotExport) {
  TrainedModel model = model_of(narrow());
  EXPECT_THAT(message_of([&] { export_model(model, 0.5); }), HasSubstr("no refiner"));
  model.metadata["train_size"] = "large";
  EXPECT_THAT(message_of([&] { export_model(model); }), testing::AllOf(HasSubstr("test.safetensors"), HasSubstr("'large'")));
  model = model_of(narrow());
  model.metadata["polarity"] = "sideways";
  EXPECT_THAT(message_of([&] { export_model(model); }), testing::AllOf(HasSubstr("test.safetensors"), HasSubstr("sideways")));
  model = model_of(narrow());
  model.network->train();
  EXPECT_THAT(message_of([&] { export_model(model); }), HasSubstr("evaluation mode"));
}

TEST(Exporter, ProductRunsTheFile) {
  const fs::path file = fs::path(testing::TempDir()) / "exported.onnx";
  const TrainedModel model = model_of(narrow());
  write_file(file, export_model(model));
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

TEST(Verify, NoticesOtherWeights) {
  const TrainedModel model = model_of(narrow());
  TrainedModel other = model_of(narrow());
  const torch::NoGradGuard no_grad;
  other.network->named_parameters()["project_mat.conv.bias"].add_(0.01);
  EXPECT_THAT(message_of([&] { verify_parity(other, export_model(model), 1, few_frames(), "x.onnx"); }),
              testing::AllOf(HasSubstr("x.onnx: pha differs"), HasSubstr("limit 0.0001")));
  other.weights_hash = "ffff";
  EXPECT_THAT(message_of([&] { check_same_weights(other, export_model(model), "x.onnx"); }),
              HasSubstr("other weights (0123abcd)"));
  EXPECT_EQ(message_of([&] { check_same_weights(model, export_model(model), "x.onnx"); }), "no error");
}

TEST(Verify, CertificateSaysWhatWasCompared) {
  const TrainedModel model = model_of(narrow());
  const Parity parity = verify_parity(model, export_model(model), 1, few_frames(), "test");
  const auto json = nlohmann::json::parse(parity_to_json(parity, few_frames()));
  EXPECT_EQ(json["frames"], 6);
  EXPECT_EQ(json["sizes"], (nlohmann::json{"128x128", "160x96", "127x129"}));
  EXPECT_EQ(json["max_difference"], parity.alpha);
  EXPECT_TRUE(json["outputs"].contains("r4o"));
  EXPECT_TRUE(json["versions"].contains("onnxruntime"));
}

TEST(Metadata, IsAddedAndReplaced) {
  const std::string onnx = export_model(model_of(narrow()));
  const std::string once = with_metadata(onnx, {{kParityKey, "a"}}, "test"),
                    twice = with_metadata(once, {{kParityKey, "b"}}, "test");
  EXPECT_EQ(read_metadata(twice, "test").at(kParityKey), "b");
  EXPECT_EQ(read_metadata(twice, "test").size(), read_metadata(once, "test").size());
  EXPECT_THAT(message_of([] { read_metadata("nonsense", "x.onnx"); }), HasSubstr("x.onnx: not an ONNX model"));
  EXPECT_THAT(message_of([&] { exported_ratio(with_metadata(onnx, {{kRatioKey, "-1"}}, "x"), "x"); }), HasSubstr("'-1'"));
}

TEST(ExportConfigs, AllLoad) {
  int count = 0;
  for (const fs::path& file : list_files(fs::path(FACEMAT_SOURCE_DIR) / "configs" / "export", {".yaml"})) {
    EXPECT_NO_THROW(load_config<ExportConfig>(file)) << file;
    ++count;
  }
  EXPECT_GE(count, 2);
}

// The program itself: what it prints, what it leaves behind.
struct Outcome {
  int code;
  std::string output;
};

Outcome run_export(const std::string& arguments) {
  const fs::path log = fs::path(testing::TempDir()) / "export.log";
  const std::string command =
      std::string(FACEMAT_BIN_DIR) + "/facemat-export --quiet " + arguments + " >" + log.string() + " 2>&1";
  const int status = std::system(command.c_str());
  return {WEXITSTATUS(status), read_file(log)};
}

TEST(Program, ExportsAndVerifies) {
  const fs::path folder = fs::path(testing::TempDir()) / "export_program";
  fs::remove_all(folder);
  const fs::path weights = folder / "model.safetensors", onnx = folder / "out" / "model.onnx";
  write_file(weights, encode_model(*model_of(narrow()).network, narrow(), {{"polarity", "visible_face"}}));

  const Outcome exported = run_export("--set frames=3 --model " + weights.string() + " --out " + onnx.string());
  ASSERT_EQ(exported.code, 0) << exported.output;
  EXPECT_EQ(read_metadata(read_file(onnx), "test").count(kParityKey), 1u);

  EXPECT_THAT(run_export("verify " + onnx.string()).output, HasSubstr("over 3 frames at each of 3 sizes"));
  EXPECT_EQ(run_export("verify " + onnx.string() + " --set frames=2 --model " + weights.string()).code, 0);
}

TEST(Program, LeavesNothingBehindWhenItFails) {
  const fs::path folder = fs::path(testing::TempDir()) / "export_fails";
  fs::remove_all(folder);
  const fs::path weights = folder / "model.safetensors", onnx = folder / "model.onnx";
  write_file(weights, encode_model(*model_of(narrow()).network, narrow(), {}));
  const std::string files = "--model " + weights.string() + " --out " + onnx.string();
  EXPECT_EQ(run_export("--set frames=1 --set limit=0 " + files).code, 1);
  EXPECT_EQ(run_export("--set ratio=0.5 " + files).code, 1);
  EXPECT_EQ(run_export("--set frame=1 " + files).code, 1);
  EXPECT_FALSE(fs::exists(onnx));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  EXPECT_THAT(run_export("--model " + (folder / "none").string() + " --out x.onnx").output, HasSubstr("no such model"));
  EXPECT_THAT(run_export("--model " + weights.string()).output, HasSubstr("--out FILE is needed"));
  EXPECT_EQ(run_export("--unknown").code, 2);
  write_file(onnx, "nonsense");
  const Outcome verified = run_export("verify " + onnx.string());
  EXPECT_EQ(verified.code, 1);
  EXPECT_THAT(verified.output, HasSubstr("model.onnx"));
}

}  // namespace
}  // namespace facemat
