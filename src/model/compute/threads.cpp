#include "src/model/compute/threads.h"

#include <dlfcn.h>
#include <torch/torch.h>

namespace facemat {

void set_libtorch_threads(int threads) {
  torch::set_num_threads(threads);
  using SetThreads = void (*)(int);
  if (const auto set_blas_threads = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
    set_blas_threads(1);
}

}  // namespace facemat
