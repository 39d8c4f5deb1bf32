#include "export/passes/passes.h"

#include "export/passes/rewrites.h"
#include "src/core/text.h"

namespace facemat {

const std::vector<Pass>& pass_table() {
  static const std::vector<Pass> table = {
      {"fold_batch_norms", "a batch norm becomes part of the convolution before it", fold_batch_norms},
      {"fold_normalisation", "the first convolution takes the picture as it comes", fold_normalisation},
      {"fold_constants", "what can be known before the graph runs is computed now", fold_constants},
      {"drop_identities", "operators that pass on what they get are removed", drop_identities},
      {"drop_unused", "operators and constants that no output needs are removed", drop_unused},
      {"merge_duplicates", "operators and constants that are there twice are kept once", merge_duplicates},
      {"join_slices", "slices that take all channels of a map apart become one split", join_slices},
      {"split_joined_inputs", "a convolution of joined maps becomes the sum of the convolutions of each", split_joined_inputs},
      {"block_splits", "channels are taken apart in ONNX Runtime's blocked layout", block_splits},
      {"block_crops", "a row or column is cut off in ONNX Runtime's blocked layout", block_crops},
      {"move_slices_up", "channels are taken apart before they are computed with, not after", move_slices_up},
      {"sum_before_resize", "what is added to an enlarged map is added before it is enlarged", sum_before_resize},
      {"mean_by_product", "the mean of channels is a matrix product", mean_by_product},
      {"resize_by_axes", "a map is enlarged along one axis, then along the other", resize_by_axes},
      {"mean_by_rows", "the mean of a map is the mean of its rows' means, which is more exact than a pooling", mean_by_rows},
      {"open_hard_swish", "hard-swish as a product with a hard-sigmoid", open_hard_swish},
      {"clip_gates", "a hard-sigmoid after a convolution as a clip, its slope in the convolution", clip_gates},
      {"old_inputs", "splits and resizes as up to opset 12", old_inputs},
      {"own_instance_norms", "gains and biases of instance norms are nobody else's", own_instance_norms},
      {"clip_by_relu", "clipping by two rectifiers", clip_by_relu},
      {"whole_shapes", "shapes of all dimensions, as up to opset 14", whole_shapes},
      {"drop_zeros", "nothing is added to, or computed of, what is zero everywhere", drop_zeros},
      {"block_upsampling", "maps to be enlarged come in ONNX Runtime's blocked layout", block_upsampling},
      {"block_hard_swish", "hard-swish is computed in ONNX Runtime's blocked layout", block_hard_swish},
      {"block_blends", "h + z (c - h) for (1 - z) h + z c, in ONNX Runtime's blocked layout", block_blends},
      {"state_shapes", "the sizes of all maps are written into the file, open ones by name", state_shapes},
      {"open_crops", "a crop that cuts nothing is written so that ONNX Runtime sees it", open_crops},
  };
  return table;
}

void run_passes(Graph& graph, const std::vector<std::string>& names) {
  for (const std::string& name : names) find_entry(pass_table(), &Pass::name, name, "no pass of a graph is named").run(graph);
}

}  // namespace facemat
