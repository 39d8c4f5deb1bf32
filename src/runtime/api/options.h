#pragma once
// The C API's options as the toolkit's. They, and other structs that may grow, begin with the size of the caller's struct,
// which may be of an older or a newer version of the library. Mistakes of the caller are ArgumentErrors (images.h).

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "src/core/program.h"
#include "src/runtime/api/facemat.h"
#include "src/runtime/api/images.h"
#include "src/runtime/compose/compositor.h"
#include "src/runtime/onnx/providers.h"
#include "src/runtime/predictors/matter.h"

namespace facemat::api {

// The caller's options over the defaults: an older program knows fewer, a newer one may know more, which must be left at 0
// here.
template <typename Options>
Options settled(const Options* given, const Options& defaults, const char* what) {
  constexpr uint32_t kMostBytes = 4096;
  if (given == nullptr) return defaults;
  const uint32_t size = given->size;
  // Every version's struct ends where one of its widest fields could begin: no pointer of the caller's is taken by half.
  demand(size >= sizeof(size) && size <= kMostBytes && size % alignof(Options) == 0,
         "{}: size is {} (allowed: as its init function sets it)", what, size);
  Options out = defaults;
  std::memcpy(&out, given, std::min<size_t>(size, sizeof(Options)));
  const auto* bytes = reinterpret_cast<const uint8_t*>(given);
  const bool known =
      std::all_of(bytes + std::min<size_t>(size, sizeof(Options)), bytes + size, [](uint8_t b) { return b == 0; });
  demand(known, "{}: an option that this version ({}) does not know is set", what, kVersion);
  return out;
}

// As much of `defaults` as fits into the caller's struct, with its size.
template <typename Options>
void initialise(Options* options, uint32_t size, Options defaults) {
  if (options == nullptr || size < sizeof(size)) return;
  defaults.size = std::min<uint32_t>(size, sizeof(Options));
  std::memset(options, 0, size);
  std::memcpy(options, &defaults, defaults.size);
}

// What options are where the caller gives none.
fm_stream_options stream_defaults();

inline const char* or_default(const char* text, const char* fallback) { return text == nullptr ? fallback : text; }

// NULL: the defaults.
SessionOptions to_session_options(const fm_model_options* given);
CompositeOptions to_composite_options(const fm_composite_options* given);

// Of settled options; `faces` is left to who makes the stream.
MatterOptions to_matter_options(const fm_stream_options& o);

}  // namespace facemat::api
