// Sources that solve over a trimap: where the trimap comes from, and what becomes of the matte.

#include "src/runtime/sources/trimaps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/trimap.h"
#include "src/runtime/sources/alpha_source.h"
#include "tests/src/runtime/classical/problems.h"
#include "tests/src/runtime/tiny_sam.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

AlphaSourceConfig of_kind(const std::string& kind) {
  AlphaSourceConfig config;
  config.kind = kind;
  return config;
}

SmallProblem problem() { return {noise_picture({40, 32}, 3), banded_trimap({40, 32})}; }

Matte matte_of(const AlphaSourceConfig& config, const SmallProblem& problem) {
  return make_alpha_source(config, 1)->predict_given(problem.image, {problem.trimap, {}});
}

// Every kind of the table that solves over a trimap gives what its method gives, with what it took.
TEST(TrimapSources, EachKindIsItsMethod) {
  const SmallProblem p = problem();
  size_t seen = 0;
  for (const AlphaKind& kind : alpha_kinds()) {
    if (!kind.solve) continue;
    ++seen;
    const AlphaSourceConfig config = of_kind(kind.name);
    SolvedMatte wanted;
    if (kind.name == "trimap") wanted.alpha = alpha_of_trimap(p.trimap);
    if (kind.name == "closed_form") wanted = closed_form_matte(p.image, p.trimap, {}, {});
    if (kind.name == "learning_based") wanted = learning_based_matte(p.image, p.trimap, {}, {});
    if (kind.name == "knn") wanted = knn_matte(p.image, p.trimap, {}, {});
    if (kind.name == "shared_sampling") wanted = shared_sampling_matte(p.image, p.trimap, {}, {});
    ASSERT_FALSE(wanted.alpha.empty()) << kind.name << " is not held to anything here";
    const Matte matte = matte_of(config, p);
    EXPECT_EQ(worst_difference(matte.alpha, wanted.alpha), 0) << kind.name;
    EXPECT_EQ(matte.note.empty(), wanted.iterations == 0) << kind.name;
    if (wanted.iterations > 0) {
      EXPECT_THAT(matte.note, AllOf(HasSubstr(fmt::format("{} iterations", wanted.iterations)), HasSubstr("residual")));
    }
    EXPECT_EQ(worst_difference(alpha_of_picture(config, p.trimap, {}, p.image), wanted.alpha), 0) << kind.name;
    EXPECT_THAT(needed_by(make_alpha_source(config, 1)->wishes()), ElementsAre("trimap")) << kind.name;
  }
  EXPECT_GE(seen, 5u);
  EXPECT_EQ(make_alpha_source(of_kind("box"), 1)->wishes().trimap, Wish::kNone);
}

TEST(TrimapSources, ATrimapIsHalfWhereItIsUnknown) {
  const cv::Mat trimap = (cv::Mat_<uint8_t>(1, 3) << 0, 128, 255);
  const cv::Mat alpha = alpha_of_trimap(trimap);
  EXPECT_EQ(alpha.at<float>(0, 0), 0);
  EXPECT_EQ(alpha.at<float>(0, 1), 0.5);
  EXPECT_EQ(alpha.at<float>(0, 2), 1);
}

// The guided filter over a trimap: filtered where nothing is known, what is known stays.
TEST(TrimapSources, RefiningLeavesWhatIsKnown) {
  const SmallProblem p = problem();
  AlphaSourceConfig config = of_kind("trimap");
  config.refine.radius = 4;
  const cv::Mat filtered = refined(alpha_of_trimap(p.trimap), p.image, config.refine), alpha = matte_of(config, p).alpha;
  cv::Mat wanted = filtered.clone();
  wanted.setTo(0, p.trimap == 0);
  wanted.setTo(1, p.trimap == 255);
  EXPECT_EQ(worst_difference(alpha, wanted), 0);
  EXPECT_GT(worst_difference(filtered, wanted), 0.05);  // it would have changed
}

