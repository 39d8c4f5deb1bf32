// facemat-composite stopped, killed, resumed, and on full disks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "src/core/file.h"
#include "src/core/json.h"
#include "src/core/random.h"
#include "tests/support/media.h"
#include "tests/tools/composite/media.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(CompositeMedia, AResumedFolderIsThatOfAnUninterruptedRun) {
  for (int i = 4; i < 7; ++i) write_image(folder_ / fmt::format("clip/{}.png", i), grey(kTarget - 40 + i));
  const std::string out = " --out ", mattes = " --alpha-out ";
  expect_done(job("clip") + out + path("whole") + mattes + path("whole_mattes"));
  expect_done(job("clip") + out + path("out") + mattes + path("mattes") + " --resume --frames 3");
  EXPECT_EQ(names_in(folder_ / "out").size(), 3u);
  write_file(folder_ / "out/1.png", "mine");  // what is there is not written again
  fs::remove(folder_ / "mattes/2.png");       // what one output lacks is made again
  const Outcome outcome = composite(job("clip") + out + path("out") + mattes + path("mattes") + " --resume --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  const auto json = nlohmann::json::parse(outcome.text);
  EXPECT_EQ(json.at("kept"), 2);
  EXPECT_EQ(json.at("frames"), 5);
  EXPECT_EQ(read_file(folder_ / "out/1.png"), "mine");
  for (int i = 0; i < 7; ++i) {
    const std::string name = fmt::format("{}.png", i);
    if (i != 1) {
      EXPECT_EQ(read_file(path("out/" + name)), read_file(path("whole/" + name))) << i;
    }
    EXPECT_EQ(read_file(path("mattes/" + name)), read_file(path("whole_mattes/" + name))) << i;
  }
  expect_failure(job("clip") + out + path("out"), "exists already");
  expect_failure(job("clip") + out + path("out.mp4") + " --resume", "only folders can be resumed");
}

// Parts of an archive, say, are called as what a killed run leaves is.
TEST_F(CompositeMedia, ResumingRemovesNothingButItsOwnFramesLeftOvers) {
  for (const char* name :
       {"out/1.png.facemat-part-99999", "out/takes.tar.part-00", "out/backup.part-1/precious", "out/1.png.facemat-part-5/mine"})
    write_file(folder_ / name, "x");
  expect_done(job("clip") + " --resume --out " + path("out"));
  EXPECT_EQ(names_in(folder_ / "out"), (std::vector<std::string>{"0.png", "1.png", "1.png.facemat-part-5", "2.png", "3.png",
                                                                 "backup.part-1", "takes.tar.part-00"}));
  EXPECT_EQ(read_file(folder_ / "out/backup.part-1/precious"), "x");
}

// Sources that go by frames' numbers: pictures that are finished count.
TEST_F(CompositeMedia, ResumedStillsGetTheMattesOfTheirOwnNumbers) {
  for (int i = 0; i < 4; ++i)
    write_image(folder_ / fmt::format("mattes/{}.png", i), cv::Mat(32, 48, CV_8UC1, cv::Scalar(60 * i)));
  write_file(folder_ / "mattes.yaml", fmt::format("kind: files\nfiles: {{folder: {}}}\n", path("mattes")));
  const std::string arguments = "--source " + path("mattes.yaml") + " --stills --target " + path("clip") + " --swap " +
                                path("clip") + " --resume --alpha-out ";
  expect_done(arguments + path("whole"));
  expect_done(arguments + path("out") + " --frames 2");
  expect_done(arguments + path("out"));
  for (int i = 0; i < 4; ++i) {
    const std::string name = fmt::format("{}.png", i);
    EXPECT_EQ(read_file(path("out/" + name)), read_file(path("whole/" + name))) << i;
  }
}

TEST_F(CompositeMedia, ResumingWithoutMemoryReadsNothingTwice) {
  write_image(folder_ / "matte.png", cv::Mat(32, 48, CV_8UC1, cv::Scalar(102)));
  const std::string arguments = "--alpha " + path("matte.png") + " --target " + path("clip") + " --swap " + path("clip") +
                                " --resume --out " + path("out");
  expect_done(arguments + " --frames 2");
  for (const char* name : {"clip/0.png", "clip/1.png"}) {  // readable by its header alone
    const std::string whole = read_file(folder_ / name);
    write_file(folder_ / name, whole.substr(0, whole.size() / 2));
  }
  expect_done(arguments);
  EXPECT_EQ(names_in(folder_ / "out").size(), 4u);
}

