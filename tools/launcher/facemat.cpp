// facemat: finds the program for a command beside itself and becomes it, as git does.

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "src/core/error.h"
#include "src/core/program.h"
#include "tools/launcher/commands.h"
#include "tools/launcher/doctor.h"

namespace {

using namespace facemat;

fs::path own_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

std::string usage() {
  std::string text = "usage: facemat COMMAND [OPTIONS]        (facemat COMMAND --help tells more)\n\n";
  for (const Command& command : commands()) text += fmt::format("  {:<16} {}\n", command.name, command.help);
  text += fmt::format("  {:<16} {}\n\n", "doctor", "versions, and what is missing or badly set on this machine");
  return text + "Example: facemat composite --model model.onnx --target face.png --effect paint --out result.png\n";
}

// OpenBLAS chooses its kernels by the model number of the processor when it is loaded, and takes SSE3's for a number that is
// newer than itself. The instructions that the processor has are a better guide; a choice of the user's stays.
void choose_blas_kernels() {
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx512 || avx2) ::setenv("OPENBLAS_CORETYPE", avx512 ? "SkylakeX" : "Haswell", 0);
#endif
}

// Replaces this process; returns only by throwing.
// The first `words_used` words of the line are the command's name; what follows are its arguments.
void become(const Command& command, int words_used, int argc, char** argv) {
  const fs::path program = own_folder() / command.program;
  require(fs::exists(program),
          "'{}' needs the program {}, which is not installed beside facemat (tools/setup, then tools/build)", command.name,
          command.program);
  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  words.insert(words.end(), argv + 1 + words_used, argv + argc);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  choose_blas_kernels();
  ::execv(program.c_str(), pointers.data());
  fail("{} cannot be started: {}", program.string(), std::strerror(errno));
}

int doctor(int argc, char** argv) {
  CLI::App app("Versions, and what is missing or badly set on this machine.", "facemat doctor");
  bool json = false;
  app.add_flag("--json", json, "print the findings as JSON");
  app.footer("Example:\n  facemat doctor --json");
  return run_program(argc - 1, argv + 1, app, [&] {
    const std::vector<DoctorFinding> findings = examine(own_folder());
    const std::string text = json ? findings_json(findings) : findings_text(findings);
    std::puts(text.c_str());
  });
}

int launch(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "--help" || name == "-h" || name == "help") {
    fmt::print("{}", usage());
    return 0;
  }
  if (name == "--version") {
    fmt::print("facemat {}\n", version_text());
    return 0;
  }
  if (name == "doctor") return doctor(argc, argv);
  for (const Command& command : commands())
    if (command.name == name) become(command, 1, argc, argv);
  const std::string two_words = argc > 2 ? name + " " + argv[2] : "";
  for (const Command& command : commands())
    if (command.name == two_words) become(command, 2, argc, argv);
  if (!name.empty()) fmt::print(stderr, "facemat: unknown command '{}'\n", name);
  fmt::print(stderr, "{}", usage());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return launch(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "facemat: {}\n", error.what());
    return 1;
  }
}
