// From pictures to a source on disk, with stand-in networks.

#include "data/label/labeller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include "data/label/inputs.h"
#include "data/label/shelf.h"
#include "data/store/builder.h"
#include "data/store/checker.h"
#include "src/core/config.h"
#include "src/media/video/video_writer.h"
#include "tests/data/annotate/stand_ins.h"
#include "tests/support/silence.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::map<std::string, std::string> tree(const fs::path& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), root).string()] = read_file(entry.path());
  return files;
}

// Photographs of every sort, and the annotator for them.
class Labelling : public testing::Test {
 protected:
  Labelling() {
    options_.annotator = load_annotator(write_stand_ins(folder_ / "networks"));
    options_.licence = "CC0-1.0";
    options_.inputs = {folder_ / "in"};
    options_.source = "test";
    for (int i = 0; i < 5; ++i) write_picture(folder_ / ("in/anna/" + std::to_string(i) + ".png"), stand_in_picture(2 * i));
    write_picture(folder_ / "in/hand.jpg", covered_picture());
  }
  void add_bad_ones() {
    write_picture(folder_ / "in/empty.png", picture_without_face());
    cv::Mat small;
    cv::resize(stand_in_picture(), small, {46, 46});
    write_picture(folder_ / "in/small.png", small);
    write_file(folder_ / "in/film.jpg",
               "\x00\x00\x00\x18"
               "ftypmp42 and so on");
    write_file(folder_ / "in/broken.mp4", "no film");
    write_picture(folder_ / "in/hand.png", covered_picture());
  }
  LabelReport label(const std::string& out) { return label_pictures(options_, folder_ / out, silence_); }

  Scratch folder_;
  LabelOptions options_;
  Silence silence_;
};

TEST_F(Labelling, MakesASourceAndNamesWhatItLeftOut) {
  add_bad_ones();
  const LabelReport report = label("out");
  EXPECT_EQ(report.faces, 5);
  EXPECT_EQ(report.natural, 1);
  EXPECT_EQ(report.rejects, 5);
  EXPECT_THAT(names_in(folder_ / "out"),
              ElementsAre("annotator.yaml", "faces", "manifest.tsv", "natural", "rejects.tsv", "sheets", "source.yaml"));
  EXPECT_THAT(names_in(folder_ / "out/faces/masks/anna"), ElementsAre("0.png", "1.png", "2.png", "3.png", "4.png"));
  EXPECT_THAT(names_in(folder_ / "out/natural/images"), ElementsAre("hand.jpg"));
  EXPECT_THAT(names_in(folder_ / "out/sheets"), ElementsAre("faces-0001.jpg", "natural-0001.jpg"));
  const std::string rejects = read_file(folder_ / "out/rejects.tsv");
  EXPECT_THAT(rejects, AllOf(HasSubstr("empty\tempty.png\tno face is found\n"), HasSubstr("broken\tbroken.mp4\t"),
                             HasSubstr("small\tsmall.png\ta face 20 pixels"), HasSubstr("film\tfilm.jpg\tfilm.jpg: "),
                             HasSubstr("hand\thand.png\tanother file has the same name")));
  const std::string manifest = read_file(folder_ / "out/manifest.tsv");
  EXPECT_THAT(
      manifest,
      AllOf(HasSubstr("name\tfolder\tsource\tlicence\tfile\tsize"),
            HasSubstr("anna/0\tfaces\ttest\tCC0-1.0\tanna/0.png\t306\t137.5\t112.5\t125.0\t175.0\t47\t35\t306\t0\t0.900")));
}

TEST_F(Labelling, TheBytesDoNotDependOnTheWorkers) {
  add_bad_ones();
  label("one");
  options_.workers = 3;
  label("three");
  auto one = tree(folder_ / "one"), three = tree(folder_ / "three");
  one.erase("source.yaml"), three.erase("source.yaml");  // it names its own folder
  EXPECT_EQ(one, three);
}

TEST_F(Labelling, ItsSettingsMakeADatasetAsTheyAre) {
  label("out");
  auto config = load_config<DataConfig>(folder_ / "out/source.yaml", {"size=64"});
  ASSERT_EQ(config.splits.size(), 3u);
  EXPECT_TRUE(has_trust(config));
  for (SplitConfig& split : config.splits) split.stills = 2, split.clips = 1, split.frames = 2;
  const auto info = build_dataset(config, folder_ / "dataset", {2, 1, 1, false}, silence_);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->replaced, 0);
  EXPECT_THAT(check_dataset(folder_ / "dataset", 2, silence_).faults, ElementsAre());
}

