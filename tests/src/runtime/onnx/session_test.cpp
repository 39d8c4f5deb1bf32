#include "src/runtime/onnx/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/core/random.h"
#include "src/runtime/onnx/cost.h"
#include "src/runtime/predictors/matter.h"
#include "tests/src/runtime/models.h"
#include "tests/support/pictures.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string message_of(const fs::path& model) {
  try {
    Session session(model);
  } catch (const Error& error) {
    return error.what();
  }
  return "(loaded)";
}

cv::Mat constant_image(int height, int width, float value) {
  const int shape[] = {1, 3, height, width};
  return cv::Mat(4, shape, CV_32F, cv::Scalar(value));
}

TEST(Session, ReadsTheContract) {
  Scratch folder;
  const Session session(write_accumulator(folder / "m.onnx"));
  EXPECT_EQ(session.contract().network, "accumulator");
  EXPECT_EQ(session.contract().states.size(), 1u);
  EXPECT_TRUE(session.fixed_size().empty());
}

TEST(Session, CarriesStatesUntilReset) {
  Scratch folder;
  Session session(write_accumulator(folder / "m.onnx"));
  const cv::Mat image = constant_image(3, 5, 0.2f);  // 0.875 * 0.2 = 0.175 a frame
  for (int frame = 1; frame <= 4; ++frame) {
    const Session::Answer answer = session.run(image);
    EXPECT_EQ(answer.alpha.size(), cv::Size(5, 3));
    EXPECT_NEAR(answer.alpha.at<float>(2, 4), 0.175 * frame, 1e-6);
    EXPECT_NEAR(answer.uncertainty.at<float>(0, 0), 0.175 * frame, 1e-6);
  }
  session.reset();
  EXPECT_NEAR(session.run(image).alpha.at<float>(0, 0), 0.175, 1e-6);
}

TEST(Session, AnswersOutliveLaterRuns) {
  Scratch folder;
  Session session(write_accumulator(folder / "m.onnx"));
  const cv::Mat first = session.run(constant_image(4, 4, 0.2f)).alpha;
  for (int i = 0; i < 3; ++i) session.run(constant_image(4, 4, 0.8f));
  EXPECT_NEAR(first.at<float>(1, 1), 0.175, 1e-6);
}

TEST(Session, RefusesAnotherSizeWithinAClip) {
  Scratch folder;
  Session session(write_accumulator(folder / "m.onnx"));
  session.run(constant_image(4, 4, 0.2f));
  EXPECT_THROW(session.run(constant_image(6, 5, 0.2f)), Error);
  session.reset();
  EXPECT_NO_THROW(session.run(constant_image(6, 5, 0.2f)));
}

