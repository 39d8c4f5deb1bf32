#include "src/core/contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ModelContract example() {
  ModelContract contract;
  contract.network = "rvm_mobilenetv3";
  contract.polarity = "occluder";
  contract.range_low = -1;
  contract.size_multiple = 16;
  contract.uncertainty_output = "uncertainty";
  contract.ratio_input = "downsample_ratio";
  contract.ratio = 0.25;
  contract.sealed = true;
  contract.states = {{"r1i", "r1o"}, {"r2i", "r2o"}};
  contract.guides = {{"background", "background"}, {"segmentation", "soft"}};
  contract.train_size = 512;
  contract.weights_hash = "00ff";
  contract.data_licence = "MIT (3 samples)";
  return contract;
}

TEST(Contract, ComesBackFromItsJson) {
  const std::string json = contract_to_json(example());
  const ModelContract again = contract_from_json(json, "model.onnx");
  EXPECT_EQ(again.polarity, "occluder");
  EXPECT_EQ(again.range_low, -1);
  EXPECT_EQ(again.size_multiple, 16);
  ASSERT_EQ(again.states.size(), 2u);
  EXPECT_EQ(again.states[1].input, "r2i");
  EXPECT_EQ(again.states[1].output, "r2o");
  ASSERT_EQ(again.guides.size(), 2u);
  EXPECT_EQ(again.guides[1].name, "segmentation");
  EXPECT_EQ(again.guides[1].input, "soft");
  EXPECT_EQ(again.ratio, 0.25);
  EXPECT_TRUE(again.sealed);
  EXPECT_EQ(contract_to_json(again), json);  // every field
}

TEST(Contract, RefusesWhatItDoesNotPromise) {
  const std::string good = contract_to_json(example());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "cannot be read"},
      {"[]", "cannot be read"},
      {"{\"version\":", "cannot be read"},
      {"{}", "cannot be read"},
      {with("\"polarity\":\"occluder\"", "\"polarity\":\"hair\""), "polarity 'hair' (known: visible_face, occluder)"},
      {with("\"version\":3", "\"version\":2"), "version 2 (known: 3; export the model again)"},
      {"{\"version\":2}", "version 2 (known: 3; export the model again)"},  // other versions have other keys
      {with("\"name\":\"segmentation\"", "\"name\":\"depth\""),
       "contract guide 'depth' (known: trimap, hint, background, segmentation)"},
      {with("\"name\":\"segmentation\"", "\"name\":\"background\""), "contract guide 'background' is there twice"},
      {with("\"size_multiple\":16", "\"size_multiple\":0"), "size_multiple 0"},
      {with("\"size_multiple\":16", "\"size_multiple\":\"x\""), "cannot be read"},
      {with("\"colour_order\":\"rgb\"", "\"colour_order\":\"xyz\""), "colour_order 'xyz'"},
      {with("\"ratio\":0.25", "\"ratio\":0.0"), "ratio 0 (allowed: above 0, at most 1)"},
      {with("\"range_high\":1.0", "\"range_high\":-1.0"), "range -1..-1 is empty"},
      {with("\"version\":3", "\"version\":3,\"extra\":0"), "unknown contract key 'extra'"},
  };
  for (const auto& [json, message] : table) {
    const std::string got = message_of([&, &json = json] { contract_from_json(json, "model.onnx"); });
    EXPECT_THAT(got, HasSubstr(message)) << json;
    EXPECT_THAT(got, StartsWith("model.onnx: ")) << json;
  }
}

TEST(Contract, NeedsNeitherStatesNorGuides) {
  const ModelContract again = contract_from_json(contract_to_json(ModelContract()), "model.onnx");
  EXPECT_TRUE(again.states.empty());
  EXPECT_TRUE(again.guides.empty());
}

TEST(GuideTable, EachEntryHasAPlaceOfItsOwn) {
  GuideSet<int> numbers;
  for (const GuideEntry& entry : guide_table()) entry.of(numbers) = entry.place + 1;
  EXPECT_EQ(numbers.trimap, find_guide("trimap").place + 1);
  EXPECT_EQ(numbers.hint, find_guide("hint").place + 1);
  EXPECT_EQ(numbers.background, find_guide("background").place + 1);
  EXPECT_EQ(numbers.segmentation, find_guide("segmentation").place + 1);
  for (size_t i = 0; i < guide_table().size(); ++i) EXPECT_EQ(guide_table()[i].place, static_cast<int>(i));
  EXPECT_EQ(find_guide("background").channels(), 3);
  EXPECT_THAT(message_of([] { find_guide("depth"); }), HasSubstr("guide 'depth' (known: trimap, hint"));
}

}  // namespace
}  // namespace facemat