TEST_F(Labelling, NamesPicturesThatItDoesNotRead) {
  write_file(folder_ / "in/old.tif", "no matter what");
  write_file(folder_ / "in/bad\xff.png", "no matter what");
  EXPECT_EQ(label("out").rejects, 2);
  EXPECT_THAT(read_file(folder_ / "out/rejects.tsv"),
              AllOf(HasSubstr("old.tif\ta format that is not read (convert it to PNG or JPEG)\n"),
                    HasSubstr("bad?\tbad?.png\ta name that is not UTF-8\n")));
}

TEST_F(Labelling, DoesNotLabelWhatItMadeItself) {
  EXPECT_THAT(message_of([&] { label("in/anna/out"); }),
              HasSubstr("whose pictures are labelled (choose a place outside of it)"));
  EXPECT_FALSE(fs::exists(folder_ / "in/anna/out.partial"));
}

TEST_F(Labelling, CoveredFacesAloneMakeNoSettings) {
  options_.inputs = {folder_ / "in/hand.jpg"};
  EXPECT_EQ(label("out").faces, 0);
  EXPECT_THAT(read_file(folder_ / "out/source.yaml"), testing::Not(HasSubstr("faces:")));
}

TEST_F(Labelling, TwoFacesAreForTrainingAlone) {
  options_.inputs = {folder_ / "in/anna/0.png", folder_ / "in/anna/1.png"};
  label("out");
  const auto config = load_config<DataConfig>(folder_ / "out/source.yaml");
  ASSERT_EQ(config.splits.size(), 1u);
  EXPECT_EQ(config.splits[0].name, "train");
}

TEST_F(Labelling, GoesOnWhereItWasStopped) {
  add_bad_ones();
  label("whole");
  class Stop : public Silence {
   public:
    void update(int64_t done, int64_t, const std::string&) override {
      if (done == 3) throw Error("stopped");
    }
  } stop;
  EXPECT_EQ(message_of([&] { label_pictures(options_, folder_ / "stopped", stop); }), "stopped");
  EXPECT_TRUE(fs::exists(folder_ / "stopped.partial/journal.jsonl"));
  EXPECT_THAT(message_of([&] { label("stopped"); }), HasSubstr("go on with --resume"));
  options_.resume = true;
  // As a kill leaves it: a torn line in the journal, a picture half written.
  std::ofstream(folder_ / "stopped.partial/journal.jsonl", std::ios::app) << "{\"number\": 4";
  write_file(folder_ / "stopped.partial/faces/images/anna/4.jpg", "half");
  options_.licence = "MIT";
  EXPECT_THAT(message_of([&] { label("stopped"); }), HasSubstr("other inputs or settings"));
  options_.licence = "CC0-1.0";
  label("stopped");
  auto whole = tree(folder_ / "whole"), resumed = tree(folder_ / "stopped");
  whole.erase("source.yaml"), resumed.erase("source.yaml");
  EXPECT_EQ(whole, resumed);
}

// Another one that goes on while the job draws its sheets, when all is labelled.
TEST_F(Labelling, NobodyGoesOnWithWhatIsBeingFinished) {
  label("whole");
  class SlipIn : public Silence {
   public:
    explicit SlipIn(std::function<void()> other) : other_(std::move(other)) {}
    void update(int64_t, int64_t, const std::string& note) override {
      if (note == "sheets" && refusal.empty()) refusal = message_of(other_);
    }
    std::string refusal;

   private:
    std::function<void()> other_;
  };
  LabelOptions again = options_;
  again.resume = true;
  SlipIn slip_in([&] { label_pictures(again, folder_ / "out", silence_); });
  label_pictures(options_, folder_ / "out", slip_in);
  EXPECT_THAT(slip_in.refusal, HasSubstr("another process is building this part"));
  auto whole = tree(folder_ / "whole"), out = tree(folder_ / "out");
  whole.erase("source.yaml"), out.erase("source.yaml");
  EXPECT_EQ(whole, out);
}

