#pragma once
// What every program shares: one place that catches, prints one line and returns the exit code, and the options all of them
// have.

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace facemat {

inline constexpr const char* kVersion = "0.1.0";

// The commit the build was configured at, "898a42e4902a", with "+" behind it where files differed from it; empty where the
// sources were in no git checkout. For people alone: nothing that is written depends on it, so that equal settings give equal
// bytes from one commit to the next.
const char* source_revision();

// "0.1.0 (898a42e4902a)", or the version alone.
std::string version_text();

// Options of programs that are configured by a file. Fields stay empty when not given.
struct ConfigOptions {
  std::filesystem::path file;            // --config FILE
  std::vector<std::string> assignments;  // --set a.b=c, repeatable
  bool print = false;                    // --print-config
};
void add_config_options(CLI::App& app, ConfigOptions& options);

// A number from `least` to `most`, both included; --help shows its default, the value it has now.
template <typename Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& value, const std::string& help, Number least,
                        Number most) {
  return app.add_option(name, value, help)->check(CLI::Range(least, most))->capture_default_str();
}

// While it lives, options that `app` gets stand under this heading in --help.
class HelpGroup {
 public:
  HelpGroup(CLI::App& app, const std::string& heading) : app_(app), before_(app.option_defaults()->get_group()) {
    app_.option_defaults()->group(heading);
  }
  ~HelpGroup() { app_.option_defaults()->group(before_); }
  HelpGroup(const HelpGroup&) = delete;
  HelpGroup& operator=(const HelpGroup&) = delete;

 private:
  CLI::App& app_;
  std::string before_;
};

// Parses the arguments and runs `body`: 0 done, 1 after a failure (one line "NAME: message" on standard error), 2 wrong usage
// (CLI11's message). That what was printed could not be written, to a full disk, say, is a failure.
int run_program(int argc, char** argv, CLI::App& app, const std::function<void()>& body);

// What a command does once its options are parsed; returns the exit code of work that ended well.
using Run = std::function<int()>;

// A command of a program that has several. `declare` adds its options to its own CLI::App and returns what runs it.
struct Subcommand {
  const char* name;
  const char* help;
  Run (*declare)(CLI::App& app);
};

// run_program() for programs with subcommands, listed by --help in the order of `commands`. The one that the arguments name
// runs, or `otherwise` if they name none; without `otherwise` naming one is a must. The exit codes are those of run_program(),
// and in place of 0 what was run returns. Options of `app` itself are declared before; they are those of `otherwise`, so one of
// them in front of a subcommand is wrong usage, not forgotten.
int run_commands(int argc, char** argv, CLI::App& app, const std::vector<Subcommand>& commands, const Run& otherwise = {});

// Prints "warning: LINE" on standard error; nothing for an empty line.
void warn(const std::string& line);

// Threads of this machine: what --threads and --jobs default to.
int hardware_threads();

// Pictures of some MiB are made and freed all the time. Left to itself the C library maps each anew, and clearing the pages
// then takes a third of the time and does not scale with threads; after this call freed memory is used again instead. For
// programs that work on pictures in several threads.
void keep_freed_memory();

}  // namespace facemat