TEST(Session, RefusesWhatIsNoModel) {
  Scratch folder;
  EXPECT_THAT(message_of(folder / "none.onnx"), HasSubstr("no such file"));
  EXPECT_THAT(message_of(folder.path()), HasSubstr("not a regular file"));

  write_file(folder / "empty.onnx", "");
  EXPECT_THAT(message_of(folder / "empty.onnx"), AllOf(HasSubstr("empty.onnx"), HasSubstr("not a readable ONNX model")));
  write_file(folder / "text.onnx", "this is a letter, not a network");
  EXPECT_THAT(message_of(folder / "text.onnx"), AllOf(HasSubstr("text.onnx"), HasSubstr("not a readable ONNX model")));

  const std::string whole = read_file(write_accumulator(folder / "m.onnx"));
  for (const size_t share : {1, 2, 3}) {
    write_file(folder / "cut.onnx", whole.substr(0, whole.size() * share / 4));
    const std::string message = message_of(folder / "cut.onnx");
    EXPECT_THAT(message, HasSubstr("cut.onnx: "));
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST(Session, RefusesFilesAboveTheBound) {
  Scratch folder;
  write_file(folder / "huge.onnx", "x");
  fs::resize_file(folder / "huge.onnx", kLargestModel + 1);  // sparse: takes no room
  EXPECT_THAT(message_of(folder / "huge.onnx"), HasSubstr("more than"));
}

TEST(Session, RefusesAModelWithoutContract) {
  Scratch folder;
  write_file(folder / "m.onnx", tiny_onnx::accumulator("", {1, 0, 0}));
  EXPECT_THAT(message_of(folder / "m.onnx"),
              AllOf(HasSubstr("no contract"), HasSubstr("src float[-1,3,-1,-1]"), HasSubstr("facemat export")));
}

TEST(Session, RefusesForeignModels) {
  const char* named = std::getenv("FACEMAT_TEST_DATA");
  const fs::path data = named ? fs::path(named) : fs::path(FACEMAT_SOURCE_DIR) / "../shared/data";
  if (!fs::is_directory(data / "segmentation")) GTEST_SKIP() << "no test data (set FACEMAT_TEST_DATA)";
  int models = 0;
  for (const fs::path& model : list_files(data / "segmentation", {".onnx"})) {
    EXPECT_THAT(message_of(model), HasSubstr("no contract")) << model;
    ++models;
  }
  EXPECT_GT(models, 0);
}

struct BadContract {
  const char* name;
  void (*spoil)(ModelContract&);
  const char* message;
};

TEST(Session, RefusesAContractTheGraphBreaks) {
  const BadContract cases[] = {
      {"image", [](ModelContract& c) { c.image_input = "picture"; },
       "promises input picture float[-1,3,-1,-1], the graph has src"},
      {"alpha", [](ModelContract& c) { c.alpha_output = "matte"; },
       "promises output matte float[-1,1,-1,-1], the graph has pha"},
      {"uncertainty", [](ModelContract& c) { c.uncertainty_output = "var"; }, "promises output var"},
      {"state in", [](ModelContract& c) { c.states[0].input = "r9i"; }, "promises input r9i"},
      {"state out", [](ModelContract& c) { c.states[0].output = "r9o"; }, "promises output r9o"},
      {"no states", [](ModelContract& c) { c.states.clear(); }, "promises 1 inputs, the graph has src"},
      {"polarity", [](ModelContract& c) { c.polarity = "sideways"; }, "polarity 'sideways' (known: visible_face, occluder)"},
      {"version", [](ModelContract& c) { c.version = kContractVersion + 1; }, "version 4 (known: 3"},
      {"a name twice", [](ModelContract& c) { c.uncertainty_output = "pha"; }, "uses a name twice: pha, pha, r1o"},
      {"ratio", [](ModelContract& c) { c.ratio_input = "downsample_ratio"; }, "promises input downsample_ratio float[1]"},
      {"guide",
       [](ModelContract& c) {
         c.guides = {{"background", "plate"}};
       },
       "promises input plate float[-1,3,-1,-1]"},
      {"guide twice",
       [](ModelContract& c) {
         c.guides = {{"hint", "src"}};
       },
       "uses a name twice: src, src, r1i"},
      {"unknown guide",
       [](ModelContract& c) {
         c.guides = {{"depth", "depth"}};
       },
       "contract guide 'depth'"},
      {"multiple", [](ModelContract& c) { c.size_multiple = 0; }, "size_multiple 0"},
  };
  Scratch folder;
  for (const BadContract& bad : cases) {
    ModelContract contract = accumulator_contract();
    bad.spoil(contract);
    EXPECT_THAT(message_of(write_accumulator(folder / "m.onnx", contract)), AllOf(HasSubstr("m.onnx"), HasSubstr(bad.message)))
        << bad.name;
  }
  write_file(folder / "m.onnx", tiny_onnx::accumulator("{\"version\": ", {1, 0, 0}));
  EXPECT_THAT(message_of(folder / "m.onnx"), HasSubstr("contract cannot be read"));
}

TEST(Session, RefusesAnAlphaOfAnotherSize) {
  using namespace tiny_onnx;
  ModelContract contract;
  const Bytes graph = node("Conv", {"src", "w"}, "seen") + node("GlobalAveragePool", {"seen"}, "pha") +
                      weights("w", {1, 3, 1, 1}, {1, 0, 0}) + port(11, "src", {-1, 3, -1, -1}) +
                      port(12, "pha", {-1, 1, -1, -1});
  Scratch folder;
  write_file(folder / "m.onnx", model(graph, contract_to_json(contract)));
  Session session(folder / "m.onnx");
  try {
    session.run(constant_image(4, 6, 0.5f));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("output pha is [1,1,1,1] for an image of [1,1,4,6]"));
  }
}

cv::Mat noise_image(int height, int width, uint64_t seed) {
  cv::Mat image = constant_image(height, width, 0);
  Rng rng(seed);
  for (size_t i = 0; i < image.total(); ++i) image.ptr<float>()[i] = static_cast<float>(rng.uniform(0, 1));
  return image;
}

std::vector<cv::Mat> stream(Session session, uint64_t seed) {
  std::vector<cv::Mat> alphas;
  for (uint64_t frame = 0; frame < 60; ++frame) {
    if (frame == 40) session.reset();
    alphas.push_back(session.run(noise_image(48, 40 + static_cast<int>(seed), seed * 1000 + frame)).alpha);
  }
  return alphas;
}

TEST(Session, StreamsOnThreadsShareAModelAndAnswerAsOneByOne) {
  Scratch folder;
  SessionOptions options;
  options.threads = 1;
  const auto model = std::make_shared<const Model>(write_accumulator(folder / "m.onnx"), options);
  constexpr uint64_t kStreams = 4;
  std::vector<std::vector<cv::Mat>> together(kStreams);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < kStreams; ++i) threads.emplace_back([&, i] { together[i] = stream(Session(model), i); });
  for (std::thread& thread : threads) thread.join();
  for (uint64_t i = 0; i < kStreams; ++i) {
    const std::vector<cv::Mat> alone = stream(Session(folder / "m.onnx", options), i);
    ASSERT_EQ(together[i].size(), alone.size());
    for (size_t frame = 0; frame < alone.size(); ++frame)
      EXPECT_TRUE(same_bytes(together[i][frame], alone[frame])) << "stream " << i << " frame " << frame;
  }
}

