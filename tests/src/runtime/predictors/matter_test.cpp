#include "src/runtime/predictors/matter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/core/random.h"
#include "tests/src/runtime/models.h"
#include "tests/support/pictures.h"

namespace facemat {
namespace {

cv::Mat frame(cv::Size size, cv::Scalar bgr) { return cv::Mat(size, CV_8UC3, bgr); }

double spread(const cv::Mat& image) {
  double low, high;
  cv::minMaxLoc(image, &low, &high);
  return high - low;
}

TEST(Matter, FeedsChannelsInTheOrderOfTheContract) {
  Scratch folder;
  Matter rgb(write_accumulator(folder / "rgb.onnx"));
  EXPECT_NEAR(rgb.predict(frame({16, 16}, {255, 0, 0})).alpha.at<float>(3, 3), 0.125, 1e-6);  // blue
  rgb.reset();
  EXPECT_NEAR(rgb.predict(frame({16, 16}, {0, 0, 255})).alpha.at<float>(3, 3), 0.5, 1e-6);  // red

  ModelContract contract = accumulator_contract();
  contract.colour_order = "bgr";
  Matter bgr(write_accumulator(folder / "bgr.onnx", contract));
  EXPECT_NEAR(bgr.predict(frame({16, 16}, {255, 0, 0})).alpha.at<float>(3, 3), 0.5, 1e-6);
}

TEST(Matter, FeedsTheRangeOfTheContract) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.range_low = -1;
  contract.range_high = 1;
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  // 204 / 255 = 0.8 -> 0.6; 0.875 * 0.6 = 0.525
  EXPECT_NEAR(matter.predict(frame({16, 16}, cv::Scalar::all(204))).alpha.at<float>(0, 0), 0.525, 1e-6);
  matter.reset();
  EXPECT_EQ(matter.predict(frame({16, 16}, cv::Scalar::all(0))).alpha.at<float>(0, 0), 0);  // -0.875, clamped
}

TEST(Matter, CarriesStateAndForgetsOnResetOrNewSize) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  const cv::Mat grey = frame({20, 18}, cv::Scalar::all(51));  // 0.2 -> 0.175 a frame
  for (int i = 1; i <= 3; ++i) EXPECT_NEAR(matter.predict(grey).alpha.at<float>(9, 9), 0.175 * i, 1e-6);
  matter.reset();
  EXPECT_NEAR(matter.predict(grey).alpha.at<float>(9, 9), 0.175, 1e-6);
  EXPECT_NEAR(matter.predict(frame({31, 17}, cv::Scalar::all(51))).alpha.at<float>(9, 9), 0.175, 1e-6);
  EXPECT_NEAR(matter.predict(frame({31, 17}, cv::Scalar::all(51))).alpha.at<float>(9, 9), 0.35, 1e-6);
}

TEST(Matter, ClampsToOne) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  const cv::Mat white = frame({16, 16}, cv::Scalar::all(255));
  matter.predict(white);
  EXPECT_EQ(matter.predict(white).alpha.at<float>(0, 0), 1.f);
}

TEST(Matter, TurnsOccluderAlphaRound) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.polarity = "occluder";
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  const cv::Mat grey = frame({16, 16}, cv::Scalar::all(51));
  EXPECT_NEAR(matter.predict(grey).alpha.at<float>(0, 0), 1 - 0.175, 1e-6);
  EXPECT_NEAR(matter.predict(grey).alpha.at<float>(0, 0), 1 - 0.35, 1e-6);  // the state itself is not turned
}

// Trimap unknown, a background of red 102: 0.5 * 0.2 + 0.25 * 0.4 + 0.25 * 0.5.
FrameGuides some_guides(cv::Size size) {
  FrameGuides guides;
  guides.trimap = cv::Mat(size, CV_8UC1, cv::Scalar(128));
  guides.background = cv::Mat(size, CV_8UC3, cv::Scalar(0, 0, 102));
  return guides;
}

