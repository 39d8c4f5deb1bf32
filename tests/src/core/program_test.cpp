#include "src/core/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "src/core/error.h"

namespace facemat {
namespace {

std::vector<char*> argv_of(std::vector<std::string>& arguments) {
  arguments.insert(arguments.begin(), "program");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return argv;
}

int run(std::vector<std::string> arguments, const std::function<void()>& body) {
  CLI::App app("test", "program");
  ConfigOptions options;
  add_config_options(app, options);
  std::vector<char*> argv = argv_of(arguments);
  return run_program(static_cast<int>(argv.size()), argv.data(), app, body);
}

// A program with the commands "answer", which returns 42 or --code, and "fail".
Run declare_answer(CLI::App& app) {
  const auto code = std::make_shared<int>(42);
  app.add_option("--code", *code);
  return [code] { return *code; };
}
Run declare_failure(CLI::App&) {
  return []() -> int { throw Error("no such file"); };
}
int run_with_commands(std::vector<std::string> arguments, const Run& otherwise) {
  CLI::App app("test", "program");
  int threads = 0;
  if (otherwise) app.add_option("--threads", threads);
  std::vector<char*> argv = argv_of(arguments);
  const std::vector<Subcommand> commands = {{"answer", "", declare_answer}, {"fail", "", declare_failure}};
  return run_commands(static_cast<int>(argv.size()), argv.data(), app, commands, otherwise);
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
  const auto printed = [](const std::function<void()>& body) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(run({}, body), 1);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(printed([] { fail("{}: no such file (allowed: png)", "a\nb.png"); }),
            "program: a\\nb.png: no such file (allowed: png)\n");
  const std::filesystem::filesystem_error of_the_system("cannot copy", "a\nb.png", std::make_error_code(std::errc::io_error));
  EXPECT_THAT(printed([&] { throw of_the_system; }), testing::HasSubstr("a\\nb.png"));
  EXPECT_EQ(printed([] { throw std::runtime_error("out of memory\nstack of a library"); }), "program: out of memory\n");
}

TEST(Program, TheNamedCommandRuns) {
  const facemat::Run otherwise = [] { return 7; };
  for (const facemat::Run& run : {facemat::Run{}, otherwise}) {
    EXPECT_EQ(run_with_commands({"answer"}, run), 42);
    EXPECT_EQ(run_with_commands({"answer", "--code", "5"}, run), 5);
    EXPECT_EQ(run_with_commands({"fail"}, run), 1);
    EXPECT_EQ(run_with_commands({"nonsense"}, run), 2);
    EXPECT_EQ(run_with_commands({"answer", "fail"}, run), 2) << "one command at a time";
    EXPECT_EQ(run_with_commands({"answer", "--help"}, run), 0);
  }
  EXPECT_EQ(run_with_commands({}, otherwise), 7);
  EXPECT_EQ(run_with_commands({}, {}), 2) << "a command must be named";
}

TEST(Program, OptionsOfNoCommandAreNotForgotten) {
  const facemat::Run otherwise = [] { return 7; };
  EXPECT_EQ(run_with_commands({"--threads", "3"}, otherwise), 7);
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_with_commands({"--threads", "3", "answer"}, otherwise), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("--threads: options of 'answer' stand behind"));
}

TEST(Program, TheVersionNamesTheCommit) {
  const bool checkout = std::system("git -C " FACEMAT_SOURCE_DIR " rev-parse HEAD >/dev/null 2>&1") == 0;
  EXPECT_EQ(std::string(source_revision()).empty(), !checkout);
  EXPECT_THAT(version_text(), testing::MatchesRegex(R"(0\.1\.0( \([0-9a-f]+\+?\))?)"));
  testing::internal::CaptureStdout();
  EXPECT_EQ(run({"--version"}, [] {}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "facemat " + version_text() + "\n");
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

TEST(Program, NumbersOfOptionsAreDecimal) {
  const auto code = [](const char* text) { return run_with_commands({"answer", "--code", text}, {}); };
  EXPECT_EQ(code("0100"), 100) << "not 64";
  EXPECT_EQ(code("08"), 8) << "no octal digit";
  EXPECT_EQ(code("0"), 0);
  EXPECT_EQ(code("000"), 0);
  EXPECT_EQ(code("1x"), 2);
}

TEST(Program, ThereIsAThread) { EXPECT_GE(hardware_threads(), 1); }

}  // namespace
}  // namespace facemat
