// facemat-eval: judges mattes, and reports on the results. The commands are in the files beside this one.

#include "eval/commands/commands.h"
#include "src/core/program.h"

int main(int argc, char** argv) {
  using namespace facemat;
  keep_freed_memory();
  CLI::App app("Judges face mattes: SAD, MSE, MAD, Grad, Conn, masks, motion and composites, in every region.", "facemat-eval");
  const std::vector<Subcommand> commands = {
      {"report", "one HTML page over results, pictures and charts inside; tables; a gate for continuous integration",
       declare_report},
      {"compare", "Markdown tables over results of several seeds: means, spread, paired differences, uncertainty",
       declare_compare},
      {"card", "a model card from results: Markdown and JSON", declare_card},
      {"bench", "how fast the metrics are on this machine", declare_bench}};
  return run_commands(argc, argv, app, commands, declare_judge(app));
}