TEST(Matter, FeedsGuidesWithTheFrame) {
  Scratch folder;
  write_file(folder / "m.onnx", guided_model());
  Matter matter(folder / "m.onnx");
  EXPECT_THAT(needed_by(matter.wishes()), testing::ElementsAre("trimap", "background"));
  EXPECT_FALSE(matter.remembers());
  EXPECT_TRUE(Matter(write_accumulator(folder / "past.onnx")).remembers());
  const cv::Mat grey = frame({20, 17}, cv::Scalar::all(51));
  FrameGuides guides = some_guides(grey.size());
  guides.trimap.col(0).setTo(255), guides.trimap.col(1).setTo(0);
  const cv::Mat alpha = matter.predict_given(grey, guides).alpha;
  EXPECT_NEAR(alpha.at<float>(5, 9), 0.325, 1e-6);
  EXPECT_NEAR(alpha.at<float>(5, 0), 0.45, 1e-6);
  EXPECT_NEAR(alpha.at<float>(5, 1), 0.2, 1e-6);
}

TEST(Matter, ScalesAndPadsGuidesWithTheFrame) {
  Scratch folder;
  ModelContract contract = guided_contract();
  contract.size_multiple = 32;
  contract.range_low = -1;
  write_file(folder / "m.onnx", guided_model(contract));
  MatterOptions options;
  options.max_side = 20;
  Matter matter(folder / "m.onnx", options);
  const cv::Mat grey = frame({80, 40}, cv::Scalar::all(153));
  FrameGuides guides = some_guides(grey.size());
  guides.trimap.colRange(40, 80).setTo(255);
  const Matte matte = matter.predict_given(grey, guides);
  ASSERT_EQ(matte.alpha.size(), grey.size());
  // 153 is 0.2 in -1..1, the background's 102 is -0.2: 0.1 - 0.05 + 0.125, and 0.25 where the face is known.
  EXPECT_NEAR(matte.alpha.at<float>(20, 10), 0.175, 1e-5);
  EXPECT_NEAR(matte.alpha.at<float>(20, 70), 0.3, 1e-5);
}

TEST(Matter, TurnsGuidesRoundWithTheOccluders) {
  Scratch folder;
  ModelContract contract = guided_contract();
  contract.polarity = "occluder";
  write_file(folder / "m.onnx", guided_model(contract));
  Matter matter(folder / "m.onnx");
  const cv::Mat grey = frame({20, 17}, cv::Scalar::all(51));
  FrameGuides guides = some_guides(grey.size());
  guides.trimap.setTo(255);  // all face: for the model no occluder
  EXPECT_NEAR(matter.predict_given(grey, guides).alpha.at<float>(5, 9), 1 - 0.2, 1e-6);
  guides.trimap.setTo(0);
  EXPECT_NEAR(matter.predict_given(grey, guides).alpha.at<float>(5, 9), 1 - 0.45, 1e-6);
}

TEST(Matter, SaysWhichGuideIsMissingOrDoesNotFit) {
  Scratch folder;
  write_file(folder / "m.onnx", guided_model());
  Matter matter(folder / "m.onnx");
  const cv::Mat grey = frame({20, 17}, cv::Scalar::all(51));
  EXPECT_THAT(message_of([&] { matter.predict(grey); }),
              testing::AllOf(testing::HasSubstr("m.onnx"), testing::HasSubstr("a trimap is needed with each frame")));
  FrameGuides guides = some_guides(grey.size());
  guides.background = guides.background.rowRange(0, 9);
  EXPECT_THAT(message_of([&] { matter.predict_given(grey, guides); }),
              testing::HasSubstr("the background is 20x9, its frame 20x17"));
}

TEST(Matter, PadsByReplicationAndCropsAway) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 16;
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  cv::Mat image = frame({17, 16}, cv::Scalar::all(0));
  image.col(16).setTo(cv::Scalar::all(255));
  const Matte matte = matter.predict(image);
  ASSERT_EQ(matte.alpha.size(), image.size());
  ASSERT_EQ(matte.uncertainty.size(), image.size());
  EXPECT_EQ(matte.alpha.at<float>(8, 15), 0);
  EXPECT_NEAR(matte.alpha.at<float>(8, 16), 0.875, 1e-6);
  // The model saw 32 columns, of which the last 16 repeat the white one.
  EXPECT_NEAR(matte.uncertainty.at<float>(8, 3), 0.875 / 2, 1e-6);
}

