#include "src/model/compute/strided.h"

#include "src/model/compute/layout.h"

namespace facemat {
namespace {

constexpr int64_t kWholeBlock = 16;  // channels

}  // namespace

torch::Tensor StridedConvImpl::forward(const torch::Tensor& x) {
  const bool alone = options.kernel_size()->at(0) == 1;
  const bool strided = options.stride()->at(0) > 1;
  if (!alone || !strided || options.in_channels() >= kWholeBlock || !has_channels_last_rows(x)) return Conv2dImpl::forward(x);
  return laid_out_as(_conv_forward(x.contiguous(), weight.contiguous()), x);
}

}  // namespace facemat
