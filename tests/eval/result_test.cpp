#include "eval/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

EvaluationResult example(const fs::path& file = {}) {
  FakePredictor predictor;
  NoProgress progress;
  Evaluation evaluation;
  evaluate(predictor, example_clips(4, 2), evaluation, progress);
  EvaluationResult result = evaluation.finish(file);
  result.model = {"student", "checkpoint", "rvm_mobilenetv3", "abc"};
  result.data.name = "demo", result.data.split = "test", result.data.licence = "CC0-1.0";
  result.training = {{10, 0.5, {{"l1", 0.25}}, {}}, {20, {}, {}, {{"sad", 1.5}}}};
  return result;
}

TEST(Result, JsonKeepsEverything) {
  const Scratch scratch;
  const EvaluationResult r = example(scratch / "r.json");
  const std::string json = result_to_json(r);
  EXPECT_EQ(result_to_json(result_from_json(json, "r.json")), json);
  const EvaluationResult back = result_from_json(json, "r.json");
  EXPECT_EQ(back.frames[5].whole, r.frames[5].whole);
  EXPECT_EQ(back.worst.size(), r.worst.size());
  EXPECT_EQ(back.uncertainty->spearman, r.uncertainty->spearman);
  EXPECT_EQ(back.uncertainty->calibration->nll, r.uncertainty->calibration->nll);
  EXPECT_EQ(back.uncertainty->calibration->bins.size(), 10u);
  EXPECT_EQ(back.data.truth_hash, r.data.truth_hash);
  EXPECT_EQ(back.training[0].loss, 0.5);
  EXPECT_EQ(back.training[1].valid.at("sad"), 1.5);
  EXPECT_EQ(back.model.weights_hash, "abc");
}

TEST(Result, JsonStatesPolarityAndDefinitions) {
  const std::string json = result_to_json(example());
  EXPECT_THAT(json, HasSubstr("\"polarity\": \"visible_face\""));
  EXPECT_THAT(json, HasSubstr("sum of absolute differences of alpha, divided by 1000"));
  EXPECT_THAT(json, HasSubstr("\"schema\": 1"));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

// Files written before there was a calibration, or a hash of the truth.
TEST(Result, OlderFilesAreRead) {
  const std::string json =
      replaced(replaced(result_to_json(example()), "\"calibration\"", "\"other\""), "\"truth_hash\"", "\"o\"");
  const EvaluationResult old = result_from_json(json, "r.json");
  ASSERT_TRUE(old.uncertainty);
  EXPECT_FALSE(old.uncertainty->calibration);
  EXPECT_EQ(old.uncertainty->bins.size(), 10u);
  EXPECT_EQ(old.data.truth_hash, "");
  EXPECT_TRUE(same_data(old, example()));
}

TEST(Result, SameDataIsToldByTheTruth) {
  EvaluationResult a = example(), b = example();
  b.data.name = "another folder of it";
  EXPECT_TRUE(same_data(a, b));
  b.data.truth_hash = "0";
  EXPECT_FALSE(same_data(a, b));
  b.data.truth_hash.clear();
  EXPECT_FALSE(same_data(a, b));  // the name is all there is
  b.data.name = a.data.name;
  EXPECT_TRUE(same_data(a, b));
  b.constant.sad += 0.5;
  EXPECT_FALSE(same_data(a, b));
}

TEST(Result, BinsMustAgree) {
  EvaluationResult r = example();
  r.uncertainty->calibration->bins.pop_back();
  EXPECT_THAT(message_of([&] { result_from_json(result_to_json(r), "r.json"); }),
              HasSubstr("9 bins of the calibration and 10"));
}

TEST(Result, DamagedFilesAreRefusedByName) {
  const Scratch scratch;
  const std::string json = result_to_json(example(scratch / "r.json"));
  const auto message = [](const std::string& text) { return message_of([&] { result_from_json(text, "r.json"); }); };
  EXPECT_THAT(message("{"), HasSubstr("r.json: no result of facemat-eval"));
  EXPECT_THAT(message("[]"), HasSubstr("r.json: no result of facemat-eval"));
  EXPECT_THAT(message(replaced(json, "\"schema\": 1", "\"schema\": 9")), HasSubstr("schema 9 is newer"));
  EXPECT_THAT(message(replaced(json, "\"empty_unknown\"", "\"empty\"")), HasSubstr("empty_unknown"));
  EXPECT_THAT(message(replaced(json, "r_cases/000_image.png", "../../secret.png")), HasSubstr("leaves the result's folder"));
  EXPECT_THAT(message(replaced(json, "r_cases/000_image.png", "/etc/passwd")), HasSubstr("leaves the result's folder"));
}

TEST(TrainingLog, IsReadLineByLine) {
  const Scratch scratch;
  write_file(scratch / "log.jsonl",
             "{\"step\":10,\"loss\":0.5,\"terms\":{\"l1\":0.5}}\n{\"step\":20,\"valid\":{\"sad\":2}}\n{\"step\":21}\n");
  const auto points = read_training_log(scratch / "log.jsonl");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].terms.at("l1"), 0.5);
  EXPECT_EQ(points[1].valid.at("sad"), 2);
  write_file(scratch / "bad.jsonl", "{\"step\":10,\"loss\":0.5}\nnonsense\n");
  EXPECT_THAT(message_of([&] { read_training_log(scratch / "bad.jsonl"); }), HasSubstr("bad.jsonl:2"));
}

}  // namespace
}  // namespace facemat
