#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/synthesis.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::HasSubstr;

class DatasetTest : public testing::Test {
 protected:
  DatasetTest() : config_(small_config(scratch_ / "sources")), folder_(scratch_ / "set") {
    config_.splits[0].occluded = 1;
    build_dataset(config_, folder_, {}, *make_progress("", "", true));
  }
  // Replaces `from` by `to` in a file of the dataset.
  void change(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = read_file(folder_ / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / file, text.replace(at, from.size(), to));
  }
  std::string open_message() const {
    return message_of([&] { Dataset::open(folder_); });
  }

  Scratch scratch_;
  DataConfig config_;
  fs::path folder_;
};

TEST_F(DatasetTest, ReadsWhatWasBuilt) {
  const Dataset dataset = Dataset::open(folder_);
  EXPECT_EQ(dataset.name(), "set");
  EXPECT_EQ(dataset.size(), 48);
  EXPECT_EQ(dataset.split_names(), (std::vector<std::string>{"train", "test"}));
  EXPECT_THAT(dataset.licence(), HasSubstr("CC0-1.0"));
  const DatasetSplit& train = dataset.split("train");
  EXPECT_EQ(train.lengths(), (std::vector<int>{1, 1, 1, 1, 1, 3}));
  const Clip clip = train.clip(5);
  EXPECT_EQ(clip.name, "000005");
  EXPECT_FALSE(clip.classes.empty());

  const Sample sample = Synthesis(config_).sample(0, 5);
  ASSERT_EQ(clip.images.size(), 3u);
  for (size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(cv::norm(clip.images[t], sample.frames[t].image, cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(clip.trimaps[t], sample.frames[t].trimap, cv::NORM_INF), 0);
    EXPECT_LE(cv::norm(clip.alphas[t], sample.frames[t].alpha, cv::NORM_INF), 0.5 / 65535 + 1e-6);
    EXPECT_EQ(clip.alphas[t].type(), CV_32FC1);
  }
}

TEST_F(DatasetTest, SettingsGiveTheSameSamplesOnTheFly) {
  write_file(scratch_ / "set.yaml", config_to_yaml(config_));
  const Dataset stored = Dataset::open(folder_), fly = Dataset::open(scratch_ / "set.yaml");
  EXPECT_EQ(fly.name(), "set.yaml");
  EXPECT_EQ(fly.split_names(), stored.split_names());
  EXPECT_THAT(fly.licence(), HasSubstr("CC0-1.0"));
  const DatasetSplit &a = stored.split("train"), &b = fly.split("train");
  ASSERT_EQ(a.lengths(), b.lengths());
  for (int64_t i = 0; i < a.size(); ++i) {
    const Clip x = a.clip(i), y = b.clip(i), later = b.clip(i, 1);
    ASSERT_EQ(x.images.size(), y.images.size());
    EXPECT_EQ(x.classes, y.classes);
    for (size_t t = 0; t < x.images.size(); ++t) {
      EXPECT_EQ(cv::norm(x.images[t], y.images[t], cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(x.trimaps[t], y.trimaps[t], cv::NORM_INF), 0);
    }
    EXPECT_EQ(later.images.size(), y.images.size());
    EXPECT_GT(cv::norm(later.images[0], y.images[0], cv::NORM_INF), 0) << "another epoch, another sample";
  }
}

TEST_F(DatasetTest, SayWhatIsNotThere) {
  const Dataset dataset = Dataset::open(folder_);
  EXPECT_THAT(message_of([&] { dataset.split("val"); }), HasSubstr("no split 'val' (known: train, test)"));
  EXPECT_THAT(message_of([&] { dataset.split("test").clip(4); }), HasSubstr("sample 4 (there are 4)"));
  EXPECT_THAT(message_of([] { Dataset::open("/nowhere/at/all"); }), HasSubstr("no such dataset"));
  EXPECT_THAT(message_of([&] { Dataset::open(scratch_.path()); }), HasSubstr("not a dataset (dataset.yaml is missing"));
}

TEST_F(DatasetTest, DamagedFilesAreNamed) {
  const Dataset dataset = Dataset::open(folder_);
  const DatasetSplit& split = dataset.split("train");
  const std::string bytes = read_file(folder_ / "train/alpha/000000.png");
  write_file(folder_ / "train/alpha/000000.png", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(message_of([&] { split.clip(0); }), HasSubstr("alpha/000000.png: the image is truncated"));
  fs::remove(folder_ / "train/image/000001.png");
  EXPECT_THAT(message_of([&] { split.clip(1); }), HasSubstr("image/000001.png: no such file"));
  write_image(folder_ / "train/trimap/000002.png", cv::Mat(48, 40, CV_8U, cv::Scalar(0)));
  EXPECT_THAT(message_of([&] { split.clip(2); }), HasSubstr("000002.png: 40x48 pixels, the dataset states 48x48"));
}

TEST_F(DatasetTest, AnotherAlphaConventionIsRefused) {
  change("dataset.yaml", "alpha_convention: \"visible_face\"", "alpha_convention: \"occluder\"");
  EXPECT_THAT(open_message(), HasSubstr("alpha_convention is 'occluder' (known: visible_face)"));
}

TEST_F(DatasetTest, ANewerLayoutIsRefused) {
  change("dataset.yaml", "layout: 2", "layout: 3");
  EXPECT_THAT(open_message(), HasSubstr("layout is 3 (allowed: 2 to 2)"));
}

TEST_F(DatasetTest, AShortManifestIsRefused) {
  const std::string text = read_file(folder_ / "manifest.jsonl");
  write_file(folder_ / "manifest.jsonl", text.substr(0, text.find('\n') + 1));
  EXPECT_THAT(open_message(), HasSubstr("1 samples, dataset.yaml states 10"));
  write_file(folder_ / "manifest.jsonl", text.substr(0, text.size() / 2));
  EXPECT_THAT(open_message(), HasSubstr("samples, dataset.yaml states 10"));
  write_file(folder_ / "manifest.jsonl", text.substr(0, text.size() / 2) + "\n");
  EXPECT_THAT(open_message(), HasSubstr("damaged line"));
}

TEST_F(DatasetTest, AnUnknownSplitIsRefused) {
  change("manifest.jsonl", "\"split\":\"train\"", "\"split\":\"extra\"");
  EXPECT_THAT(open_message(), HasSubstr("manifest.jsonl:1: split 'extra' is not in dataset.yaml"));
}

}  // namespace
}  // namespace facemat
