// Whole runs on labels that cannot be believed everywhere.

#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/core/json.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"
#include "tests/train/tiny_run.h"

namespace facemat {
namespace {

class TrustedRuns : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    torch::set_num_threads(2);
    scratch_ = std::make_unique<Scratch>();
    DataConfig config = small_config(*scratch_ / "sources");
    config.faces = {trusted_folder(*scratch_ / "sources/labelled", 9)};
    config.splits[1].name = "valid";
    config.alpha_bits = 8;  // break_labels writes them so
    build_dataset(config, *scratch_ / "data", {}, *silent());
  }
  static void TearDownTestSuite() { scratch_.reset(); }

  // The dataset again, its alphas turned round where `where` (0 or 255 of its trust maps) says.
  static void break_labels(const std::string& name, int where) {
    fs::copy(*scratch_ / "data", *scratch_ / name, fs::copy_options::recursive);
    int changed = 0;
    for (const auto& entry : fs::recursive_directory_iterator(*scratch_ / name)) {
      if (entry.path().extension() != ".png") continue;
      const std::string file = entry.path().string();
      const size_t kind = file.find("/alpha/");
      if (kind == std::string::npos) continue;
      const cv::Mat trust = to_u8(read_mask(std::string(file).replace(kind, 7, "/trust/")));
      cv::Mat alpha = to_u8(read_mask(file)), turned = 255 - alpha;
      turned.copyTo(alpha, trust == where);
      changed += cv::countNonZero(trust == where);
      write_image(file, alpha);
    }
    ASSERT_GT(changed, 1000);
  }

  static TrainConfig config(std::vector<LossTerm> losses) {
    TrainConfig config = tiny_teacher();
    config.losses = std::move(losses);
    config.validate_on = {ValidationSet{}};
    config.validate_on[0].regions = {"trusted"};
    config.best_by = "sad_trusted";
    return config;
  }
  static TrainOutcome run(const TrainConfig& config, const std::string& data, const std::string& name,
                          Progress* progress = nullptr) {
    TrainRequest request;
    request.data = *scratch_ / data, request.run = *scratch_ / name;
    return train(config, request, progress == nullptr ? *silent() : *progress);
  }
  static std::string weights(const std::string& run) {
    return read_file(*scratch_ / run / "checkpoints/step-00000008/model.safetensors");
  }
  static std::vector<nlohmann::json> log(const std::string& run) {
    std::vector<nlohmann::json> lines;
    const std::string text = read_file(*scratch_ / run / "log.jsonl");
    for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      lines.push_back(nlohmann::json::parse(text.substr(begin, end - begin)));
    return lines;
  }

  static std::unique_ptr<Scratch> scratch_;
};
std::unique_ptr<Scratch> TrustedRuns::scratch_;

// Every loss that has its inputs in the data: equal losses at every step, equal weights at the end, equal validation.
TEST_F(TrustedRuns, ALabelBrokenWhereNobodyBelievesItChangesNothing) {
  break_labels("broken", 0);
  const TrainConfig all = config({{"l1", 1},
                                  {"l1_unknown", 1},
                                  {"l1_unknown_mean", 1},
                                  {"l2", 1},
                                  {"l2_unknown", 1},
                                  {"charbonnier", 1},
                                  {"gradient", 1},
                                  {"laplacian", 1},
                                  {"laplacian_unknown", 1},
                                  {"laplacian_unknown_normalised", 0.1},
                                  {"beta_nll", 1},
                                  {"composition", 1},
                                  {"coherence", 5},
                                  {"coherence_unknown", 1}});
  run(all, "data", "whole-run"), run(all, "broken", "broken-run");
  EXPECT_TRUE(weights("whole-run") == weights("broken-run"));
  const auto whole = log("whole-run"), broken = log("broken-run");
  ASSERT_EQ(whole.size(), broken.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    if (!whole[i].contains("valid")) {
      EXPECT_EQ(whole[i], broken[i]);
      continue;
    }
    for (const char* metric : {"sad_trusted", "mse_trusted", "mad_trusted", "iou_trusted"})
      EXPECT_EQ(whole[i]["valid"][metric], broken[i]["valid"][metric]);
  }
  // The other way round everything changes.
  break_labels("believed", 255);
  run(all, "believed", "believed-run");
  EXPECT_FALSE(weights("whole-run") == weights("believed-run"));
}

TEST_F(TrustedRuns, ValidationSaysWhereItCounts) {
  TrainConfig everywhere = config({{"l1", 1}});
  everywhere.validate_on[0].regions = {"whole", "trusted", "trusted_unknown"};  // reads the trimaps, which no loss needs
  const TrainOutcome outcome = run(everywhere, "data", "said");
  const auto& figures = outcome.figures;
  EXPECT_GT(figures.at("share_trusted"), 0.7);
  EXPECT_LT(figures.at("share_trusted"), 0.9) << "a quarter is untrusted but for what occluders cover";
  EXPECT_LT(figures.at("share_trusted_unknown"), figures.at("share_trusted"));
  EXPECT_GT(figures.at("sad"), figures.at("sad_trusted"));
  EXPECT_EQ(log("said").back()["valid"]["sad_trusted"], figures.at("sad_trusted"));
  EXPECT_EQ(*outcome.best, outcome.best_step == 8 ? figures.at("sad_trusted") : *outcome.best);
}

}  // namespace
}  // namespace facemat
