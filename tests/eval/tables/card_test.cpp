#include "eval/tables/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/core/json.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

// Six stills in two classes: SAD 1, 2, 3 under hands, 4, 5, 6 under hair.
EvaluationResult small_result() {
  EvaluationResult r = example_result();
  r.frames.clear();
  for (int i = 0; i < 6; ++i) {
    FrameScore frame{fmt::format("{:06d}", i), 0, {i < 3 ? "hand" : "hair"}, {}, {}, {3, 1, 0, 4}};
    frame.regions["whole"]["sad"] = i + 1;
    r.frames.push_back(frame);
  }
  r.data.samples = r.data.frames = 6;
  r.model.parameters = 3753190;
  r.speed = Speed{4, 3.5, 9, 5, 20, 20, 2};
  r.environment.processor = "a processor";
  return r;
}

Json metric(const Json& card, const std::string& region, const std::string& name) {
  for (const Json& m : card.at("evaluations").at(0).at("metrics"))
    if (m.at("region") == region && m.at("metric") == name) return m;
  return {};
}

TEST(Card, KeyLines) {
  const ModelCard card = model_card({small_result()});
  for (const char* text :
       {"# student\n", "- network: rvm\\_mobilenetv3\n", "- parameters: 3,753,190\n", "- weights: `abc`\n",
        "- polarity: `visible_face`: alpha 1 = visible face\n", "- steps: 20\n", "## Judged on demo, split test\n",
        "- samples and frames: 6, 6\n", "- licence of the data: CC0-1.0\n", "| region | metric | mean [95 % interval] |\n",
        "- speed: 3.5 ms a frame (median), 9 ms (99th percentile), 5 frames of 20x20\n", "- processor: a processor\n",
        "Pooled mIoU 0.7750.", "video is unknown"})
    EXPECT_THAT(card.markdown, HasSubstr(text));
}

TEST(Card, JsonHoldsTheSameNumbersAsTheResult) {
  const EvaluationResult result = small_result();
  const Json card = Json::parse(model_card({result}).json);
  const Interval sad = bootstrap_mean(clusters_of(result, "whole", "sad"));
  const Json m = metric(card, "whole", "sad");
  EXPECT_EQ(m.at("mean"), 3.5);
  EXPECT_EQ(m.at("low"), sad.low);
  EXPECT_EQ(m.at("high"), sad.high);
  const Json& e = card.at("evaluations").at(0);
  EXPECT_EQ(e.at("uncertainty").at("spearman"), result.uncertainty->spearman);
  EXPECT_EQ(e.at("uncertainty").at("ause"), result.uncertainty->sparsification.ause);
  EXPECT_EQ(e.at("speed").at("p99_ms"), 9);
  EXPECT_EQ(e.at("data").at("truth_hash"), result.data.truth_hash);
  EXPECT_EQ(e.at("constant_matte_sad"), result.constant.sad);
  EXPECT_THAT(model_card({result}).markdown,
              HasSubstr(fmt::format("| whole frame | SAD ↓ | 3.500 [{:.3f}, {:.3f}] |", sad.low, sad.high)));
}

TEST(Card, NamesTheWeakClass) {
  const ModelCard card = model_card({small_result()});
  const Json weak = Json::parse(card.json).at("evaluations").at(0).at("weak_spots");
  ASSERT_EQ(weak.size(), 1u);  // hands are better than the whole
  EXPECT_EQ(weak[0].at("slice"), "hair");
  EXPECT_EQ(weak[0].at("mean"), 5);
  EXPECT_EQ(weak[0].at("frames"), 3);
  EXPECT_DOUBLE_EQ(weak[0].at("over_whole"), 5 / 3.5);
  EXPECT_THAT(card.markdown, HasSubstr("- occluder hair: 5.000 ["));
  EXPECT_THAT(card.markdown, HasSubstr("], 1.43 times the whole, 3 frames\n"));
}

TEST(Card, WhatIsNotKnownIsUnknown) {
  EvaluationResult bare = small_result();
  bare.model = {"m", "mattes", "", "", 0, 0, ""};
  bare.data.licence.clear(), bare.data.trimap_hash.clear();
  bare.training.clear(), bare.speed.reset(), bare.uncertainty.reset(), bare.environment = {};
  for (FrameScore& frame : bare.frames) frame.classes.clear();
  const ModelCard card = model_card({bare});
  for (const char* name :
       {"network", "parameters", "weights", "licence of the weights", "how", "steps", "data", "licence of the data",
        "size of the training pictures", "exported file", "speed", "uncertainty", "processor", "system"})
    EXPECT_THAT(card.markdown, HasSubstr(fmt::format("- {}: unknown\n", name)));
  EXPECT_THAT(card.markdown, HasSubstr("Weak spots: unknown"));
  EXPECT_THAT(card.markdown, HasSubstr("it states no uncertainty that was judged"));
  const Json json = Json::parse(card.json);
  EXPECT_TRUE(json.at("model").at("network").is_null());
  EXPECT_TRUE(json.at("training").at("steps").is_null());
  EXPECT_TRUE(json.at("evaluations").at(0).at("speed").is_null());
}