TEST(Session, KeepsItsModel) {
  Scratch folder;
  auto model = std::make_shared<const Model>(write_accumulator(folder / "m.onnx"));
  Session session(model);
  model.reset();
  EXPECT_NEAR(session.run(constant_image(4, 4, 0.2f)).alpha.at<float>(1, 1), 0.175, 1e-6);
}

TEST(Session, FeedsStatesBackWhereTheyLie) {
  Scratch folder;
  Session session(write_accumulator(folder / "m.onnx"));
  const cv::Mat image = constant_image(32, 32, 0.1f);
  const void* written = nullptr;
  for (int frame = 0; frame < 5; ++frame) {
    session.run(image);
    const auto& addresses = session.state_addresses();
    ASSERT_EQ(addresses.read.size(), 1u);
    ASSERT_EQ(addresses.written.size(), 1u);
    EXPECT_TRUE(frame == 0 || addresses.read[0] == written) << "copied before frame " << frame;
    EXPECT_NE(addresses.read[0], addresses.written[0]) << "overwritten while it was read";
    written = addresses.written[0];
  }
}

TEST(Session, ARunIsUndone) {
  Scratch folder;
  Session session(write_accumulator(folder / "m.onnx"));
  const cv::Mat image = constant_image(4, 4, 0.2f);
  const auto alpha = [&] { return session.run(image).alpha.at<float>(1, 1); };
  session.undo();  // there is nothing to undo
  for (int frame = 1; frame <= 3; ++frame) {
    EXPECT_NEAR(alpha(), 0.175 * frame, 1e-6);
    session.undo();
    session.undo();  // of one run only
    EXPECT_NEAR(alpha(), 0.175 * frame, 1e-6);
    EXPECT_EQ(session.prepared(), frame > 1);
  }
  session.reset();
  session.undo();
  EXPECT_NEAR(alpha(), 0.175, 1e-6);
}

