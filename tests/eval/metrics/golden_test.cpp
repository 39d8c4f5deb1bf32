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
#include "eval/metrics/variants.h"
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

// A case in one of the table's modes.
struct GoldenCase {
  AlphaPair pair;
  Regions region;
};

GoldenCase golden_case(const fs::path& folder, const std::string& name, const std::string& mode) {
  cv::Mat prediction = grey(folder / (name + "_pred.png"));
  const cv::Mat truth = grey(folder / (name + "_gt.png"));
  if (mode == "whole") return {make_pair(prediction, truth), Regions::whole(truth.size())};
  const cv::Mat trimap = read_trimap(folder / (name + "_trimap.png"));
  if (mode == "trimap_clamped") {
    prediction.setTo(0, trimap == 0);
    prediction.setTo(255, trimap == 255);
  }
  return {make_pair(prediction, truth), Regions::of({truth, trimap, {}}, {"unknown"})};
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    if (!test_data("metrics")) GTEST_SKIP() << "the metric cases are not here (set FACEMAT_TEST_DATA)";
    folder_ = *test_data("metrics");
  }
  fs::path folder_;
};

double variant(const std::string& name, const GoldenCase& c) { return find_variant(name).compute(c.pair, c.region).at(0); }

TEST_F(Golden, EveryCaseAndMode) {
  const auto rows = read_table(folder_ / "expected.tsv");
  ASSERT_GT(rows.size(), 30u);
  for (const auto& row : rows) {
    const std::string what = row.at("case") + " " + row.at("mode");
    const GoldenCase c = golden_case(folder_, row.at("case"), row.at("mode"));
    const ErrorSums sums = error_sums(c.pair, c.region).at(0);
    EXPECT_EQ(sums.absolute, std::stoll(row.at("sum_abs_diff_u8"))) << what;
    EXPECT_EQ(sums.squared, std::stoll(row.at("sum_sq_diff_u8"))) << what;
    EXPECT_EQ(sums.pixels, std::stoll(row.at("n"))) << what;
    expect_close(what + " sad", sad(c.pair, c.region).at(0), row.at("sad"));
    expect_close(what + " mse", mse(c.pair, c.region).at(0), row.at("mse"));
    expect_close(what + " mad", mad(c.pair, c.region).at(0), row.at("mad"));
    expect_close(what + " grad", gradient_error(c.pair, c.region).at(0), row.at("grad"));
    expect_close(what + " conn", connectivity_error(c.pair, c.region).at(0), row.at("conn"));
    expect_close(what + " grad, not stretched", variant("grad_unstretched", c), row.at("grad_nonorm"));
    expect_close(what + " conn, ties by row", variant("conn_row_ties", c), row.at("conn_tie_row"));
    expect_close(what + " conn, 8-connected", variant("conn_eight", c), row.at("conn_8"));
  }
}

TEST_F(Golden, Video) {
  const auto rows = read_table(folder_ / "expected_video.tsv");
  ASSERT_FALSE(rows.empty());
  std::optional<AlphaPair> before;
  for (const auto& row : rows) {
    const std::string name = "clip_0" + row.at("frame");
    const GoldenCase c = golden_case(folder_, name, "whole");
    expect_close(name + " mad", 1e3 * mad(c.pair, c.region).at(0), row.at("mad_x1e3"));
    expect_close(name + " mse", 1e3 * mse(c.pair, c.region).at(0), row.at("mse_x1e3"));
    expect_close(name + " grad", gradient_error(c.pair, c.region).at(0), row.at("grad"));
    expect_close(name + " conn", connectivity_error(c.pair, c.region).at(0), row.at("conn"));
    if (before) expect_close(name + " dtssd", 100 * dtssd(*before, c.pair), row.at("dtssd_x1e2"));
    before = c.pair;
  }
}

// 0/0 in the table is NaN there and 1 here, and the mIoU leaves such a class out: only rows with both classes compare.
TEST_F(Golden, Segmentation) {
  int compared = 0;
  for (const auto& row : read_table(folder_ / "expected_seg.tsv")) {
    const std::string what = row.at("case") + " " + row.at("binarisation");
    const Binarisation at = row.at("binarisation") == "both_ge128" ? Binarisation{128, 128} : Binarisation{128, 255};
    const GoldenCase g = golden_case(folder_, row.at("case"), "whole");
    const Confusion c = confusion(g.pair, g.region, at).at(0);
    EXPECT_EQ(c.tp, std::stoll(row.at("tp"))) << what;
    EXPECT_EQ(c.fp, std::stoll(row.at("fp"))) << what;
    EXPECT_EQ(c.fn, std::stoll(row.at("fn"))) << what;
    EXPECT_EQ(c.tn, std::stoll(row.at("tn"))) << what;
    if (c.tp + c.fp + c.fn > 0) expect_close(what + " iou", iou(c), row.at("iou"));
    if (c.tp + c.fn > 0) expect_close(what + " recall", recall(c), row.at("recall"));
    if (c.tp + c.fp + c.fn > 0 && c.tn + c.fp + c.fn > 0) expect_close(what + " mIoU", mean_iou(c), row.at("mIoU"));
    expect_close(what + " accuracy", accuracy(c), row.at("acc"));
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

// What the other evaluators' own code gave for these cases when it was run (to the digits noted then).
TEST_F(Golden, VariantsAreWhatOthersPrint) {
  const auto whole = [&](const char* name, const char* file) { return variant(name, golden_case(folder_, file, "whole")); };
  EXPECT_NEAR(whole("conn_double", "14_threshold_edges_75x75"), 2.0414, 5e-5);
  EXPECT_NEAR(whole("conn_row_ties", "14_threshold_edges_75x75"), 2.0216, 5e-5);
  EXPECT_NEAR(whole("conn_row_ties", "15_ties_40x48"), 0.053047, 5e-7);
  EXPECT_EQ(whole("conn_skipping", "06_one_vs_zero_50x70"), 0);
  EXPECT_NEAR(whole("conn_row_ties", "06_one_vs_zero_50x70"), 3.5, 1e-12);
  EXPECT_NEAR(variant("grad_unstretched", golden_case(folder_, "03_blobs_200x320", "trimap")), 6.6529, 5e-5);
  EXPECT_NEAR(whole("grad_zero_border", "01_ramp_64x64"), 0.01044, 5e-6);
}

}  // namespace
}  // namespace facemat