TEST(Matter, KeepsOddSizes) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 4;
  Matter matter(write_accumulator(folder / "m.onnx", contract));
  for (const cv::Size size : {cv::Size(17, 19), cv::Size(16, 33), cv::Size(61, 16)}) {
    const Matte matte = matter.predict(frame(size, cv::Scalar::all(51)));
    EXPECT_EQ(matte.alpha.size(), size);
    EXPECT_LT(spread(matte.alpha), 1e-6);
  }
}

TEST(Matter, ShrinksToMaxSideAndEnlargesTheAlpha) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 32;
  MatterOptions options;
  options.max_side = 32;
  Matter matter(write_accumulator(folder / "m.onnx", contract), options);
  cv::Mat image = frame({64, 48}, cv::Scalar::all(0));
  image.colRange(32, 64).setTo(cv::Scalar::all(255));
  const Matte matte = matter.predict(image);
  ASSERT_EQ(matte.alpha.size(), image.size());
  EXPECT_NEAR(matte.alpha.at<float>(20, 10), 0, 1e-6);
  EXPECT_NEAR(matte.alpha.at<float>(20, 50), 0.875, 1e-6);
  // Halved to 32 x 24 the picture fills the width of 32 exactly: half of what the model saw is white.
  EXPECT_NEAR(matte.uncertainty.at<float>(0, 0), 0.4375, 1e-6);
}

TEST(Matter, LimitsFramesToTheSizeOfTrainingWhereAsked) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 32;
  contract.train_size = 32;
  cv::Mat image = frame({64, 48}, cv::Scalar::all(0));
  image.colRange(32, 64).setTo(cv::Scalar::all(255));
  MatterOptions as_trained;
  as_trained.as_trained = true;
  Matter limited(write_accumulator(folder / "m.onnx", contract), as_trained), full(folder / "m.onnx");
  // The uncertainty of this model is its mean over what it saw: 32x24 padded to 32x32, or 64x48 padded to 64x64.
  EXPECT_NEAR(limited.predict(image).uncertainty.at<float>(0, 0), 0.4375, 1e-6);
  EXPECT_EQ(limited.predict(image).alpha.size(), image.size());
  EXPECT_NEAR(full.predict(image).alpha.at<float>(20, 50), 0.875, 1e-6);
}

TEST(Matter, TakesTheRatioOfItsOptionsOfItsContractOrOfTheFrame) {
  Scratch folder;
  ModelContract contract;
  contract.ratio_input = "downsample_ratio";
  write_file(folder / "m.onnx", ratio_model(contract));
  const auto ratio_at = [&](cv::Size size, double asked = 0, int max_side = 0) {
    MatterOptions options;
    options.ratio = asked;
    options.max_side = max_side;
    return Matter(folder / "m.onnx", options).predict(frame(size, cv::Scalar::all(9))).alpha.at<float>(0, 0);
  };
  EXPECT_EQ(ratio_at({64, 48}), 1);
  EXPECT_EQ(ratio_at({1024, 64}), 0.5f);
  EXPECT_EQ(ratio_at({48, 2048}), 0.25f);
  EXPECT_EQ(ratio_at({1024, 64}, 0.75), 0.75f);
  EXPECT_EQ(ratio_at({2048, 64}, 0, 1024), 0.5f);  // of what the model sees
  contract.ratio = 0.125;
  write_file(folder / "m.onnx", ratio_model(contract));
  EXPECT_EQ(ratio_at({64, 48}), 0.125f);
  EXPECT_THROW(ratio_at({64, 48}, 1.25), Error);
  // Exported for one ratio: no other may be asked for.
  MatterOptions half;
  half.ratio = 0.5;
  EXPECT_THAT(message_of([&] { Matter(write_accumulator(folder / "a.onnx"), half); }),
              testing::HasSubstr("exported for a ratio of 1, not 0.5"));
}

