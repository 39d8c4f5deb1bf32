#include "export/proof/parity.h"

#include <gmock/gmock.h>

#include "export/product/product.h"
#include "export/proof/frames.h"
#include "src/core/error.h"
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

TEST(Verify, FailsInOneLineThatSaysWhere) {
  const TrainedModel model = small_model();
  const std::string onnx = exported_with(model, {"", nullptr, [](const torch::Tensor& a) { return a * 0.9; }});
  EXPECT_THAT(message_of([&] { verify_parity(model, onnx, one_clip(), "x.onnx"); }),
              AllOf(HasSubstr("x.onnx: pha differs from LibTorch by 0."), HasSubstr("limit 0.0001"), HasSubstr("frame "),
                    testing::Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace facemat
