#include "data/commands/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "data/recipe/config.h"
#include "data/sources/faces/faces.h"
#include "data/sources/occluders/occluders.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/image/codec.h"
#include "tests/support/odd_images.h"
#include "tests/support/scratch.h"
#include "tests/support/silence.h"

namespace facemat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// 40x30 (width x height), 255 in x 10..29, y 5..24; `soft` around it, one pixel wide, on the left.
cv::Mat block(uint8_t soft = 100) {
  cv::Mat alpha(30, 40, CV_8UC1, cv::Scalar(0));
  alpha(cv::Rect(10, 5, 20, 20)).setTo(255);
  alpha(cv::Rect(9, 5, 1, 20)).setTo(soft);
  return alpha;
}

cv::Mat blue(cv::Size size = {40, 30}) { return cv::Mat(size, CV_8UC3, cv::Scalar(200, 40, 10)); }

cv::Mat rgba(const cv::Mat& alpha) {
  const cv::Mat planes[] = {blue(alpha.size()), alpha};
  cv::Mat out;
  cv::merge(planes, 2, out);
  return out;
}

class Importer : public testing::Test {
 protected:
  ImportReport import(const ImportOptions& options, const std::string& out = "out") {
    return import_source(options, scratch_ / out, 2, silence_);
  }
  std::string refusal(const ImportOptions& options) {
    const std::string message = message_of([&] { import(options); });
    EXPECT_FALSE(fs::exists(scratch_ / "out"));
    for (const auto& entry : fs::directory_iterator(scratch_.path()))
      EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr("out"))) << "left behind";
    return message;
  }
  ImportOptions rgba_folder(const cv::Mat& alpha = block()) {
    write_image(scratch_ / "stickers/a/star.png", rgba(alpha));
    ImportOptions options;
    options.rgba = scratch_ / "stickers";
    return options;
  }
  ImportOptions pairs(const cv::Mat& alpha = block()) {
    write_image(scratch_ / "pairs/one.png", blue());
    write_image(scratch_ / "pairs/one_mask.png", alpha);
    ImportOptions options;
    options.colour = options.alpha = scratch_ / "pairs";
    options.suffix = "_mask";
    return options;
  }
  ImportOptions faces(const cv::Mat& mask = block()) {
    write_image(scratch_ / "faces/anna.jpg", blue({80, 60}));
    write_image(scratch_ / "masks/anna.png", mask);
    ImportOptions options;
    options.images = scratch_ / "faces";
    options.masks = scratch_ / "masks";
    return options;
  }
  Scratch scratch_;
  Silence silence_;
};

TEST_F(Importer, RgbaFilesAreTrimmedAndReadyForABuild) {
  ImportOptions options = rgba_folder();
  options.licence = "CC0-1.0 \"public\"";
  options.occluder_class = "accessory";
  const ImportReport report = import(options);
  EXPECT_EQ(report.files, 1);
  EXPECT_EQ(report.taken, 1);
  EXPECT_EQ(report.as_stated, 1);
  EXPECT_EQ(report.inverted, 0);
  EXPECT_NEAR(report.soft, 20. / 420, 1e-9);  // a column of 20 beside 20x20
  EXPECT_EQ(report.binary, 0);
  EXPECT_THAT(report.warnings, ElementsAre());
  EXPECT_EQ(silence_.last, 1);
  EXPECT_EQ(silence_.of, 1);
  const auto config = load_config<DataConfig>(scratch_ / "out/source.yaml");
  ASSERT_EQ(config.occluders.size(), 1u);
  EXPECT_EQ(config.occluders[0].kind, "cutouts");
  EXPECT_EQ(config.occluders[0].name, "out");
  EXPECT_EQ(config.occluders[0].licence, "CC0-1.0 \"public\"");
  EXPECT_EQ(config.occluders[0].occluder_class, "accessory");
  const auto source = open_occluder_source(config.occluders[0]);
  ASSERT_EQ(source->size(), 1);
  EXPECT_EQ(source->item(0).name, "a/star.png");
  const cv::Mat layer = read_cutout(scratch_ / "out/pictures/a/star.png");
  EXPECT_EQ(layer.size(), cv::Size(21, 20));
  EXPECT_NEAR(layer.at<cv::Vec4f>(3, 0)[3], 100 / 255.f, 1e-6);
  EXPECT_NEAR(layer.at<cv::Vec4f>(3, 0)[0], 100 / 255.f * 200 / 255, 1e-6);
  EXPECT_NEAR(layer.at<cv::Vec4f>(3, 5)[0], 200 / 255.f, 1e-6);
  EXPECT_EQ(read_file(scratch_ / "out/contents.tsv"), "a/star\t" + content_hash(source->item(0)) + "\n");
}

