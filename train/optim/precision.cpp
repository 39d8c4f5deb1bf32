#include "train/optim/precision.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <fstream>

#include "src/model/compute/convolutions.h"

namespace facemat {
namespace {

namespace autocast = at::autocast;

// The one place where LibTorch's versions differ: one call per device type until 2.3, one for all since.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_on(torch::DeviceType device) { return autocast::is_autocast_enabled(device); }
void switch_autocast(torch::DeviceType device, bool on) { autocast::set_autocast_enabled(device, on); }
void choose_type(torch::DeviceType device, torch::ScalarType type) { autocast::set_autocast_dtype(device, type); }
#else
bool is_on(torch::DeviceType device) { return device == torch::kCPU ? autocast::is_cpu_enabled() : autocast::is_enabled(); }
void switch_autocast(torch::DeviceType device, bool on) {
  device == torch::kCPU ? autocast::set_cpu_enabled(on) : autocast::set_enabled(on);
}
void choose_type(torch::DeviceType device, torch::ScalarType type) {
  device == torch::kCPU ? autocast::set_autocast_cpu_dtype(type) : autocast::set_autocast_gpu_dtype(type);
}
#endif

constexpr double kFirstScale = 65536, kSmallestScale = 1;
constexpr int kStepsToDouble = 2000;

// What /proc/cpuinfo says of the first processor; empty where the system does not tell.
std::string first_processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string text;
  for (std::string line; std::getline(file, line) && !line.empty();) text += line + " \n";
  return text;
}

bool says(const std::string& processor, const char* word) { return processor.find(word) != std::string::npos; }

std::string units_of(const std::string& processor) {
  return says(processor, " amx_bf16 ") ? "AMX" : says(processor, " avx512_bf16 ") ? "AVX512-BF16" : "none";
}

}  // namespace

std::string bf16_units() { return held_to_old_instructions() ? "none" : units_of(first_processor()); }

bool faster_in_bf16(const std::string& processor) {
  const std::string units = units_of(processor);
  return units == "AMX" || (units == "AVX512-BF16" && says(processor, "AuthenticAMD"));
}

std::string resolved_precision(const std::string& precision, const torch::Device& device) {
  if (precision != "auto") return precision;
  return device.is_cpu() && bf16_units() != "none" && faster_in_bf16(first_processor()) ? "bf16" : "fp32";
}

torch::Tensor as_float(const torch::Tensor& tensor) { return tensor.defined() ? tensor.to(torch::kFloat32) : tensor; }

Autocast::Autocast(const torch::Device& device, const std::string& precision)
    : device_(device.type()), on_(precision != "fp32"), before_(on_ && is_on(device_)) {
  if (!on_) return;
  choose_type(device_, precision == "fp16" ? torch::kHalf : torch::kBFloat16);
  switch_autocast(device_, true);
}

Autocast::~Autocast() {
  if (!on_) return;
  autocast::clear_cache();  // short copies of the weights: they change with the next step
  switch_autocast(device_, before_);
}

LossScale::LossScale(const std::string& precision) : on_(precision == "fp16"), value_(on_ ? kFirstScale : 1) {}

bool LossScale::update(bool finite) {
  if (!on_) return false;
  if (finite) {
    if (++good_steps_ == kStepsToDouble) value_ *= 2, good_steps_ = 0;
    return false;
  }
  good_steps_ = 0;
  value_ /= 2;
  return value_ >= kSmallestScale;
}

}  // namespace facemat
