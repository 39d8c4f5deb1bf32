#include "src/model/compute/convolutions.h"

#include <ATen/CPUGeneratorImpl.h>
#include <sys/wait.h>
#include <torch/version.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "src/core/error.h"

namespace facemat {
namespace {

constexpr const char* kOldInstructions = "SSE41";
constexpr int64_t kMaps = 2, kHeight = 9, kWidth = 11;

torch::Tensor random_numbers(at::IntArrayRef shape, uint64_t seed) {
  return torch::randn(shape, at::detail::createCPUGenerator(seed), torch::kFloat64);
}

// The convolution, and the gradients by x and weight of its sum weighted by random numbers. Without autograd, whose engine does
// not run in a child of a process that has used it.
std::vector<torch::Tensor> computed(const ConvolutionCase& c, const torch::Tensor& x, const torch::Tensor& weight) {
  const torch::NoGradGuard no_grad;
  const std::vector<int64_t> stride(2, c.stride), padding(2, (c.kernel - 1) / 2 * c.dilation), dilation(2, c.dilation);
  const auto y = torch::conv2d(x, weight, {}, stride, padding, dilation, c.groups);
  const auto dy = random_numbers(y.sizes(), /*seed=*/3).to(y.options()).contiguous(y.suggest_memory_format());
  const auto [dx, d_weight, unused] =
      at::convolution_backward(dy, x, weight, at::OptionalIntArrayRef{}, stride, padding, dilation, /*transposed=*/false,
                               /*output_padding=*/{0, 0}, c.groups, {true, true, false});
  return {y, dx, d_weight};
}

bool is_right(const ConvolutionCase& c) {
  const auto x = random_numbers({kMaps, c.in, kHeight, kWidth}, 1),
             weight = random_numbers({c.out, c.in / c.groups, c.kernel, c.kernel}, 2);
  return convolution_error(c, x, weight) < (c.type == torch::kFloat32 ? 1e-3 : 0.1);
}

// What `question` answers in a process of its own; no, if that process dies of it.
bool ask_a_child(const std::function<bool()>& question) {
  const pid_t child = ::fork();
  require(child >= 0, "no process can be started to check LibTorch's convolutions");
  if (child == 0) {
    torch::set_num_threads(1);  // a child has none of its parent's threads to wait for
    bool yes = false;
    try {
      yes = question();
    } catch (const std::exception&) {
    }
    ::_exit(yes ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

double convolution_error(const ConvolutionCase& c, const torch::Tensor& x, const torch::Tensor& weight) {
  const auto short_x = x.to(c.type).contiguous(c.layout), short_weight = weight.to(c.type);
  const auto found = computed(c, short_x, short_weight);
  const auto right = computed(c, short_x.to(torch::kFloat64).contiguous(), short_weight.to(torch::kFloat64));
  double worst = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double error = (found[i].to(torch::kFloat64) - right[i]).abs().max().item<double>();
    const double part = error / right[i].abs().max().item<double>();
    worst = std::isfinite(part) ? std::max(worst, part) : std::numeric_limits<double>::infinity();
  }
  return worst;
}

bool convolutions_are_right() {
  for (const auto type : {torch::kFloat32, torch::kBFloat16})
    for (const auto layout : {torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast})
      for (const ConvolutionCase& c : {ConvolutionCase{24, 24, 1, 3, 1, 1, type, layout},
                                       {40, 16, 1, 3, 2, 1, type, layout},
                                       {27, 27, 1, 3, 1, 1, type, layout},
                                       {1, 1, 1, 3, 1, 1, type, layout},
                                       {16, 16, 16, 5, 1, 2, type, layout},
                                       {24, 24, 24, 3, 2, 1, type, layout}})
        if (!is_right(c)) return false;
  return true;
}

std::string use_right_convolutions(const std::function<bool()>& are_right) {
  if (ask_a_child(are_right)) return {};
  ::setenv(kInstructionsVariable, kOldInstructions, /*overwrite=*/1);
  require(ask_a_child(are_right),
          "LibTorch {} computes convolutions wrong on this processor, with {}={} too: use another build of it", TORCH_VERSION,
          kInstructionsVariable, kOldInstructions);
  return fmt::format(
      "LibTorch {} computes convolutions wrong with this processor's newer instructions; it is held to SSE4.1 "
      "({}={}), which is right and several times slower",
      TORCH_VERSION, kInstructionsVariable, kOldInstructions);
}

bool held_to_old_instructions() {
  const char* value = std::getenv(kInstructionsVariable);
  return value != nullptr && std::string(value) == kOldInstructions;
}

}  // namespace facemat
