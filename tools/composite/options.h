#pragma once
// The command line of facemat-composite.

#include <CLI/CLI.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "src/core/contract.h"
#include "src/core/program.h"
#include "src/media/streams/sources.h"
#include "tools/composite/config.h"

namespace facemat {

namespace fs = std::filesystem;

struct CompositeCommand {
  ConfigOptions config;
  std::string target, swap, alpha;             // as source_kinds() take them
  GuideSet<std::string> guides;                // likewise: --trimap, --hint, --background, --segmentation
  std::vector<int> trimap_values;              // as stated_trimap_values() takes them
  fs::path model, source, region, sheet;       // files
  std::map<std::string, std::string> outputs;  // name in output_kinds() -> where it goes
  std::string effect, faces, raw, camera;
  int threads = hardware_threads();
  int64_t frames = 0;  // stop after so many; 0: at the end
  bool mute = false, stills = false, resume = false, quiet = false, json = false;
};

void declare(CLI::App& app, CompositeCommand& command);

// The settings of --config and --set, with what options of their own set.
CompositeConfig settings_of(const CompositeCommand& command);

// How target and swap are read.
SourceOptions reading_of(const CompositeCommand& command, const CompositeConfig& config);

// Throws Error for what is missing, contradicts itself or would overwrite an input.
void check(const CompositeCommand& command, const CompositeConfig& config);

// True if a swap or a filter is shown by any output.
bool needs_swap(const CompositeCommand& command, const CompositeConfig& config);

}  // namespace facemat
