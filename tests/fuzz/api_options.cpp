// The C API's options and images: numbers and texts that a host program may pass on from anywhere.

#include <cstring>
#include <vector>

#include "src/core/error.h"
#include "src/runtime/api/facemat.h"
#include "src/runtime/api/options.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

constexpr int kSide = 8;

// The start of an input: the numbers of the options and of the images. Behind it stand the texts, one a line.
struct Numbers {
  fm_composite_options composite{};
  fm_stream_options stream{};
  int32_t width = kSide, height = kSide, format = FM_BGR8, weight_format = FM_GRAY8;
};

std::string input(const Numbers& numbers, const std::string& texts) {
  std::string out(sizeof(Numbers), '\0');
  std::memcpy(out.data(), &numbers, sizeof numbers);
  return out + texts;
}

Numbers defaults() {
  Numbers numbers;
  fm_composite_options_init(&numbers.composite, sizeof numbers.composite);
  fm_stream_options_init(&numbers.stream, sizeof numbers.stream);
  numbers.composite.mode = numbers.composite.uncertain_toward = nullptr;
  return numbers;
}

std::vector<FuzzSeed> seeds() {
  Numbers erode = defaults(), feather = defaults(), opacity = defaults(), size = defaults(), wide = defaults();
  erode.composite.erode = -2'000'000'000, feather.composite.feather = 1e300, opacity.composite.opacity = NAN;
  size.composite.size = 4, wide.width = 2'000'000'000;
  return {{"defaults", input(defaults(), "standard\ntarget\n")},
          {"recompose", input(defaults(), "recompose\nswap\n")},
          {"smallest_size", input(size, "standard\n")},
          {"erode", input(erode, "standard\n"), true},
          {"feather", input(feather, "standard\n"), true},
          {"opacity", input(opacity, "standard\n"), true},
          {"wide", input(wide, "standard\n"), true},
          {"no_mode", input(defaults(), "nonsense\n"), true},
          {"short", "x", true}};
}

// An image of the size and format of the input; refused by the target where it would be larger than the memory behind it.
fm_image image(std::vector<uint8_t>& memory, const Numbers& numbers, int32_t format) {
  const int64_t bytes = std::max(1, fm_pixel_bytes(format));
  return {memory.data(), numbers.width, numbers.height, int64_t{numbers.width} * bytes, format};
}

void read(const std::string& bytes) {
  require(bytes.size() >= sizeof(Numbers), "options: too short");
  Numbers numbers;
  std::memcpy(&numbers, bytes.data(), sizeof numbers);
  const std::string texts = bytes.substr(sizeof numbers);
  const size_t end = texts.find('\n');
  const std::string mode = texts.substr(0, end),
                    toward = end == std::string::npos ? "" : texts.substr(end + 1, texts.find('\n', end + 1) - end - 1);
  numbers.composite.mode = mode.c_str(), numbers.composite.uncertain_toward = toward.empty() ? nullptr : toward.c_str();
  numbers.composite.size =
      std::min<uint32_t>(numbers.composite.size, sizeof numbers.composite);  // memory is as large as it says
  constexpr int kMostSide = 16, kMostPixelBytes = 16;
  const bool is_small = numbers.width <= kMostSide && numbers.height <= kMostSide;
  std::vector<uint8_t> target(kMostSide * kMostSide * kMostPixelBytes, 100), swap = target, alpha = target;
  if (!is_small && numbers.width <= 32767 && numbers.height <= 32767) return;  // the host's promise would be broken
  const fm_image seen = image(target, numbers, numbers.format), swapped = image(swap, numbers, numbers.format);
  const fm_image weights = image(alpha, numbers, numbers.weight_format);
  fm_image out = seen;
  const fm_status status = fm_composite(&seen, &swapped, &weights, &weights, nullptr, &numbers.composite, &out);
  if (status == FM_ERROR_INTERNAL || status == FM_ERROR_MEMORY) throw std::logic_error(fm_last_error());
  if (status != FM_OK) throw Error(fm_last_error());
}

}  // namespace

FuzzTarget api_options_target() { return {"api_options", "src/runtime/api/options.h", 512, seeds, read}; }

}  // namespace facemat
