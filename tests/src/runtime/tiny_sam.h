#pragma once
// Stand-ins with the ports of Segment Anything's files, whose answers are known by hand.

#include <string>
#include <vector>

#include "src/core/file.h"
#include "src/runtime/sources/alpha_settings.h"
#include "tests/support/tiny_onnx.h"

namespace facemat {

// [1,3,side,side] -> [1,256,side / 16,side / 16]: every channel is the mean of the three over blocks of 16x16 pixels.
inline std::string sam_encoder(int side = 1024) {
  using namespace tiny_onnx;
  return model(
      node("AveragePool", {"images"}, "blocks", attributes("kernel_shape", {16, 16}) + attributes("strides", {16, 16})) +
          node("Conv", {"blocks", "w"}, "embeddings") +
          weights("w", {256, 3, 1, 1}, std::vector<float>(static_cast<size_t>(256) * 3, 1 / 3.f)) +
          port(11, "images", {1, 3, side, side}) + port(12, "embeddings", {1, 256, side / 16, side / 16}),
      "");
}

// What the decoder's logits are made of: mask k is, everywhere,
//   coords sum(point_coords) + labels sum(point_labels) + embedding mean(image_embeddings)
//   + mask has_mask_input mean(mask_input) + offsets[k].
struct SamDecoder {
  float coords = 0, labels = 0, embedding = 0, mask = 0;
  std::vector<float> offsets = {0}, scores = {1};  // of each mask
};

inline std::string sam_decoder(const SamDecoder& d, int side = 1024) {
  using namespace tiny_onnx;
  const auto count = static_cast<int64_t>(d.offsets.size());
  const Bytes scalar = attribute("keepdims", 0);
  return model(node("ReduceSum", {"point_coords"}, "sum_c", scalar) + node("Mul", {"sum_c", "by_c"}, "c") +
                   node("ReduceSum", {"point_labels"}, "sum_l", scalar) + node("Mul", {"sum_l", "by_l"}, "l") +
                   node("ReduceMean", {"image_embeddings"}, "mean_e", scalar) + node("Mul", {"mean_e", "by_e"}, "e") +
                   node("ReduceMean", {"mask_input"}, "mean_m", scalar) + node("Mul", {"mean_m", "has_mask_input"}, "had_m") +
                   node("Mul", {"had_m", "by_m"}, "m") + node("Add", {"c", "l"}, "cl") + node("Add", {"e", "m"}, "em") +
                   node("Add", {"cl", "em"}, "value") + node("Add", {"value", "offsets"}, "each") +
                   node("Concat", {"one_of_many", "orig_im_size"}, "sizes", attribute("axis", 0)) +
                   node("Cast", {"sizes"}, "shape", attribute("to", kInt64)) + node("Expand", {"each", "shape"}, "masks") +
                   node("Identity", {"scores"}, "iou_predictions") + node("Identity", {"mask_input"}, "low_res_masks") +
                   weights("by_c", {1}, {d.coords}) + weights("by_l", {1}, {d.labels}) + weights("by_e", {1}, {d.embedding}) +
                   weights("by_m", {1}, {d.mask}) + weights("offsets", {1, count, 1, 1}, d.offsets) +
                   weights("scores", {1, count}, d.scores) + weights("one_of_many", {2}, {1, static_cast<float>(count)}) +
                   port(11, "image_embeddings", {1, 256, side / 16, side / 16}) + port(11, "point_coords", {1, -1, 2}) +
                   port(11, "point_labels", {1, -1}) + port(11, "mask_input", {1, 1, side / 4, side / 4}) +
                   port(11, "has_mask_input", {1}) + port(11, "orig_im_size", {2}) + port(12, "masks", {-1, -1, -1, -1}) +
                   port(12, "iou_predictions", {1, count}) + port(12, "low_res_masks", {1, 1, side / 4, side / 4}),
               "");
}

// Settings of kind segment_anything over the two files in `folder`, which are written; pictures as its authors' are made.
inline AlphaSourceConfig sam_settings(const std::filesystem::path& folder, const SamDecoder& decoder, int side = 1024) {
  write_file(folder / "encoder.onnx", sam_encoder(side));
  write_file(folder / "decoder.onnx", sam_decoder(decoder, side));
  AlphaSourceConfig config;
  config.kind = "segment_anything";
  config.network.model = (folder / "encoder.onnx").string();
  config.network.range_high = 255;
  config.network.mean = {123.675, 116.28, 103.53};
  config.network.std = {58.395, 57.12, 57.375};
  config.segment_anything.decoder = (folder / "decoder.onnx").string();
  return config;
}

}  // namespace facemat