TEST_F(CompositeMedia, AFailedFolderThatResumesKeepsWhatItHas) {
  write_file(folder_ / "clip/5.png", "no picture");
  EXPECT_EQ(composite(job("clip") + " --out " + path("plain")).code, 1);
  EXPECT_FALSE(fs::exists(folder_ / "plain"));
  EXPECT_EQ(composite(job("clip") + " --resume --out " + path("out")).code, 1);
  const size_t kept = fs::exists(folder_ / "out") ? names_in(folder_ / "out").size() : 0;  // those on their way are dropped
  write_image(folder_ / "clip/5.png", grey(9));
  expect_done(job("clip") + " --resume --out " + path("out"));
  EXPECT_LE(kept, 4u);
  EXPECT_EQ(names_in(folder_ / "out").size(), 5u);
}

TEST_F(CompositeMedia, OutputsLieWhereTheirNamesMean) {
  expect_done(job("clip") + " --out " + path("results/"));
  expect_done(job("clip") + " --out " + path("shot.v2"));
  for (const char* name : {"results", "shot.v2"}) EXPECT_EQ(names_in(folder_ / name).size(), 4u) << name;
  const std::string longest = std::string(251, 'J') + ".mp4";
  expect_done(job("clip") + " --out " + path(longest));
  EXPECT_EQ(frames_of(folder_ / longest).size(), 4u);
  fs::create_directories(folder_ / "far");
  for (const std::string name : {"film.mp4", "picture.png"}) fs::create_symlink("far/" + name, folder_ / name);
  expect_done(job("clip") + " --out " + path("film.mp4"));
  expect_done(job("target.png") + " --out " + path("picture.png"));
  for (const std::string name : {"film.mp4", "picture.png"}) {
    EXPECT_TRUE(fs::is_symlink(folder_ / name)) << name;
    EXPECT_TRUE(fs::is_regular_file(folder_ / "far" / name)) << name;
  }
}

// A folder that appears while it is computed: the result stays beside it, the other outputs get their names.
TEST_F(CompositeMedia, WhatIsComputedStaysWhenTheLastStepFails) {
  const std::string script = "mkfifo " + path("p") + "; (head -c 46080 /dev/zero; until ls " + path("out.facemat-part-*") +
                             " >/dev/null 2>&1; do sleep 0.05; done; mkdir -p " + path("out/taken") + ") > " + path("p") +
                             " & " + program() + model() + " --effect tint --target - --raw bgr24:48x32@25 --out " +
                             path("out") + " --alpha-out " + path("mattes") + " < " + path("p") + "; echo code $?";
  const Outcome outcome = run("timeout 60 bash -c '" + script + "'");
  EXPECT_THAT(outcome.text,
              AllOf(HasSubstr("out: cannot be given its name: "), HasSubstr("out.facemat-part-"), HasSubstr("code 1")));
  EXPECT_EQ(names_in(folder_ / "mattes").size(), 10u);
  std::vector<std::string> kept;
  for (const std::string& name : names_in(folder_.path()))
    if (name.find("out.facemat-part-") == 0) kept = names_in(folder_ / name);
  EXPECT_EQ(kept.size(), 10u);
}

TEST_F(CompositeMedia, CtrlCLeavesAPlayableFilm) {
  for (const std::string name : {"out.mp4", "out.mkv", "out.mov", "out.webm", "folder"}) {
    for (const std::string signal : {"INT", "TERM"}) {
      fs::remove_all(folder_ / name);
      // Frames without end; when some were written the program is told to stop.
      const std::string written = path(name) + (name == "folder" ? ".facemat-part-*/000003.png" : ".facemat-part-*");
      const std::string script = "mkfifo " + path("p") + "; cat /dev/zero > " + path("p") + " & " + program() + model() +
                                 " --effect tint --target - --raw bgr24:48x32@25 --out " + path(name) + " < " + path("p") +
                                 " & program=$!; until ls " + written + " >/dev/null 2>&1; do sleep 0.05; done; kill -" +
                                 signal + " $program; wait $program; echo code $?; rm " + path("p");
      const Outcome outcome = run("bash -c '" + script + "'");
      EXPECT_THAT(outcome.text, AllOf(HasSubstr("stopped before the end"), HasSubstr("code 130"))) << name;
      EXPECT_GT(frames_of(folder_ / name).size(), 0u) << name;
      for (const std::string& left : names_in(folder_.path())) EXPECT_EQ(left.find(".part"), std::string::npos) << left;
    }
  }
}