TEST_F(Importer, HandsPointToTheFaceAndComeFromOutside) {
  ImportOptions options = rgba_folder();
  import(options, "things");
  EXPECT_FALSE(load_config<DataConfig>(scratch_ / "things/source.yaml").occluders[0].toward_face);
  options.occluder_class = "hand";
  import(options);
  const auto config = load_config<DataConfig>(scratch_ / "out/source.yaml");
  EXPECT_TRUE(config.occluders[0].toward_face);
  EXPECT_TRUE(config.occluders[0].from_outside);
}

TEST_F(Importer, ColourAndAlphaBecomeOnePictureWithAllItsBits) {
  cv::Mat alpha(30, 40, CV_16UC1, cv::Scalar(0));
  alpha(cv::Rect(10, 5, 20, 20)).setTo(65535);
  alpha(cv::Rect(9, 5, 1, 20)).setTo(1000);  // 3.9 of 255
  EXPECT_EQ(import(pairs(alpha)).taken, 1);
  const cv::Mat layer = read_cutout(scratch_ / "out/pictures/one.png");
  EXPECT_NEAR(layer.at<cv::Vec4f>(0, 0)[3], 1000 / 65535.f, 1e-7);
  EXPECT_NEAR(layer.at<cv::Vec4f>(0, 1)[2], 10 / 255.f, 1e-5);
}

TEST_F(Importer, FacesKeepTheirBytesAndMasksGetTheirSize) {
  const ImportReport report = import(faces());
  EXPECT_EQ(report.taken, 1);
  EXPECT_EQ(read_file(scratch_ / "out/images/anna.jpg"), read_file(scratch_ / "faces/anna.jpg"));
  const cv::Mat mask = read_mask(scratch_ / "out/masks/anna.png");
  EXPECT_EQ(mask.size(), cv::Size(80, 60));  // the mask had 40x30
  EXPECT_EQ(mask.at<float>(30, 40), 1);
  EXPECT_EQ(mask.at<float>(0, 0), 0);
  const auto config = load_config<DataConfig>(scratch_ / "out/source.yaml");
  const auto source = open_face_source(config.faces.at(0));
  ASSERT_EQ(source->size(), 1);
  EXPECT_EQ(read_file(scratch_ / "out/contents.tsv"), "anna\t" + content_hash(source->item(0)) + "\n");
}

TEST_F(Importer, PolarityIsComparedAndNeverGuessed) {
  const cv::Mat inverted = 255 - block(0);
  ImportOptions options = faces(inverted);
  EXPECT_THAT(refusal(options), HasSubstr("0 files are bright in the middle and dark at the border once read as "
                                          "'visible_face', 1 once inverted: they look inverted (polarity: occluder)"));
  options.polarity = "occluder";
  const ImportReport report = import(options);
  EXPECT_EQ(report.as_stated, 1);
  const cv::Mat mask = read_mask(scratch_ / "out/masks/anna.png");
  EXPECT_EQ(mask.at<float>(30, 40), 1);  // the other way round now
  EXPECT_EQ(mask.at<float>(0, 0), 0);
}

TEST_F(Importer, WhatShowsNoPolarityIsSaid) {
  cv::Mat half(30, 40, CV_8UC1, cv::Scalar(0));
  half.colRange(0, 20).setTo(255);
  const ImportReport report = import(faces(half));
  EXPECT_EQ(report.as_stated + report.inverted, 0);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("no file shows which polarity it has")));
}

