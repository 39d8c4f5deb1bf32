#include "data/store/dataset.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/render/synthesis.h"
#include "data/store/builder.h"
#include "data/store/packer.h"
#include "data/store/sample_files.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/pixels.h"
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
  for (const char* end : {"/", "//", "/."}) EXPECT_EQ(Dataset::open(folder_.string() + end).name(), "set") << end;
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

TEST_F(DatasetTest, SettingsKnowTheLengthsOfTheirClips) {
  config_.splits[0].clips = 2, config_.splits[0].longest = 5;
  write_file(scratch_ / "set.yaml", config_to_yaml(config_));
  const Dataset dataset = Dataset::open(scratch_ / "set.yaml");
  const DatasetSplit& train = dataset.split("train");
  EXPECT_EQ(train.lengths(), (std::vector<int>{1, 1, 1, 1, 1, 3, 5}));
  EXPECT_EQ(train.clip(6).images.size(), 5u);
}

constexpr Layers kAll{true, true, true};

void expect_equal(const Clip& a, const Clip& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.classes, b.classes);
  for (const auto layer : {&Clip::images, &Clip::alphas, &Clip::trimaps, &Clip::cleans, &Clip::occluders}) {
    ASSERT_EQ((a.*layer).size(), (b.*layer).size());
    for (size_t t = 0; t < (a.*layer).size(); ++t) {
      ASSERT_EQ((a.*layer)[t].type(), (b.*layer)[t].type());
      EXPECT_EQ(cv::norm((a.*layer)[t], (b.*layer)[t], cv::NORM_INF), 0);
    }
  }
}

