#include "export/verify.h"

#include <gmock/gmock.h>

#include "export/certificate.h"
#include "export/diagnosis.h"
#include "export/exporter.h"
#include "export/frames.h"
#include "export/onnx_writer.h"
#include "export/product.h"
#include "src/core/error.h"
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

// Every kind of case of the long comparison, few frames each.
ExportConfig short_matrix() {
  ExportConfig config;
  config.frames = 8;
  config.cases = {{"1x1", 1, 0, 0, true},   {"1x17", 3, 0, 0, false},   {"15x16", 1, 4, 0, false},
                  {"33x50", 3, 0, 0, true}, {"127x129", 1, 0, 0, true}, {"64x160", 1, 30, 0, false}};
  return config;
}

ExportConfig one_clip(int frames = 4) {
  ExportConfig config;
  config.cases = {{"47x50", 1, frames, 0, false}};
  return config;
}

class EveryModelInCases : public testing::TestWithParam<ModelEntry> {
 protected:
  static ModelConfig config() {
    ModelConfig config;
    config.network = GetParam().name;
    return config;
  }
};

TEST_P(EveryModelInCases, AgreesWithLibTorch) {
  ModelConfig heads = config();
  heads.uncertainty = heads.foreground = true;
  for (const ModelConfig& each : {config(), heads}) {
    const TrainedModel model = small_model(each);
    const Parity parity = verify_parity(model, exported(model, {}), short_matrix(), "test");
    EXPECT_EQ(parity.cases.size(), 6u);
    EXPECT_EQ(parity.outputs.size(), each.foreground ? 7u : 5u);
    EXPECT_LE(parity.alpha, 1e-4);
    for (const auto& [name, output] : parity.outputs) {
      EXPECT_GT(output.largest, 0) << name << ": two engines that never differ were not compared";
      EXPECT_LT(output.mean, output.largest) << name;
      EXPECT_FALSE(output.first_over) << name;
    }
  }
}

TEST_P(EveryModelInCases, AgreesAtAReducedSize) {
  ModelConfig refined = config();
  refined.refiner = true;
  const TrainedModel model = small_model(refined);
  ExportConfig config = short_matrix();
  config.ratio = 0.5;
  config.cases.erase(config.cases.begin(), config.cases.begin() + 2);  // half a pixel is none
  const Parity parity = verify_parity(model, exported(model, config), config, "test");
  EXPECT_EQ(parity.cases[0].ratio, 0.5);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModelInCases, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Cases, AreFilledIn) {
  const TrainedModel model = small_model();
  const FileRunner file(exported(model, {}), "test");
  ExportConfig config;
  config.frames = 7;
  config.cases = {{"20x30", 1, 0, 0, false}, {"40x30", 2, 5, 0, true}};
  const auto cases = cases_for(file, config);
  EXPECT_EQ(cases[0].frames, 7);
  EXPECT_EQ(cases[1].frames, 5);
  EXPECT_EQ(cases[1].batch, 2);
  EXPECT_EQ(cases[1].ratio, 1);
}

TEST(Frames, DependOnNothingElse) {
  const auto frame = drawn_frame({9, 14}, 2, 3, Rng(5));
  EXPECT_EQ(frame.sizes().vec(), (std::vector<int64_t>{2, 3, 9, 14}));
  EXPECT_TRUE(torch::equal(frame, drawn_frame({9, 14}, 2, 3, Rng(5))));
  EXPECT_FALSE(torch::equal(frame, drawn_frame({9, 14}, 2, 4, Rng(5))));
  EXPECT_FALSE(torch::equal(frame[0], frame[1])) << "clips of a batch must differ, or a mix-up goes unseen";
  EXPECT_GE(frame.min().item<float>(), 0);
  EXPECT_LE(frame.max().item<float>(), 1);
}

TEST(FileRunner, StartsAgainAfterReset) {
  FileRunner file(exported(small_model(), {}), "test");
  const auto frame = drawn_frame({32, 48}, 1, 0, Rng(1));
  const auto first = file.run(frame, 1).at("pha"), second = file.run(frame, 1).at("pha");
  EXPECT_FALSE(torch::equal(first, second)) << "the states do not matter: a reset would go unseen";
  file.reset();
  EXPECT_TRUE(torch::equal(first, file.run(frame, 1).at("pha")));
}

// A network that is wrong in a way people get wrong; files are exported from it and compared with the right one.
struct Mistake {
  const char* cause;  // what the explanation must say
  std::function<torch::Tensor(const torch::Tensor&)> frame = nullptr;
  std::function<torch::Tensor(const torch::Tensor&)> alpha = nullptr;
  bool forgets = false;
  double state_scale = 1;
};

class Mistaken : public MattingNetwork {
 public:
  Mistaken(std::shared_ptr<MattingNetwork> right, Mistake mistake)
      : right_(register_module("right", std::move(right))), mistake_(std::move(mistake)) {}

  Prediction forward(const torch::Tensor& frames, const States& states, double ratio) override {
    Prediction out =
        right_->forward(mistake_.frame ? mistake_.frame(frames) : frames, mistake_.forgets ? States{} : states, ratio);
    if (mistake_.alpha) out.alpha = mistake_.alpha(out.alpha);
    if (mistake_.state_scale != 1) out.states[0] = out.states[0] * mistake_.state_scale;
    return out;
  }
  Prediction forward_scaled(const torch::Tensor& frames, const States& states, const torch::Tensor& ratio) {
    return forward(frames, states, ratio.item<double>());
  }

 private:
  std::shared_ptr<MattingNetwork> right_;
  Mistake mistake_;
};

