#pragma once
// One job of facemat-composite, from opened inputs to finished outputs.

#include <string>
#include <vector>

#include "src/media/frames/pipeline.h"
#include "tools/composite/options.h"

namespace facemat {

struct CompositeOutcome {
  int64_t frames = 0;  // written
  int64_t kept = 0;    // of an earlier run
  int64_t cuts = 0;
  int64_t without_face = 0;  // frames in which none was found
  bool interrupted = false;
  std::string note;                 // what people should look at, in lines; usually empty
  std::vector<std::string> limits;  // what of the inputs is not in the outputs, as it was said before the work
  double seconds = 0;  // from the first frame asked for to the last output finished: without opening inputs and models
  std::vector<StageTime> stages;
};

// Runs the job. Stopped by Ctrl-C, or where swap or mattes end before the target, it finishes its outputs with the frames they
// have. Otherwise they appear whole or not at all; on a full disk, and in folders to be resumed, finished frames stay.
// `overlap`: stages work at the same time; else one after the other, which measures them.
CompositeOutcome run_composite(const CompositeCommand& command, const CompositeConfig& config, bool overlap = true);

}  // namespace facemat