TEST_F(Importer, AFewInvertedFilesAreNamed) {
  ImportOptions options = faces();
  write_image(scratch_ / "faces/bert.jpg", blue());
  write_image(scratch_ / "masks/bert.png", cv::Mat(255 - block(0)));
  const ImportReport report = import(options);
  EXPECT_EQ(report.as_stated, 1);
  EXPECT_EQ(report.inverted, 1);
  EXPECT_THAT(report.warnings, ElementsAre("1 file looks inverted, the first: bert"));
}

TEST_F(Importer, LabelFilesNeedToSaySo) {
  cv::Mat labels = block(0);
  labels.setTo(1, labels);
  ImportOptions options = faces(labels);
  EXPECT_THAT(refusal(options),
              HasSubstr("holds only the values 0 and 1 of 255 and looks black (if 1 means 1, say so: --white 1)"));
  options.white = 1;
  import(options);
  EXPECT_EQ(read_mask(scratch_ / "out/masks/anna.png").at<float>(30, 40), 1);
}

TEST_F(Importer, MasksOfLabelsAreReadByTheirValues) {
  cv::Mat labels(30, 40, CV_8UC1, cv::Scalar(0));
  labels(cv::Rect(10, 5, 20, 20)).setTo(1), labels(cv::Rect(10, 5, 20, 4)).setTo(17), labels.colRange(36, 40).setTo(255);
  ImportOptions options = faces(labels);
  EXPECT_THAT(refusal(options), HasSubstr("anna.png: holds the values 0, 1, 17, 255: labels, not levels (--labels of the"));
  options.labels = {1}, options.ignore = 255;
  import(options);
  const cv::Mat mask = read_mask(scratch_ / "out/masks/anna.png"), trust = read_mask(scratch_ / "out/trust/anna.png");
  EXPECT_EQ(mask.at<float>(30, 40), 1);
  EXPECT_EQ(mask.at<float>(12, 40), 0) << "label 17";
  EXPECT_EQ(trust.at<float>(30, 40), 1);
  EXPECT_EQ(trust.at<float>(30, 78), 0);
  const auto source = open_face_source(load_config<DataConfig>(scratch_ / "out/source.yaml").faces.at(0));
  EXPECT_EQ(read_file(scratch_ / "out/contents.tsv"), "anna\t" + content_hash(source->item(0)) + "\n");
  EXPECT_FALSE(source->take(0, Rng(1), 32, 1)(0).trust.empty());
  options.labels.clear();
  EXPECT_THAT(message_of([&] { import(options, "again"); }), HasSubstr("a value to ignore needs labels"));
}

TEST_F(Importer, MasksOfThePicturesRatioMayBeRounded) {
  ImportOptions options = faces();
  write_image(scratch_ / "faces/anna.jpg", blue({81, 61}));  // half of it is 40.5 x 30.5
  EXPECT_EQ(import(options).taken, 1);
  EXPECT_EQ(read_mask(scratch_ / "out/masks/anna.png").size(), cv::Size(81, 61));
}

TEST_F(Importer, JpegMasksAreCleanedAndNamed) {
  ImportOptions options = faces();
  fs::remove(scratch_ / "masks/anna.png");
  cv::Mat noisy = block(255);
  noisy.setTo(253, noisy == 255), noisy.setTo(2, noisy == 0);
  write_image(scratch_ / "masks/anna.jpg", noisy, 100);
  EXPECT_THAT(import(options).warnings, ElementsAre(HasSubstr("1 mask is a JPEG or lossy WebP file, whose noise")));
  const cv::Mat mask = read_mask(scratch_ / "out/masks/anna.png");
  EXPECT_EQ(mask.at<float>(2, 2), 0);
  EXPECT_EQ(mask.at<float>(30, 40), 1);
}

