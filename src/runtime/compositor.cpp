#include "src/runtime/compositor.h"

#include "src/core/error.h"
#include "src/image/pixels.h"

namespace facemat {

cv::Mat composite(const cv::Mat& target, const cv::Mat& swap, const cv::Mat& alpha, const CompositeOptions& options) {
  require(target.type() == CV_8UC3 && swap.type() == CV_8UC3, "target and swap must be BGR with 8 bits a channel");
  require(swap.size() == target.size(), "the swap is {}x{}, the target {}x{} (both must have one size)", swap.cols, swap.rows,
          target.cols, target.rows);
  require(options.opacity >= 0 && options.opacity <= 1, "opacity is {} (allowed: 0..1)", options.opacity);
  const cv::Mat weight = options.opacity == 1 ? alpha : cv::Mat(alpha * options.opacity);
  return to_u8(blend(to_float(swap), weight, to_float(target)));
}

}  // namespace facemat
