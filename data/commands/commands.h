#pragma once
// The commands of facemat-data. Each declares its options and returns what runs it once they are parsed.

#include "src/core/program.h"

namespace facemat {

Run declare_build(CLI::App& app);
Run declare_check(CLI::App& app);
Run declare_stats(CLI::App& app);
Run declare_preview(CLI::App& app);
Run declare_import(CLI::App& app);
Run declare_label(CLI::App& app);
Run declare_pack(CLI::App& app);
Run declare_bench(CLI::App& app);

}  // namespace facemat
