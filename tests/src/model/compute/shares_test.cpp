// The passes over channels-last maps use all threads, and give the same bits for any number of them.

#include "src/model/compute/shares.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "src/model/compute/depthwise.h"
#include "src/model/compute/join.h"
#include "src/model/compute/norm.h"
#include "tests/src/model/compute/gradients.h"

namespace facemat {
namespace {

// LibTorch's parallel loops are templates, which one thread runs where OpenMP was off when they were compiled.
TEST(ParallelLoops, UseAllThreads) {
#ifndef _OPENMP
  GTEST_SKIP() << "built without OpenMP, as the preset asan is";
#endif
  const int before = torch::get_num_threads();
  torch::set_num_threads(2);
  std::set<std::thread::id> threads;
  std::mutex mutex;
  at::parallel_for(0, 2, 1, [&](int64_t, int64_t) {
    const std::lock_guard<std::mutex> lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  torch::set_num_threads(before);
  EXPECT_EQ(threads.size(), 2u);
}

// A network of one of each kind of pass: its output and gradients.
Tensors one_of_each(int threads) {
  torch::set_num_threads(threads);
  torch::manual_seed(8);
  Norm norm(48, Activation::kHardSwish);
  DepthwiseConv depthwise(48, 5, 1, 2);
  const auto x = random_map({2, 40, 9, 11}, torch::kFloat32).requires_grad_(true);
  const auto side = random_map({2, 8, 18, 21}, torch::kFloat32).requires_grad_(true);
  const auto y = norm(depthwise(join_upsampled(x, {side})));
  const auto gradients =
      torch::autograd::grad({y.pow(2).sum()}, {x, side, depthwise->weight, norm->named_parameters()["weight"]});
  Tensors all{y};
  all.insert(all.end(), gradients.begin(), gradients.end());
  return all;
}

TEST(ParallelLoops, GiveTheSameBitsForAnyNumberOfThreads) {
  const int before = torch::get_num_threads();
  const Tensors alone = one_of_each(1);
  for (const int threads : {2, 3, 5}) {
    const Tensors shared = one_of_each(threads);
    for (size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(torch::equal(alone[i], shared[i])) << threads << " threads, " << i;
  }
  torch::set_num_threads(before);
}

}  // namespace
}  // namespace facemat
