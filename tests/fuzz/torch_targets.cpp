// THE TABLE OF FUZZ TARGETS that need LibTorch (targets.cpp holds the others).

#include "tests/fuzz/targets.h"

namespace facemat {

const std::vector<FuzzTarget>& fuzz_targets() {
  static const std::vector<FuzzTarget> table = {
      certificate_target(), checkpoint_target(), export_settings_target(), run_log_target(),
      safetensors_target(), torch_file_target(), train_settings_target(),
  };
  return table;
}

}  // namespace facemat
