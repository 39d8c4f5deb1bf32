#include "src/model/compute/prepare.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace facemat {
namespace {

TEST(Threads, AreLibTorchsAndNotOpenBlass) {
  for (const int threads : {2, 1, 3}) {
    EXPECT_EQ(prepare_libtorch(threads), "");
    EXPECT_EQ(torch::get_num_threads(), threads);
    using GetThreads = int (*)();
    const auto blas_threads = reinterpret_cast<GetThreads>(::dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
    EXPECT_TRUE(blas_threads == nullptr || blas_threads() == 1);
  }
}

}  // namespace
}  // namespace facemat