TEST(Session, HandsItsStatesOver) {
  Scratch folder;
  Session first(write_accumulator(folder / "m.onnx")), second(folder / "m.onnx");
  for (int i = 0; i < 3; ++i) first.run(noise_image(9, 7, i));
  second.set_states(first.states());
  EXPECT_TRUE(same_bytes(first.run(noise_image(9, 7, 4)).alpha, second.run(noise_image(9, 7, 4)).alpha));

  EXPECT_THAT(facemat::message_of([&] { second.set_states({}); }), HasSubstr("0 states given, the model has 1"));
  EXPECT_THAT(facemat::message_of([&] { second.set_states({{{1}, {0}}}); }), HasSubstr("state r1i has 1 dimensions"));
  EXPECT_THAT(facemat::message_of([&] { second.set_states({{{1, 1, 2, 2}, {0}}}); }), HasSubstr("state r1i has 1 values"));
  EXPECT_THAT(facemat::message_of([&] { second.set_states({{{1, 1, -1, -1}, {0}}}); }), HasSubstr("state r1i"));
}

TEST(Session, TakesHalfPrecision) {
  Scratch folder;
  ModelContract contract;
  contract.network = "half";
  contract.states = {{"r1i", "r1o"}};
  write_file(folder / "m.onnx", half_accumulator(contract));
  Session session(folder / "m.onnx");
  EXPECT_TRUE(session.model().half_precision());
  // Halves near 0.3 are 2^-12 apart: 0.3 is 0.300048828125 as one.
  const cv::Mat image = constant_image(3, 5, 0.3f);
  const float once = session.run(image).alpha.at<float>(2, 4), twice = session.run(image).alpha.at<float>(2, 4);
  EXPECT_NEAR(once, 0.875 * 0.300048828125, 1.0 / (1 << 13));
  EXPECT_NEAR(twice, 2 * once, 1.0 / (1 << 11));
  // A half's value: rounded where the model works.
  cv::Mat half, back;
  cv::Mat(1, 1, CV_32F, cv::Scalar(once)).convertTo(half, CV_16F);
  half.convertTo(back, CV_32F);
  EXPECT_EQ(once, back.at<float>(0));
  // Through floats and back without a change.
  const std::vector<FloatTensor> states = session.states();
  const float third = session.run(image).alpha.at<float>(2, 4);
  session.set_states(states);
  EXPECT_EQ(session.run(image).alpha.at<float>(2, 4), third);
}

TEST(Session, FeedsTheRatio) {
  Scratch folder;
  ModelContract contract;
  contract.network = "ratio";
  contract.ratio_input = "downsample_ratio";
  contract.ratio = 0.25;
  write_file(folder / "m.onnx", ratio_model(contract));
  Session session(folder / "m.onnx");
  EXPECT_EQ(session.run(constant_image(4, 4, 0.5f)).alpha.at<float>(3, 3), 0.25f);  // the contract's
  EXPECT_EQ(session.run(constant_image(4, 4, 0.5f), 0.375).alpha.at<float>(3, 3), 0.375f);
  EXPECT_THROW(session.run(constant_image(4, 4, 0.5f), 1.5), Error);
  contract.ratio_input.clear();
  write_file(folder / "m.onnx", ratio_model(contract));
  EXPECT_THAT(message_of(folder / "m.onnx"), HasSubstr("promises 1 inputs, the graph has src"));
}

TEST(Session, RefusesSizesAGraphIsFrozenTo) {
  Scratch folder;
  ModelContract contract;
  const auto frozen = [&](const std::vector<int64_t>& shape) {
    using namespace tiny_onnx;
    write_file(folder / "m.onnx", model(node("Conv", {"src", "w"}, "pha") + weights("w", {1, 3, 1, 1}, {1, 0, 0}) +
                                            port(11, "src", shape) + port(12, "pha", {-1, 1, -1, -1}),
                                        contract_to_json(contract)));
    return message_of(folder / "m.onnx");
  };
  EXPECT_EQ(frozen({1, 3, 24, 32}), "(loaded)");
  EXPECT_THAT(frozen({2, 3, -1, -1}), HasSubstr("frozen to a batch of 2"));
  EXPECT_THAT(frozen({1, 3, 24, -1}), HasSubstr("frozen to images of -1x24"));
  EXPECT_THAT(frozen({1, 3, 24, int64_t{1} << 40}), HasSubstr("frozen to images of 1099511627776x24"));
}

