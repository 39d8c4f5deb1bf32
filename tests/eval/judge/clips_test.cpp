#include "eval/judge/clips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/core/file.h"
#include "src/image/codec.h"
#include "src/image/pixels.h"
#include "src/media/video/video_writer.h"
#include "tests/eval/example.h"
#include "tests/support/films.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

void put(const fs::path& file, const cv::Mat& alpha) { write_image(file, to_u8(alpha)); }

class Pictures : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"still.png", "clip/0000.png", "clip/0001.png"}) {
      put(scratch_ / "gt" / name, square_truth());
      put(scratch_ / "pred" / name, square_truth() * 0.8);
    }
  }
  PictureFolders folders() const {
    PictureFolders folders;
    folders.truth = scratch_ / "gt", folders.predictions = scratch_ / "pred";
    return folders;
  }
  // The picture of the still, of this size as stored, is turned by its EXIF; those of the clip are not.
  void put_turned_images(cv::Size stored) const {
    write_file(scratch_ / "image/still.jpg",
               with_exif(encode_image(".jpg", cv::Mat(stored, CV_8UC3, cv::Scalar(1, 2, 3))), 6, true));
    for (const char* name : {"clip/0000.png", "clip/0001.png"})
      write_image(scratch_ / "image" / name, cv::Mat(20, 20, CV_8UC3, cv::Scalar(1, 2, 3)));
  }
  EvaluationResult judged(const PictureMattesOptions& options = {}, int workers = 1) const {
    const auto clips = pair_pictures(folders());
    PictureMattes source(clips, options);
    Silence progress;
    EvaluationOptions plan;
    plan.workers = workers;
    return evaluate(source, clips_of(clips), plan, progress);
  }
  Scratch scratch_;
};

// A clip of two frames that remembers which one it is.
Clip numbered_clip(int64_t index) {
  Clip clip;
  clip.name = std::to_string(index);
  for (int t = 0; t < 2; ++t) {
    clip.images.emplace_back(32, 32, CV_8UC3, cv::Scalar::all(90));
    clip.alphas.emplace_back(32, 32, CV_32FC1, cv::Scalar(0));
    clip.alphas.back()(cv::Rect(8, 8, 16, 16)).setTo(1);
  }
  return clip;
}

