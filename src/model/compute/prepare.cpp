#include "src/model/compute/prepare.h"

#include <dlfcn.h>
#include <torch/torch.h>

#include "src/model/compute/convolutions.h"

namespace facemat {

std::string prepare_libtorch(int threads) {
  static bool prepared = false;
  const std::string warning = prepared ? "" : use_right_convolutions();
  prepared = true;
  torch::set_num_threads(threads);
  using SetThreads = void (*)(int);
  if (const auto set_blas_threads = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
    set_blas_threads(1);
  return warning;
}

}  // namespace facemat
