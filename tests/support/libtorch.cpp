// Tests compute with LibTorch as the programs do: with convolutions that are right (src/model/compute/convolutions.h).

#include <gtest/gtest.h>

#include <cstdio>

#include "src/model/compute/convolutions.h"

namespace facemat {
namespace {

class LibTorchEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    const std::string warning = use_right_convolutions();
    if (!warning.empty()) std::printf("%s\n", warning.c_str());
  }
};

const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new LibTorchEnvironment);

}  // namespace
}  // namespace facemat
