#include "src/media/streams/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <set>

#include "src/image/codec.h"
#include "src/media/streams/sinks.h"
#include "src/media/video/video_writer.h"
#include "tests/support/media.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

cv::Mat grey(int value, cv::Size size = {24, 18}) { return cv::Mat(size, CV_8UC3, cv::Scalar::all(value)); }

std::vector<std::string> names_of(const std::string& what) {
  std::vector<std::string> names;
  const auto source = open_source(what);
  while (true) {
    const std::string next = source->next_name();
    const auto frame = source->next();
    if (!frame) return names;
    EXPECT_EQ(frame->name, next);
    names.push_back(frame->name);
  }
}

class Sources : public testing::Test {
 protected:
  Sources() {
    for (const int number : {1, 2, 10, 9}) write_image(folder_ / fmt::format("s/shot_{}.png", number), grey(number));
    write_image(folder_ / "s/other.png", grey(0));
    write_file(folder_ / "s/notes.txt", "no picture");
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  Scratch folder_;
};

TEST_F(Sources, KindsAreToldApart) {
  VideoWriter film(folder_ / "a.mp4", constant_rate({16, 16}, 25));
  film.write(grey(9, {16, 16}));
  film.finish();
  fs::copy_file(folder_ / "a.mp4", folder_ / "a film");  // told by its content
  const std::pair<std::string, std::string> cases[] = {{"-", "pipe"},
                                                       {"camera:0", "camera"},
                                                       {path("s"), "folder"},
                                                       {path("s/shot_%d.png"), "pattern"},
                                                       {path("s/*.png"), "pattern"},
                                                       {path("a.mp4"), "video"},
                                                       {path("a film"), "video"},
                                                       {path("s/other.png"), "image"}};
  std::set<std::string> seen;
  for (const auto& [what, kind] : cases) {
    EXPECT_EQ(source_kind_of(what).name, kind);
    seen.insert(kind);
  }
  EXPECT_EQ(seen.size(), source_kinds().size()) << "a kind without a case";
}

TEST_F(Sources, NumbersInNamesCountAsNumbers) {
  EXPECT_THAT(names_of(path("s")), ElementsAre("other", "shot_1", "shot_2", "shot_9", "shot_10"));
  EXPECT_THAT(names_of(path("s/shot_%d.png")), ElementsAre("shot_1", "shot_2", "shot_9", "shot_10"));
  EXPECT_THAT(names_of(path("s/shot_*.png")), ElementsAre("shot_1", "shot_2", "shot_9", "shot_10"));
  EXPECT_THAT(names_of(path("s/*_%d.p?g")), ElementsAre("shot_1", "shot_2", "shot_9", "shot_10"));
  EXPECT_THAT(message_of([&] { open_source(path("s/s%dhot*")); }), HasSubstr("no image has such a name"));
  EXPECT_THAT(names_of(path("s/shot_?.png")), ElementsAre("shot_1", "shot_2", "shot_9"));
  write_image(folder_ / "s/a+b(1).png", grey(3));
  EXPECT_THAT(names_of(path("s/a+b(*.png")), ElementsAre("a+b(1)"));
  EXPECT_THAT(names_of(path("s/other.png")), ElementsAre("other"));
}

TEST_F(Sources, LeftOversAreNoFramesAndUnreadFormatsAreSaid) {
  for (const char* name : {"s/._shot_1.png", "s/Thumbs.db", "s/.DS_Store", "s/__MACOSX/shot_1.png"})
    write_file(folder_ / name, "no picture");
  EXPECT_EQ(names_of(path("s")).size(), 5u);
  EXPECT_THAT(names_of(path("s/*.png")), ElementsAre("other", "shot_1", "shot_2", "shot_9", "shot_10"));
  write_image(folder_ / "s/shot_9.jpg", grey(9));
  EXPECT_THAT(message_of([&] { open_source(path("s")); }), HasSubstr("two pictures of one name"));
  fs::remove(folder_ / "s/shot_9.jpg");
  write_file(folder_ / "s/shot_3.tif", "II*");
  for (const char* what : {"s", "s/shot_*"})
    EXPECT_THAT(message_of([&] { open_source(path(what)); }), HasSubstr("shot_3.tif: a format that is not read")) << what;
  EXPECT_EQ(names_of(path("s/shot_*.png")).size(), 4u) << "another format is not asked for";
}

TEST_F(Sources, WebpAndBmpAreFrames) {
  if (!cv::haveImageWriter(".webp")) GTEST_SKIP() << "this OpenCV was built without WebP";
  write_file(folder_ / "w/1.webp", webp_file(flat_webp_pixels(24, 18, 30, 20, 10, 51)));
  write_file(folder_ / "w/2.bmp", odd_bmp({24, 18, 24, std::vector<int>(24 * 18, 0x1e140a)}));
  SourceOptions options;
  options.read.alpha = true;
  const auto source = open_source(path("w"), options);
  EXPECT_TRUE(source->info().has_alpha);
  EXPECT_EQ(source->next()->image.at<cv::Vec4b>(3, 3), cv::Vec4b(10, 20, 30, 51));
  EXPECT_EQ(source->next()->image.at<cv::Vec4b>(3, 3), cv::Vec4b(10, 20, 30, 255));
  options.read.bits = 16;
  EXPECT_EQ(open_source(path("w/1.webp"), options)->next()->image.at<cv::Vec4w>(3, 3),
            cv::Vec4w(10 * 257, 20 * 257, 30 * 257, 51 * 257));
  EXPECT_THAT(names_of(path("w/*")), ElementsAre("1", "2"));
  EXPECT_EQ(source_kind_of(path("w/2.bmp")).name, "image");
  write_file(folder_ / "moving.webp", webp_file(webp_canvas(kWebpAnimation, 24, 18)));
  EXPECT_THAT(message_of([&] { open_source(path("moving.webp")); }), HasSubstr("moving.webp: an animated WebP; convert it"));
}

TEST_F(Sources, AFileWhoseNameLooksLikeAPatternIsThatFile) {
  write_image(folder_ / "50%d.png", grey(3));
  EXPECT_EQ(source_kind_of(path("50%d.png")).name, "image");
}

TEST_F(Sources, SkippingGoesOneFrameOn) {
  const auto source = open_source(path("s/shot_%d.png"));
  EXPECT_TRUE(source->skip());
  EXPECT_EQ(source->next()->image.at<cv::Vec3b>(0, 0)[0], 2);
  EXPECT_TRUE(source->skip());
  EXPECT_TRUE(source->skip());
  EXPECT_FALSE(source->skip());
  EXPECT_FALSE(source->next().has_value());
}

TEST_F(Sources, SayWhatIsWrong) {
  SourceOptions options;
  const auto message = [&](const std::string& what) { return message_of([&] { open_source(what, options); }); };
  EXPECT_THAT(message(path("none.png")), HasSubstr("none.png: no such file or folder"));
  EXPECT_THAT(message(path("none")), HasSubstr("no such file or folder"));
  EXPECT_THAT(message(path("s/notes.txt")), HasSubstr("notes.txt: not an image, a folder of images or a video"));
  write_file(folder_ / "live.heic", "ftyp");
  EXPECT_THAT(message(path("live.heic")), HasSubstr("live.heic: a format that is not read (convert it to PNG or JPEG)"));
  EXPECT_THAT(message(path("s/film_%03d.png")), HasSubstr("no image has such a name"));
  EXPECT_THAT(message(path("none/film_%03d.png")), HasSubstr("no such folder"));
  EXPECT_THAT(message("-"), HasSubstr("--raw bgr24:640x480@25"));
  options.raw = "640x480";
  EXPECT_THAT(message("-"), HasSubstr("not of the form FORMAT:WIDTHxHEIGHT@RATE"));
  EXPECT_THAT(message("camera:/dev/video97"), HasSubstr("camera:/dev/video97: no such camera ("));
  EXPECT_THAT(message("camera:97"), HasSubstr("no such camera ("));
  options.camera = "big";
  EXPECT_THAT(message("camera:/dev/null"), HasSubstr("camera settings 'big'"));
  options.camera = "640x480@30";
  EXPECT_THAT(message("camera:/dev/null"), HasSubstr("camera:/dev/null: cannot be read"));
}

// --- sinks ---

TEST(Sinks, KindsAreToldApart) {
  const auto kind = [](const std::string& where, bool single) {
    for (const SinkKind& kind : sink_kinds())
      if (kind.takes(where, single)) return kind.name;
    return std::string("none");
  };
  struct Case {
    std::string where;
    bool single;
    std::string kind;
  };
  const Case cases[] = {
      {"-", false, "pipe"},      {"a.png", true, "image"},    {"a.exr", true, "image"},    {"a.mp4", false, "video"},
      {"a", false, "folder"},    {"a.png", false, "none"},    {"a.mp4", true, "none"},     {"a", true, "none"},
      {"a.v2", false, "folder"}, {"a.mp4/", false, "folder"}, {"a.png/", false, "folder"}, {"a.tif", false, "none"},
      {"a.webp", false, "none"}, {"a.heic", false, "none"},   {"a.gif", false, "video"},   {"a.mxf", false, "none"}};
  std::set<std::string> seen;
  for (const Case& c : cases) {
    EXPECT_EQ(kind(c.where, c.single), c.kind) << c.where;
    if (c.kind != "none") seen.insert(c.kind);
  }
  EXPECT_EQ(seen.size(), sink_kinds().size()) << "a kind without a case";
}

TEST(Sinks, FormatsThatAreReadAloneAreNotWritten) {
  SinkOptions options;
  const auto message = [&](const char* name) { return message_of([&] { open_sink(name, options); }); };
  EXPECT_THAT(message("out.webp"), HasSubstr("out.webp: the target is a clip, so the output must be a video"));
  options.single = true;
  EXPECT_THAT(message("out.webp"), HasSubstr("pictures cannot be written as '.webp' (allowed: .png, .jpg, .exr)"));
  EXPECT_THAT(message("out.BMP"), HasSubstr("pictures cannot be written as '.bmp' (allowed: .png, .jpg, .exr)"));
  EXPECT_THAT(message("out.tif"), HasSubstr("the target is an image, so the output must be one (.png, .jpg, .exr)"));
}

TEST(Sinks, AFolderKeepsWhatItHasWhenResumed) {
  Scratch folder;
  SinkOptions options;
  options.resume = true;
  {
    const auto sink = open_sink((folder / "out").string(), options);
    sink->write({"a", grey(10), 0, 1});
  }  // not finished
  const auto sink = open_sink((folder / "out").string(), options);
  EXPECT_TRUE(sink->has("a"));
  EXPECT_FALSE(sink->has("b"));
  options.resume = false;
  EXPECT_THAT(message_of([&] { open_sink((folder / "out").string(), options); }), HasSubstr("exists already"));
  options.resume = true;
  EXPECT_THAT(message_of([&] { open_sink((folder / "out.mp4").string(), options); }), HasSubstr("only folders can be resumed"));
}

TEST(Sinks, TwoThatResumeDoNotShareAFolder) {
  Scratch folder;
  SinkOptions options;
  options.resume = true;
  const std::string where = (folder / "out").string();
  auto first = open_sink(where, options), second = open_sink(where, options);  // there is no folder yet
  first->write({"a", grey(10), 0, 1});
  write_file(folder / "out/b.png.facemat-part-1", "half");  // as while a frame is written
  const std::string refusal = "out: another process writes frames into it";
  EXPECT_THAT(message_of([&] { second->write({"a", grey(10), 0, 1}); }), HasSubstr(refusal));
  EXPECT_THAT(message_of([&] { open_sink(where, options); }), HasSubstr(refusal));
  EXPECT_EQ(names_in(folder / "out"), (std::vector<std::string>{"a.png", "b.png.facemat-part-1"}));
  first.reset();
  const auto third = open_sink(where, options);
  EXPECT_TRUE(third->has("a"));
  third->write({"b", grey(10), 0, 1});
  EXPECT_EQ(names_in(folder / "out"), (std::vector<std::string>{"a.png", "b.png"})) << "what was left of b goes with it";
}

TEST(Sinks, SayWhatTheyHaveNoPlaceFor) {
  Scratch folder;
  SinkOptions options;
  options.clip = constant_rate({24, 18}, 25);
  options.clip.pixel_num = 4, options.clip.pixel_den = 3, options.clip.bits = 10, options.clip.interlaced = true;
  const auto notes = [&](const std::string& name) { return open_sink((folder / name).string(), options)->notes(); };
  EXPECT_THAT(notes("out"), ElementsAre(HasSubstr("out: pictures do not say that their pixels are 4:3")));
  const auto of_h264 = HasSubstr("out.mp4: h264 keeps 8 bits of a value, of 10");
  EXPECT_THAT(notes("out.mp4"), ElementsAre(of_h264, HasSubstr("out.mp4: h264 with 18 lines is tagged as not interlaced")));
  options.clip.size.height = 16;
  EXPECT_THAT(notes("out.mp4"), ElementsAre(of_h264));
  EXPECT_THAT(notes("out.webm"), ElementsAre(HasSubstr("vp9 keeps 8 bits"), HasSubstr("vp9 with 16 lines is tagged")));
  options.video = "prores";
  EXPECT_THAT(notes("out.mov"), ElementsAre(HasSubstr("8 bits of a value are taken, of 10 (--set bits=16 takes all)")));
  options.bits = 16;
  EXPECT_THAT(notes("out.mov"), ElementsAre());
  options.clip.bits = 8;
  EXPECT_THAT(notes("out.mov"), ElementsAre(HasSubstr("prores keeps 10 bits of a value, of 16")));
}

TEST(Sinks, TwoFramesOfOneNameAreRefused) {
  Scratch folder;
  const auto sink = open_sink((folder / "out").string(), {});
  sink->write({"a", grey(10), 0, 1});
  EXPECT_THAT(message_of([&] { sink->write({"a", grey(11), 1, 1}); }), HasSubstr("two frames are called 'a'"));
}

TEST(Sinks, PremultipliedMeansColourTimesAlpha) {
  Scratch folder;
  SinkOptions options;
  options.single = options.alpha = options.premultiplied = true;
  const cv::Mat straight(8, 8, CV_32FC4, cv::Scalar(0.8, 0.4, 0.2, 0.5));
  ReadOptions with_alpha;
  with_alpha.alpha = true;
  const auto written = [&](const std::string& name) {
    const auto sink = open_sink((folder / name).string(), options);
    sink->write({"a", straight, 0, 1});
    sink->finish();
    const cv::Mat back = open_source((folder / name).string(), {with_alpha, 25, "", ""})->next()->image;
    return back.at<cv::Vec4b>(3, 3);
  };
  EXPECT_EQ(written("a.png"), cv::Vec4b(102, 51, 26, 128));
  EXPECT_EQ(written("a.exr"), cv::Vec4b(204, 102, 51, 128));  // its own multiplication is undone by reading
  options.premultiplied = false;
  EXPECT_EQ(written("b.png"), cv::Vec4b(204, 102, 51, 128));
}

}  // namespace
}  // namespace facemat
