// THE TABLE OF FUZZ TARGETS that need no LibTorch (torch_targets.cpp holds the others).

#include "tests/fuzz/targets.h"

namespace facemat {

const std::vector<FuzzTarget>& fuzz_targets() {
  static const std::vector<FuzzTarget> table = {
      annotator_target(),     api_options_target(),
      bmp_target(),           boxes_csv_target(),
      boxes_json_target(),    composite_settings_target(),
      contract_target(),      data_settings_target(),
      dataset_target(),       exr_target(),
      flow_target(),          jpeg_target(),
      label_journal_target(), label_manifest_target(),
      names_target(),         onnx_target(),
      pickle_target(),        png_target(),
      profile_target(),       prompts_csv_target(),
      raw_target(),           recipe_target(),
      record_target(),        report_target(),
      result_target(),        sample_target(),
      shard_index_target(),   source_settings_target(),
      stream_state_target(),  tar_target(),
      training_log_target(),  webp_target(),
      y4m_target(),           zip_target(),
  };
  return table;
}

}  // namespace facemat
