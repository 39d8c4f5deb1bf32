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

// Options of programs that are configured by a file. Fields stay empty when not given.
struct ConfigOptions {
  std::filesystem::path file;            // --config FILE
  std::vector<std::string> assignments;  // --set a.b=c, repeatable
  bool print = false;                    // --print-config
};
void add_config_options(CLI::App& app, ConfigOptions& options);

// Runs `body`: 0 done, 1 after a failure (one line "NAME: message" on standard error), 2 wrong usage (CLI11's message), 130
// when interrupted. `setup` declares the options on `app`; `body` runs after they were parsed.
int run_program(int argc, char** argv, CLI::App& app, const std::function<void()>& body);

// Threads of this machine: what --threads and --jobs default to.
int hardware_threads();

// Pictures of some MiB are made and freed all the time. Left to itself the C library maps each anew, and clearing the pages
// then takes a third of the time and does not scale with threads; after this call freed memory is used again instead. For
// programs that work on pictures in several threads.
void keep_freed_memory();

}  // namespace facemat