TEST(Card, SaysWhatTheModelIsGiven) {
  EvaluationResult result = small_result();
  result.model.given = {"frame", "trimap"};
  CardOptions options;
  options.contract.emplace();
  options.contract->weights_hash = result.model.weights_hash;
  options.contract->guides = {{"trimap", "rough"}};
  const ModelCard card = model_card({result}, {}, options);
  EXPECT_THAT(card.markdown, HasSubstr("- given: frame, trimap\n"));
  EXPECT_THAT(card.markdown, HasSubstr("- trimap: `rough`, of the input's size, needed with it\n- recurrent states: 0\n"));
  const Json json = Json::parse(card.json);
  EXPECT_EQ(json.at("schema"), 2);
  EXPECT_EQ(json.at("evaluations").at(0).at("given"), Json({"frame", "trimap"}));
  EXPECT_EQ(json.at("contract").at("guides").at(0).at("input"), "rough");
  EXPECT_THAT(model_card({small_result()}).markdown, testing::Not(HasSubstr("- given:")));
}

TEST(Card, OneClipHasNoInterval) {
  EvaluationResult one = small_result();
  one.frames.resize(1);
  const ModelCard card = model_card({one});
  EXPECT_THAT(card.markdown, HasSubstr("| whole frame | SAD ↓ | 1.000 (interval unknown) |"));
  EXPECT_TRUE(metric(Json::parse(card.json), "whole", "sad").at("low").is_null());
}

TEST(Card, FactsAreAddedToWhatHoldsOfEveryMatte) {
  const auto facts = config_from_yaml<CardFacts>(
      "name: Our matte\nsummary: Small.\nlicence: MIT\ntrained: distilled\ntraining:\n  - {name: optimizer, value: adamw}\n"
      "training_data: drawn faces\ntraining_licence: CC0-1.0\nintended_use: [make-up filters]\nlimits: [no night]\n",
      "card.yaml");
  const ModelCard card = model_card({small_result()}, facts);
  for (const char* text : {"# Our matte\n\nSmall.\n", "- licence of the weights: MIT\n", "- how: distilled\n",
                           "- optimizer: adamw\n", "- data: drawn faces\n", "- make-up filters\n", "- no night\n", "not whose"})
    EXPECT_THAT(card.markdown, HasSubstr(text));
  EXPECT_EQ(Json::parse(card.json).at("training").at("settings").at("optimizer"), "adamw");
}

TEST(Card, ContractOfTheExportedFile) {
  CardOptions options;
  options.contract.emplace();
  options.contract->weights_hash = "abc", options.contract->size_multiple = 4, options.contract->train_size = 256;
  options.contract->data_licence = "CC-BY-4.0";
  const ModelCard card = model_card({small_result()}, {}, options);
  for (const char* text :
       {"- input: `src`, [B,3,H,W] float32, rgb in 0..1, sides multiples of 4\n", "- output: `pha`, [B,1,H,W] float32, 0..1\n",
        "- uncertainty: none\n", "- licence of the data: CC-BY-4.0\n", "- size of the training pictures: 256 pixels\n"})
    EXPECT_THAT(card.markdown, HasSubstr(text));
  options.contract->weights_hash = "other";
  EXPECT_THAT(message_of([&] { model_card({small_result()}, {}, options); }), HasSubstr("'other'"));
}

TEST(Card, SeveralSetsOfDataOfOneModel) {
  EvaluationResult second = small_result();
  second.data.name = "photos";
  const ModelCard card = model_card({small_result(), second});
  EXPECT_THAT(card.markdown, HasSubstr("## Judged on demo, split test\n"));
  EXPECT_THAT(card.markdown, HasSubstr("## Judged on photos, split test\n"));
  second.model.weights_hash = "def";
  EXPECT_THAT(message_of([&] { model_card({small_result(), second}); }), HasSubstr("different models"));
  EXPECT_THAT(message_of([&] { model_card({}); }), HasSubstr("at least one result"));
  second = small_result(), second.polarity = "occluder";
  EXPECT_THAT(message_of([&] { model_card({small_result(), second}); }), HasSubstr("one polarity"));
}

TEST(Card, TextsAreNoMarkup) {
  EvaluationResult r = small_result();
  r.model.name = "a <b> | `c`\n# d";
  EXPECT_THAT(model_card({r}).markdown, HasSubstr("# a \\<b\\> \\| \\`c\\` \\# d\n"));
  EXPECT_THAT(model_card({r}).markdown, Not(HasSubstr("<b>")));
}

TEST(Card, TellsHowARunLearntAndNothingOfItsMachine) {
  const auto facts = training_facts({{"seed", "4"},
                                     {"init", "/home/me/teacher"},
                                     {"teacher", ""},
                                     {"losses.0.name", "l1"},
                                     {"losses.0.weight", "2"},
                                     {"losses.1.name", "conn"},
                                     {"losses.1.weight", "1"},
                                     {"ema", "0"},
                                     {"device", "cpu"}});
  std::vector<std::string> lines;
  for (const NamedFact& fact : facts) lines.push_back(fact.name + "=" + fact.value);
  EXPECT_THAT(lines, testing::ElementsAre("losses=l1 x 2, conn x 1", "seed=4", "init=teacher"));
}

}  // namespace
}  // namespace facemat
