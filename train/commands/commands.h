#pragma once
// The commands of facemat-train. Each declares its options and returns what runs it once they are parsed.

#include "src/core/program.h"

namespace facemat {

Run declare_train(CLI::App& app);  // what the program does without a subcommand
Run declare_bench(CLI::App& app);
Run declare_weights(CLI::App& app);

}  // namespace facemat