TEST(Providers, UnknownAndAbsentOnesAreErrorsThatListWhatThereIs) {
  Scratch folder;
  const fs::path file = write_accumulator(folder / "m.onnx");
  const std::vector<std::string> available = available_providers();
  ASSERT_NE(std::find(available.begin(), available.end(), "cpu"), available.end());
  const auto message = [&](const std::string& name) { return facemat::message_of([&] { Session(file, {1, name}); }); };
  EXPECT_THAT(message("abacus"),
              AllOf(HasSubstr("unknown execution provider 'abacus'"), HasSubstr("auto, "), HasSubstr("cpu")));
  int absent = 0;
  for (const Provider& provider : providers()) {
    if (std::find(available.begin(), available.end(), provider.name) != available.end()) continue;
    EXPECT_THAT(message(provider.name),
                AllOf(HasSubstr("built without the execution provider '" + provider.name + "'"), HasSubstr("cpu")));
    ++absent;
  }
  EXPECT_GT(absent, 0);  // no ONNX Runtime has CoreML and DirectML
}

TEST(Providers, OnesThatAreThereRunOrSayWhyNot) {
  Scratch folder;
  const fs::path file = write_accumulator(folder / "m.onnx");
  for (const std::string& name : available_providers()) {
    const std::string message = facemat::message_of([&] {
      Session session(file, {1, name});
      EXPECT_EQ(session.model().provider(), name);
      EXPECT_NEAR(session.run(constant_image(8, 8, 0.2f)).alpha.at<float>(1, 1), 0.175, 1e-3) << name;
    });
    EXPECT_TRUE(name != "cpu" || message == "no error") << message;
    EXPECT_THAT(message, AnyOf("no error", HasSubstr("the execution provider '" + name + "' does not work here: "),
                               HasSubstr("m.onnx: ")));
  }
  const Session session(file, {1, "auto"});
  EXPECT_EQ(find_provider(session.model().provider()).name, session.model().provider());
}

TEST(Providers, TheOneThatRanIsCounted) {
  Scratch folder;
  const fs::path file = write_accumulator(folder / "m.onnx");
  const auto open = [&] { return std::make_unique<Matter>(file); };
  const std::map<std::string, int> nodes = nodes_by_provider(open, cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9)));
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes.begin()->first, "CPUExecutionProvider");
  EXPECT_GE(nodes.begin()->second, 3);
}

TEST(Providers, EveryLevelOfOptimisationAnswersTheSame) {
  Scratch folder;
  const fs::path file = write_accumulator(folder / "m.onnx");
  for (const char* level : {"none", "basic", "extended", "all"})
    EXPECT_NEAR(Session(file, {1, "cpu", 0, level}).run(constant_image(8, 8, 0.2f)).alpha.at<float>(1, 1), 0.175, 1e-6);
  EXPECT_THAT(facemat::message_of([&] { Session(file, {1, "cpu", 0, "most"}); }), HasSubstr("unknown optimisation 'most'"));
  EXPECT_THAT(facemat::message_of([&] { Session(file, {-1}); }), HasSubstr("threads is -1"));
  EXPECT_THAT(facemat::message_of([&] { Session(file, {1, "cpu", -1}); }), HasSubstr("device is -1"));
}

// The answers of a clip that is long enough to be prepared, frame by frame.
std::vector<cv::Mat> clip(Session& session, int height, int width, int frames) {
  session.reset();
  std::vector<cv::Mat> alphas;
  for (int frame = 0; frame < frames; ++frame) {
    alphas.push_back(session.run(noise_image(height, width, frame)).alpha);
    EXPECT_EQ(session.prepared(), frame > 0 && session.model().fixed_size().empty()) << "frame " << frame;
  }
  return alphas;
}

