// What `cmake --install` lays down is enough: programs are built and run with it alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "tests/src/runtime/models.h"
#include "tests/support/command.h"

namespace facemat {
namespace {

using ::testing::HasSubstr;

// An installation of one component, or of everything, that goes away again.
class Installation {
 public:
  explicit Installation(const std::string& component = "") {
    std::string command = "cmake --install " FACEMAT_BUILD_DIR " --prefix " + prefix().string();
    if (!component.empty()) command += " --component " + component;
    const Outcome outcome = run(command);
    require(outcome.code == 0, "{}", outcome.text);
  }
  fs::path prefix() const { return folder_ / "prefix"; }
  fs::path libraries() const { return prefix() / FACEMAT_LIBDIR; }

 private:
  Scratch folder_;
};

// Red 255, 0.2 of it green, on the left; black on the right: alpha 0.5 + 0.25 * 0.2 = 0.55 and 0.
cv::Mat example_picture() {
  cv::Mat picture(24, 40, CV_8UC3, cv::Scalar::all(0));
  picture.colRange(0, 20).setTo(cv::Scalar(0, 51, 255));
  return picture;
}

// The matte of the example picture by the program `matte_image`.
void expect_matte(const std::string& program) {
  const Scratch folder;
  write_accumulator(folder / "m.onnx");
  ASSERT_TRUE(cv::imwrite((folder / "in.ppm").string(), example_picture()));
  const std::string command =
      program + " " + (folder / "m.onnx").string() + " " + (folder / "in.ppm").string() + " " + (folder / "out.pgm").string();
  const Outcome outcome = run(command);
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  const cv::Mat matte = cv::imread((folder / "out.pgm").string(), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(matte.size(), cv::Size(40, 24));
  ASSERT_EQ(matte.type(), CV_8UC1);
  EXPECT_EQ(matte.at<uint8_t>(23, 19), 140);  // 0.55 * 255 = 140.25
  EXPECT_EQ(matte.at<uint8_t>(0, 20), 0);

  write_file(folder / "m.onnx", "no model");
  const Outcome bad = run(command);
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.text, HasSubstr("m.onnx: not a readable ONNX model"));
}

// Three frames of one clip, beside what is none: alpha grows in the order of their numbers.
void expect_composites(const std::string& program) {
  const Scratch folder;
  write_accumulator(folder / "m.onnx");
  for (const char* name : {"targets", "swaps"}) fs::create_directories(folder / name);
  for (const char* name : {"Thumbs.db", "desktop.ini", "._1.png", "1.png~"})
    write_file(folder / "targets" / name, "no picture");
  for (const char* name : {"1.png", "09.png", "10.png"}) {
    ASSERT_TRUE(cv::imwrite((folder / "targets" / name).string(), cv::Mat(20, 20, CV_8UC3, cv::Scalar::all(51))));
    ASSERT_TRUE(cv::imwrite((folder / "swaps" / name).string(), cv::Mat(20, 20, CV_8UC3, cv::Scalar::all(251))));
  }
  const Outcome outcome = run(program + " " + (folder / "m.onnx").string() + " " + (folder / "targets").string() + " " +
                              (folder / "swaps").string() + " " + (folder / "out").string());
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  const auto value = [&](const char* name) { return cv::imread((folder / "out" / name).string()).at<cv::Vec3b>(9, 9); };
  EXPECT_EQ(value("1.png"), cv::Vec3b(86, 86, 86));      // 51 + 0.175 * 200
  EXPECT_EQ(value("09.png"), cv::Vec3b(121, 121, 121));  // 51 + 0.35 * 200
  EXPECT_EQ(value("10.png"), cv::Vec3b(156, 156, 156));  // 51 + 0.525 * 200
  write_file(folder / "targets" / "notes.txt", "no picture");
  EXPECT_THAT(run(program + " " + (folder / "m.onnx").string() + " " + (folder / "targets").string() + " " +
                  (folder / "swaps").string() + " " + (folder / "again").string())
                  .text,
              HasSubstr("notes.txt: no picture"));
}

// A library built with sanitizers needs programs that are too.
#ifdef FACEMAT_SANITIZED
const std::string kFlags = "-fsanitize=address,undefined";
#else
const std::string kFlags;
#endif
const std::string kExamples = FACEMAT_SOURCE_DIR "/src/runtime/examples";

void build_examples(const fs::path& prefix, const std::string& build) {
  const Outcome built =
      run("export CFLAGS='" + kFlags + "' CXXFLAGS='" + kFlags + "'; cmake -G '" FACEMAT_GENERATOR "' -S " + kExamples +
          " -B " + build + " -DCMAKE_PREFIX_PATH=" + prefix.string() + " && cmake --build " + build);
  ASSERT_EQ(built.code, 0) << built.text;
}

TEST(Install, ExamplesBuildWithItsCMakePackageAndRun) {
  const Installation installed("runtime");
  const Scratch folder;
  const std::string build = folder.path().string();
  build_examples(installed.prefix(), build);
  expect_matte(build + "/matte_image");
  expect_composites(build + "/composite_folder");
}

TEST(Install, ExampleBuildsWithPkgConfigAndRuns) {
  const Installation installed("runtime");
  const Scratch folder;
  const std::string program = (folder / "matte_image").string(), libraries = installed.libraries().string();
  const Outcome built = run("export PKG_CONFIG_PATH=" + libraries + "/pkgconfig; cc -std=c99 -pedantic -Wall -Wextra -Werror " +
                            kFlags + " " + kExamples + "/matte_image.c $(pkg-config --cflags --libs facemat) -o " + program);
  ASSERT_EQ(built.code, 0) << built.text;
  expect_matte("LD_LIBRARY_PATH=" + libraries + " " + program);
}

TEST(Install, MayBeMoved) {
  const Installation installed("runtime");
  const Scratch folder;
  const fs::path moved = folder / "elsewhere";
  fs::rename(installed.prefix(), moved);
  const std::string build = (folder / "build").string();
  build_examples(moved, build);
  expect_matte(build + "/matte_image");
}

TEST(Install, TheComponentRuntimeHoldsTheLibraryAlone) {
  const Installation installed("runtime");
  EXPECT_FALSE(fs::exists(installed.prefix() / "bin"));
  for (const char* file : {"include/facemat/facemat.h", "include/facemat/facemat.hpp"})
    EXPECT_TRUE(fs::exists(installed.prefix() / file)) << file;
  for (const char* file : {"libfacemat_runtime.so", "cmake/facemat/facematConfig.cmake", "pkgconfig/facemat.pc"})
    EXPECT_TRUE(fs::exists(installed.libraries() / file)) << file;
  EXPECT_TRUE(fs::exists(installed.prefix() / "share/doc/facemat/LICENSE"));
  const bool carries_onnxruntime = fs::exists(installed.libraries() / "libonnxruntime.so.1");
  EXPECT_EQ(fs::exists(installed.prefix() / "share/doc/facemat/onnxruntime.copyright"), carries_onnxruntime);
  // Nothing of the machine it was built on.
  const Outcome dynamic = run("readelf -d " + (installed.libraries() / "libfacemat_runtime.so").string());
  EXPECT_EQ(dynamic.code, 0);
  EXPECT_EQ(dynamic.text.find(FACEMAT_BUILD_DIR), std::string::npos) << dynamic.text;
  EXPECT_EQ(dynamic.text.find(FACEMAT_SOURCE_DIR), std::string::npos) << dynamic.text;
}

TEST(Install, EveryProgramFindsItsLibraries) {
  const Installation installed;
  int programs = 0;
  for (const auto& entry : fs::directory_iterator(installed.prefix() / "bin")) {
    const Outcome outcome = run("env -u LD_LIBRARY_PATH " + entry.path().string() + " --help");
    EXPECT_EQ(outcome.code, 0) << entry.path() << ": " << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("facemat"));
    ++programs;
  }
  EXPECT_GE(programs, 4);
}

}  // namespace
}  // namespace facemat
