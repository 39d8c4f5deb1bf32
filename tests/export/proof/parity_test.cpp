#include "export/proof/parity.h"

#include <gmock/gmock.h>

#include <cmath>

#include "export/product/product.h"
#include "export/proof/frames.h"
#include "src/core/error.h"
#include "src/core/text.h"
#include "tests/export/mistaken.h"
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {

inline void PrintTo(const ModelEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

using testing::AllOf;
using testing::HasSubstr;

// Every kind of case of the long comparison, few frames each.
ExportConfig short_matrix() {
  ExportConfig config;
  config.frames = 8;
  config.cases = {{"1x1", 1, 0, 0, true},   {"1x17", 3, 0, 0, false},   {"15x16", 1, 4, 0, false},
                  {"33x50", 3, 0, 0, true}, {"127x129", 1, 0, 0, true}, {"64x160", 1, 30, 0, false}};
  return config;
}

class EveryModelInCases : public testing::TestWithParam<ModelEntry> {};

TEST_P(EveryModelInCases, AgreesWithLibTorch) {
  for (const ModelConfig& each :
       without_and_with(small_config(GetParam().name), {&ModelConfig::uncertainty, &ModelConfig::foreground})) {
    const size_t extra = static_cast<size_t>(each.uncertainty) + static_cast<size_t>(each.foreground);
    const TrainedModel model = small_model(each, each.width);
    const Parity parity = verify_parity(model, exported(model, {}), short_matrix(), "test");
    EXPECT_EQ(parity.cases.size(), 6u);
    EXPECT_EQ(parity.outputs.size(), 1 + static_cast<size_t>(GetParam().states) + extra);
    EXPECT_EQ(parity.tolerated, GetParam().chooses ? kTolerated : 0);
    for (const auto& [name, output] : parity.outputs) {
      EXPECT_GT(output.largest, 0) << name << ": two engines that never differ were not compared";
      EXPECT_LT(output.mean, output.largest) << name;
      EXPECT_TRUE(holds(parity, output)) << name;
      EXPECT_EQ(output.first_over.has_value(), output.over > 0) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryModelInCases, testing::ValuesIn(model_table()),
                         [](const auto& info) { return std::string(info.param.name); });

class EveryRefinedModelInCases : public testing::TestWithParam<const char*> {};

TEST_P(EveryRefinedModelInCases, AgreesAtAReducedSize) {
  ModelConfig refined = small_config(GetParam());
  refined.refiner = true;
  const TrainedModel model = small_model(refined);
  ExportConfig config = short_matrix();
  config.ratio = 0.5;
  config.cases.erase(config.cases.begin(), config.cases.begin() + 2);  // half a pixel is none
  const Parity parity = verify_parity(model, exported(model, config), config, "test");
  EXPECT_EQ(parity.cases[0].ratio, 0.5);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryRefinedModelInCases, testing::ValuesIn(networks_that_scale()),
                         [](const auto& info) { return std::string(info.param); });

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

TEST(Cases, AreShortWhereNothingAddsUp) {
  ExportConfig config;
  config.recurrent = false;
  const FileRunner file(exported(small_model(), config), "test");
  config.cases = {{"20x30", 1, 0, 0, false}, {"40x30", 2, 9, 0, true}};
  const auto cases = cases_for(file, config);
  EXPECT_EQ(cases[0].frames, 6);
  EXPECT_EQ(cases[1].frames, 9) << "the case says how many";
  config.frames = 3;
  EXPECT_EQ(cases_for(file, config)[0].frames, 3);
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

TEST(Frames, ComeWithTheGuidesOfWhatTheyShow) {
  const ShownFrames shown = drawn_frames({64, 96}, 2, 3, Rng(5), entry_names(guide_table()));
  EXPECT_TRUE(torch::equal(shown.frames, drawn_frame({64, 96}, 2, 3, Rng(5))));
  for (const GuideEntry& entry : guide_table()) {
    const torch::Tensor& guide = entry.of(shown.guides);
    EXPECT_EQ(guide.sizes().vec(), (std::vector<int64_t>{2, entry.channels(), 64, 96})) << entry.name;
    EXPECT_FALSE(torch::equal(guide[0], guide[1])) << entry.name;
    EXPECT_GE(guide.min().item<float>(), 0) << entry.name;
    EXPECT_LE(guide.max().item<float>(), 1) << entry.name;
  }
  const torch::Tensor& trimap = shown.guides.trimap;
  EXPECT_TRUE((trimap * 2).round().div(2).equal(trimap));
  for (const double value : {0., 0.5, 1.}) EXPECT_GT(trimap.eq(value).sum().item<int64_t>(), 100) << value;
  const auto behind = trimap.eq(0).expand_as(shown.frames);
  EXPECT_LT((shown.frames - shown.guides.background).abs().masked_select(behind).max().item<float>(), 0.051f)
      << "but for noise";
  EXPECT_GT(shown.guides.hint.masked_select(trimap.eq(1)).min().item<float>(), 0.9f);
  const ShownFrames none = drawn_frames({64, 96}, 1, 3, Rng(5), {});
  for (const GuideEntry& entry : guide_table()) EXPECT_FALSE(entry.of(none.guides).defined()) << entry.name;
}

TEST(Frames, InHalfPrecisionAreRoundedOnce) {
  const ShownFrames shown = drawn_frames({16, 16}, 1, 0, Rng(5), {"background"}), half = as_half(shown);
  EXPECT_FALSE(torch::equal(half.frames, shown.frames));
  EXPECT_LT((half.frames - shown.frames).abs().max().item<float>(), 0.5f / 1024);
  EXPECT_TRUE(torch::equal(as_half(half).guides.background, half.guides.background));
  EXPECT_FALSE(half.guides.trimap.defined());
}

TEST(FileRunner, NamesTheGuideThatIsMissing) {
  const TrainedModel model = small_model(small_config("modnet"));
  EXPECT_TRUE(guides_of(contract_of_file(exported(model, {}), "test")).empty());
  FileRunner file(exported(small_model(small_config("iamalpha")), {}), "x.onnx");
  EXPECT_EQ(guides_of(file.contract()), std::vector<std::string>{"trimap"});
  EXPECT_EQ(message_of([&] { file.run(drawn_frames({32, 48}, 1, 0, Rng(1), {"hint"}), 1); }), "x.onnx: no trimap is given");
}

TEST(FileRunner, StartsAgainAfterReset) {
  FileRunner file(exported(small_model(), {}), "test");
  const ShownFrames frame = drawn_frames({32, 48}, 1, 0, Rng(1), {});
  const auto first = file.run(frame, 1).at("pha"), second = file.run(frame, 1).at("pha");
  EXPECT_FALSE(torch::equal(first, second)) << "the states do not matter: a reset would go unseen";
  file.reset();
  EXPECT_TRUE(torch::equal(first, file.run(frame, 1).at("pha")));
}

TEST(Verify, FailsInOneLineThatSaysWhere) {
  const TrainedModel model = small_model();
  const std::string onnx = exported_with(model, {"", nullptr, [](const torch::Tensor& a) { return a * 0.9; }});
  EXPECT_THAT(message_of([&] { verify_parity(model, onnx, one_clip(), "x.onnx"); }),
              AllOf(HasSubstr("x.onnx: pha differs from LibTorch by 0."), HasSubstr("limit 0.0001"), HasSubstr("frame "),
                    testing::Not(HasSubstr("\n"))));
}

TEST(Verify, ToleratesFewValuesOfNetworksThatChoose) {
  Parity parity;
  parity.precision = "fp32";
  parity.limit = 1e-4;
  parity.outputs["pha"] = {0.5, 1e-5, 0.009, {}, {}};
  EXPECT_THAT(message_of([&] { check_parity(parity, "x.onnx"); }), HasSubstr("(limit 0.0001)"));
  parity.tolerated = kTolerated;
  EXPECT_EQ(message_of([&] { check_parity(parity, "x.onnx"); }), "no error");
  parity.outputs["pha"].over = 0.02;
  EXPECT_THAT(message_of([&] { check_parity(parity, "x.onnx"); }),
              HasSubstr("(limit 0.0001, above it 2 % of the values, mean 1e-05)"));
  parity.outputs["pha"] = {0.5, 0.002, 0.009, {}, {}};
  EXPECT_THAT(message_of([&] { check_parity(parity, "x.onnx"); }),
              HasSubstr("(limit 0.0001, above it 0.9 % of the values, mean 0.002)"))
      << "few values, but by much";
}

TEST(Verify, ToleratesNothingOfOtherNetworks) {
  for (const ModelEntry& entry : model_table()) EXPECT_EQ(tolerated_share(entry.name), entry.chooses ? kTolerated : 0);
  EXPECT_EQ(tolerated_share("another's"), 0);
}

TEST(LargestButFor, LeavesAShareOfTheValuesOut) {
  const auto few = torch::tensor({0.1f, 0.5f, 0.25f, 0.f}).view({2, 2}), one = torch::full({1}, 2.f);
  EXPECT_EQ(largest_but_for(0, {few, one}), 2);
  EXPECT_EQ(largest_but_for(0.2, {few, one}), 0.5) << "one of five";
  EXPECT_EQ(largest_but_for(0.39, {few, one}), 0.5) << "not yet two";
  EXPECT_EQ(largest_but_for(0.5, {few, one}), 0.25);
  EXPECT_TRUE(std::isinf(largest_but_for(0, {few, one / 0 - one / 0})));
}

}  // namespace
}  // namespace facemat