TEST_F(DatasetTest, LayersAreReadWhenAskedFor) {
  write_file(scratch_ / "set.yaml", config_to_yaml(config_));
  const Dataset plain = Dataset::open(folder_, {false, false, false});
  const Clip bare = plain.split("train").clip(5);
  EXPECT_EQ(bare.alphas.size(), 3u);
  EXPECT_TRUE(bare.trimaps.empty() && bare.cleans.empty() && bare.occluders.empty());

  const Dataset stored = Dataset::open(folder_, kAll), fly = Dataset::open(scratch_ / "set.yaml", kAll);
  for (int64_t i = 0; i < 6; ++i) {
    const Clip clip = stored.split("train").clip(i), made = fly.split("train").clip(i);
    const Sample sample = Synthesis(config_).sample(0, i);
    ASSERT_EQ(clip.occluders.size(), sample.frames.size());
    for (size_t t = 0; t < clip.occluders.size(); ++t) {
      EXPECT_EQ(cv::norm(clip.cleans[t], sample.frames[t].clean, cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(clip.occluders[t], made.occluders[t], cv::NORM_INF), 0);
      EXPECT_EQ(cv::norm(clip.cleans[t], made.cleans[t], cv::NORM_INF), 0);
      // The matting equation, in what was read.
      cv::Mat colour(clip.images[t].size(), CV_32FC3);
      const cv::Mat pixels = to_float(clip.occluders[t]);
      cv::mixChannels({pixels}, {colour}, {0, 0, 1, 1, 2, 2});
      const cv::Mat again = blend(colour, layer_alpha(pixels), to_float(clip.cleans[t]));
      EXPECT_LE(cv::norm(again, to_float(clip.images[t]), cv::NORM_INF), 2.0 / 255);
    }
  }
}

TEST_F(DatasetTest, ALayerThatWasNotWrittenIsNamed) {
  config_.write = {"image", "alpha"};
  build_dataset(config_, scratch_ / "small", {}, *make_progress("", "", true));
  const auto message = [&](const Layers& layers) { return message_of([&] { Dataset::open(scratch_ / "small", layers); }); };
  EXPECT_THAT(message({}), HasSubstr("small: the dataset has no trimap files; they are written when 'trimap' is in the data "
                                     "settings' 'write'"));
  EXPECT_THAT(message({false, true, false}), HasSubstr("no clean files"));
  EXPECT_THAT(message({false, false, true}), HasSubstr("no occluder files"));
  expect_equal(Dataset::open(scratch_ / "small", {false, false, false}).split("train").clip(5),
               Dataset::open(folder_, {false, false, false}).split("train").clip(5));
  write_file(scratch_ / "set.yaml", config_to_yaml(config_));  // what is made on the fly is all there
  EXPECT_EQ(Dataset::open(scratch_ / "set.yaml", kAll).split("train").clip(5).occluders.size(), 3u);
}

// The same files with libarchive's pax headers.
void repack_as_pax(const fs::path& tar) {
  const fs::path other = tar.string() + ".new";
  archive *in = archive_read_new(), *out = archive_write_new();
  archive_read_support_format_tar(in);
  archive_write_set_format_pax(out);
  ASSERT_EQ(archive_read_open_filename(in, tar.c_str(), 10240), ARCHIVE_OK);
  ASSERT_EQ(archive_write_open_filename(out, other.c_str()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string bytes(static_cast<size_t>(archive_entry_size(entry)), '\0');
    ASSERT_EQ(archive_read_data(in, bytes.data(), bytes.size()), static_cast<la_ssize_t>(bytes.size()));
    archive_entry_set_mtime(entry, 1700000000, 123456789);
    ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
    ASSERT_EQ(archive_write_data(out, bytes.data(), bytes.size()), static_cast<la_ssize_t>(bytes.size()));
  }
  archive_read_free(in);
  archive_write_free(out);
  EXPECT_THAT(read_file(other), HasSubstr(" mtime=1700000000.12345")) << "no extended headers";
  fs::rename(other, tar);
}

class ShardsTest : public DatasetTest {
 protected:
  ShardsTest() : shards_(scratch_ / "shards") { pack_dataset(folder_, shards_, 4, *make_progress("", "", true)); }
  void expect_the_folders_clips() const {
    const Dataset stored = Dataset::open(folder_, kAll), packed = Dataset::open(shards_, kAll);
    EXPECT_EQ(packed.name(), "shards");
    EXPECT_EQ(packed.size(), 48);
    EXPECT_EQ(packed.licence(), stored.licence());
    ASSERT_EQ(packed.split_names(), stored.split_names());
    for (const std::string& name : stored.split_names()) {
      const DatasetSplit &a = stored.split(name), &b = packed.split(name);
      ASSERT_EQ(a.lengths(), b.lengths());
      for (int64_t i = a.size() - 1; i >= 0; --i) expect_equal(b.clip(i), a.clip(i));
    }
  }
  // Replaces `from` by `to` in the index' first line, then opens the shards and reads the first sample.
  std::string message_with_index(const std::string& from, const std::string& to) const {
    const std::string index = read_file(shards_ / "index.jsonl");
    std::string changed = index;
    EXPECT_NE(changed.find(from), std::string::npos) << from;
    write_file(shards_ / "index.jsonl", changed.replace(changed.find(from), from.size(), to));
    const std::string message = message_of([&] { Dataset::open(shards_).split("train").clip(0); });
    write_file(shards_ / "index.jsonl", index);
    return message;
  }
  // "[512,1234]" of a file in the index.
  std::string place_of(const std::string& file) const {
    const std::string index = read_file(shards_ / "index.jsonl");
    const size_t at = index.find('[', index.find("\"" + file + "\""));
    return "\"" + file + "\":" + index.substr(at, index.find(']', at) + 1 - at);
  }

  fs::path shards_;
};

TEST_F(ShardsTest, HaveTheClipsOfTheFolder) { expect_the_folders_clips(); }

TEST_F(ShardsTest, AreFoundOutWithoutAnIndex) {
  fs::remove(shards_ / "index.jsonl");
  expect_the_folders_clips();
}

// As Python's tarfile writes them: an extended header before every file, since times have fractions.
TEST_F(ShardsTest, MayBePackedByOthers) {
  fs::remove(shards_ / "index.jsonl");
  for (const fs::path& shard : list_files(shards_, {".tar"})) repack_as_pax(shard);
  expect_the_folders_clips();
}

// As a Mac's tar adds them.
TEST_F(ShardsTest, LeftOversInThemAreNoSamples) {
  fs::remove(shards_ / "index.jsonl");
  const fs::path shard = shards_ / "train-000000.tar";
  const std::string bytes = read_file(shard);
  const size_t json = bytes.find("000000.json");
  ASSERT_NE(json, std::string::npos);
  std::string header = bytes.substr(json, 512);
  header.replace(0, 13, "._000000.json", 13);
  std::fill(header.begin() + 124, header.begin() + 135, '0');  // no content
  std::fill(header.begin() + 148, header.begin() + 156, ' ');  // the checksum counts itself as blanks
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  write_file(shard, header + bytes);
  write_file(shards_ / "._train-000000.tar", "no tar file");
  expect_the_folders_clips();
}

TEST_F(ShardsTest, KnowHowMuchIsCoveredAndWhatTheyWerePackedFrom) {
  const Dataset folder = Dataset::open(folder_), shards = Dataset::open(shards_);
  EXPECT_EQ(folder.identity(), shards.identity());
  for (int64_t i = 0; i < folder.split("train").size(); ++i)
    EXPECT_EQ(folder.split("train").clip(i).covered, shards.split("train").clip(i).covered) << i;
  EXPECT_TRUE(shards.split("train").clip(0).covered.has_value());
  fs::remove(shards_ / "index.jsonl");
  EXPECT_TRUE(Dataset::open(shards_).split("train").clip(0).covered.has_value());
}

TEST_F(ShardsTest, AnIndexIsNotTrusted) {
  const std::string image = "000000.image.png", place = place_of(image), key = "\"" + image + "\":";
  const auto with_place = [&](const std::string& other) { return message_with_index(place, key + other); };
  EXPECT_THAT(with_place("[1099511627776,100]"), HasSubstr("lies outside the file"));
  EXPECT_THAT(with_place("[9223372036854775807,9223372036854775807]"), HasSubstr("more than the"));
  EXPECT_THAT(with_place("[9223372036854775807,100]"), HasSubstr("lies outside the file"));
  EXPECT_THAT(with_place("[512,400000000]"), HasSubstr("lies outside the file"));
  EXPECT_THAT(with_place("[512,9000000000]"), HasSubstr("'000000.image.png' has 9000000000 bytes, more than the"));
  EXPECT_THAT(with_place("[-512,100]"), HasSubstr("lies outside the file"));
  EXPECT_THAT(with_place("[512,-1]"), HasSubstr("lies outside the file"));
  EXPECT_THAT(with_place("[0,100]"), HasSubstr("lies outside the file"));
  const std::string alpha = place_of("000000.alpha.png");
  EXPECT_THAT(with_place(alpha.substr(alpha.find(':') + 1)), HasSubstr("train-000000.tar: there is no '000000.image.png' of"))
      << "another file's place";
  EXPECT_THAT(with_place("\"here\""), HasSubstr("index.jsonl:1: damaged line"));
  EXPECT_THAT(message_with_index(key, "\"000000.picture.png\":"),
              HasSubstr("train-000000.tar: sample 000000 lacks frame 0's image"));
  for (const std::string name : {"../shards/train-000000.tar", "/etc/passwd", "..", "", "train-000000.zip"})
    EXPECT_THAT(message_with_index("\"train-000000.tar\"", "\"" + name + "\""),
                HasSubstr("index.jsonl:1: '" + name + "' is not the plain name of a tar file"));
  EXPECT_THAT(message_with_index("\"name\":\"000000\"", "\"name\":\"../000000\""), HasSubstr("not a plain sample name"));
  EXPECT_THAT(message_with_index("\"frames\":1", "\"frames\":4294967297"), HasSubstr("a whole number is too large"));
  EXPECT_THAT(message_with_index("train-000000.tar", "train-000007.tar"), HasSubstr("train-000007.tar: no such file"));
  EXPECT_THAT(message_with_index("\"frames\":1", "\"frames\":2000000000"),
              HasSubstr("index.jsonl:1: 2000000000 frames in 6 files"));
  EXPECT_THAT(message_with_index("\"frames\":1", "\"frames\":0"), HasSubstr("index.jsonl:1: 0 frames"));
  EXPECT_THAT(message_with_index("\"split\":\"train\"", "\"split\":\"extra\""),
              HasSubstr("sample 000000: split 'extra' is not in"));
  EXPECT_THAT(message_with_index("{", "{{"), HasSubstr("index.jsonl:1: damaged line"));
  EXPECT_THAT(message_with_index("}\n", "}"), HasSubstr("damaged line")) << "two lines in one";
  const std::string index = read_file(shards_ / "index.jsonl");
  write_file(shards_ / "index.jsonl", index.substr(0, index.rfind('\n', index.size() - 2) + 1));
  EXPECT_THAT(message_of([&] { Dataset::open(shards_); }), HasSubstr("shards: 9 samples, dataset.yaml states 10"));
}

TEST_F(ShardsTest, DamagedShardsAreNamed) {
  const fs::path shard = shards_ / "train-000000.tar";
  const std::string bytes = read_file(shard);
  const auto read_with = [&](const std::string& other) {
    write_file(shard, other);
    return message_of([&] { Dataset::open(shards_).split("train").clip(3); });
  };
  EXPECT_THAT(read_with(bytes.substr(0, bytes.size() / 2)), HasSubstr("train-000000.tar: '000003.image.png' of"));
  std::string flipped = bytes;
  flipped[bytes.find("000003.image.png") + 514 + 40] ^= 1;
  EXPECT_THAT(read_with(flipped), HasSubstr("train-000000.tar: 000003.image.png: the image is damaged"));
  EXPECT_THAT(read_with(read_file(shards_ / "test-000000.tar")), HasSubstr("000003.image.png"));
  fs::remove(shards_ / "index.jsonl");
  EXPECT_THAT(read_with(bytes.substr(0, bytes.size() / 2)), HasSubstr("train-000000.tar: the tar file is truncated"));
  std::string renamed = bytes;
  for (size_t at; (at = renamed.find("000002.json")) != std::string::npos;) renamed.replace(at, 11, "000002.text");
  EXPECT_THAT(read_with(renamed), HasSubstr("train-000000.tar: the tar file is damaged (no header at byte"));
  write_file(shard, bytes);
  fs::remove(shards_ / "test-000000.tar");
  EXPECT_THAT(message_of([&] { Dataset::open(shards_); }), HasSubstr("shards: 6 samples, dataset.yaml states 10"));
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