TEST_F(Labelling, ObeysAListOfWhatAPersonDoesNotWant) {
  write_file(folder_ / "unwanted.txt", "# looked at\n2\nanna/3.jpg\n");
  options_.rejects = folder_ / "unwanted.txt";
  EXPECT_EQ(label("out").faces, 3);
  EXPECT_THAT(names_in(folder_ / "out/faces/images/anna"), ElementsAre("0.jpg", "1.jpg", "4.jpg"));
  EXPECT_THAT(read_file(folder_ / "out/rejects.tsv"), HasSubstr("anna/3\tanna/3.png\tby eye\n"));
  // The same of a source that is finished.
  options_.rejects.clear();
  label("later");
  const CheckReport report = check_labels(folder_ / "later", folder_ / "unwanted.txt", 2, silence_);
  EXPECT_EQ(report.removed, 2);
  EXPECT_EQ(report.faces, 3);
  EXPECT_TRUE(report.unknown.empty());
  auto out = tree(folder_ / "out"), later = tree(folder_ / "later");
  out.erase("source.yaml"), later.erase("source.yaml");
  EXPECT_EQ(out, later);
  write_file(folder_ / "unwanted.txt", "anna/3\nnobody\n");
  const CheckReport again = check_labels(folder_ / "later", folder_ / "unwanted.txt", 1, silence_);
  EXPECT_EQ(again.removed, 0);
  EXPECT_THAT(again.unknown, ElementsAre("nobody"));
}

// What a person does not want goes with the last step: who goes on after a failure may want it after all.
TEST_F(Labelling, UnwantedPicturesStayUntilTheEnd) {
  label("whole");
  write_file(folder_ / "unwanted.txt", "2\n");
  fs::create_directories(folder_ / "out.partial/rejects.tsv/in the way");
  options_.rejects = folder_ / "unwanted.txt";
  EXPECT_THAT(message_of([&] { label("out"); }), HasSubstr("rejects.tsv: cannot be given its name"));
  fs::remove_all(folder_ / "out.partial/rejects.tsv");
  options_.rejects.clear(), options_.resume = true;
  EXPECT_EQ(label("out").faces, 5);
  auto whole = tree(folder_ / "whole"), out = tree(folder_ / "out");
  whole.erase("source.yaml"), out.erase("source.yaml");
  EXPECT_EQ(whole, out);
}

// A check that cannot write its sheets leaves those there are; what a killed one left behind goes.
TEST_F(Labelling, SheetsAreReplacedWhole) {
  label("out");
  const auto before = tree(folder_ / "out");
  write_file(folder_ / "out/sheets.facemat-part-7/faces-0001.jpg", "half");
  const fs::path trust = folder_ / "out/natural/trust/hand.png";  // the last to be drawn
  fs::rename(trust, folder_ / "aside.png");
  EXPECT_THAT(message_of([&] { check_labels(folder_ / "out", "", 1, silence_); }), HasSubstr("hand.png: no such file"));
  fs::rename(folder_ / "aside.png", trust);
  EXPECT_EQ(tree(folder_ / "out"), before);
}

// Killed, or out of room, between the two lists; between the lists and the files.
TEST_F(Labelling, ACheckThatStoppedIsFinished) {
  label("out");
  write_file(folder_ / "unwanted.txt", "2\n");
  const fs::path out = folder_ / "out";
  fs::copy(out, folder_ / "before", fs::copy_options::recursive);
  EXPECT_EQ(check_labels(out, folder_ / "unwanted.txt", 1, silence_).removed, 1);
  const auto whole = tree(out);
  write_file(out / "manifest.tsv", read_file(folder_ / "before/manifest.tsv"));
  for (const char* file : {"faces/images/anna/2.jpg", "faces/masks/anna/2.png", "faces/trust/anna/2.png"})
    fs::copy_file(folder_ / "before" / file, out / file);
  EXPECT_EQ(check_labels(out, folder_ / "unwanted.txt", 1, silence_).removed, 1);
  EXPECT_EQ(tree(out), whole);
  fs::copy_file(folder_ / "before/faces/masks/anna/2.png", out / "faces/masks/anna/2.png");
  EXPECT_EQ(check_labels(out, folder_ / "unwanted.txt", 1, silence_).removed, 0);
  EXPECT_EQ(tree(out), whole);
}

TEST_F(Labelling, TheCheckNamesWhatDoesNotFit) {
  label("out");
  const auto message = [&] { return message_of([&] { check_labels(folder_ / "out", "", 1, silence_); }); };
  const fs::path trust = folder_ / "out/faces/trust/anna/1.png";
  write_image(trust, cv::Mat(100, 100, CV_8UC1, cv::Scalar(255)));
  EXPECT_THAT(message(), AllOf(HasSubstr("anna/1.jpg"), HasSubstr("its trust map 100x100"), HasSubstr("allowed: one size")));
  fs::remove(trust);
  EXPECT_THAT(message(), HasSubstr("trust/anna/1.png: no such file"));
  write_file(folder_ / "out/manifest.tsv", "name\tplace\n");
  EXPECT_THAT(message(), HasSubstr("manifest.tsv: no list of this kind"));
}

