// The C API's options and images: numbers and texts that a host program may pass on from anywhere.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "src/core/error.h"
#include "src/runtime/api/facemat.h"
#include "src/runtime/api/options.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

constexpr int kSide = 8, kMostSide = 16, kMostPixelBytes = 16, kLargestSide = 32767;

// The start of an input: the numbers of the options and of the images. Behind it stand the texts, one a line.
struct Numbers {
  fm_composite_options composite{};
  fm_stream_options stream{};
  fm_model_options model{};
  int32_t width = kSide, height = kSide, format = FM_BGR8, weight_format = FM_GRAY8;
};

std::string input(const Numbers& numbers, const std::string& texts) {
  std::string out(sizeof(Numbers), '\0');
  std::memcpy(out.data(), &numbers, sizeof numbers);
  return out + texts;
}

// Pointers come from the texts.
Numbers defaults() {
  Numbers numbers;
  fm_composite_options_init(&numbers.composite, sizeof numbers.composite);
  fm_stream_options_init(&numbers.stream, sizeof numbers.stream);
  fm_model_options_init(&numbers.model, sizeof numbers.model);
  numbers.composite.mode = numbers.composite.uncertain_toward = nullptr;
  numbers.model.provider = numbers.model.optimisation = nullptr;
  return numbers;
}

std::vector<FuzzSeed> seeds() {
  Numbers erode = defaults(), feather = defaults(), opacity = defaults(), wide = defaults();
  Numbers least = defaults(), half = defaults();
  erode.composite.erode = -2'000'000'000, feather.composite.feather = 1e300, opacity.composite.opacity = NAN;
  wide.width = 2'000'000'000, least.composite.size = 8, half.composite.size = 12;  // within the pointer `mode`
  return {{"defaults", input(defaults(), "standard\ntarget\n")},
          {"recompose", input(defaults(), "recompose\nswap\n")},
          {"least_size", input(least, "standard\n")},
          {"half_a_pointer", input(half, "standard\n"), true},
          {"erode", input(erode, "standard\n"), true},
          {"feather", input(feather, "standard\n"), true},
          {"opacity", input(opacity, "standard\n"), true},
          {"wide", input(wide, "standard\n"), true},
          {"no_mode", input(defaults(), "nonsense\n"), true},
          {"short", "x", true}};
}

// Takes the first line off `texts`.
std::string line_of(std::string& texts) {
  const size_t end = std::min(texts.find('\n'), texts.size());
  const std::string line = texts.substr(0, end);
  texts.erase(0, end + 1);
  return line;
}

const char* pointer_to(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

fm_image image(std::vector<uint8_t>& memory, const Numbers& numbers, int32_t format) {
  const int64_t bytes = std::max(1, fm_pixel_bytes(format));
  return {memory.data(), numbers.width, numbers.height, int64_t{numbers.width} * bytes, format};
}

void run_composite(const Numbers& numbers) {
  const bool is_small = numbers.width <= kMostSide && numbers.height <= kMostSide;
  if (!is_small && numbers.width <= kLargestSide && numbers.height <= kLargestSide)
    return;  // the memory behind it would not be as large as the host says
  std::vector<uint8_t> target(kMostSide * kMostSide * kMostPixelBytes, 100), swap = target, alpha = target;
  const fm_image seen = image(target, numbers, numbers.format), swapped = image(swap, numbers, numbers.format);
  const fm_image weights = image(alpha, numbers, numbers.weight_format);
  fm_image out = seen;
  const fm_status status = fm_composite(&seen, &swapped, &weights, &weights, nullptr, &numbers.composite, &out);
  if (status == FM_ERROR_INTERNAL || status == FM_ERROR_MEMORY) throw std::logic_error(fm_last_error());
  if (status != FM_OK) throw Error(fm_last_error());
}

void read(const std::string& bytes) {
  require(bytes.size() >= sizeof(Numbers), "options: too short");
  Numbers numbers;
  std::memcpy(&numbers, bytes.data(), sizeof numbers);
  std::string texts = bytes.substr(sizeof numbers);
  const std::string mode = line_of(texts), toward = line_of(texts), provider = line_of(texts), level = line_of(texts);
  numbers.composite.mode = mode.c_str(), numbers.composite.uncertain_toward = pointer_to(toward);
  numbers.stream.faces = nullptr;
  numbers.model.provider = pointer_to(provider), numbers.model.optimisation = pointer_to(level);
  // Memory is as large as it says.
  numbers.composite.size = std::min<uint32_t>(numbers.composite.size, sizeof numbers.composite);
  numbers.stream.size = std::min<uint32_t>(numbers.stream.size, sizeof numbers.stream);
  numbers.model.size = std::min<uint32_t>(numbers.model.size, sizeof numbers.model);
  api::to_matter_options(api::settled(&numbers.stream, api::stream_defaults(), "stream options"));
  api::to_session_options(&numbers.model);
  run_composite(numbers);
}

}  // namespace

FuzzTarget api_options_target() { return {"api_options", "src/runtime/api/options.h", 512, seeds, read}; }

}  // namespace facemat