TEST(ClipsOfADataset, ComeWithTheGuidesThatAreAskedFor) {
  const DatasetSplit split({2, 2}, [](int64_t index, int64_t) { return numbered_clip(index); });
  EXPECT_TRUE(clips_of(split).clip(0).frame(1).guides.hint.empty());
  GuidePlan plan;
  plan.names = {"trimap", "hint"}, plan.judging = true;
  const TrueFrame frame = clips_of(split, plan).clip(1).frame(1);
  const ClipGuides expected = held_out_guides(numbered_clip(1), plan, 1);
  EXPECT_EQ(cv::norm(frame.guides.trimap, expected.trimap[1], cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(frame.guides.hint, expected.hint[1], cv::NORM_INF), 0);
  EXPECT_TRUE(frame.guides.background.empty());
  EXPECT_TRUE(frame.trimap.empty()) << "the region stays the data's";
}

TEST_F(Pictures, SubfoldersAreClips) {
  const auto clips = pair_pictures(folders());
  ASSERT_EQ(clips.size(), 2u);
  EXPECT_EQ(clips[0].name, "still");
  EXPECT_EQ(clips[1].name, "clip");
  EXPECT_EQ(clips[1].frames.size(), 2u);
}

TEST_F(Pictures, AreJudged) {
  const EvaluationResult result = judged();
  EXPECT_NEAR(mean_scores(result, "whole").at("sad"), 100 * 0.2 / 1000, 1e-9);
  EXPECT_FALSE(result.speed);
  EXPECT_EQ(result.data.trimap_hash, "");
}

TEST_F(Pictures, MissingPredictionIsNamed) {
  fs::remove(scratch_ / "pred" / "still.png");
  EXPECT_THAT(message_of([&] { pair_pictures(folders()); }), HasSubstr("no prediction named 'still'"));
  PictureFolders none = folders();
  none.predictions = scratch_ / "no";
  EXPECT_THAT(message_of([&] { pair_pictures(none); }), HasSubstr("no such folder"));
}

TEST_F(Pictures, InvertedOnesAreFound) {
  EXPECT_FALSE(seems_inverted(judged()));
  EXPECT_TRUE(seems_inverted(judged({false, true, false, {}})));
  for (const char* name : {"still.png", "clip/0000.png", "clip/0001.png"}) put(scratch_ / "pred" / name, 1 - square_truth());
  EXPECT_TRUE(seems_inverted(judged()));
  EXPECT_FALSE(seems_inverted(judged({false, true, false, {}})));
}

TEST_F(Pictures, OtherSizesAreRefusedUnlessResizingIsAsked) {
  put(scratch_ / "pred/still.png", square_truth(40) * 0.8);
  EXPECT_THAT(message_of([&] { judged(); }),
              HasSubstr("still.png: 40x40 pixels, the true matte has 20x20 (--resize scales it)"));
  EXPECT_NEAR(mean_scores(judged({false, false, true, {}}), "whole").at("sad"), 100 * 0.2 / 1000, 1e-9);
}

TEST_F(Pictures, ReadInAnotherWayWhereTheyAreNoMattes) {
  EXPECT_EQ(mean_scores(
                judged({false, false, false, [](const fs::path& p, const TrueFrame&) { return cv::Mat(read_mask(p) / 0.8); }}),
                "whole")
                .at("sad"),
            0);
}

// Sixty stills: the same result with one thread and with four.
TEST_F(Pictures, TheResultDoesNotDependOnThreads) {
  for (int i = 0; i < 60; ++i) {
    put(scratch_ / "gt" / fmt::format("{:02d}.png", i), square_truth());
    put(scratch_ / "pred" / fmt::format("{:02d}.png", i), square_truth() * (i / 60.0));
  }
  EXPECT_EQ(result_to_json(judged({}, 1)), result_to_json(judged({}, 4)));
}

TEST_F(Pictures, ComeWithTheGuidesThatLieInFolders) {
  for (const char* name : {"still.png", "clip/0000.png", "clip/0001.png"}) {
    put(scratch_ / "hint" / name, square_truth() * 0.6);
    write_image(scratch_ / "background" / name, cv::Mat(20, 20, CV_8UC3, cv::Scalar(10, 20, 30)));
    write_image(scratch_ / "trimap" / name, cv::Mat(20, 20, CV_8UC1, cv::Scalar(128)));
  }
  PictureFolders with = folders();
  with.guides = {scratch_ / "trimap", scratch_ / "hint", scratch_ / "background", {}};
  const TrueFrame frame = clips_of(pair_pictures(with)).clip(1).frame(1);
  EXPECT_EQ(frame.guides.trimap.at<uint8_t>(0, 0), 128);
  EXPECT_EQ(frame.guides.hint.type(), CV_32FC1);
  EXPECT_NEAR(frame.guides.hint.at<float>(10, 10), 0.6, 1e-6);
  EXPECT_EQ(frame.guides.background.at<cv::Vec3b>(3, 3), cv::Vec3b(10, 20, 30));
  EXPECT_TRUE(frame.guides.segmentation.empty());
  with.guides.segmentation = scratch_ / "hint/clip";
  EXPECT_THAT(message_of([&] { pair_pictures(with); }), HasSubstr("no segmentation named"));
  write_image(scratch_ / "hint/clip/0001.png", cv::Mat(10, 10, CV_8UC1, cv::Scalar(0)));
  with.guides.segmentation.clear();
  const ClipSource clips = clips_of(pair_pictures(with));
  EXPECT_THAT(message_of([&] { clips.clip(1).frame(1); }), HasSubstr("hint/clip/0001.png: 10x10 pixels"));
}

TEST_F(Pictures, ImagesTrimapsAndMasksMustFit) {
  write_image(scratch_ / "trimap/still.png", cv::Mat(10, 10, CV_8UC1, cv::Scalar(128)));
  for (const char* name : {"clip/0000.png", "clip/0001.png"})
    write_image(scratch_ / "trimap" / name, cv::Mat(20, 20, CV_8UC1, cv::Scalar(128)));
  PictureFolders with = folders();
  with.guides.trimap = scratch_ / "trimap";
  const ClipSource clips = clips_of(pair_pictures(with));
  EXPECT_THAT(message_of([&] { clips.clip(0).frame(0); }),
              HasSubstr("trimap/still.png: 10x10 pixels, the true matte has 20x20"));
  EXPECT_EQ(clips.clip(1).frame(1).trimap.at<uint8_t>(0, 0), 128);
  put(scratch_ / "gt/still.png", cv::Mat(20, 30, CV_32FC1, cv::Scalar(1)));
  put_turned_images({30, 20});
  with = folders(), with.images = scratch_ / "image";
  EXPECT_THAT(message_of([&] { clips_of(pair_pictures(with)).clip(0).frame(0); }),
              HasSubstr("image/still.jpg: 20x30 pixels, the true matte has 30x20 (the image is turned by its EXIF "
                        "orientation 6, the true matte is not"));
}

// A PNG that viewers turn by an EXIF orientation.
void put_as_turned(const fs::path& file, const cv::Mat& stored) {
  constexpr size_t kHeader = 33;  // bytes: the signature and IHDR
  const std::string png = encode_image(".png", stored);
  write_file(file, png.substr(0, kHeader) + png_chunk("eXIf", exif_tiff(6, true)) + png.substr(kHeader));
}

// One of the two is turned by its EXIF orientation: the other was drawn on what is stored.
TEST_F(Pictures, TrimapsMasksAndPredictionsOfTheUnturnedPictureAreToldByExif) {
  const cv::Mat stored(20, 30, CV_8UC1, cv::Scalar(255));
  put(scratch_ / "gt/still.png", cv::Mat(20, 30, CV_32FC1, cv::Scalar(1)));
  for (const char* name : {"clip/0000.png", "clip/0001.png"})
    write_image(scratch_ / "other" / name, cv::Mat(20, 20, CV_8UC1, cv::Scalar(255)));
  put_as_turned(scratch_ / "other/still.png", stored);
  PictureFolders trimaps = folders(), masks = folders();
  trimaps.guides.trimap = scratch_ / "other", masks.masks = scratch_ / "other";
  const auto refusal = [](const PictureFolders& with) {
    return message_of([&] { clips_of(pair_pictures(with)).clip(0).frame(0); });
  };
  const std::string sizes = "other/still.png: 20x30 pixels, the true matte has 30x20 ";
  EXPECT_THAT(refusal(trimaps), HasSubstr(sizes + "(the trimap is turned by its EXIF orientation 6, the true matte is not"));
  EXPECT_THAT(refusal(masks), HasSubstr(sizes + "(the mask is turned by its EXIF orientation 6, the true matte is not"));
  // The true matte is the one that is turned; scaled to its size the prediction would be squeezed.
  put_as_turned(scratch_ / "gt/still.png", stored);
  write_image(scratch_ / "pred/still.png", stored);
  PictureMattesOptions resized;
  resized.resized = true;
  for (const PictureMattesOptions& options : {PictureMattesOptions{}, resized})
    EXPECT_THAT(message_of([&] { judged(options); }),
                HasSubstr("pred/still.png: 30x20 pixels, the true matte has 20x30 (the true matte is turned by its EXIF "
                          "orientation 6, the prediction is not: turn it, too)"));
}

// A square picture that viewers turn, with a matte that they do not: it fits either way.
TEST_F(Pictures, WhoseTrueMattesMayLieOtherwiseAreSaid) {
  put_turned_images({20, 20});
  PictureFolders with = folders();
  with.images = scratch_ / "image";
  EXPECT_THAT(format_warnings(pair_pictures(with)),
              testing::ElementsAre("1 file has another EXIF orientation than the true matte beside it: look at it"));
  EXPECT_TRUE(format_warnings(pair_pictures(folders())).empty()) << "nobody looks at pictures";
  put_as_turned(scratch_ / "gt/still.png", to_u8(square_truth()));
  with.masks = scratch_ / "pred";
  EXPECT_THAT(format_warnings(pair_pictures(with)),
              testing::ElementsAre("2 files have another EXIF orientation than the true mattes beside them: look at one"))
      << "mask and prediction; the picture is turned as the true matte is";
}

TEST_F(Pictures, MasksOfZerosAndOnesMustBeNamed) {
  write_image(scratch_ / "gt/still.png", cv::Mat(20, 20, CV_8UC1, cv::Scalar(1)));
  PictureValues zero_one;
  zero_one.truth.white = zero_one.mask.white = 1;
  const auto frame = [&](const PictureValues& values) {
    PictureFolders with = folders();
    with.masks = scratch_ / "gt";
    return clips_of(pair_pictures(with), values).clip(0).frame(0);
  };
  EXPECT_THAT(message_of([&] { frame({}); }),
              HasSubstr("still.png: holds only the values 0 and 1 of 255 and looks black (say --gt-zero-one"));
  EXPECT_EQ(frame(zero_one).alpha.at<float>(3, 3), 1);
  EXPECT_EQ(frame(zero_one).mask.at<uint8_t>(3, 3), 255);
  zero_one.mask.white = 0;
  EXPECT_THAT(message_of([&] { frame(zero_one); }), HasSubstr("say --mask-zero-one"));
  put(scratch_ / "gt/still.png", square_truth());
  EXPECT_THAT(message_of([&] { frame(zero_one); }), HasSubstr("holds values up to 255, more than the 1 that is to mean 1"));
}

// 0 background, 1 face, 2 hair, 255 nobody labelled.
TEST_F(Pictures, MasksOfLabelsAreReadByTheirValues) {
  cv::Mat labels(20, 20, CV_8UC1, cv::Scalar(0));
  labels.rowRange(5, 10).setTo(1), labels.rowRange(10, 15).setTo(2), labels.rowRange(15, 20).setTo(255);
  write_image(scratch_ / "gt/still.png", labels);
  PictureValues values;
  const auto frame = [&] { return clips_of(pair_pictures(folders()), values).clip(0).frame(0); };
  EXPECT_THAT(message_of(frame), HasSubstr("still.png: holds the values 0, 1, 2, 255: labels, not levels (say --gt-labels"));
  values.truth.labels = {1}, values.truth.ignore = 255;
  EXPECT_EQ(cv::countNonZero(frame().alpha), 5 * 20);
  EXPECT_EQ(frame().alpha.at<float>(7, 3), 1);
  EXPECT_EQ(cv::countNonZero(frame().trust == 0), 5 * 20);
  EXPECT_EQ(frame().trust.at<float>(17, 3), 0);
  values.truth.inverted = true;
  EXPECT_EQ(cv::countNonZero(frame().alpha), 10 * 20) << "what nobody labelled is 0 either way";
}

TEST_F(Pictures, TrimapsSayWhatTheyHold) {
  cv::Mat trimap(20, 20, CV_8UC1, cv::Scalar(100));
  trimap.rowRange(0, 5).setTo(0), trimap.rowRange(10, 20).setTo(255);
  for (const char* name : {"still.png", "clip/0000.png", "clip/0001.png"}) write_image(scratch_ / "trimap" / name, trimap);
  PictureFolders with = folders();
  with.guides.trimap = scratch_ / "trimap";
  PictureValues values;
  values.trimap.advice = " (say which)";
  const auto frame = [&] { return clips_of(pair_pictures(with), values).clip(0).frame(0); };
  EXPECT_THAT(message_of(frame), HasSubstr("a trimap holds 0, 128 and 255 only, this one 0, 100, 255 (say which)"));
  values.trimap.unknown = 100, values.trimap.stated = true;
  EXPECT_EQ(cv::countNonZero(frame().trimap == 128), 5 * 20);
}

TEST_F(Pictures, AMatteMayLieInTheAlphaChannel) {
  cv::Mat rgba(20, 20, CV_8UC4, cv::Scalar(10, 200, 30, 0));
  rgba.rowRange(5, 15).setTo(cv::Scalar(90, 20, 60, 255));
  write_image(scratch_ / "gt/still.png", rgba);
  write_image(scratch_ / "pred/still.png", rgba);
  const auto clips = pair_pictures(folders());
  EXPECT_EQ(cv::countNonZero(clips_of(clips).clip(0).frame(0).alpha == 1), 10 * 20);
  PictureMattes source(clips, {});
  EXPECT_EQ(cv::countNonZero(source.matte(0, 0, clips_of(clips).clip(0).frame(0)).alpha == 1), 10 * 20);
}

TEST_F(Pictures, FramesGoInTheOrderOfTheirNumbersWithoutLeftOvers) {
  for (int t = 1; t <= 12; ++t)
    for (const char* side : {"gt", "pred"}) put(scratch_ / side / fmt::format("walk2/f{}.png", t), square_truth());
  put(scratch_ / "gt/walk10/f.png", square_truth()), put(scratch_ / "pred/walk10/f.png", square_truth());
  for (const char* name : {"gt/walk2/._f1.png", "gt/__MACOSX/walk2/f1.png", "gt/.ipynb_checkpoints/still-checkpoint.png",
                           "gt/Thumbs.db", "pred/._still.png"})
    write_file(scratch_ / name, "no picture");
  const auto clips = pair_pictures(folders());
  std::vector<std::string> names, frames;
  for (const PictureClip& clip : clips) names.push_back(clip.name);
  EXPECT_THAT(names, testing::ElementsAre("still", "clip", "walk2", "walk10"));
  for (const PictureFrame& frame : clips[2].frames) frames.push_back(frame.truth.path.stem().string());
  EXPECT_EQ(frames, (std::vector<std::string>{"f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12"}));
}

TEST_F(Pictures, LinkedFoldersAreClips) {
  fs::rename(scratch_ / "gt/clip", scratch_ / "elsewhere");
  fs::create_directory_symlink(scratch_ / "elsewhere", scratch_ / "gt/clip");
  const auto clips = pair_pictures(folders());
  ASSERT_EQ(clips.size(), 2u);
  EXPECT_EQ(clips[1].name, "clip");
  EXPECT_EQ(clips[1].frames.size(), 2u);
}

TEST_F(Pictures, NamesMayHaveAnEndingOfTheirOwn) {
  for (const char* name : {"still", "clip/0000", "clip/0001"}) {
    fs::rename(scratch_ / "pred" / (std::string(name) + ".png"), scratch_ / "pred" / (std::string(name) + "_pha.png"));
    put(scratch_ / "pred" / (std::string(name) + "_fgr.png"), square_truth());
  }
  EXPECT_THAT(message_of([&] { pair_pictures(folders()); }),
              HasSubstr("no prediction named 'clip/0000' (there is a true matte of "
                        "that name; for 'clip/0000_fgr' say --pred-suffix _fgr)"));
  PictureFolders with = folders();
  with.prediction_suffix = "_pha";
  const auto clips = pair_pictures(with);
  EXPECT_EQ(clips[0].frames[0].prediction.path, scratch_ / "pred/still_pha.png");
  EXPECT_EQ(clips[1].frames[1].prediction.path, scratch_ / "pred/clip/0001_pha.png");
  with.prediction_suffix = "_alpha";
  EXPECT_THAT(message_of([&] { pair_pictures(with); }), HasSubstr("pred: no names that end in '_alpha'"));
}

TEST_F(Pictures, TrueOnesMayHaveAnEndingOfTheirOwn) {
  for (const char* name : {"still", "clip/0000", "clip/0001"})
    fs::rename(scratch_ / "gt" / (std::string(name) + ".png"), scratch_ / "gt" / (std::string(name) + "_gt.png"));
  EXPECT_THAT(
      message_of([&] { pair_pictures(folders()); }),
      HasSubstr("no prediction named 'clip/0000_gt' (there is a true matte of that name; for 'clip/0000' say --gt-suffix "
                "_gt)"));
  PictureFolders with = folders();
  with.truth_suffix = "_gt";
  EXPECT_EQ(pair_pictures(with)[0].name, "still");
  fs::remove(scratch_ / "pred/still.png"), put(scratch_ / "pred/still10.png", square_truth());
  EXPECT_THAT(message_of([&] { pair_pictures(with); }),
              HasSubstr("no prediction named 'still' (there is a true matte of that name)"))
      << "another number";
}

TEST_F(Pictures, TwoOfOneNameAndUnreadFormatsAreRefused) {
  write_image(scratch_ / "gt/still.jpg", to_u8(square_truth()));
  EXPECT_THAT(message_of([&] { pair_pictures(folders()); }), HasSubstr("still.png: two files of one name"));
  fs::remove(scratch_ / "gt/still.jpg");
  write_file(scratch_ / "gt/other.tif", "II*");
  EXPECT_THAT(message_of([&] { pair_pictures(folders()); }), HasSubstr("other.tif: a format that is not read"));
}

TEST_F(Pictures, FlowIsReadAndChecked) {
  const auto flow = [&](int width, int height, const std::string& tail = {}) {
    std::string bytes = "PIEH";
    for (const int side : {width, height})
      for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(side >> shift & 255);
    for (int i = 0; i < width * height; ++i) bytes += std::string("\0\0\x80\x3f\0\0\0\xc0", 8);  // 1, -2
    write_file(scratch_ / "flow/clip/0000.flo", bytes + tail);
  };
  PictureFolders with = folders();
  with.flows = scratch_ / "flow";
  EXPECT_THAT(message_of([&] { pair_pictures(with); }), HasSubstr("no such folder"));
  flow(20, 20);
  const auto frame = [&](int t) { return clips_of(pair_pictures(with)).clip(1).frame(t); };
  EXPECT_EQ(frame(0).flow.at<cv::Vec2f>(7, 5), cv::Vec2f(1, -2));
  EXPECT_TRUE(frame(1).flow.empty());  // there is no frame after it
  flow(20, 10);
  EXPECT_THAT(message_of([&] { frame(0); }), HasSubstr("a flow of 20x10"));
  flow(20, 20, "x");
  EXPECT_THAT(message_of([&] { frame(0); }), HasSubstr("a flow of 20x20 in 3213 bytes"));
  write_file(scratch_ / "flow/clip/0000.flo", "PIEK");
  EXPECT_THAT(message_of([&] { frame(0); }), HasSubstr("no optical flow"));
  fs::rename(scratch_ / "flow/clip/0000.flo", scratch_ / "flow/clip/0001.flo");
  EXPECT_THAT(message_of([&] { pair_pictures(with); }), HasSubstr("no flow named 'clip/0000'"));
}

// A film of five grey frames, each brighter by 40 than the one before.
void write_film(const fs::path& file, int frames = 5) {
  VideoWriter writer(file, constant_rate({32, 32}, 25));
  for (int t = 0; t < frames; ++t) writer.write(cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(20 + 40 * t)));
  writer.finish();
}

