#include "eval/results/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "tests/eval/example.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Result, JsonKeepsEverything) {
  const Scratch scratch;
  EvaluationResult r = example_result("student", scratch / "r.json");
  r.speed = Speed{1.5, 1, 3, 7, 20, 20, 2};
  r.ledger = Ledger{"teacher", 9, {{0.1, 0.2, 0.3}}};
  r.environment = {"a processor", "a system", "a compiler", "libraries", 2, 1000};
  r.warnings = {"JPEG"};
  r.model.parameters = 5, r.model.multiply_adds = 1e9, r.model.settings = "flip";
  r.model.given = {"frame", "past", "trimap"};
  const std::string json = result_to_json(r);
  EXPECT_EQ(result_to_json(result_from_json(json, "r.json")), json);
  const EvaluationResult back = result_from_json(json, "r.json");
  EXPECT_EQ(back.frames[5].regions, r.frames[5].regions);
  EXPECT_EQ(back.frames[5].traits, r.frames[5].traits);
  EXPECT_EQ(back.frames[5].confusion.tp, 100);
  EXPECT_EQ(back.cases.size(), 4u);
  EXPECT_EQ(back.cases[0].kind, "worst");
  EXPECT_EQ(back.empty, r.empty);
  EXPECT_EQ(back.speed->p99_ms, 3);
  EXPECT_EQ(back.ledger->bins[0].error, 0.3);
  EXPECT_EQ(back.environment.compiler, "a compiler");
  EXPECT_EQ(back.warnings, r.warnings);
  EXPECT_EQ(back.model.settings, "flip");
  EXPECT_EQ(back.model.given, r.model.given);
  EXPECT_EQ(given_text(back.model), "frame, past, trimap");
  EXPECT_EQ(given_text(ModelInfo()), "");
  EvaluationResult silent = r;
  silent.model.given.clear();
  const std::string without = result_to_json(silent);
  EXPECT_THAT(without, Not(HasSubstr("\"given\":")));
  EXPECT_TRUE(result_from_json(without, "r.json").model.given.empty());
  EXPECT_EQ(back.uncertainty->spearman, r.uncertainty->spearman);
  EXPECT_EQ(back.uncertainty->calibration.nll, r.uncertainty->calibration.nll);
  EXPECT_EQ(back.uncertainty->calibration.bins.size(), 10u);
  EXPECT_EQ(back.data.truth_hash, r.data.truth_hash);
  EXPECT_EQ(back.training[0].loss, 0.5);
  EXPECT_EQ(back.training[1].valid.at("sad"), 1.5);
  EXPECT_EQ(back.model.weights_hash, "abc");
}

TEST(Result, JsonStatesPolarityAndDefinitions) {
  const std::string json = result_to_json(example_result());
  EXPECT_THAT(json, HasSubstr("\"polarity\": \"visible_face\""));
  EXPECT_THAT(json, HasSubstr("sum of absolute differences of alpha, divided by 1000"));
  EXPECT_THAT(json, HasSubstr("\"schema\": 2"));
}

TEST(Result, NamesMayHaveAnyBytes) {
  EvaluationResult r = example_result();
  r.data.name = "caf\xe9";
  EXPECT_EQ(result_from_json(result_to_json(r), "r.json").data.name, "caf\xef\xbf\xbd");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(Result, SameDataIsToldByTruthAndTrimaps) {
  EvaluationResult a = example_result("a"), b = example_result("b");
  b.data.name = "another folder of it";
  EXPECT_TRUE(same_data(a, b));
  EXPECT_NO_THROW(require_same_data({a, b}));
  b.data.trimap_hash.clear();
  EXPECT_FALSE(same_data(a, b));
  EXPECT_THAT(message_of([&] { require_same_data({a, b}); }), HasSubstr("b was judged with other trimaps than a"));
  b.data.truth_hash = "0";
  EXPECT_THAT(message_of([&] { require_same_data({a, b}); }), HasSubstr("b was judged on other data than a"));
}

TEST(Result, BinsMustAgree) {
  EvaluationResult r = example_result();
  r.uncertainty->calibration.bins.pop_back();
  EXPECT_THAT(message_of([&] { result_from_json(result_to_json(r), "r.json"); }),
              HasSubstr("9 bins of the calibration and 10"));
}

TEST(Result, DamagedFilesAreRefusedByName) {
  const Scratch scratch;
  const std::string json = result_to_json(example_result("student", scratch / "r.json"));
  const auto message = [](const std::string& text) { return message_of([&] { result_from_json(text, "r.json"); }); };
  EXPECT_THAT(message("{"), HasSubstr("r.json: no result of facemat-eval"));
  EXPECT_THAT(message("[]"), HasSubstr("r.json: no result of facemat-eval"));
  EXPECT_THAT(message(replaced(json, "\"schema\": 2", "\"schema\": 9")), HasSubstr("schema 9 is newer"));
  EXPECT_THAT(message(replaced(json, "\"schema\": 2", "\"schema\": 1")), HasSubstr("schema 1 is no longer read"));
  EXPECT_THAT(message(replaced(json, "\"empty\"", "\"full\"")), HasSubstr("empty"));
  EvaluationResult r = example_result();
  r.frames[0].regions.clear();
  EXPECT_THAT(message(result_to_json(r)), HasSubstr("sample 000000, frame 0 has no SAD"));
  r = example_result();
  r.frames[0].confusion.tp = int64_t{1} << 62;  // four of them are more than a sum can be
  EXPECT_THAT(message(result_to_json(r)), HasSubstr("4611686018427387904 pixels (allowed: 0 to 10000000000)"));
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
