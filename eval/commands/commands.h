#pragma once
// The commands of facemat-eval. Each declares its options and returns what runs it once they are parsed.

#include "src/core/program.h"

namespace facemat {

Run declare_judge(CLI::App& app);  // what the program does without a subcommand
Run declare_report(CLI::App& app);
Run declare_compare(CLI::App& app);
Run declare_card(CLI::App& app);
Run declare_bench(CLI::App& app);

}  // namespace facemat