TEST(Matter, FitsFramesIntoAFixedSize) {
  Scratch folder;
  ModelContract contract;
  contract.uncertainty_output = "uncertainty";  // the mean over what the model saw
  write_file(folder / "m.onnx", fixed_model(contract, 32, 32));
  Matter fitted(folder / "m.onnx");
  MatterOptions options;
  options.stretch = true;
  Matter stretched(folder / "m.onnx", options);

  // 64x32 is shown as 32x16 with its last row, half of it white, repeated 16 times below.
  cv::Mat line = frame({64, 32}, cv::Scalar::all(0));
  line.row(31).setTo(cv::Scalar::all(255));
  const Matte fit = fitted.predict(line), wide = stretched.predict(line);
  EXPECT_NEAR(fit.uncertainty.at<float>(0, 0), 17 * 0.5 / 32, 2e-3);
  EXPECT_NEAR(wide.uncertainty.at<float>(0, 0), 1.0 / 32, 1e-6);
  EXPECT_NEAR(wide.alpha.at<float>(31, 9), 1, 1e-6);
  EXPECT_NEAR(fit.alpha.at<float>(31, 9), 0.5, 2e-3);
  EXPECT_EQ(fit.alpha.at<float>(20, 9), 0);

  // What is on the right comes back on the right.
  cv::Mat image = frame({64, 32}, cv::Scalar::all(0));
  image.colRange(32, 64).setTo(cv::Scalar::all(255));
  const cv::Mat alpha = fitted.predict(image).alpha;
  ASSERT_EQ(alpha.size(), image.size());
  EXPECT_NEAR(alpha.at<float>(31, 60), 1, 1e-6);
  EXPECT_NEAR(alpha.at<float>(31, 4), 0, 1e-6);
  for (const cv::Size size : {cv::Size(16, 200), cv::Size(500, 17), cv::Size(32, 32), cv::Size(31, 33)})
    EXPECT_EQ(fitted.predict(frame(size, cv::Scalar::all(51))).alpha.size(), size);
}

cv::Mat noise_frame(cv::Size size, uint64_t seed) {
  cv::Mat out(size, CV_8UC3);
  Rng rng(seed);
  for (uint8_t* byte = out.data; byte != out.dataend; ++byte) *byte = static_cast<uint8_t>(rng.uniform(0, 60));
  return out;
}

TEST(Matter, TwoRunsWithHandedOverStateAreOneRun) {
  Scratch folder;
  ModelContract contract = accumulator_contract();
  contract.size_multiple = 8;
  contract.weights_hash = "abc";
  write_accumulator(folder / "m.onnx", contract);
  ModelContract half = contract;
  half.uncertainty_output.clear();
  write_file(folder / "half.onnx", half_accumulator(half));
  constexpr uint64_t kFrames = 7;
  const cv::Size size(37, 29);
  for (const char* file : {"m.onnx", "half.onnx"}) {
    Matter whole(folder / file);
    std::vector<Matte> expected;
    for (uint64_t i = 0; i < kFrames; ++i) expected.push_back(whole.predict(noise_frame(size, i)));
    for (uint64_t cut = 0; cut <= kFrames; ++cut) {
      Matter first(folder / file);
      for (uint64_t i = 0; i < cut; ++i) first.predict(noise_frame(size, i));
      write_file(folder / "state", state_to_bytes(first.state()));

      Matter second(folder / file);
      second.predict(noise_frame({50, 20}, 99));  // forgotten when the state comes
      second.set_state(state_from_bytes(read_file(folder / "state"), "state"));
      for (uint64_t i = cut; i < kFrames; ++i) {
        const Matte got = second.predict(noise_frame(size, i));
        EXPECT_TRUE(same_bytes(got.alpha, expected[i].alpha)) << file << " cut at " << cut << " frame " << i;
        EXPECT_TRUE(same_bytes(got.uncertainty, expected[i].uncertainty)) << file << " cut at " << cut << " frame " << i;
      }
    }
  }
}