TEST(TrimapSources, ARegionCutsTheMatte) {
  const SmallProblem p = problem();
  AlphaSourceConfig config = of_kind("trimap");
  config.region.shape = "box", config.region.radius_x = config.region.radius_y = 0.25;
  const cv::Mat alpha = matte_of(config, p).alpha;
  EXPECT_LT(worst_difference(alpha, inside(alpha_of_trimap(p.trimap), face_region(config.region, p.image.size()))), 1e-6);
  EXPECT_EQ(alpha.at<float>(16, 39), 0);  // known face outside it
}

TEST(TrimapSources, TrimapsGoThroughTheWorkingSize) {
  const SmallProblem p = grey_ramp(63, 30);
  AlphaSourceConfig config = of_kind("closed_form");
  config.working_size.max_side = 32;
  const Matte matte = matte_of(config, p);
  EXPECT_EQ(matte.alpha.size(), p.image.size());
  EXPECT_LT(cv::norm(matte.alpha, grey_of(p.image), cv::NORM_L1) / static_cast<double>(p.image.total()), 0.02);
  EXPECT_FALSE(matte.note.empty());
}

TEST(TrimapSources, WhatIsMissingIsNamed) {
  const SmallProblem p = problem();
  AlphaSourceConfig config = of_kind("closed_form");
  const auto message = [&](const FrameGuides& guides) {
    return message_of([&] { make_alpha_source(config, 1)->predict_given(p.image, guides); });
  };
  EXPECT_THAT(message({}), AllOf(HasSubstr("needs a trimap"), HasSubstr("--trimap")));
  EXPECT_THAT(message_of([&] { make_alpha_source(config, 1)->predict(p.image); }), HasSubstr("needs a trimap"));
  EXPECT_THAT(message({p.trimap.colRange(0, 20), {}}), AllOf(HasSubstr("20x32"), HasSubstr("40x32")));
  cv::Mat settled = p.trimap.clone();
  settled.setTo(0, settled == kUnknown);
  EXPECT_THAT(message({settled, {}}), HasSubstr("no unknown pixel"));
  config.trimap.from = "hint";
  EXPECT_THAT(message({p.trimap, {}}), HasSubstr("hint.file"));
  EXPECT_THAT(message_of([&] { alpha_of_picture(of_kind("knn"), p.trimap); }), HasSubstr("--images"));
}

TEST(TrimapSources, TrimapsOfOneSideMayBeKept) {
  const SmallProblem p = problem();
  AlphaSourceConfig config = of_kind("closed_form");
  config.trimap.one_sided = "kept";
  const auto alpha = [&](const cv::Mat& trimap) {
    return make_alpha_source(config, 1)->predict_given(p.image, {trimap, {}}).alpha;
  };
  cv::Mat settled = p.trimap.clone(), face = p.trimap.clone(), background = p.trimap.clone();
  settled.setTo(0, settled == kUnknown);
  face.setTo(kUnknown, face == 0);
  background.setTo(kUnknown, background == 255);
  EXPECT_EQ(worst_difference(alpha(settled), alpha_of_trimap(settled)), 0);
  EXPECT_EQ(worst_difference(alpha(face), cv::Mat(face.size(), CV_32FC1, cv::Scalar(1))), 0);
  EXPECT_EQ(cv::countNonZero(alpha(background)), 0);
  EXPECT_THAT(message_of([&] { alpha(cv::Mat(32, 40, CV_8UC1, cv::Scalar(kUnknown))); }), HasSubstr("knows no pixel"));
  EXPECT_EQ(worst_difference(alpha(p.trimap), closed_form_matte(p.image, p.trimap, {}, {}).alpha), 0);
}

// --- hints

TEST(TrimapSources, AHintBecomesATrimapByErosion) {
  cv::Mat hint(30, 40, CV_32FC1, cv::Scalar(0.2));
  hint.colRange(20, 40).setTo(0.6);
  SourceTrimapConfig config;
  config.face_side = 7, config.background_side = 5;
  const cv::Mat trimap = trimap_of_hint(hint, config);
  EXPECT_EQ(cv::countNonZero(trimap.colRange(0, 18)), 0);
  EXPECT_EQ(cv::countNonZero(trimap.colRange(18, 23) != kUnknown), 0);
  EXPECT_EQ(cv::countNonZero(trimap.colRange(23, 40) != 255), 0);
  config.threshold = 0.7;
  EXPECT_EQ(cv::countNonZero(trimap_of_hint(hint, config)), 0);
}

