#include "tools/composite/outputs.h"

#include <opencv2/imgproc.hpp>

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {
namespace {

bool always(const CompositeConfig&) { return true; }
bool never(const CompositeConfig&) { return false; }
bool if_layer(const CompositeConfig& config) { return config.layer == "swap"; }

const cv::Mat& layer_of(const CompositeFrame& frame, const CompositeConfig& config) {
  return config.layer == "swap" ? frame.swap : frame.target.image;
}

cv::Mat composited(const CompositeFrame& frame, const CompositeConfig& config, const cv::Mat& region) {
  return composite(frame.target.image, frame.swap, frame.matte, config.blend, region);
}

cv::Mat alpha(const CompositeFrame& frame, const CompositeConfig&, const cv::Mat&) { return frame.matte.alpha; }

cv::Mat over_screen(const CompositeFrame& frame, const CompositeConfig& config, const cv::Mat& region) {
  const cv::Mat& layer = layer_of(frame, config);
  const cv::Mat screen = at_depth(cv::Mat(layer.size(), CV_8UC3, screen_colour(config.green)), layer.depth());
  CompositeOptions plain;
  plain.linear_light = config.blend.linear_light;
  return composite(screen, layer, swap_weights(frame.matte, config.blend, region), plain);
}

// Over the target it gives the plain composite.
cv::Mat with_alpha(const CompositeFrame& frame, const CompositeConfig& config, const cv::Mat& region) {
  const cv::Mat layers[] = {to_float(layer_of(frame, config)), swap_weights(frame.matte, config.blend, region)};
  cv::Mat out(layers[0].size(), CV_32FC4);
  const int channels[] = {0, 0, 1, 1, 2, 2, 3, 3};
  cv::mixChannels(layers, 2, &out, 1, channels, 4);
  return out;
}

}  // namespace

const std::vector<OutputKind>& output_kinds() {
  static const std::vector<OutputKind> table = {
      {"out", "the composite: image, new folder, video or -", false, always, composited},
      {"alpha-out", "the mattes (white: visible face)", false, never, alpha},
      {"green-out", "the swap alone over a screen of one colour (settings 'green', 'layer')", false, if_layer, over_screen},
      {"rgba-out", "the swap alone with its alpha (settings 'premultiplied', 'layer')", true, if_layer, with_alpha},
  };
  return table;
}

void split_alpha(cv::Mat& picture, cv::Mat& alpha) {
  if (picture.channels() != 4) return;
  cv::extractChannel(picture, alpha, 3);
  cv::cvtColor(picture, picture, cv::COLOR_BGRA2BGR);
}

cv::Mat with_target_alpha(const cv::Mat& picture, const cv::Mat& alpha, bool holds) {
  if (alpha.empty()) return picture;
  if (holds) {
    const cv::Mat layers[] = {picture, at_depth(alpha, picture.depth())};
    cv::Mat out(picture.size(), CV_MAKETYPE(picture.depth(), 4));
    const int channels[] = {0, 0, 1, 1, 2, 2, 3, 3};
    cv::mixChannels(layers, 2, &out, 1, channels, 4);
    return out;
  }
  cv::Mat weights, floats = to_float(picture).clone();
  cv::cvtColor(to_float(alpha), weights, cv::COLOR_GRAY2BGR);
  return at_depth(floats.mul(weights), picture.depth());
}

cv::Scalar screen_colour(const std::string& text) {
  const bool hex = text.size() == 6 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  require(hex, "green: '{}' is not a colour (RRGGBB, such as 00b140)", text);
  const auto value = static_cast<int>(std::stoul(text, nullptr, 16));
  return cv::Scalar(value & 255, value >> 8 & 255, value >> 16);
}

cv::Mat at_depth(const cv::Mat& image, int depth) {
  if (image.depth() == depth) return image;
  const cv::Mat floats = to_float(image);
  return depth == CV_8U ? to_u8(floats) : depth == CV_16U ? to_u16(floats) : floats;
}

}  // namespace facemat