TEST(Matter, RefusesTheStateOfOthers) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  matter.predict(frame({64, 48}, cv::Scalar::all(51)));
  const MatterState state = matter.state();
  const auto refusal = [&](const MatterOptions& options, auto spoil) {
    Matter other(folder / "m.onnx", options);
    MatterState spoilt = state;
    spoil(spoilt);
    return message_of([&] { other.set_state(spoilt); });
  };
  MatterOptions small;
  small.max_side = 32;
  EXPECT_EQ(refusal({}, [](MatterState&) {}), "no error");
  EXPECT_THAT(refusal({}, [](MatterState& s) { s.network = "other"; }), testing::HasSubstr("state is of another model (other"));
  EXPECT_THAT(refusal({}, [](MatterState& s) { s.weights_hash = "1"; }), testing::HasSubstr("another model"));
  EXPECT_THAT(refusal(small, [](MatterState&) {}),
              testing::HasSubstr("made at 64x48 and ratio 1, here frames of 64x48 are seen at 32x24"));
  EXPECT_THAT(refusal({}, [](MatterState& s) { s.ratio = 0.5; }), testing::HasSubstr("ratio 0.5"));
  EXPECT_THAT(refusal({}, [](MatterState& s) { s.frame = {8, 8}; }), testing::HasSubstr("frames of 8x8"));
  EXPECT_THAT(refusal({}, [](MatterState& s) { s.states.clear(); }), testing::HasSubstr("0 states given"));
}

TEST(MatterStateFile, HoldsEveryBit) {
  MatterState state{"rvm", "0123", {1920, 1080}, {1920, 1088}, 0.26666, {}};
  state.states = {{{1, 2, 1, 3}, {0.1f, -0.f, std::numeric_limits<float>::denorm_min(), 1e30f, 3, 4}}, {{0}, {}}, {{}, {7}}};
  const MatterState back = state_from_bytes(state_to_bytes(state), "s");
  EXPECT_EQ(back.network, state.network);
  EXPECT_EQ(back.weights_hash, state.weights_hash);
  EXPECT_EQ(back.frame, state.frame);
  EXPECT_EQ(back.seen, state.seen);
  EXPECT_EQ(back.ratio, state.ratio);
  ASSERT_EQ(back.states.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back.states[i].shape, state.states[i].shape);
    EXPECT_EQ(back.states[i].values, state.states[i].values);
  }
  EXPECT_TRUE(std::signbit(back.states[0].values[1]));
}

TEST(MatterStateFile, RefusesWhatIsNone) {
  MatterState state{"rvm", "0123", {64, 48}, {64, 48}, 1, {{{1, 1, 2, 2}, {1, 2, 3, 4}}}};
  const std::string whole = state_to_bytes(state);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(message_of([&] { state_from_bytes(whole.substr(0, length), "s"); }), "no error") << length;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(message_of([&] { state_from_bytes(damaged, "s"); }), "no error") << bit;
  }
  // A right hash over wrong contents: sizes are bounded by what is there.
  const auto with_hash = [](std::string body) { return body + hash_text(hash_bytes(body)); };
  const std::string body = whole.substr(0, whole.size() - 16);
  for (size_t byte = 16; byte < body.size() - 16; ++byte) {
    std::string odd = body;
    odd[byte] = '\xff';
    const std::string message = message_of([&] { state_from_bytes(with_hash(odd), "s"); });
    EXPECT_TRUE(message == "no error" || message.rfind("s: ", 0) == 0) << message;
  }
  EXPECT_THAT(message_of([&] { state_from_bytes(with_hash(body + "x"), "s"); }), testing::HasSubstr("bytes after its end"));
}

TEST(Matter, RefusesFramesItCannotTake) {
  Scratch folder;
  Matter matter(write_accumulator(folder / "m.onnx"));
  EXPECT_THROW(matter.predict(cv::Mat()), Error);
  EXPECT_THROW(matter.predict(cv::Mat(32, 32, CV_8UC1, cv::Scalar(0))), Error);
  EXPECT_THROW(matter.predict(frame({15, 40}, cv::Scalar::all(0))), Error);
  MatterOptions tiny;
  tiny.max_side = 8;
  EXPECT_THROW(Matter(folder / "m.onnx", tiny), Error);
}

TEST(Matter, RefusesNumbersThatAreNotFinite) {
  Scratch folder;
  write_file(folder / "m.onnx",
             tiny_onnx::accumulator(contract_to_json(accumulator_contract()), {std::numeric_limits<float>::quiet_NaN(), 0, 0}));
  Matter matter(folder / "m.onnx");
  EXPECT_THROW(matter.predict(frame({16, 16}, cv::Scalar::all(9))), Error);
}

}  // namespace
}  // namespace facemat
