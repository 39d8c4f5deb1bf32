// facemat-composite: puts a swapped face or a filter under whatever covers the face, in images, folders, videos, from cameras
// and through pipes.

#include <fmt/format.h>

#include <cstdio>

#include "src/core/json.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/core/text.h"
#include "tools/composite/bench.h"
#include "tools/composite/interrupt.h"
#include "tools/composite/options.h"
#include "tools/composite/run.h"

namespace {

using namespace facemat;

std::string first_output(const CompositeCommand& command) {
  for (const auto& [name, where] : command.outputs)
    if (!where.empty() && (name == "out" || command.outputs.at("out").empty())) return where;
  return "";
}

void print_outcome(const CompositeCommand& command, const CompositeConfig& config, const CompositeOutcome& outcome,
                   double seconds) {
  const std::string where = first_output(command);
  bool piped = false;  // then standard output holds frames
  for (const auto& output : command.outputs) piped = piped || output.second == "-";
  std::FILE* const to = piped ? stderr : stdout;
  if (command.json) {
    nlohmann::json json = {{"frames", outcome.frames},
                           {"kept", outcome.kept},
                           {"cuts", outcome.cuts},
                           {"without_face", outcome.without_face},
                           {"seconds", seconds},
                           {"out", where},
                           {"interrupted", outcome.interrupted},
                           {"note", outcome.note},
                           {"limits", outcome.limits},
                           {"peak_mib", mebibytes(peak_memory())}};
    for (const StageTime& stage : outcome.stages) json["stage_seconds"][stage.name] = stage.busy_seconds;
    fmt::print(to, "{}\n", json_text(json));
    return;
  }
  fmt::print(to, "{}: {} frame{} in {:.1f} s{}{}\n", printable(where), outcome.frames, outcome.frames == 1 ? "" : "s", seconds,
             outcome.kept > 0 ? fmt::format(", {} kept", outcome.kept) : "",
             outcome.interrupted ? "; stopped before the end, what there is can be played" : "");
  if (outcome.without_face > 0)
    fmt::print(to, "no face found in {} of them{} (--faces never: the model sees whole frames{})\n", outcome.without_face,
               config.faces.find.on_missing == "empty" ? ", which stay as they are" : "",
               config.faces.find.detector.kind == "cascade" ? "; --faces yunet:FILE.onnx finds more than the cascade" : "");
  if (!outcome.note.empty()) fmt::print(to, "{}\n", printable_lines(outcome.note));
}

void run(const CompositeCommand& command) {
  const CompositeConfig config = settings_of(command);
  if (command.config.print) {
    std::fputs(config_to_yaml(config).c_str(), stdout);
    return;
  }
  check(command, config);
  cv::setNumThreads(command.threads);
  const InterruptGuard guard;
  const Stopwatch watch;
  const CompositeOutcome outcome = run_composite(command, config);
  print_outcome(command, config, outcome, watch.seconds());
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  CLI::App app("Puts a swapped face or a filter under whatever covers the face.", "facemat-composite");
  CompositeCommand command;
  BenchCommand bench;
  declare(app, command);
  const CLI::App* benchmark = declare(app, bench);
  const int code = run_program(argc, argv, app, [&] {
    if (*benchmark)
      run_bench(bench);
    else
      run(command);
  });
  constexpr int kInterrupted = 130;
  return InterruptGuard::interrupted() ? kInterrupted : code;
}