class Films : public testing::Test {
 protected:
  // Frames in folders, `name` in each of them as a film of the frames' values (alpha) or as pictures.
  void put_pictures(const fs::path& folder, int frames = 5) const {
    for (int t = 0; t < frames; ++t)
      write_image(folder / fmt::format("{:02d}.png", t), cv::Mat(32, 32, CV_8UC1, cv::Scalar(20 + 40 * t)));
  }
  PictureFolders folders() const {
    PictureFolders folders;
    folders.truth = scratch_ / "gt", folders.images = scratch_ / "image", folders.predictions = scratch_ / "pred";
    return folders;
  }
  EvaluationResult judged() const {
    const auto clips = pair_pictures(folders());
    PictureMattes source(clips, {});
    Silence progress;
    return evaluate(source, clips_of(clips), {}, progress);
  }
  Scratch scratch_;
};

TEST_F(Films, StandForFoldersOfFrames) {
  put_pictures(scratch_ / "gt/walk");
  write_film(scratch_ / "image/walk.mp4"), write_film(scratch_ / "pred/walk.mp4");
  const EvaluationResult r = judged();
  EXPECT_EQ(r.data.samples, 1);
  EXPECT_EQ(r.data.frames, 5);
  EXPECT_LT(mean_scores(r, "whole").at("mad"), 1e3 * 3 / 255);  // what compression does to flat grey
  EXPECT_THAT(format_warnings(pair_pictures(folders())),
              testing::ElementsAre(HasSubstr("5 predicted mattes are frames of films")));
  FrameReader reader;
  const auto clips = pair_pictures(folders());
  for (const int t : {3, 1, 4})  // also backwards
    EXPECT_NEAR(reader.image(clips[0].frames[t].image).at<cv::Vec3b>(9, 9)[1], 20 + 40 * t, 3) << t;
  PictureMattesOptions zero_one;
  zero_one.zero_one = true;
  PictureMattes source(clips, zero_one);
  EXPECT_THAT(message_of([&] { source.matte(0, 0, clips_of(clips).clip(0).frame(0)); }),
              HasSubstr("pred/walk.mp4: films hold levels"));
}