// Whose list says that a picture lies elsewhere does not get it removed there.
TEST_F(Labelling, TheCheckRemovesNothingOutsideOfTheSource) {
  label("out");
  const fs::path manifest = folder_ / "out/manifest.tsv", bystander = folder_ / "bystander/images/anna/2.jpg";
  write_file(bystander, "precious");
  write_file(folder_ / "unwanted.txt", "2\n");
  const std::string text = read_file(manifest), row = "\nanna/2\tfaces\t";
  ASSERT_THAT(text, HasSubstr(row));
  const auto message = [&](const std::string& changed) {
    write_file(manifest, std::string(text).replace(text.find(row), row.size(), changed));
    return message_of([&] { check_labels(folder_ / "out", folder_ / "unwanted.txt", 1, silence_); });
  };
  EXPECT_THAT(message("\nanna/2\t../bystander\t"),
              HasSubstr("manifest.tsv:4: folder '../bystander' (allowed: faces, natural)"));
  EXPECT_THAT(message("\n../../../bystander/images/anna/2\tfaces\t"), HasSubstr("anna/2' is no picture's name below"));
  EXPECT_EQ(read_file(bystander), "precious");
  EXPECT_EQ(message(row), "no error");
  EXPECT_FALSE(fs::exists(folder_ / "out/faces/images/anna/2.jpg"));
}

TEST_F(Labelling, OfAFilmEverySoManyFramesAreLabelled) {
  fs::remove_all(folder_ / "in");
  fs::create_directories(folder_ / "in");
  VideoWriter film(folder_ / "in/clip.mp4", constant_rate({400, 400}, 25));
  for (int i = 0; i < 7; ++i) film.write(i == 3 ? picture_without_face() : stand_in_picture());
  film.finish();
  options_.every = 3;
  const LabelReport report = label("out");
  EXPECT_EQ(report.looked_at, 3);
  EXPECT_THAT(names_in(folder_ / "out/faces/images"), ElementsAre("clip@000000.jpg", "clip@000006.jpg"));
  EXPECT_THAT(read_file(folder_ / "out/rejects.tsv"), HasSubstr("clip@000003\tclip.mp4#000003\tno face is found\n"));
}

TEST_F(Labelling, RefusesWhatCannotBeDone) {
  const auto message = [&] { return message_of([&] { label("out"); }); };
  options_.licence.clear();
  EXPECT_THAT(message(), AllOf(HasSubstr("under which licence"), HasSubstr("--licence")));
  options_.licence = "CC0-1.0";
  options_.inputs = {folder_ / "nowhere"};
  EXPECT_THAT(message(), AllOf(HasSubstr("nowhere"), HasSubstr("no such file")));
  fs::create_directories(folder_ / "bare");
  options_.inputs = {folder_ / "bare"};
  EXPECT_THAT(message(), AllOf(HasSubstr("bare: no photographs"), HasSubstr(".jpg"), HasSubstr(".mp4")));
  options_.inputs = {};
  EXPECT_THAT(message(), HasSubstr("nothing to label"));
  write_picture(folder_ / "bare/empty.png", picture_without_face());
  options_.inputs = {folder_ / "bare"};
  EXPECT_THAT(message(), HasSubstr("nothing could be labelled; of 1 rejects the first: empty: no face is found"));
  EXPECT_FALSE(fs::exists(folder_ / "out.partial"));
  fs::create_directories(folder_ / "out");
  EXPECT_THAT(message(), HasSubstr("exists already"));
}

TEST(LabelInputs, AreListedByNameWithTheirFaults) {
  Scratch folder;
  for (const char* name : {"b/2.JPG", "b/1.png", "b/film.MOV", "a.png", "c/a.png", "c/b@2.png", "b/note.txt"})
    write_file(folder / name, "x");
  const std::vector<LabelInput> inputs = label_inputs({folder / "b", folder / "a.png", folder / "c"});
  std::vector<std::string> names;
  names.reserve(inputs.size());
  for (const LabelInput& input : inputs)
    names.push_back(input.name + (input.film ? "*" : "") + (input.fault.empty() ? "" : "!"));
  EXPECT_THAT(names, ElementsAre("1", "2", "film*", "a", "a!", "b@2!"));
}

}  // namespace
}  // namespace facemat
