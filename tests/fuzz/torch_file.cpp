// PyTorch's archives of weights.

#include "src/model/weights/torch_file.h"

#include "tests/fuzz/targets.h"
#include "tests/src/model/weights/torch_archives.h"

namespace facemat {
namespace {

std::string archive_of(const PickledTensor& tensor) {
  return torch_archive(
      {{"data.pkl", pickled(pickled_dictionary({{"weight", pickled_tensor(tensor)}}))}, {"data/0", std::string(24, '\1')}});
}

std::vector<FuzzSeed> seeds() {
  PickledTensor beyond, negative, wide, nothing;
  beyond.count = int64_t{1} << 62, negative.strides = {-3, 1}, wide.sizes = {int64_t{1} << 32, int64_t{1} << 32};
  nothing.sizes = {int64_t{1} << 32, int64_t{1} << 32, 0}, nothing.strides = {1, 1, 1};
  return {{"saved", saved_state_dict({{"weight", torch::ones({2, 3})}})},
          {"by_hand", archive_of({})},
          {"count_beyond_the_storage", archive_of(beyond), true},
          {"negative_strides", archive_of(negative), true},
          {"sizes_beyond_64_bits", archive_of(wide), true},
          {"sizes_beside_nothing", archive_of(nothing), true},
          {"no_archive", "PK\3\4", true}};
}

void read(const std::string& bytes) { decode_torch_file(bytes, "weights"); }

}  // namespace

FuzzTarget torch_file_target() { return {"torch_file", "src/model/weights/torch_file.h", 4096, seeds, read}; }

}  // namespace facemat
