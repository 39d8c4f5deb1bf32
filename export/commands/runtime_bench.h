#pragma once
// How fast exported graphs are in ONNX Runtime here: as the network was recorded, and as it is rewritten (export/passes).
// Figures for people; no test asserts them.

#include <string>
#include <vector>

#include "src/core/progress.h"
#include "src/model/weights/weights.h"

namespace facemat {

struct RuntimeBenchOptions {
  int rounds = 40;                    // frames of each graph that are measured
  std::vector<int> threads = {1, 2};  // of ONNX Runtime
};

// One way to write and to run the same network: "plain export" (batch norms folded, else operator for operator), "rewritten"
// for open sizes and for the size of the frames. "prepared": open sizes that the runtime settles for the clip (SessionOptions).
struct RuntimeTime {
  std::string graph;
  double p50 = 0, p99 = 0;  // milliseconds a frame
  double of_plain = 0;      // the median over the rounds of the time divided by the plain export's in the same round
};

struct RuntimeBench {
  std::string work;  // "512x512", "1920x1080 at ratio 0.25"
  int threads = 0;
  std::vector<RuntimeTime> times;
};

// RVM's network with random weights and the refiner, for where no model is given. `foreground`: predicts the foreground too, as
// RVM's published models do.
TrainedModel random_model(bool foreground);

// Whole frames through the runtime's session, states carried on, all graphs in turns: a disturbance of the machine meets all of
// them. 512x512, and 1920x1080 at ratio 0.25 if the model takes a ratio. Guides are drawn.
std::vector<RuntimeBench> bench_runtime(const TrainedModel& model, const RuntimeBenchOptions& options, Progress& progress);

}  // namespace facemat
