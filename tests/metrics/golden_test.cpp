// The metrics against the reference values, made by independent double-precision code (metrics/README.md beside the cases).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "eval/metrics/connectivity.h"
#include "eval/metrics/gradient.h"
#include "eval/metrics/pixel_errors.h"
#include "eval/metrics/segmentation.h"
#include "eval/metrics/temporal.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

constexpr double kTolerance = 1e-9;  // relative

void expect_close(const std::string& what, double value, const std::string& expected_text) {
  const double expected = expected_text == "nan" ? 0 : std::stod(expected_text);  // an empty region counts 0 here
  EXPECT_LE(std::abs(value - expected), kTolerance * std::max(std::abs(expected), 1e-12))
      << what << ": " << value << " != " << expected;
}

cv::Mat grey(const fs::path& file) { return to_u8(read_mask(file)); }

// The pair of a case in one of the table's modes.
AlphaPair pair_of(const fs::path& folder, const std::string& name, const std::string& mode) {
  cv::Mat prediction = grey(folder / (name + "_pred.png"));
  const cv::Mat truth = grey(folder / (name + "_gt.png"));
  if (mode == "whole") return make_pair(prediction, truth);
  const cv::Mat trimap = read_trimap(folder / (name + "_trimap.png"));
  if (mode == "trimap_clamped") {
    prediction.setTo(0, trimap == 0);
    prediction.setTo(255, trimap == 255);
  }
  return make_pair(prediction, truth, trimap == 128);
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    if (!test_data("metrics")) GTEST_SKIP() << "the metric cases are not here (set FACEMAT_TEST_DATA)";
    folder_ = *test_data("metrics");
  }
  fs::path folder_;
};

TEST_F(Golden, EveryCaseAndMode) {
  const auto rows = read_table(folder_ / "expected.tsv");
  ASSERT_GT(rows.size(), 30u);
  for (const auto& row : rows) {
    const std::string what = row.at("case") + " " + row.at("mode");
    const AlphaPair pair = pair_of(folder_, row.at("case"), row.at("mode"));
    const ErrorSums sums = error_sums(pair);
    EXPECT_EQ(sums.absolute, std::stoll(row.at("sum_abs_diff_u8"))) << what;
    EXPECT_EQ(sums.squared, std::stoll(row.at("sum_sq_diff_u8"))) << what;
    EXPECT_EQ(sums.pixels, std::stoll(row.at("n"))) << what;
    expect_close(what + " sad", sad(pair), row.at("sad"));
    expect_close(what + " mse", mse(pair), row.at("mse"));
    expect_close(what + " mad", mad(pair), row.at("mad"));
    expect_close(what + " grad", gradient_error(pair), row.at("grad"));
    expect_close(what + " grad, not stretched", gradient_error(pair, false), row.at("grad_nonorm"));
    expect_close(what + " conn", connectivity_error(pair), row.at("conn"));
  }
}

TEST_F(Golden, Video) {
  const auto rows = read_table(folder_ / "expected_video.tsv");
  ASSERT_FALSE(rows.empty());
  std::optional<AlphaPair> before;
  for (const auto& row : rows) {
    const std::string name = "clip_0" + row.at("frame");
    const AlphaPair pair = pair_of(folder_, name, "whole");
    expect_close(name + " mad", 1e3 * mad(pair), row.at("mad_x1e3"));
    expect_close(name + " mse", 1e3 * mse(pair), row.at("mse_x1e3"));
    expect_close(name + " grad", gradient_error(pair), row.at("grad"));
    expect_close(name + " conn", connectivity_error(pair), row.at("conn"));
    if (before) expect_close(name + " dtssd", 100 * dtssd(*before, pair), row.at("dtssd_x1e2"));
    before = pair;
  }
}

TEST_F(Golden, Segmentation) {
  int compared = 0;
  for (const auto& row : read_table(folder_ / "expected_seg.tsv")) {
    if (row.at("binarisation") != "both_ge128") continue;
    const Confusion c = confusion(pair_of(folder_, row.at("case"), "whole"));
    EXPECT_EQ(c.tp, std::stoll(row.at("tp"))) << row.at("case");
    EXPECT_EQ(c.fp, std::stoll(row.at("fp"))) << row.at("case");
    EXPECT_EQ(c.fn, std::stoll(row.at("fn"))) << row.at("case");
    EXPECT_EQ(c.tn, std::stoll(row.at("tn"))) << row.at("case");
    if (c.tp + c.fp + c.fn > 0) expect_close(row.at("case") + " iou", iou(c), row.at("iou"));
    if (c.tp + c.fn > 0) expect_close(row.at("case") + " recall", recall(c), row.at("recall"));
    expect_close(row.at("case") + " accuracy", accuracy(c), row.at("acc"));
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

}  // namespace
}  // namespace facemat
