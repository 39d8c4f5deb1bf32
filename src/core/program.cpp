#include "src/core/program.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include "src/core/error.h"
#include "src/core/text.h"

namespace facemat {
namespace {

// Tells of it; returns the exit code.
int failed(const CLI::App& app, const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), printable(message).c_str());
  return 1;
}

// Throws CLI11's error if an option of `app` itself was given.
void refuse_own_options(const CLI::App& app, const CLI::App& sub) {
  for (const CLI::Option* option : app.get_options())
    if (option->count() > 0)
      throw CLI::ValidationError(option->get_name(), "options of '" + sub.get_name() + "' stand behind its name");
}

// CLI11 reads 0100 as C does: as 64. Numbers in settings are decimal, and so are those of options.
std::string without_leading_zeros(std::string text) {
  const size_t sign = starts_with(text, "-") || starts_with(text, "+") ? 1 : 0;
  const bool digits = text.size() > sign && text.find_first_not_of("0123456789", sign) == std::string::npos;
  if (digits) text.erase(sign, std::min(text.find_first_not_of('0', sign), text.size() - 1) - sign);
  return text;
}

void read_decimal(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (const std::string type = option->get_type_name(); starts_with(type, "INT") || starts_with(type, "UINT"))
      option->transform(without_leading_zeros);
  for (CLI::App* sub : app.get_subcommands({})) read_decimal(*sub);
}

// What a program prints is its result, or tells of it: nobody may take half of it for all.
void finish_output() {
  const bool flushed = std::fflush(stdout) == 0;
  require(flushed, "standard output: cannot write: {}", system_reason());
  require(std::ferror(stdout) == 0, "standard output: cannot write all of it");
}

}  // namespace

std::string version_text() {
  const std::string revision = source_revision();
  return revision.empty() ? kVersion : fmt::format("{} ({})", kVersion, revision);
}

void add_config_options(CLI::App& app, ConfigOptions& options) {
  app.add_option("--config", options.file, "YAML file with the settings")->type_name("FILE");
  app.add_option("--set", options.assignments, "change one setting, as a.b=value; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--print-config", options.print, "print the settings that would be used, and stop");
}

int run_program(int argc, char** argv, CLI::App& app, const std::function<void()>& body) {
  app.set_version_flag("--version", "facemat " + version_text());
  read_decimal(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    body();
    finish_output();
    return 0;
  } catch (const Error& error) {
    return failed(app, error.what());
  } catch (const std::system_error& error) {  // may name a file, whose name may hold a line's end
    return failed(app, error.what());
  } catch (const std::exception& error) {
    return failed(app, library_reason(error.what()));
  }
}

int run_commands(int argc, char** argv, CLI::App& app, const std::vector<Subcommand>& commands, const Run& otherwise) {
  app.require_subcommand(otherwise ? 0 : 1, 1);
  std::vector<std::pair<const CLI::App*, Run>> declared;
  for (const Subcommand& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.help);
    sub->callback([&app, sub] { refuse_own_options(app, *sub); });
    declared.emplace_back(sub, command.declare(*sub));
  }
  int code = 0;
  const int failed = run_program(argc, argv, app, [&] {
    const auto named = std::find_if(declared.begin(), declared.end(), [](const auto& entry) { return entry.first->parsed(); });
    code = named == declared.end() ? otherwise() : named->second();
  });
  return failed != 0 ? failed : code;
}

void warn(const std::string& line) {
  if (!line.empty()) std::fprintf(stderr, "warning: %s\n", printable(line).c_str());
}

int hardware_threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

void keep_freed_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 256 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

}  // namespace facemat
