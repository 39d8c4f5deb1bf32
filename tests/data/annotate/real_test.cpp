// Real networks on real photographs: what the annotator for MediaPipe's network makes of crops that were labelled before, by
// the same rules in another program. FACEMAT_REAL_COUNT says on how many (default 12).

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>

#include "data/annotate/annotator.h"
#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/image/transform.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

using Row = std::map<std::string, std::string>;

const char* const kAnnotator = FACEMAT_SOURCE_DIR "/configs/annotators/selfie_multiclass.yaml";

std::string what_is_missing() {
  if (!test_data("real")) return "the real photographs are not here (set FACEMAT_TEST_DATA)";
  return test_data("annotators") ? "" : "the annotators' networks are not here (set FACEMAT_TEST_DATA)";
}

// Rows of the manifest, spread evenly over it: always the same.
std::vector<Row> some_rows() {
  const std::vector<Row> all = read_table(*test_data("real") / "manifest.tsv");
  const char* given = std::getenv("FACEMAT_REAL_COUNT");
  const size_t count = given ? std::clamp(std::atoi(given), 1, static_cast<int>(all.size())) : 12;
  std::vector<Row> out;
  for (size_t i = 0; i < count; ++i) out.push_back(all[i * all.size() / count]);
  return out;
}

fs::path file_of(const Row& row, const char* kind, const char* extension) {
  return *test_data("real") / row.at("folder") / kind / (row.at("name") + extension);
}

cv::Mat levels(const Row& row, const char* kind) { return read_mask(file_of(row, kind, ".png")) > 0.5f; }

AnnotatorConfig annotator(const std::vector<std::string>& set = {}) {
  std::vector<std::string> all = {"detector.file=" + (*test_data("annotators") / "yunet_n_320_320.onnx").string(),
                                  "landmarks.network.model=" + (*test_data("annotators") / "face_landmark_468.onnx").string()};
  all.insert(all.end(), set.begin(), set.end());
  AnnotatorConfig config = load_annotator(kAnnotator, all);
  config.parsers.at(0).network.model = (*test_data("annotators") / "selfie_multiclass_256.onnx").string();
  return config;
}

// The mask of a crop where the crop was, in a picture of that size; what the crop did not show keeps the value of `other`.
cv::Mat laid_back(const cv::Mat& mask, const cv::Rect& crop, const cv::Mat& other) {
  cv::Mat out = other.clone();
  const cv::Mat large = mask.cols == crop.width ? mask : cv::Mat(resize(mask, crop.size()) > 127);
  const cv::Rect seen = crop & cv::Rect({}, other.size());
  large(seen - crop.tl()).copyTo(out(seen));
  return out;
}

struct Agreement {
  std::vector<double> masks, trusted, trust, untrusted;
  int same_folder = 0;
  std::map<std::string, int> rejects;

  void print(const char* title) const {
    const auto mean = [](const std::vector<double>& v) {
      return std::accumulate(v.begin(), v.end(), 0.0) / std::max<double>(1, static_cast<double>(v.size()));
    };
    const auto quantile = [](std::vector<double> v, double share) {
      std::sort(v.begin(), v.end());
      return v.empty() ? 0 : v[static_cast<size_t>(share * static_cast<double>(v.size() - 1))];
    };
    std::printf(
        "%s: %zu labelled; IoU of masks: mean %.4f, 5 %% quantile %.4f, least %.4f; where the given label is trusted: mean "
        "%.4f, "
        "5 %% quantile %.4f\n  trust maps agree in %.4f of the pixels, not believed %.4f; same folder %.3f\n",
        title, masks.size(), mean(masks), quantile(masks, 0.05), quantile(masks, 0), mean(trusted), quantile(trusted, 0.05),
        mean(trust), mean(untrusted),
        static_cast<double>(same_folder) / std::max<double>(1, static_cast<double>(masks.size())));
    for (const auto& [reason, count] : rejects) std::printf("  rejected: %d, %s\n", count, reason.c_str());
  }
  double mean_mask() const { return std::accumulate(masks.begin(), masks.end(), 0.0) / static_cast<double>(masks.size()); }
};

Agreement agreement_of(const AnnotatorConfig& config) {
  Agreement out;
  Annotator annotator(config);
  for (const Row& row : some_rows()) {
    const cv::Mat picture = read_image(file_of(row, "images", ".jpg")), mask = levels(row, "masks"),
                  trust = levels(row, "trust");
    std::vector<LabelledFace> faces;
    try {
      faces = annotator.label(picture);
    } catch (const Error& error) {
      ++out.rejects[error.what()];
      continue;
    }
    // The face of the picture is the one whose box is nearest to its middle.
    const auto off = [&](const LabelledFace& face) {
      return cv::norm(cv::Point2d(face.box.x + face.box.width / 2, face.box.y + face.box.height / 2) -
                      cv::Point2d(picture.cols / 2.0, picture.rows / 2.0));
    };
    const auto face =
        std::min_element(faces.begin(), faces.end(), [&](const auto& a, const auto& b) { return off(a) < off(b); });
    if (face->mask.empty()) {
      ++out.rejects[row.at("name") + ": " + face->reject];
      continue;
    }
    if (!face->reject.empty()) ++out.rejects[row.at("name") + ": " + face->reject];
    const cv::Mat own = laid_back(face->mask, face->crop, mask), own_trust = laid_back(face->trust, face->crop, trust);
    out.masks.push_back(overlap_of(own, mask));
    out.trusted.push_back(overlap_of(own & trust, mask & trust));
    out.trust.push_back(cv::countNonZero(own_trust == trust) / static_cast<double>(trust.total()));
    out.untrusted.push_back(face->facts.untrusted);
    out.same_folder += face->natural == (row.at("folder") == "natural");
    if (std::getenv("FACEMAT_REAL_LIST") != nullptr)
      std::printf("%s\t%.4f\t%s\t%d\t%.3f\t%s\t%.3f\t%s\n", row.at("name").c_str(), out.masks.back(), row.at("folder").c_str(),
                  face->natural, face->facts.occluded, row.at("occluded_share").c_str(), face->facts.yaw, face->reject.c_str());
  }
  return out;
}

TEST(RealLabels, CropsGetTheMasksTheyWereGiven) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const Agreement found = agreement_of(annotator({"pictures=crops"}));
  found.print("crops");
  ASSERT_FALSE(found.masks.empty());
  EXPECT_GE(found.mean_mask(), 0.985);
}

TEST(RealLabels, PhotographsGetThemWhereTheirCropsMeet) {
  if (const std::string missing = what_is_missing(); !missing.empty()) GTEST_SKIP() << missing;
  const Agreement found = agreement_of(annotator({"smallest=150"}));
  found.print("photographs");
  ASSERT_FALSE(found.masks.empty());
  EXPECT_GE(found.mean_mask(), 0.97);
  const StageSeconds spent = stage_seconds();
  std::printf("all tests of this run: detector %.1f s, landmarks %.1f s, parser %.1f s, rules %.1f s\n", spent.detect,
              spent.landmarks, spent.parse, spent.rules);
}

}  // namespace
}  // namespace facemat