TEST_F(Importer, WebpAndBmpAreTaken) {
  if (!cv::haveImageWriter(".webp")) GTEST_SKIP() << "this OpenCV was built without WebP";
  std::vector<int> mask;
  for (const uint8_t value : cv::Mat_<uint8_t>(block(0))) mask.push_back(value > 0 ? 1 : 0);
  const std::string webp = webp_file(flat_webp_pixels(80, 60, 10, 40, 200));
  write_file(scratch_ / "faces/anna.webp", webp);
  write_file(scratch_ / "masks/anna.bmp", odd_bmp({40, 30, 8, mask, std::string("\0\0\0\0\xff\xff\xff\0", 8)}));
  ImportOptions options;
  options.images = scratch_ / "faces", options.masks = scratch_ / "masks";
  EXPECT_THAT(import(options).warnings, ElementsAre());
  EXPECT_EQ(read_file(scratch_ / "out/images/anna.webp"), webp) << "as it was";
  EXPECT_EQ(read_mask(scratch_ / "out/masks/anna.png").at<float>(30, 40), 1);
  EXPECT_EQ(open_face_source(load_config<DataConfig>(scratch_ / "out/source.yaml").faces.at(0))->size(), 1);

  std::vector<uint8_t> star;
  cv::imencode(".webp", rgba(block()), star, {cv::IMWRITE_WEBP_QUALITY, 101});  // lossless
  write_file(scratch_ / "stickers/star.webp", std::string(star.begin(), star.end()));
  ImportOptions stickers;
  stickers.rgba = scratch_ / "stickers";
  EXPECT_EQ(import(stickers, "things").taken, 1);
  const cv::Mat layer = read_cutout(scratch_ / "things/pictures/star.png");
  EXPECT_EQ(layer.size(), cv::Size(21, 20));
  EXPECT_NEAR(layer.at<cv::Vec4f>(3, 0)[3], 100 / 255.f, 1e-6);
  EXPECT_NEAR(layer.at<cv::Vec4f>(3, 5)[0], 200 / 255.f, 1e-6);
}

TEST_F(Importer, AMaskOfTheUnturnedPictureIsToldByItsExif) {
  ImportOptions options = faces();
  write_file(scratch_ / "faces/anna.jpg", with_exif(read_file(scratch_ / "faces/anna.jpg"), 6, true));
  EXPECT_THAT(refusal(options), HasSubstr("(the picture is turned by its EXIF orientation 6, the mask is not: turn it, too)"));
  write_file(scratch_ / "faces/anna.jpg", with_exif(encode_image(".jpg", blue({80, 60})), 3, true));
  EXPECT_THAT(import(options).warnings,
              ElementsAre(HasSubstr("1 picture is turned by an EXIF orientation that its mask has not")));
  fs::remove_all(scratch_ / "out");
  write_file(scratch_ / "faces/anna.jpg", with_exif(encode_image(".jpg", blue({60, 80})), 6, true));
  EXPECT_THAT(import(options).warnings, ElementsAre()) << "the mask fits the turned picture alone";
}

TEST_F(Importer, MattesThatAreMasksAreCalledSo) {
  const ImportReport report = import(pairs(block(0)));
  EXPECT_EQ(report.binary, 1);
  EXPECT_THAT(report.warnings, ElementsAre("1 of 1 alphas have hardly a soft pixel: binary masks, not mattes"));
}

struct Unusable {
  const char* name;
  void (*spoil)(const fs::path& folder);
  const char* message;
};

