// facemat-train: trains the teacher, the student, or what else a config describes. The commands are in the files beside this
// one.

#include "src/core/program.h"
#include "train/commands/commands.h"

int main(int argc, char** argv) {
  using namespace facemat;
  CLI::App app("Trains a matting network: the teacher, or the student with --teacher.", "facemat-train");
  const std::vector<Subcommand> commands = {{"weights", "a run's model as one file to share or to start from", declare_weights},
                                            {"bench", "how fast a training step is on this machine", declare_bench}};
  return run_commands(argc, argv, app, commands, declare_train(app));
}
