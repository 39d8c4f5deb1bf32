#include "src/runtime/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "src/core/error.h"
#include "tests/runtime/models.h"

namespace facemat {
namespace {

using ::testing::AllOf;
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
      {"version", [](ModelContract& c) { c.version = kContractVersion + 1; }, "version 3"},
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

TEST(Session, NamesItsRuntime) {
  EXPECT_FALSE(runtime_version().empty());
  const auto providers = runtime_providers();
  EXPECT_NE(std::find(providers.begin(), providers.end(), "CPUExecutionProvider"), providers.end());
}

}  // namespace
}  // namespace facemat