TEST_F(Importer, WhatCannotBeUsedIsRefusedOrListed) {
  const std::vector<Unusable> table = {
      {"no partner", [](const fs::path& f) { write_image(f / "two.png", blue()); }, "two.png: no 'two_mask.*' in"},
      {"other size",
       [](const fs::path& f) {
         write_image(f / "two.png", blue({41, 30}));
         write_image(f / "two_mask.png", block());
       },
       "two.png: the picture is 41x30 but its alpha 40x30"},
      {"nothing in it",
       [](const fs::path& f) {
         write_image(f / "two.png", blue());
         write_image(f / "two_mask.png", cv::Mat(30, 40, CV_8UC1, cv::Scalar(0)));
       },
       "two_mask.png: the alpha is 0 everywhere"},
      {"nothing but it",
       [](const fs::path& f) {
         write_image(f / "two.png", blue());
         write_image(f / "two_mask.png", cv::Mat(30, 40, CV_8UC1, cv::Scalar(255)));
       },
       "two_mask.png: the alpha is 1 everywhere"},
      {"truncated",
       [](const fs::path& f) {
         write_image(f / "two.png", blue());
         const std::string whole = read_file(f / "one_mask.png");
         write_file(f / "two_mask.png", whole.substr(0, whole.size() / 2));
       },
       "two_mask.png: the image is truncated"},
      {"two partners",
       [](const fs::path& f) {
         write_image(f / "two.png", blue());
         write_image(f / "two_mask.png", block()), write_image(f / "two_mask.jpg", block());
       },
       "two.png: two files 'two_mask.*' in"},
      {"a format that is not read", [](const fs::path& f) { write_file(f / "two.tif", "II*"); },
       "two.tif: a format that is not read (convert it to PNG or JPEG)"},
      {"a format that is not read, beside one that is", [](const fs::path& f) { write_file(f / "one.heic", "ftyp"); },
       "one.heic: a format that is not read"},
      {"a mask of a format that is not read",
       [](const fs::path& f) {
         write_image(f / "two.png", blue());
         write_file(f / "two_mask.tif", "II*");
       },
       "two.png: two_mask.tif: a format that is not read"},
      {"same name", [](const fs::path& f) { write_image(f / "one.jpg", blue()); },
       "one.png: another file has the same name but for its extension"},
  };
  for (const Unusable& one : table) {
    SCOPED_TRACE(one.name);
    ImportOptions options = pairs();
    one.spoil(scratch_ / "pairs");
    EXPECT_THAT(refusal(options), HasSubstr(one.message));
    options.bad = "skip";
    const ImportReport report = import(options);
    EXPECT_EQ(report.files, 2);
    EXPECT_EQ(report.taken, 1);
    EXPECT_THAT(report.bad, ElementsAre(HasSubstr(one.message)));
    fs::remove_all(scratch_ / "out");
    fs::remove_all(scratch_ / "pairs");
  }
}

TEST_F(Importer, MistakesAreNamed) {
  EXPECT_THAT(refusal({}), HasSubstr("name one kind of input"));
  ImportOptions both = rgba_folder();
  both.images = both.masks = scratch_ / "stickers";
  EXPECT_THAT(refusal(both), HasSubstr("name one kind of input"));
  ImportOptions colours;
  colours.colour = scratch_ / "stickers";
  EXPECT_THAT(refusal(colours), HasSubstr("colours need alphas"));
  ImportOptions classes = rgba_folder();
  classes.occluder_class = "sticker";
  EXPECT_THAT(refusal(classes), HasSubstr("sticker"));
  ImportOptions polarity = rgba_folder();
  polarity.polarity = "visible_face";
  EXPECT_THAT(refusal(polarity), HasSubstr("the alpha of an RGBA file is 1 where the occluder is"));
  ImportOptions empty;
  empty.rgba = scratch_ / "empty";
  fs::create_directories(empty.rgba);
  EXPECT_THAT(refusal(empty), HasSubstr("no pictures (known: .png, .webp)"));
  write_file(empty.rgba / "a.bmp", odd_bmp({1, 1, 24, {7}}));
  EXPECT_THAT(refusal(empty), HasSubstr("a.bmp: a BMP file holds no alpha (convert it to PNG)"));
}

TEST_F(Importer, ABmpBesideACutOutOfItsNameIsListedAlone) {
  ImportOptions options = rgba_folder();
  write_file(scratch_ / "stickers/a/star.bmp", odd_bmp({1, 1, 24, {7}}));
  options.bad = "skip";
  const ImportReport report = import(options);
  EXPECT_EQ(report.taken, 1);
  EXPECT_THAT(report.bad, ElementsAre(HasSubstr("star.bmp: a BMP file holds no alpha")));
}

TEST_F(Importer, BytesDoNotDependOnTheWorkers) {
  for (int i = 0; i < 70; ++i)  // more than are held at once
    write_image(scratch_ / "stickers" / (std::to_string(i) + ".png"), rgba(block(static_cast<uint8_t>(50 + i))));
  ImportOptions options;
  options.rgba = scratch_ / "stickers";
  options.name = "stickers";
  const ImportReport one = import_source(options, scratch_ / "one", 1, silence_);
  const ImportReport three = import_source(options, scratch_ / "three", 3, silence_);
  EXPECT_EQ(one.taken, 70);
  EXPECT_EQ(one.content, three.content);
  EXPECT_EQ(read_file(scratch_ / "one/contents.tsv"), read_file(scratch_ / "three/contents.tsv"));
}

}  // namespace
}  // namespace facemat
