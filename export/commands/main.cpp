// facemat-export: writes a trained model as ONNX and proves that it computes the same; checks such files anywhere. The commands
// are in the files beside this one.

#include "export/commands/commands.h"
#include "src/core/program.h"

int main(int argc, char** argv) {
  using namespace facemat;
  CLI::App app("Writes a trained model as ONNX and proves that it computes what LibTorch computes.", "facemat-export");
  const std::vector<Subcommand> commands = {
      {"verify", "check an ONNX file of facemat-export", declare_verify},
      {"bench", "how fast exported graphs are in ONNX Runtime on this machine", declare_bench}};
  return run_commands(argc, argv, app, commands, declare_export(app));
}
