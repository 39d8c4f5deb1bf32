// facemat COMMAND as its users meet it, the doctor, and what the programs that ship link.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "src/core/json.h"
#include "tests/support/command.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Launcher, FindsItsPrograms) {
  const std::string facemat = std::string(FACEMAT_BIN_DIR) + "/facemat ";
  EXPECT_THAT(run(facemat + "composite --help").text, HasSubstr("facemat-composite"));
  EXPECT_EQ(run(facemat + "composite --bogus").code, 2);
  EXPECT_EQ(run(facemat + "composite").code, 1);
  EXPECT_EQ(run(facemat + "--help").code, 0);
  EXPECT_EQ(run(facemat).code, 2);
  const Outcome unknown = run(facemat + "paint");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.text, AllOf(HasSubstr("unknown command 'paint'"), HasSubstr("composite")));
}

TEST(Launcher, SaysWhenAProgramIsNotInstalled) {
  Scratch folder;
  fs::copy_file(fs::path(FACEMAT_BIN_DIR) / "facemat", folder / "facemat");
  const Outcome outcome = run((folder / "facemat").string() + " train --steps 1");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("facemat-train"), HasSubstr("not installed"), HasSubstr("tools/setup")));
}

// What a program is told of OpenBLAS's kernels if the launcher is started with `environment`.
std::string blas_kernels(const std::string& environment) {
  Scratch folder;
  fs::copy_file(fs::path(FACEMAT_BIN_DIR) / "facemat", folder / "facemat");
  std::ofstream(folder / "facemat-train") << "#!/bin/sh\necho \"kernels ${OPENBLAS_CORETYPE-unset}\"\n";
  fs::permissions(folder / "facemat-train", fs::perms::owner_all);
  return run("env " + environment + " " + (folder / "facemat").string() + " train").text;
}

TEST(Launcher, NamesTheKernelsThatTheProcessorHas) {
  EXPECT_EQ(blas_kernels("OPENBLAS_CORETYPE=Sandybridge"), "kernels Sandybridge\n");
  const std::string flags = run("grep -m1 ^flags /proc/cpuinfo").text + " ";
  const auto has = [&](const std::string& flag) { return flags.find(" " + flag + " ") != std::string::npos; };
  const std::string best = has("avx512vl") && has("avx512dq") ? "SkylakeX" : has("avx2") && has("fma") ? "Haswell" : "unset";
  EXPECT_EQ(blas_kernels("-u OPENBLAS_CORETYPE"), "kernels " + best + "\n");
}

TEST(Launcher, DoctorReportsAndWarns) {
  const std::string doctor = std::string(FACEMAT_BIN_DIR) + "/facemat doctor";
  const Outcome text = run(doctor);
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.text, AllOf(HasSubstr("ONNX Runtime"), HasSubstr("OpenCV"), HasSubstr("libavcodec")));
  const auto advice = [&](const std::string& environment, const std::string& name) {
    // OpenMP itself complains about a bad value on standard error.
    for (const auto& finding : nlohmann::json::parse(run("(" + environment + " " + doctor + " --json 2>/dev/null)").text))
      if (finding.at("name") == name) return finding.at("advice").get<std::string>();
    return std::string("(no finding)");
  };
  EXPECT_EQ(advice("env -u OMP_NUM_THREADS", "CPU threads"), "");
  EXPECT_THAT(advice("OMP_NUM_THREADS=5000", "CPU threads"), HasSubstr("more threads than the machine has"));
  EXPECT_THAT(advice("OMP_NUM_THREADS=many", "CPU threads"), HasSubstr("not a number"));
  EXPECT_EQ(advice("", "facemat-composite"), "");
  EXPECT_THAT(advice("FACEMAT_TEST_DATA=/nonexistent", "test data"), HasSubstr("FACEMAT_TEST_DATA"));
}

TEST(Launcher, WhatCannotBePrintedIsAFailure) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Outcome outcome = run("(" + std::string(FACEMAT_BIN_DIR) + "/facemat doctor >/dev/full)");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.text, AllOf(HasSubstr("facemat doctor: "), HasSubstr("No space left on device")));
}

TEST(Products, LinkNoLibTorch) {
  for (const char* program : {"facemat", "facemat-composite"}) {
    const Outcome libraries = run("ldd " + std::string(FACEMAT_BIN_DIR) + "/" + program);
    ASSERT_EQ(libraries.code, 0) << libraries.text;
    EXPECT_THAT(libraries.text, HasSubstr("libonnxruntime")) << program;
    for (const char* library : {"libtorch", "libc10", "not found"})
      EXPECT_EQ(libraries.text.find(library), std::string::npos) << program << " links " << library;
    // ONNX Runtime may need protobuf (Debian 13's does); the programs themselves must not.
    const Outcome own = run("readelf -d " + std::string(FACEMAT_BIN_DIR) + "/" + program);
    ASSERT_EQ(own.code, 0) << own.text;
    EXPECT_THAT(own.text, HasSubstr("libonnxruntime")) << program;
    EXPECT_EQ(own.text.find("libprotobuf"), std::string::npos) << program << " links libprotobuf";
  }
}

}  // namespace
}  // namespace facemat