TEST(TrimapSources, AHintIsGivenOrAnotherSourcesMatte) {
  const Scratch folder;
  const SmallProblem p = problem();
  cv::Mat rough(32, 40, CV_8UC1, cv::Scalar(0));
  rough.colRange(20, 40).setTo(255);
  write_image(folder / "mattes/0.png", rough);
  write_file(folder / "mattes.yaml", "kind: files\nfiles: {folder: mattes}\n");
  write_file(folder / "matte.yaml",
             "kind: closed_form\ntrimap: {from: hint, face_side: 9, background_side: 9}\nhint: {file: mattes.yaml}\n");
  const AlphaSourceConfig config = load_alpha_source(folder / "matte.yaml");
  EXPECT_THAT(needed_by(make_alpha_source(config, 1)->wishes()), ElementsAre());
  cv::Mat hint;
  rough.convertTo(hint, CV_32F, 1 / 255.0);
  const cv::Mat wanted = closed_form_matte(p.image, trimap_of_hint(hint, config.trimap), {}, {}).alpha;
  EXPECT_EQ(worst_difference(make_alpha_source(config, 1)->predict(p.image).alpha, wanted), 0);
  AlphaSourceConfig given = config;
  given.hint.file.clear();
  EXPECT_THAT(needed_by(make_alpha_source(given, 1)->wishes()), ElementsAre("hint"));
  EXPECT_EQ(worst_difference(make_alpha_source(given, 1)->predict_given(p.image, {{}, hint}).alpha, wanted), 0);
  // Nothing found is no mistake.
  const cv::Mat nothing(hint.size(), CV_32FC1, cv::Scalar(0));
  EXPECT_EQ(cv::countNonZero(make_alpha_source(given, 1)->predict_given(p.image, {{}, nothing}).alpha), 0);
}

// Masks of Segment Anything, made trimaps: Matte-Anything's way with a solver of ours.
TEST(TrimapSources, SegmentAnythingMayBeTheHint) {
  const Scratch folder;
  const SmallProblem p = problem();
  AlphaSourceConfig sam = sam_settings(folder.path(), {0, 0, 0, 0, {3}}, 64);
  sam.prompts.from = "listed";
  sam.prompts.points = {{10, 10, "wanted", 0}};
  write_file(folder / "sam.yaml", config_to_yaml(sam));
  AlphaSourceConfig config = of_kind("closed_form");
  config.trimap.from = "hint";
  config.hint.file = (folder / "sam.yaml").string();
  EXPECT_EQ(model_files_of(config), (std::vector<fs::path>{folder / "encoder.onnx", folder / "decoder.onnx"}));
  EXPECT_EQ(make_alpha_source(sam, 1)->wishes().hint, Wish::kWelcome) << "a mask may be given";
  EXPECT_EQ(make_alpha_source(config, 1)->wishes().hint, Wish::kWelcome) << "for the hint's source";
  // Logits of 3 everywhere: all of it is face.
  EXPECT_EQ(cv::countNonZero(make_alpha_source(config, 1)->predict(p.image).alpha != 1), 0);
}

TEST(TrimapSources, HintsThatNestWithoutEndAreRefused) {
  const Scratch folder;
  write_file(folder / "a.yaml", "kind: closed_form\ntrimap: {from: hint}\nhint: {file: a.yaml}\n");
  EXPECT_THAT(message_of([&] { open_alpha_source(folder / "a.yaml"); }), AllOf(HasSubstr("a.yaml"), HasSubstr("too deeply")));
  EXPECT_THAT(message_of([&] { model_files_of(load_alpha_source(folder / "a.yaml")); }), HasSubstr("too deeply"));
}

TEST(TrimapSources, ASolverTellsHowFarItIs) {
  const SmallProblem p = problem();
  ToldProgress progress;
  SourceContext context;
  context.progress = &progress;
  make_alpha_source(of_kind("closed_form"), context)->predict_given(p.image, {p.trimap, {}});
  EXPECT_EQ(progress.last, 100);
  EXPECT_GT(progress.notes.size(), 1u);
}

}  // namespace
}  // namespace facemat
