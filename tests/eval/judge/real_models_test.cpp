// Real networks of others over composites of real photographs, judged by the program and put into one report.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/results/result.h"
#include "src/core/file.h"
#include "tests/support/command.h"
#include "tests/support/scratch.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using testing::HasSubstr;

class RealModels : public testing::Test {
 protected:
  void SetUp() override {
    if (!test_data("faces") || !test_data("depth") || !test_data("segmentation"))
      GTEST_SKIP() << "the photographs and networks are not here (set FACEMAT_TEST_DATA)";
    write_file(
        folder_ / "data.yaml",
        fmt::format(
            "base: {}/configs/data/photos.yaml\nroot: {}\nsize: 128\nsplits:\n  - {{name: test, stills: 12, occluded: 0.9}}\n",
            FACEMAT_SOURCE_DIR, test_data("faces")->parent_path().string()));
    depth_ = (*test_data("depth") / "tcmonodepth_tcsmallnet_192x320.onnx").string();
    person_ = (*test_data("segmentation") / "SINet_Softmax_simple.onnx").string();
  }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  EvaluationResult judged(const std::string& name, const std::string& what) {
    const Outcome outcome = run(fmt::format("{}/facemat-eval --quiet --threads 2 {} --data {} --name {} --out {}",
                                            FACEMAT_BIN_DIR, what, file("data.yaml"), name, file(name + ".json")));
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    files_ += " " + file(name + ".json");
    return result_from_json(read_file(folder_ / (name + ".json")), name);
  }

  EvaluationResult judged_source(const std::string& name, const std::string& network) {
    return judged(name,
                  fmt::format("--model {}/configs/sources/{}.yaml --set network.model={}", FACEMAT_SOURCE_DIR, name, network));
  }

  static double sad(const EvaluationResult& result) { return mean_scores(result, "whole").at("sad"); }

  Scratch folder_;
  std::string depth_, person_, files_;
};

TEST_F(RealModels, StandBesideTheBaselinesInOneReport) {
  const EvaluationResult constant = judged("constant", "--baseline constant"), hull = judged("hull", "--baseline hull");
  const EvaluationResult published = judged_source("depth_soft_published", depth_),
                         mended = judged_source("depth_soft", depth_);
  judged_source("depth_hard_published", depth_), judged_source("depth_hard", depth_);
  const EvaluationResult person = judged_source("portrait_segmentation", person_);
  for (const EvaluationResult* result : {&hull, &published, &mended, &person}) EXPECT_TRUE(same_data(*result, constant));
  EXPECT_LT(sad(hull), sad(constant));
  EXPECT_LT(sad(mended), sad(published));                    // what mending the traps is for
  EXPECT_GT(mean_scores(person, "face").at("recall"), 0.8);  // a person's face is person, whatever covers it
  EXPECT_LT(mean_scores(person, "whole").at("precision"), 0.6);
  EXPECT_GT(person.model.parameters, 50000);
  EXPECT_GT(person.model.multiply_adds, 1e7);

  const Outcome outcome = run(std::string(FACEMAT_BIN_DIR) + "/facemat-eval report" + files_ + " --out " + file("report.html") +
                              " --tables " + file("tables"));
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  const std::string page = read_file(folder_ / "report.html");
  for (const char* name : {"depth_soft_published", "portrait_segmentation", "hull"}) EXPECT_THAT(page, HasSubstr(name));
  EXPECT_LT(page.size(), size_t{20} << 20);
}

}  // namespace
}  // namespace facemat
