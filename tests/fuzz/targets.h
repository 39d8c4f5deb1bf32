#pragma once
// The fuzz targets, each in a source of its own name.

#include "tests/fuzz/target.h"

namespace facemat {

FuzzTarget annotator_target();
FuzzTarget api_options_target();
FuzzTarget bmp_target();
FuzzTarget boxes_csv_target();
FuzzTarget boxes_json_target();
FuzzTarget composite_settings_target();
FuzzTarget contract_target();
FuzzTarget data_settings_target();
FuzzTarget dataset_target();
FuzzTarget exr_target();
FuzzTarget flow_target();
FuzzTarget jpeg_target();
FuzzTarget label_journal_target();
FuzzTarget label_manifest_target();
FuzzTarget names_target();
FuzzTarget onnx_target();
FuzzTarget pickle_target();
FuzzTarget png_target();
FuzzTarget profile_target();
FuzzTarget prompts_csv_target();
FuzzTarget raw_target();
FuzzTarget recipe_target();
FuzzTarget record_target();
FuzzTarget report_target();
FuzzTarget result_target();
FuzzTarget sample_target();
FuzzTarget shard_index_target();
FuzzTarget source_settings_target();
FuzzTarget stream_state_target();
FuzzTarget tar_target();
FuzzTarget training_log_target();
FuzzTarget webp_target();
FuzzTarget y4m_target();
FuzzTarget zip_target();

// With LibTorch.
FuzzTarget certificate_target();
FuzzTarget checkpoint_target();
FuzzTarget export_settings_target();
FuzzTarget run_log_target();
FuzzTarget safetensors_target();
FuzzTarget torch_file_target();
FuzzTarget train_settings_target();

}  // namespace facemat
