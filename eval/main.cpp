// facemat-eval: judges mattes, and reports on the results. The commands are in commands/.

#include <utility>
#include <vector>

#include "eval/commands/commands.h"
#include "src/core/program.h"

int main(int argc, char** argv) {
  using namespace facemat;
  keep_freed_memory();
  CLI::App app("Judges face mattes: SAD, MSE, MAD, Grad, Conn, masks, motion and composites, in every region.", "facemat-eval");
  const Run judge = declare_judge(app);
  std::vector<std::pair<CLI::App*, Run>> commands;
  const auto add = [&](const char* name, const char* help, Run (*declare)(CLI::App&)) {
    CLI::App* command = app.add_subcommand(name, help);
    commands.emplace_back(command, declare(*command));
  };
  add("report", "one HTML page over results, pictures and charts inside; tables; a gate for continuous integration",
      declare_report);
  add("compare", "Markdown tables over results of several seeds: means, spread, paired differences, uncertainty",
      declare_compare);
  add("card", "a model card from results: Markdown and JSON", declare_card);
  add("bench", "how fast the metrics are on this machine", declare_bench);
  int code = 0;
  const int failed = run_program(argc, argv, app, [&] {
    for (const auto& [command, run] : commands)
      if (*command) {
        code = run();
        return;
      }
    code = judge();
  });
  return failed != 0 ? failed : code;
}