std::string exported_with(const TrainedModel& model, const Mistake& mistake) {
  TrainedModel wrong = model;
  wrong.network = std::make_shared<Mistaken>(model.network, mistake);
  wrong.network->eval();
  return exported(wrong, {});
}

std::vector<std::string> explanation(const TrainedModel& model, const std::string& onnx,
                                     const ExportConfig& config = one_clip()) {
  const Parity parity = measure_parity(model, onnx, config, "test");
  EXPECT_GT(parity.alpha, parity.limit) << "nothing to explain";
  return explain(model, onnx, parity, config, "test");
}

std::vector<Mistake> mistakes() {
  const auto statistics = [](float a, float b, float c) { return torch::tensor({a, b, c}).view({1, 3, 1, 1}); };
  return {
      {"polarity inverted", nullptr, [](const torch::Tensor& a) { return 1 - a; }},
      {"colour order swapped",
       [](const torch::Tensor& x) {
         return torch::cat({x.narrow(1, 2, 1), x.narrow(1, 1, 1), x.narrow(1, 0, 1)}, 1);
       }},
      {"wants 0..255", [](const torch::Tensor& x) { return x / 255; }},
      {"wants -1..1", [](const torch::Tensor& x) { return (x + 1) * 0.5; }},
      {"already normalised",
       [=](const torch::Tensor& x) { return x * statistics(0.229f, 0.224f, 0.225f) + statistics(0.485f, 0.456f, 0.406f); }},
      {"sigmoid", nullptr, [](const torch::Tensor& a) { return torch::sigmoid(a); }},
      {"states not carried on", nullptr, nullptr, true},
  };
}

TEST(Explain, NamesTheMistake) {
  const TrainedModel model = small_model();
  for (const Mistake& mistake : mistakes())
    EXPECT_THAT(explanation(model, exported_with(model, mistake)),
                Contains(AllOf(HasSubstr("cause: "), HasSubstr(mistake.cause))));
}

TEST(Explain, NamesAnotherRatio) {
  ModelConfig refined;
  refined.refiner = true;
  const TrainedModel model = small_model(refined);
  ExportConfig half;
  half.ratio = 0.5;
  const std::string onnx = exported(model, half);
  ModelContract contract = contract_of_file(onnx, "test");
  contract.ratio = 0.25;
  const std::string lying = with_metadata(onnx, {{kContractKey, contract_to_json(contract)}}, "test");
  const Finding numerics = check_against(model, lying, one_clip(), "test").back();
  EXPECT_FALSE(numerics.passed);
  EXPECT_THAT(numerics.detail, AllOf(HasSubstr("output r1o has the shape [1,"), HasSubstr("the network's [1,")));
  EXPECT_THAT(numerics.more, Contains(HasSubstr("the file works at 0.5 of the size, it says 0.25")));
}

TEST(Explain, NamesOtherWeights) {
  const TrainedModel model = small_model();
  TrainedModel other = small_model();
  const torch::NoGradGuard no_grad;
  for (auto& item : other.network->named_parameters())
    if (item.key() == "decoder.decode0.conv.3.weight") item.value().mul_(1.3);
  const auto lines = explanation(other, exported(model, {}));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("other weights: "), HasSubstr("stored tensors differ"))));
  EXPECT_THAT(lines[0], AllOf(HasSubstr("pha differs by"), HasSubstr("pixel (y "), HasSubstr("LibTorch ")));
  EXPECT_THAT(lines[1], HasSubstr("first over the limit: frame 0 of 47x50"));
}

TEST(Explain, TellsWhetherAStateDriftedFirst) {
  const TrainedModel model = small_model();
  const std::string onnx = exported_with(model, {"", nullptr, nullptr, false, 1.5});
  EXPECT_THAT(explanation(model, onnx), Contains(AllOf(HasSubstr("state r1o left the limit"), HasSubstr("before alpha"))));
  const auto behind = explanation(model, exported_with(model, {"", nullptr, [](const torch::Tensor& a) { return a * 0.9; }}));
  EXPECT_THAT(behind, Contains(HasSubstr("no state did")));
}

TEST(Explain, BlamesTheLimitIfNobodyCouldKeepIt) {
  const TrainedModel model = small_model();
  ExportConfig strict = one_clip();
  strict.limit = 1e-9;
  EXPECT_THAT(explanation(model, exported(model, {}), strict), Contains(HasSubstr("less than fp32 can promise")));
}

TEST(Verify, FailsInOneLineThatSaysWhere) {
  const TrainedModel model = small_model();
  const std::string onnx = exported_with(model, {"", nullptr, [](const torch::Tensor& a) { return a * 0.9; }});
  EXPECT_THAT(message_of([&] { verify_parity(model, onnx, one_clip(), "x.onnx"); }),
              AllOf(HasSubstr("x.onnx: pha differs from LibTorch by 0."), HasSubstr("limit 0.0001"), HasSubstr("frame "),
                    testing::Not(HasSubstr("\n"))));
}

TEST(CheckAgainst, FindsWeightsAndNumbers) {
  const TrainedModel model = small_model();
  const std::string onnx = exported(model, {});
  auto findings = check_against(model, onnx, one_clip(), "x.onnx");
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_TRUE(all_passed(findings));
  TrainedModel other = small_model();
  other.weights_hash = "ffff";
  findings = check_against(other, onnx, one_clip(), "x.onnx");
  EXPECT_FALSE(findings[0].passed);
  EXPECT_THAT(findings[0].detail, HasSubstr("other weights (0123abcd)"));
  EXPECT_TRUE(findings[1].passed) << "the numbers are the same all the same";
}

}  // namespace
}  // namespace facemat