TEST_F(Films, MayBeTheTruthToo) {
  write_film(scratch_ / "gt/walk.mp4"), write_film(scratch_ / "image/walk.mp4");
  put_pictures(scratch_ / "pred/walk");
  EXPECT_LT(mean_scores(judged(), "whole").at("mad"), 1e3 * 3 / 255);
  PictureValues zero_one, labels;
  zero_one.truth.white = 1, labels.truth.labels = {1};
  for (const PictureValues& values : {zero_one, labels})
    EXPECT_THAT(message_of([&] { clips_of(pair_pictures(folders()), values).clip(0).frame(0); }),
                HasSubstr("gt/walk.mp4: films hold levels"));
}

// Three pictures of four colours, and a white bar of 4, 8 and 12 pixels (films.h).
TEST_F(Films, AGifIsAFilmWhereFilmsMayStand) {
  MadeFilm film;
  film.encoder = "gif", film.pixels = "rgb8", film.options = {}, film.sound = "", film.tags = {};
  film.base = {1, 100}, film.times = {0, 4, 8}, film.last_duration = 4;
  for (const char* name : {"image/walk.gif", "trimap/walk.gif"}) {
    fs::create_directories((scratch_ / name).parent_path());
    write_made_film(scratch_ / name, film);
  }
  for (int t = 0; t < 3; ++t)
    write_image(scratch_ / fmt::format("gt/walk/{:02d}.png", t), cv::Mat(film.size, CV_8UC1, cv::Scalar(20 + 40 * t)));
  PictureFolders with = folders();
  with.predictions.clear();
  const auto clips = pair_pictures(with);
  ASSERT_EQ(clips.size(), 1u);
  ASSERT_EQ(clips[0].frames.size(), 3u);
  const auto red = [&](int t, int x) {
    return clips_of(clips).clip(0).frame(t).image.at<cv::Vec3b>(film.size.height / 2, x)[2];
  };
  EXPECT_LT(red(0, 10), 120);
  EXPECT_GT(red(2, 10), 180);
  with.guides.trimap = scratch_ / "trimap";
  EXPECT_THAT(message_of([&] { pair_pictures(with); }), HasSubstr("trimap/walk.gif: a format that is not read"));
}

