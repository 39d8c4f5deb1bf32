// facemat-data: builds, checks, describes, shows and packs datasets, imports or labels what they are made of, and says how fast
// it is. The commands are in the files beside this one.

#include "data/commands/commands.h"
#include "src/core/program.h"

int main(int argc, char** argv) {
  using namespace facemat;
  keep_freed_memory();
  CLI::App app("Datasets for face matting: faces with occluders composited over them, and their exact alpha.", "facemat-data");
  const std::vector<Subcommand> commands = {
      {"build", "make a dataset", declare_build},
      {"check", "read every file again and say what is wrong", declare_check},
      {"stats", "what is in a dataset: coverage, softness, classes, licences", declare_stats},
      {"preview", "a contact sheet to look at", declare_preview},
      {"import", "make a checked source from a folder of files", declare_import},
      {"label", "make a source from photographs and films without masks", declare_label},
      {"pack", "a dataset as WebDataset tar shards", declare_pack},
      {"bench", "how fast samples are made on this machine", declare_bench}};
  return run_commands(argc, argv, app, commands);
}