// The first is noted, though the program waits for a frame that never comes; the second ends it.
TEST_F(CompositeMedia, ASecondCtrlCEndsItAtOnce) {
  const std::string script = "mkfifo " + path("p") + "; exec 3<>" + path("p") + "; head -c 46080 /dev/zero >&3; " + program() +
                             model() + " --effect tint --target - --raw bgr24:48x32@25 --out " + path("out.mp4") + " < " +
                             path("p") + " & program=$!; until ls " + path("out.mp4.facemat-part-*") +
                             " >/dev/null 2>&1; do sleep 0.05; done; kill -INT $program; sleep 0.3; kill -0 $program && echo " +
                             "alive; kill -INT $program; wait $program; echo code $?";
  const Outcome outcome = run("timeout 60 bash -c '" + script + "'");
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("alive"), HasSubstr("code 130")));
}

TEST_F(CompositeMedia, MemoryDoesNotGrowWithLength) {
#ifdef FACEMAT_SANITIZED
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  const auto peak = [&](int frames) {
    const Outcome outcome =
        run("sh -c 'head -c " + std::to_string(160 * 120 * 3 * frames) + " /dev/zero | " + program() + model() +
            " --effect tint --target - --raw bgr24:160x120@25 --json --out " + path("out.mp4") + "'");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    const auto json = nlohmann::json::parse(outcome.text);
    EXPECT_EQ(json.at("frames"), frames);
    return json.at("peak_mib").get<double>();
  };
  const double few = peak(150), many = peak(1500);
  std::printf("peak memory: %.0f MiB for 150 frames, %.0f for 1500\n", few, many);
  EXPECT_LT(many, few + 50);  // all frames would be 74 MiB more
}

// A file system of one MiB, if this process may mount one.
std::string on_small_disk(const Scratch& folder, const std::string& command) {
  return "unshare -m bash -c 'mount -t tmpfs -o size=1m none " + (folder / "disk").string() + " && (" + command +
         "; echo code $?; cp -r " + (folder / "disk").string() + "/. " + (folder / "kept").string() + ")'";
}

TEST_F(CompositeMedia, AFullDiskIsOneLineAndKeepsFinishedFrames) {
  fs::create_directories(folder_ / "disk");
  if (run(on_small_disk(folder_, "true")).text.find("code 0") == std::string::npos)
    GTEST_SKIP() << "may not mount a file system";
  write_file(folder_ / "noise.raw", [] {
    Rng rng(3);
    std::string bytes(160 * 120 * 3 * 150, '\0');
    for (char& byte : bytes) byte = static_cast<char>(rng.bits());
    return bytes;
  }());
  for (const std::string name : {"out.mp4", "out.mkv", "out.webm", "folder"}) {
    fs::remove_all(folder_ / "kept");
    fs::create_directories(folder_ / "kept");
    const Outcome outcome =
        run(on_small_disk(folder_, program() + model() + " --effect tint --target - --raw bgr24:160x120@25 --out " +
                                       (folder_ / "disk" / name).string() + " < " + path("noise.raw")));
    EXPECT_THAT(outcome.text, AllOf(HasSubstr("the disk is full: the "), HasSubstr("code 1"))) << name;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 2) << outcome.text;
    const size_t kept = frames_of(folder_ / "kept" / name).size();
    EXPECT_GT(kept, 0u) << name;
    EXPECT_LT(kept, 150u) << name;
    EXPECT_EQ(names_in(folder_ / "kept").size(), 1u) << name;
  }
}
}  // namespace
}  // namespace facemat