TEST_F(Films, OfAnotherLengthAreRefused) {
  put_pictures(scratch_ / "gt/walk", 4);
  write_film(scratch_ / "image/walk.mp4"), put_pictures(scratch_ / "pred/walk", 4);
  EXPECT_THAT(message_of([&] { judged(); }), HasSubstr("5 image frames of 'walk/', the true clip has 4"));
  put_pictures(scratch_ / "gt/run");
  fs::remove_all(scratch_ / "gt/walk");
  EXPECT_THAT(message_of([&] { judged(); }), HasSubstr("no image named 'run/00'"));
}

TEST_F(Pictures, FormatsThatChangeFiguresAreNamed) {
  EXPECT_TRUE(format_warnings(pair_pictures(folders())).empty());
  fs::remove(scratch_ / "pred/still.png");
  write_image(scratch_ / "pred/still.jpg", to_u8(square_truth()));
  write_image(scratch_ / "gt/still.png", to_u16(square_truth()));
  EXPECT_THAT(format_warnings(pair_pictures(folders())),
              testing::ElementsAre(HasSubstr("1 true matte has 16 bits and is rounded to 8"),
                                   HasSubstr("1 predicted matte is a JPEG or lossy WebP file, whose")));
  fs::remove(scratch_ / "pred/still.jpg");
  write_file(scratch_ / "pred/still.webp", webp_file(lossy_webp_start(20, 20)));
  EXPECT_THAT(format_warnings(pair_pictures(folders())),
              testing::ElementsAre(HasSubstr("1 true matte has 16 bits and is rounded to 8"),
                                   HasSubstr("a JPEG or lossy WebP file, whose")));
  write_file(scratch_ / "pred/still.webp", webp_file(flat_webp_pixels(20, 20, 9, 9, 9)));
  EXPECT_THAT(format_warnings(pair_pictures(folders())),
              testing::ElementsAre(HasSubstr("1 true matte has 16 bits and is rounded to 8")));
}

}  // namespace
}  // namespace facemat
