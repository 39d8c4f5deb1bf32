#include "src/core/program.h"

#include <gtest/gtest.h>

#include "src/core/error.h"

namespace facemat {
namespace {

int run(std::vector<std::string> arguments, const std::function<void()>& body) {
  CLI::App app("test", "program");
  ConfigOptions options;
  add_config_options(app, options);
  arguments.insert(arguments.begin(), "program");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return run_program(static_cast<int>(argv.size()), argv.data(), app, body);
}

TEST(Program, ExitCodesSayWhatHappened) {
  int runs = 0;
  EXPECT_EQ(run({}, [&] { ++runs; }), 0);
  EXPECT_EQ(run({"--help"}, [&] { ++runs; }), 0);
  EXPECT_EQ(run({"--version"}, [&] { ++runs; }), 0);
  EXPECT_EQ(run({"--nonsense"}, [&] { ++runs; }), 2);
  EXPECT_EQ(run({"--set"}, [&] { ++runs; }), 2);
  EXPECT_EQ(runs, 1) << "only a well-formed command runs";
}

TEST(Program, AFailureIsOneLine) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run({}, [] { throw Error("file.png: damaged\nstack of a library"); }), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "program: file.png: damaged\n");
}

TEST(Program, AssignmentsAreCollectedInOrder) {
  CLI::App app;
  ConfigOptions options;
  add_config_options(app, options);
  app.parse("--set a.b=1 --config x.yaml --set c=2 --print-config");
  EXPECT_EQ(options.assignments, (std::vector<std::string>{"a.b=1", "c=2"}));
  EXPECT_EQ(options.file, "x.yaml");
  EXPECT_TRUE(options.print);
}

TEST(Program, ThereIsAThread) { EXPECT_GE(hardware_threads(), 1); }

}  // namespace
}  // namespace facemat