TEST(PreparedGraphs, AreUsedFromTheSecondFrameOfAClipOn) {
  Scratch folder;
  const fs::path file = write_accumulator(folder / "m.onnx");
  SessionOptions as_it_is;
  as_it_is.prepare = false;
  Session session(file), open(file, as_it_is);
  for (const int width : {8, 7, 1, 8}) {
    const std::vector<cv::Mat> alphas = clip(session, 6, width, 3);
    open.reset();
    for (int frame = 0; frame < 3; ++frame) {
      EXPECT_LT(cv::norm(alphas[frame], open.run(noise_image(6, width, frame)).alpha, cv::NORM_INF), 1e-6);
      EXPECT_FALSE(open.prepared());
    }
  }
  // A state from elsewhere: the clip has begun.
  const std::vector<FloatTensor> states = session.states();
  session.reset();
  session.set_states(states);
  session.run(noise_image(6, 8, 3));
  EXPECT_TRUE(session.prepared());
  // Another size in a clip is an error with them too.
  EXPECT_THROW(session.run(noise_image(6, 9, 4)), Error);
}

TEST(PreparedGraphs, OfMoreSizesThanAreKeptAnswerTheSame) {
  Scratch folder;
  const auto model = std::make_shared<const Model>(write_accumulator(folder / "m.onnx"));
  Session first(model), second(model);
  std::vector<std::vector<cv::Mat>> before;
  for (int width = 1; width <= 7; ++width) before.push_back(clip(first, 5, width, 3));
  for (int width = 7; width >= 1; --width) {
    const std::vector<cv::Mat> again = clip(second, 5, width, 3);
    for (size_t frame = 0; frame < again.size(); ++frame)
      EXPECT_TRUE(same_bytes(again[frame], before[width - 1][frame])) << width;
  }
}

// As in RVM's published files: every height is called "height", be it the frame's or a state's.
TEST(PreparedGraphs, AreNotMadeWhereANameStandsForTwoSizes) {
  using namespace tiny_onnx;
  Scratch folder;
  std::string state = port(11, "src", {-1, 1, -1, -1});
  state.replace(state.find("src"), 3, "r1i");  // the port's own name; its sizes are still src0, src2, src3
  ModelContract contract;
  contract.states = {{"r1i", "r1o"}};
  write_file(folder / "m.onnx",
             model(node("Conv", {"src", "w"}, "seen") + node("Add", {"seen", "r1i"}, "r1o") + node("Identity", {"r1o"}, "pha") +
                       weights("w", {1, 3, 1, 1}, {1, 0, 0}) + port(11, "src", {-1, 3, -1, -1}) + state +
                       port(12, "pha", {-1, 1, -1, -1}) + port(12, "r1o", {-1, 1, -1, -1}),
                   contract_to_json(contract)));
  Session session(folder / "m.onnx");
  for (int frame = 1; frame <= 3; ++frame) {
    EXPECT_NEAR(session.run(constant_image(4, 6, 0.25f)).alpha.at<float>(3, 5), 0.25 * frame, 1e-6);
    EXPECT_FALSE(session.prepared());
  }
}

cv::Mat constant_plane(int channels, int height, int width, float value) {
  const int shape[] = {1, channels, height, width};
  return cv::Mat(4, shape, CV_32F, cv::Scalar(value));
}

TEST(Session, FeedsGuidesByTheContract) {
  Scratch folder;
  write_file(folder / "m.onnx", guided_model());
  Session session(folder / "m.onnx");
  GuideSet<cv::Mat> guides;
  guides.trimap = constant_plane(1, 4, 6, 0.5f);
  guides.background = constant_plane(3, 4, 6, 0.8f);
  for (int frame = 0; frame < 3; ++frame) {
    EXPECT_NEAR(session.run(constant_image(4, 6, 0.4f), guides).alpha.at<float>(3, 5), 0.2 + 0.2 + 0.125, 1e-6);
    EXPECT_EQ(session.prepared(), frame > 0) << "guides have the image's sizes, under its names";
  }
}

