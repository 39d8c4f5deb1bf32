#include "train/commands/step_bench.h"

#include <gtest/gtest.h>

namespace facemat {
namespace {

// GCA Matting of a quarter of its width at 64x64 pixels has 43,294,720 multiplications in its convolutions, counted as
// tests/src/model/networks/gca_test.cpp does; 5,242,880 of them in transposed ones. A step counts three times, each with its
// addition.
TEST(ConvolutionGflop, CountsTransposedConvolutionsByWhatTheyTake) {
  TrainConfig config;
  config.model.network = "gca", config.model.width = 0.25;
  StepBenchOptions options;
  options.batch = 1, options.frames = 1, options.size = 64;
  EXPECT_NEAR(convolution_gflop(config, options), 6e-9 * 43'294'720, 1e-9);
}

}  // namespace
}  // namespace facemat
