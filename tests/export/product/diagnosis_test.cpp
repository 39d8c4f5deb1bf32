#include "export/product/diagnosis.h"

#include <gmock/gmock.h>

#include "export/graph/onnx_writer.h"
#include "export/product/certificate.h"
#include "export/product/product.h"
#include "export/proof/parity.h"
#include "src/core/contract.h"
#include "tests/export/mistaken.h"
#include "tests/export/small_model.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

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

TEST(Explain, NamesTheMistakeOfANetworkThatIsGiven) {
  const TrainedModel model = small_model(small_config("background_matting"));
  const auto inverted = [](const torch::Tensor& x) { return 1 - x; };
  const auto turned = [](const torch::Tensor& x) {
    return torch::cat({x.narrow(1, 2, 1), x.narrow(1, 1, 1), x.narrow(1, 0, 1)}, 1);
  };
  const std::vector<Mistake> both = {{"guides inverted", nullptr, nullptr, false, 1, inverted},
                                     {"colour order swapped", turned}};
  for (const Mistake& mistake : both) {
    const auto lines = explanation(model, exported_with(model, mistake));
    EXPECT_THAT(lines, Contains(AllOf(HasSubstr("cause: "), HasSubstr(mistake.cause))));
    EXPECT_EQ(lines.size(), 3u) << "a file without states has none that could drift";
  }
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