TEST(Session, SaysWhichGuideItMisses) {
  Scratch folder;
  write_file(folder / "m.onnx", guided_model());
  Session session(folder / "m.onnx");
  const auto message = [&](const GuideSet<cv::Mat>& guides) {
    return facemat::message_of([&] { session.run(constant_image(4, 6, 0.4f), guides); });
  };
  GuideSet<cv::Mat> guides;
  EXPECT_THAT(message(guides), AllOf(HasSubstr("m.onnx"), HasSubstr("needs a trimap of [1,1,4,6]")));
  guides.trimap = constant_plane(1, 4, 6, 0.5f);
  guides.background = constant_plane(3, 4, 5, 0.5f);
  EXPECT_THAT(message(guides), HasSubstr("needs a background of [1,3,4,6]"));
  guides.background = constant_plane(1, 4, 6, 0.5f);
  EXPECT_THAT(message(guides), HasSubstr("needs a background of [1,3,4,6]"));
  EXPECT_THAT(facemat::message_of([&] { session.run(constant_image(4, 6, 0.4f)); }), HasSubstr("needs a trimap"));
}

// A guide that is frozen to another size than the image could never come.
TEST(Session, RefusesGuidesOfAnotherSizeThanTheImage) {
  using namespace tiny_onnx;
  Scratch folder;
  ModelContract contract;
  contract.guides = {{"hint", "hint"}};
  write_file(folder / "m.onnx",
             model(node("Conv", {"src", "w"}, "seen") + node("Conv", {"hint", "v"}, "hinted") +
                       node("GlobalAveragePool", {"hinted"}, "mean") + node("Add", {"seen", "mean"}, "pha") +
                       weights("w", {1, 3, 1, 1}, {1, 0, 0}) + weights("v", {1, 1, 1, 1}, {1}) + port(11, "src", {1, 3, 8, 8}) +
                       port(11, "hint", {1, 1, 4, 8}) + port(12, "pha", {1, 1, 8, 8}),
                   contract_to_json(contract)));
  EXPECT_THAT(message_of(folder / "m.onnx"), HasSubstr("hint float[1,1,4,8] comes at the size of src float[1,3,8,8]"));
}

TEST(Session, NamesItsRuntime) {
  EXPECT_FALSE(runtime_version().empty());
  const auto providers = runtime_providers();
  EXPECT_NE(std::find(providers.begin(), providers.end(), "CPUExecutionProvider"), providers.end());
}

TEST(FirstState, HasTheSizesThatAreStatedAndOneElsewhere) {
  const FloatTensor open = first_state({-1, -1, -1, -1}, "m.onnx"), stated = first_state({1, -1, 4, 3}, "m.onnx");
  EXPECT_EQ(open.shape, (std::vector<int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(open.values, std::vector<float>(1, 0.f));
  EXPECT_EQ(stated.shape, (std::vector<int64_t>{1, 1, 4, 3}));
  EXPECT_EQ(stated.values, std::vector<float>(12, 0.f));
  EXPECT_THROW(first_state({1 << 20, 1 << 20, 1 << 20, 1 << 20}, "m.onnx"), Error);
}

// alpha = r1o = red + r1i, for 32x32 alone, its state too: a state of [1,1,1,1] would be refused.
TEST(Session, BeginsWithStatesOfTheSizeTheGraphStates) {
  using namespace tiny_onnx;
  const Scratch folder;
  ModelContract contract;
  contract.states = {{"r1i", "r1o"}};
  write_file(folder / "m.onnx",
             model(node("Conv", {"src", "w"}, "seen") + node("Add", {"seen", "r1i"}, "r1o") + node("Identity", {"r1o"}, "pha") +
                       weights("w", {1, 3, 1, 1}, {1, 0, 0}) + port(11, "src", {1, 3, 32, 32}) +
                       port(11, "r1i", {1, 1, 32, 32}) + port(12, "pha", {1, 1, 32, 32}) + port(12, "r1o", {1, 1, 32, 32}),
                   contract_to_json(contract)));
  Session session(folder / "m.onnx");
  const int shape[] = {1, 3, 32, 32};
  const cv::Mat image(4, shape, CV_32F, cv::Scalar(0.25));
  EXPECT_EQ(session.run(image).alpha.at<float>(5, 5), 0.25f);
  EXPECT_EQ(session.run(image).alpha.at<float>(5, 5), 0.5f);
  session.reset();
  EXPECT_EQ(session.run(image).alpha.at<float>(5, 5), 0.25f);
}

}  // namespace
}  // namespace facemat
