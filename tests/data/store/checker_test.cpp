#include "data/store/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/store/builder.h"
#include "data/store/sample_files.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/core/hash.h"
#include "src/image/pixels.h"
#include "tests/data/trees.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class Checker : public testing::Test {
 protected:
  void build(const DataConfig& config) {
    config_ = config;
    build_dataset(config, set_, {}, *make_progress("", "", true));
  }
  Findings check() const { return check_dataset(set_, 2, *make_progress("", "", true)); }

  // Changes every record of the manifest, and puts in the hashes of the files as they are now.
  template <typename Change>
  void rewrite(Change change) {
    const std::string text = read_file(set_ / "manifest.jsonl");
    std::string out;
    for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      SampleRecord record = record_from_json(text.substr(begin, end - begin), "test");
      change(record);
      for (int t = 0; t < record.recipe.frames; ++t) {
        uint64_t hash = kHashStart;
        for (const SampleFile& file : sample_files(set_, config_, record.recipe, t))
          hash = hash_bytes(read_file(file.path), hash);
        record.hashes[t] = hash_text(hash);
      }
      out += record_to_json(record) + "\n";
    }
    write_file(set_ / "manifest.jsonl", out);
  }

  Scratch scratch_;
  DataConfig config_;
  fs::path set_ = scratch_ / "set";
};

TEST_F(Checker, FindsNothingInWhatWasBuilt) {
  build(small_config(scratch_ / "sources"));
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_THAT(check().warnings, testing::Each(testing::StartsWith("leak: ")))
      << "one bar for all splits, as the settings allow";
}

TEST_F(Checker, FindsFilesThatWereChanged) {
  build(small_config(scratch_ / "sources"));
  write_image(set_ / "train/alpha/000001.png", cv::Mat(48, 48, CV_16U, cv::Scalar(65535)));
  fs::remove(set_ / "test/trimap/000003/0001.png");
  EXPECT_THAT(check().faults, testing::UnorderedElementsAre(HasSubstr("train/image/000001.png: this frame's files are not"),
                                                            HasSubstr("test/trimap/000003/0001.png: no such file")));
}

TEST_F(Checker, FindsPicturesThatAreNotOccluderOverFace) {
  build(small_config(scratch_ / "sources"));
  write_image(set_ / "train/image/000000.png", cv::Mat(48, 48, CV_8UC3, cv::Scalar::all(7)));
  rewrite([](SampleRecord&) {});
  EXPECT_THAT(check().faults, Contains(HasSubstr("000000.png: the picture is not occluder over clean face")));
}

TEST_F(Checker, FindsInvertedAlphas) {
  DataConfig config = small_config(scratch_ / "sources");
  for (SplitConfig& split : config.splits) split.occluded = 0;
  config.write = {"image", "alpha"};
  build(config);
  for (const auto& entry : fs::recursive_directory_iterator(set_))
    if (entry.path().string().find("/alpha/") != std::string::npos && entry.is_regular_file())
      write_image(entry.path(), to_u16(1 - read_mask(entry.path())));
  rewrite([](SampleRecord&) {});
  EXPECT_THAT(check().faults, testing::ElementsAre(AllOf(HasSubstr("10 of 10 uncovered faces"), HasSubstr("looks inverted"))));
}

TEST_F(Checker, FindsOnePictureInTwoSplitsByItsContent) {
  DataConfig config = small_config(scratch_ / "sources");
  const fs::path images = scratch_ / "sources/faces/images";
  for (int i = 1; i < 9; ++i)
    fs::copy_file(images / "0.png", images / (std::to_string(i) + ".png"), fs::copy_options::overwrite_existing);
  build(config);
  EXPECT_THAT(check().faults, Contains(AllOf(HasSubstr("leak: '"), HasSubstr("is in 'train' and in 'test'"))));
}

TEST_F(Checker, WarnsOfMasksThatPretendToBeMattes) {
  DataConfig config = small_config(scratch_ / "sources");
  config.occluders.resize(1);
  config.splits[0].stills = 30;
  build(config);
  rewrite([](SampleRecord& record) { record.measured.soft_share = 0.0001; });
  EXPECT_THAT(check().warnings, Contains(HasSubstr("a binary mask, not a matte?")));
}

TEST_F(Checker, CountsTheSamples) {
  build(small_config(scratch_ / "sources"));
  const std::string text = read_file(set_ / "manifest.jsonl");
  write_file(set_ / "manifest.jsonl", text.substr(0, text.find('\n') + 1));
  EXPECT_THAT(check().faults, Contains(HasSubstr("manifest.jsonl: 1 samples, dataset.yaml states 10")));
}

}  // namespace
}  // namespace facemat
