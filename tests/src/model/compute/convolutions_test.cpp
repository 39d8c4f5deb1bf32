#include "src/model/compute/convolutions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "src/core/error.h"

namespace facemat {
namespace {

using testing::HasSubstr;

constexpr ConvolutionCase kDense{2, 64, 1, 3, 1, 1, torch::kFloat32, torch::MemoryFormat::ChannelsLast};

double error_with_weights_of(double weight, const ConvolutionCase& c = kDense) {
  return convolution_error(c, torch::ones({1, c.in, 5, 4}), torch::full({c.out, c.in / c.groups, c.kernel, c.kernel}, weight));
}

TEST(Convolutions, AreRightInThisProcess) { EXPECT_TRUE(convolutions_are_right()); }

TEST(Convolutions, DifferByRoundingFromThoseInDouble) {
  ConvolutionCase c = kDense;
  EXPECT_GT(error_with_weights_of(0.1), 0);
  EXPECT_LT(error_with_weights_of(0.1), 1e-5);
  c.groups = c.in = c.out = 3, c.kernel = 5, c.dilation = 2, c.stride = 2;
  EXPECT_LT(error_with_weights_of(0.1, c), 1e-5);
  c.type = torch::kBFloat16;
  EXPECT_LT(error_with_weights_of(0.1, c), 0.02);
}

// Weights with which float overflows and double does not stand for a kernel that is wrong. 18 products make a pixel of the
// output, 9 x 64 one of the input's gradient: with the lesser weight that alone overflows.
TEST(Convolutions, AWrongOutputOrGradientIsFound) {
  EXPECT_EQ(error_with_weights_of(3e38), std::numeric_limits<double>::infinity());
  EXPECT_EQ(error_with_weights_of(1.5e37), std::numeric_limits<double>::infinity());
  ConvolutionCase fewer = kDense;
  fewer.out = 2;
  EXPECT_LT(error_with_weights_of(1.5e37, fewer), 1e-5);
}

// use_right_convolutions() changes the process: each of these runs in one of its own, which ends with 0 if `holds`.
template <typename Holds>
void expect_in_a_process(const Holds& holds) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        ::unsetenv(kInstructionsVariable);
        std::exit(holds() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(UseRightConvolutionsDeathTest, LeavesWhatIsRightAsItIs) {
  expect_in_a_process([] { return use_right_convolutions([] { return true; }).empty() && !held_to_old_instructions(); });
}

TEST(UseRightConvolutionsDeathTest, HoldsBackWhatIsWrongOtherwiseAndSaysSo) {
  expect_in_a_process([] {
    const std::string warning = use_right_convolutions(held_to_old_instructions);
    return held_to_old_instructions() && warning.find("ONEDNN_MAX_CPU_ISA=SSE41") != std::string::npos &&
           warning.find(TORCH_VERSION) != std::string::npos;
  });
}

TEST(UseRightConvolutionsDeathTest, ACrashOrAnExceptionIsWrongToo) {
  expect_in_a_process([] {
    use_right_convolutions([] { return held_to_old_instructions() || (std::abort(), false); });
    return held_to_old_instructions();
  });
  expect_in_a_process([] {
    use_right_convolutions([]() -> bool { return held_to_old_instructions() || (throw Error("no"), false); });
    return held_to_old_instructions();
  });
}

TEST(UseRightConvolutionsDeathTest, RefusesWhatIsWrongEitherWay) {
  expect_in_a_process([] {
    try {
      use_right_convolutions([] { return false; });
    } catch (const Error& error) {
      return std::string(error.what()).find("another build") != std::string::npos;
    }
    return false;
  });
}

}  // namespace
}  // namespace facemat
