// What a stream remembers, saved. The hash at its end is set right in a second reading.

#include <algorithm>

#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/runtime/predictors/matter_state.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

constexpr size_t kHashDigits = 16;

std::string hashed(const std::string& body) { return body + hash_text(hash_bytes(body)); }

std::vector<FuzzSeed> seeds() {
  MatterState state;
  state.network = "tiny", state.weights_hash = "00000000000000aa", state.frame = {32, 24}, state.seen = {32, 32};
  const std::string without = state_to_bytes(state);
  state.states = {{{1, 1, 2, 2}, {1, 2, 3, 4}}, {{1, 0}, {}}};
  std::string many = state_to_bytes(state).substr(0, without.size() - kHashDigits - 8);
  return {{"states", state_to_bytes(state)},
          {"no_states", without},
          {"more_states_than_bytes", hashed(many + std::string(8, '\1')), true},
          {"start_alone", "facemat state 1\n", true}};
}

void read(const std::string& bytes) {
  try {
    state_from_bytes(hashed(bytes.substr(0, bytes.size() - std::min(bytes.size(), kHashDigits))), "state");
  } catch (const Error&) {  // as damaged as it was made up
  }
  state_to_bytes(state_from_bytes(bytes, "state"));
}

}  // namespace

FuzzTarget stream_state_target() { return {"stream_state", "src/runtime/predictors/matter_state.h", 1024, seeds, read}; }

}  // namespace facemat
