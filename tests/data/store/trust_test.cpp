// Trust on disk: from sources through a build, its check, its shards and back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/render/synthesis.h"
#include "data/store/builder.h"
#include "data/store/checker.h"
#include "data/store/dataset.h"
#include "data/store/packer.h"
#include "data/store/preview.h"
#include "data/store/sample_files.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// A source with trust and one without, each of half of the samples.
class TrustOnDisk : public testing::Test {
 protected:
  TrustOnDisk() : config_(small_config(scratch_ / "sources")), folder_(scratch_ / "set") {
    config_.faces = {trusted_folder(scratch_ / "sources/labelled", 9), face_folder(scratch_ / "sources/certain", 9)};
    config_.faces[0].name = "labelled", config_.faces[1].name = "certain";
    config_.splits[0].occluded = 1;
    build_dataset(config_, folder_, {}, *make_progress("", "", true));
  }
  fs::path file(const char* kind, int64_t sample) const { return folder_ / "train" / kind / fmt::format("{:06}.png", sample); }

  Scratch scratch_;
  DataConfig config_;
  fs::path folder_;
};

TEST_F(TrustOnDisk, IsWrittenForEverySampleRoundedHalfUp) {
  const Synthesis synthesis(config_);
  int labelled = 0;
  for (int64_t i = 0; i < 5; ++i) {
    const Sample sample = synthesis.sample(0, i);
    EXPECT_EQ(read_image_size(file("trust", i)).bit_depth, 8) << "alpha has 16";
    const cv::Mat written = to_u8(read_mask(file("trust", i)));
    EXPECT_EQ(cv::norm(written, to_u8(trust_picture(sample.frames[0])), cv::NORM_INF), 0);
    const bool certain = sample.record.recipe.face.from.source == "certain";
    EXPECT_EQ(sample.frames[0].trust.empty(), certain);
    EXPECT_EQ(cv::countNonZero(written != 255) == 0, certain);
    labelled += !certain;
  }
  EXPECT_GT(labelled, 0);
  EXPECT_LT(labelled, 5);
}

TEST_F(TrustOnDisk, ComesBackFromFolderShardsAndSettingsAlike) {
  pack_dataset(folder_, scratch_ / "shards", 4, *make_progress("", "", true));
  write_file(scratch_ / "set.yaml", config_to_yaml(config_));
  const Dataset stored = Dataset::open(folder_), packed = Dataset::open(scratch_ / "shards"),
                made = Dataset::open(scratch_ / "set.yaml");
  for (int64_t i = 0; i < stored.split("train").size(); ++i) {
    const Clip a = stored.split("train").clip(i), b = packed.split("train").clip(i), c = made.split("train").clip(i);
    ASSERT_EQ(a.trusts.size(), a.images.size());
    ASSERT_EQ(b.trusts.size(), a.images.size());
    ASSERT_EQ(c.trusts.size(), a.images.size());
    for (size_t t = 0; t < a.trusts.size(); ++t) {
      EXPECT_EQ(a.trusts[t].type(), CV_32FC1);
      EXPECT_EQ(cv::norm(a.trusts[t], b.trusts[t], cv::NORM_INF), 0);
      EXPECT_LE(cv::norm(a.trusts[t], c.trusts[t], cv::NORM_INF), 0.5 / 255 + 1e-6);
    }
  }
  Layers without;
  without.trust = false;
  EXPECT_TRUE(Dataset::open(folder_, without).split("train").clip(0).trusts.empty());
  EXPECT_TRUE(Dataset::open(scratch_ / "set.yaml", without).split("train").clip(0).trusts.empty());
}

TEST_F(TrustOnDisk, IsHeldToItsHashAndToWhatOccludersCover) {
  EXPECT_THAT(check_dataset(folder_, 1, *make_progress("", "", true)).faults, IsEmpty());
  write_image(file("trust", 2), cv::Mat(48, 48, CV_8UC1, cv::Scalar(0)));
  EXPECT_THAT(check_dataset(folder_, 1, *make_progress("", "", true)).faults,
              testing::ElementsAre(HasSubstr("train/image/000002.png: this frame's files are not the ones that were built")));
  EXPECT_THAT(message_of([&] { pack_dataset(folder_, scratch_ / "shards", 4, *make_progress("", "", true)); }),
              HasSubstr("not the ones that were built"));
  // With a hash that fits, the equation still does not.
  std::string manifest = read_file(folder_ / "manifest.jsonl");
  size_t line = 0;
  for (int i = 0; i < 2; ++i) line = manifest.find('\n', line) + 1;
  SampleRecord record = record_from_json(manifest.substr(line, manifest.find('\n', line) - line), "test");
  uint64_t hash = kHashStart;
  for (const SampleFile& one : sample_files(folder_, config_, record.recipe, 0)) hash = hash_bytes(read_file(one.path), hash);
  record.hashes[0] = hash_text(hash);
  manifest.replace(line, manifest.find('\n', line) - line, record_to_json(record));
  write_file(folder_ / "manifest.jsonl", manifest);
  EXPECT_THAT(check_dataset(folder_, 1, *make_progress("", "", true)).faults,
              testing::ElementsAre(HasSubstr("the trust calls a pixel uncertain that the occluder covers")));
}

TEST_F(TrustOnDisk, AnotherSizeIsNamed) {
  write_image(file("trust", 2), cv::Mat(40, 40, CV_8UC1, cv::Scalar(255)));
  EXPECT_THAT(message_of([&] { Dataset::open(folder_).split("train").clip(2); }),
              HasSubstr("train/trust/000002.png: 40x40 pixels, the dataset states 48x48"));
}

TEST_F(TrustOnDisk, IsSeenInThePreview) {
  const cv::Mat with = preview_sheet(folder_, {"train", "", 2});
  DataConfig plain = config_;
  plain.faces.erase(plain.faces.begin());
  build_dataset(plain, scratch_ / "plain", {}, *make_progress("", "", true));
  const cv::Mat without = preview_sheet(scratch_ / "plain", {"train", "", 2});
  EXPECT_GT(with.cols, without.cols) << "one tile more";
}

// Data without trust has no trace of it, on disk or when read.
TEST(NoTrust, LeavesDatasetsAsTheyWere) {
  const Scratch scratch;
  const DataConfig config = small_config(scratch / "sources");
  EXPECT_FALSE(has_trust(config));
  build_dataset(config, scratch / "set", {}, *make_progress("", "", true));
  EXPECT_FALSE(fs::exists(scratch / "set/train/trust"));
  EXPECT_EQ(read_file(scratch / "set/manifest.jsonl").find("trust"), std::string::npos);
  EXPECT_TRUE(Dataset::open(scratch / "set").split("train").clip(0).trusts.empty());
}

}  // namespace
}  // namespace facemat
